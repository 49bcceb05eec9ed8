"""The state of an account after its source was read, with all that follows from the text alone."""

from tokcheck.core.report import Report
from tokcheck.exporter.sources.account import WatchedAccount
from tokcheck.exporter.state.account_state import AccountState
from tokcheck.exporter.state.clock_jump import undo_clock_jump
from tokcheck.exporter.state.probe_origin import apply_origin
from tokcheck.exporter.state.transitions import apply_report, apply_source, inherit_verdict


def apply_reading(
    known: AccountState | None,
    watched: WatchedAccount,
    report: Report | None,
    origin: str,
    now: float,
    *,
    is_fetched: bool,
) -> AccountState:
    """Return the state of an account after a reading of its source.

    ``known`` is the state before, from memory or the ledger, ``report`` the offline check of the
    text, and ``origin`` that of probes now. ``is_fetched`` is whether a refresh of this process
    brought the token.
    """
    if known is not None:
        known = apply_origin(undo_clock_jump(known, now), origin)
    state = apply_origin(apply_source(known, watched, now), origin)
    if known is not None and is_fetched:
        state = inherit_verdict(known, state)
    return state if report is None else apply_report(state, report, now)
