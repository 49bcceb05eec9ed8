"""Opaque access tokens in a text: found by their prefix, and followed over the joints in them.

Nothing in such a token marks its end. So a joint is followed only where what stands behind
it can hardly be anything but the rest: inside quotation marks that opened in front of the token,
behind the operator of a string literal that continues, or where it looks as random as a token does.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from tokcheck.core.credential import CredentialForm, Flaw
from tokcheck.core.lazy import LazyRegex, compile_cached
from tokcheck.paste.flaws import (
    CAPITALS_LOST,
    COPY_AGAIN,
    DELETE_LEFTOVERS,
    SHORTENED,
    hyphen_became,
)
from tokcheck.paste.grammar import (
    BLANK,
    BREAK,
    DASHES,
    ELLIPSIS,
    ENDING,
    JOINT,
    QUOTES,
    SEAM,
    TOKEN_CHARS,
    emphasis,
    glue_before,
    is_key,
    is_option,
)
from tokcheck.paste.placeholders import NAMES

BODY = LazyRegex(r"(?:[A-Za-z0-9_-]++|\.(?!\.))++")
# The beginning of another credential, which never continues a token.
_OTHER = LazyRegex(r"eyJ|ya29\.|\AGOCSPX-|\AAIza|\A1//0|\.apps\.googleusercontent\.")
_LAST_ON_ITS_LINE = LazyRegex(rf"{BLANK}*+(?:\Z|{BREAK}|[{QUOTES}\\^,;)\]}}])")
_LOOSE = LazyRegex(r"[\s\"'`]*+\Z")
_WORD = LazyRegex(r"[A-Za-z]?[a-z]{3,}+\.?|[A-Z]{4,}+\.?")
# The marks of shells and mail for a line that continues.
_CONTINUED = LazyRegex(r"[\\^`=][\r\n]")
# A rest this long is judged by its characters alone.
_LEAST_LINE = 20
# Google's tokens have at most 2,048 characters.
_LONGEST = 4096
_LINE = 200
# What joins two string literals, and what only stands between them.
_OPERATORS = frozenset({"+", "&", ".", "||", "..", "++", "<>", "~"})
_SEPARATORS = frozenset({",", ";"})


class FollowedToken(NamedTuple):
    """A token's pieces, the joints between them, and the end of the last piece."""

    pieces: list[str]
    joints: tuple[str, ...]
    end: int


def follow(text: str, start: int, end: int, first: str) -> FollowedToken:
    """Follow the token that begins at ``start``, whose ``first`` piece ends at ``end``."""
    joints: list[str] = []
    pieces = [first]
    quoted: int | None = None
    while end - start < _LONGEST and (joint := JOINT.match(text, end)):
        piece = BODY.match(text, joint.end())
        if piece is None or _is_other_text(text, joint, piece):
            break
        if quoted is None:
            quoted = _end_of_quoted(text, end, _open_quote(text, start))
        if piece.end() > quoted and not _continues(text, joint, piece, pieces):
            break
        pieces.append(piece.group())
        joints.append(joint.group())
        end = piece.end()
    return FollowedToken(pieces, tuple(joints), end)


def _open_quote(text: str, start: int) -> str:
    """Return the quotation mark that opened on the token's line and is not closed before it."""
    before = re.split(r"[\r\n]", text[max(0, start - _LINE) : start])[-1]
    marks = [character for character in before if character in "\"'`"]
    if not marks:
        return ""
    return marks[-1] if marks.count(marks[-1]) % 2 else ""


def _end_of_quoted(text: str, end: int, quote: str) -> int:
    """Return how far the lines of one quoted text reach that can only be the token."""
    until = -1
    last = end + _LONGEST
    while quote and end < last and (joint := JOINT.match(text, end)):
        piece = None if joint.lastgroup == "literal" else BODY.match(text, joint.end())
        plain = joint.lastgroup == "blank" and piece and not _looks_random(piece.group())
        if piece is None or plain or _is_other_text(text, joint, piece):
            break
        end = piece.end()
        if text[end : end + 4].lstrip("\\^").startswith(quote):
            until = end
    return until


def _is_other_text(text: str, joint: re.Match[str], piece: re.Match[str]) -> bool:
    """Return whether a piece is another credential, an option, or a list's bullet."""
    word = piece.group()
    if _OTHER.search(word) or is_option(joint, piece):
        return True
    return not word.strip("-") and text[piece.end() : piece.end() + 1].isspace()


def _continues(
    text: str,
    joint: re.Match[str],
    piece: re.Match[str],
    pieces: list[str],
) -> bool:
    """Return whether a piece that no quotation marks hold is the rest of the token."""
    if joint.lastgroup == "invisible":
        return True
    if joint.lastgroup == "literal":
        if is_key(joint, piece) or not ENDING.match(text, piece.end()):
            return False
        sign = joint["sign"] or joint["late"] or ""
        if sign in _OPERATORS or sign in _SEPARATORS:
            return sign in _OPERATORS
    elif _CONTINUED.match(joint.group()):
        return True
    elif not _LAST_ON_ITS_LINE.match(text, piece.end()):
        return False
    rest = piece.group()
    if len(rest) >= _LEAST_LINE:
        return _looks_random(rest) and rest != rest.lower()
    return joint.lastgroup != "blank" and _is_next_line(text, joint, piece, pieces)


def _is_next_line(text: str, joint: re.Match[str], piece: re.Match[str], pieces: list[str]) -> bool:
    """Return whether a short line is one of a wrapped token's."""
    rest = piece.group()
    if len(rest) == len(pieces[-1]):
        return True
    # Only the last of the wrapped lines is shorter; the first may begin with other text.
    many = len(pieces) > 1
    ended = len(pieces) > 2 and len(pieces[-1]) < len(pieces[-2])  # noqa: PLR2004 - two whole lines
    if ended or len(rest) > len(pieces[-1]):
        return False
    if _looks_random(rest) or (many and joint.lastgroup == "literal"):
        return True
    alone = _LOOSE.match(text, piece.end()) is not None
    return (many or alone) and not _WORD.fullmatch(rest)


def _looks_random(piece: str) -> bool:
    """Return whether characters look drawn by lot: a digit among letters, or a capital inside."""
    digits = any(character.isdigit() for character in piece)
    letters = any(character.isalpha() for character in piece)
    return (digits and letters) or re.search("[a-z][A-Z]|[A-Z][A-Z][a-z]", piece) is not None


# How a signed token begins; four characters less would also occur by chance.
_SIGNED = "eyJhbGci"


class OpaqueToken(NamedTuple):
    """An opaque access token: its text, where it stands, its joints, and what is wrong with it."""

    raw: str
    start: int
    end: int
    joints: tuple[str, ...]
    flaw: Flaw | None = None
    reason: str = ""
    remedy: str = ""


def find(text: str, form: CredentialForm, *, torn: bool) -> Iterator[OpaqueToken]:
    """Yield what a form describes; with ``torn``, also where a joint stands in its prefix."""
    found = False
    for anchor in form.anchors:
        for item in _find_plain(text, form, anchor):
            found = True
            yield item
    if torn and not found:
        for anchor in form.anchors:
            seamed = compile_cached(SEAM.join(f"({re.escape(character)})" for character in anchor))
            for match in seamed.finditer(text):
                yield from _read_seamed(text, form, anchor, match)


def token_at(text: str, start: int, form: CredentialForm) -> OpaqueToken | None:
    """Return the token that begins at ``start``, even with characters glued to its beginning."""
    anchor = form.anchors[0]
    body = BODY.match(text, start + len(anchor)) if text.startswith(anchor, start) else None
    if body is None:
        return None
    return _diagnose(text, (start, body.end()), text[start : body.end()], (), form, None)


def _find_plain(text: str, form: CredentialForm, anchor: str) -> Iterator[OpaqueToken]:
    whole_until = -1
    token_at = text.find(anchor)
    while token_at >= 0:
        end = token_at + len(anchor)
        following = text.find(anchor, end)
        # The beginning of another token ends this one.
        body = BODY.match(text, end, following if following >= 0 else len(text))
        if body is not None:
            end = body.end()
            mark = emphasis(text, token_at)
            if mark and text[token_at:end].rstrip(".").endswith(mark):
                end = token_at + len(text[token_at:end].rstrip(".").removesuffix(mark))
        glue = None if token_at == whole_until else glue_before(text, token_at)
        item = _diagnose(text, (token_at, end), text[token_at:end], (), form, glue)
        if item is not None:
            if item.flaw is None and not item.joints:
                whole_until = item.end
            yield item
        token_at = following


def _read_seamed(
    text: str, form: CredentialForm, anchor: str, match: re.Match[str]
) -> Iterator[OpaqueToken]:
    """Read a token whose prefix holds joints."""
    ends = [match.end(group) for group in range(1, len(anchor) + 1)]
    starts = [match.start(group) for group in range(2, len(anchor) + 1)]
    seams = tuple(text[end:start] for end, start in zip(ends, starts, strict=False) if end < start)
    body = BODY.match(text, match.end())
    end = body.end() if body else match.end()
    piece = anchor + (body.group() if body else "")
    item = _diagnose(
        text, (match.start(), end), piece, seams, form, glue_before(text, match.start())
    )
    if item is not None:
        yield item


def _diagnose(
    text: str,
    span: tuple[int, int],
    piece: str,
    seams: tuple[str, ...],
    form: CredentialForm,
    glue: str | None,
) -> OpaqueToken | None:
    """Follow a token from its first piece on, and diagnose its flaw."""
    start, end = span
    shown = piece.rstrip(".") if len(piece) > len(form.anchors[0]) else piece
    pieces, joints, stop = follow(text, start, end - len(piece) + len(shown), shown)
    raw = "".join(pieces).rstrip(".")
    ellipsis = ELLIPSIS.match(text, stop)
    if raw == form.anchors[0].rstrip(".") and (ellipsis or text.startswith("...", stop - 1)):
        return OpaqueToken(raw, start, stop, (), *SHORTENED)
    if compile_cached(form.pattern).fullmatch(raw) is None:
        return None
    found = OpaqueToken(raw, start, stop, seams + joints)
    name = NAMES.search(raw) or (NAMES.search(glue) if glue else None)
    if ellipsis and ellipsis.group() != emphasis(text, start):
        return OpaqueToken(raw, start, stop, found.joints, *SHORTENED)
    if name is not None:
        return found._replace(
            flaw=Flaw.DAMAGED,
            reason=f"the placeholder {name.group()} is glued to it",
            remedy="Delete the placeholder, or copy the token again.",
        )
    if glue is not None:
        return found._replace(
            flaw=Flaw.DAMAGED,
            reason="other characters are glued to its beginning",
            remedy=DELETE_LEFTOVERS,
        )
    if _SIGNED in raw:
        return found._replace(
            flaw=Flaw.DAMAGED, reason="another token is glued to its end", remedy=DELETE_LEFTOVERS
        )
    if text[stop : stop + 1] in DASHES and text[stop + 1 : stop + 2] in TOKEN_CHARS:
        return OpaqueToken(*found[:4], *hyphen_became(text[stop]))
    if len(raw) >= form.shortest and raw == raw.lower():
        return OpaqueToken(*found[:4], *CAPITALS_LOST)
    if len(raw) < form.shortest:
        return found._replace(
            flaw=Flaw.CUT_OFF,
            reason=f"it has only {len(raw)} characters, far fewer than a complete one",
            remedy=COPY_AGAIN,
        )
    return found
