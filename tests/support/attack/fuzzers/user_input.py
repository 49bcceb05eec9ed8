"""Input from users and programs: printed responses, archives, error messages."""

import json
from random import Random
from typing import NamedTuple

from tests.support.attack.fuzzer import Fuzzer
from tests.support.attack.mutation import damaged_text, nested_text, odd_text, odd_value
from tests.support.attack.secrecy import assert_hidden
from tests.support.tokens import FITBIT, FITBIT_REFRESH, GOOGLE, NOW
from tokcheck.accounts.explanation import explain_message
from tokcheck.providers import REGISTRY
from tokcheck.providers.observed.observed_input import read_responses
from tokcheck.providers.observed.traffic import summarize_responses

_HOSTS = frozenset({"api.fitbit.com"})
_HEADERS = (
    "Fitbit-Rate-Limit-Limit", "Fitbit-Rate-Limit-Remaining", "Fitbit-Rate-Limit-Reset",
    "Retry-After", "Date", "Content-Type", "Content-Encoding", "Content-Length",
    "Transfer-Encoding", "Authorization", "RateLimit", "Set-Cookie",
)  # fmt: skip
_VALUES = (
    "150", "149", "-1", "0", "1e9", "9" * 400, "Sun, 29 Nov 2026 10:00:00 GMT", "gzip", "chunked",
    '"hour";r=1;t=5', f"Bearer {FITBIT}", "application/json", "١٢", "",
)  # fmt: skip
_STATUS_LINES = (
    "HTTP/1.1 200 OK", "HTTP/2 429", "< HTTP/1.1 401 Unauthorized", "HTTP/1.1 999 X", "HTTP/1.1",
    "HTTP/1.1 200 Connection established", "HTTP/1.0 ٢٠٠", "> GET / HTTP/1.1", "",
)  # fmt: skip
_KEYS = (
    "log", "entries", "request", "response", "url", "status", "headers", "name", "value",
    "content", "text", "encoding", "startedDateTime", "time", "bodySize", "_fromCache", "error",
    "errors", "errorType", "message", "error_description", "code", "details", "reason", "@type",
)  # fmt: skip
_WORDS = (
    "invalid_grant", "expired_token", "redirect_uri_mismatch", "Token has been expired or revoked.",
    "access_denied", "error=access_denied&error_description=The+user", "HTTP 401", "429",
    "google.auth.exceptions.RefreshError: ('invalid_grant: Bad Request', {'error': 'x'})",
    "oauthlib.oauth2.rfc6749.errors.MissingTokenError:", "Fitbit", "fitbit.exceptions.HTTP:",
    '{"errors":[{"errorType":"expired_token","message":"Access token expired: ', '"}],"success":',
    "PERMISSION_DENIED", "SERVICE_DISABLED", "Traceback (most recent call last):", "googleapi: ",
    "2026-11-29T10:00:00Z ERROR ", "HttpError 403 when requesting https://health.googleapis.com",
)  # fmt: skip
_LONE_PIECE = 20
_SECRETS = (FITBIT, FITBIT_REFRESH, GOOGLE)


def _curl_output(random: Random) -> str:
    lines: list[str] = []
    for _ in range(random.randint(1, 4)):
        lines.append(random.choice(_STATUS_LINES))
        for _ in range(random.randint(0, 5)):
            value = random.choice(_VALUES) if random.random() < 0.8 else odd_text(random)
            lines.append(f"{random.choice(('', '< ', '> '))}{random.choice(_HEADERS)}: {value}")
        lines += ["", json.dumps(odd_value(random, _KEYS), default=str), ""]
    return damaged_text(random, random.choice(("\n", "\r\n")).join(lines))


def _archive(random: Random) -> str:
    if random.random() < 0.02:
        return nested_text(random)
    entry = {
        "startedDateTime": random.choice(("2026-11-29T10:00:00.000Z", odd_text(random))),
        "request": {"url": random.choice(("https://api.fitbit.com/1/user/-/x", odd_text(random)))},
        "response": {
            "status": random.choice((200, 429, odd_value(random))),
            "headers": [
                {"name": random.choice(_HEADERS), "value": random.choice((*_VALUES, None))}
                for _ in range(random.randint(0, 4))
            ],
            "content": odd_value(random, _KEYS),
        },
    }
    for key in random.sample(sorted(entry), random.randint(0, 2)):
        entry[key] = odd_value(random, _KEYS)
    whole = random.choice(({"log": {"entries": [entry, odd_value(random, _KEYS)]}}, entry, [entry]))
    text = json.dumps(whole, default=str)
    return damaged_text(random, random.choice((text, f"{text}\n{text}")))


def _observed_text(random: Random) -> str:
    return random.choice((_curl_output, _archive))(random)


def _check_observed(text: str) -> None:
    responses = read_responses(text, _HOSTS, NOW).responses
    for response in responses:
        assert response.received_at <= NOW, "a response of the future"
    for provider in REGISTRY.values():
        traffic = summarize_responses(provider, responses)
        assert sum(traffic.classes.values()) == len(responses)
        assert_hidden(repr(traffic), *_SECRETS)


class PastedMessage(NamedTuple):
    """A text that may hold an error message, and the provider that is expected."""

    text: str
    provider: str | None


def _message(random: Random) -> PastedMessage:
    parts: list[str] = []
    for _ in range(random.randint(1, 6)):
        match random.randrange(5):
            case 0:
                parts.append(odd_text(random))
            case 1:
                parts.append(json.dumps(odd_value(random, _KEYS), default=str))
            case 2:
                parts.append(repr(odd_value(random, _KEYS)))
            case _:
                parts.append(random.choice(_WORDS))
    if random.random() < 0.3:
        parts.insert(random.randint(0, len(parts)), random.choice(_SECRETS))
    if random.random() < 0.02:
        parts.append(nested_text(random))
    text = damaged_text(random, random.choice(("", " ", "\n", ": ")).join(parts))
    return PastedMessage(text, random.choice((None, None, *REGISTRY)))


def _check_message(message: PastedMessage) -> None:
    found = explain_message(message.text, REGISTRY, NOW, message.provider)
    if found is not None:
        assert found.summary
        assert found.provider is None or found.provider in REGISTRY
        shown = " ".join((found.summary, *found.advice))
        # The program does not know these secrets. A short piece is recognized beside the rest.
        assert_hidden(shown, *_SECRETS, piece=16 if "[redacted]" in shown else _LONE_PIECE)


FUZZERS = (
    Fuzzer("observed-responses", _observed_text, _check_observed, 600),
    Fuzzer("error-messages", _message, _check_message, 600),
)
