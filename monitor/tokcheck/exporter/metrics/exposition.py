"""What a scrape is answered with: the samples of all accounts, in the format that is asked for.

Writing a sample costs far more than sending it, and most standings are the same from one scrape
to the next. So what was written of a standing is kept until another takes its place or until time
itself makes it untrue, and an answer is a join of what is kept.

The written samples of all accounts, kept so that a whole scrape is a join of them.
"""

import gzip
from collections import Counter
from collections.abc import Iterator, Mapping
from threading import Lock
from typing import NamedTuple

from tokcheck.exporter.metrics import negotiation, samples
from tokcheck.exporter.metrics.families import FAMILIES
from tokcheck.exporter.metrics.samples import shown
from tokcheck.exporter.metrics.text_format import Form, block, end, head, line
from tokcheck.exporter.scheduling.timer_queue import TimerQueue
from tokcheck.exporter.state.account_state import Exporter, Standing


class Columns:
    """For each family, in the order of the table, the block of each account that has one."""

    def __init__(self) -> None:
        self._columns: dict[str, dict[str, bytes]] = {family.name: {} for family in FAMILIES}

    def put(self, account: str, blocks: Mapping[str, bytes]) -> bool:
        """Replace all blocks of an account; tell whether that changed anything."""
        changed = False
        for family, column in self._columns.items():
            block = blocks.get(family)
            if block is None:
                changed = column.pop(account, None) is not None or changed
            elif column.get(account) != block:
                column[account] = block
                changed = True
        return changed

    def joined(self) -> Iterator[tuple[str, bytes]]:
        """Yield each family's name and all of its samples."""
        for family, column in self._columns.items():
            yield family, b"".join(column.values())


__all__ = ["Answer", "Exposition", "Form"]

_GZIP_LEVEL = 1  # a tenth larger than at the usual level, in less than half of the time


class Answer(NamedTuple):
    """The answer to a scrape, with status 200."""

    headers: Mapping[str, str]
    body: bytes


class Exposition:
    """Keeps what was written of each account, and answers scrapes from it.

    Any thread may call any method. Those that tell something new only leave it to be picked up
    by the next answer, so an event loop never waits for one. ``now``, in Unix seconds, does not
    go back from one answer to the next.
    """

    def __init__(self, exporter: Exporter) -> None:
        self._arriving = Lock()  # held for a moment: guards what was told and not yet written
        self._arrived: dict[str, Standing | None] = {}
        self._exporter = exporter

        self._answering = Lock()  # guards all that follows
        self._standings: dict[str, Standing] = {}
        self._columns = Columns()
        self._timers = TimerQueue()
        self._providers: Counter[str] = Counter()
        self._own: dict[str, bytes] = {}
        self._revision = 0
        self._zipped: dict[Form, tuple[int, bytes]] = {}

    def put(self, standing: Standing) -> None:
        """Show this from now on as what is known of the account that it names."""
        with self._arriving:
            self._arrived[standing.name] = standing

    def remove(self, name: str) -> None:
        """Show nothing of an account any more."""
        with self._arriving:
            self._arrived[name] = None

    def own(self, exporter: Exporter) -> None:
        """Show this from now on as what the exporter says about itself."""
        with self._arriving:
            self._exporter = exporter

    def render(self, form: Form, now: float) -> bytes:
        """Write everything that is known at ``now``."""
        with self._answering:
            self._settle(now)
            return self._joined(form)

    def answer(self, accept: str, accept_encoding: str, now: float) -> Answer:
        """Answer a scrape with these headers, empty where the scraper sent none."""
        form = negotiation.form(accept)
        headers = {
            "Content-Type": form.value,
            "Vary": "Accept, Accept-Encoding",
            "Cache-Control": "no-store",
        }
        if negotiation.gzipped(accept_encoding):
            headers["Content-Encoding"] = "gzip"
            body = self._compressed(form, now)
        else:
            body = self.render(form, now)
        headers["Content-Length"] = str(len(body))
        return Answer(headers, body)

    def _compressed(self, form: Form, now: float) -> bytes:
        # Two scrapers that come at once wait for one compression and share it.
        with self._answering:
            self._settle(now)
            revision, body = self._zipped.get(form, (None, b""))
            if revision != self._revision:
                body = gzip.compress(self._joined(form), _GZIP_LEVEL, mtime=0)
                self._zipped[form] = (self._revision, body)
            return body

    def _joined(self, form: Form) -> bytes:
        parts: list[bytes] = []
        joined = dict(self._columns.joined())
        for family in FAMILIES:
            parts += (head(family, form), joined[family.name], self._own.get(family.name, b""))
        return b"".join((*parts, end(form)))

    def _settle(self, now: float) -> None:
        """Write anew what was told since the last time, and what time has made untrue."""
        with self._arriving:
            arrived, self._arrived = self._arrived, {}
            exporter = self._exporter
        for name, standing in arrived.items():
            if standing is None:
                self._drop(name)
            elif standing is not self._standings.get(name):
                self._write(standing, now)
        for name in self._timers.pop_due(now):
            self._write(self._standings[name], now)
        own = _own(exporter, self._providers)
        self._revision += own != self._own
        self._own = own

    def _write(self, standing: Standing, now: float) -> None:
        name = standing.name
        before = self._standings.get(name)
        if before is not None:
            self._providers[samples.provider(before)] -= 1
        self._standings[name] = standing
        self._providers[samples.provider(standing)] += 1
        labels = {"provider": samples.provider(standing), "account": shown(name)}
        self._revision += self._columns.put(name, block(labels, samples.of_standing(standing, now)))
        self._timers.put(name, samples.changes_at(standing, now))

    def _drop(self, name: str) -> None:
        standing = self._standings.pop(name, None)
        if standing is not None:
            self._providers[samples.provider(standing)] -= 1
            self._revision += self._columns.put(name, {})
            self._timers.put(name, None)


def _own(exporter: Exporter, providers: Mapping[str, int]) -> dict[str, bytes]:
    """Write what belongs to no account, by family."""
    counts = sorted((name, count) for name, count in providers.items() if count)
    versions = {
        "version": shown(exporter.version),
        "python_version": shown(exporter.python_version),
    }
    return {
        "tokcheck_accounts": b"".join(
            line("tokcheck_accounts", {"provider": name}, count) for name, count in counts
        ),
        "tokcheck_config_last_reload_successful": line(
            "tokcheck_config_last_reload_successful", {}, int(exporter.reload_successful)
        ),
        "tokcheck_config_last_reload_success_timestamp_seconds": line(
            "tokcheck_config_last_reload_success_timestamp_seconds", {}, exporter.reloaded_at
        ),
        "tokcheck_build_info": line("tokcheck_build_info", versions, 1),
    }
