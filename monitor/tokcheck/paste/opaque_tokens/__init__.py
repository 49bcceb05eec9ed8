"""Opaque access tokens in a text: found by their prefix, and followed over the joints in them."""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from tokcheck.core.credential import CredentialForm, Flaw
from tokcheck.core.lazy import LazyRegex, compile_cached
from tokcheck.paste.flaws import (
    GLUED_PROMPT,
    SHORTENED,
    odd_letter_at,
)
from tokcheck.paste.grammar import (
    ELLIPSIS,
    closing_mark,
    glue_before,
    mark_at_end,
)
from tokcheck.paste.opaque_tokens.token_flaws import diagnose_flaw, prompt_at
from tokcheck.paste.torn_prefix import PrefixMatch, TornPrefix
from tokcheck.paste.wrapping.token_lines import BODY, BREAKS, LINE, Lines

# A paste has hardly so many parts of tokens; each takes long to read.
_MOST_FLAWED = 1024


class OpaqueToken(NamedTuple):
    """An opaque access token: its text, where it stands, its joints, and what is wrong with it.

    ``unclear`` is whether it may continue in the next line.
    """

    raw: str
    start: int
    end: int
    joints: tuple[str, ...]
    flaw: Flaw | None = None
    reason: str = ""
    remedy: str = ""
    unclear: bool = False


def find(text: str, form: CredentialForm, *, torn: bool) -> Iterator[OpaqueToken]:
    """Yield what a form describes; with ``torn``, also where a joint stands in its prefix."""
    found = False
    for anchor in form.anchors:
        for item in _find_plain(text, form, anchor):
            found = True
            yield item
    if torn and not found:
        for anchor in form.anchors:
            yield from _find_torn(text, form, anchor)


def token_at(text: str, start: int, form: CredentialForm) -> OpaqueToken | None:
    """Return the token that begins at ``start``, even with characters glued to its beginning."""
    anchor = form.anchors[0]
    body = BODY.match(text, start + len(anchor)) if text.startswith(anchor, start) else None
    if body is None:
        return None
    return _diagnose(text, _FirstPiece(start, body.end(), text[start : body.end()]), form, None)


def token_of(
    text: str, start: int, end: int, form: CredentialForm, body: LazyRegex | re.Pattern[str] = BODY
) -> OpaqueToken | None:
    """Return the token that begins there; ``body`` matches a token's characters."""
    first = _FirstPiece(start, end, text[start:end])
    return _diagnose(text, first, form, glue_before(text, start), body)


def _find_plain(text: str, form: CredentialForm, anchor: str) -> Iterator[OpaqueToken]:
    whole_until = -1
    flawed = 0
    token_at = text.find(anchor)
    while token_at >= 0:
        end = token_at + len(anchor)
        following = text.find(anchor, end)
        # The beginning of another token ends this one.
        body = BODY.match(text, end, following if following >= 0 else len(text))
        if body is not None:
            end = body.end()
        if flawed >= _MOST_FLAWED and end - token_at < form.shortest:
            # One more that is wrapped or cut so early adds nothing but work.
            token_at = following
            continue
        glue = None if token_at == whole_until else glue_before(text, token_at)
        item = _diagnose(text, _FirstPiece(token_at, end, text[token_at:end]), form, glue)
        if item is not None:
            if item.flaw is None and not item.joints:
                whole_until = item.end
            flawed += item.flaw is not None
            yield item
        token_at = following


def torn_token_at(text: str, start: int, form: CredentialForm) -> OpaqueToken | None:
    """Return the token that begins at ``start`` with a joint in its prefix or behind that."""
    for anchor in form.anchors:
        prefix = TornPrefix(anchor)
        match = prefix.match(text, start)
        if match is not None:
            return _torn_token(text, match, prefix.search(text, match.end), form)
    return None


def _find_torn(text: str, form: CredentialForm, anchor: str) -> Iterator[OpaqueToken]:
    """Yield the tokens with joints in their prefix."""
    # The beginning of another token ends one, so that no text is read twice.
    for match, following in pairwise((*TornPrefix(anchor).find_all(text), None)):
        assert match is not None  # noqa: S101 - only the last one is
        if match.end - match.start == len(anchor):
            continue
        item = _torn_token(text, match, following, form)
        if item is not None:
            yield item


def _torn_token(
    text: str, match: PrefixMatch, following: PrefixMatch | None, form: CredentialForm
) -> OpaqueToken | None:
    """Return the token behind a prefix with joints in it; ``following`` is the next prefix."""
    anchor = "".join(text[place] for place in match.places)
    seams = match.seams(text)
    torn = max((at for at, seam in enumerate(seams, 1) if BREAKS.search(seam)), default=0)
    seam = seams[torn - 1] if torn else ""
    body = BODY.match(text, match.end, following.start if following else len(text))
    end = body.end() if body else match.end
    piece = anchor + (body.group() if body else "")
    joints = tuple(filter(None, seams))
    first = _FirstPiece(match.start, end, piece, joints, torn, seam)
    return _diagnose(text, first, form, glue_before(text, match.start))


class _FirstPiece(NamedTuple):
    """The first piece of a token, which begins with the form's prefix.

    ``joints`` stand in the prefix; if it is wrapped, its ``torn`` first characters stand in front
    of the line break, which is in ``seam``.
    """

    start: int
    end: int
    text: str
    joints: tuple[str, ...] = ()
    torn: int = 0
    seam: str = ""


def _diagnose(
    text: str,
    first: _FirstPiece,
    form: CredentialForm,
    glue: str | None,
    body: LazyRegex | re.Pattern[str] = BODY,
) -> OpaqueToken | None:
    """Follow a token from its first piece on, and diagnose its flaw."""
    start, end, piece, seams, torn, seam = first
    shown = piece.rstrip(".") if len(piece) > len(form.anchors[0]) else piece
    sizes = (torn, len(shown) - torn)
    lines = Lines.of_torn(text, start, seam, sizes) if torn else None
    stop = end - len(piece) + len(shown)
    from tokcheck.paste.wrapping.continuation import follow  # noqa: PLC0415 - few pastes need it

    pieces, joints, stop, unclear = follow(text, start, stop, shown, body, lines)
    raw = "".join(pieces).rstrip(".")
    ellipsis = ELLIPSIS.match(text, stop)
    if raw == form.anchors[0].rstrip(".") and (ellipsis or text.startswith("...", stop - 1)):
        return OpaqueToken(raw, start, stop, (), *SHORTENED)
    if raw == form.anchors[0].rstrip(".") and (odd := odd_letter_at(text, stop)) is not None:
        return OpaqueToken(piece, start, stop, (), *odd)
    if compile_cached(form.pattern).fullmatch(raw) is None:
        return None
    if (prompt := prompt_at(text, start, stop)) is not None and prompt < stop:
        first_at = max(0, start - LINE)
        part = _diagnose_in(text[first_at:prompt], first, first_at, form, glue, body)
        if part is not None:
            return part
    marks = mark_at_end(text, start, stop)
    if marks:
        # At the end of a wrapped token, an underscore may also be its own.
        unclear = unclear or bool(joints)
        raw, stop = raw[:-marks], stop - marks
    found = OpaqueToken(raw, start, stop, seams + joints, unclear=unclear)
    if prompt is not None:
        return found._replace(flaw=GLUED_PROMPT[0], reason=GLUED_PROMPT[1], remedy=GLUED_PROMPT[2])
    if ellipsis and ellipsis.group() != closing_mark(text, start).lstrip("_-"):
        return OpaqueToken(raw, start, stop, found.joints, *SHORTENED)
    flaw = diagnose_flaw(text, raw, (start, stop), form, glue)
    if flaw is None:
        return found
    return found._replace(flaw=flaw[0], reason=flaw[1], remedy=flaw[2])


def _diagnose_in(
    part: str,
    first: _FirstPiece,
    offset: int,
    form: CredentialForm,
    glue: str | None,
    body: LazyRegex | re.Pattern[str],
) -> OpaqueToken | None:
    """Return the token in a part of the text, which ends where a prompt is glued to the token."""
    start, end = first.start - offset, min(first.end - offset, len(part))
    within = first._replace(
        start=start, end=end, text=first.text[: len(first.text) - (first.end - offset - end)]
    )
    found = _diagnose(part, within, form, glue, body)
    if found is None:
        return None
    return found._replace(start=found.start + offset, end=found.end + offset)
