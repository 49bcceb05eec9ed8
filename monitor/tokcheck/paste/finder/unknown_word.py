"""A word that no form explains, and what its shape shows all the same."""

import re
from collections.abc import Callable

from tokcheck.core.credential import Flaw
from tokcheck.core.lazy import LazyRegex
from tokcheck.paste.context.value_ends import value_of_no_form
from tokcheck.paste.encoding.base64_text import decode_word
from tokcheck.paste.flaws import CAPITALS_LOST, KEEP_CASE
from tokcheck.paste.grammar import decode_segment
from tokcheck.paste.opaque_credentials import ASSIGNED, BARE_LABEL, LABELLED, is_checksum
from tokcheck.paste.opaque_credentials.found_credential import OpaqueCredential

_WORD = LazyRegex(r"[A-Za-z0-9._~+/=-]{16,4096}")
_THREE_PARTS = LazyRegex(r"[\w-]{10,}\.[\w-]{10,}\.[\w-]{20,}", re.ASCII)
_CAPITALS = LazyRegex(r"YA29\.[A-Z0-9_.-]{30}")
_LAST_PARTS = LazyRegex(r"[\w-]{10,}\.[\w-]{43}", re.ASCII)
_MANY_SLASHES = 2
_DIGITS = LazyRegex(r"[0-9A-Fa-f]{32}|[0-9A-Fa-f]{40}|[0-9A-Fa-f]{64}")
# Fewer than the longest have, in any of which one of each kind is sure to stand.
_STUMP = LazyRegex(r"(?=[a-f]*[0-9])(?=[0-9]*[a-f])[0-9a-f]{16,63}")
# Digits are a checksum as well: only a label shows that they are meant as a token.
_LABELLED_DIGITS = LazyRegex(
    r"\s*[\"']?(?P<name>(?=[A-Za-z])[\w.-]{0,40}?(?i:token|bearer|auth|access)\w{0,20})[\"']?"
    rf"[ \t]{{0,4}}[:=][ \t]{{0,4}}[\"']?(?P<raw>{_DIGITS.pattern})[\"']?[,;]?\s*"
)
_UUID = LazyRegex(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


def find_unknown(
    text: str, is_of_form: Callable[[str, int], bool] = lambda _raw, _start: False
) -> OpaqueCredential | None:
    """Return the one word, or what is labelled as a token, that no form explains.

    One with many slashes is a path unless ``is_of_form`` is true for it and its place.
    """
    bare = text.strip().strip("\"'`")
    value = None if BARE_LABEL.fullmatch(bare) else ASSIGNED.fullmatch(bare)
    if value is not None and is_checksum(value.group(1)) and _DIGITS.fullmatch(value.group(2)):
        return None
    match = value or (None if BARE_LABEL.fullmatch(bare) else _WORD.fullmatch(bare))
    if match is not None:
        start = text.index(bare)
        # An assignment's name is no part of its value.
        raw, start = (value.group(2), start + value.start(2)) if value else (bare, start)
    elif (match := LABELLED.search(text)) is not None:
        raw, start = match.group(1), match.start(1)
    elif (match := _LABELLED_DIGITS.fullmatch(text)) is not None and not is_checksum(match["name"]):
        raw, start = match["raw"], match.start("raw")
    else:
        return None
    found = value_of_no_form(text, start, start + len(raw))
    if found.flaw is not None:
        return found
    if _LAST_PARTS.fullmatch(raw):
        return found._replace(
            flaw=Flaw.CUT_OFF,
            reason="it is the end of a signed token without its beginning",
            remedy="Copy the whole token again; a signed token begins with eyJ.",
        )
    signed = _THREE_PARTS.fullmatch(raw) is not None and raw.startswith("EYJ")
    if _CAPITALS.match(raw) or (signed and raw == raw.upper()):
        return found._replace(
            flaw=Flaw.DAMAGED,
            reason="its letters were changed to capitals",
            remedy=KEEP_CASE,
        )
    if decode_word(raw) is not None:
        return found._replace(
            flaw=Flaw.DAMAGED,
            reason="it is a text in Base64, and no access token was found in it",
            remedy="Decode it, and paste the access token.",
        )
    if not _THREE_PARTS.fullmatch(raw):
        is_path = "://" in raw or raw.count("/") > _MANY_SLASHES
        return None if is_path and not is_of_form(raw, start) else found
    return _without_beginning(found)


def _without_beginning(found: OpaqueCredential) -> OpaqueCredential:
    """Return a text of a signed token's three parts with what is wrong with the first."""
    head = found.raw.partition(".")[0]
    if decode_segment(head) is not None:
        return found._replace(
            flaw=Flaw.DAMAGED,
            reason="its header names no algorithm (alg), which every signed token has",
            remedy="Copy the whole token again from where it was issued.",
        )
    if head.lower().startswith("eyj") and not head.startswith("eyJ"):
        flaw, reason, remedy = CAPITALS_LOST
        return found._replace(flaw=flaw, reason=reason, remedy=remedy)
    return found._replace(
        flaw=Flaw.DAMAGED,
        reason="it has a signed token's three parts, but its beginning is damaged",
        remedy="Copy the whole token again; a signed token begins with eyJ.",
    )


def describe_digits(raw: str) -> str:
    """Return a clause about a text in a form that many services' credentials have."""
    if _UUID.fullmatch(raw):
        return "a UUID"
    if _DIGITS.fullmatch(raw):
        return f"{len(raw)} hexadecimal digits"
    if _STUMP.fullmatch(raw):
        return (
            f"{len(raw)} hexadecimal digits, of which a part may be missing: such credentials "
            "have 32, 40 or 64"
        )
    return ""
