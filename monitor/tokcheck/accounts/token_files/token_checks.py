"""Checks of the tokens in a file: whether each is whole and stands in its own field. Pure."""

import re
from collections.abc import Mapping

from tokcheck.accounts.oauth.client_secret import (
    clean_text,
)
from tokcheck.accounts.token_files.entry_choice import recognise
from tokcheck.core.credential import Kind
from tokcheck.core.errors import UsageError
from tokcheck.core.secret import Secret
from tokcheck.paste.flaws import KEEP_CASE
from tokcheck.providers.base import Provider, finder_for

_TOKEN = re.compile(r"[A-Za-z0-9._~+/=%:#-]+")


_SHORT_WORD = re.compile(r"[A-Z][A-Za-z]{1,18}")


_HEXADECIMAL = re.compile(r"[0-9A-Fa-f]+")


_FITBIT_LENGTH = 64


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


def check_form(refresh: Secret) -> None:
    """Check that a refresh token is neither a word, such as a type's name, nor encrypted."""
    if not _TOKEN.fullmatch(refresh.reveal()) or _SHORT_WORD.fullmatch(refresh.reveal()):
        raise UsageError(
            "The field refresh_token is not the text of a token.",
            "Import the file in which the program keeps its real tokens, or copy the token again.",
        )


def check_length(refresh: Secret) -> None:
    """Check that a refresh token of Fitbit's alphabet has its length."""
    text = refresh.reveal()
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


def note_doubts(refresh: Secret, providers: Mapping[str, Provider]) -> list[str]:
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
