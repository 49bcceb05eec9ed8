"""The refusals of a declared API: as the declaration says, or as RFC 6750 does."""

from collections.abc import Mapping
from typing import Any

from tokcheck.sandbox.declared.json_paths import put_at
from tokcheck.sandbox.http_messages import Headers, HttpResponse, json_response
from tokcheck.sandbox.state.declared.api_table import ApiTable

_STATUSES = {
    "expired": 401,
    "revoked_or_invalid": 401,
    "insufficient_scope": 403,
    "rate_limited": 429,
    "service_gone": 410,
    "undetermined": 500,
}
_FORBIDDEN = 403
_CHALLENGES = {
    "expired": ("invalid_token", "The access token expired"),
    "revoked_or_invalid": ("invalid_token", "The access token is invalid"),
    "insufficient_scope": ("insufficient_scope", "The request requires another scope"),
}
_RETRY_SECONDS = "60"


def refusal(
    api: ApiTable,
    verdict: str,
    number: int = 1,
    headers: Headers = (),
    fields: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """Return a refusal for a verdict: the declared one of that number, or the usual one.

    ``headers`` and ``fields`` of the body are added.
    """
    rules = [each for each in api.refusals if each["verdict"] == verdict]
    if verdict == "expired" and not rules:
        rules = [each for each in api.refusals if each["verdict"] == "revoked_or_invalid"]
    if number <= len(rules):
        return _declared_refusal(rules[number - 1], verdict, headers, fields)
    return _usual_refusal(api, verdict, headers, fields)


def _declared_refusal(
    rule: Mapping[str, Any], verdict: str, headers: Headers, fields: Mapping[str, Any] | None
) -> HttpResponse:
    body = {**(fields or {}), "error": verdict, "message": rule.get("reason", verdict)}
    status = _STATUSES.get(verdict, _FORBIDDEN)
    return ruled_response(rule, status, body, (*values_of(rule), _RETRY_SECONDS)[0], headers)


def values_of(rule: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return the values that a rule finds in a response."""
    equals = rule.get("equals", [])
    values = equals if isinstance(equals, list) else [equals]
    return (*values, *filter(None, [rule.get("contains")]))


def ruled_response(
    rule: Mapping[str, Any],
    status: int,
    body: object,
    value: object,
    headers: Headers = (),
) -> HttpResponse:
    """Return a response to which a rule applies: with a value at its place, and its status."""
    declared = rule.get("status", status)
    status = declared if isinstance(declared, int) else declared[0]
    text = rule.get("contains", "")
    if "path" in rule:
        body = put_at(body, rule["path"], value)
    elif "header" in rule:
        own = rule["header"].lower()
        kept = tuple(pair for pair in headers if pair[0].lower() != own)
        headers = (*kept, (rule["header"], str(value)))
    elif text:
        body = put_at(body, "message", text)
    return json_response(status, body, headers)


def _usual_refusal(
    api: ApiTable, verdict: str, headers: Headers, fields: Mapping[str, Any] | None
) -> HttpResponse:
    status = _STATUSES.get(verdict, _FORBIDDEN)
    if verdict == "insufficient_scope" and _takes_all(api, status):
        status = 401
    error, description = _CHALLENGES.get(verdict, (verdict, verdict.replace("_", " ")))
    if verdict in _CHALLENGES:
        challenge = f'Bearer error="{error}", error_description="{description}"'
        headers = (*headers, ("WWW-Authenticate", challenge))
    body = {"error": error, "error_description": description}
    return json_response(status, {**(fields or {}), **body}, headers)


def _takes_all(api: ApiTable, status: int) -> bool:
    """Return whether a declared refusal means every response with a status."""
    return any(
        not {"path", "header", "contains"} & set(rule)
        and status in (rule["status"] if isinstance(rule["status"], list) else [rule["status"]])
        for rule in api.refusals
    )
