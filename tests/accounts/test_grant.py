"""The values of a grant after a login and after a refresh."""

from tests.support.accounts.fake_token_endpoint import START, FakeClock, FakeTokenEndpoint
from tokcheck.accounts.grant import Client, Intent, Tokens, grant_from_tokens
from tokcheck.core.secret import Secret


def test_a_token_of_unknown_expiry_is_not_valid() -> None:
    grant = FakeTokenEndpoint(FakeClock()).grant("kim")
    assert grant.is_valid_for(0, START)
    assert not grant._replace(expires_at=None).is_valid_for(0, START)


def test_a_grant_is_made_from_tokens() -> None:
    client = Client("fitbit", "23TEST", None)
    grant = grant_from_tokens(
        "kim", client, Tokens(Secret("a"), Secret("r"), 60, 600, ("sleep",), "7"), 1000
    )
    assert (1060, 1600, ("sleep",), "7", 1000) == grant[4:]
    bare = grant_from_tokens("kim", client, Tokens(Secret("a")), 1000)
    assert (None, None, None, (), None) == bare[3:8]


def test_fields_missing_in_a_response_are_unchanged() -> None:
    grant = FakeTokenEndpoint(FakeClock()).grant("kim")._replace(refresh_expires_at=5.0)
    new_grant = grant.with_tokens(Tokens(Secret("new")), 2000)
    assert new_grant.refresh is grant.refresh
    assert (grant.scopes, grant.user_id, 5.0) == (
        new_grant.scopes,
        new_grant.user_id,
        new_grant.refresh_expires_at,
    )
    assert (None, 2000) == (new_grant.expires_at, new_grant.obtained_at)
    # A new refresh token has a limit of its own, or none.
    assert None is grant.with_tokens(Tokens(Secret("n"), Secret("r")), 2000).refresh_expires_at


def test_an_intent_names_the_process_that_began_it_and_the_last_that_took_it_up() -> None:
    intent = Intent("ab" * 6, 0, "process 1")
    assert intent is intent.taken_up_by("process 1")
    second = intent.taken_up_by("process 2")
    assert "process 1, then process 2" == second.holder
    assert "process 1, then process 3" == second.taken_up_by("process 3").holder
    assert intent.fingerprint == second.fingerprint
