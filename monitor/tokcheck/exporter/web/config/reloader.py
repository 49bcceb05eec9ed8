"""The web configuration in force: read at the start, and again when one of its files changes."""

import ssl
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import bcrypt

from tokcheck.core.errors import UsageError
from tokcheck.exporter.log.events import Event, EventLog
from tokcheck.exporter.web.basic_auth import BasicAuth, PasswordCheck
from tokcheck.exporter.web.config import tls
from tokcheck.exporter.web.config.parser import WebConfig, parse_web_config
from tokcheck.exporter.web.password_memory import PasswordMemory
from tokcheck.exporter.web.rate_limit import TokenBucket
from tokcheck.storage.regular_files import CONFIGURATION_BYTES, read_text

# Modification time in nanoseconds, size and inode of a file; None where there is none.
_Signature = tuple[int, int, int] | None


class WebSettings(NamedTuple):
    """A web configuration with the objects that apply it."""

    config: WebConfig
    context: ssl.SSLContext | None
    """``None`` without TLS."""
    basic_auth: BasicAuth
    rate_limit: TokenBucket | None

    @property
    def authenticates(self) -> bool:
        """Whether clients need a password or a certificate."""
        required = self.context is not None and self.context.verify_mode is ssl.CERT_REQUIRED
        return bool(self.basic_auth) or required


class ConfigReloader:
    """Holds the settings in force, and replaces them when a file has changed.

    If a changed file is invalid, the previous settings stay in force. ``announce`` receives
    each reload, failed or not; ``timer`` is a monotonic clock in seconds, and ``check``
    compares a password with its hash.

    :raises UsageError: if the files are invalid at the start.
    """

    def __init__(
        self,
        path: Path | None,
        announce: EventLog,
        timer: Callable[[], float],
        check: PasswordCheck = bcrypt.checkpw,
    ) -> None:
        self._path = path
        self._announce = announce
        self._timer = timer
        self._check = check
        self._memory = PasswordMemory()
        self._signatures: dict[Path, _Signature] = {}
        self.settings = self._read()
        self._announce_notes()

    def reload_if_changed(self) -> None:
        """Read everything again if a file has changed; cheap if none has."""
        if all(_signature(file) == known for file, known in self._signatures.items()):
            return
        try:
            self.settings = self._read()
        except UsageError as error:
            self._announce(
                Event.WEB_CONFIG_REJECTED,
                f"{error.message} The previous web configuration stays in force.",
                file=str(self._path),
            )
            return
        self._announce(
            Event.WEB_CONFIG_RELOADED,
            f"Read the web configuration {self._path} again.",
            file=str(self._path),
        )
        self._announce_notes()

    def _read(self) -> WebSettings:
        if self._path is None:
            return self._settings(WebConfig())
        # Signatures are taken before reading, so that a change in between is seen at the next
        # check. If reading fails, the files of the previous configuration are still watched.
        signatures = {self._path: _signature(self._path)}
        self._signatures |= signatures
        config = parse_web_config(_read_text(self._path), str(self._path), self._path.parent)
        if config.tls is not None:
            signatures |= {file: _signature(file) for file in tls.files(config.tls)}
            self._signatures |= signatures
        settings = self._settings(config)
        self._signatures = signatures
        return settings

    def _settings(self, config: WebConfig) -> WebSettings:
        rate = config.rate
        return WebSettings(
            config,
            tls.server_context(config.tls) if config.tls is not None else None,
            BasicAuth(config.users, self._check, self._memory),
            TokenBucket(rate.interval, rate.burst, self._timer) if rate is not None else None,
        )

    def _announce_notes(self) -> None:
        for note in self.settings.config.notes:
            self._announce(Event.WEB_CONFIG_NOTE, f"{self._path}: {note}", file=str(self._path))


def _read_text(path: Path) -> str:
    hint = "Pass a file in the format of Prometheus's exporter-toolkit to --web-config."
    return read_text(str(path), CONFIGURATION_BYTES, hint, descriptors=True)


def _signature(path: Path) -> _Signature:
    try:
        stat = path.stat()
    except (OSError, ValueError):  # the latter for a path with a NUL
        return None
    return stat.st_mtime_ns, stat.st_size, stat.st_ino
