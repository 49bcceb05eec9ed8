"""Find the provider of a grant by its tokens, by what stands beside them, and by the file. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from tokcheck.accounts.oauth.client_secret import clean_text
from tokcheck.accounts.token_files.access_text import is_unsigned
from tokcheck.accounts.token_files.entries import Entry, choose_application
from tokcheck.accounts.token_files.fields import Fields
from tokcheck.accounts.token_files.other_service import (
    is_for_unknown_host,
    named_owner,
    other_service_error,
    provider_options,
)
from tokcheck.core.credential import Kind
from tokcheck.core.errors import UsageError
from tokcheck.core.humanize import list_names
from tokcheck.core.lazy import LazyRegex
from tokcheck.core.secret import Secret
from tokcheck.providers.base import Provider, finder_for

# The names of the providers in the files of fitbit-grafana.
GRAFANA_NAMES = {"fitbit": "fitbit", "google-health": "google"}
_TOKENS = frozenset({Kind.ACCESS_TOKEN, Kind.REFRESH_TOKEN})
_SCHEME = "://"
_FOLDERS = LazyRegex(r".*[/\\]")


def likely_owner(
    entry: Entry, providers: Mapping[str, Provider], texts: Sequence[str]
) -> str | None:
    """Return the provider or the service of a grant if it can be recognised, or else ``None``."""
    certain = _certain_owners(entry.fields, providers)
    if len(certain) == 1:
        return certain.pop()
    named = named_owner(entry, texts, providers)
    if named is not None:
        return named.owner
    likely = _likely_owners(entry, providers, texts)
    return likely.pop() if len(likely) == 1 else None


def _certain_owners(fields: Mapping[str, Any], providers: Mapping[str, Provider]) -> set[str]:
    """Return the providers that alone have tokens, clients or addresses of these forms."""
    finder, owners = finder_for(providers), set()
    for text in _tokens_of(fields):
        found = finder.find(text).credential
        if found is not None and found.provider is not None and found.kind in _TOKENS:
            owners.add(found.provider)
    client_id = fields.get("client_id")
    # Only Google's files have these: https://developers.google.com/identity/protocols/oauth2
    googles = isinstance(client_id, str) and client_id.endswith(".apps.googleusercontent.com")
    token_uri = fields.get("token_uri")
    if googles or fields.get("type") == "authorized_user" or "googleapis.com" in str(token_uri):
        owners.add("google-health")
    return owners


def _likely_owners(
    entry: Entry, providers: Mapping[str, Provider], texts: Sequence[str]
) -> set[str]:
    """Return the providers with tokens of these forms, which others' may have too."""
    fields = entry.fields
    named = fields.get("provider")
    likely = {
        own
        for own, theirs in GRAFANA_NAMES.items()
        if named in (own, theirs) or fields.get("domain") == own
    }
    if isinstance(named, str) and named in providers:  # as exported files name it
        likely.add(named)
    if likely or _SCHEME in str(fields.get("token_uri", "")):
        return likely  # an unknown address is another service's
    if is_for_unknown_host(entry, texts, providers):
        return set()
    found = [recognise(Secret(text), providers) for text in _tokens_of(fields)]
    owners = {owner for kind, owner in found if owner is not None and kind in _TOKENS}
    return {owner for owner in owners if not _has_foreign_access(fields, providers[owner])}


def _has_foreign_access(fields: Mapping[str, Any], provider: Provider) -> bool:
    """Return whether the access token beside a refresh token cannot be the provider's."""
    access, refresh = (
        clean_text(str(fields.get(name, ""))).text for name in ("access_token", "refresh_token")
    )
    return access != refresh and is_unsigned(access, provider)


def _tokens_of(fields: Mapping[str, Any]) -> list[str]:
    texts = (fields.get(name) for name in ("access_token", "refresh_token"))
    return [clean_text(text).text for text in texts if isinstance(text, str)]


def provider_of(
    entry: Entry,
    providers: Mapping[str, Provider],
    wanted: str | None,
    texts: Sequence[str] = (),
    *,
    file: str = "",
) -> str:
    """Return the name of a grant's provider; ``wanted`` counts where its tokens say nothing.

    If nothing in the file does, either, the name of the ``file`` counts.

    :raises UsageError: if the tokens are of another provider, of several, of another service, or
        of an unknown one.
    """
    owners = _certain_owners(entry.fields, providers)
    if wanted is not None:
        check_owners(owners, wanted)
    if not owners:
        named = named_owner(entry, texts, providers)
        if named is not None and named.owner in providers:
            owners = {named.owner}
            if wanted is not None and named.is_sure:
                check_owners(owners, wanted)
        elif named is not None and (named.is_sure or wanted is None):
            raise other_service_error(named, providers)
    if wanted is not None:
        return wanted
    owners = owners or _likely_owners(entry, providers, texts)
    if len(owners) == 1:
        return owners.pop()
    if owners:
        raise UsageError(
            f"The file contains tokens of more than one provider: {list_names(sorted(owners))}.",
            "Import each from a file of its own.",
        )
    if (named_by_file := _owner_by_file(entry, providers, texts, file)) is not None:
        return named_by_file
    raise UsageError(
        _explain_unknown_provider(entry, providers, texts), f"Pass {provider_options(providers)}."
    )


def _owner_by_file(
    entry: Entry, providers: Mapping[str, Provider], texts: Sequence[str], file: str
) -> str | None:
    """Return the provider that the name of a file contains, if the tokens may be its."""
    owner = finder_for(providers).evidence().owner_in(_FOLDERS.compiled.sub("", file))
    if owner is None or owner not in providers or is_for_unknown_host(entry, texts, providers):
        return None
    return None if _has_foreign_access(entry.fields, providers[owner]) else owner


def check_owners(owners: set[str], wanted: str) -> None:
    """Check that a grant has no other owner than the provider that is wanted.

    :raises UsageError: if it has.
    """
    if owners and owners != {wanted}:
        raise UsageError(
            f"The file's tokens belong to {list_names(sorted(owners))}, not to {wanted}.",
            "Leave out --provider, or import another file.",
        )


def _explain_unknown_provider(
    entry: Entry, providers: Mapping[str, Provider], texts: Sequence[str]
) -> str:
    """Return why the provider of a grant is unknown, in a sentence."""
    if is_for_unknown_host(entry, texts, providers):
        return "The command in the file sends the refresh token to a host of no provider."
    for provider in providers.values():
        if _has_foreign_access(entry.fields, provider):
            return (
                "The file does not say which provider's tokens these are, and its access token is "
                f"not one of the {provider.title}, which issues signed tokens."
            )
    return "The file does not say which provider's tokens these are."


def with_application(
    grant: Fields,
    clients: Sequence[Fields],
    issued_to: str | None,
    provider: Provider,
    providers: Mapping[str, Provider],
) -> Fields:
    """Return the fields of a grant of a provider with those of its application.

    One of another service is left out: its secret would be sent to the provider.
    """
    own = [
        client
        for client in clients
        if client["client_id"] == issued_to
        or not _is_others_application(client, grant, provider, providers)
    ]
    return choose_application(grant, own, issued_to)


def _is_others_application(
    client: Fields, grant: Fields, provider: Provider, providers: Mapping[str, Provider]
) -> bool:
    """Return whether an application is of another service than a grant of a provider.

    Home Assistant gives both a domain; elsewhere, the names of fields, keys and sections count.
    """
    domains = client.get("domain"), grant.get("domain")
    if all(isinstance(domain, str) and domain for domain in domains):
        return domains[0] != domains[1]
    evidence = finder_for(providers).evidence()
    owners = (evidence.owner_in(name) for name in client.get("names", ()))
    owner = next((each for each in owners if each is not None), None)
    if owner is None or owner == provider.name:
        return False
    return provider.recognition is None or owner != provider.recognition.title


def recognise(secret: Secret, providers: Mapping[str, Provider]) -> tuple[Kind | None, str | None]:
    """Return the kind and the provider of a token; ``None`` for what its form does not say."""
    # A file of tokens is a provider's, so that a form counts here that others' tokens have too.
    # One that only a declaration has says nothing: most of those match any token.
    builtin = (name for name, one in providers.items() if not one.is_declared)
    text, finder = secret.reveal(), finder_for(providers)
    found = (finder.find(text, wanted).credential for wanted in (None, *builtin))
    known = [each for each in found if each is not None and each.kind is not Kind.UNKNOWN]
    credential = known[0] if known else finder.find(text).credential
    return (credential.kind, credential.provider) if credential else (None, None)
