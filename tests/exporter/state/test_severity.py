"""Which accounts need somebody to mend their grant, by when and how, and how they are ranked."""

import pytest

from tests.support.exporter.fake_site import ALL, FINE, LIMITED, LOW, UNSURE
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
from tokcheck.exporter.state.account_state import Standing
from tokcheck.exporter.state.severity import Concern, Mending, concern, mending, worst_first

_LOGIN = "needs a new login"
_LOU = "tokcheck login fitbit --name 'lou lost'"
_MIA = "tokcheck login google-health --name mia-ending"


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (KEPT, None),
        (LATER, None),
        (FINE, None),
        (ENDING, Mending(_LOGIN, "its consent ends", AT + 2 * DAY - 3_600, _MIA)),
        (LOST, Mending(_LOGIN, "access ends", AT + 700, _LOU)),
        (LOST._replace(expires_at=AT), Mending(_LOGIN, "access has ended", None, _LOU)),
        (LOST._replace(usable=False), Mending(_LOGIN, "access has ended", None, _LOU)),
        (LOST._replace(expires_at=None), Mending(_LOGIN, "nothing renews its access", None, _LOU)),
        # nobody has tried to refresh it since its known end
        (ENDING._replace(refresh_expires_at=AT), Mending(_LOGIN, "access ends", AT + 3_000, _MIA)),
        (ENDING._replace(refresh_expires_at=AT + 2 * DAY), None),
        # the store says that something else mends it
        (TWIN, Mending("cannot be refreshed", "access ends", AT + 700,
                       "tokcheck accounts remove 'lou lost' --forget")),
        # or another reason
        (LOST._replace(broken=Broken(AT - 90, BrokenReason.SIGN_IN_REQUIRED)),
         Mending(_LOGIN, "access ends", AT + 700, _LOU)),
        # one that came from elsewhere than the store cannot be logged in to
        (LOST._replace(provider=None), None),
    ],
)  # fmt: skip
def test_who_needs_a_new_login_and_by_when(state: Standing, expected: Mending | None) -> None:
    assert expected == mending(state, AT)


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (KEPT, Concern.FINE),
        (LATER, Concern.FINE),
        (ENDING, Concern.SOON),
        (LOST, Concern.LOGIN),
        (LOST._replace(verdict=None, usable=None), Concern.LOGIN),
        (UNSURE._replace(broken=LOST.broken), Concern.LOGIN),
        (LIMITED._replace(broken=LOST.broken), Concern.LOGIN),
        (ENDING._replace(refresh_expires_at=AT), Concern.LOGIN),
        (OVER, Concern.BROKEN),
    ],
)
def test_what_a_grant_adds_to_an_accounts_concern(state: Standing, expected: Concern) -> None:
    assert expected is concern(state, AT)


def test_a_token_that_is_about_to_be_refreshed_is_no_concern() -> None:
    assert Concern.SOON is concern(FINE._replace(expires_at=AT + 899), AT)
    assert Concern.FINE is concern(KEPT._replace(expires_at=AT + 299), AT)
    assert Concern.SOON is concern(KEPT._replace(expires_at=AT + 239), AT), "it should have been"


def test_a_lost_grant_is_a_problem_and_stands_behind_what_does_not_work_at_all() -> None:
    assert Concern.LOGIN.problem
    ranked = sorted((*ALL, *GRANTS), key=lambda one: worst_first(one, AT))
    names = [one.name for one in ranked]
    assert ["grace-course", "max-over", "study-019", "lou lost", "nightly-fetcher"] == names[:5]


def test_of_two_lost_grants_the_one_whose_access_ends_first_is_the_worse() -> None:
    later = LOST._replace(name="later", quota=LOW.quota, expires_at=AT + 800)
    assert worst_first(LOST, AT) < worst_first(later, AT)
