"""Opaque credentials of open length that have too little in their first line to have their form."""

from collections.abc import Iterator
from itertools import islice

from tokcheck.core.credential import CredentialForm, Flaw
from tokcheck.core.lazy import LazyRegex, compile_cached
from tokcheck.paste.grammar import PIECE, SEAM, glue_before
from tokcheck.paste.opaque_credentials.found_credential import (
    OpaqueCredential,
    doubt_of,
    follow_form,
    follow_on,
    with_damage,
)
from tokcheck.paste.opaque_tokens.token_flaws import doubt_behind
from tokcheck.paste.torn_prefix import TornPrefix
from tokcheck.paste.wrapping.token_lines import BREAKS
from tokcheck.paste.wrapping.word_shapes import is_irregular, is_random_line, looks_random

# No form of fixed length matches so many characters.
_LONG = 200
# The least of a wrapped credential in its first line.
_LEAST_PART = 14
_CONTINUES = "A part of it is missing: it may continue behind the characters that follow it."
# More of them in a paste add nothing but work.
_MOST_SHORT = 64
# So much in the next line shows that the first one is a part, however short.
_NEXT_PART = LazyRegex(r"(?:</?[A-Za-z][^<>\r\n]{0,60}>|[^A-Za-z0-9_-]){1,12}+([A-Za-z0-9_-]{6,})")


def wrapped_at(
    text: str, start: int, form: CredentialForm, provider: str
) -> OpaqueCredential | None:
    """Return the credential of open length that begins at ``start`` with a short first line."""
    anchor = next(anchor for anchor in form.anchors if text.startswith(anchor, start))
    piece = PIECE.match(text, start + len(anchor))
    pattern = compile_cached(form.pattern)
    if piece is None or form.reach or not pattern.fullmatch(anchor + "0" * _LONG):
        return None
    first = text[start : piece.end()]
    beginning = OpaqueCredential(first, start, piece.end(), (), form.kind, provider)
    found = follow_on(text, beginning)
    begun_body = found.raw[len(anchor) :]
    drawn = len(found.raw) >= _LEAST_PART and is_irregular(begun_body)
    together = with_next_part(text, begun_body, found.end)
    part = found.unclear and (drawn or (len(together) > _LEAST_PART and looks_random(together)))
    return found if part or pattern.fullmatch(found.raw) else None


def with_next_part(text: str, beginning: str, end: int) -> str:
    """Return the first line of a credential, and behind it what may be the next one."""
    behind = _NEXT_PART.match(text, end)
    return beginning + behind[1] if behind else beginning


def with_short_lines(
    text: str, form: CredentialForm, provider: str | None
) -> Iterator[OpaqueCredential]:
    """Yield the credentials of open length that have too little in their first line to match."""
    if provider is None:
        return
    for anchor in form.anchors:
        for start in islice(_places_of(text, anchor), _MOST_SHORT):
            is_long = compile_cached(form.pattern).match(text, start) is not None
            if not is_long and glue_before(text, start) is None:
                found = wrapped_at(text, start, form, provider)
                if found is not None:
                    yield _with_judgement(text, found, form)


def _places_of(text: str, word: str) -> Iterator[int]:
    at = text.find(word)
    while at >= 0:
        yield at
        at = text.find(word, at + len(word))


def torn_credentials(
    text: str, form: CredentialForm, provider: str | None
) -> Iterator[OpaqueCredential]:
    """Yield the credentials with one line break inside or behind their prefix.

    Only in front of random characters, such a text is a prefix.
    """
    if provider is None:
        return
    for anchor in form.anchors:
        for match in islice(TornPrefix(anchor).find_all(text), _MOST_SHORT):
            start, end = match.start, match.end
            gaps = match.seams(text)
            behind = compile_cached(SEAM).match(text, end)
            if behind is not None and BREAKS.search(behind.group()):
                gaps.append(behind.group())
                end = behind.end()
            joints = tuple(filter(None, gaps))
            if len(joints) != 1 or BREAKS.search(joints[0]) is None:
                continue
            first = PIECE.match(text, end)
            if first is None or not is_random_line(first.group()) or glue_before(text, start):
                continue
            joined = text[:start] + anchor + text[end:]
            found = _credential_at(joined, start, form, provider)
            if found is not None:
                found = _with_judgement(joined, found, form)
                moved = found.end + end - start - len(anchor)
                yield found._replace(end=moved, joints=joints + found.joints)


def _credential_at(
    text: str, start: int, form: CredentialForm, provider: str
) -> OpaqueCredential | None:
    """Return the credential with a plain prefix at ``start``."""
    match = compile_cached(form.pattern).match(text, start)
    if match is None:
        return wrapped_at(text, start, form, provider)
    found = OpaqueCredential(match.group(1), start, match.end(1), (), form.kind, provider)
    return follow_form(text, found, form)


def _with_judgement(text: str, found: OpaqueCredential, form: CredentialForm) -> OpaqueCredential:
    """Return a credential with what is wrong with it: a sign in it, a part that is missing."""
    damage = doubt_behind(text, found.end)
    if damage:
        return with_damage(found, damage)
    if found.unclear:
        return found._replace(flaw=Flaw.CUT_OFF, doubt=_CONTINUES)
    return found._replace(doubt=doubt_of(found.raw, form))
