"""A scrape of 10,000 accounts, compared with prometheus_client's rendering of the same state.

    uv run python -m benchmarks.exporter.exposition

Both take turns in one process, so that a change in the machine's speed affects both; figures are
medians of CPU time. The reference makes new families at each scrape, as a collector does. The usual case is 1 %
changed: 10,000 accounts that are each probed every 20 minutes, and scraped every 15 s.
"""

import gc
import statistics
import time
import tracemalloc
from collections.abc import Callable
from math import inf

from benchmarks.support.goals import Figure, report
from tests.support.exporter.generated_states import AT, EXPORTER, account
from tests.support.exporter.reference_exposition import Reference
from tokcheck.exporter.metrics import Exposition
from tokcheck.exporter.metrics.exposition import TextFormat
from tokcheck.exporter.state import AccountState

_ACCOUNTS = 10_000
_ROUNDS = 3
_GOAL = 10
_GOAL_ALL_CHANGED = 8
_ACCEPT = {form: form.value.partition("; charset")[0] for form in TextFormat}
_MEBIBYTE = 2**20


def _seconds(work: Callable[[], bytes]) -> float:
    gc.collect()
    started = time.process_time()
    work()
    return time.process_time() - started


class _Scene:
    """Ten thousand accounts; ``changing`` of them change before each scrape."""

    def __init__(self, changing: int) -> None:
        self._changing = changing
        self._turn = 0
        self.states = [account(number) for number in range(_ACCOUNTS)]
        self.exposition = Exposition(EXPORTER)
        for state in self.states:
            self.exposition.put(state)
        self.reference = Reference(self.states, EXPORTER, AT)

    def change(self) -> None:
        """Put the results of the next probes, spread over all accounts."""
        self._turn += 1
        for place in range(self._changing):
            number = (place * _ACCOUNTS // self._changing + self._turn) % _ACCOUNTS
            changed = account(number, self._turn)
            self.states[number] = changed
            self.exposition.put(changed)


def _compare(
    name: str, changing: int, form: TextFormat, rounds: int, *, gzip_encoded: bool
) -> float:
    scene = _Scene(changing)
    coding = "gzip" if gzip_encoded else ""

    def ours() -> bytes:
        return scene.exposition.respond(_ACCEPT[form], coding, AT).body

    def theirs() -> bytes:
        return scene.reference.render_gzip(form) if gzip_encoded else scene.reference.render(form)

    ours()  # the first scrape after a start formats everything
    pairs = []
    for _ in range(rounds):
        scene.change()
        pairs.append((_seconds(ours), _seconds(theirs)))
    our_seconds = statistics.median(our for our, _ in pairs)
    their_seconds = statistics.median(their for _, their in pairs)
    ratio = their_seconds / our_seconds
    print(
        f"{form.name.lower():12} {coding or 'plain':6} {name:18} {our_seconds * 1000:8.1f} ms"
        f"  {their_seconds * 1000:8.0f} ms  {ratio:9,.0f}x  {len(ours()):11,} bytes"
    )
    return ratio


def _memory(states: list[AccountState]) -> None:
    gc.collect()
    tracemalloc.start()
    exposition = Exposition(EXPORTER)
    for state in states:
        exposition.put(state)
    body = exposition.render(TextFormat.TEXT, AT)
    samples = body.count(b"\n") - body.count(b"\n#") - 1
    del body
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    exposition.respond(_ACCEPT[TextFormat.OPENMETRICS], "gzip", AT)
    with_gzip, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    print(
        f"{_ACCOUNTS:,} accounts, {samples:,} samples: {kept / _MEBIBYTE:.0f} MiB kept, "
        f"{(with_gzip - kept) / _MEBIBYTE:.1f} more with a gzip response, "
        f"{(peak - kept) / _MEBIBYTE:.0f} more while it is made"
    )


def measure(rounds: int = _ROUNDS) -> list[Figure]:
    """Print every situation in every format; return the least ratios."""
    _memory([account(number) for number in range(_ACCOUNTS)])
    situations = {"nothing changed": 0, "1 % changed": _ACCOUNTS // 100, "all changed": _ACCOUNTS}
    print(f"{'':38} {'tokcheck':>11}  {'prometheus_client':>11}")
    least: dict[str, float] = {}
    for gzip_encoded in (False, True):
        for form in TextFormat:
            for name, changing in situations.items():
                ratio = _compare(name, changing, form, rounds, gzip_encoded=gzip_encoded)
                least[name] = min(ratio, least.get(name, inf))
    return [
        Figure(
            f"scrape, {name}, of prometheus_client", ratio, "x",
            _GOAL_ALL_CHANGED if situations[name] == _ACCOUNTS else _GOAL, at_least=True,
        )
        for name, ratio in least.items()
    ]  # fmt: skip


if __name__ == "__main__":
    report(measure)
