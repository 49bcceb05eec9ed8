"""Read a credential of a declared form at a place of a text, over joints and in any notation."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from tokcheck.core.credential import KnownService, ServiceForm
from tokcheck.core.lazy import LazyRegex, compile_cached
from tokcheck.paste.context.declared_tokens import (
    end_of_glued_token,
    is_whole,
    longest_match,
    stands_before_sections,
)
from tokcheck.paste.context.value_ends import ends_with_value
from tokcheck.paste.flaws import plus_at
from tokcheck.paste.grammar import glue_before, joint_at
from tokcheck.paste.notations import signs
from tokcheck.paste.opaque_credentials.found_credential import QUOTED_EQUALS
from tokcheck.paste.opaque_tokens.token_flaws import mark_flaw
from tokcheck.paste.wrapping.continuation import FollowedToken, follow
from tokcheck.paste.wrapping.foreign_character import flaw_behind
from tokcheck.paste.wrapping.openings import repeated_marks
from tokcheck.scan.detect.concatenation.opaque import join_opaque
from tokcheck.scan.detect.hit import ATTEMPT, REWRITING, Budget, Hit
from tokcheck.scan.detect.labelled.wrapped_parts import part_in_lines

# The characters of such credentials.
BODY = LazyRegex(r"(?:[A-Za-z0-9_~+/-]++|\.(?!\.))++")

# Signs that only some forms have: one that is declared with them ends where its pattern does.
_OWN_SIGNS = ("=", "|", ":")

# The least number of characters behind a prefix that are more than a word.
_LEAST_PART = 8

# An element of a document behind a piece.
_TAG = LazyRegex(r"</?[A-Za-z][^<>\r\n]{0,80}>\s{0,80}[<A-Za-z0-9_-]")

# Codes for a terminal at a line's end.
_ESCAPE = LazyRegex(r"(?:\x1b\[[0-9;?]{0,12}[A-Za-z]){1,8}[ \t]{0,8}[\r\n]")

# How a signed token begins.
_SIGNED = "eyJhbGci"


class DeclaredToken(NamedTuple):
    """A credential and its end in the text; ``unclear`` if it may continue there.

    If it ``is_glued``, other characters are glued to its end, and are a part of it here.
    """

    raw: str
    end: int
    unclear: bool = False
    is_glued: bool = False


def hit_of(
    start: int, end: int, token: DeclaredToken, form: ServiceForm, service: KnownService
) -> Hit:
    """Return the hit of a credential; its places are in bytes."""
    words = form.words if form.prefix else ""
    return Hit(
        start,
        end,
        token.raw,
        form.kind,
        service.provider or None,
        fragment=token.unclear,
        service=words,
    )


def read_prefixed(text: str, start: int, form: ServiceForm, budget: Budget) -> DeclaredToken | None:
    """Return the credential with its prefix, in any notation, at ``start``."""
    if glue_before(text, start) is not None and not text.endswith(QUOTED_EQUALS, 0, start):
        return None
    plain = None
    body = BODY.match(text, start)
    stop = start if body is None else body.end()
    if signs.FIRST.match(text, stop) is not None and budget.spend(ATTEMPT + REWRITING * len(text)):
        plain = signs.plain_text(text, start)
    base = text if plain is None else plain.text
    if not base.startswith(form.prefix, start):
        return None
    # The beginning of another one ends this one; letters alone may be a part of it.
    following = -1 if form.prefix.isalnum() else base.find(form.prefix, start + 1)
    part = base if following < 0 else base[:following]
    found = read_value(part, start, form, budget)
    if found is not None and not found.unclear:
        found = _with_glued(part, start, found, form)
        doubtful = mark_flaw(base, start, found.raw) is not None
        doubtful = doubtful or found.unclear
        found = found._replace(unclear=doubtful or _continues_behind_sign(base, found, form))
    if found is None or found.unclear:
        is_part = found is None
        found = _between_marks(part, start, form, budget, is_part=is_part) or found
    if found is None:
        found = _broken_by_sign(part, start, form)
    if found is None or plain is None:
        return found
    return found._replace(end=plain.place_of(found.end - 1) + 1)


def read_one_of(
    text: str,
    start: int,
    forms: Iterable[tuple[ServiceForm, KnownService]],
    budget: Budget,
) -> tuple[DeclaredToken, ServiceForm, KnownService] | None:
    """Return the credential that has one of the forms at ``start``, a whole one before a part."""
    first = None
    for form, service in forms:
        read = read_prefixed if service.provider else read_service
        token = read(text, start, form, budget)
        if token is not None and not token.is_glued:
            return token, form, service
        if token is not None and first is None:
            first = token, form, service
    return first or _read_part(text, start, forms, budget)


def _read_part(
    text: str, start: int, forms: Iterable[tuple[ServiceForm, KnownService]], budget: Budget
) -> tuple[DeclaredToken, ServiceForm, KnownService] | None:
    """Return the part of a wrapped credential of which the first line is too short for its form."""
    for form, service in forms:
        part = part_in_lines(text, start, form) if budget.spend(ATTEMPT) else None
        if part is not None:
            return DeclaredToken(*part, unclear=True), form, service
    return None


def _with_glued(text: str, start: int, found: DeclaredToken, form: ServiceForm) -> DeclaredToken:
    """Return a credential with the characters that are glued to its end."""
    end = end_of_glued_token(text, start, found.end, form)
    # A signed token is a finding of its own.
    signed = text.find(_SIGNED, found.end, end)
    end = end if signed < 0 else signed
    if end == found.end:
        return found
    raw = found.raw + text[found.end : end]
    return DeclaredToken(raw, end, unclear=True, is_glued=True)


def _between_marks(
    text: str, start: int, form: ServiceForm, budget: Budget, *, is_part: bool
) -> DeclaredToken | None:
    """Return the credential of which each piece is in a cell or an element of its own."""
    if not budget.spend(ATTEMPT):
        return None
    unmarked = repeated_marks.unmarked_at(text, start, is_part=is_part)
    if unmarked is None:
        return None
    budget.spend(REWRITING * len(text))
    plain = unmarked[0]
    found = read_value(plain.text, start, form, budget)
    if found is None or found.unclear:
        return None
    return found._replace(end=plain.place_of(found.end - 1) + 1)


def read_service(text: str, start: int, form: ServiceForm, budget: Budget) -> DeclaredToken | None:
    """Return the token with its prefix of a service without a declaration.

    Some have characters that end every other credential.
    """
    token = read_prefixed(text, start, form, budget)
    plain = _pattern_of(form.prefix, form.rest).match(text, start)
    if plain is None or (token is not None and len(plain.group()) <= len(token.raw)):
        return token
    longer = _plain(plain.group(), start)
    return longer._replace(unclear=mark_flaw(text, start, longer.raw) is not None)


def _continues_behind_sign(text: str, token: DeclaredToken, form: ServiceForm) -> bool:
    """Return whether a credential continues behind a character that none has."""
    if _pattern_of(form.prefix, form.rest).fullmatch(f"{token.raw}0") is None:
        return False  # its form shows its end
    if flaw_behind(text, token.end) is not None:
        return True
    return plus_at(text, token.end) is not None and not is_whole(token.raw, form)


def _broken_by_sign(text: str, start: int, form: ServiceForm) -> DeclaredToken | None:
    """Return the part of a credential in front of one character that none has.

    Both parts together are as long as a credential of the form.
    """
    part = _PIECE.match(text, start)
    if part is None or len(part.group()) < len(form.prefix) + _LEAST_PART:
        return None
    end = part.end()
    if flaw_behind(text, end) is None and plus_at(text, end) is None:
        return None
    following = _PIECE.match(text, end + 1)
    whole = part.group() + ("" if following is None else following.group())
    if _pattern_of(form.prefix, form.rest).match(whole) is None:
        return None
    return DeclaredToken(part.group(), end, unclear=True)


# The characters of a piece, as programs that join pieces have them.
_PIECE = LazyRegex(r"[A-Za-z0-9_.-]++")


def join_prefixed(text: str, start: int, form: ServiceForm, budget: Budget) -> DeclaredToken | None:
    """Return the credential that a program puts together from the piece with its prefix."""
    piece = _PIECE.match(text, start)
    if piece is None or glue_before(text, start) is not None or not budget.spend(ATTEMPT):
        return None
    joined = join_opaque(text, start, piece.end(), budget)
    whole = None if joined is None else read_value(joined.text, joined.start, form, budget)
    if joined is None or whole is None or len(whole.raw) <= len(piece.group()):
        return None
    fixed = _pattern_of(form.prefix, form.rest).fullmatch(f"{whole.raw}0") is None
    if not (joined.sure or fixed or is_whole(whole.raw, form)):
        return None
    return DeclaredToken(whole.raw, joined.end, whole.unclear and not joined.ends)


def read_value(text: str, start: int, form: ServiceForm, budget: Budget) -> DeclaredToken | None:
    """Return the credential of a form that begins at ``start``."""
    piece = BODY.match(text, start)
    pattern = _pattern_of(form.prefix, form.rest)
    sign_at = start if piece is None else piece.end()
    if text[sign_at : sign_at + 1] in _OWN_SIGNS:
        declared = longest_match(pattern, text, start)
        if declared is not None and declared.end() > sign_at:
            return _plain(declared.group(), start)
    if piece is None:
        return None
    first = piece.group()
    match = longest_match(pattern, first, 0)
    ends_itself = match is not None and (
        match.end() < len(first) or pattern.fullmatch(f"{first}0") is None
    )
    continues = not (ends_itself or budget.is_spent) and (
        joint_at(text, piece.end()) is not None
        or (_TAG.match(text, piece.end()) or _ESCAPE.match(text, piece.end())) is not None
    )
    if not continues or not budget.spend(ATTEMPT):
        return None if match is None else _plain(match.group(), start)
    followed = follow(text, start, piece.end(), first, BODY)
    raw = "".join(followed.pieces)
    whole = longest_match(pattern, raw, 0)
    if whole is None or len(whole.group()) < len(first):
        return None if match is None else _plain(match.group(), start)
    if whole.end() < len(raw):
        return DeclaredToken(whole.group(), _place_of(followed, start, whole.end()))
    complete = pattern.fullmatch(f"{raw}0") is None or (
        is_whole(raw, form) and not stands_before_sections(text, raw, followed.end, form)
    )
    if len(followed.pieces) == 1:
        unclear = followed.unclear and not complete
        return _plain(raw, start)._replace(
            unclear=unclear and not ends_with_value(text, start, piece.end())
        )
    return DeclaredToken(raw, followed.end, followed.unclear and not complete)


@lru_cache(maxsize=256)
def _pattern_of(prefix: str, rest: str) -> re.Pattern[str]:
    return compile_cached(f"(?a:{re.escape(prefix)}(?:{rest}))")


def _plain(raw: str, start: int) -> DeclaredToken:
    raw = raw.rstrip(".")
    return DeclaredToken(raw, start + len(raw))


def _place_of(followed: FollowedToken, start: int, length: int) -> int:
    """Return where a token that begins at ``start`` ends if it has so many characters."""
    at = start
    for piece, joint in zip(followed.pieces, (*followed.joints, ""), strict=True):
        if length <= len(piece):
            return at + length
        length -= len(piece)
        at += len(piece) + len(joint)
    return followed.end
