"""Opaque access tokens in a text: found by their prefix, and followed over the joints in them."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from tokcheck.credential import Flaw, Form
from tokcheck.lazy import compiled
from tokcheck.paste.chars import DASHES, ELLIPSIS, SEAM, TOKEN_CHARS, emphasis, glued_in_front
from tokcheck.paste.follow import BODY, follow
from tokcheck.paste.placeholder import NAMES

_COPY_AGAIN = "Copy the whole token again from where it was issued."
_LEFTOVERS = "Delete what does not belong to the token, or copy it again."
# How a signed token begins; four characters less would also occur by chance.
_SIGNED = "eyJhbGci"
_SHORTENED = (
    Flaw.CUT_OFF,
    "it is shortened, an ellipsis stands in it",
    "Copy it from where it is shown in full.",
)


class Access(NamedTuple):
    """An opaque access token: its text, where it stands, its joints, and what is wrong with it."""

    raw: str
    start: int
    end: int
    joints: tuple[str, ...]
    flaw: Flaw | None = None
    why: str = ""
    mend: str = ""


def find(text: str, form: Form, *, torn: bool) -> Iterator[Access]:
    """Yield what a form describes; with ``torn``, also where a joint stands in its prefix."""
    found = False
    for anchor in form.anchors:
        for item in _plain(text, form, anchor):
            found = True
            yield item
    if torn and not found:
        for anchor in form.anchors:
            seamed = compiled(SEAM.join(f"({re.escape(character)})" for character in anchor))
            for match in seamed.finditer(text):
                yield from _read(text, form, anchor, match)


def at(text: str, start: int, form: Form) -> Access | None:
    """Return the token that begins at ``start``, whatever is glued to its beginning."""
    anchor = form.anchors[0]
    body = BODY.match(text, start + len(anchor)) if text.startswith(anchor, start) else None
    if body is None:
        return None
    return _judged(text, (start, body.end()), text[start : body.end()], (), form, None)


def _plain(text: str, form: Form, anchor: str) -> Iterator[Access]:
    whole_until = -1
    at = text.find(anchor)
    while at >= 0:
        end = at + len(anchor)
        following = text.find(anchor, end)
        # The beginning of another token ends this one.
        body = BODY.match(text, end, following if following >= 0 else len(text))
        if body is not None:
            end = body.end()
            mark = emphasis(text, at)
            if mark and text[at:end].rstrip(".").endswith(mark):
                end = at + len(text[at:end].rstrip(".").removesuffix(mark))
        glue = None if at == whole_until else glued_in_front(text, at)
        item = _judged(text, (at, end), text[at:end], (), form, glue)
        if item is not None:
            if item.flaw is None and not item.joints:
                whole_until = item.end
            yield item
        at = following


def _read(text: str, form: Form, anchor: str, match: re.Match[str]) -> Iterator[Access]:
    """Read a token whose prefix holds joints."""
    ends = [match.end(group) for group in range(1, len(anchor) + 1)]
    starts = [match.start(group) for group in range(2, len(anchor) + 1)]
    seams = tuple(text[end:start] for end, start in zip(ends, starts, strict=False) if end < start)
    body = BODY.match(text, match.end())
    end = body.end() if body else match.end()
    piece = anchor + (body.group() if body else "")
    item = _judged(
        text, (match.start(), end), piece, seams, form, glued_in_front(text, match.start())
    )
    if item is not None:
        yield item


def _judged(
    text: str,
    span: tuple[int, int],
    piece: str,
    seams: tuple[str, ...],
    form: Form,
    glue: str | None,
) -> Access | None:
    """Follow a token from its first piece on, and say what is wrong with it."""
    start, end = span
    shown = piece.rstrip(".") if len(piece) > len(form.anchors[0]) else piece
    pieces, joints, stop = follow(text, start, end - len(piece) + len(shown), shown)
    raw = "".join(pieces).rstrip(".")
    ellipsis = ELLIPSIS.match(text, stop)
    if raw == form.anchors[0].rstrip(".") and (ellipsis or text.startswith("...", stop - 1)):
        return Access(raw, start, stop, (), *_SHORTENED)
    if compiled(form.pattern).fullmatch(raw) is None:
        return None
    found = Access(raw, start, stop, seams + joints)
    name = NAMES.search(raw) or (NAMES.search(glue) if glue else None)
    if ellipsis and ellipsis.group() != emphasis(text, start):
        return Access(raw, start, stop, found.joints, *_SHORTENED)
    if name is not None:
        return found._replace(
            flaw=Flaw.DAMAGED,
            why=f"the placeholder {name.group()} is glued to it",
            mend="Delete the placeholder, or copy the token again.",
        )
    if glue is not None:
        return found._replace(
            flaw=Flaw.DAMAGED, why="other characters are glued to its beginning", mend=_LEFTOVERS
        )
    if _SIGNED in raw:
        return found._replace(
            flaw=Flaw.DAMAGED, why="another token is glued to its end", mend=_LEFTOVERS
        )
    if text[stop : stop + 1] in DASHES and text[stop + 1 : stop + 2] in TOKEN_CHARS:
        return found._replace(
            flaw=Flaw.DAMAGED,
            why=f"a text editor turned a hyphen in it into a dash ({text[stop]})",
            mend="Copy it from where it was issued, not from a formatted document.",
        )
    if len(raw) >= form.shortest and raw == raw.lower():
        return found._replace(
            flaw=Flaw.DAMAGED,
            why="its capital letters were lost",
            mend="Copy it again without any conversion to lower or upper case.",
        )
    if len(raw) < form.shortest:
        return found._replace(
            flaw=Flaw.CUT_OFF,
            why=f"it has {len(raw)} characters, and a whole one far more",
            mend=_COPY_AGAIN,
        )
    return found
