"""The URL of the authorization request, and its response: a code or a clear error."""

from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.accounts.authorization_requests import (
    BACK,
    CHALLENGE,
    FITBIT,
    FITBIT_BACK,
    GOOGLE,
    GOOGLE_BACK,
    STATE,
    VERIFIER,
)
from tests.support.attack.secrecy import assert_hidden
from tests.support.tokens import FITBIT_CLIENT, FITBIT_CODE, GOOGLE_CODE
from tokcheck.accounts.errors import ConsentError, ForeignError
from tokcheck.accounts.oauth import AuthorizationRequest, authorization_url
from tokcheck.accounts.oauth.authorization import code_challenge, code_from_response
from tokcheck.core.secret import Secret

SANDBOX = "http://127.0.0.1:19151/o/oauth2/v2/auth"
GOOGLE_ISSUER = "https%3A%2F%2Faccounts.google.com"


def query(address: str) -> str:
    return urlsplit(address).query


def consent_error(text: str, attempt: AuthorizationRequest = FITBIT) -> ConsentError:
    with pytest.raises(ConsentError) as caught:
        code_from_response(text, attempt)
    assert caught.value.message
    assert caught.value.hint
    return caught.value


def test_the_challenge_is_the_one_of_rfc_7636_appendix_b() -> None:
    assert CHALLENGE == code_challenge(Secret(VERIFIER))


def test_a_request_to_fitbit_has_state_and_challenge() -> None:
    address = authorization_url(FITBIT, "https://www.fitbit.com/oauth2/authorize")
    assert address.startswith("https://www.fitbit.com/oauth2/authorize?")
    assert {
        "response_type": ["code"],
        "client_id": [FITBIT_CLIENT],
        "redirect_uri": [BACK],
        "scope": ["settings sleep"],
        "state": [STATE],
        "code_challenge": [CHALLENGE],
        "code_challenge_method": ["S256"],
    } == parse_qs(query(address), strict_parsing=True)


def test_a_request_to_google_includes_offline_access() -> None:
    fields = parse_qs(query(authorization_url(GOOGLE, "http://127.0.0.1:1/o/oauth2/v2/auth")))
    assert ["offline"] == fields["access_type"]
    assert ["consent"] == fields["prompt"]
    assert [" ".join(GOOGLE.scopes)] == fields["scope"]


def test_no_url_contains_the_verifier() -> None:
    assert VERIFIER not in authorization_url(FITBIT, "https://page.example/a")
    assert VERIFIER not in repr(FITBIT)


@pytest.mark.parametrize(
    ("code", "address", "attempt"),
    [(FITBIT_CODE, FITBIT_BACK, FITBIT), (GOOGLE_CODE, GOOGLE_BACK, GOOGLE)],
)
def test_a_redirect_holds_the_code(code: str, address: str, attempt: AuthorizationRequest) -> None:
    assert code == code_from_response(query(address), attempt).code.reveal()


@pytest.mark.parametrize(
    "state", ["", "&state=", f"&state={STATE}x", f"&state={STATE[:-1]}", "&state=%F0%9F%92%A9"]
)
def test_another_state_is_refused_with_any_other_fields(state: str) -> None:
    error = consent_error(f"code={FITBIT_CODE}{state}")
    assert isinstance(error, ForeignError)
    assert "state_mismatch" == error.code
    assert "was not used" in error.message
    assert "state_mismatch" == consent_error(f"error=access_denied{state}").code


def test_an_error_takes_precedence_over_a_code() -> None:
    error = consent_error(f"code={FITBIT_CODE}&error=access_denied&state={STATE}")
    assert "access_denied" == error.code


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("neither a code nor an error", f"state={STATE}"),
        ("has a field twice", f"code=a&code=b&state={STATE}"),
        ("has a field twice", f"code=a&state={STATE}&state={STATE}"),
        ("has a field twice", f"error=a&error=b&state={STATE}"),
        ("has a field twice", f"code=a&state={STATE}&iss={GOOGLE_ISSUER}&iss=https://x.example"),
        ("too many fields", "&".join(["a=b"] * 51)),
        ("Its code is empty", f"code=&state={STATE}"),
        ("far too long", f"code={'a' * 2049}&state={STATE}"),
        ("characters that no code has", f"code=a%20b&state={STATE}"),
        ("characters that no code has", f"code=a%0D%0Ab&state={STATE}"),
        ("characters that no code has", f"code=%C3%A4&state={STATE}"),
    ],
)
def test_an_incomplete_response_is_malformed(words: str, text: str) -> None:
    error = consent_error(text)
    assert "malformed_redirect" == error.code
    assert words in error.message


def test_a_code_of_the_maximum_length_is_accepted() -> None:
    assert 2048 == len(code_from_response(f"code={'a' * 2048}&state={STATE}", FITBIT).code)


def outcome(text: str) -> Secret | ConsentError:
    try:
        return code_from_response(text, FITBIT).code
    except ConsentError as error:
        return error


@pytest.mark.parametrize(
    ("issuer", "attempt"),
    [
        (GOOGLE_ISSUER, GOOGLE),
        ("https://accounts.google.com", GOOGLE),
        ("https://accounts.google.com/", GOOGLE),
        ("https://www.fitbit.com", FITBIT),
        ("http://127.0.0.1:19151", GOOGLE._replace(page=SANDBOX)),
        ("http://127.0.0.1:19151/realms/x", GOOGLE._replace(page=SANDBOX)),
    ],
)
def test_the_issuer_of_the_requested_server_is_accepted(
    issuer: str, attempt: AuthorizationRequest
) -> None:
    text = f"code={FITBIT_CODE}&state={STATE}&iss={issuer}"
    assert FITBIT_CODE == code_from_response(text, attempt).code.reveal()


@pytest.mark.parametrize(
    ("issuer", "attempt"),
    [
        (GOOGLE_ISSUER, FITBIT),
        (GOOGLE_ISSUER, GOOGLE._replace(page=SANDBOX)),
        ("", GOOGLE),
        ("http://accounts.google.com", GOOGLE),
        ("https://accounts.google.com:8443", GOOGLE),
        ("https://accounts.google.com.evil.example", GOOGLE),
        ("https://accounts.google.com@evil.example", GOOGLE),
        ("https://accounts.google.com/tenant", GOOGLE),
        ("https://accounts.google.com?x", GOOGLE),
        ("https://[", GOOGLE),
        ("http://127.0.0.1:19152", GOOGLE._replace(page=SANDBOX)),
    ],
)
@pytest.mark.parametrize("field", [f"code={FITBIT_CODE}", "error=access_denied"])
def test_a_response_of_another_issuer_is_refused(
    issuer: str, attempt: AuthorizationRequest, field: str
) -> None:
    error = consent_error(f"{field}&state={STATE}&iss={issuer}", attempt)
    assert "issuer_mismatch" == error.code
    assert not isinstance(error, ForeignError), "its state is known elsewhere: the login ends"


FIELDS = st.lists(
    st.tuples(
        st.sampled_from(["code", "state", "error", "error_description", "scope", "x"]),
        st.one_of(st.text(max_size=30), st.sampled_from([STATE, FITBIT_CODE, "access_denied"])),
    ),
    max_size=6,
)


@given(FIELDS)
@example([("code", FITBIT_CODE), ("state", STATE)])
@example([("state", STATE), ("error", FITBIT_CODE), ("error_description", FITBIT_CODE)])
@example([("state", "\ud800")])
def test_any_fields_give_a_code_or_an_error_without_one(
    fields: list[tuple[str, str]],
) -> None:
    got = outcome(urlencode(fields, errors="surrogatepass"))
    if isinstance(got, Secret):
        assert [got.reveal()] == [value for name, value in fields if name == "code"]
        assert [STATE] == [value for name, value in fields if name == "state"]
    else:
        assert FITBIT_CODE not in got.message + got.hint
        assert got.message.isprintable()


@pytest.mark.parametrize("length", [16, 19, 30])
@pytest.mark.parametrize(
    "whole", ["code={}&", "scope={}&", "x=1&", "error_uri=http://x/%3Fcode={}&"]
)
def test_an_error_shows_no_part_of_the_code_that_came_with_it(whole: str, length: int) -> None:
    for code, attempt in ((FITBIT_CODE, FITBIT), (GOOGLE_CODE, GOOGLE)):
        part = code[-length:]
        fields = f"{whole.format(code)}error=odd {part}&error_description={part}={code}"
        error = consent_error(f"{fields}&state={STATE}", attempt)
        assert_hidden(error.message + error.hint, code)


@given(st.text())
def test_any_text_without_the_state_is_refused(text: str) -> None:
    consent_error(quote(text, safe="&=+%", errors="surrogatepass"))


@pytest.mark.parametrize(
    ("scopes", "written"),
    [
        (None, ""),
        (None, "&scope="),
        (("read", "activity:read"), "&scope=read%2Cactivity%3Aread"),
        (("email", "daily"), "&scope=email+daily"),
        (("ok",), f"&scope=ok+%01+{'x' * 300}"),
    ],
)
def test_a_redirect_may_name_the_granted_scopes(
    scopes: tuple[str, ...] | None, written: str
) -> None:
    response = code_from_response(f"code={FITBIT_CODE}&state={STATE}{written}", FITBIT)
    assert scopes == response.scopes
