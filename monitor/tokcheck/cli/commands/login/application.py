"""Where ``login`` takes the application from: options, a file, variables, the store, a question.

A secret comes from everywhere but the command line, where other users and the shell's history
would see it.
"""

import json
import sys
from collections.abc import Mapping
from typing import NamedTuple

from tokcheck.accounts.grant import Client
from tokcheck.accounts.oauth.client_id import checked_client_id
from tokcheck.cli.shared import paste_input
from tokcheck.core.errors import UsageError
from tokcheck.core.redact import plain
from tokcheck.core.secret import Secret
from tokcheck.providers import REGISTRY
from tokcheck.providers.base import Provider

_FILE_HINT = (
    "Download it from the Google Cloud console, under Clients, for an OAuth client of the type "
    "Desktop or Web."
)


class File(NamedTuple):
    """What a downloaded client file holds; ``redirect_uris`` only of an application on the web."""

    client_id: str
    secret: Secret | None
    redirect_uris: tuple[str, ...]


def client_of(
    provider: Provider,
    environment: Mapping[str, str],
    *,
    given: str | None,
    file: File | None,
    former: Client | None,
) -> Client:
    """Return the application to log in with.

    :raises UsageError: if its id is missing or cannot be one of the provider's.
    """
    id_variable = provider.oauth.variable("CLIENT_ID")
    if given and file and given != file.client_id:
        raise UsageError("--client-id and --client-file name two applications.", "Give one.")
    text = given or (file and file.client_id) or environment.get(id_variable)
    text = text or (former and former.client_id) or _asked_id(provider, id_variable)
    client_id = checked_client_id(text, provider, REGISTRY)
    secret_variable = provider.oauth.variable("CLIENT_SECRET")
    if file is not None:
        secret = file.secret
    elif environment.get(secret_variable):
        secret = checked_secret(environment[secret_variable].strip(), secret_variable)
    elif former is not None and former.client_id == client_id:
        secret = former.secret
    else:
        secret = _asked_secret()
    return Client(provider.name, client_id, secret)


def from_file(path: str, provider: Provider) -> File:
    """Read the file that Google's console offers for an OAuth client.

    :raises UsageError: if it is another one.
    """
    if provider.oauth.client_login != "body":
        raise UsageError(
            f"--client-file reads the file of a Google client, and this is the {provider.title}.",
            f"Give --client-id, and the secret in {provider.oauth.variable('CLIENT_SECRET')}.",
        )
    try:
        value = json.loads(paste_input.from_file(path))
    except ValueError:
        raise UsageError(f"The file {path} holds no JSON.", _FILE_HINT) from None
    kinds = value if isinstance(value, dict) else {}
    if kinds.get("type") == "service_account":
        raise UsageError(
            f"The file {path} is a service account's key, which no person can consent to.",
            _FILE_HINT,
        )
    for kind in ("installed", "web"):
        fields = kinds.get(kind)
        if isinstance(fields, dict) and isinstance(fields.get("client_id"), str):
            secret = fields.get("client_secret")
            uris = fields.get("redirect_uris") if kind == "web" else ()
            return File(
                fields["client_id"],
                checked_secret(secret, f"the file {path}") if isinstance(secret, str) else None,
                tuple(uri for uri in uris if isinstance(uri, str)) if uris else (),
            )
    raise UsageError(f"The file {path} describes no OAuth client.", _FILE_HINT)


def registered_address(file: File | None) -> str | None:
    """Return the redirect address that a client file leaves no choice about.

    :raises UsageError: if it names several.
    """
    uris = file.redirect_uris if file is not None else ()
    if len(uris) > 1:
        raise UsageError(
            "The application is registered with several redirect addresses.",
            f"Name one of them with --redirect-uri: {', '.join(plain(uri) for uri in uris)}",
        )
    return uris[0] if uris else None


def _asked_id(provider: Provider, name: str) -> str:
    if not sys.stdin.isatty():
        raise UsageError(
            f"Which application of the {provider.title} is to be consented to?",
            f"Give its client id with --client-id or in {name}.",
        )
    sys.stderr.write(f"Client id of your application at the {provider.title}: ")
    sys.stderr.flush()
    return sys.stdin.readline()


def _asked_secret() -> Secret | None:
    """Ask for the secret where there is somebody to ask; nothing means that there is none."""
    if not sys.stdin.isatty():
        return None
    from getpass import getpass

    text = getpass("Its secret (not shown; just Enter if it has none): ", sys.stderr).strip()
    return checked_secret(text, "the answer") if text else None


def checked_secret(secret: str, where: str) -> Secret:
    """Return a secret if a request can carry it.

    :raises UsageError: if it cannot; its text is not repeated.
    """
    if not secret or not all("!" <= sign <= "~" for sign in secret):
        raise UsageError(
            f"The client secret in {where} holds characters that no secret has, or none at all.",
            "Copy it again from the application's registration.",
        )
    return Secret(secret)
