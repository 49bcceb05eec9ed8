"""The log of events of accounts: each change of a verdict, whatever the reason.

An expiry, a grant that breaks, a source without a token and a probe by another process change a
verdict as a probe does. An unchanged verdict is not logged again. All moments are Unix seconds.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf

from tokcheck.core.humanize import format_duration, list_names
from tokcheck.core.report import Report, Verdict
from tokcheck.exporter.log.events import Event, EventLog
from tokcheck.exporter.sources.account import WatchedAccount
from tokcheck.exporter.state.account_state import SKIP_WORDS, AccountState, SkipReason
from tokcheck.exporter.state.account_summary import summarize, window_hint
from tokcheck.exporter.state.severity import shown_verdict
from tokcheck.exporter.state.source_change import find_facts_set_aside

_LONG_SECONDS = 3_600.0
_LONG_INTERVALS = 3
# The others follow from the verdict, which is logged.
_WITHHELD = frozenset(
    {
        SkipReason.BUDGET,
        SkipReason.RESERVE,
        SkipReason.RATE_LIMITED,
        SkipReason.BACKOFF,
        SkipReason.COUNTS_LOST,
        SkipReason.PAUSED,
        SkipReason.LEDGER,
    }
)


@dataclass(slots=True)
class _Logged:
    """The facts that were logged of one account."""

    last: float
    """When it was last probed, or first seen; as the next one by the steady clock."""
    verdict: Verdict | None = None
    is_new_text: bool = True
    """Whether its present text has no verdict yet; the first one is logged in any case."""
    has_other_window: bool = False
    """Whether it was logged that the server's resets do not fit the window."""
    withheld_since: float | None = None
    """Since when probes are withheld, if that was logged."""
    probed_at: float | None = None
    """When it was last probed, in Unix seconds."""


class AccountLog:
    """Logs the changes between the states of each account.

    ``steady`` returns the seconds of a clock that nobody sets: a jump is no time without a probe.
    """

    def __init__(self, log: EventLog, steady: Callable[[], float]) -> None:
        self._log = log
        self._steady = steady
        self._accounts: dict[str, _Logged] = {}
        self._failed_sources: set[str] = set()  # their failure was logged as such

    def take_over(self, state: AccountState, version: str) -> None:
        """Take over a state from before the restart, which was logged then.

        ``version`` is that of the present text.
        """
        # It may have waited for its record.
        known = self._accounts.setdefault(state.name, _Logged(self._steady()))
        shown = shown_verdict(state)
        known.verdict = shown
        known.is_new_text = state.version != version or shown in {None, Verdict.UNVERIFIED}
        known.has_other_window = state.other_window is not None

    def summarize_start(self, states: Sequence[AccountState]) -> None:
        """Log how many accounts are watched, and the verdicts that are kept from before."""
        kept = Counter(
            shown.value
            for state in states
            if state.probed_verdict is not None and (shown := shown_verdict(state)) is not None
        )
        count = len(states)
        message = f"Watching {count} account{'' if count == 1 else 's'}"
        if kept:
            words = ", ".join(f"{number} {verdict}" for verdict, number in kept.most_common())
            message = f"{message}; verdicts kept from before: {words}"
        verdicts = " ".join(f"{verdict}={number}" for verdict, number in kept.most_common())
        self._log(Event.WATCHING, message, accounts=count, verdicts=verdicts or None)

    def observe(self, state: AccountState, now: float, usual_interval: float) -> bool:
        """Log the changes since the last state; return whether the verdict changed.

        ``usual_interval`` is the one between two probes, in seconds.
        """
        known = self._accounts.setdefault(state.name, _Logged(self._steady()))
        self._observe_pause(known, state, now, usual_interval)
        if state.other_window is not None and not known.has_other_window:
            self._log(
                Event.WINDOW_MISMATCH,
                f"{state.name}: {window_hint(state)}",
                account=state.name,
                seconds=round(state.other_window, 3),
            )
        known.has_other_window = state.other_window is not None
        verdict = shown_verdict(state)
        if state.probed_verdict is None and verdict in {None, Verdict.UNVERIFIED}:
            known.is_new_text = True
            return False
        if verdict is None or (verdict is known.verdict and not known.is_new_text):
            return False
        previous, known.verdict, known.is_new_text = known.verdict, verdict, False
        self._log(
            Event.VERDICT if state.usable is not False else Event.VERDICT_UNUSABLE,
            f"{state.name}: {verdict}: {summarize(state, now).sentence}",
            account=state.name,
            provider=state.provider,
            verdict=verdict.value,
            previous=None if previous is None else previous.value,
        )
        return True

    def log_probe(self, state: AccountState, report: Report) -> None:
        """Log a probe that ended."""
        probe = report.probe
        self._log(
            Event.PROBE,
            f"{state.name}: probed: {report.verdict}",
            account=state.name,
            verdict=report.verdict.value,
            requests=probe.requests if probe else 0,
            status=probe.status if probe else None,
            duration_seconds=round(probe.duration_seconds, 3) if probe else None,
        )

    def log_skip(self, state: AccountState, reason: SkipReason) -> None:
        """Log a probe that was due and not sent."""
        words = SKIP_WORDS[reason].long
        self._log(
            Event.PROBE_SKIPPED,
            f"{state.name}: not probed: {words}",
            account=state.name,
            reason=reason.value,
        )

    def log_source(
        self,
        before: WatchedAccount | None,
        watched: WatchedAccount,
        recorded: AccountState | None,
        *,
        is_started: bool,
    ) -> None:
        """Log an account that is new since the start, or has a new text.

        ``before`` is the old one, and ``recorded`` the record of earlier runs, if it was read.
        """
        name = watched.account.name
        is_recorded = recorded is not None and recorded.version == watched.version
        if before is not None and before.version != watched.version and not is_recorded:
            self._log(Event.TOKEN_CHANGED, f"{name}: its token changed", account=name)
        elif before is None and is_started:
            self._log(Event.ACCOUNT_ADDED, f"{name}: now watched", account=name)

    def log_facts_set_aside(self, before: AccountState, after: AccountState) -> None:
        """Log what a change of the account's definition set aside, and why."""
        aside = find_facts_set_aside(before, after)
        if aside is not None:
            self._log(
                Event.FACTS_SET_ASIDE,
                f"{after.name}: set aside its {list_names(aside.facts)}: {aside.clause}",
                account=after.name,
                facts=" ".join(aside.facts),
                cause=aside.cause,
            )

    def log_source_failure(self, watched: WatchedAccount, *, is_logged: bool) -> None:
        """Log that a source cannot be read, or can be again.

        ``is_logged`` is whether a verdict was logged with the problem's sentence; the next verdict
        then says that it is over.
        """
        name, problem = watched.account.name, watched.problem
        if problem and not is_logged:
            self._failed_sources.add(name)
            self._log(Event.SOURCE_FAILED, f"{name}: {problem}", account=name)
        elif not problem and name in self._failed_sources:
            self._failed_sources.remove(name)
            words = f"{name}: its source can be read again"
            self._log(Event.SOURCE_RECOVERED, words, account=name)

    def forget(self, name: str) -> None:
        """Log that an account is no longer watched, and forget it."""
        self._accounts.pop(name, None)
        self._failed_sources.discard(name)
        self._log(Event.ACCOUNT_REMOVED, f"{name}: no longer watched", account=name)

    def _observe_pause(
        self, known: _Logged, state: AccountState, now: float, usual_interval: float
    ) -> None:
        """Log once that probes are withheld for long, and when they are sent again."""
        ticks, probed_at = self._steady(), state.probed_at
        # A clock that was set back takes the moment of a probe with it.
        if probed_at is not None and probed_at > (known.probed_at or -inf):
            known.last = ticks - max(0.0, now - probed_at)
        known.probed_at, last = probed_at, known.last
        if known.withheld_since is not None and last > known.withheld_since:
            seconds = last - known.withheld_since
            known.withheld_since = None
            self._log(
                Event.PROBES_RESUMED,
                f"{state.name}: probed again, after {format_duration(seconds)}",
                account=state.name,
                seconds=round(seconds),
            )
        reason, seconds = state.waiting, ticks - last
        is_long = seconds >= max(_LONG_SECONDS, _LONG_INTERVALS * usual_interval)
        if reason in _WITHHELD and is_long and known.withheld_since is None:
            known.withheld_since = last
            self._log(
                Event.PROBES_WITHHELD,
                f"{state.name}: no probe for {format_duration(seconds)}: {SKIP_WORDS[reason].long}",
                account=state.name,
                reason=reason.value,
                seconds=round(seconds),
            )
