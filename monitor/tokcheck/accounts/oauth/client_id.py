"""Check a client id before the login uses it, and find the credential in a text. Pure."""

from collections.abc import Mapping

from tokcheck.accounts.login_command import LoginCommand
from tokcheck.core.credential import Credential, Kind
from tokcheck.core.errors import UsageError
from tokcheck.core.lazy import LazyRegex
from tokcheck.paste.invisible import strip_invisible
from tokcheck.providers.base import Provider, finder_for


def credential_in(
    text: str, providers: Mapping[str, Provider], wanted: str | None = None
) -> Credential | None:
    """Return the credential in a text, or ``None``; ``wanted`` names the provider, if known."""
    return finder_for(providers).find(text, wanted).credential


_LONGEST = 200
# The forms of the client ids of declared providers: digits, words, UUIDs. Many have the same form
# as tokens of any service. 40 hexadecimal digits are Strava's and GitHub's secrets.
_DECLARED_FORM = LazyRegex(
    r"(?![0-9a-f]{40}\Z)(?:[0-9A-Fa-f]{1,64}|[0-9A-Za-z][0-9A-Za-z._-]{0,42})"
)


def check_client_id(
    text: str,
    provider: Provider,
    providers: Mapping[str, Provider],
    login: LoginCommand | None = None,
    *,
    source: str = "that was passed",
) -> str:
    """Return the client id in a text, if it can be one of the provider's.

    ``source`` is where the text comes from, as words behind *the client id*. Errors never contain a
    text that is no client id: it may be a secret. For another provider's client id, the error shows
    the command ``login`` for that provider.

    :raises UsageError: if it is another provider's client id or another kind of credential.
    """
    client_id = strip_invisible(text).strip().strip("\"'")
    credential = credential_in(client_id, providers)
    if provider.is_declared and _may_be_declared_id(client_id, credential, provider):
        return client_id
    if credential is not None and credential.kind is not Kind.CLIENT_ID and credential.is_secret:
        credential = credential_in(client_id, providers, provider.name) or credential
    if credential is not None and (credential.is_secret or credential.kind is Kind.CLIENT_ID):
        if credential.kind is not Kind.CLIENT_ID:
            raise UsageError(
                f"The client id {source} is {credential.words}.",
                "Copy the client id from the application's registration. If others may have seen "
                "the text, revoke or reset it.",
            )
        found_id = credential.secret.reveal()
        if credential.provider is not None and credential.provider != provider.name:
            other = providers[credential.provider]
            there = ""
            if login is not None:
                command = login.for_provider(other.name, found_id)
                there = f" Or log in there: {command}"
            raise UsageError(
                f"This is a client id of the {other.title}, not of the {provider.title}.",
                f"Copy the client id of an application that is registered for the {provider.title}."
                + there,
            )
        return found_id
    if not 0 < len(client_id) <= _LONGEST or not all("!" <= sign <= "~" for sign in client_id):
        raise UsageError(
            f"The client id {source} is not one: it is empty, too long or contains spaces or "
            "special characters.",
            "Copy it from the application's registration.",
        )
    return client_id


def _may_be_declared_id(text: str, credential: Credential | None, provider: Provider) -> bool:
    """Return whether nothing but its form, which tokens have too, speaks against a client id."""
    if _DECLARED_FORM.fullmatch(text) is None:
        return False
    return credential is None or (
        credential.kind is Kind.UNKNOWN
        and credential.provider in {None, provider.name}
        and not (credential.flaw or credential.service or credential.sharing)
    )
