"""The response to a scrape: the samples of all accounts, in the format that is requested.

Formatting a sample costs far more than sending it, and most accounts have the same state from one
scrape to the next. So the formatted lines of an account are cached until its state is replaced or
a quota window ends, and a response is a join of cached lines. The metrics of the exporter itself
change with every scrape and come last, so that what is before them is compressed only when it has
changed.
"""

import struct
import time
import zlib
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from threading import Lock
from typing import NamedTuple

from tokcheck.exporter.metrics.families import FAMILIES, Family
from tokcheck.exporter.metrics.negotiation import choose_format, prefers_gzip
from tokcheck.exporter.metrics.own_metrics import OwnMetrics
from tokcheck.exporter.metrics.samples import (
    account_samples,
    label_value,
    next_change,
    provider_label,
)
from tokcheck.exporter.metrics.text_format import (
    TextFormat,
    format_account,
    format_end,
    format_header,
    format_sample,
)
from tokcheck.exporter.scheduling.clock import SetBackDetector
from tokcheck.exporter.scheduling.timer_queue import TimerQueue
from tokcheck.exporter.state.account_state import AccountState, ExporterInfo

__all__ = ["Exposition", "ScrapeResponse", "TextFormat"]

_GZIP_HEADER = b"\x1f\x8b\x08\0\0\0\0\0\x04\xff"  # RFC 1952: no name, no time, fastest
_GZIP_LEVEL = 1  # a tenth larger than at the default level, in less than half of the time


class ScrapeResponse(NamedTuple):
    """The response to a scrape, with status 200."""

    headers: Mapping[str, str]
    body: bytes


class _Deflated(NamedTuple):
    """The first part of a compressed body: its data, and the facts that its end needs."""

    revision: int
    data: bytes
    crc: int
    size: int


class Exposition:
    """Caches the formatted lines of each account, and renders scrapes from them.

    Any thread may call any method. The methods that change something only queue the change for the
    next scrape, so an event loop never waits for one. ``now`` is in Unix seconds; if it goes back
    from one scrape to the next, all lines are formatted again. ``timer`` returns the seconds of a
    monotonic clock.
    """

    def __init__(
        self, exporter: ExporterInfo, *, timer: Callable[[], float] = time.perf_counter
    ) -> None:
        self._own: OwnMetrics | None = None
        self._timer = timer
        self._changes_lock = Lock()  # held briefly: guards the changes that are not yet applied
        self._changes: dict[str, AccountState | None] = {}
        self._exporter = exporter

        self._render_lock = Lock()  # guards everything below
        self._states: dict[str, AccountState] = {}
        self._cache = _LineCache()
        self._timers = TimerQueue()
        self._set_back = SetBackDetector()
        self._providers: Counter[str] = Counter()
        self._exporter_lines: dict[str, bytes] = {}
        self._revision = 0
        self._has_accounts = True
        self._deflated: dict[TextFormat, _Deflated] = {}

    def put(self, state: AccountState) -> None:
        """Replace the state of the account that it names."""
        with self._changes_lock:
            self._changes[state.name] = state

    def remove(self, name: str) -> None:
        """Remove an account."""
        with self._changes_lock:
            self._changes[name] = None

    def put_exporter(self, exporter: ExporterInfo) -> None:
        """Replace the state of the exporter itself."""
        with self._changes_lock:
            self._exporter = exporter

    def add_own(self, own: OwnMetrics) -> None:
        """Add the metrics of the exporter itself, which belong to no file for other collectors."""
        self._own = own

    def render(self, form: TextFormat, now: float, *, has_accounts: bool = True) -> bytes:
        """Return all samples at ``now`` in a text format."""
        with self._render_lock:
            self._apply_changes(now, has_accounts=has_accounts)
            # Joined at once: for very many accounts, each copy of the body counts.
            return b"".join([*self._lines(form), self._join_end(form)])

    def respond(
        self, accept: str, accept_encoding: str, now: float, *, has_accounts: bool = True
    ) -> ScrapeResponse:
        """Return the response to a scrape with these headers; an empty one was not sent.

        Without ``has_accounts``, it is as if there were none; they come back with the next scrape.
        """
        started = self._timer()
        if self._own is not None:
            with self._changes_lock:
                self._own.scrapes += 1
        form = choose_format(accept)
        headers = {
            "Content-Type": form.value,
            "Vary": "Accept, Accept-Encoding",
            "Cache-Control": "no-store",
        }
        if prefers_gzip(accept_encoding):
            headers["Content-Encoding"] = "gzip"
            body = self._render_gzip(form, now, has_accounts=has_accounts)
        else:
            body = self.render(form, now, has_accounts=has_accounts)
        headers["Content-Length"] = str(len(body))
        if self._own is not None:
            self._own.scrape_duration = self._timer() - started
        return ScrapeResponse(headers, body)

    def _render_gzip(self, form: TextFormat, now: float, *, has_accounts: bool) -> bytes:
        # Two scrapes at once wait for one compression and share it.
        with self._render_lock:
            self._apply_changes(now, has_accounts=has_accounts)
            first = self._deflated.get(form)
            if first is None or first.revision != self._revision:
                body = b"".join(self._lines(form))
                data = _deflate(body, zlib.Z_SYNC_FLUSH)
                first = _Deflated(self._revision, data, zlib.crc32(body), len(body))
                self._deflated[form] = first
            end = self._join_end(form)
            size = (first.size + len(end)) % 2**32
            trailer = struct.pack("<LL", zlib.crc32(end, first.crc), size)
            return b"".join((_GZIP_HEADER, first.data, _deflate(end, zlib.Z_FINISH), trailer))

    def _lines(self, form: TextFormat) -> list[bytes]:
        """Return all lines but those of the exporter itself and the end."""
        parts: list[bytes] = []
        for family, lines in self._cache.families():
            parts.append(format_header(family, form))
            if self._has_accounts:
                parts += lines
            parts.append(self._exporter_lines.get(family.name, b""))
        return parts

    def _join_end(self, form: TextFormat) -> bytes:
        own = b"" if self._own is None else self._own.render(form)
        return own + format_end(form)

    def _apply_changes(self, now: float, *, has_accounts: bool) -> None:
        """Format the changes since the last scrape, and accounts with an ended window."""
        with self._changes_lock:
            changes, self._changes = self._changes, {}
            exporter = self._exporter
        for name, state in changes.items():
            if state is None:
                self._drop(name)
            elif state is not self._states.get(name):
                self._format(state, now)
        if self._set_back.observe(now):
            for state in self._states.values():
                self._format(state, now)
        for name in self._timers.pop_due(now):
            self._format(self._states[name], now)
        exporter_lines = _format_exporter(exporter, self._providers if has_accounts else {})
        self._revision += (exporter_lines, has_accounts) != (
            self._exporter_lines,
            self._has_accounts,
        )
        self._has_accounts = has_accounts
        self._exporter_lines = exporter_lines

    def _format(self, state: AccountState, now: float) -> None:
        name, provider = state.name, provider_label(state)
        previous = self._states.get(name)
        if previous is not None:
            self._providers[provider_label(previous)] -= 1
        self._states[name] = state
        self._providers[provider] += 1
        labels = {"provider": provider, "account": label_value(name)}
        lines = format_account(labels, account_samples(state, now))
        self._revision += self._cache.put(name, lines)
        self._timers.put(name, next_change(state, now))

    def _drop(self, name: str) -> None:
        state = self._states.pop(name, None)
        if state is not None:
            self._providers[provider_label(state)] -= 1
            self._revision += self._cache.put(name, {})
            self._timers.put(name, None)


def _deflate(body: bytes, flush: int) -> bytes:
    """Return a body as a part of a raw deflate stream (RFC 1951) that ends on a whole byte."""
    compressor = zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    return compressor.compress(body) + compressor.flush(flush)


class _LineCache:
    """The formatted lines of each account, by metric family."""

    def __init__(self) -> None:
        self._lines: dict[str, dict[str, bytes]] = {family.name: {} for family in FAMILIES}
        # The families of each account; most accounts share one set.
        self._families: dict[str, frozenset[str]] = {}
        self._sets: dict[frozenset[str], frozenset[str]] = {}

    def put(self, account: str, lines: Mapping[str, bytes]) -> bool:
        """Replace the lines of an account in all families; return whether any has changed."""
        has_changed = False
        for family, text in lines.items():
            by_account = self._lines[family]
            if by_account.get(account) != text:
                by_account[account] = text
                has_changed = True
        before = self._families.get(account, frozenset())
        if before != lines.keys():
            for family in before - lines.keys():
                del self._lines[family][account]
            self._set_families(account, frozenset(lines))
            has_changed = True
        return has_changed

    def _set_families(self, account: str, families: frozenset[str]) -> None:
        if families:
            self._families[account] = self._sets.setdefault(families, families)
        else:
            self._families.pop(account, None)

    def families(self) -> Iterator[tuple[Family, Collection[bytes]]]:
        """Yield each family with the lines of all accounts."""
        for family in FAMILIES:
            yield family, self._lines[family.name].values()


def _format_exporter(exporter: ExporterInfo, providers: Mapping[str, int]) -> dict[str, bytes]:
    """Return the lines of the samples that belong to no account, by family."""
    counts = sorted((name, count) for name, count in providers.items() if count)
    versions = {
        "version": label_value(exporter.version),
        "python_version": label_value(exporter.python_version),
    }
    return {
        "tokcheck_accounts": b"".join(
            format_sample("tokcheck_accounts", {"provider": name}, count) for name, count in counts
        ),
        "tokcheck_config_last_reload_successful": format_sample(
            "tokcheck_config_last_reload_successful", {}, int(exporter.reload_successful)
        ),
        "tokcheck_config_last_reload_success_timestamp_seconds": format_sample(
            "tokcheck_config_last_reload_success_timestamp_seconds", {}, exporter.reloaded_at
        ),
        "tokcheck_build_info": format_sample("tokcheck_build_info", versions, 1),
    }
