"""The control API under ``/sandbox``: set up accounts, tokens, rate limits and faults."""

from collections.abc import Callable
from typing import Any, cast, get_args

from tokcheck.core.errors import UsageError
from tokcheck.core.humanize import list_names
from tokcheck.sandbox.control.canned_responses import list_responses, put_response, remove_responses
from tokcheck.sandbox.control.clients import client_to_json, register_client
from tokcheck.sandbox.control.declared_windows import (
    declared_spending,
    declared_windows,
    set_declared_window,
)
from tokcheck.sandbox.control.help import help_page
from tokcheck.sandbox.control.request_fields import (
    Fields,
    read_choice,
    read_fields,
    read_integer,
    read_list,
    read_text,
    reject_unknown_fields,
)
from tokcheck.sandbox.control.users import account_from_fields, account_to_json
from tokcheck.sandbox.faults.catalogue import FAULTS
from tokcheck.sandbox.http_messages import HttpRequest, HttpResponse, json_response
from tokcheck.sandbox.state.clients import FITBIT_CLIENT, GOOGLE_CLIENT
from tokcheck.sandbox.state.declared.declared_apis import DECLARED_SECONDS
from tokcheck.sandbox.state.grants import Grace
from tokcheck.sandbox.state.rate_limits import RateLimitRule, Usage, read_window_length
from tokcheck.sandbox.state.sandbox_state import SandboxState
from tokcheck.sandbox.state.scopes import AccessMode
from tokcheck.sandbox.state.tokens import BUILT_IN, AccessToken, ProviderName

Handler = Callable[[SandboxState, Fields], HttpResponse]

_MAX_LIFETIME = 10 * 365 * 86_400
_MAX_ISSUED_AT = 32_503_679_999  # the end of the year 2999
_MOST = 1_000_000_000


def handle_request(state: SandboxState, request: HttpRequest) -> HttpResponse:
    """Return the response to one control request; bad input is 400 with an error and a hint."""
    path = request.path.rstrip("/")
    if path in {"", "/sandbox"}:
        return HttpResponse(
            200, (("Content-Type", "text/plain; charset=utf-8"),), help_page().encode()
        )
    handlers = _HANDLERS.get(path.removeprefix("/sandbox/"))
    if handlers is None:
        hint = f"The paths are: {', '.join(f'/sandbox/{name}' for name in _HANDLERS)}."
        return _error_response(404, "There is no such path in the control API.", hint)
    handler = handlers.get(request.method)
    if handler is None:
        return _error_response(
            405, f"{path} does not support {request.method}.", f"Use {list_names(handlers, 'or')}."
        )
    try:
        return handler(state, read_fields(request))
    except UsageError as error:
        return _error_response(400, error.message, error.hint)


def _error_response(status: int, message: str, hint: str) -> HttpResponse:
    return json_response(status, {"error": message, "hint": hint})


def _list_accounts(state: SandboxState, _: Fields) -> HttpResponse:
    return json_response(200, {"accounts": [account_to_json(a) for a in state.accounts()]})


def _create_account(state: SandboxState, fields: Fields) -> HttpResponse:
    account = account_from_fields(state, fields)
    state.put_account(account)
    return json_response(201, account_to_json(account))


def _list_tokens(state: SandboxState, _: Fields) -> HttpResponse:
    now = state.now()
    listed = [
        {**_token_to_json(token), "revoked": revoked, "expired": now >= token.expires_at}
        for token, revoked in state.tokens()
    ]
    return json_response(200, {"tokens": listed})


def _token_to_json(token: AccessToken) -> dict[str, Any]:
    """Return a token as JSON, without its text."""
    return {
        "provider": token.provider,
        "account": token.account,
        "client_id": token.client_id,
        "scopes": list(token.scopes),
        "issued_at": token.issued_at,
        "expires_at": None if token.is_lasting else token.expires_at,
        "fingerprint": token.fingerprint,
    }


def _issue_token(state: SandboxState, fields: Fields) -> HttpResponse:
    names = ("provider", "account", "scopes", "access", "lifetime", "client_id", "issued_at")
    provider = _provider(state, fields)
    if provider not in BUILT_IN:
        return _issue_declared_token(state, provider, fields)
    reject_unknown_fields(fields, names)
    fitbit = provider == "fitbit"
    issue = state.issue_fitbit_token if fitbit else state.issue_google_token
    default_lifetime = 28_800 if fitbit else 3_600
    lifetime = read_integer(fields, "lifetime", default_lifetime, (-_MAX_LIFETIME, _MAX_LIFETIME))
    text = issue(
        account=read_text(fields, "account", "alex"),
        scopes=read_list(fields, "scopes", ("settings", "profile")),
        access=cast("AccessMode", read_choice(fields, "access", get_args(AccessMode), "read")),
        lifetime=default_lifetime if lifetime is None else lifetime,
        client_id=read_text(fields, "client_id", FITBIT_CLIENT if fitbit else GOOGLE_CLIENT),
        issued_at=read_integer(fields, "issued_at", None, (0, _MAX_ISSUED_AT)),
    )
    return _new_token_response(state, text)


def _issue_declared_token(state: SandboxState, provider: str, fields: Fields) -> HttpResponse:
    names = ("provider", "account", "scopes", "lifetime", "client_id", "issued_at", "prefix")
    reject_unknown_fields(fields, names)
    lifetime = read_integer(fields, "lifetime", DECLARED_SECONDS, (-_MAX_LIFETIME, _MAX_LIFETIME))
    text = state.issue_declared_token(
        provider,
        account=read_text(fields, "account", "alex"),
        scopes=read_list(fields, "scopes", ()) if "scopes" in fields else None,
        lifetime=lifetime,
        client_id=read_text(fields, "client_id") if "client_id" in fields else None,
        issued_at=read_integer(fields, "issued_at", None, (0, _MAX_ISSUED_AT)),
        prefix=read_text(fields, "prefix") if "prefix" in fields else "",
    )
    return _new_token_response(state, text)


def _new_token_response(state: SandboxState, text: str) -> HttpResponse:
    token = next(token for token, _ in state.tokens() if token.text == text)
    return json_response(201, {"token": text, **_token_to_json(token)})


def _provider(state: SandboxState, fields: Fields) -> ProviderName:
    return read_choice(fields, "provider", (*BUILT_IN, *state.declared.names), "fitbit")


def _revoke(state: SandboxState, fields: Fields) -> HttpResponse:
    reject_unknown_fields(fields, ("token",))
    token = read_text(fields, "token")
    if not (state.revoke(token) or state.revoke_grant(token)):
        raise UsageError(
            "This sandbox did not issue such a token.",
            "Send the whole text that POST /sandbox/tokens or a token endpoint returned.",
        )
    return json_response(200, {"revoked": True})


def _list_clients(state: SandboxState, _: Fields) -> HttpResponse:
    listed = [client_to_json(state, client) for client in state.clients.all()]
    return json_response(200, {"clients": listed})


def _set_client(state: SandboxState, fields: Fields) -> HttpResponse:
    return json_response(200, register_client(state, fields))


def _show_grants(state: SandboxState, _: Fields) -> HttpResponse:
    counts = state.refresh_counts()._asdict()
    return json_response(200, {"grace": state.grants.grace, "refreshes": counts})


def _set_grants(state: SandboxState, fields: Fields) -> HttpResponse:
    reject_unknown_fields(fields, ("grace",))
    grace = read_choice(fields, "grace", get_args(Grace), state.grants.grace)
    state.grants.grace = cast("Grace", grace)
    return _show_grants(state, {})


def _list_requests(state: SandboxState, _: Fields) -> HttpResponse:
    counts = [
        {"method": method, "path": path, "status": status, "count": count}
        for (method, path, status), count in sorted(state.request_counts().items())
    ]
    spending = [_usage_to_json(usage) for usage in state.usage()]
    spending += declared_spending(state)
    return json_response(200, {"requests": counts, "spending": spending})


def _usage_to_json(usage: Usage) -> dict[str, Any]:
    return {
        "provider": usage.provider,
        "account": usage.account,
        "client_id": usage.client_id,
        "total": usage.total,
        "limit": usage.window.limit,
        "remaining": usage.window.remaining,
        "reset_in_seconds": usage.window.reset_in_seconds,
    }


def _reset_requests(state: SandboxState, fields: Fields) -> HttpResponse:
    reject_unknown_fields(fields, ())
    state.reset_request_counts()
    return _list_requests(state, {})


def _show_window(state: SandboxState, _: Fields) -> HttpResponse:
    rules = {provider: state.rate_limit(provider) for provider in BUILT_IN}
    windows = {name: {"limit": rule.limit, "seconds": rule.seconds} for name, rule in rules.items()}
    return json_response(200, {"windows": windows, **declared_windows(state)})


def _set_window(state: SandboxState, fields: Fields) -> HttpResponse:
    provider = _provider(state, fields)
    if provider not in BUILT_IN:
        set_declared_window(state, provider, fields)
        return _show_window(state, {})
    reject_unknown_fields(fields, ("provider", "limit", "length"))
    rule = state.rate_limit(provider)
    limit = read_integer(fields, "limit", rule.limit, (0, _MOST))
    seconds = (
        read_window_length("length", read_text(fields, "length"))
        if "length" in fields
        else rule.seconds
    )
    state.set_rate_limit(provider, RateLimitRule(rule.limit if limit is None else limit, seconds))
    return _show_window(state, {})


def _reset_window(state: SandboxState, fields: Fields) -> HttpResponse:
    reject_unknown_fields(fields, ("account",))
    state.reset_windows(read_text(fields, "account") if "account" in fields else None)
    return _show_window(state, {})


def _list_faults(state: SandboxState, _: Fields) -> HttpResponse:
    listed = [
        {
            "name": fault.name,
            "provider": fault.provider,
            "title": fault.title,
            "status": fault.status,
            "concerns": sorted(fault.areas),
        }
        for fault in FAULTS
    ]
    queued = [{"fault": name, "times": times} for name, times in state.faults.pending()]
    return json_response(200, {"asked": queued, "faults": listed})


def _request_fault(state: SandboxState, fields: Fields) -> HttpResponse:
    reject_unknown_fields(fields, ("fault", "times"))
    times = read_integer(fields, "times", None, (1, _MOST))
    state.faults.add(read_text(fields, "fault"), times)
    return _list_requested_faults(state)


def _clear_faults(state: SandboxState, fields: Fields) -> HttpResponse:
    reject_unknown_fields(fields, ())
    state.faults.clear()
    return _list_requested_faults(state)


def _list_requested_faults(state: SandboxState) -> HttpResponse:
    queued = [{"fault": name, "times": times} for name, times in state.faults.pending()]
    return json_response(200, {"asked": queued})


def _list_responses(state: SandboxState, _: Fields) -> HttpResponse:
    return json_response(200, list_responses(state))


def _put_response(state: SandboxState, fields: Fields) -> HttpResponse:
    return json_response(201, put_response(state, fields))


def _remove_responses(state: SandboxState, fields: Fields) -> HttpResponse:
    return json_response(200, remove_responses(state, fields))


_HANDLERS: dict[str, dict[str, Handler]] = {
    "accounts": {"GET": _list_accounts, "POST": _create_account},
    "tokens": {"GET": _list_tokens, "POST": _issue_token},
    "revoke": {"POST": _revoke},
    "clients": {"GET": _list_clients, "POST": _set_client},
    "grants": {"GET": _show_grants, "POST": _set_grants},
    "requests": {"GET": _list_requests, "DELETE": _reset_requests},
    "window": {"GET": _show_window, "POST": _set_window, "DELETE": _reset_window},
    "faults": {"GET": _list_faults, "POST": _request_fault, "DELETE": _clear_faults},
    "answers": {"GET": _list_responses, "POST": _put_response, "DELETE": _remove_responses},
}
