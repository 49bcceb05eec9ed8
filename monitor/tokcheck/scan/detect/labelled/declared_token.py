"""Read a credential of a declared form at a place of a text, over joints and in any notation."""

import re
from functools import lru_cache
from typing import NamedTuple

from tokcheck.core.credential import ServiceForm
from tokcheck.core.lazy import LazyRegex, compile_cached
from tokcheck.paste.context.declared_tokens import is_whole
from tokcheck.paste.context.value_ends import ends_with_value
from tokcheck.paste.grammar import glue_before, joint_at
from tokcheck.paste.notations import signs
from tokcheck.paste.wrapping.continuation import FollowedToken, follow
from tokcheck.scan.detect.concatenation.opaque import join_opaque
from tokcheck.scan.detect.hit import ATTEMPT, REWRITING, Budget

# The characters of such credentials; one that is declared otherwise ends where its pattern does.
BODY = LazyRegex(r"(?:[A-Za-z0-9_~+/-]++|\.(?!\.))++")

# A sign of equality in quoted-printable, which ends as a word may.
_EQUALS = "=3D"


class DeclaredToken(NamedTuple):
    """A credential and its end in the text; ``unclear`` if it may continue there."""

    raw: str
    end: int
    unclear: bool = False


def read_prefixed(text: str, start: int, form: ServiceForm, budget: Budget) -> DeclaredToken | None:
    """Return the credential with its prefix, in any notation, at ``start``."""
    if glue_before(text, start) is not None and not text.startswith(_EQUALS, start - len(_EQUALS)):
        return None
    plain = None
    body = BODY.match(text, start)
    stop = start if body is None else body.end()
    if signs.FIRST.match(text, stop) is not None and budget.spend(ATTEMPT + REWRITING * len(text)):
        plain = signs.plain_text(text, start)
    base = text if plain is None else plain.text
    if not base.startswith(form.prefix, start):
        return None
    # The beginning of another one ends this one.
    following = base.find(form.prefix, start + 1)
    part = base if following < 0 else base[:following]
    found = read_value(part, start, form, budget)
    if found is None or plain is None:
        return found
    return found._replace(end=plain.place_of(found.end - 1) + 1)


# The characters of a piece, as programs that join pieces have them.
_PIECE = LazyRegex(r"[A-Za-z0-9_.-]++")


def join_prefixed(text: str, start: int, form: ServiceForm, budget: Budget) -> DeclaredToken | None:
    """Return the credential that a program puts together from the piece with its prefix."""
    piece = _PIECE.match(text, start)
    if piece is None or glue_before(text, start) is not None or not budget.spend(ATTEMPT):
        return None
    joined = join_opaque(text, start, piece.end(), budget)
    whole = None if joined is None else read_value(joined.text, 0, form, budget)
    if joined is None or whole is None or len(whole.raw) <= len(piece.group()):
        return None
    if not (joined.sure or is_whole(whole.raw, form)):
        return None
    return DeclaredToken(whole.raw, joined.end)


def read_value(text: str, start: int, form: ServiceForm, budget: Budget) -> DeclaredToken | None:
    """Return the credential of a form that begins at ``start``."""
    piece = BODY.match(text, start)
    if piece is None:
        return None
    pattern = _pattern_of(form.prefix, form.rest)
    first = piece.group()
    match = pattern.match(first)
    ends_itself = match is not None and (
        match.end() < len(first) or pattern.fullmatch(f"{first}0") is None
    )
    continues = not (ends_itself or budget.is_spent) and joint_at(text, piece.end()) is not None
    if not continues or not budget.spend(ATTEMPT):
        return None if match is None else _plain(match.group(), start)
    followed = follow(text, start, piece.end(), first, BODY)
    raw = "".join(followed.pieces)
    whole = pattern.match(raw)
    if whole is None or len(whole.group()) < len(first):
        return None if match is None else _plain(match.group(), start)
    if whole.end() < len(raw):
        return DeclaredToken(whole.group(), _place_of(followed, start, whole.end()))
    complete = pattern.fullmatch(f"{raw}0") is None or is_whole(raw, form)
    if len(followed.pieces) == 1:
        unclear = followed.unclear and not complete
        return _plain(raw, start)._replace(
            unclear=unclear and not ends_with_value(text, start, piece.end())
        )
    return DeclaredToken(raw, followed.end, followed.unclear and not complete)


@lru_cache(maxsize=256)
def _pattern_of(prefix: str, rest: str) -> re.Pattern[str]:
    return compile_cached(f"(?:{re.escape(prefix)})(?:{rest})")


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
