"""Read the access token in a field of a token file as a paste is read, and judge it. Pure.

A field may have the whole header, a line break or a part of the token. A token that no request can
use is left out, because the refresh token is enough to fetch a new one.
"""

from collections.abc import Mapping
from typing import NamedTuple

from tokcheck.accounts.oauth.client_secret import clean_text, is_token_text
from tokcheck.accounts.token_files.notations.form_bodies import is_parameter
from tokcheck.accounts.token_files.notations.whole_text import (
    WholeText,
    find_fault,
    is_code,
    is_plain,
)
from tokcheck.core.credential import Credential, Flaw, Kind
from tokcheck.core.lazy import LazyRegex
from tokcheck.core.secret import Secret
from tokcheck.paste.finder.paste_content import Paste
from tokcheck.paste.flaws import state_of
from tokcheck.providers.base import Provider, finder_for

_FIELD = "The field access_token"
_LEFT_OUT = "It was left out; the next refresh fetches a new one."
_HEXADECIMAL = LazyRegex(r"[0-9A-Fa-f]{16,}")
# Kinds that are certainly something else; a refresh token is refused where both fields are known.
_OTHER_KINDS = frozenset(
    {Kind.ID_TOKEN, Kind.API_KEY, Kind.CLIENT_SECRET, Kind.CLIENT_ID, Kind.AUTHORIZATION_CODE,
     Kind.BASIC_CREDENTIALS}
)  # fmt: skip


class AccessText(NamedTuple):
    """An access token, or ``None`` if it is of no use, and a sentence about it or nothing."""

    secret: Secret | None
    note: str
    is_certain: bool = False
    """Whether a token, whole or damaged, or a placeholder was recognised."""
    cut: Secret | None = None
    """The part of a token that was cut, which may still say to whom it was issued."""

    @property
    def claimant(self) -> Secret | None:
        """The token, whole or cut, that has claims of its own."""
        secret = self.secret or self.cut
        return secret if secret is not None and secret.is_signed else None


def read_access_text(
    value: object, providers: Mapping[str, Provider], provider: str | None = None
) -> AccessText:
    """Return the access token in the value of a field; ``provider`` is its name, if known."""
    if not isinstance(value, str):
        return leave_out(f"{_FIELD} does not contain a token.")
    clean = clean_text(value)
    if provider is not None and providers[provider].is_declared and _is_whole(value, clean.text):
        return AccessText(Secret(str(clean.text)), clean.note(_FIELD))
    found = finder_for(providers).find(value, provider)
    if found.candidates:
        return leave_out(f"{_FIELD} contains more than one token.")
    if provider is not None and is_unsigned(clean.text, providers[provider]):
        return leave_out(
            f"{_FIELD} contains hexadecimal digits, but the access tokens of the "
            f"{providers[provider].title} are signed tokens, which begin with eyJ."
        )
    credential = found.credential
    if credential is not None:
        problem = _problem_of(credential)
        if problem:
            is_cut = credential.kind is Kind.ACCESS_TOKEN and credential.flaw is Flaw.CUT_OFF
            cut = credential.secret if is_cut else None
            return leave_out(problem)._replace(is_certain=True, cut=cut)
        if credential.kind is Kind.ACCESS_TOKEN:
            note = _note_of(value, found, credential)
            return AccessText(credential.secret, note, is_certain=True)
    if not is_token_text(clean.text):
        return leave_out(f"{_FIELD} does not contain a token.")
    fault = find_fault(value, clean.text)
    if fault is not None:
        return leave_out(f"{_FIELD} {fault}.")
    return AccessText(Secret(clean.text), clean.note(_FIELD))


def _is_whole(value: str, text: str) -> bool:
    """Return whether a field has nothing but a token of any form; ``text`` is the clean value."""
    if isinstance(value, WholeText) and value == text:
        return is_token_text(text) and not is_code(text)
    name, sign, _ = text.partition("=")
    return is_plain(text) and not (sign and is_parameter(name))


def is_unsigned(text: str, provider: Provider) -> bool:
    """Return whether a text is hexadecimal and all access tokens of the provider are signed.

    A declaration does not say that all are.
    """
    is_opaque = provider.is_declared or any(
        form.kind is Kind.ACCESS_TOKEN for form in provider.forms
    )
    return not is_opaque and _HEXADECIMAL.fullmatch(text) is not None


def _problem_of(credential: Credential) -> str:
    """Return a sentence about what is no usable access token, or nothing."""
    if credential.kind is Kind.PLACEHOLDER:
        return f"{_FIELD} contains no token. {credential.reason}."
    if credential.flaw is not None and credential.kind in {Kind.ACCESS_TOKEN, Kind.UNKNOWN}:
        return f"The access token is {state_of(credential.flaw)}: {credential.reason}."
    if credential.kind in _OTHER_KINDS and credential.provider is not None:
        return f"{_FIELD} contains {credential.words}."
    return ""


def leave_out(problem: str) -> AccessText:
    """Return no access token, and the sentence about its problem."""
    return AccessText(None, f"{problem} {_LEFT_OUT}")


def _note_of(value: str, found: Paste, credential: Credential) -> str:
    """Return what was removed around a token, and the doubt about it."""
    clean = clean_text(value)
    note = clean.note(_FIELD)
    if clean.text != credential.secret.reveal():
        removed = [words for words in found.cleaned if not words.startswith("ignored: ")]
        note = f"{_FIELD} was read without {', '.join(removed) or 'the text around it'}."
    doubt = f"About the access token: {credential.doubt}" if credential.doubt else ""
    return " ".join(filter(None, (note, doubt)))
