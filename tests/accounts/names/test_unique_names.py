"""The name of a new account: no other account is ever replaced."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.tokens import FITBIT, FITBIT_CLIENT
from tokcheck.accounts.grant import Client, Grant
from tokcheck.accounts.names import ChosenName, checked_name, choose_name
from tokcheck.core.secret import Secret


def grant(
    name: str = "", user: str | None = "7TESTS", client: str = FITBIT_CLIENT, of: str = "fitbit"
) -> Grant:
    return Grant(name, Client(of, client, None), Secret(FITBIT), None, None, None, (), user, 0.0)


def test_the_first_account_is_called_as_its_provider() -> None:
    assert ChosenName("fitbit", None, ()) == choose_name(None, grant(), [])


def test_the_same_person_keeps_the_name() -> None:
    assert ChosenName("fitbit", None, ()) == choose_name(None, grant(), [grant("fitbit")])
    assert ChosenName("alex", None, ()) == choose_name(None, grant(), [grant("alex")])
    assert ChosenName("alex", None, ()) == choose_name("alex", grant(), [grant("alex")])


def test_another_person_gets_another_name() -> None:
    other = grant("fitbit", user="7OTHER")
    assert ChosenName("fitbit-7TESTS", None, ()) == choose_name(None, grant(), [other])
    taken = [other, grant("fitbit-7TESTS", user="7THIRD")]
    assert ChosenName("fitbit-2", None, ()) == choose_name(None, grant(), taken)


def test_a_requested_name_of_another_person_is_not_taken() -> None:
    known = [grant("alex", user="7OTHER"), grant("alex-2", user="7THIRD")]
    assert ChosenName("alex-3", known[0], ()) == choose_name("alex", grant(), known)


def test_another_application_or_provider_is_another_account() -> None:
    assert "alex-2" == choose_name("alex", grant(), [grant("alex", client="23OTHR")]).name
    assert "alex-2" == choose_name("alex", grant(), [grant("alex", of="google-health")]).name


def test_an_unknown_user_is_somebody_else() -> None:
    assert "alex-2" == choose_name("alex", grant(user=None), [grant("alex", user=None)]).name
    assert "fitbit-2" == choose_name(None, grant(user=None), [grant("fitbit", user=None)]).name


def test_a_second_account_of_the_same_person_is_named() -> None:
    assert ChosenName("alex", None, ("work",)) == choose_name("alex", grant(), [grant("work")])
    assert ChosenName("a", None, ("b",)) == choose_name(None, grant(), [grant("a"), grant("b")])


def test_an_id_that_can_be_no_name_is_passed_over() -> None:
    new = grant(user="5e" * 30)
    assert "fitbit-2" == choose_name(None, new, [grant("fitbit")]).name


def test_a_number_is_added_to_the_whole_words_of_a_long_name() -> None:
    wanted = "a " * 45 + "kim"
    assert f"{'a ' * 44}a-2" == choose_name(wanted, grant(), [grant(wanted, user="7OTHER")]).name


def test_a_name_that_no_number_can_be_added_to_falls_back_to_the_providers() -> None:
    wanted = "x9" * 9 + "y"
    assert wanted == checked_name(wanted)
    assert "fitbit-2" == choose_name(wanted, grant(), [grant(wanted, user="7OTHER")]).name


@settings(deadline=None)  # for busy machines
@given(
    st.one_of(st.none(), st.sampled_from(["alex", "a" * 100])),
    st.one_of(st.none(), st.text(max_size=120)),
    st.lists(st.sampled_from(["alex", "fitbit", "fitbit-2", "a" * 100]), unique=True),
)
def test_a_name_can_always_be_stored_and_is_nobody_elses(
    wanted: str | None, user: str | None, taken: list[str]
) -> None:
    found = choose_name(wanted, grant(user=user), [grant(name, user="7OTHER!") for name in taken])
    assert found.name == checked_name(found.name)
    assert found.name not in taken
