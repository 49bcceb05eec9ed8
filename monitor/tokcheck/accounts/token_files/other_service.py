"""Recognise the grants of services that are no provider, and of Google's other APIs. Pure.

The same names and forms count as for a token that is checked: a form that only one service's
tokens have, then the names around the tokens, the nearest first, then the text of the file.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from tokcheck.accounts.token_files.entries import Entry
from tokcheck.core.errors import UsageError
from tokcheck.core.lazy import LazyRegex
from tokcheck.core.report import Claims
from tokcheck.paste.context import services
from tokcheck.paste.context.owners.evidence import NEAR, Evidence
from tokcheck.paste.finder import CredentialFinder
from tokcheck.providers.base import Provider, finder_for
from tokcheck.providers.google_health.token_origin import google_tool
from tokcheck.providers.known_services import KNOWN_SERVICES

# The types of rclone's remotes that Google serves: https://rclone.org/overview/
_GOOGLE_TYPES = {
    "drive": "Google Drive",
    "google photos": "Google Photos",
    "google cloud storage": "Google Cloud Storage",
}
# Fields of the responses of one service alone.
_ANSWERS = (
    # https://developers.strava.com/docs/authentication/
    ("Strava", LazyRegex(r"[\"']athlete[\"']\s*:\s*\{")),
    # https://www.polar.com/accesslink-api/
    ("Polar", LazyRegex(r"[\"']x_user_id[\"']\s*:")),
    # https://developer.withings.com/api-reference
    ("Withings", LazyRegex(r"[\"']status[\"']\s*:\s*\d{1,5}\s*,\s*[\"']body[\"']\s*:\s*\{")),
)
_HEALTH = "google-health"
_MOST_OPTIONS = 3
_OPENID = frozenset({"openid", "email", "profile"})
_SCOPE_ADDRESS = "https://www.googleapis.com/auth/"


# Kinds of Google's credential files that no user of the API has consented to, by their type:
# https://google.aip.dev/auth/4110
_CLOUD_KINDS = {
    "external_account_authorized_user": "of a workforce identity pool, which another identity "
    "provider signs in to Google Cloud",
    "impersonated_service_account": "of an impersonated service account",
}
_CLOUD_TYPE = LazyRegex(
    rf"\btype[\"'\\]{{0,4}}\s{{0,4}}[:=]\s{{0,4}}[\"'\\]{{0,4}}({'|'.join(_CLOUD_KINDS)})\b"
)


class NamedOwner(NamedTuple):
    """The owner of a grant by the names in its file: a provider's name or a service's title."""

    owner: str
    is_sure: bool
    """Whether the grant's own names say so, and not only the text near it."""


def named_owner(
    entry: Entry, texts: Sequence[str], providers: Mapping[str, Provider]
) -> NamedOwner | None:
    """Return the owner of a grant with tokens that are not certain to be a provider's."""
    found = _named_owner(entry, texts, providers)
    if found is None:
        return None
    declared = (
        name
        for name, one in providers.items()
        if one.recognition is not None and one.recognition.title == found.owner
    )
    return found._replace(owner=next(declared, found.owner))


def _named_owner(
    entry: Entry, texts: Sequence[str], providers: Mapping[str, Provider]
) -> NamedOwner | None:
    tokens = [str(entry.fields.get(name, "")) for name in ("access_token", "refresh_token")]
    finder = finder_for(providers)
    for token in tokens:
        known = next(services.find(token, KNOWN_SERVICES), None)
        if known is not None and known.start == 0 and not _is_shared(token, finder):
            return NamedOwner(_service_of(token), is_sure=True)
    evidence = finder.evidence()
    for name in entry.names:
        owner = evidence.owner_in(name)
        if owner is not None:
            return NamedOwner(owner, is_sure=True)
    return next(_owners_in_texts(tokens[1], texts, evidence), None)


def _is_shared(token: str, finder: CredentialFinder) -> bool:
    """Return whether several providers share the prefix of a token."""
    found = finder.find(token).credential
    return found is not None and bool(found.sharing)


def _service_of(token: str) -> str:
    return next(
        service.title
        for service in KNOWN_SERVICES
        if any(token.startswith(form.prefix) for form in service.forms)
    )


def _owners_in_texts(token: str, texts: Sequence[str], evidence: Evidence) -> Iterator[NamedOwner]:
    for text in texts:
        start = text.find(token) if token else -1
        if start < 0:
            continue
        end = start + len(token)
        for near in (False, True):
            owner = evidence.owner_of(text, start, end, near=near)
            if owner is not None:
                yield NamedOwner(owner, is_sure=not near)
        around = text[max(0, start - NEAR) : end + NEAR]
        for title, answer in _ANSWERS:
            if answer.search(around):
                yield NamedOwner(title, is_sure=False)


def is_for_unknown_host(
    entry: Entry, texts: Sequence[str], providers: Mapping[str, Provider]
) -> bool:
    """Return whether a command sends the refresh token to an unknown host."""
    token = str(entry.fields.get("refresh_token", ""))
    evidence = finder_for(providers).evidence()
    for text in texts:
        start = text.find(token) if token else -1
        if start >= 0:
            return evidence.is_for_unknown_host(text, start, start + len(token))
    return False


def other_service_error(found: NamedOwner, providers: Mapping[str, Provider]) -> UsageError:
    """Return the error about a grant of a service that is no provider."""
    able = {name: one for name, one in providers.items() if one.endpoints is not None}
    titles = join_words([f"the {one.title}" for one in able.values()])
    hint = f"tokcheck imports tokens of {titles}."
    if not found.is_sure:
        hint += f" If these are tokens of one of them, pass {provider_options(providers)}."
    return UsageError(
        f"The file's tokens belong to {found.owner}, which tokcheck does not support.", hint
    )


def provider_options(providers: Mapping[str, Provider]) -> str:
    """Return the options that name one of these providers, as far as they have OAuth endpoints."""
    able = [name for name, one in providers.items() if one.endpoints is not None]
    if len(able) <= _MOST_OPTIONS:
        return f"--provider {' or --provider '.join(able)}"
    return f"--provider with its name: {join_words(able, 'or')}"


def join_words(words: Sequence[str], conjunction: str = "and") -> str:
    """Return words as a list in a sentence."""
    *first, last = words
    return f"{', '.join(first)} {conjunction} {last}" if first else last


def check_cloud_credentials(text: str, name: str) -> None:
    """Check that a file with one grant is none of Google Cloud's own credentials.

    :raises UsageError: if it is; ``name`` is the file's name in messages.
    """
    match = _CLOUD_TYPE.search(text)
    if match is not None:
        raise UsageError(
            f"{name} contains credentials {_CLOUD_KINDS[match.group(1)]} ({match.group(1)}). They "
            "give access to Google Cloud, not to the health data of a user.",
            "Log in as a user, with an OAuth client of the type Desktop or Web: tokcheck login "
            "google-health --client-file client_secret.json",
        )


def check_google_api(
    fields: Mapping[str, Any], scopes: Sequence[str], client_id: str | None
) -> None:
    """Check that a grant of Google's is one for the Google Health API, as far as it shows.

    :raises UsageError: if its client, its scopes or its kind are another API's.
    """
    if any(scope.startswith(f"{_SCOPE_ADDRESS}googlehealth.") for scope in scopes):
        return
    login = (
        "Log in with a client of your own: tokcheck login google-health --client-file "
        "client_secret.json"
    )
    source = google_tool(Claims(client_id=client_id))
    if source is not None:
        raise UsageError(
            f"The file's tokens come from {source}, which has no access to the Google Health API.",
            login,
        )
    kind = _GOOGLE_TYPES.get(str(fields.get("type", "")).strip().lower())
    if kind is not None:
        raise UsageError(
            f"The file's tokens are for {kind}, not for the Google Health API.",
            login,
        )
    foreign = [scope for scope in scopes if scope.startswith(_SCOPE_ADDRESS) or scope in _OPENID]
    if scopes and len(foreign) == len(scopes):
        names = ", ".join(scope.removeprefix(_SCOPE_ADDRESS) for scope in foreign[:3])
        raise UsageError(
            f"The file's tokens have no scope of the Google Health API, only {names}.",
            login,
        )
