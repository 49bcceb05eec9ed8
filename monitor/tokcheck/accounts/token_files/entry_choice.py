"""Choose the grant that is meant among those of a token file, and find its provider. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from tokcheck.accounts.oauth.client_secret import clean_text
from tokcheck.accounts.token_files.entries import Entry
from tokcheck.core.credential import Kind
from tokcheck.core.errors import UsageError
from tokcheck.core.secret import Secret
from tokcheck.providers.base import Provider, finder_for

# The names of the providers in the files of fitbit-grafana.
GRAFANA_NAMES = {"fitbit": "fitbit", "google-health": "google"}
_MOST_LISTED = 20


def choose_entry(
    entries: Sequence[Entry],
    label: str | None,
    wanted: str | None,
    providers: Mapping[str, Provider],
) -> tuple[Entry, str]:
    """Return the grant that is meant, and a note about others that were left aside.

    :raises UsageError: if that is not certain, or there is none with that label.
    """
    owners = {one.label: _owner(one, providers) for one in entries}
    listed = _list_entries(entries, owners, providers)
    if label is not None:
        named = [one for one in entries if one.label == label]
        if not named and label.isdecimal() and 0 < int(label[:9]) <= len(entries):
            named = [entries[int(label[:9]) - 1]]
        if not named:
            raise UsageError(
                "The file has no grant of the name that --entry passes.", f"It has: {listed}."
            )
        return named[0], ""
    if len(entries) == 1:
        return entries[0], ""
    meant = [one for one in entries if wanted is not None and owners[one.label] == wanted]
    if wanted is None:
        meant = [one for one in entries if owners[one.label] is not None]
    if len(meant) == 1:
        left = len(entries) - 1
        others = "another grant" if left == 1 else f"{left} other grants"
        return meant[
            0
        ], f"The file has {others}, which {'was' if left == 1 else 'were'} left aside."
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
        title = providers[owner].title if owner is not None else "unknown provider"
        names.append(f"{one.label} ({title})")
    more = len(entries) - _MOST_LISTED
    return ", ".join(names) + (f" and {more} more" if more > 0 else "")


def _owner(entry: Entry, providers: Mapping[str, Provider]) -> str | None:
    """Return the provider of a grant if it can be recognised, or else ``None``."""
    owners = _owners(entry.fields, providers)
    return owners.pop() if len(owners) == 1 else None


def _owners(fields: Mapping[str, Any], providers: Mapping[str, Provider]) -> set[str]:
    """Return the providers of a grant; what its file says counts where its tokens say nothing."""
    named = fields.get("provider")
    return _certain_owners(fields, providers) or {
        own
        for own, theirs in GRAFANA_NAMES.items()
        if named in (own, theirs) or fields.get("domain") == own
    }


def _certain_owners(fields: Mapping[str, Any], providers: Mapping[str, Provider]) -> set[str]:
    owners = set()
    for name in ("access_token", "refresh_token"):
        text = fields.get(name)
        if isinstance(text, str):
            owner = recognise(Secret(clean_text(text).text), providers)[1]
            if owner is not None:
                owners.add(owner)
    client_id = fields.get("client_id")
    # Only Google's files have these: https://developers.google.com/identity/protocols/oauth2
    googles = isinstance(client_id, str) and client_id.endswith(".apps.googleusercontent.com")
    token_uri = fields.get("token_uri")
    if googles or fields.get("type") == "authorized_user" or "googleapis.com" in str(token_uri):
        owners.add("google-health")
    return owners


def provider_of(
    fields: Mapping[str, Any], providers: Mapping[str, Provider], wanted: str | None
) -> str:
    """Return the name of a grant's provider; ``wanted`` counts where its tokens say nothing.

    :raises UsageError: if the tokens are of another provider, of several, or of an unknown one.
    """
    if wanted is not None:
        certain = _certain_owners(fields, providers)
        if certain and certain != {wanted}:
            raise UsageError(
                f"The file's tokens belong to {' and '.join(sorted(certain))}, not to {wanted}.",
                "Leave out --provider, or import another file.",
            )
        return wanted
    owners = _owners(fields, providers)
    if len(owners) == 1:
        return owners.pop()
    if owners:
        raise UsageError(
            f"The file contains tokens of more than one provider: {' and '.join(sorted(owners))}.",
            "Import each from a file of its own.",
        )
    raise UsageError(
        "The file does not say which provider's tokens these are.",
        f"Pass --provider {' or --provider '.join(providers)}.",
    )


def recognise(secret: Secret, providers: Mapping[str, Provider]) -> tuple[Kind | None, str | None]:
    """Return the kind and the provider of a token; ``None`` for what its form does not say."""
    # A file of tokens is a provider's, so that a form counts here that others' tokens have too.
    text, finder = secret.reveal(), finder_for(providers)
    found = (finder.find(text, wanted).credential for wanted in (None, *providers))
    known = [each for each in found if each is not None and each.kind is not Kind.UNKNOWN]
    credential = known[0] if known else finder.find(text).credential
    return (credential.kind, credential.provider) if credential else (None, None)
