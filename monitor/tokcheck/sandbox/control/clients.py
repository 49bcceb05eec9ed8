"""Turning the fields of a control request into an application, and back."""

import re
from dataclasses import replace
from typing import Any, cast, get_args
from urllib.parse import urlsplit

from tokcheck.core.errors import UsageError
from tokcheck.sandbox.control import fields as read
from tokcheck.sandbox.state import mint
from tokcheck.sandbox.state.clients import FITBIT_KINDS, SECRET_KINDS, Client, Kind
from tokcheck.sandbox.state.mint import GOOGLE_CLIENT, Access
from tokcheck.sandbox.state.world import World

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
)

_CLIENT_ID = re.compile(r"[0-9A-Za-z.-]{1,128}")
_GOOGLE_END = ".apps.googleusercontent.com"


def registered(world: World, fields: read.Fields) -> dict[str, Any]:
    """Register or change the application that ``fields`` describe, and return it as shown.

    ``api_enabled`` alone may name an application that is not registered: tokens can be minted for
    any. Raises :class:`UsageError` for what does not fit.
    """
    read.only(fields, CLIENT_FIELDS)
    enabled = read.truth(fields, "api_enabled") if "api_enabled" in fields else None
    if set(fields) <= {"client_id", "api_enabled"} and enabled is not None:
        client_id = read.text(fields, "client_id", GOOGLE_CLIENT)
        world.enable_api(client_id, enabled=enabled)
        return {"client_id": client_id, "api_enabled": enabled}
    client = _client(world, fields)
    world.clients.put(client)
    if enabled is not None:
        world.enable_api(client.client_id, enabled=enabled)
    return client_shown(world, client)


def client_shown(world: World, client: Client) -> dict[str, Any]:
    """Return an application for people to read, its made-up secret included."""
    shown: dict[str, Any] = {
        "client_id": client.client_id,
        "provider": client.provider,
        "kind": client.kind,
        "name": client.name,
        "secret": client.secret,
        "redirect_uris": list(client.redirect_uris),
    }
    if client.provider == "fitbit":
        return shown | {"access": client.access}
    return shown | {
        "testing": client.testing,
        "testers": None if client.testers is None else list(client.testers),
        "verified": client.verified,
        "api_enabled": world.api_enabled(client.client_id),
    }


def _client(world: World, fields: read.Fields) -> Client:
    known = {client.client_id: client for client in world.clients.all()}
    former = known.get(read.text(fields, "client_id", "new"))
    kinds = get_args(Kind)
    kind = cast("Kind", read.choice(fields, "kind", kinds, former.kind if former else "personal"))
    client_id = read.text(fields, "client_id", _new_id(world, kind))
    if _CLIENT_ID.fullmatch(client_id) is None:
        raise UsageError("A client id has letters, digits, '-', '.'.", "Send none for a new one.")
    secret = fields.get("secret", former.secret if former else "")
    if not isinstance(secret, str):
        raise UsageError("The field 'secret' is no text.", "Send none for a new one.")
    if kind in SECRET_KINDS and not secret:
        secret = _new_secret(world, kind)
    base = former or Client(client_id, "personal")
    testers = read.words(fields, "testers", base.testers or ())
    for name in testers:
        world.account(name)
    return replace(
        base,
        kind=kind,
        name=read.text(fields, "name", base.name),
        secret=secret,
        redirect_uris=_redirect_uris(fields, base),
        access=cast("Access", read.choice(fields, "access", get_args(Access), base.access)),
        testing=_truth(fields, "testing", default=base.testing),
        testers=testers if "testers" in fields else base.testers,
        verified=_truth(fields, "verified", default=base.verified),
    )


def _redirect_uris(fields: read.Fields, base: Client) -> tuple[str, ...]:
    uris = read.words(fields, "redirect_uris", base.redirect_uris)
    for uri in uris:
        if not _is_address(uri):
            raise UsageError(
                f"{uri[:80]!r} is no redirect address.",
                "Send redirect_uris=http://127.0.0.1:8080/.",
            )
    if not uris:
        raise UsageError("An application needs a redirect address.", "Leave out redirect_uris.")
    return uris


def _is_address(uri: str) -> bool:
    try:
        parts = urlsplit(uri)
    except ValueError:
        return False
    plain = uri.isascii() and uri.isprintable() and "#" not in uri
    return plain and parts.scheme in {"http", "https"} and bool(parts.netloc)


def _truth(fields: read.Fields, name: str, *, default: bool) -> bool:
    return read.truth(fields, name) if name in fields else default


def _new_id(world: World, kind: Kind) -> str:
    if kind in FITBIT_KINDS:
        return "23" + mint.encoded_id(world.chooser)[:4]
    number = mint.digits(world.chooser, 12)
    return f"{number}-{mint.hexadecimal(world.chooser, 32)}{_GOOGLE_END}"


def _new_secret(world: World, kind: Kind) -> str:
    text = mint.hexadecimal(world.chooser, 32)
    return text if kind in FITBIT_KINDS else f"GOCSPX-{text[:28]}"
