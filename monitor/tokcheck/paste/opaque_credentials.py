"""Opaque credentials in a text: those that a prefix, a label or their own shape gives away."""

import binascii
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from tokcheck.core.credential import CredentialForm, Flaw, Kind
from tokcheck.core.lazy import LazyRegex, compile_cached
from tokcheck.paste import opaque_tokens
from tokcheck.paste.flaws import CAPITALS_LOST, KEEP_CASE
from tokcheck.paste.grammar import PIECE, emphasis, glue_before
from tokcheck.paste.wrapping.continuation import follow

# Credentials that belong to no provider in particular.
_COMMON_FORMS = (
    CredentialForm(
        Kind.BASIC_CREDENTIALS,
        anchors=("Basic", "basic", "BASIC"),
        pattern=r"(?i:basic)(?:[\s:=+]|%20){1,6}([A-Za-z0-9+/_-]{8,512}={0,2})",
        alone=r"([A-Za-z0-9+/]{24,512}={0,2})",
    ),
)
_ID_AND_SECRET = LazyRegex(r"[!-9;-~]{4,200}:[!-~]{4,200}")

# What stands where a token is expected, in a header or a token response.
_LABELLED = LazyRegex(
    r"(?:[Bb]earer[\s:=]{1,4}|\baccess_?[Tt]oken[\"'\\\s:=>]{1,8})[\"'\\]{0,4}"
    r"([A-Za-z0-9._~+/=-]{16,4096})"
)
_EXPECTED = LazyRegex(
    r"(?:(?i:bearer)[\s:=]{1,4}|\baccess_?[Tt]oken[\"'\\\s:=>]{1,8})[\"'\\]{0,4}"
    r"([A-Za-z0-9+/:#=_-]{4,512})"
)
_WORD = LazyRegex(r"[A-Za-z0-9._~+/=-]{16,4096}")
_THREE_PARTS = LazyRegex(r"[\w-]{10,}\.[\w-]{10,}\.[\w-]{20,}", re.ASCII)
_CAPITALS = LazyRegex(r"YA29\.[A-Z0-9_.-]{30}")
_LAST_PARTS = LazyRegex(r"[\w-]{10,}\.[\w-]{43}", re.ASCII)


class OpaqueCredential(NamedTuple):
    """An opaque credential in a text; the fields are those of a signed one.

    ``unclear`` is whether it may go on in the next line.
    """

    raw: str
    start: int
    end: int
    joints: tuple[str, ...]
    kind: Kind
    provider: str | None
    flaw: Flaw | None = None
    reason: str = ""
    remedy: str = ""
    unclear: bool = False


def find(
    text: str, forms: Mapping[str, Sequence[CredentialForm]], *, alone: bool
) -> Iterator[OpaqueCredential]:
    """Yield the Basic credentials, and what the forms, by provider name, match.

    With ``alone``, the paste may also be one bare credential that no label explains.
    """
    spans = tuple(_bare_texts(text)) if alone else ()
    for provider, members in (*forms.items(), (None, _COMMON_FORMS)):
        for form in members:
            if form.kind is Kind.ACCESS_TOKEN:
                for item in opaque_tokens.find(text, form, torn=alone):
                    yield OpaqueCredential(*item[:4], form.kind, provider, *item[4:])
                continue
            for match in _form_matches(text, form):
                yield from _credentials_of_match(text, match, form, provider)
            for start, bare in spans:
                whole = compile_cached(form.alone).fullmatch(bare) if form.alone else None
                if whole and (form.kind is not Kind.BASIC_CREDENTIALS or _is_pair(whole.group(1))):
                    first, last = whole.span(1)
                    raw = whole.group(1)
                    yield OpaqueCredential(
                        raw, start + first, start + last, (), form.kind, provider
                    )


def _bare_texts(text: str) -> Iterator[tuple[int, str]]:
    """Yield the whole paste, and what stands where a token is expected, with their places."""
    bare = text.strip().strip("\"'`")
    yield text.index(bare), bare
    match = _EXPECTED.search(text)
    if match is not None:
        yield match.start(1), match.group(1)


def credential_at(
    text: str, start: int, form: CredentialForm, provider: str
) -> OpaqueCredential | None:
    """Return the credential of this form that begins at ``start``."""
    if form.kind is Kind.ACCESS_TOKEN:
        token = opaque_tokens.token_at(text, start, form)
        return (
            None if token is None else OpaqueCredential(*token[:4], form.kind, provider, *token[4:])
        )
    if glue_before(text, start) is not None:
        return None
    match = compile_cached(form.pattern).match(text, start)
    return None if match is None else next(_credentials_of_match(text, match, form, provider), None)


def find_unknown(text: str) -> OpaqueCredential | None:
    """Return the one word, or what is labelled as a token, that no form explains."""
    bare = text.strip().strip("\"'`")
    match = _WORD.fullmatch(bare)
    if match is not None:
        raw, start = bare, text.index(bare)
    elif (match := _LABELLED.search(text)) is not None:
        raw, start = match.group(1), match.start(1)
    else:
        return None
    end = start + len(raw)
    followed = follow(text, start, end, raw)
    unclear = followed.unclear or followed.end > end
    found = OpaqueCredential(raw, start, end, (), Kind.UNKNOWN, None, unclear=unclear)
    if _LAST_PARTS.fullmatch(raw):
        return found._replace(
            flaw=Flaw.CUT_OFF,
            reason="it is the end of a signed token without its beginning",
            remedy="Copy the whole token again; a signed token begins with eyJ.",
        )
    if _CAPITALS.match(raw):
        return found._replace(
            flaw=Flaw.DAMAGED,
            reason="its letters were changed to capitals",
            remedy=KEEP_CASE,
        )
    if not _THREE_PARTS.fullmatch(raw):
        return None if "://" in raw or raw.count("/") > _MANY_SLASHES else found
    if raw.lower().startswith("eyj"):
        flaw, reason, remedy = CAPITALS_LOST
        return found._replace(flaw=flaw, reason=reason, remedy=remedy)
    return found._replace(
        flaw=Flaw.DAMAGED,
        reason="it has a signed token's three parts, but its beginning is damaged",
        remedy="Copy the whole token again; a signed token begins with eyJ.",
    )


_MANY_SLASHES = 2


def _form_matches(text: str, form: CredentialForm) -> Iterator[re.Match[str]]:
    pattern = compile_cached(form.pattern)
    for anchor in form.anchors:
        credential_at = text.find(anchor)
        while credential_at >= 0:
            end = credential_at + len(anchor)
            match = (
                pattern.search(text, max(0, credential_at - form.reach), end)
                if form.reach
                else pattern.match(text, credential_at)
            )
            if match is not None:
                yield match
                end = max(end, match.end())
            credential_at = text.find(anchor, end)


def _credentials_of_match(
    text: str, match: re.Match[str], form: CredentialForm, provider: str | None
) -> Iterator[OpaqueCredential]:
    start, end = match.span(1)
    raw = match.group(1)
    if form.kind is Kind.BASIC_CREDENTIALS and not _is_pair(raw):
        return
    if start != match.start() or form.reach:
        yield OpaqueCredential(raw, start, end, (), form.kind, provider)
    elif glue_before(text, start) is None:
        found = OpaqueCredential(raw, start, end, (), form.kind, provider)
        # A form of fixed length has no rest.
        if compile_cached(form.pattern).fullmatch(raw + "0"):
            pieces, joints, end, unclear = follow(text, start, end, raw, PIECE)
            raw = "".join(pieces)
            mark = emphasis(text, start)
            if mark and raw.endswith(mark):
                # At the end of a wrapped one, an underscore may also be its own.
                unclear = unclear or bool(joints)
                raw, end = raw.removesuffix(mark), end - len(mark)
            found = found._replace(raw=raw, end=end, joints=joints, unclear=unclear)
        yield found


def _is_pair(encoded: str) -> bool:
    """Return whether a text, in Base64 or plain, is an id and a secret with a colon between."""
    if ":" in encoded:
        return True
    try:
        padded = encoded.replace("-", "+").replace("_", "/").rstrip("=")
        data = binascii.a2b_base64(padded + "=" * (-len(padded) % 4)).decode("ascii")
    except ValueError:
        return False
    return _ID_AND_SECRET.fullmatch(data) is not None
