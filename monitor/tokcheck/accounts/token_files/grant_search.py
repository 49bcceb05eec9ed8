"""Find the grants and the applications in a text, whatever its form. Pure.

The most certain reading counts: that of a known form, then of tables and labels, then the tokens
that their own form gives away. A text that is encoded is decoded and read again.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from tokcheck.accounts.oauth.client_secret import clean_text
from tokcheck.accounts.token_files.access_text import read_access_text
from tokcheck.accounts.token_files.entries import Entry, Findings, find_entries
from tokcheck.accounts.token_files.entry_choice import signed_claims
from tokcheck.accounts.token_files.fields import NO_GROUP, Fields, group_fields, is_nothing
from tokcheck.accounts.token_files.grant_provider import recognise
from tokcheck.accounts.token_files.notations.broken_values import is_cut_at_break, whole_values
from tokcheck.accounts.token_files.notations.labelled_values import read_application
from tokcheck.accounts.token_files.notations.readings import FoundValues, read_values
from tokcheck.accounts.token_files.notations.request_credentials import find_applications
from tokcheck.accounts.token_files.notations.whole_text import (
    TOKEN_FIELDS,
    WholeText,
    is_part,
    is_value,
    mark_whole,
)
from tokcheck.core.credential import Kind
from tokcheck.core.documents import DocumentError, parse_json, parse_seconds
from tokcheck.core.secret import Secret
from tokcheck.providers.base import Provider

_COMPLETED = ("access_token", "client_secret", "client_id")
_QUERY = re.compile(r"[a-z_]{1,40}=[^\s&]*(?:&[a-z_]{1,40}=[^\s&]*)+")
_SHORTEST_TOKEN = 20
_BARE = re.compile(r"[A-Za-z0-9._~+/=-]{20,2048}")
_CUT_OF_GOOGLE = re.compile(r"1//0[\w-]{0,20}")  # reported as incomplete


def find_grants(text: str, providers: Mapping[str, Provider]) -> Findings:
    """Return the grants and the applications in a text.

    Where the tokens of no reading are complete, the first reading with a grant counts.
    """
    clients: dict[str, Fields] = {}
    first: Sequence[Entry] = ()
    earlier: list[Entry] = []
    for reading in read_values(text, providers):
        found = _find_entries(reading, text)
        if any(_is_readable(one, earlier, providers) for one in found.entries):
            first = [_complete(one, earlier, providers) for one in found.entries]
            clients = {one["client_id"]: one for one in found.clients} or clients
            break
        if _has_whole_token(found.entries) and not _has_whole_token(first):
            first = found.entries
        first = first or found.entries
        earlier += found.entries
        for client in found.clients:
            clients.setdefault(client["client_id"], client)
    claims = [signed_claims(one, providers) for one in first]
    issued_to = {None if signed is None else signed.client_id for signed in claims}
    if len(first) == 1 and not clients and "client_secret" not in first[0].fields:
        beside = find_entries(read_application(text, str(first[0].fields["refresh_token"])))
        clients = {client["client_id"]: client for client in beside.clients}
    for client in find_applications(text, providers):
        # Those of a request to another service are of no use.
        if None in issued_to or client["client_id"] in issued_to:
            clients.setdefault(client["client_id"], client)
    return Findings(tuple(first or _bare_token(text, providers)), tuple(clients.values()))


def find_lasting_token(
    text: str, providers: Mapping[str, Provider], wanted: str | None
) -> list[Entry]:
    """Return the entry of a token endpoint's response without an expiry and a refresh token.

    None if the text is no such response, or if its provider declares no such tokens.
    """
    for value in _token_responses(text):
        fields = group_fields(value).get(NO_GROUP, {})
        access = fields.get("access_token")
        if not isinstance(access, str) or "refresh_token" in fields or _names_end(fields):
            continue
        kind, owner = recognise(Secret(clean_text(access).text), providers)
        own = owner if kind is Kind.ACCESS_TOKEN else None
        provider = providers.get(str(own or fields.get("provider") or wanted))
        if provider is not None and provider.has_lasting_tokens:
            fields = {"provider": provider.name, **fields}
            return [Entry("1", fields, (provider.name,), value)]
    return []


def _names_end(fields: Fields) -> bool:
    """Return whether fields say that the access token expires; a zero is no lifetime."""
    lifetime, moment = fields.get("expires_in"), fields.get("expires_at")
    return any(value is not None and parse_seconds(value) != 0 for value in (lifetime, moment))


def _token_responses(text: str) -> Iterator[Mapping[str, Any]]:
    """Yield a response in JSON, or in the form of a query, as GitHub writes it by default."""
    try:
        value = parse_json(text)
    except DocumentError:
        value = dict(parse_qsl(text.strip())) if _QUERY.fullmatch(text.strip()) else None
    if isinstance(value, dict):
        yield value


def _find_entries(reading: FoundValues, text: str) -> Findings:
    """Return the grants and applications of a reading, with what breaks in the text cut off."""
    found = find_entries(reading.values)
    mark = mark_whole if reading.is_whole else dict
    entries = [
        one._replace(fields=mark(one.fields | whole_values(one.fields, text)))
        for one in found.entries
    ]
    clients = [mark(one | whole_values(one, text)) for one in found.clients]
    return Findings(tuple(entries), tuple(clients))


def _has_whole_token(entries: Sequence[Entry]) -> bool:
    return any(isinstance(one.fields["refresh_token"], WholeText) for one in entries)


def _complete(entry: Entry, earlier: Sequence[Entry], providers: Mapping[str, Provider]) -> Entry:
    """Return a grant with what an earlier reading has of it in a form that is not readable.

    Such a token or secret is judged and named, not passed over.
    """
    fields = entry.fields
    refresh = str(fields["refresh_token"])
    same = [one for one in earlier if str(one.fields["refresh_token"]).startswith(refresh)]
    if not same:
        return entry
    more = {name: same[0].fields[name] for name in _COMPLETED if name in same[0].fields}
    # A part of a value, up to a break or within a whole one, does not replace it.
    whole = {
        name: value
        for one in reversed(same)
        for name, value in one.fields.items()
        if name in TOKEN_FIELDS
        and (is_part(part := fields.get(name), value) or is_cut_at_break(str(part), str(value)))
    }
    fields = fields | whole
    access = read_access_text(fields.get("access_token"), providers)
    if "access_token" in more and not access.is_certain:
        fields = fields | {"access_token": more["access_token"]}
    return entry._replace(fields=more | fields)


def _is_readable(entry: Entry, earlier: Sequence[Entry], providers: Mapping[str, Provider]) -> bool:
    """Return whether the tokens of a grant are texts that a request can carry.

    A part of what a form of the text delimits is none of them.
    """
    fields = {name: entry.fields.get(name) for name in TOKEN_FIELDS}
    refresh = fields["refresh_token"]
    if len(str(refresh)) < _SHORTEST_TOKEN:
        return False
    if any(is_part(refresh, one.fields["refresh_token"]) for one in earlier):
        return False
    access = fields["access_token"]
    if isinstance(access, WholeText) or (
        not is_nothing(access) and read_access_text(access, providers).is_certain
    ):
        del fields["access_token"]
    return all(is_nothing(value) or is_value(name, value) for name, value in fields.items())


def _bare_token(text: str, providers: Mapping[str, Provider]) -> Sequence[Entry]:
    """Return the grant of a text that is nothing but a refresh token."""
    word = clean_text(text).text
    if not _BARE.fullmatch(word) and not _CUT_OF_GOOGLE.fullmatch(word):
        return ()
    if recognise(Secret(word), providers)[0] not in {Kind.REFRESH_TOKEN, Kind.UNKNOWN, None}:
        return ()
    return (Entry("1", {"refresh_token": word}),)
