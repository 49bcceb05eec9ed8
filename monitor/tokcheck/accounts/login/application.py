"""The application of a login: from options, a client file, variables, the store or a prompt.

A secret may come from any of them but an option: other users and the shell's history see the
command line.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from tokcheck.accounts.grant import Client
from tokcheck.accounts.login.interaction import Interaction
from tokcheck.accounts.login_command import LoginCommand
from tokcheck.accounts.oauth.client_id import check_client_id
from tokcheck.accounts.oauth.client_secret import (
    CleanSecret,
    check_client_secret,
    clean_client_secret,
    clean_text,
)
from tokcheck.accounts.oauth.secret_sources import secret_variable
from tokcheck.core.documents import DocumentError, parse_json
from tokcheck.core.errors import UsageError
from tokcheck.core.redact import plain
from tokcheck.core.secret import Secret
from tokcheck.providers.base import Provider

_PROMPT = "the prompt"
_FILE_HINT = (
    "Download it from the Google Cloud console, under Clients, for an OAuth client of the type "
    "Desktop or Web."
)


class ClientFile(NamedTuple):
    """The OAuth client in a file that Google's console offers for download."""

    client_id: str
    secret: CleanSecret | None
    redirect_uris: tuple[str, ...]
    """Of a client of the type Web; none of one of the type Desktop."""
    path: str
    """Where the file is."""


def choose_client(  # noqa: PLR0913 - each is a place to look
    provider: Provider,
    providers: Mapping[str, Provider],
    environment: Mapping[str, str],
    *,
    client_id: str | None,
    file: ClientFile | None,
    stored: Client | None,
    interaction: Interaction,
    login: LoginCommand,
) -> Client:
    """Return the application to log in with.

    The client id comes from ``client_id`` (the option), ``file``, the environment, ``stored`` or
    a prompt, whichever is first to have one. Its secret comes from the file, the environment, the
    stored application or a prompt. ``login`` is the command of this login, for errors.

    :raises UsageError: if there is no client id, or it cannot be one of the provider's.
    """
    id_variable = provider.oauth.variable("CLIENT_ID")
    if client_id and file and client_id != file.client_id:
        raise UsageError(
            "--client-id and --client-file name different applications.", "Pass only one of them."
        )
    text = client_id or (file and file.client_id) or environment.get(id_variable)
    text = text or (stored and stored.client_id) or interaction.prompt_client_id()
    if text is None:
        raise UsageError(
            f"No client id for the {provider.title}.",
            f"Pass {_id_options(provider)}, or set {id_variable}. The id is in "
            f"the registration of an application: {provider.oauth.registration}",
        )
    checked_id = check_client_id(text, provider, providers, login)
    if note := clean_text(text).note("The client id"):
        interaction.report_cleaned_secret(note)
    variable = secret_variable(checked_id, provider, environment)

    def report(cleaned: CleanSecret, where: str) -> Secret:
        check_client_secret(cleaned.secret, where, provider, providers)
        if cleaned.note:
            interaction.report_cleaned_secret(cleaned.note)
        return cleaned.secret

    if file is not None:
        secret = file.secret and report(file.secret, f"the file {file.path}")
    elif variable is not None:
        secret = report(clean_client_secret(environment[variable], variable), variable)
    elif stored is not None and stored.client_id == checked_id:
        secret = stored.secret
    else:
        typed = interaction.prompt_client_secret()
        secret = (
            report(clean_client_secret(typed, _PROMPT), _PROMPT)
            if typed and typed.strip()
            else None
        )
    if secret is None and provider.oauth.needs_secret:
        variable = provider.oauth.variable("CLIENT_SECRET")
        raise UsageError(
            f"No client secret for the {provider.title}, which a login needs.",
            f"Pass --client-file client_secret.json, or set {variable}. Both are in the Google "
            "Cloud console, under Clients."
            if _has_client_files(provider)
            else f"Set {variable}. The secret is in the application's registration: "
            f"{provider.oauth.registration}",
        )
    return Client(provider.name, checked_id, secret)


def load_client_file(path: str, provider: Provider, read_file: Callable[[str], str]) -> ClientFile:
    """Return the OAuth client in the file at ``path``, which ``read_file`` reads.

    :raises UsageError: if the provider has no such files, or the file holds something else.
    """
    if not _has_client_files(provider):
        raise UsageError(
            f"--client-file reads Google's client files, and the {provider.title} has none.",
            f"Pass --client-id, and set {provider.oauth.variable('CLIENT_SECRET')} to the secret.",
        )
    try:
        value = parse_json(read_file(path))
    except DocumentError as error:
        raise error.usage_error(path, "JSON", _FILE_HINT) from None
    clients = value if isinstance(value, dict) else {}
    if clients.get("type") == "service_account":
        raise UsageError(
            f"The file {path} is the key of a service account, which cannot be used for a login.",
            _FILE_HINT,
        )
    for kind in ("installed", "web"):
        fields = clients.get(kind)
        if isinstance(fields, dict) and isinstance(fields.get("client_id"), str):
            secret = fields.get("client_secret")
            uris = fields.get("redirect_uris") if kind == "web" else ()
            return ClientFile(
                fields["client_id"],
                clean_client_secret(secret, f"the file {path}")
                if isinstance(secret, str)
                else None,
                tuple(uri for uri in uris if isinstance(uri, str))
                if isinstance(uris, list)
                else (),
                path,
            )
    raise UsageError(f"The file {path} contains no OAuth client.", _FILE_HINT)


def _has_client_files(provider: Provider) -> bool:
    """Return whether a provider's console offers its clients as files."""
    return provider.oauth.client_login == "body" and not provider.is_declared


def _id_options(provider: Provider) -> str:
    options = "--client-id ID"
    if _has_client_files(provider):
        options = f"--client-file client_secret.json, {options}"
    return options


def registered_redirect_uri(file: ClientFile | None) -> str | None:
    """Return the only redirect URI in a client file, or ``None`` if it names none.

    :raises UsageError: if it names several.
    """
    uris = file.redirect_uris if file is not None else ()
    if len(uris) > 1:
        raise UsageError(
            "The application is registered with several redirect URIs.",
            f"Choose one of them with --redirect-uri: {', '.join(plain(uri) for uri in uris)}",
        )
    return uris[0] if uris else None
