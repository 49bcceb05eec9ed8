"""Choose the grant that is meant among those of a token file, and find its provider. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from tokcheck.accounts.oauth.client_secret import clean_text
from tokcheck.accounts.token_files.access_text import is_unsigned, read_access_text
from tokcheck.accounts.token_files.entries import Entry
from tokcheck.accounts.token_files.other_service import (
    is_for_unknown_host,
    named_owner,
    other_service_error,
    provider_options,
)
from tokcheck.core import claims
from tokcheck.core.credential import Kind
from tokcheck.core.errors import UsageError
from tokcheck.core.lazy import LazyRegex
from tokcheck.core.redact import plain
from tokcheck.core.report import Claims
from tokcheck.core.secret import Secret
from tokcheck.paste.context.newest import Claimant, choose
from tokcheck.providers.base import Provider, finder_for

# The names of the providers in the files of fitbit-grafana.
GRAFANA_NAMES = {"fitbit": "fitbit", "google-health": "google"}
_MOST_LISTED = 20
_TOKENS = frozenset({Kind.ACCESS_TOKEN, Kind.REFRESH_TOKEN})
_SCHEME = "://"
_FOLDERS = LazyRegex(r".*[/\\]")


def choose_entry(
    entries: Sequence[Entry],
    label: str | None,
    wanted: str | None,
    providers: Mapping[str, Provider],
    texts: Sequence[str] = (),
) -> tuple[Entry, str]:
    """Return the grant that is meant, and a note about others that were left aside.

    :raises UsageError: if that is not certain, or there is none with that label.
    """
    if label is not None:
        named = [one for one in entries if one.label == label]
        if not named and label.isdecimal() and 0 < int(label[:9]) <= len(entries):
            named = [entries[int(label[:9]) - 1]]
        if named:
            return named[0], ""
    elif len(entries) == 1:
        return entries[0], ""
    owners = {one.label: _owner(one, providers, texts) for one in entries}
    if label is not None:
        listed = _list_entries(entries, owners, providers)
        raise UsageError(
            "The file has no grant of the name that --entry passes.", f"It has: {listed}."
        )
    aside = _not_in_use(entries, owners, texts[0] if texts else "", providers)
    meant = [one for one in entries if one.label not in aside]
    meant = [
        one
        for one in meant
        if owners[one.label] == wanted or (wanted is None and owners[one.label] in providers)
    ]
    if len(meant) == 1 and len(aside) == len(entries) - 1:
        reasons = ", ".join(dict.fromkeys(aside.values()))
        note = f"The file has {len(entries)} grants, and the one in use was taken. Left aside: "
        return meant[0], f"{note}{reasons}."
    if len(meant) == 1:
        left = len(entries) - 1
        others = "another grant" if left == 1 else f"{left} other grants"
        return meant[
            0
        ], f"The file has {others}, which {'was' if left == 1 else 'were'} left aside."
    listed = _list_entries(entries, owners, providers)
    raise UsageError(
        f"The file contains {len(entries)} grants: {listed}.",
        "Choose one with --entry NAME"
        + (", or a provider's only one with --provider." if wanted is None else "."),
    )


def _list_entries(
    entries: Sequence[Entry],
    owners: Mapping[str, str | None],
    providers: Mapping[str, Provider],
) -> str:
    names = []
    for one in entries[:_MOST_LISTED]:
        owner = owners[one.label]
        provider = None if owner is None else providers.get(owner)
        title = provider.title if provider is not None else owner or "unknown provider"
        names.append(f"{one.label} ({title}{_describe_claims(one, providers)})")
    more = len(entries) - _MOST_LISTED
    return ", ".join(names) + (f" and {more} more" if more > 0 else "")


def _describe_claims(entry: Entry, providers: Mapping[str, Provider]) -> str:
    """Return the user and the expiry in a grant's access token, as the end of a list."""
    signed = signed_claims(entry, providers)
    if signed is None:
        return ""
    user = f", user {plain(signed.user_id, longest=20)}" if signed.user_id is not None else ""
    end = signed.expires_at
    return user + (f", until {end:%Y-%m-%d %H:%M} UTC" if end is not None else "")


def signed_claims(entry: Entry, providers: Mapping[str, Provider]) -> Claims | None:
    """Return the claims of a grant's access token about itself."""
    access = entry.fields.get("access_token")
    claimant = None if access is None else read_access_text(access, providers).claimant
    return None if claimant is None else claims.read_claims(claimant)


def _not_in_use(
    entries: Sequence[Entry],
    owners: Mapping[str, str | None],
    text: str,
    providers: Mapping[str, Provider],
) -> dict[str, str]:
    """Return the labels of the grants that another one replaces, each with the reason in words.

    A log of refreshes has them, or a line that is commented out or removed.
    """
    claimants = []
    for entry in entries:
        token = str(entry.fields.get("access_token") or entry.fields["refresh_token"])
        signed = signed_claims(entry, providers)
        payload = signed and {
            "sub": signed.user_id,
            "aud": signed.client_id,
            "iat": signed.issued_at and signed.issued_at.timestamp(),
            "exp": signed.expires_at and signed.expires_at.timestamp(),
        }
        claimants.append(
            Claimant(text.find(token), whole=True, provider=owners[entry.label], payload=payload)
        )
    if any(claimant.start < 0 for claimant in claimants):
        return {}
    return {entries[number].label: why for number, why in choose(text, claimants).items()}


def _owner(entry: Entry, providers: Mapping[str, Provider], texts: Sequence[str]) -> str | None:
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
            f"The file contains tokens of more than one provider: {' and '.join(sorted(owners))}.",
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
            f"The file's tokens belong to {' and '.join(sorted(owners))}, not to {wanted}.",
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
