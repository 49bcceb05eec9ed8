"""When an account is probed again, by its verdict."""

from tests.support.providers.verdicts import OF_A_PASTE
from tokcheck.core.report import Verdict
from tokcheck.exporter.state.account_state import RECOVERABLE_VERDICTS

# Probed at the usual interval, after an increasing one, or at the reset of the rate limit.
_USUAL = {Verdict.VALID, Verdict.UNVERIFIED, Verdict.UNDETERMINED, Verdict.RATE_LIMITED}
# Not probed until there is a new token, or seldom once the service is gone.
_FINAL = {
    Verdict.EXPIRED,
    Verdict.REVOKED_OR_INVALID,
    Verdict.INSUFFICIENT_SCOPE,
    Verdict.SERVICE_GONE,
}


def test_it_is_decided_for_every_verdict_whether_it_may_pass_by_itself() -> None:
    assert set(Verdict) == OF_A_PASTE | RECOVERABLE_VERDICTS | _USUAL | _FINAL
