"""The control API under ``/sandbox``: what a test or a person may ask of the sandbox itself."""

from collections.abc import Callable
from typing import Any, cast, get_args

from tokcheck.core.errors import UsageError
from tokcheck.sandbox.control import fields as read
from tokcheck.sandbox.control.clients import client_shown, registered
from tokcheck.sandbox.control.help import welcome
from tokcheck.sandbox.control.users import account_from, account_shown
from tokcheck.sandbox.faults.catalogue import FAULTS
from tokcheck.sandbox.messages import Answer, Asked, json_answer
from tokcheck.sandbox.state.grants import Grace
from tokcheck.sandbox.state.mint import FITBIT_CLIENT, GOOGLE_CLIENT, Access
from tokcheck.sandbox.state.rate_limits import Rule, seconds_of
from tokcheck.sandbox.state.tokens import Provider, Token
from tokcheck.sandbox.state.world import Spend, World

Fields = read.Fields
Handler = Callable[[World, Fields], Answer]

_LONGEST = 10 * 365 * 86_400
_LATEST = 32_503_679_999  # the end of the year 2999
_MOST_CALLS = 1_000_000_000


def control(world: World, asked: Asked) -> Answer:
    """Answer one control request: JSON, and 400 with a sentence and a hint for bad input."""
    path = asked.path.rstrip("/")
    if path in {"", "/sandbox"}:
        return Answer(200, (("Content-Type", "text/plain; charset=utf-8"),), welcome().encode())
    handlers = _HANDLERS.get(path.removeprefix("/sandbox/"))
    if handlers is None:
        hint = f"The paths are: {', '.join(f'/sandbox/{name}' for name in _HANDLERS)}."
        return _problem(404, "There is no such path in the control API.", hint)
    handler = handlers.get(asked.method)
    if handler is None:
        return _problem(405, f"{path} takes no {asked.method}.", f"Use {' or '.join(handlers)}.")
    try:
        return handler(world, read.fields_of(asked))
    except UsageError as error:
        return _problem(400, error.message, error.hint)


def _problem(status: int, message: str, hint: str) -> Answer:
    return json_answer(status, {"error": message, "hint": hint})


def _list_accounts(world: World, _: Fields) -> Answer:
    return json_answer(200, {"accounts": [account_shown(a) for a in world.accounts()]})


def _create_account(world: World, fields: Fields) -> Answer:
    account = account_from(world, fields)
    world.put_account(account)
    return json_answer(201, account_shown(account))


def _list_tokens(world: World, _: Fields) -> Answer:
    now = world.now()
    shown = [
        {**_token_shown(token), "revoked": revoked, "expired": now >= token.expires_at}
        for token, revoked in world.tokens()
    ]
    return json_answer(200, {"tokens": shown})


def _token_shown(token: Token) -> dict[str, Any]:
    """Return a token for people to read, without its text."""
    return {
        "provider": token.provider,
        "account": token.account,
        "client_id": token.client_id,
        "scopes": list(token.scopes),
        "issued_at": token.issued_at,
        "expires_at": token.expires_at,
        "fingerprint": token.fingerprint,
    }


def _mint(world: World, fields: Fields) -> Answer:
    names = ("provider", "account", "scopes", "access", "lifetime", "client_id", "issued_at")
    read.only(fields, names)
    provider = _provider(fields)
    fitbit = provider == "fitbit"
    make = world.mint_fitbit if fitbit else world.mint_google
    default_lifetime = 28_800 if fitbit else 3_600
    lifetime = read.whole(fields, "lifetime", default_lifetime, (-_LONGEST, _LONGEST))
    text = make(
        account=read.text(fields, "account", "alex"),
        scopes=read.words(fields, "scopes", ("settings", "profile")),
        access=cast("Access", read.choice(fields, "access", get_args(Access), "read")),
        lifetime=default_lifetime if lifetime is None else lifetime,
        client_id=read.text(fields, "client_id", FITBIT_CLIENT if fitbit else GOOGLE_CLIENT),
        issued_at=read.whole(fields, "issued_at", None, (0, _LATEST)),
    )
    token = next(token for token, _ in world.tokens() if token.text == text)
    return json_answer(201, {"token": text, **_token_shown(token)})


def _provider(fields: Fields) -> Provider:
    return cast("Provider", read.choice(fields, "provider", get_args(Provider), "fitbit"))


def _revoke(world: World, fields: Fields) -> Answer:
    read.only(fields, ("token",))
    token = read.text(fields, "token")
    if not (world.revoke(token) or world.revoke_grant(token)):
        raise UsageError(
            "This sandbox minted no such token.",
            "Send the whole text that POST /sandbox/tokens or a token endpoint gave.",
        )
    return json_answer(200, {"revoked": True})


def _list_clients(world: World, _: Fields) -> Answer:
    shown = [client_shown(world, client) for client in world.clients.all()]
    return json_answer(200, {"clients": shown})


def _set_client(world: World, fields: Fields) -> Answer:
    return json_answer(200, registered(world, fields))


def _show_grants(world: World, _: Fields) -> Answer:
    counts = world.refreshes()._asdict()
    return json_answer(200, {"grace": world.grants.grace, "refreshes": counts})


def _set_grants(world: World, fields: Fields) -> Answer:
    read.only(fields, ("grace",))
    grace = read.choice(fields, "grace", get_args(Grace), world.grants.grace)
    world.grants.grace = cast("Grace", grace)
    return _show_grants(world, {})


def _list_requests(world: World, _: Fields) -> Answer:
    counts = [
        {"method": method, "path": path, "status": status, "count": count}
        for (method, path, status), count in sorted(world.requests().items())
    ]
    spending = [_spend_shown(spend) for spend in world.spending()]
    return json_answer(200, {"requests": counts, "spending": spending})


def _spend_shown(spend: Spend) -> dict[str, Any]:
    return {
        "provider": spend.provider,
        "account": spend.account,
        "client_id": spend.client_id,
        "total": spend.total,
        "limit": spend.window.limit,
        "remaining": spend.window.remaining,
        "reset_in_seconds": spend.window.reset_in_seconds,
    }


def _forget_requests(world: World, fields: Fields) -> Answer:
    read.only(fields, ())
    world.forget_requests()
    return _list_requests(world, {})


def _show_window(world: World, _: Fields) -> Answer:
    rules = {provider: world.rule(provider) for provider in get_args(Provider)}
    shown = {name: {"limit": rule.limit, "seconds": rule.seconds} for name, rule in rules.items()}
    return json_answer(200, {"windows": shown})


def _set_window(world: World, fields: Fields) -> Answer:
    read.only(fields, ("provider", "limit", "length"))
    provider = _provider(fields)
    rule = world.rule(provider)
    limit = read.whole(fields, "limit", rule.limit, (0, _MOST_CALLS))
    seconds = seconds_of(read.text(fields, "length")) if "length" in fields else rule.seconds
    world.set_rule(provider, Rule(rule.limit if limit is None else limit, seconds))
    return _show_window(world, {})


def _reset_window(world: World, fields: Fields) -> Answer:
    read.only(fields, ("account",))
    world.reset_windows(read.text(fields, "account") if "account" in fields else None)
    return _show_window(world, {})


def _list_faults(world: World, _: Fields) -> Answer:
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
    asked = [{"fault": name, "times": times} for name, times in world.faults.pending()]
    return json_answer(200, {"asked": asked, "faults": listed})


def _ask_fault(world: World, fields: Fields) -> Answer:
    read.only(fields, ("fault", "times"))
    times = read.whole(fields, "times", None, (1, _MOST_CALLS))
    world.faults.ask(read.text(fields, "fault"), times)
    return _asked_faults(world)


def _clear_faults(world: World, fields: Fields) -> Answer:
    read.only(fields, ())
    world.faults.clear()
    return _asked_faults(world)


def _asked_faults(world: World) -> Answer:
    asked = [{"fault": name, "times": times} for name, times in world.faults.pending()]
    return json_answer(200, {"asked": asked})


_HANDLERS: dict[str, dict[str, Handler]] = {
    "accounts": {"GET": _list_accounts, "POST": _create_account},
    "tokens": {"GET": _list_tokens, "POST": _mint},
    "revoke": {"POST": _revoke},
    "clients": {"GET": _list_clients, "POST": _set_client},
    "grants": {"GET": _show_grants, "POST": _set_grants},
    "requests": {"GET": _list_requests, "DELETE": _forget_requests},
    "window": {"GET": _show_window, "POST": _set_window, "DELETE": _reset_window},
    "faults": {"GET": _list_faults, "POST": _ask_fault, "DELETE": _clear_faults},
}
