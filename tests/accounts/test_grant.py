"""The values of a grant after a login and after a refresh."""

from hypothesis import given
from hypothesis import strategies as st

from tests.support.accounts.fake_token_endpoint import START, FakeClock, FakeTokenEndpoint
from tests.support.tokens import fitbit
from tokcheck.accounts.grant import Client, Intent, Tokens, grant_from_tokens
from tokcheck.core.expiry import FUTURE_SECONDS
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
    assert (1060, 1600, ("sleep",), "7", 1000) == grant[4:9]
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


@given(
    own=st.none() | st.integers(-10 * 86_400, 10 * 86_400),
    life=st.none() | st.integers(1, 10 * 86_400),
)
def test_the_expiry_is_the_earlier_of_the_tokens_own_and_of_its_lifetime(
    own: int | None, life: int | None
) -> None:
    signed = fitbit(exp=None if own is None else int(START) + own)
    tokens = Tokens(Secret(signed), Secret("r"), life)
    # An expiry that had passed when the token came is by another clock than this computer's.
    is_past = own is not None and life is not None and own < -FUTURE_SECONDS
    ends = [life] if is_past else [own, life]
    expected = min((START + end for end in ends if end is not None), default=None)
    client = Client("fitbit", "23TEST", None)
    assert expected == grant_from_tokens("kim", client, tokens, START).expires_at
    old = FakeTokenEndpoint(FakeClock()).grant("kim")
    assert expected == old.with_tokens(tokens, START).expires_at


def test_a_signed_token_that_cannot_be_read_has_no_expiry_of_its_own() -> None:
    tokens = Tokens(Secret("eyJhbGciOiJIUzI1NiJ9.x.y"), None, 60)
    client = Client("fitbit", "23TEST", None)
    assert START + 60 == grant_from_tokens("kim", client, tokens, START).expires_at


@given(ahead=st.floats(-10 * 86_400, 10 * 86_400), left=st.floats(1, 10 * 86_400))
def test_nothing_is_known_of_tokens_that_were_obtained_in_the_future(
    ahead: float, left: float
) -> None:
    grant = (
        FakeTokenEndpoint(FakeClock())
        .grant("kim")
        ._replace(
            obtained_at=START + ahead,
            expires_at=START + ahead + left,
            refresh_expires_at=START + ahead + left,
        )
    )
    is_known = ahead <= 60
    assert is_known == (grant.known_expiry(START) is not None)
    assert is_known == (grant.known_refresh_expiry(START) is not None)
    assert grant.is_valid_for(0, START) == (is_known and ahead + left > 0)


@given(began=st.floats(-10 * 86_400, 10 * 86_400), grace=st.sampled_from([0.0, 120.0]))
def test_tokens_are_as_old_as_the_response_that_a_provider_may_repeat(
    began: float, grace: float
) -> None:
    issued_at = Intent("f", START + began, "process 1").issued_at(START, grace)
    assert START - grace <= issued_at <= START + 60
    if -grace <= began <= 60:
        assert START + began == issued_at


def test_an_intent_names_the_process_that_began_it_and_the_last_that_took_it_up() -> None:
    intent = Intent("ab" * 6, 0, "process 1")
    assert intent is intent.taken_up_by("process 1")
    second = intent.taken_up_by("process 2")
    assert "process 1, then process 2" == second.holder
    assert "process 1, then process 3" == second.taken_up_by("process 3").holder
    assert intent.fingerprint == second.fingerprint
