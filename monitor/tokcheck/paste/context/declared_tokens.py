"""Tokens of declared providers in a text: by their prefix, and followed over joints."""

import re
from collections.abc import Iterator
from functools import lru_cache

from tokcheck.core.credential import CredentialForm, Kind, ServiceForm
from tokcheck.core.lazy import LazyRegex, compile_cached
from tokcheck.paste.context.value_ends import is_enclosed
from tokcheck.paste.flaws import GLUED_BEHIND, MAY_GO_ON, plus_at
from tokcheck.paste.grammar import TOKEN_CHARS, USUAL_ENDS, joint_at
from tokcheck.paste.opaque_tokens import OpaqueToken, token_of
from tokcheck.paste.wrapping.foreign_character import flaw_behind
from tokcheck.paste.wrapping.other_text import begins_other_credential
from tokcheck.paste.wrapping.token_lines import BODY
from tokcheck.paste.wrapping.word_shapes import NO_WORD_BEFORE, is_random_line

# So many may be wrapped or too short; each takes long to read.
_MOST_READ = 256
# The signs that declared forms may have beside letters and digits.
_SIGNS = "_-.~+/=|:"
_NEXT_WORD = LazyRegex(r"(?:</?[A-Za-z][^<>\r\n]{0,60}>|[^A-Za-z0-9_-]){1,24}+([A-Za-z0-9_-]{8,})")
# Those of tokens with a prefix that may follow the first of several alternatives.
_CHARACTERS = TOKEN_CHARS | frozenset(_SIGNS)
_NAME = LazyRegex(r"[A-Za-z]{1,12}(?:[_-][A-Za-z]{1,12}){0,3}")
_REST = LazyRegex(r"[A-Za-z0-9_.~+/=|:-]{1,4096}+")
# A blank, and a mark with a break.
_JOINTS_OF_A_LINE = 2
# The end of a longer token than one of the usual length: a version and a checksum, as GitLab's has.
_LAST_SECTIONS = LazyRegex(
    r"(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{0,300}+\.[0-9]{2}\.[0-9a-z]{9}(?![A-Za-z0-9_-])"
)
_FAR = 300
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
        match = longest_match(whole, text, prefix.start())
        token = None
        if read < _MOST_READ and (match is None or not _has_fixed_end(whole, match)):
            read += 1
            token = _follow(text, prefix, match, form)
        elif match is not None:
            is_part = _has_rest(text, whole, match)
            token = _uncertain_token(match, form.kind) if is_part else _plain(match)
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
    following = text[end : end + 1]
    if form.kind is not Kind.ACCESS_TOKEN or (following in USUAL_ENDS and following != ":"):
        return end
    from tokcheck.paste.context.glued_behind import end_of_glued  # noqa: PLC0415 - seldom needed

    return end_of_glued(text, start, end, form)


def longest_match(pattern: re.Pattern[str], text: str, start: int) -> re.Match[str] | None:
    """Return the longest text that a form's expression describes at a place.

    The first of its alternatives may match less, as a repetition does that takes few.
    """
    match = pattern.match(text, start)
    if match is None or text[match.end() : match.end() + 1] not in _CHARACTERS:
        return match
    from tokcheck.paste.context.glued_behind import possible_ends  # noqa: PLC0415 - seldom needed

    ends = possible_ends(text, start, match.end())
    longer = (pattern.fullmatch(text, start, end) for end in ends)
    return next((each for each in longer if each is not None), match)


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


def stands_before_sections(text: str, raw: str, end: int, form: ServiceForm) -> bool:
    """Return whether the last sections of a longer token of the form follow behind other text."""
    pattern = _pattern_of(form.prefix, form.rest)
    if pattern.fullmatch(f"{raw}.0") is None:
        return False  # it has no sections
    for match in _LAST_SECTIONS.compiled.finditer(text, end, end + _FAR):
        if not match.group().startswith(form.prefix) and pattern.fullmatch(raw + match.group()):
            return True
    return False


def _has_fixed_end(whole: re.Pattern[str], match: re.Match[str]) -> bool:
    """Return whether a form lets no token continue behind this text."""
    return whole.fullmatch(f"{match.group()}0") is None


def _has_rest(text: str, whole: re.Pattern[str], match: re.Match[str]) -> bool:
    """Return whether the next line completes a longer one of the texts that a form describes."""
    stop = "." if text.startswith(".", match.end()) else ""
    end = at = match.end() + len(stop)
    for _ in range(_JOINTS_OF_A_LINE):
        joint = joint_at(text, at)
        at = at if joint is None else joint.end()
    rest = _REST.match(text, at) if at > end else None
    if rest is None or whole.fullmatch(f"{match.group()}{stop}{rest.group()}") is None:
        return False
    return not is_enclosed(text, *match.span())


def _follow(
    text: str, prefix: re.Match[str], match: re.Match[str] | None, form: ServiceForm
) -> OpaqueToken | None:
    """Return the token behind a prefix, of which the first piece may be all that ``match`` has."""
    body = _body_of(form.prefix, form.rest)
    start = prefix.start()
    piece = body.match(text, prefix.end())
    end = prefix.end() if piece is None else piece.end()
    if match is not None and match.end() > end:
        # A form that zeros do not have shows its signs by the token alone.
        body = _body_with(match.group() + "_-.")
        piece = body.match(text, prefix.end())
        end = prefix.end() if piece is None else piece.end()
    if piece is None:
        return None
    pattern = _pattern_of(form.prefix, form.rest).pattern
    token = token_of(text, start, end, CredentialForm(form.kind, (form.prefix,), pattern), body)
    if token is not None and token.unclear and not token.joints and is_whole(token.raw, form):
        unclear = _stands_before_random_line(text, token.end)
        unclear = unclear or stands_before_sections(text, token.raw, token.end, form)
        token = token._replace(unclear=unclear)
    if token is not None and token.unclear and not token.joints:
        token = token._replace(unclear=not is_enclosed(text, token.start, token.end))
    flaw = plus_at(text, token.end) if token is not None and token.flaw is None else None
    if token is not None and flaw is not None:
        token = token._replace(flaw=flaw[0], reason=flaw[1], remedy=flaw[2])
    if token is None:
        # With what follows, it has the form no more.
        return match and _token_before_other_text(text, match, form)
    if token.flaw is not None and form.kind is not Kind.ACCESS_TOKEN:
        # It is not sent, and refused for its kind.
        return token._replace(flaw=None, reason="", remedy="", unclear=True)
    return token


def _part_before_sign(text: str, prefix: re.Match[str], form: ServiceForm) -> OpaqueToken | None:
    """Return the part of a token behind a prefix that a character ends which no token has."""
    piece = _body_of(form.prefix, form.rest).match(text, prefix.end())
    end = prefix.end() if piece is None else piece.end()
    if text.startswith("=", end) and _NAME.fullmatch(text, prefix.end(), end):
        return None  # the name of a variable may begin as its token does: acme_token=acme_…
    flaw = flaw_behind(text, end) or plus_at(text, end)
    if flaw is None:
        return None
    return OpaqueToken(text[prefix.start() : end], prefix.start(), end, (), *flaw)


def _token_before_other_text(text: str, match: re.Match[str], form: ServiceForm) -> OpaqueToken:
    """Return the token that ``match`` is: what follows is none of it, as far as its form shows."""
    start, end = match.span()
    is_glued = end_of_glued_token(text, start, end, form) > end
    if is_glued or joint_at(text, end) is None or is_enclosed(text, start, end):
        return _plain(match)
    return _uncertain_token(match, form.kind)


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
