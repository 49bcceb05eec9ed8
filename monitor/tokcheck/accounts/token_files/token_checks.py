"""Checks of the tokens in a file: whether each is whole and stands in its own field. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from tokcheck.accounts.oauth.client_secret import (
    CleanText,
    clean_text,
    find_secret_problem,
    foreign_sign,
)
from tokcheck.accounts.token_files.fields import is_nothing
from tokcheck.accounts.token_files.grant_provider import recognise
from tokcheck.accounts.token_files.notations.cut_values import find_cut
from tokcheck.accounts.token_files.notations.labelled_values import find_unread, has_another
from tokcheck.accounts.token_files.notations.whole_text import WholeText, clean_value, find_fault
from tokcheck.core.credential import Flaw, Kind
from tokcheck.core.errors import UsageError
from tokcheck.core.secret import Secret
from tokcheck.paste.flaws import KEEP_CASE, Diagnosis
from tokcheck.paste.placeholders.search import find as find_placeholder
from tokcheck.paste.wrapping.foreign_character import flaw_behind
from tokcheck.providers.base import Provider, finder_for

_TOKEN = re.compile(r"[!-~]+")


_SHORT_WORD = re.compile(r"[A-Z][A-Za-z]{1,18}")


_HEXADECIMAL = re.compile(r"[0-9A-Fa-f]+")


_FITBIT_LENGTH = 64


# So many other characters may stand among its digits by mistake.
_FEW = 4


_ENDS = {",": "comma", ";": "semicolon"}
_COPY_WHOLE = "Copy the whole token from the program that received it."


def check_application(client_id: str | None, source: str, issued_to: str | None) -> None:
    """Check that a client id is the one that the access token was issued to.

    :raises UsageError: if the two differ; the provider would refuse every refresh.
    """
    if None not in (client_id, issued_to) and client_id != issued_to:
        raise UsageError(
            f"{source} names the application {client_id}, but the access token was issued to "
            f"{issued_to} (its claim aud).",
            "A refresh needs the application that the tokens were issued to: correct the client "
            "id, or import the tokens of that application.",
        )


def check_kinds(access: object, refresh: Secret, providers: Mapping[str, Provider]) -> None:
    """Check that neither token is in the other one's field.

    Hexadecimal digits in the field of an access token may be another service's.
    """
    text = clean_text(access).text if isinstance(access, str) else ""
    is_certain = Secret(text).fingerprint == refresh.fingerprint or not _HEXADECIMAL.fullmatch(text)
    for secret, name, wrong in (
        (Secret(text if is_certain else ""), "access_token", Kind.REFRESH_TOKEN),
        (refresh, "refresh_token", Kind.ACCESS_TOKEN),
    ):
        if secret and recognise(secret, providers)[0] is wrong:
            raise UsageError(
                f"The field {name} contains {wrong.words}.",
                "Write each token into the field of its own name.",
            )


def check_refresh_token(
    refresh: Secret, texts: Iterable[str], provider: str, providers: Mapping[str, Provider]
) -> list[str]:
    """Check a refresh token of a provider, and return notes about it.

    :raises UsageError: if it is damaged, or no token.
    """
    _check_form(refresh)
    _check_foreign_characters(refresh, texts, providers)
    sign = foreign_sign(refresh.reveal(), providers[provider])
    if sign:
        raise UsageError(
            f"The refresh token is damaged: it contains the character {sign}. No refresh token of "
            f"the {providers[provider].title} has it.",
            _COPY_WHOLE,
        )
    if provider == "fitbit":
        _check_length(refresh)
    return _note_doubts(refresh, providers)


def _check_form(refresh: Secret) -> None:
    """Check that a refresh token is neither a word, such as a type's name, nor encrypted."""
    if not _TOKEN.fullmatch(refresh.reveal()) or _SHORT_WORD.fullmatch(refresh.reveal()):
        raise UsageError(
            "The field refresh_token does not contain a token.",
            "Import the file in which the program keeps its real tokens, or copy the token again.",
        )


def decode_percent(refresh: Secret, providers: Mapping[str, Provider], notes: list[str]) -> Secret:
    """Return a refresh token without percent-encoding, if its form shows that it has it.

    A note says so.
    """
    text = unquote(refresh.reveal())
    decoded = Secret(text)
    if decoded.fingerprint == refresh.fingerprint:
        return refresh
    found = finder_for(providers).find(text).credential
    is_whole = found is not None and found.secret.fingerprint == decoded.fingerprint
    if not (is_whole and found and found.kind is Kind.REFRESH_TOKEN):
        return refresh
    notes.append("The percent-encoding of the field refresh_token was decoded.")
    return decoded


def _check_foreign_characters(
    refresh: Secret, texts: Iterable[str], providers: Mapping[str, Provider]
) -> None:
    """Check that no character that a refresh token cannot have stands in it, or cut it.

    A reading by labels or forms ends there, so that a part would be taken for the whole.
    """
    raw = refresh.reveal()
    found = finder_for(providers).find(raw).credential
    is_own = found is not None and found.kind is Kind.REFRESH_TOKEN
    length = len(found.secret) if found is not None and is_own else len(raw)
    is_front = found is not None and Secret(raw[:length]).fingerprint == found.secret.fingerprint
    if length < len(raw) and is_front:
        sign = f": {raw[length]}" * raw.isascii()
        damaged = (Flaw.DAMAGED, f"it contains a character that no token has{sign}", _COPY_WHOLE)
        raise _damage_error(flaw_behind(raw, length) or damaged)
    flaws = [flaw_behind(text, end) for text in texts for end in _ends_of(raw, text)]
    # One place where it is whole is enough.
    first = next(iter(flaws), None)
    if first is not None and None not in flaws:
        raise _damage_error(first)


def _ends_of(raw: str, text: str) -> Iterator[int]:
    at = text.find(raw)
    while at >= 0:
        yield at + len(raw)
        at = text.find(raw, at + len(raw))


def _damage_error(flaw: Diagnosis) -> UsageError:
    return UsageError(f"The refresh token is damaged: {flaw[1]}.", flaw[2])


def _check_length(refresh: Secret) -> None:
    """Check that a refresh token of Fitbit's has its length, and its digits alone."""
    text = refresh.reveal()
    other = next((each for each in text if not _HEXADECIMAL.fullmatch(each)), "")
    digits = sum(1 for each in text if _HEXADECIMAL.fullmatch(each))
    if other and len(text) - digits <= _FEW and digits >= _FITBIT_LENGTH - _FEW:
        raise UsageError(
            f"The refresh token is damaged: it contains {other}, and those of the Fitbit Web API "
            "have only hexadecimal digits.",
            _COPY_WHOLE,
        )
    if _HEXADECIMAL.fullmatch(text) and len(text) != _FITBIT_LENGTH:
        what = "incomplete" if len(text) < _FITBIT_LENGTH else "too long"
        raise UsageError(
            f"The refresh token is {what}: it has {len(text)} hexadecimal digits, and those of the "
            f"Fitbit Web API have {_FITBIT_LENGTH}.",
            _COPY_WHOLE,
        )
    if _HEXADECIMAL.fullmatch(text) and text != text.lower():
        raise UsageError(
            "The refresh token has capital letters, and those of the Fitbit Web API have none.",
            KEEP_CASE,
        )


def _note_doubts(refresh: Secret, providers: Mapping[str, Provider]) -> list[str]:
    """Return a note about a refresh token that may be incomplete.

    :raises UsageError: if it is incomplete for certain.
    """
    text = refresh.reveal()
    found = finder_for(providers).find(text).credential
    if found is not None and found.flaw is not None and found.kind is Kind.REFRESH_TOKEN:
        raise UsageError(
            f"The refresh token is incomplete: it has only {len(text)} characters.", _COPY_WHOLE
        )
    forms = (form for provider in providers.values() for form in provider.forms if form.usual)
    return [
        f"The refresh token may be incomplete: it has {len(text)} characters, and most of "
        f"Google's have more than {form.usual}. Compare it with where it was issued."
        for form in forms
        if form.kind is Kind.REFRESH_TOKEN
        and text.startswith(form.anchors)
        and len(text) < form.usual
    ]


def find_unread_fields(
    text: str, fields: Mapping[str, Secret | None], notes: Sequence[str]
) -> list[str]:
    """Return notes about the fields that a text names and that could not be read."""
    missing = (name for name, value in fields.items() if value is None)
    unread = {
        name: find_unread(text, name)
        for name in missing
        if not any(f"field {name}" in note for note in notes)
    }
    return [
        f"The field {name} in line {text.count(chr(10), 0, start) + 1} could not be read, and was "
        "left out."
        for name, start in unread.items()
        if start is not None
    ]


def note_repeated(fields: Mapping[str, Any], text: str) -> list[str]:
    """Return notes about the fields of the only grant in a text with another value there."""
    values = ((name, fields.get(name)) for name in ("refresh_token", "client_secret"))
    return [
        f"The file has the field {name} more than once with different values, and one was taken. "
        "Check that it is the one in use."
        for name, value in values
        if isinstance(value, str) and has_another(text, name, value)
    ]


def read_token_field(
    fields: Mapping[str, Any], name: str, texts: Sequence[str], notes: list[str]
) -> Secret | None:
    """Return a token or a secret of the texts, cleaned; a note says what was removed."""
    value = fields.get(name)
    if is_nothing(value):
        return None
    clean = clean_value(name, value) if isinstance(value, str) else CleanText("", ())
    if is_placeholder(clean.text, name):
        raise UsageError(
            f"The field {name} contains a placeholder instead of its value.",
            "Import the file in which the program keeps its real tokens, or put the value there.",
        )
    fault = find_fault(value, clean.text) if isinstance(value, str) else "is not a text"
    if fault is None and isinstance(value, str):
        fault = find_cut_in(value, texts)
    if fault is not None:
        raise UsageError(
            f"The field {name} {fault}.",
            "Create the file again with the program that wrote it, or copy the value again.",
        )
    if isinstance(value, str) and not isinstance(value, WholeText):
        notes += _note_sign(name, clean.text, texts)
    notes += filter(None, [clean.note(f"The field {name}")])
    return Secret(clean.text)


def _note_sign(name: str, value: str, texts: Sequence[str]) -> list[str]:
    """Return a note about a sign at the end of a line that was not taken for the value's own."""
    for text in texts:
        at = text.find(value)
        end = at + len(value)
        is_bare = at > 0 and text[at - 1] in "=: \t"
        if is_bare and text[end : end + 1] in _ENDS and text[end + 1 : end + 2] in {"", "\n", "\r"}:
            return [f"The field {name} was read without the {_ENDS[text[end]]} behind it."]
    return []


def find_cut_in(value: str, texts: Sequence[str]) -> str | None:
    """Return how one of the texts continues a value, as a sentence's predicate."""
    if isinstance(value, WholeText):
        return None
    text = clean_text(value).text
    return next(filter(None, (find_cut(each, text) for each in texts)), None)


def is_placeholder(text: str, name: str) -> bool:
    """Return whether the whole text of a field is a placeholder."""
    if name == "client_secret":
        return find_secret_problem(text) is not None
    placeholder = find_placeholder(text)
    return placeholder is not None and placeholder.raw == text
