"""Severity and remediation: which grants need a login, by when, and the ranking."""

import pytest

from tests.support.exporter.fake_backend import ALL, FINE, LIMITED, LOW, UNSURE
from tests.support.exporter.grant_states import (
    AT,
    DAY,
    ENDING,
    GRANTS,
    KEPT,
    LATER,
    LOST,
    OVER,
    TWIN,
)
from tokcheck.accounts.grant import Broken, BrokenReason
from tokcheck.exporter.state import AccountState, Severity, assess_severity
from tokcheck.exporter.state.remediation import Remediation, find_remediation
from tokcheck.exporter.state.severity import severity_sort_key

_LOGIN = "needs a new login"
_LOU = "tokcheck login fitbit --name 'lou lost'"
_MIA = "tokcheck login google-health --name mia-ending"


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (KEPT, None),
        (LATER, None),
        (FINE, None),
        (ENDING, Remediation(_LOGIN, "its consent ends", AT + 2 * DAY - 3_600, _MIA)),
        (LOST, Remediation(_LOGIN, "access ends", AT + 700, _LOU)),
        (LOST._replace(expires_at=AT), Remediation(_LOGIN, "access has ended", None, _LOU)),
        (LOST._replace(usable=False), Remediation(_LOGIN, "access has ended", None, _LOU)),
        (
            LOST._replace(expires_at=None),
            Remediation(_LOGIN, "nothing renews its access", None, _LOU),
        ),
        # it was not refreshed since its known expiry
        (
            ENDING._replace(refresh_expires_at=AT),
            Remediation(_LOGIN, "access ends", AT + 3_000, _MIA),
        ),
        (ENDING._replace(refresh_expires_at=AT + 2 * DAY), None),
        # the store's reason has another remedy
        (TWIN, Remediation("cannot be refreshed", "access ends", AT + 700,
                       "tokcheck accounts remove 'lou lost' --forget")),
        # or another reason
        (LOST._replace(broken=Broken(AT - 90, BrokenReason.SIGN_IN_REQUIRED)),
         Remediation(_LOGIN, "access ends", AT + 700, _LOU)),
        # an account from another source than the store has no login
        (LOST._replace(provider=None), None),
    ],
)  # fmt: skip
def test_the_remediation_of_a_grant(state: AccountState, expected: Remediation | None) -> None:
    assert expected == find_remediation(state, AT)


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (KEPT, Severity.FINE),
        (LATER, Severity.FINE),
        (ENDING, Severity.EXPIRES_SOON),
        (LOST, Severity.LOGIN_NEEDED),
        (LOST._replace(verdict=None, usable=None), Severity.LOGIN_NEEDED),
        (UNSURE._replace(broken=LOST.broken), Severity.LOGIN_NEEDED),
        (LIMITED._replace(broken=LOST.broken), Severity.LOGIN_NEEDED),
        (ENDING._replace(refresh_expires_at=AT), Severity.LOGIN_NEEDED),
        (OVER, Severity.BROKEN),
    ],
)
def test_the_severity_of_an_account_with_a_grant(state: AccountState, expected: Severity) -> None:
    assert expected is assess_severity(state, AT)


def test_a_token_that_is_refreshed_soon_is_fine() -> None:
    assert Severity.EXPIRES_SOON is assess_severity(FINE._replace(expires_at=AT + 599), AT)
    assert Severity.FINE is assess_severity(KEPT._replace(expires_at=AT + 299), AT)
    assert Severity.EXPIRES_SOON is assess_severity(KEPT._replace(expires_at=AT + 239), AT), (
        "it should have been"
    )


def test_a_lost_grant_ranks_behind_a_broken_account() -> None:
    assert "critical" == Severity.LOGIN_NEEDED.alert
    ranked = sorted((*ALL, *GRANTS), key=lambda one: severity_sort_key(one, AT))
    names = [one.name for one in ranked]
    assert ["grace-course", "max-over", "study-019", "lou lost", "nightly-fetcher"] == names[:5]


def test_of_two_lost_grants_the_one_that_expires_first_is_worse() -> None:
    later = LOST._replace(name="later", quota=LOW.quota, expires_at=AT + 800)
    assert severity_sort_key(LOST, AT) < severity_sort_key(later, AT)
