"""JSON of odd shapes from the network and from tokcheck's own files: never an exception.

What a server answers makes no verdict but ``undetermined`` unless it has the provider's form, and
what a file of tokcheck holds counts as missing if it is not what tokcheck writes.
"""

import json
import sqlite3
from contextlib import closing, suppress
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.attack.hostile_shapes import json_texts
from tests.support.checks import Sender, check
from tests.support.providers.probe_responses import respond
from tests.support.suite.thoroughness import inputs
from tests.support.tokens import FITBIT, FITBIT_REFRESH, FITBIT_SECRET, GOOGLE, base64url
from tokcheck.accounts.errors import OAuthError
from tokcheck.accounts.grant import Client, Grant, Intent, Tokens
from tokcheck.accounts.oauth import refresh_tokens
from tokcheck.accounts.refresh.recovery_file import RecoveryFile
from tokcheck.core.flow import drive
from tokcheck.core.secret import Secret
from tokcheck.exporter.ledger import Ledger
from tokcheck.exporter.state import AccountState
from tokcheck.providers import REGISTRY
from tokcheck.providers.base import Response
from tokcheck.sandbox import HttpRequest, SandboxState
from tokcheck.sandbox.control.api import handle_request

pytestmark = pytest.mark.untraced

_FUZZ = settings(
    max_examples=inputs(60),
    suppress_health_check=list(HealthCheck),
)
_CLIENT = Client("fitbit", "23TEST", Secret(FITBIT_SECRET))

_ANSWER_KEYS = (
    *("errors", "errorType", "message", "success", "error", "code", "status", "details", "@type"),
    *("reason", "metadata", "retryDelay", "deviceVersion", "battery", "batteryLevel", "id", "mac"),
    *("lastSyncTime", "user", "name", "fitbitUserId", "healthUserId", "legacyUserId", "type"),
    *("pairedDevices", "nextPageToken", "scope", "expires_in", "aud", "error_description"),
)
_ANSWER_TEXTS = (
    *("expired_token", "invalid_token", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "High", "3600s"),
    *("type.googleapis.com/google.rpc.ErrorInfo", "type.googleapis.com/google.rpc.RetryInfo"),
    *("2026-01-15T11:00:00.000", "users/1", FITBIT),
)
_ANSWERS = json_texts(_ANSWER_KEYS, _ANSWER_TEXTS)
_STATUSES = st.sampled_from([200, 400, 401, 403, 404, 429, 500])
_HEADERS = st.dictionaries(
    st.sampled_from(["retry-after", "fitbit-rate-limit-limit", "fitbit-rate-limit-reset"]),
    st.sampled_from(["0", "-1", "nan", "inf", "1e999", "9" * 5_000, "x", ""]),
)


def _respond(status: int, text: str, headers: dict[str, str] | None = None) -> Response:
    return respond(status, text.encode(errors="surrogatepass"), headers or {})


@_FUZZ
@given(st.lists(_ANSWERS, min_size=1, max_size=3), _STATUSES, _HEADERS)
def test_an_answer_of_any_shape_is_a_verdict(
    texts: list[str], status: int, headers: dict[str, str]
) -> None:
    for token in (FITBIT, GOOGLE):
        answers = [_respond(status, text, headers) for text in texts * 8]
        report = check(token, Sender(*answers))
        assert report.summary


_TOKEN_KEYS = (
    *("access_token", "refresh_token", "token_type", "expires_in", "scope", "user_id", "error"),
    *("refresh_token_expires_in", "error_description", "errors", "errorType", "message"),
)


@_FUZZ
@given(json_texts(_TOKEN_KEYS, (FITBIT, FITBIT_REFRESH, "Bearer", "invalid_grant")), _STATUSES)
def test_an_answer_of_a_token_endpoint_is_tokens_or_an_error(text: str, status: int) -> None:
    flow = refresh_tokens(REGISTRY["fitbit"], _CLIENT, Secret(FITBIT_REFRESH))
    with suppress(OAuthError):
        assert isinstance(drive(flow, lambda _: _respond(status, text)), Tokens)


@pytest.mark.parametrize(
    "value", ["9" * 5_000, "-1", "NaN", "1e999999", '"x"', "[" * 900 + "]" * 900]
)
def test_one_odd_field_does_not_cost_the_tokens(value: str) -> None:
    tokens_text = f'"access_token": "{FITBIT}", "refresh_token": "{FITBIT_REFRESH}"'
    answer = f'{{{tokens_text}, "expires_in": {value}}}'
    flow = refresh_tokens(REGISTRY["fitbit"], _CLIENT, Secret(FITBIT_REFRESH))
    tokens = drive(flow, lambda _: _respond(200, answer))
    assert (FITBIT, None) == (tokens.access.reveal(), tokens.expires_in)


_CLAIM_KEYS = (
    *("alg", "typ", "kid", "crit", "b64", "aud", "sub", "iss", "exp", "iat", "nbf", "scopes"),
    *("scope", "jti"),
)
_CLAIM_TEXTS = ("HS256", "none", "JWT", "Fitbit", "access_token", "23TEST", "rset", "b64")


@_FUZZ
@given(json_texts(_CLAIM_KEYS, _CLAIM_TEXTS), json_texts(_CLAIM_KEYS, _CLAIM_TEXTS))
def test_a_signed_token_of_any_shape_has_a_report(header: str, payload: str) -> None:
    parts = [base64url(part.encode(errors="surrogatepass")) for part in (header, payload)]
    assert check(".".join([*parts, "c2lnbmF0dXJlc2lnbmF0dXJl"])).summary
    good = base64url(b'{"alg":"HS256"}')
    assert check(".".join([good, parts[1], "c2lnbmF0dXJlc2lnbmF0dXJl"])).summary


_FIELDS = (
    *("provider", "account", "scopes", "access", "lifetime", "client_id", "issued_at", "name"),
    *("user_id", "health", "utc_offset_minutes", "devices", "token", "grace", "limit", "length"),
    *("fault", "times", "version", "battery_level", "synced_seconds_ago", "redirect_uris", "type"),
    *("single_use", "secret", "refresh_lifetime", "provider", "mac", "id"),
)
_PATHS = ("accounts", "tokens", "revoke", "clients", "grants", "requests", "window", "faults")


@_FUZZ
@given(
    st.sampled_from(_PATHS),
    st.sampled_from(["POST", "DELETE", "GET"]),
    json_texts(_FIELDS, ("fitbit", "google-health", "alex", "5m", "casey", "9" * 400 + "h")),
)
def test_a_request_to_the_sandbox_s_control_api_is_answered(
    path: str, method: str, text: str
) -> None:
    state = SandboxState(now=lambda: 1_780_000_000)
    request = HttpRequest(
        method,
        f"/sandbox/{path}",
        headers={"content-type": "application/json"},
        body=text.encode(errors="surrogatepass"),
    )
    answer = handle_request(state, request)
    assert answer.status in {200, 201, 400, 405}
    json.loads(answer.body)
    handle_request(state, HttpRequest("GET", f"/sandbox/{path}"))


@pytest.fixture
def ledger_path(tmp_path: Path) -> Path:
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        ledger.remember(AccountState("anna", version="1"))
    return tmp_path / "ledger.sqlite"


_STATE = st.one_of(
    json_texts(("name", "version"), ("anna", "1")),
    st.lists(json_texts(("a",)), min_size=1, max_size=30).map(lambda parts: f"[{','.join(parts)}]"),
    st.binary(max_size=20),
    st.integers(-(2**63), 2**63 - 1),
    st.none(),
)


@_FUZZ
@given(_STATE)
def test_a_stored_state_of_any_shape_counts_as_missing(
    ledger_path: Path, body: str | bytes | int | None
) -> None:
    with closing(sqlite3.connect(ledger_path)) as connection, connection:
        written = body.encode("utf-8", "replace").decode() if isinstance(body, str) else body
        try:
            connection.execute("UPDATE standing SET body = ?", (written,))
        except sqlite3.IntegrityError:
            return
    with Ledger(ledger_path) as ledger:
        state = ledger.read_state("anna", "1")
    assert state is None or isinstance(state, AccountState)


_SAVED_KEYS = (
    *("intent", "grant", "access", "refresh", "expires_at", "refresh_expires_at", "scopes"),
    *("user_id", "obtained_at", "name"),
)
_INTENT = Intent("fingerprint", 1.0, "holder")
_GRANT = Grant(
    name="anna",
    client=_CLIENT,
    access=Secret("a"),
    refresh=Secret("b"),
    expires_at=None,
    refresh_expires_at=None,
    scopes=(),
    user_id=None,
    obtained_at=1.0,
)


@_FUZZ
@given(
    json_texts(_SAVED_KEYS, ("x",))
    | json_texts(_SAVED_KEYS).map(
        lambda text: f'{{"intent": {json.dumps(_INTENT)}, "grant": {text}}}'
    )
)
def test_a_recovery_file_of_any_shape_counts_as_empty(tmp_path: Path, text: str) -> None:
    recovery = RecoveryFile(tmp_path, "anna")
    recovery.reserve()
    (path,) = tmp_path.glob("*rescue*")
    content = text.encode(errors="surrogatepass")
    path.write_bytes(sha256(content).hexdigest().encode() + b"\n" + content)
    saved = recovery.read(_INTENT, _GRANT)
    assert saved is None or isinstance(saved.access, Secret)
    recovery.save(_INTENT, _GRANT)
    saved = recovery.read(_INTENT, _GRANT)
    assert saved is not None
    assert ("a", ()) == (saved.access.reveal(), saved.scopes)
