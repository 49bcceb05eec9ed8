"""The values of a grant, and which names an account may have."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.accounts.bank import START, Bank, Clock
from tests.tokens import FITBIT, FITBIT_REFRESH, GOOGLE, GOOGLE_REFRESH
from tokcheck.accounts.grant import Client, Tokens, granted
from tokcheck.accounts.name import checked_name
from tokcheck.errors import UsageError
from tokcheck.secret import Secret


@pytest.mark.parametrize(
    "name",
    ["kim", "Kim O'Hara", "7", "study-2024-participant-001", "x" * 39, "Ödön", "群馬", "a.b@c.de"],
)
def test_what_people_call_an_account_is_a_name(name: str) -> None:
    assert name == checked_name(name)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "it is empty"),
        ("kim " * 25 + "k", "longer than 100"),
        ("two\nlines", "nobody can see"),
        ("kim\u200b", "nobody can see"),
        (" kim", "spaces at an end"),
        ("\ud800", "nobody can see"),
        ("-kim", "begins with a hyphen"),
        ("--all", "begins with a hyphen"),
        (FITBIT, "looks like a token"),
        (f"kim {GOOGLE}", "looks like a token"),
        (FITBIT_REFRESH, "looks like a token"),
        (GOOGLE_REFRESH, "looks like a token"),
    ],
)
def test_what_is_no_name_is_refused_and_not_repeated(name: str, why: str) -> None:
    with pytest.raises(UsageError, match=why) as caught:
        checked_name(name)
    assert name == "" or name not in caught.value.message + caught.value.hint


@settings(deadline=None)  # for busy machines
@given(st.text(max_size=120))
def test_any_text_is_a_name_or_refused(name: str) -> None:
    try:
        assert name == checked_name(name)
    except UsageError:
        return
    assert 1 <= len(name) <= 100
    assert name.isprintable()


def test_a_life_that_is_not_known_is_not_counted_on() -> None:
    grant = Bank(Clock()).grant("kim")
    assert grant.lives(0, START)
    assert not grant._replace(expires_at=None).lives(0, START)


def test_what_a_code_was_exchanged_for_becomes_a_grant() -> None:
    client = Client("fitbit", "23TEST", None)
    grant = granted("kim", client, Tokens(Secret("a"), Secret("r"), 60, 600, ("sleep",), "7"), 1000)
    assert (1060, 1600, ("sleep",), "7", 1000) == grant[4:]
    bare = granted("kim", client, Tokens(Secret("a")), 1000)
    assert (None, None, None, (), None) == bare[3:8]


def test_what_an_answer_does_not_name_stays() -> None:
    grant = Bank(Clock()).grant("kim")._replace(refresh_expires_at=5.0)
    renewed = grant.renewed(Tokens(Secret("new")), 2000)
    assert renewed.refresh is grant.refresh
    assert (grant.scopes, grant.user_id, 5.0) == (
        renewed.scopes,
        renewed.user_id,
        renewed.refresh_expires_at,
    )
    assert (None, 2000) == (renewed.expires_at, renewed.obtained_at)
    # A new refresh token has a limit of its own, or none.
    assert None is grant.renewed(Tokens(Secret("n"), Secret("r")), 2000).refresh_expires_at
