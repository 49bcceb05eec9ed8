"""Tokens of declared providers in a text: by their prefix, and followed over joints."""

import re
from collections.abc import Iterator
from functools import lru_cache

from tokcheck.core.credential import CredentialForm, Kind, ServiceForm
from tokcheck.core.lazy import LazyRegex, compile_cached
from tokcheck.paste.flaws import GLUED_BEHIND, MAY_GO_ON, plus_at
from tokcheck.paste.grammar import USUAL_ENDS
from tokcheck.paste.opaque_tokens import OpaqueToken, token_of
from tokcheck.paste.wrapping.foreign_character import flaw_behind
from tokcheck.paste.wrapping.other_text import begins_other_credential
from tokcheck.paste.wrapping.token_lines import BODY
from tokcheck.paste.wrapping.word_shapes import NO_WORD_BEFORE, is_random_line

# So many may be wrapped or too short; each takes long to read.
_MOST_READ = 256
# Those of the signs that the declared forms may have beside letters and digits.
_SIGNS = "_-.~+/"
_NEXT_WORD = LazyRegex(r"(?:</?[A-Za-z][^<>\r\n]{0,60}>|[^A-Za-z0-9_-]){1,24}+([A-Za-z0-9_-]{8,})")
# No token of a declared form is shorter, and a body of zeros has most forms at one of these.
_LENGTHS = (*range(8, 130, 2), 255, 510)


def find(text: str, form: ServiceForm) -> Iterator[OpaqueToken]:
    """Yield the tokens of a form with a prefix; one of open length is followed to its end."""
    whole = _pattern_of(form.prefix, form.rest)
    beginning = compile_cached(rf"{NO_WORD_BEFORE}{re.escape(form.prefix)}")
    until = read = 0
    for prefix in beginning.finditer(text):
        if prefix.start() < until:
            continue
        match = whole.match(text, prefix.start())
        token = None
        if read < _MOST_READ and (match is None or not _has_fixed_end(whole, match)):
            read += 1
            token = _follow(text, prefix, match, form)
        elif match is not None:
            token = _plain(match)
        token = token or _part_before_sign(text, prefix, form)
        if token is not None:
            token = _with_glued(text, token, form)
            until = token.end
            yield token


def _with_glued(text: str, token: OpaqueToken, form: ServiceForm) -> OpaqueToken:
    """Return a token that is sent as damaged, with the characters that are glued to its end."""
    end = end_of_glued_token(text, token.start, token.end, form)
    if token.flaw is not None or end == token.end:
        return token
    flaw, reason, remedy = GLUED_BEHIND
    return token._replace(
        raw=token.raw + text[token.end : end], end=end, flaw=flaw, reason=reason, remedy=remedy
    )


def end_of_glued_token(text: str, start: int, end: int, form: ServiceForm) -> int:
    """Return where what is glued to an access token ends, which so is not of the form.

    It is ``end`` if nothing is, and for credentials that are refused for their kind.
    """
    if form.kind is not Kind.ACCESS_TOKEN or text[end : end + 1] in USUAL_ENDS:
        return end
    from tokcheck.paste.context.glued_behind import (  # noqa: PLC0415 - seldom needed
        end_of_glued,
    )

    return end_of_glued(text, start, end)


def is_whole(raw: str, form: ServiceForm) -> bool:
    """Return whether a token of this text has the length that shows that nothing is missing."""
    if not form.whole:
        return False
    return _pattern_of(form.prefix, form.whole).fullmatch(raw) is not None


def _pattern_of(prefix: str, rest: str) -> re.Pattern[str]:
    """Return the pattern of a form's tokens, which have letters of ASCII alone."""
    return compile_cached(f"(?a:{re.escape(prefix)}(?:{rest}))")


def _stands_before_random_line(text: str, end: int) -> bool:
    """Return whether the next word is one that chance has drawn, as a longer token's next line."""
    word = _NEXT_WORD.match(text, end)
    if word is None or begins_other_credential(text, word.start(1), word[1]):
        return False
    return is_random_line(word[1])


def _has_fixed_end(whole: re.Pattern[str], match: re.Match[str]) -> bool:
    """Return whether a form lets no token continue behind this text."""
    return whole.fullmatch(f"{match.group()}0") is None


def _follow(
    text: str, prefix: re.Match[str], match: re.Match[str] | None, form: ServiceForm
) -> OpaqueToken | None:
    """Return the token behind a prefix, of which the first piece may be all that ``match`` has."""
    body = _body_of(form.prefix, form.rest)
    start = prefix.start()
    piece = body.match(text, prefix.end())
    end = prefix.end() if piece is None else piece.end()
    if match is not None and match.end() > end:
        if text[end] not in _SIGNS:
            return _plain(match)  # it has characters that no other credential has
        # A form that zeros do not have shows its signs by the token alone.
        body = _body_with(match.group() + "_-.")
        piece = body.match(text, prefix.end())
        end = prefix.end() if piece is None else piece.end()
    if piece is None:
        return None
    pattern = _pattern_of(form.prefix, form.rest).pattern
    token = token_of(text, start, end, CredentialForm(form.kind, (form.prefix,), pattern), body)
    if token is not None and token.unclear and not token.joints and is_whole(token.raw, form):
        token = token._replace(unclear=_stands_before_random_line(text, token.end))
    flaw = plus_at(text, token.end) if token is not None and token.flaw is None else None
    if token is not None and flaw is not None:
        token = token._replace(flaw=flaw[0], reason=flaw[1], remedy=flaw[2])
    if token is None:
        # With what follows, it has the form no more.
        return None if match is None else _uncertain_token(match, form.kind)
    if token.flaw is not None and form.kind is not Kind.ACCESS_TOKEN:
        # It is not sent, and refused for its kind.
        return token._replace(flaw=None, reason="", remedy="", unclear=True)
    return token


def _part_before_sign(text: str, prefix: re.Match[str], form: ServiceForm) -> OpaqueToken | None:
    """Return the part of a token behind a prefix that a character ends which no token has."""
    piece = _body_of(form.prefix, form.rest).match(text, prefix.end())
    end = prefix.end() if piece is None else piece.end()
    flaw = flaw_behind(text, end) or plus_at(text, end)
    if flaw is None:
        return None
    return OpaqueToken(text[prefix.start() : end], prefix.start(), end, (), *flaw)


def _uncertain_token(match: re.Match[str], kind: Kind) -> OpaqueToken:
    token = _plain(match)._replace(unclear=True)
    if kind is not Kind.ACCESS_TOKEN:
        return token
    flaw, reason, remedy = MAY_GO_ON
    return token._replace(flaw=flaw, reason=reason, remedy=remedy)


def _plain(match: re.Match[str]) -> OpaqueToken:
    raw = match.group().rstrip(".")
    return OpaqueToken(raw, match.start(), match.start() + len(raw), ())


@lru_cache(maxsize=256)
def _body_of(prefix: str, rest: str) -> LazyRegex | re.Pattern[str]:
    """Return a pattern of the characters of a form's tokens: signs end those that have none."""
    whole = _pattern_of(prefix, rest)
    texts = (prefix + "0" * length for length in _LENGTHS)
    sample = next((text for text in texts if whole.fullmatch(f"{text}00")), None)
    if sample is None:
        return BODY
    return _body_with("".join(sign for sign in _SIGNS if whole.fullmatch(f"{sample}{sign}0")))


def _body_with(signs: str) -> re.Pattern[str]:
    """Return a pattern of letters, digits, and those of the usual signs that are among these."""
    signs = "".join(sign for sign in _SIGNS if sign in signs)
    letters = re.escape("".join(sign for sign in signs if sign != "."))
    dots = r"|\.(?!\.)" if "." in signs else ""
    return compile_cached(rf"(?:[A-Za-z0-9{letters}]++{dots})++")
