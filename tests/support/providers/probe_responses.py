"""Feed prepared responses to a probe, without a network or a clock."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tests.support.tokens import NOW
from tokcheck.checks import Conclusion, conclude_from_outcome
from tokcheck.core.credential import Credential, Kind
from tokcheck.core.errors import NetError
from tokcheck.core.report import Outcome
from tokcheck.core.secret import Secret
from tokcheck.providers.base import ProbeFlow, Provider, Request, Response

PAGE = b"<!DOCTYPE html>\n<html><head><title>Sign in</title></head></html>\n"
BAD_TOKEN_CHALLENGE = 'Bearer realm="https://api.example/", error="invalid_token"'
_REQUIRES_LOGIN = ("a gateway in front of the API requires a login", "HTTP 401")


def gateway_responses(own: Any) -> list[tuple[str, Response, tuple[str, ...]]]:
    """Return 401s of gateways: a name, the response, and words of the summary.

    ``own`` is the body of a refusal of the provider, which a gateway with another challenge must
    not pass off as the provider's.
    """
    strange = ("HTTP 401", "JSON of an unknown shape")
    return [
        (f"{scheme.split()[0]}-{name}", respond(401, body, {"www-authenticate": scheme}), words)
        for scheme in ('Basic realm="bearer"', "Negotiate", 'Digest nonce="x"')
        for name, body, words in (
            ("empty", b"", _REQUIRES_LOGIN),
            ("page", PAGE, _REQUIRES_LOGIN),
            ("own", own, _REQUIRES_LOGIN),
        )
    ] + [
        ("message", respond(401, {"message": "Unauthorized"}), strange),
        ("fault", respond(401, {"fault": {"faultstring": "Invalid ApiKey"}}), strange),
        ("code", respond(401, {"code": 401, "message": "Jwt is missing"}), strange),
        ("word", respond(401, {"error": "unauthorized"}), ("HTTP 401", "unknown shape")),
        ("list", respond(401, {"errors": ["Unauthorized"]}), strange),
        ("json-api", respond(401, {"errors": [{"status": "401", "title": "No"}]}), ("HTTP 401",)),
        ("text", respond(401, b"Unauthorized"), ("HTTP 401", "its body is not JSON")),
        ("bare-bearer", respond(401, b"", {"www-authenticate": "Bearer"}), ("body is empty",)),
    ]


def respond(
    status: int,
    body: Any = b"",
    headers: Mapping[str, str] | None = None,
    *,
    cut: bool = False,
) -> Response:
    """Return a response; a ``body`` that is not bytes becomes JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Response(status, dict(headers or {}), raw, NOW, cut)


def github_response(resource: str, received_at: datetime) -> Response:
    """Return a response with the headers of GitHub's documentation, of one of its limits."""
    headers = {
        "x-ratelimit-limit": "5000",
        "x-ratelimit-remaining": "4987",
        "x-ratelimit-used": "13",
        "x-ratelimit-reset": str(int(received_at.timestamp()) + 900),
        "x-ratelimit-resource": resource,
    }
    return Response(200, headers, b"", received_at)


def access_token(text: str, provider: str) -> Credential:
    return Credential(Kind.ACCESS_TOKEN, Secret(text), provider)


def feed(flow: ProbeFlow, *answers: Response | NetError) -> tuple[Outcome, list[Request]]:
    """Run a probe on exactly these answers; return its outcome and its requests."""
    requests = [next(flow)]
    for number, answer in enumerate(answers):
        try:
            requests.append(
                flow.throw(answer) if isinstance(answer, NetError) else flow.send(answer)
            )
        except StopIteration as end:
            assert number == len(answers) - 1, "the probe ended before the last answer"
            outcome: Outcome = end.value
            return outcome, requests
    raise AssertionError("the probe sends another request")


def conclude(provider: Provider, outcome: Outcome) -> Conclusion:
    return conclude_from_outcome(outcome, NOW, provider.title, provider.remedies)


def unreachable() -> NetError:
    return NetError("refused", "host refused the connection", "Check it.", reached=False)


def problem(kind: str, message: str = "", **more: str) -> dict[str, Any]:
    """Return an error body of the Fitbit Web API's old shape."""
    return {"errors": [{"errorType": kind, "message": message, **more}], "success": False}


def status_body(
    code: int, word: str, message: str = "", *details: Mapping[str, Any], **more: Any
) -> dict[str, Any]:
    """Return an error body of Google's shape."""
    error: dict[str, Any] = {"code": code, "message": message, "status": word, **more}
    if details:
        error["details"] = list(details)
    return {"error": error}


def error_info(reason: str, **metadata: str) -> dict[str, Any]:
    return {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": reason,
        "domain": "googleapis.com",
        "metadata": metadata,
    }


def retry_info(delay: Any) -> dict[str, Any]:
    return {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay}
