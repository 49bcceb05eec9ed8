"""Data that a server may send: claims, headers, responses, and secrets that come back changed."""

import json
import math
from random import Random
from typing import Any, NamedTuple
from urllib.parse import quote

from tests.support.attack.fuzzer import Fuzzer
from tests.support.attack.mutation import damaged_bytes, odd_text, odd_value
from tests.support.attack.secrecy import assert_hidden
from tests.support.providers.probe_responses import access_token
from tests.support.tokens import (
    FITBIT,
    FITBIT_CODE,
    FITBIT_REFRESH,
    FITBIT_SECRET,
    GOOGLE,
    NOW,
    make_jwt,
)
from tokcheck.accounts.errors import OAuthError
from tokcheck.accounts.grant import Client
from tokcheck.accounts.oauth import exchange_code, refresh_tokens
from tokcheck.core import claims as claims_room
from tokcheck.core.documents import parse_seconds
from tokcheck.core.errors import NetError
from tokcheck.core.flow import drive
from tokcheck.core.redact import redact
from tokcheck.core.report import Outcome, Verdict
from tokcheck.core.secret import Secret
from tokcheck.providers import REGISTRY
from tokcheck.providers.base import Request, Response
from tokcheck.providers.rate_limits.pauses import retry_after
from tokcheck.providers.rate_limits.reader import read_window
from tokcheck.providers.rate_limits.windows import FieldSource, ResetForm, WindowForm

_CLAIMS = ("iss", "sub", "aud", "exp", "iat", "nbf", "scopes", "typ", "jti", "scope")
_KEYS = (
    "errors", "error", "errorType", "message", "error_description", "code", "status", "details",
    "reason", "@type", "metadata", "scope", "exp", "expires_in", "aud", "azp", "active", "user_id",
    "access_token", "refresh_token", "token_type", "battery", "batteryLevel", "deviceVersion",
    "type", "lastSyncTime", "healthUserId", "legacyUserId", "name", "pairedDevices", "displayName",
    "success", "error_subtype", "hint", "retryDelay",
)  # fmt: skip
_WORDS = (
    "expired_token", "invalid_token", "invalid_grant", "invalid_client", "invalid_request",
    "insufficient_scope", "rate_limit_exceeded", "PERMISSION_DENIED", "UNAUTHENTICATED",
    "RESOURCE_EXHAUSTED", "SERVICE_DISABLED", "ACCESS_TOKEN_SCOPE_INSUFFICIENT", "server_error",
    "type.googleapis.com/google.rpc.ErrorInfo", "type.googleapis.com/google.rpc.RetryInfo", "7s",
)  # fmt: skip
_STATUSES = (
    100, 200, 200, 200, 201, 204, 301, 302, 400, 400, 401, 401, 403, 403, 404, 407, 409, 410, 418,
    429, 429, 500, 502, 503, 504, 599, 999,
)  # fmt: skip
_LIMITS = WindowForm(
    seconds=3600,
    limit=FieldSource("x-limit"),
    remaining=FieldSource("x-remaining"),
    reset=FieldSource("x-reset"),
    reset_form=ResetForm.MAGNITUDE,
)


def _payload(random: Random) -> str:
    if random.random() < 0.1:
        return make_jwt({}, raw=damaged_bytes(random, json.dumps({"exp": 1}).encode()))
    names = random.sample(_CLAIMS, random.randint(0, len(_CLAIMS)))
    return make_jwt({name: odd_value(random) for name in names})


def _check_claims(token: str) -> None:
    claims = claims_room.read_claims(Secret(token))
    if claims is None:
        return
    for moment in (claims.issued_at, claims.expires_at):
        assert moment is None or moment.tzinfo is not None
    for text in (claims.client_id, claims.user_id):
        assert text is None or (text.isprintable() and len(text) <= 300), text
    assert claims.lifetime_seconds is None or abs(claims.lifetime_seconds) < 10**12


def _header_value(random: Random) -> str:
    return random.choice(
        (
            str(random.choice((0, 1, 150, 3_600, 1_800_000_000, 10**14, 10**20, -5))),
            f"{random.random()}",
            "Thu, 15 Jan 2026 12:00:00 GMT",
            "Thu, 31 Feb 2026 25:61:61 GMT",
            "Thu, 15 Jan 9999 23:59:59 -9999",
            "Thu, 15 Jan 0000 00:00:00 GMT",
            "1e3",
            "+5",
            "٣٠",
            odd_text(random),
        )
    )


def _headers(random: Random) -> dict[str, str]:
    names = ("x-limit", "x-remaining", "x-reset", "retry-after", "date")
    return {name: _header_value(random) for name in names if random.random() < 0.7}


def _check_headers(headers: dict[str, str]) -> None:
    quota, notes = read_window(headers, _LIMITS, NOW)
    moments = [retry_after(headers, NOW)]
    if quota is not None:
        for number in (quota.limit, quota.remaining):
            assert number is None or 0 <= number < 10**16
        moments.append(quota.reset_at)
    assert all(moment is None or moment.tzinfo is not None for moment in moments)
    assert all(note.isprintable() for note in notes)


class Exchange(NamedTuple):
    """The responses of a server, and the secrets that were sent to it."""

    provider: str
    answers: tuple[Response | NetError, ...]


def _transform(random: Random, secret: str) -> str:
    """Return a secret as a server may repeat it."""
    match random.randrange(7):
        case 0:
            return secret
        case 1:
            return secret[:30]
        case 2:
            return secret[::-1]
        case 3:
            return (
                quote(secret, safe="")
                if random.random() < 0.5
                else "".join(f"%{ord(character):02X}" for character in secret)
            )
        case 4:
            return " ".join(secret[at : at + 8] for at in range(0, len(secret), 8))
        case 5:
            at = random.randint(0, max(0, len(secret) - 24))
            return secret[at : at + 24]
        case _:
            return " ".join(secret)


def _with_words(random: Random, value: Any, secrets: tuple[str, ...]) -> Any:
    """Replace some texts of a value by words of the providers and by secrets."""
    if isinstance(value, dict):
        return {key: _with_words(random, inner, secrets) for key, inner in value.items()}
    if isinstance(value, list):
        return [_with_words(random, inner, secrets) for inner in value]
    if isinstance(value, str) and random.random() < 0.7:
        if random.random() < 0.5:
            return random.choice(_WORDS)
        return f"{odd_text(random, 10)} {_transform(random, random.choice(secrets))}"
    return value


def _response(random: Random, secrets: tuple[str, ...]) -> Response | NetError:
    if random.random() < 0.05:
        return NetError("dropped", "The connection broke off.", "Try again.", reached=True)
    value = _with_words(random, odd_value(random, _KEYS, 4), secrets)
    try:
        body = json.dumps(value).encode()
    except (ValueError, RecursionError):
        body = b"{}"
    if random.random() < 0.2:
        body = damaged_bytes(random, body)
    headers = _headers(random)
    if random.random() < 0.5:
        headers["content-type"] = random.choice(("application/json", "text/html", "text/plain"))
    if random.random() < 0.3:
        headers["www-authenticate"] = random.choice(
            ("Basic", 'Bearer error="invalid_token"', f'Bearer error="{odd_text(random)}"')
        )
    if random.random() < 0.3:
        names = (
            "fitbit-rate-limit-limit",
            "fitbit-rate-limit-remaining",
            "fitbit-rate-limit-reset",
        )
        headers |= {name: _header_value(random) for name in names}
    return Response(random.choice(_STATUSES), headers, body, NOW, random.random() < 0.05)


def _probe(random: Random) -> Exchange:
    provider = random.choice(tuple(REGISTRY))
    secret = FITBIT if provider == "fitbit" else GOOGLE
    return Exchange(provider, tuple(_response(random, (secret,)) for _ in range(4)))


def _check_probe(exchange: Exchange) -> None:
    provider = REGISTRY[exchange.provider]
    secret = FITBIT if exchange.provider == "fitbit" else GOOGLE
    claims = claims_room.read_claims(Secret(secret)) if secret is FITBIT else None
    flow = provider.probe(access_token(secret, exchange.provider), claims)
    next(flow)
    outcome: Outcome | None = None
    for answer in exchange.answers:
        try:
            if isinstance(answer, NetError):
                flow.throw(answer)
            else:
                flow.send(answer)
        except StopIteration as end:
            outcome = end.value
            break
        except NetError:
            return  # the checker makes a report of it
    assert outcome is not None, "the probe sends more requests than it may"
    last = exchange.answers[0]
    if isinstance(last, Response) and last.status >= 500 and exchange.provider == "fitbit":
        assert outcome.verdict is Verdict.UNDETERMINED, "a failure of the server is no verdict"
    assert_hidden(repr(outcome), secret)


def _check_token_response(exchange: Exchange) -> None:
    provider = REGISTRY[exchange.provider]
    client = Client(exchange.provider, "23TEST", Secret(FITBIT_SECRET))
    answers = iter(exchange.answers)

    def send(_request: Request) -> Response:
        answer = next(answers)
        if isinstance(answer, NetError):
            raise answer
        return answer

    code = exchange_code(
        provider, client, Secret(FITBIT_CODE), "http://127.0.0.1", Secret("v" * 43)
    )
    refresh = refresh_tokens(provider, client, Secret(FITBIT_REFRESH))
    # Another request's secret is not known in the one that is answered.
    for flow, sent in ((code, FITBIT_CODE), (refresh, FITBIT_REFRESH)):
        try:
            drive(flow, send)
        except OAuthError as error:
            shown = f"{error.message} {error.hint} {error.detail}"
            assert_hidden(shown, sent, FITBIT_SECRET)
            assert shown.isprintable(), shown
        except NetError:
            pass


def _token_exchange(random: Random) -> Exchange:
    secrets = (FITBIT_REFRESH, FITBIT_CODE, FITBIT_SECRET)
    provider = random.choice(tuple(REGISTRY))
    return Exchange(provider, tuple(_response(random, secrets) for _ in range(4)))


class Echo(NamedTuple):
    """A text that repeats a secret in some way."""

    text: str
    secret: str


def _echo(random: Random) -> Echo:
    secret = random.choice((FITBIT, GOOGLE, FITBIT_REFRESH, FITBIT_SECRET, FITBIT_CODE))
    parts = [odd_text(random), _transform(random, secret), odd_text(random)]
    return Echo(random.choice(("", " ", ": ", '"')).join(parts), secret)


def _check_redaction(echo: Echo) -> None:
    shown = redact(echo.text, Secret(echo.secret))
    assert_hidden(shown, echo.secret)
    assert shown.isprintable(), shown
    assert len(shown) <= 300


def _number(random: Random) -> Any:
    return odd_value(random, depth=1)


def _check_number(value: Any) -> None:
    seconds = parse_seconds(value)
    assert seconds is None or math.isfinite(seconds)


FUZZERS = (
    Fuzzer("claims", _payload, _check_claims),
    Fuzzer("headers", _headers, _check_headers),
    Fuzzer("numbers", _number, _check_number),
    Fuzzer("probe-responses", _probe, _check_probe),
    Fuzzer("token-responses", _token_exchange, _check_token_response),
    Fuzzer("redaction", _echo, _check_redaction),
)
