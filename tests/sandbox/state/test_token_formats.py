import json
import random
import re
from base64 import urlsafe_b64decode

import jwt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tokcheck.core.errors import UsageError
from tokcheck.providers import REGISTRY
from tokcheck.providers.base import Provider
from tokcheck.sandbox import AccessMode, SandboxState
from tokcheck.sandbox.state.scopes import (
    FITBIT_SCOPE_CODES,
    GOOGLE_WRITABLE,
    fitbit_scope_codes,
    google_scope_urls,
)
from tokcheck.sandbox.state.token_formats import fitbit_token, google_token, random_user_id

URL = "https://www.googleapis.com/auth/googlehealth."


def part(token: str, index: int) -> bytes:
    text = token.split(".")[index]
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_a_fitbit_token_has_the_header_the_claims_and_the_order_of_a_real_one(
    state: SandboxState,
) -> None:
    token = state.issue_fitbit_token(account="alex", scopes=["settings", "heartrate"])
    assert token.split(".")[0] == "eyJhbGciOiJIUzI1NiJ9"
    claims = json.loads(part(token, 1))
    assert list(claims.items()) == [
        ("aud", "23SBX1"),
        ("sub", "7ALEX2"),
        ("iss", "Fitbit"),
        ("typ", "access_token"),
        ("scopes", "rset rhr"),
        ("exp", 1_780_028_800),
        ("iat", 1_780_000_000),
    ]
    assert len(token.split(".")[2]) == 43


def test_any_jwt_reader_understands_a_fitbit_token(state: SandboxState) -> None:
    token = state.issue_fitbit_token(
        access="read-write", lifetime=60, client_id="22ABCD", issued_at=5
    )
    claims = jwt.decode(token, options={"verify_signature": False})
    assert (claims["aud"], claims["iat"], claims["exp"]) == ("22ABCD", 5, 65)
    assert claims["scopes"] == "wset wpro"


def test_a_google_token_is_opaque_and_long() -> None:
    token = google_token(random.Random(1))
    assert re.fullmatch(r"ya29\.a0[A-Za-z0-9_-]{212}", token)


def test_tokens_differ(state: SandboxState) -> None:
    assert len({state.issue_fitbit_token() for _ in range(20)}) == 20
    assert len({state.issue_google_token() for _ in range(20)}) == 20


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(sorted(FITBIT_SCOPE_CODES)), unique=True), st.sampled_from(["r", "w"])
)
def test_all_codes_of_one_token_have_one_letter(names: list[str], letter: str) -> None:
    access: AccessMode = "read" if letter == "r" else "read-write"
    codes = fitbit_scope_codes(names, access)
    assert [letter] * len(names) == [code[0] for code in codes]
    span = (0, 9)
    token = fitbit_token(random.Random(0), client_id="c", user_id="u", scopes=codes, span=span)
    assert json.loads(part(token, 1))["scopes"].split() == list(codes)


def test_google_scopes_are_urls_and_writing_is_a_scope_of_its_own() -> None:
    assert google_scope_urls(["settings", "ecg"], "read") == (
        f"{URL}settings.readonly",
        f"{URL}ecg.readonly",
    )
    assert google_scope_urls(["settings", "ecg"], "read-write") == (
        f"{URL}settings.readonly",
        f"{URL}settings.writeonly",
        f"{URL}ecg.readonly",
    )
    assert google_scope_urls(["openid", f"{URL}sleep"], "read") == ("openid", f"{URL}sleep")


@pytest.mark.parametrize("provider", REGISTRY.values(), ids=lambda provider: provider.name)
def test_the_sandbox_takes_the_scope_names_of_a_login(provider: Provider) -> None:
    names = provider.oauth.scopes
    if provider.name == "google-health":
        assert tuple(names.values()) == tuple(
            google_scope_urls([name], "read")[0] for name in names
        )
        for address in names.values():
            shown = address.removeprefix("https://www.googleapis.com/auth/")
            assert (address,) == google_scope_urls([shown], "read")
        assert set(google_scope_urls(["all"], "read-write")) == set(names.values())
    else:
        assert len(names) == len(fitbit_scope_codes(names, "read"))
        assert fitbit_scope_codes(names, "read") == fitbit_scope_codes(["all"], "read")
    with pytest.raises(UsageError):
        google_scope_urls(["ecg.writeonly"], "read")


def test_google_health_has_nine_readable_and_six_writable_scopes() -> None:
    assert (len(GOOGLE_WRITABLE), sum(GOOGLE_WRITABLE.values())) == (9, 6)


@given(st.integers())
def test_ids_have_six_digits_and_capitals(seed: int) -> None:
    assert re.fullmatch(r"[0-9A-Z]{6}", random_user_id(random.Random(seed)))


@pytest.mark.parametrize("make", [fitbit_scope_codes, google_scope_urls])
def test_an_unknown_scope_is_refused_with_the_known_ones(make: object) -> None:
    assert callable(make)
    with pytest.raises(UsageError, match="no scope named 'setings'") as caught:
        make(["setings"], "read")
    assert "settings" in caught.value.hint
    with pytest.raises(UsageError, match="no access mode 'write'"):
        make(["settings"], "write")


def test_an_unknown_account_is_refused(state: SandboxState) -> None:
    with pytest.raises(UsageError, match="no account named 'nobody'"):
        state.issue_fitbit_token(account="nobody")
    with pytest.raises(UsageError, match="no account named 'nobody'"):
        state.issue_google_token(account="nobody")
