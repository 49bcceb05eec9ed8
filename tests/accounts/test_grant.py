"""The values of a grant: what a login and a refresh make of it."""

from tests.support.accounts.fake_token_endpoint import START, Clock, FakeTokenEndpoint
from tokcheck.accounts.grant import Client, Tokens, grant_from_tokens
from tokcheck.core.secret import Secret


def test_a_life_that_is_not_known_is_not_counted_on() -> None:
    grant = FakeTokenEndpoint(Clock()).grant("kim")
    assert grant.is_valid_for(0, START)
    assert not grant._replace(expires_at=None).is_valid_for(0, START)


def test_what_a_code_was_exchanged_for_becomes_a_grant() -> None:
    client = Client("fitbit", "23TEST", None)
    grant = grant_from_tokens(
        "kim", client, Tokens(Secret("a"), Secret("r"), 60, 600, ("sleep",), "7"), 1000
    )
    assert (1060, 1600, ("sleep",), "7", 1000) == grant[4:]
    bare = grant_from_tokens("kim", client, Tokens(Secret("a")), 1000)
    assert (None, None, None, (), None) == bare[3:8]


def test_what_an_answer_does_not_name_stays() -> None:
    grant = FakeTokenEndpoint(Clock()).grant("kim")._replace(refresh_expires_at=5.0)
    renewed = grant.with_tokens(Tokens(Secret("new")), 2000)
    assert renewed.refresh is grant.refresh
    assert (grant.scopes, grant.user_id, 5.0) == (
        renewed.scopes,
        renewed.user_id,
        renewed.refresh_expires_at,
    )
    assert (None, 2000) == (renewed.expires_at, renewed.obtained_at)
    # A new refresh token has a limit of its own, or none.
    assert None is grant.with_tokens(Tokens(Secret("n"), Secret("r")), 2000).refresh_expires_at
