"""Accounts in every kind of trouble, as they change over time, for the rules and for the code."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from tests.support.exporter.builders import DOCUMENTED, moment, probed_state
from tokcheck.accounts.grant import Broken, BrokenReason
from tokcheck.core.report import Quota, Verdict
from tokcheck.exporter.metrics.families import FAMILIES
from tokcheck.exporter.metrics.samples import account_samples
from tokcheck.exporter.state import AccountState, Observation, RefreshResult, SkipReason
from tokcheck.exporter.state.expiry_age import record_expiry
from tokcheck.exporter.state.quota_window import QuotaEvidence, update_quota

MINUTE, HOUR, DAY = 60.0, 3_600.0, 86_400.0
_LABELS = {family.name: family.labels for family in FAMILIES}
_REFRESHED = dict.fromkeys(RefreshResult, 0) | {RefreshResult.SUCCESS: 3}


class SeverityCase(NamedTuple):
    """An account: its state at each moment, in seconds after the start."""

    name: str
    state_at: Callable[[float], AccountState]


def states_of(case: SeverityCase, moments: Sequence[float]) -> list[AccountState]:
    """Return the states at these moments, each with what the exporter learned from those before."""
    states: list[AccountState] = []
    for at in moments:
        state = case.state_at(at)._replace(name=case.name)
        if states:
            state = state._replace(expiry_age=states[-1].expiry_age)
        states.append(record_expiry(state, at))
    return states


def input_series(case: SeverityCase, moments: Sequence[float]) -> list[dict[str, str]]:
    """Return what Prometheus scrapes of an account, in promtool's notation."""
    rows: dict[str, list[str]] = {}
    for number, (at, state) in enumerate(zip(moments, states_of(case, moments), strict=True)):
        for sample in account_samples(state, at):
            labels = {"provider": state.provider or "unknown", "account": case.name}
            third = [name for name in _LABELS[sample.family] if name not in labels]
            labels |= dict(zip(third, [sample.label or ""], strict=False))
            words = ", ".join(f'{name}="{value}"' for name, value in labels.items())
            series = f'{sample.family}{{job="tokcheck", instance="a", {words}}}'
            row = rows.setdefault(series, ["_"] * len(moments))
            row[number] = f"{sample.value:g}" if sample.value < 1_000 else f"{sample.value:.0f}"
    return [{"series": series, "values": " ".join(row)} for series, row in rows.items()]


def _steady(name: str, **fields: Any) -> SeverityCase:
    """Return an account that stays as it is; ``*_in`` fields are seconds from each moment."""
    return SeverityCase(name, lambda at: _state(at, **fields))


def _state(at: float, **fields: Any) -> AccountState:
    verdict = fields.pop("verdict", Verdict.VALID)
    left, reset_in = fields.pop("left", None), fields.pop("reset_in", 1_500.0)
    quotas = fields.pop("quotas", ())
    if left is not None:
        quotas = (Quota("hour", 150, left, moment(at + reset_in), "headers"),)
    state = probed_state(verdict, *quotas, success=True, succeeded_at=at - 60, probed_at=at - 60)
    later = {
        name.removesuffix("_in"): at + seconds
        for name, seconds in fields.items()
        if name.endswith("_in")
    }
    steady = {name: value for name, value in fields.items() if not name.endswith("_in")}
    state = state._replace(observed_at=at - 60 if quotas else None, **later, **steady)
    return state._replace(verdicts=(verdict,) if state.verdict else ())


def _falling_quota(steps: Mapping[float, int], reset: float) -> Callable[[float], AccountState]:
    """Return the state by time of an account with these numbers at these moments."""

    def state_at(at: float) -> AccountState:
        history = tuple(Observation(when, left) for when, left in steps.items() if when <= at)
        last = history[-1]
        state = _state(at, quotas=(Quota("hour", 150, last.remaining, moment(reset), "headers"),))
        return state._replace(history=history, observed_at=last.at)

    return state_at


def _second_window(steps: Mapping[float, int], reset: float) -> Callable[[float], AccountState]:
    """Return the state by time of an account with these numbers in its second window."""

    def state_at(at: float) -> AccountState:
        state = _state(at)
        for when, left in steps.items():
            if when <= at:
                quotas = (
                    Quota("900s", 300, 290, moment(when + 900), "headers"),
                    Quota("day", 150, left, moment(reset), "headers"),
                )
                evidence = QuotaEvidence(quotas, Verdict.VALID, None, 1)
                state = update_quota(state, evidence, when).state
        return state

    return state_at


# 70 minutes each.
SHORT = (
    _steady("fine", left=121),
    _steady("documented", quotas=(DOCUMENTED,)),
    _steady("a-tenth", left=15),
    _steady("below-a-tenth", left=14),
    _steady("nothing-left", left=0),
    _steady("rate-limited", verdict=Verdict.RATE_LIMITED, left=0),
    _steady("project-limit", verdict=Verdict.RATE_LIMITED),
    *(
        _steady(verdict.replace("_", "-"), verdict=verdict, usable=False)
        for verdict in Verdict
        if verdict
        not in {Verdict.VALID, Verdict.UNVERIFIED, Verdict.RATE_LIMITED, Verdict.UNDETERMINED}
    ),
    SeverityCase("expired-by-time", lambda at: _state(at, expires_at=60.0)),
    _steady("expires-in-7-min", expires_at=4_620.0),
    _steady("expires-in-11-min", expires_at=4_860.0),
    _steady("refreshed-5-min-ahead", expires_at_in=300.0, refreshes=_REFRESHED),
    _steady("refresh-overdue", expires_at_in=200.0, refreshes=_REFRESHED),
    _steady("consent-ends", refresh_expires_at_in=DAY, refreshes=_REFRESHED),
    _steady("consent-lasts", refresh_expires_at_in=3 * DAY, refreshes=_REFRESHED),
    SeverityCase(
        "grant-over",
        lambda at: _state(
            at,
            refreshes=_REFRESHED,
            refresh_expires_at=60.0,
            broken=Broken(60.0, BrokenReason.REFUSED) if at >= MINUTE else None,
        ),
    ),
    *(
        _steady(
            f"not-refreshed-{reason.replace('_', '-')}",
            expires_at_in=7 * HOUR,
            refreshes=_REFRESHED,
            broken=Broken(60.0, reason),
        )
        for reason in BrokenReason
    ),
    _steady(
        "no-result-for-2-h", verdict=Verdict.UNDETERMINED, success=False, succeeded_at_in=-2 * HOUR
    ),
    _steady(
        "no-result-for-10-min", verdict=Verdict.UNDETERMINED, success=False, succeeded_at_in=-600.0
    ),
    _steady("never-a-result", verdict=Verdict.UNDETERMINED, success=False, succeeded_at=None),
    _steady("overdue", left=121, next_probe_at_in=-2 * HOUR),
    _steady("due", left=121, next_probe_at_in=-600.0),
    SeverityCase(
        "spend-not-saved",
        lambda at: _state(
            at,
            left=121,
            succeeded_at_in=-1_200.0,
            waiting=SkipReason.LEDGER,
            skipped={SkipReason.LEDGER: 1 + int(at / 300)},
        ),
    ),
    SeverityCase(
        "counts-lost",
        lambda at: _state(
            at,
            left=121,
            succeeded_at_in=-1_200.0,
            waiting=SkipReason.COUNTS_LOST,
            skipped={SkipReason.COUNTS_LOST: 1 + int(at / 300)},
        ),
    ),
    _steady("new", verdict=None, success=None, succeeded_at=None),
    _steady("unverified", verdict=Verdict.UNVERIFIED, success=None, succeeded_at=None),
    _steady("new-token-at-a-limit", verdict=Verdict.UNVERIFIED, probed_verdict=None, left=0),
    # 15 requests in 8 minutes, 45 left: the last one is used long before the reset
    SeverityCase("falls", _falling_quota({480.0 * n: 150 - 15 * n for n in range(8)}, 5_400.0)),
    SeverityCase(
        "falls-between-rare-probes",
        _falling_quota({0: 150, 1080: 114, 1980: 84, 3060: 48}, 5_400.0),
    ),
    # and the moment of the last one has passed without another probe
    SeverityCase(
        "fell-until-used-up",
        _falling_quota({0.0: 150, 1_800.0: 105, 2_400.0: 60, 3_000.0: 18}, 5_400.0),
    ),
    SeverityCase("falls-slowly", _falling_quota({480.0 * n: 150 - n for n in range(8)}, 5_400.0)),
    SeverityCase(
        "fell-at-once", _falling_quota({0.0: 150, 480.0: 60, 960.0: 60, 3_000.0: 60}, 5_400.0)
    ),
    SeverityCase(
        "second-window-falls", _second_window({480.0 * n: 150 - 15 * n for n in range(8)}, 5_400.0)
    ),
    SeverityCase(
        "second-window-lasts", _second_window({480.0 * n: 150 - n for n in range(8)}, 5_400.0)
    ),
    SeverityCase("lasts", _falling_quota({480.0 * n: 150 - 10 * n for n in range(8)}, 4_000.0)),
)

# Eight days each, in steps of half an hour: how early an expiry is reported depends on its age.
LONG = tuple(
    SeverityCase(f"{kind}-{left / HOUR:g}h-before", state_at)
    for left in (0.25, 0.4, 2.0, 20.0, 30.0, 60.0, 80.0)
    for left in (left * HOUR,)
    for kind, state_at in (
        ("kept", lambda at, left=left: _state(at, expires_at=8 * DAY + left)),
        (
            "replaced-2-days-ago",
            lambda at, left=left: _state(
                at, expires_at=8 * DAY + left if at >= 6 * DAY else 7 * DAY
            ),
        ),
        (
            "renewed-an-hour-ago",
            lambda at, left=left: _state(
                at, expires_at=8 * DAY + left if at >= 8 * DAY - HOUR else 8 * DAY - 0.5 * HOUR
            ),
        ),
    )
)
