"""The web configuration in force: read at the start, and again whenever a file of it changes."""

import ssl
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from tokcheck.core.errors import UsageError
from tokcheck.exporter.web.basic_auth import Users
from tokcheck.exporter.web.config import parser as web_config
from tokcheck.exporter.web.config import tls
from tokcheck.exporter.web.config.parser import WebConfig
from tokcheck.exporter.web.rate_limit import Bucket

_Stamp = tuple[int, int, int] | None


class Settings(NamedTuple):
    """A web configuration at work; ``context`` and ``bucket`` are ``None`` where not set."""

    config: WebConfig
    context: ssl.SSLContext | None
    users: Users
    bucket: Bucket | None


class Current:
    """Holds the settings in force.

    A broken new file keeps the ones before it. ``announce`` is told so in one line, once, and
    when settings were read again; ``timer`` is a clock that never goes back.

    :raises UsageError: if the first reading fails.
    """

    def __init__(
        self, path: Path | None, announce: Callable[[str], None], timer: Callable[[], float]
    ) -> None:
        self._path = path
        self._announce = announce
        self._timer = timer
        self._stamps: dict[Path, _Stamp] = {}
        self.settings = self._read()
        self._note()

    def check(self) -> None:
        """Read everything again if a file has changed; cheap where none has."""
        if all(_stamp(file) == stamp for file, stamp in self._stamps.items()):
            return
        try:
            self.settings = self._read()
        except UsageError as error:
            self._announce(f"{error.message} What was in force before stays so.")
            return
        self._announce(f"Read the web configuration {self._path} again.")
        self._note()

    def _read(self) -> Settings:
        if self._path is None:
            return _settings(WebConfig(), self._timer)
        # Stamped before it is read: a change in between is then seen at the next look. And a file
        # that was not reached this time is still one to look at.
        stamps = {self._path: _stamp(self._path)}
        self._stamps |= stamps
        config = web_config.read(_text(self._path), str(self._path), self._path.parent)
        if config.tls is not None:
            stamps |= {file: _stamp(file) for file in tls.files(config.tls)}
            self._stamps |= stamps
        settings = _settings(config, self._timer)
        self._stamps = stamps
        return settings

    def _note(self) -> None:
        for note in self.settings.config.notes:
            self._announce(f"{self._path}: {note}")


def _settings(config: WebConfig, timer: Callable[[], float]) -> Settings:
    rate = config.rate
    return Settings(
        config,
        tls.context(config.tls) if config.tls is not None else None,
        Users(config.users),
        Bucket(rate.interval, rate.burst, timer) if rate is not None else None,
    )


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        why = error.strerror
    except UnicodeDecodeError:
        why = "it is not UTF-8"
    raise UsageError(
        f"The web configuration {path} cannot be read: {why}.",
        "Name a file in the format of Prometheus's exporter-toolkit.",
    )


def _stamp(path: Path) -> _Stamp:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
