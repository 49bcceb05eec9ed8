"""Each response of a token endpoint has its meaning, and no error exposes a secret."""

import json
import re
import traceback
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.accounts.fake_token_endpoint import response
from tests.support.suite.sentences import flaw_of_end
from tests.support.tokens import FITBIT, FITBIT_CODE, FITBIT_REFRESH, FITBIT_SECRET, GOOGLE_CLIENT
from tokcheck.accounts.errors import OAuthError
from tokcheck.accounts.grant import Client, Tokens
from tokcheck.accounts.login_command import LoginCommand
from tokcheck.accounts.oauth import exchange_code, refresh_tokens, revoke_token
from tokcheck.accounts.oauth.token_error_table import TOKEN_CAUSES
from tokcheck.accounts.oauth.token_errors import explain_gone_service
from tokcheck.core.errors import ExitCode
from tokcheck.core.flow import drive
from tokcheck.core.secret import Secret
from tokcheck.providers import REGISTRY
from tokcheck.providers.base import Request, Response

VISIT = "Visit https://dev.fitbit.com/docs/oauth2 for more information."
SECRET = Secret(FITBIT_SECRET)
BASIC = "Basic MjNURVNUOjVlNWU1ZTVlNWU1ZTVlNWU1ZTVlNWU="


def fitbit(status: int, kind: str, message: str = "") -> Response:
    return response(status, {"errors": [{"errorType": kind, "message": f"{message} {VISIT}"}]})


def google(status: int, error: str, description: str = "", **more: str) -> Response:
    value = {"error": error, "error_description": description, **more}
    return response(status, {name: text for name, text in value.items() if text})


def flow(what: str, provider: str, secret: Secret | None) -> Any:
    client = Client(provider, GOOGLE_CLIENT, secret)
    if what == "code":
        return exchange_code(
            REGISTRY[provider], client, Secret(FITBIT_CODE), "http://127.0.0.1", Secret("v" * 43)
        )
    return refresh_tokens(REGISTRY[provider], client, Secret(FITBIT_REFRESH))


def tokens(
    answer: Response,
    what: str = "refresh",
    provider: str = "fitbit",
    secret: Secret | None = SECRET,
) -> Tokens:
    got: Tokens = drive(flow(what, provider, secret), lambda _: answer)
    return got


def oauth_error(
    answer: Response,
    what: str = "refresh",
    provider: str = "fitbit",
    secret: Secret | None = SECRET,
) -> OAuthError:
    """Return the error, after looking for every secret wherever that could show."""
    with pytest.raises(OAuthError) as caught:
        tokens(answer, what, provider, secret)
    error = caught.value
    trace = "".join(traceback.format_exception(error))
    shown = "\n".join([str(error), repr(error), error.hint, trace])
    for raw in (FITBIT_REFRESH, FITBIT_CODE, FITBIT_SECRET, FITBIT, BASIC[6:]):
        assert raw[:20] not in shown
    assert "" == flaw_of_end(error.message)
    assert "" == flaw_of_end(error.hint)
    assert re.search(r"(?:\.|: tokcheck login [a-z -]+(?:ID)?)\Z", error.hint)
    return error


REFUSALS = [
    ("refresh", fitbit(400, "invalid_grant", f"Refresh token invalid: {FITBIT_REFRESH}."),
     "invalid_grant", "refused the refresh token: it was revoked"),
    ("code", fitbit(400, "invalid_grant", f"Authorization code invalid: {FITBIT_CODE}"),
     "invalid_grant", "refused the authorization code: it was used already"),
    ("code", fitbit(400, "invalid_grant", f"Authorization code expired: {FITBIT_CODE}"),
     "invalid_grant", "The authorization code has expired"),
    ("code", fitbit(400, "invalid_grant", "Code verifier invalid."),
     "invalid_grant", "did not accept the code verifier"),
    ("code", fitbit(400, "invalid_grant", "Redirect_uri mismatch: http://a."),
     "invalid_grant", "redirect URI is not the one"),
    ("code", fitbit(400, "invalid_request", "Redirect_uri mismatch: http://a."),
     "invalid_request", "not registered with the redirect URI"),
    ("refresh", fitbit(400, "invalid_request", "Missing parameters: refresh_token"),
     "invalid_request", "did not understand the request"),
    ("refresh", fitbit(401, "invalid_request", "Authorization header required."),
     "invalid_request", "none arrived"),
    ("refresh", fitbit(401, "invalid_client", "Invalid header. Client secret invalid."),
     "invalid_client", "did not accept the application's secret"),
    ("refresh", fitbit(401, "invalid_client", f"Received authorization header = {BASIC}, client"),
     "invalid_client", "did not accept how the application authenticated"),
    ("refresh", fitbit(401, "invalid_client", "Invalid authorization header. Client id invalid."),
     "invalid_client", "does not know this client id"),
    ("refresh", fitbit(401, "invalid_client", "Invalid client_id: 23X."),
     "invalid_client", "does not know this client id"),
    ("refresh", fitbit(400, "unsupported_grant_type", "not supported."),
     "unsupported_grant_type", "does not exchange this kind"),
    ("refresh", google(400, "invalid_grant", "Token has been expired or revoked."),
     "invalid_grant", "It says: Token has been expired or revoked."),
    ("refresh", google(400, "invalid_grant", "reauth related error", error_subtype="invalid_rapt"),
     "invalid_grant", "sign in again"),
    ("code", google(400, "invalid_grant", "reauth related error", error_subtype="invalid_rapt"),
     "invalid_grant", "sign in again"),
    ("code", google(400, "invalid_grant", "Malformed auth code."),
     "invalid_grant", "refused the authorization code"),
    ("code", google(400, "redirect_uri_mismatch", "Bad Request"),
     "redirect_uri_mismatch", "redirect URI"),
    ("refresh", google(401, "invalid_client", "The OAuth client was not found."),
     "invalid_client", "does not know this client id"),
    ("refresh", google(401, "invalid_client", "Unauthorized"),
     "invalid_client", "did not accept the application's secret"),
    ("refresh", google(401, "invalid_client", "Unauthorized")._replace(
        headers={"www-authenticate": "Basic"}),
     "invalid_client", "did not accept the application's secret"),
    ("refresh", google(401, "invalid_client", "Something else."),
     "invalid_client", "does not know the application, or its secret is wrong"),
    ("refresh", google(400, "invalid_request", "client_secret is missing."),
     "invalid_request", "requires the application's secret"),
    ("refresh", google(401, "unauthorized_client", "Unauthorized"),
     "unauthorized_client", "another provider's"),
    ("refresh", google(401, "deleted_client", "The OAuth client was deleted."),
     "deleted_client", "was deleted"),
    ("refresh", google(401, "disabled_client", "The OAuth client was disabled."),
     "disabled_client", "has disabled"),
    ("code", fitbit(403, "insufficient_permissions", "API client is not authorized by Fitbit."),
     "insufficient_permissions", "does not allow this application"),
    ("refresh", google(400, "invalid_scope"), "invalid_scope", "does not know a requested scope"),
    ("refresh", google(400, "admin_policy_enforced"), "admin_policy_enforced", "organization"),
    ("refresh", google(403, "org_internal"), "org_internal", "own organization"),
    ("refresh", google(403, "access_denied"), "access_denied", "denied the access"),
    ("refresh", response(410, b"<html>gone</html>"), "service_gone", "switched off"),
]  # fmt: skip
UNCLEAR = [
    (response(500, {"errors": [{"errorType": "request", "message": "Error id: 5a:0c"}]}),
     "server_error", "failed (HTTP 500)"),
    (response(504, b"<!DOCTYPE html>"), "server_error", "failed (HTTP 504)"),
    (google(400, "internal_failure"), "server_error", "failed"),
    (google(403, "rate_limit_exceeded"), "rate_limited", "too many requests"),
    (response(429, b""), "rate_limited", "too many requests"),
    (response(429, b"<html>1015"), "rate_limited", "A server in front of the Fitbit Web API"),
    (response(403, b"<html>x", server="cloudflare"), "malformed", "Cloudflare, in front"),
    (response(407, b""), "malformed", "a proxy on the way requires a password"),
    (response(408, b""), "malformed", "in time (HTTP 408)"),
    (response(511, b"<html>"), "malformed", "the network requires a login"),
    (response(409, {"errors": []}), "conflict", "busy with another request"),
    (response(301, b"", location="https://x.example"), "redirected", "redirect (HTTP 301)"),
    (response(200, b""), "malformed", "its body is empty"),
    (response(200, b"<html>sign in"), "malformed", "a web page"),
    (response(200, b"access_token=x"), "malformed", "not JSON"),
    (response(200, b"[1]"), "malformed", "unknown shape"),
    (response(200, b'{"access_token"')._replace(cut=True), "malformed", "body is incomplete"),
    (response(200, {"access_token": "x"})._replace(cut=True), "malformed", "is incomplete"),
    (response(200, {"refresh_token": "x"}), "malformed", "no usable token"),
    (response(200, {"access_token": None}), "malformed", "no usable token"),
    (response(200, {"access_token": "two words"}), "malformed", "no usable token"),
    (response(200, {"access_token": "x", "refresh_token": 5}), "malformed", "no usable token"),
    (google(401, "invalid_grant")._replace(headers={"www-authenticate": 'Basic realm="x"'}),
     "malformed", "a gateway in front of the provider requires a login"),
    (response(401, b"")._replace(headers={"www-authenticate": "Negotiate"}),
     "malformed", "a gateway"),
    (google(407, "invalid_grant"), "malformed", "a proxy"),
    (response(400, b"<html>bad request"), "malformed", "a web page"),
    (response(401, b"<html>sign in"), "malformed", "a web page"),
    (response(403, b"<html>blocked"), "malformed", "a web page"),
    (response(401, b""), "malformed", "its body is empty"),
    (response(401, {"message": "Unauthorized"}), "malformed", "unknown shape"),
    (response(404, b"nothing here"), "malformed", "not JSON"),
    (google(400, "who_knows", "Something new."), "who_knows", "who_knows: Something new."),
    (response(403, {"errors": [{}]}), "unknown", "without a reason"),
    # They are about the code of another device, which no refresh sends.
    (google(428, "authorization_pending"), "authorization_pending", "refused (HTTP 428)"),
    (google(400, "expired_token"), "expired_token", "refused (HTTP 400)"),
    (google(400, "slow_down"), "rate_limited", "too many requests (slow_down)"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("what", "answer", "code", "words"), REFUSALS, ids=lambda x: x if isinstance(x, str) else ""
)
def test_every_known_refusal_has_its_own_sentence(
    what: str, answer: Response, code: str, words: str
) -> None:
    error = oauth_error(answer, what, "google-health" if b'"error":' in answer.body else "fitbit")
    assert code == error.code
    assert words in error.message
    assert (True, ExitCode.NOT_USABLE) == (error.refused, error.exit_code)


@pytest.mark.parametrize(("answer", "code", "words"), UNCLEAR)
def test_an_unknown_outcome_is_no_refusal(answer: Response, code: str, words: str) -> None:
    error = oauth_error(answer)
    assert (code, False) == (error.code, error.refused)
    assert words in error.message
    assert error.exit_code in {ExitCode.COULD_NOT_TELL, ExitCode.RATE_LIMITED}


TURNED_AWAY = [
    (301, b"", "redirect (HTTP 301) to new.example,", "has moved, set TOKCHECK_FITBIT_URL"),
    (302, b"", "redirect (HTTP 302) to new.example,", "a login page of this network"),
    (308, {"error": "moved"}, "redirect (HTTP 308) to new.example,", "has moved, set TOKCHECK"),
    (404, {"error": "not_found"}, "no token endpoint at this address (HTTP 404): not_found.",
     "Check TOKCHECK_FITBIT_URL"),
    (404, {"message": "no Route matched"}, "address (HTTP 404): no Route matched.", "TOKCHECK_FIT"),
    (404, {"errors": [{"errorType": "not_found", "message": "The API you are requesting"}]},
     "at this address (HTTP 404): not_found: The API you are requesting.", "Check TOKCHECK_FITBIT"),
    (405, {"error": {"code": 405, "message": "Method"}}, "address (HTTP 405): ", "Check TOKCHECK"),
    (404, {}, "no token endpoint at this address (HTTP 404).", "Check TOKCHECK_FITBIT_URL"),
    (403, {"error": "forbidden"}, "does not admit this client (HTTP 403): forbidden.",
     "its registration"),
    (403, {"message": "Forbidden"}, "does not admit this client (HTTP 403): Forbidden.", "network"),
    (403, {"error": {"code": 403, "status": "PERMISSION_DENIED", "message": "Not for you."}},
     "does not admit this client (HTTP 403): PERMISSION_DENIED: Not for you.", "its registration"),
    (403, {"detail": ["x"]}, "does not admit this client (HTTP 403).", "its registration"),
]  # fmt: skip


def test_a_request_that_was_turned_away_says_why_and_blames_no_grant() -> None:
    wrong = []
    for status, body, words, advice in TURNED_AWAY:
        answer = response(status, body, location="https://new.example/oauth2/token")
        error = oauth_error(answer)
        checks = {
            "outcome": (True, False) == (error.was_turned_away, error.refused),
            "sentence": words in error.message,
            "advice": advice in error.hint and "The grant is not the cause." in error.hint,
            "no login": "tokcheck login" not in error.hint,
        }
        wrong += [(answer, name, str(error), error.hint) for name, ok in checks.items() if not ok]
        repeated = oauth_error(answer, "code").hint
        if not repeated.endswith("log in again: tokcheck login fitbit"):
            wrong.append((answer, "a new code", repeated, ""))
    assert [] == wrong


@pytest.mark.parametrize(
    ("provider", "answer"),
    [
        ("fitbit", fitbit(401, "invalid_client", "Invalid authorization header format.")),
        ("fitbit", fitbit(401, "invalid_request", "Authorization header required.")),
        ("google-health", google(400, "invalid_request", "client_secret is missing.")),
        ("google-health", google(401, "invalid_client", "Unauthorized")),
    ],
)
def test_a_missing_client_secret_is_named(provider: str, answer: Response) -> None:
    error = oauth_error(answer, "code", provider, secret=None)
    assert "requires the application's secret, and none was sent." in error.message
    variable = {"fitbit": "FITBIT", "google-health": "GOOGLE"}[provider]
    assert f"TOKCHECK_{variable}_CLIENT_SECRET" in error.hint


def test_a_wrong_client_secret_gets_the_name_of_its_variable() -> None:
    answer = fitbit(401, "invalid_client", "Invalid authorization header. Client secret invalid.")
    hint = oauth_error(answer, "code").hint
    assert "TOKCHECK_FITBIT_CLIENT_SECRET" in hint
    assert "tokcheck login fitbit" in hint


@pytest.mark.parametrize(
    ("provider", "answer"),
    [
        ("fitbit", fitbit(401, "disabled_client", "The client is disabled.")),
        ("google-health", google(401, "disabled_client", "The OAuth client was disabled.")),
    ],
)
def test_only_googles_clients_are_enabled_in_its_console(provider: str, answer: Response) -> None:
    error = oauth_error(answer, provider=provider)
    assert "has disabled the application" in error.message
    assert ("Google Cloud console" in error.hint) is (provider == "google-health")


def test_the_end_of_the_service_is_reported_with_its_successor() -> None:
    hint = oauth_error(response(410, b"")).hint
    assert "tokcheck login google-health" in hint
    assert "TOKCHECK_FITBIT_URL" in hint
    assert "https://developers.google.com/health/migration" in hint
    assert "fitbit" not in oauth_error(response(410, b""), provider="google-health").hint.lower()


def test_the_command_at_the_successor_stands_behind_its_advice() -> None:
    advice = explain_gone_service(REGISTRY["fitbit"], LoginCommand("fitbit")).advice
    assert (
        "If you use another server with this API, set TOKCHECK_FITBIT_URL to its address. Move to "
        "the Google Health API. Every user has to consent again, because tokens cannot be migrated "
        "(https://developers.google.com/health/migration). To log in there, run:"
    ) == advice


def test_the_end_of_the_service_names_the_account_in_every_command() -> None:
    refusal = explain_gone_service(REGISTRY["fitbit"], LoginCommand("fitbit", "alex"))
    commands = f"{refusal.advice} {refusal.command}".split("tokcheck login google-health")[1:]
    assert [" --name alex-google-health"] == commands


@pytest.mark.parametrize(
    "answer",
    [
        response(503, b""),
        response(429, b""),
        response(407, b""),
        response(511, b"<html>sign in"),
        response(200, b"<html>sign in"),
        google(400, "who_knows"),
        fitbit(409, "request", "Conflict"),
    ],
)
def test_every_failure_of_a_code_needs_a_new_login(answer: Response) -> None:
    assert oauth_error(answer, "code").hint.endswith("log in again: tokcheck login fitbit")
    assert "tokcheck login" not in oauth_error(answer, "refresh").hint


def _respond(answer: Response, request: Request) -> Response:
    del request
    return answer


def test_the_next_login_repeats_the_options_of_this_one() -> None:
    login = LoginCommand("fitbit", "kim o", client_file="a b.json", no_browser=True)
    client = Client("fitbit", GOOGLE_CLIENT, SECRET)
    used = fitbit(400, "invalid_grant", "Authorization code invalid")
    for answer in (used, response(503, b""), response(200, b"<html>")):
        code = Secret(FITBIT_CODE)
        flow = exchange_code(REGISTRY["fitbit"], client, code, "http://a", code, login=login)
        with pytest.raises(OAuthError) as caught:
            drive(flow, partial(_respond, answer))
        assert caught.value.hint.lower().endswith(f"log in again: {login}")
    gone = exchange_code(REGISTRY["fitbit"], client, code, "http://a", code, login=login)
    with pytest.raises(OAuthError) as caught:
        drive(gone, lambda _: response(410, b""))
    assert caught.value.hint.endswith(f"To log in there, run: {login:google-health}")


@pytest.mark.parametrize(
    ("expected", "kind"),
    [
        ("set TOKCHECK_FITBIT_CLIENT_SECRET to it, and run: {}", "Client secret invalid."),
        ("Set TOKCHECK_FITBIT_CLIENT_SECRET to the secret from", "Client secret missing."),
    ],
)
def test_a_stored_account_is_named_in_its_next_refresh(expected: str, kind: str) -> None:
    client = Client("fitbit", GOOGLE_CLIENT, SECRET)
    answer = fitbit(401, "invalid_client", kind)
    flow = refresh_tokens(REGISTRY["fitbit"], client, Secret(FITBIT_REFRESH), name="kim o")
    with pytest.raises(OAuthError) as caught:
        drive(flow, lambda _: answer)
    again = "tokcheck accounts refresh 'kim o'"
    assert expected.format(again) in caught.value.hint
    assert caught.value.hint.endswith(f"and run: {again}")


def test_every_hint_ends_with_the_words_in_front_of_its_command() -> None:
    ends = {
        "login": r":",
        "again": r", and \{again\}",
        "other_application": r"\{other_application\}",
    }
    for cause in TOKEN_CAUSES:
        assert re.search(rf"{ends.get(cause.command, '[.]')}\Z", cause.hint)
        assert (cause.command in ends) == bool(re.search(r":\Z|\{(?:again|other_)", cause.hint))
        assert "{title}" not in cause.sentence.replace("The {title}", "")


def test_retry_after_is_reported() -> None:
    assert "Wait 30 s" in oauth_error(response(429, b"", retry_after="30")).hint
    assert 30.0 == oauth_error(response(429, b"", retry_after="30")).retry_after
    assert None is oauth_error(response(429, b"")).retry_after


def test_a_failing_server_is_waited_for_as_it_says_for_a_day_at_most() -> None:
    assert "Wait 2 min," in oauth_error(response(503, b"", retry_after="120")).hint
    assert "Wait a moment," in oauth_error(response(503, b"")).hint
    assert "Wait at least a day," in oauth_error(response(503, b"", retry_after="864000")).hint


@pytest.mark.parametrize("date", ["Thu, 28 May 2026 18:26:40 GMT", "Sun, 31 May 2026 20:26:40 GMT"])
def test_retry_after_counts_from_the_response_whatever_the_servers_clock_says(date: str) -> None:
    assert 30.0 == oauth_error(response(429, b"", retry_after="30", date=date)).retry_after


def test_all_fields_of_a_good_response_are_read() -> None:
    body = {
        "access_token": FITBIT,
        "refresh_token": FITBIT_REFRESH,
        "expires_in": 28800,
        "scope": "settings sleep  settings",
        "token_type": "Bearer",
        "user_id": "7TESTS",
        "refresh_token_expires_in": 604799,
    }
    got = tokens(response(200, body))
    assert (FITBIT, 28800.0, 604799.0) == (
        got.access.reveal(),
        got.expires_in,
        got.refresh_expires_in,
    )
    assert got.refresh is not None
    assert FITBIT_REFRESH == got.refresh.reveal()
    assert (("settings", "sleep"), "7TESTS") == (got.scopes, got.user_id)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (["settings", "sleep", "settings"], ("settings", "sleep")),
        (["settings sleep", "a,b"], ("settings", "sleep", "a", "b")),
        ([], ()),
        (["settings", 7, None], ("settings",)),
        ({"settings": True}, None),
    ],
)
def test_scopes_may_be_a_list(written: Any, read: tuple[str, ...] | None) -> None:
    """As of servers that write an array in place of the text of RFC 6749, section 5.1."""
    body = {"access_token": FITBIT, "refresh_token": FITBIT_REFRESH, "scope": written}
    assert read == tokens(response(200, body)).scopes


def test_a_user_may_be_a_number() -> None:
    assert "10579" == tokens(response(200, {"access_token": FITBIT, "user_id": 10579})).user_id
    assert tokens(response(200, {"access_token": FITBIT, "user_id": True})).user_id is None


@pytest.mark.parametrize(
    ("written", "read"),
    [("3599", 3599.0), (3599.5, 3599.5), (None, None), (True, None), ("soon", None), (-1, None),
     (0, None), (1e400, None), (10**400, None), ([], None), ("nan", None), (1e12, None)],
)  # fmt: skip
def test_no_malformed_lifetime_costs_a_token(written: Any, read: float | None) -> None:
    body = {"access_token": "x", "refresh_token": "y", "expires_in": written, "scope": 7}
    got = tokens(response(200, body))
    assert (read, None) == (got.expires_in, got.scopes)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
_KEYS = (
    *("access_token", "refresh_token", "token_type", "expires_in", "refresh_token_expires_in"),
    *("scope", "user_id", "error", "errors", "error_subtype", "error_description"),
)
_BODIES = st.dictionaries(
    st.sampled_from(_KEYS), _JSON | st.sampled_from(["Bearer", "invalid_grant"])
).map(json.dumps).map(str.encode) | st.binary(max_size=60)


@settings(deadline=None)  # for busy machines
@given(
    body=_BODIES,
    status=st.integers(100, 599),
    cut=st.booleans(),
    what=st.sampled_from(["code", "refresh"]),
)
def test_any_response_gives_tokens_or_an_oauth_error(
    *, body: bytes, status: int, cut: bool, what: str
) -> None:
    answer = response(status, body)._replace(cut=cut)
    try:
        got = tokens(answer, what)
    except OAuthError:
        oauth_error(answer, what)
    else:
        assert 200 <= status < 300
        assert not cut
        assert got.access.reveal().isascii()
        assert got.access.reveal() not in repr(got) or len(got.access) < 12


@settings(deadline=None)  # for busy machines
@given(st.text(max_size=30), st.text(max_size=30), st.sampled_from([400, 401, 403, 409, 429, 500]))
def test_no_response_body_exposes_a_secret(before: str, after: str, status: int) -> None:
    for raw in (FITBIT_REFRESH, FITBIT_SECRET):
        message = f"{before}{raw}{after}"
        for kind in ("invalid_grant", "invalid_client", "new_kind", raw):
            oauth_error(response(status, {"errors": [{"errorType": kind, "message": message}]}))
            oauth_error(response(status, {"error": kind, "error_description": message}))
            oauth_error(response(status, {"error": {"status": kind, "message": message}}))


def test_a_revocation_that_the_application_cannot_send_names_no_login() -> None:
    answer = google(401, "deleted_client", "The OAuth client was deleted.")
    client = Client("google-health", GOOGLE_CLIENT, SECRET)
    flow = revoke_token(REGISTRY["google-health"], client, Secret(FITBIT_REFRESH), name="kim")
    with pytest.raises(OAuthError) as caught:
        drive(flow, lambda _: answer)
    assert "Register another one for all its accounts." == caught.value.hint
