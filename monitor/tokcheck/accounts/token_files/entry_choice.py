"""Choose the grant that is meant among those of a token file. Pure."""

from collections.abc import Mapping, Sequence

from tokcheck.accounts.token_files.access_text import read_access_text
from tokcheck.accounts.token_files.entries import Entry
from tokcheck.accounts.token_files.grant_provider import likely_owner
from tokcheck.core import claims
from tokcheck.core.errors import UsageError
from tokcheck.core.humanize import list_names
from tokcheck.core.redact import plain
from tokcheck.core.report import Claims
from tokcheck.paste.context.newest import Claimant, choose
from tokcheck.providers.base import Provider
from tokcheck.storage.shell_words import quote

_MOST_LISTED = 20
_MOST_OPTIONS = 3


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
    owners = {one.label: likely_owner(one, providers, texts) for one in entries}
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
        f"Choose one by its name, {_list_options(entries)}"
        + (", or a provider's only one with --provider." if wanted is None else "."),
    )


def _list_options(entries: Sequence[Entry]) -> str:
    """Return the options that choose a grant; of many, the first one's."""
    options = [f"--entry {quote(one.label)}" for one in entries]
    if len(options) > _MOST_OPTIONS:
        return f"as with {options[0]}"
    return f"with {list_names(options, 'or')}"


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
