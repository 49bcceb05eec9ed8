"""Parse the token files of other programs. Pure.

A grant is found in JSON, TOML, YAML, settings, variables of a shell, Python's notation, and in any
other text that names its fields: see :mod:`tokcheck.accounts.token_files.notations`. Files of these
programs, among others, are known: python-fitbit
(https://github.com/orcasgit/python-fitbit/blob/master/examples/dump_days.py), fitbit-grafana
(https://github.com/arpanghosh8453/fitbit-grafana), google-auth
(https://googleapis.dev/python/google-auth/latest/reference/google.oauth2.credentials.html), rclone
and Home Assistant.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from tokcheck.accounts.oauth.client_secret import (
    clean_text,
)
from tokcheck.accounts.token_files.access_text import AccessText, leave_out, read_access_text
from tokcheck.accounts.token_files.entries import Entry, Findings
from tokcheck.accounts.token_files.entry_choice import choose_entry
from tokcheck.accounts.token_files.fields import is_nothing
from tokcheck.accounts.token_files.grant_provider import provider_of, with_application
from tokcheck.accounts.token_files.grant_search import find_grants, find_lasting_token
from tokcheck.accounts.token_files.missing_grant import missing_grant_error
from tokcheck.accounts.token_files.moments import access_expiry, parse_moment, refresh_expiry
from tokcheck.accounts.token_files.notations.continued_values import join_continued
from tokcheck.accounts.token_files.other_service import check_cloud_credentials, check_google_api
from tokcheck.accounts.token_files.token_checks import (
    check_application,
    check_kinds,
    check_refresh_token,
    decode_percent,
    find_cut_in,
    find_unread_fields,
    is_placeholder,
    note_repeated,
    read_token_field,
)
from tokcheck.checks.message_explanation import Explain
from tokcheck.core import claims
from tokcheck.core.credential import Kind
from tokcheck.core.redact import redact
from tokcheck.core.report import Claims
from tokcheck.core.secret import Secret
from tokcheck.paste.invisible import strip_invisible
from tokcheck.providers.base import Provider, finder_for
from tokcheck.providers.rate_limits.numbers import value_at

_ORDINALS = ("The second", "The third", "The fourth", "The fifth")
_SCOPE = re.compile(r"[\w.:/-]+")
_CLIENT_ID = re.compile(r"[0-9]+(?:-[0-9a-z]+)?\.apps\.googleusercontent\.com|[0-9A-Za-z]{1,19}")
# Declared providers give theirs many forms: numbers, words, UUIDs.
_ANY_CLIENT_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,127}")
_CLIENT_ID_NAME = re.compile(r"(?i)(?:[a-z]+[_-])*client[_-]?(?:id|key)(?:[_-][a-z]+)*")
_USER_ID = re.compile(r"[0-9A-Za-z]{1,19}")  # a longer one may be a token, and ids are shown


class TokenFile(NamedTuple):
    """The content of a token file; ``None`` for what it lacks."""

    provider: str
    refresh: Secret | None
    """``None`` beside an access token without an expiry, if the provider declares such tokens."""
    access: Secret | None
    client_id: str | None
    client_secret: Secret | None
    expires_at: float | None
    """Unix seconds. A lifetime alone does not give it, unless the file says when it began."""
    refresh_expires_at: float | None
    scopes: tuple[str, ...]
    user_id: str | None
    issued_to: str | None
    """The client id in the access token itself."""
    notes: tuple[str, ...]
    """Sentences about what was cleaned and what was left aside."""
    has_damaged_client_id: bool = False
    """Whether the file names an application by a text that is no client id."""
    saved_at: float | None = None
    """When the tokens were saved (Unix seconds), if the file says so."""


def parse_token_file(  # noqa: PLR0913 - most are optional
    text: str,
    providers: Mapping[str, Provider],
    wanted: str | None = None,
    *,
    entry: str | None = None,
    others: Sequence[str] = (),
    name: str = "The file",
    written_at: float = 0.0,
    explain: Explain | None = None,
) -> TokenFile:
    """Return the grant in a token file.

    ``wanted`` is the provider's name if that is known, ``entry`` the label of one of several
    grants. ``others`` are texts that may hold the application, ``name`` is what errors call the
    file, ``written_at`` when it was written (Unix seconds), and ``explain`` returns the meaning of
    an error message, or ``None``.

    :raises UsageError: if something that is needed is missing; no text of the file is repeated.
    """
    text, *rest = (join_continued(each.lstrip("\ufeff")) for each in (text, *others))
    texts = (text, *rest)
    found = [find_grants(each, providers) for each in texts]
    entries = [one for findings in found for one in findings.entries]
    clients = [client for findings in found for client in findings.clients]
    entries = entries or find_lasting_token(text, providers, wanted)
    if not entries:
        raise missing_grant_error(
            text, name, providers, wanted, has_application=bool(clients), explain=explain
        )
    if len(entries) == 1:
        check_cloud_credentials(text, name)
    chosen, note = choose_entry(entries, entry, wanted, providers, texts)
    notes = [note] if note else []

    fields = dict(chosen.fields)
    refresh = read_token_field(fields, "refresh_token", texts, notes)
    secret = read_token_field(fields, "client_secret", texts, notes)
    if refresh is not None:
        refresh = decode_percent(refresh, providers, notes)
        check_kinds(fields.get("access_token"), refresh, providers)
    provider = provider_of(chosen, providers, wanted, texts, file=name)
    only = text if len(entries) == 1 else ""
    access = _access_text(fields.get("access_token"), only, texts, provider, providers, notes)
    if refresh is not None:
        notes += check_refresh_token(refresh, texts, provider, providers)
    signed = None if access.claimant is None else claims.read_claims(access.claimant)
    issued_to = signed and _matching(signed.client_id, _CLIENT_ID)
    fields = with_application(fields, clients, issued_to, providers[provider], providers)
    notes += _unused_files(found, fields)
    if secret is None:
        secret = read_token_field(fields, "client_secret", texts, notes)
    if len(entries) == 1:
        notes += note_repeated(fields, text)
        notes += find_unread_fields(
            text, {"access_token": access.secret, "client_secret": secret}, notes
        )
    client_id = _client_id(fields, providers[provider], access.secret, refresh, secret)
    check_application(client_id, "The file", issued_to)
    if client_id is None and issued_to is not None and not is_nothing(fields.get("client_id")):
        notes.append(
            f"The field client_id of the file contains no client id, so {issued_to} was taken, to "
            "which the access token was issued (its claim aud)."
        )
    scopes = _scopes(fields, signed, providers[provider], notes)
    if provider == "google-health":
        check_google_api(fields, scopes, client_id)
    user_id = _user_id(chosen, providers[provider])
    claimed_user = signed and _matching(signed.user_id, _USER_ID)
    if None not in (user_id, claimed_user) and user_id != claimed_user:
        notes.append(
            f"The file names the user {user_id}, but the access token names {claimed_user} (its "
            "claim sub), which was taken."
        )
    access_end = access_expiry(fields, signed, written_at)
    refresh_end = refresh_expiry(fields, signed, written_at)
    notes += filter(None, (access_end.note, refresh_end.note))
    return TokenFile(
        provider=provider,
        refresh=refresh,
        access=access.secret,
        client_id=client_id or issued_to,
        client_secret=secret,
        expires_at=access_end.at,
        refresh_expires_at=refresh_end.at,
        scopes=scopes,
        user_id=claimed_user or user_id,
        issued_to=issued_to,
        notes=tuple(notes),
        has_damaged_client_id=client_id is None and not is_nothing(fields.get("client_id")),
        saved_at=parse_moment(fields.get("saved_at")),
    )


def _unused_files(found: Sequence[Findings], fields: Mapping[str, Any]) -> list[str]:
    """Return notes about the further files that contribute nothing to a grant."""
    notes = []
    for number, (entries, clients) in enumerate(found[1:]):
        name = _ORDINALS[number] if number < len(_ORDINALS) else "A further"
        if not entries and not clients:
            notes.append(f"{name} file gave nothing: neither an application nor tokens were found.")
        elif not entries and fields.get("client_id") not in [one["client_id"] for one in clients]:
            notes.append(f"{name} file gave nothing: it has no application that is the tokens'.")
    return notes


def _access_text(
    value: object,
    text: str,
    texts: Sequence[str],
    provider: str,
    providers: Mapping[str, Provider],
    notes: list[str],
) -> AccessText:
    """Return the access token of a field, or else the only one in the text of the file."""
    if is_nothing(value):
        found = finder_for(providers).find(text, provider).credential
        if found is None or (found.kind, found.provider) != (Kind.ACCESS_TOKEN, provider):
            return AccessText(None, "")
        value = found.secret.reveal()
        notes.append("The access token does not stand in a field of that name.")
    read = read_access_text(value, providers, provider)
    cut = None
    if isinstance(value, str) and read.secret is not None and not read.secret.is_signed:
        cut = find_cut_in(value, texts)
    if cut is not None:
        read = leave_out(f"The field access_token {cut}.")
    if read.note:
        notes.append(read.note)
    return read


def _matching(value: object, form: "re.Pattern[str]") -> str | None:
    if not isinstance(value, str):
        return None
    text = clean_text(strip_invisible(value)).text
    return text if form.fullmatch(text) else None


def _client_id(
    fields: Mapping[str, Any], provider: Provider, *secrets: Secret | None
) -> str | None:
    """Return the client id of the fields; ``None`` if it is none, or one of the secrets."""
    if not provider.is_declared:
        return _matching(fields.get("client_id"), _CLIENT_ID)
    client_id = _matching(fields.get("client_id"), _ANY_CLIENT_ID)
    if client_id is None or is_placeholder(client_id, "client_id"):
        return None
    if _CLIENT_ID_NAME.fullmatch(client_id) is not None:
        return None
    prints = {each.fingerprint for each in secrets if each is not None}
    return None if Secret(client_id).fingerprint in prints else client_id


def _user_id(entry: Entry, provider: Provider) -> str | None:
    """Return the user's id: of its field, or where the token endpoint's responses have it."""
    found = entry.fields.get("user_id")
    if found is None and provider.endpoints is not None:
        found = value_at(entry.source, provider.oauth.user)
    return _matching(str(found) if type(found) is int else found, _USER_ID)


def _scopes(
    fields: Mapping[str, Any], signed: Claims | None, provider: Provider, notes: list[str]
) -> tuple[str, ...]:
    """Return the scopes as the provider's token endpoint writes them.

    Those of the access token count where a field has others.
    """
    value = fields.get("scope")
    if isinstance(value, list | tuple):
        value = " ".join(item for item in value if isinstance(item, str))
    names = _SCOPE.findall(value) if isinstance(value, str) else []
    written = _known_scopes(names)
    # A signed token abbreviates them.
    codes = [] if signed is None else signed.scopes or ()
    claimed = _known_scopes(provider.scope(code).name for code in codes)
    if not claimed or not written:
        return claimed or written
    if {provider.scope(name).name for name in written} == set(claimed):
        return written
    notes.append(
        f"The file names the scopes {', '.join(written)}, but the access token has "
        f"{', '.join(claimed)} (its claim scopes), which were taken."
    )
    return claimed


def _known_scopes(names: Iterable[str]) -> tuple[str, ...]:
    known = (name for name in islice(names, 200) if redact(name) == name)
    return tuple(dict.fromkeys(known))
