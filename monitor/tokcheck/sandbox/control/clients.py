"""Clients in the control API: from request fields, and as JSON."""

import re
from dataclasses import replace
from typing import Any, cast, get_args
from urllib.parse import urlsplit

from tokcheck.core.errors import UsageError
from tokcheck.sandbox.control.request_fields import (
    Fields,
    read_boolean,
    read_choice,
    read_list,
    read_text,
    reject_unknown_fields,
)
from tokcheck.sandbox.state import token_formats
from tokcheck.sandbox.state.clients import (
    CLIENT_TYPES_WITH_SECRET,
    DECLARED_CLIENT_TYPES,
    FITBIT_CLIENT_TYPES,
    GOOGLE_CLIENT,
    ClientType,
    RegisteredClient,
)
from tokcheck.sandbox.state.sandbox_state import SandboxState
from tokcheck.sandbox.state.scopes import AccessMode

CLIENT_FIELDS = (
    "client_id",
    "kind",
    "name",
    "secret",
    "redirect_uris",
    "access",
    "testing",
    "testers",
    "verified",
    "api_enabled",
    "provider",
)

_CLIENT_ID = re.compile(r"[0-9A-Za-z.-]{1,128}")
_GOOGLE_SUFFIX = ".apps.googleusercontent.com"


def register_client(state: SandboxState, fields: Fields) -> dict[str, Any]:
    """Register or change the application in ``fields``, and return it as JSON.

    ``api_enabled`` alone may name an application that is not registered, because tokens can be
    issued for any. Raises :class:`UsageError` for invalid fields.
    """
    reject_unknown_fields(fields, CLIENT_FIELDS)
    enabled = read_boolean(fields, "api_enabled") if "api_enabled" in fields else None
    if set(fields) <= {"client_id", "api_enabled"} and enabled is not None:
        client_id = read_text(fields, "client_id", GOOGLE_CLIENT)
        state.enable_api(client_id, enabled=enabled)
        return {"client_id": client_id, "api_enabled": enabled}
    client = _client_from_fields(state, fields)
    state.clients.put(client)
    if enabled is not None:
        state.enable_api(client.client_id, enabled=enabled)
    return client_to_json(state, client)


def client_to_json(state: SandboxState, client: RegisteredClient) -> dict[str, Any]:
    """Return an application as JSON, with its secret, which is made up."""
    result: dict[str, Any] = {
        "client_id": client.client_id,
        "provider": client.provider,
        "kind": client.kind,
        "name": client.name,
        "secret": client.secret,
        "redirect_uris": list(client.redirect_uris),
    }
    if client.declared:
        return result
    if client.provider == "fitbit":
        return result | {"access": client.access}
    return result | {
        "testing": client.testing,
        "testers": None if client.testers is None else list(client.testers),
        "verified": client.verified,
        "api_enabled": state.is_api_enabled(client.client_id),
    }


def _client_from_fields(state: SandboxState, fields: Fields) -> RegisteredClient:
    known = {client.client_id: client for client in state.clients.all()}
    existing = known.get(read_text(fields, "client_id", "new"))
    kinds = get_args(ClientType)
    kind = cast(
        "ClientType", read_choice(fields, "kind", kinds, existing.kind if existing else "personal")
    )
    client_id = read_text(fields, "client_id", _new_id(state, kind))
    if _CLIENT_ID.fullmatch(client_id) is None:
        raise UsageError(
            "A client id has letters, digits, '-' and '.'.", "Leave it out for a new one."
        )
    secret = fields.get("secret", existing.secret if existing else "")
    if not isinstance(secret, str):
        raise UsageError("The field 'secret' is not a string.", "Leave it out for a new one.")
    if kind in CLIENT_TYPES_WITH_SECRET and not secret:
        secret = _new_secret(state, kind)
    base = existing or RegisteredClient(client_id, "personal")
    declared = _declared_provider(state, fields, kind, base)
    testers = read_list(fields, "testers", base.testers or ())
    for name in testers:
        state.account(name)
    return replace(
        base,
        kind=kind,
        name=read_text(fields, "name", base.name),
        secret=secret,
        redirect_uris=_redirect_uris(fields, base),
        access=cast("AccessMode", read_choice(fields, "access", get_args(AccessMode), base.access)),
        testing=_read_boolean(fields, "testing", default=base.testing),
        testers=testers if "testers" in fields else base.testers,
        verified=_read_boolean(fields, "verified", default=base.verified),
        declared=declared,
        single_use=not declared or state.declared.get(declared).oauth.get("single_use", True),
    )


def _declared_provider(
    state: SandboxState, fields: Fields, kind: ClientType, base: RegisteredClient
) -> str:
    """Return the declared provider of an application; empty for another one's."""
    if kind in DECLARED_CLIENT_TYPES:
        return read_choice(fields, "provider", state.declared.names, base.declared or "none")
    if "provider" in fields:
        raise UsageError(
            "The field 'provider' is for applications of declared providers.",
            f"Send kind={' or kind='.join(DECLARED_CLIENT_TYPES)}.",
        )
    return ""


def _redirect_uris(fields: Fields, base: RegisteredClient) -> tuple[str, ...]:
    uris = read_list(fields, "redirect_uris", base.redirect_uris)
    for uri in uris:
        if not _is_redirect_uri(uri):
            raise UsageError(
                f"{uri[:80]!r} is not a redirect URI.",
                "Send redirect_uris=http://127.0.0.1:8080/.",
            )
    if not uris:
        raise UsageError("An application needs a redirect URI.", "Leave out redirect_uris.")
    return uris


def _is_redirect_uri(uri: str) -> bool:
    try:
        parts = urlsplit(uri)
    except ValueError:
        return False
    plain = uri.isascii() and uri.isprintable() and "#" not in uri
    return plain and parts.scheme in {"http", "https"} and bool(parts.netloc)


def _read_boolean(fields: Fields, name: str, *, default: bool) -> bool:
    return read_boolean(fields, name) if name in fields else default


def _new_id(state: SandboxState, kind: ClientType) -> str:
    if kind in DECLARED_CLIENT_TYPES:
        return token_formats.random_digits(state.random, 8)
    if kind in FITBIT_CLIENT_TYPES:
        return "23" + token_formats.random_user_id(state.random)[:4]
    number = token_formats.random_digits(state.random, 12)
    return f"{number}-{token_formats.random_hex(state.random, 32)}{_GOOGLE_SUFFIX}"


def _new_secret(state: SandboxState, kind: ClientType) -> str:
    text = token_formats.random_hex(state.random, 32)
    return text if kind in (*FITBIT_CLIENT_TYPES, *DECLARED_CLIENT_TYPES) else f"GOCSPX-{text[:28]}"
