"""The check request of a declared API, and any other request with a token of it."""

import math
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from tokcheck.sandbox.declared.dialect import format_reset, rate_headers, standard_headers
from tokcheck.sandbox.declared.json_paths import is_missing, put_at
from tokcheck.sandbox.declared.refusals import refusal
from tokcheck.sandbox.declared.token_text import token_text
from tokcheck.sandbox.http_messages import Headers, HttpRequest, HttpResponse, json_response
from tokcheck.sandbox.state.declared.api_table import ApiTable
from tokcheck.sandbox.state.declared.pattern_text import text_with_values
from tokcheck.sandbox.state.declared.window_counts import WindowNumbers
from tokcheck.sandbox.state.sandbox_state import SandboxState
from tokcheck.sandbox.state.tokens import AccessToken, TokenProblem


class _Rate(NamedTuple):
    """The report of a response about the windows."""

    headers: Headers = ()
    fields: Mapping[str, Any] | None = None


def handle_request(
    state: SandboxState, api: ApiTable, request: HttpRequest, path: str
) -> HttpResponse:
    """Return the response to one request; ``path`` is that behind the provider's address.

    The check request costs what is declared; any other costs one request, and its body is empty
    unless a canned response was put behind its path.
    """
    text = token_text(api, request) or token_text(api.tokens_of_logins, request)
    if text is not None:
        api = api.for_token(text)
        text = token_text(api, request)  # each kind is taken where it is declared alone
    if text is None:
        body = {"error": "unauthorized", "error_description": "The request has no token"}
        return json_response(401, body, (("WWW-Authenticate", "Bearer"),))
    token = state.find_token(api.name, text)
    if token is TokenProblem.EXPIRED:
        return refusal(api, "expired")
    if not isinstance(token, AccessToken):
        return refusal(api, "revoked_or_invalid")
    is_check = _is_check(api, request, path)
    missing = [name for name in api.check.get("headers", {}) if name.lower() not in request.headers]
    if is_check and missing:
        return json_response(400, {"error": "invalid_request", "message": f"no {missing[0]}"})
    windows, full = state.declared.windows.count(api, token, is_check=is_check)
    rate = _report(state, api, windows)
    if full:
        pause = math.ceil(max(each.reset_at for each in full) - state.now())
        headers = (*rate.headers, ("Retry-After", str(max(1, pause))))
        return refusal(api, "rate_limited", headers=headers, fields=rate.fields)
    scope = api.check.get("scope")
    if is_check and scope and scope not in token.scopes:
        return refusal(api, "insufficient_scope", headers=rate.headers, fields=rate.fields)
    canned = state.canned_responses.find(request.method, request.path)
    if canned is not None:
        return canned.response(rate.headers)
    return _success(state, api, token, rate) if is_check else json_response(200, {}, rate.headers)


def _is_check(api: ApiTable, request: HttpRequest, path: str) -> bool:
    check = api.check
    own_path, _, query = str(check["path"]).partition("?")
    form = check.get("form", {})
    return (
        request.method == check.get("method", "GET")
        and (path, request.query) == (own_path, query)
        and form.items() <= request.form.items()
        and ("body" not in check or request.json == check["body"])
    )


def _report(state: SandboxState, api: ApiTable, windows: tuple[WindowNumbers, ...]) -> _Rate:
    headers, fields = rate_headers(windows, state.now(), state.random)
    if api.is_standard:
        standard = standard_headers(windows, state.now(), state.declared.standard_form)
        headers = (*headers, *standard)
    return _Rate(headers, fields)


def _success(state: SandboxState, api: ApiTable, token: AccessToken, rate: _Rate) -> HttpResponse:
    success = api.check.get("success", {})
    status = success.get("status", 200)
    body: Any = rate.fields or {}
    headers = rate.headers
    for source, value in _claims(state, api, token):
        if "header" in source:
            headers = (*headers, (source["header"], str(value)))
        else:
            body = put_at(body, source["path"], value)
    path, equals = success.get("path"), success.get("equals")
    if path and (equals is not None or is_missing(body, path)):
        body = put_at(body, path, True if equals is None else equals)
    return json_response(status if isinstance(status, int) else status[0], body, headers)


def _claims(
    state: SandboxState, api: ApiTable, token: AccessToken
) -> Iterator[tuple[Mapping[str, Any], object]]:
    """Yield the claims of a response about a token: each place and its value."""
    for field in ("user", "scopes", "expires"):
        source = api.identity.get(field)
        if source is None or (isinstance(source, Mapping) and "claim" in source):
            continue
        if field == "expires" and token.is_lasting:
            continue
        table: Mapping[str, Any] = {"path": source} if isinstance(source, str) else source
        value: object = state.account(token.account).user_id
        if field == "scopes":
            separator = table.get("separator", "" if "path" in table else " ")
            joined = ", ".join(token.scopes) if separator == "," else separator.join(token.scopes)
            value = joined if separator else list(token.scopes)
        elif field == "expires":
            text = format_reset(table.get("form", "rfc3339"), token.expires_at, state.now())
            value = int(text) if text.isdecimal() and "path" in table else text
        if "pattern" in table:
            value = text_with_values([(table["pattern"], str(value))], state.random)
        yield table, value
