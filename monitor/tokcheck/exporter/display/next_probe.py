"""When an account's next probe is sent, and why not earlier: one sentence for every display."""

from typing import NamedTuple

from tokcheck.core.humanize import format_relative_to_minute
from tokcheck.exporter.state.account_state import SKIP_WORDS, AccountState, SkipReason

_AFTER_A_RESET = {SkipReason.RATE_LIMITED, SkipReason.RESERVE}
_DUE_SECONDS = 1.0  # below this, a probe is as good as due


class NextProbe(NamedTuple):
    """The next probe of an account, in words."""

    when: str
    """``in 12 min``, ``due`` or ``with a new token``."""
    why: str = ""
    """The event it waits for: ``after the reset``; empty if there is none."""
    at: float | None = None
    """When it is sent, in Unix seconds; ``None`` if it is due, or if no moment is known."""

    @property
    def words(self) -> str:
        """The whole sentence, without a full stop: ``in 12 min, after the reset``."""
        return f"{self.when}, {self.why}" if self.why else self.when


def describe_next_probe(state: AccountState, now: float) -> NextProbe:
    """Return when the next probe of an account is sent, as it is at ``now`` in Unix seconds."""
    why = SKIP_WORDS[state.waiting].short if state.waiting else ""
    if state.waiting in _AFTER_A_RESET and not _is_end_known(state):
        why = "as no reset is known"
    at, expires = state.next_probe_at, state.expires_at
    if at is None:
        needs_token = state.waiting in {None, SkipReason.REFUSED, SkipReason.NO_TOKEN}
        if not needs_token and expires is not None and expires > now:
            return NextProbe("none: the token expires first")
        return NextProbe(why or "none")
    if at - now < _DUE_SECONDS:
        return NextProbe("due", why)
    return NextProbe(format_relative_to_minute(at - now), why, at)


def _is_end_known(state: AccountState) -> bool:
    """Return whether a response reported when a limit, or a pause, ends."""
    return state.pause_until is not None or any(quota.reset_at for quota in state.quota)
