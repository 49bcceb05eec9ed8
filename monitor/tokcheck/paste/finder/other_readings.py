"""Other readings of a text without a whole access token: with corrected characters, or decoded."""

from collections.abc import Callable, Collection, Iterator
from typing import TypeAlias

from tokcheck.core.credential import Kind
from tokcheck.core.lazy import LazyRegex
from tokcheck.paste.context import substitutes
from tokcheck.paste.encoding.base64_text import decode_base64_runs
from tokcheck.paste.finder.matches import TEXT_BREAKS_OFF, flawed_match, mark_as_cut
from tokcheck.paste.finder.restored_texts import restored_texts
from tokcheck.paste.finder.strip_notes import COMPRESSED_PART, name_joints
from tokcheck.paste.finder.text_reading import TextReading
from tokcheck.paste.notations import signs
from tokcheck.paste.wrapping.openings import line_openings

_MARK = LazyRegex("</[A-Za-z]|[|\u2502\u2503\u2551]")
# An access token is read in each notation in another way.
_WRITTEN_KINDS = frozenset({Kind.REFRESH_TOKEN, Kind.CLIENT_SECRET, Kind.AUTHORIZATION_CODE})
_QUOTE = LazyRegex(r"[\"'`]|%2|\\u002")

Read: TypeAlias = Callable[[str, tuple[str, ...]], TextReading]
"""Reads a text, with notes about what was put right in it."""


def repair(first: TextReading, read: Read, prefixes: Callable[[], Collection[str]]) -> TextReading:
    """Return the first other reading that loses nothing, or else the reading itself.

    ``prefixes`` returns those of tokens, which literals may split.
    """
    joined = _with_joined_literals(first, read, prefixes)
    if joined is not None:
        if joined.is_sound:
            return joined
        first = joined
    others = _other_readings(first, read, prefixes)
    return next((other for other in others if not other.has_less_than(first)), first)


def _other_readings(
    first: TextReading, read: Read, prefixes: Callable[[], Collection[str]]
) -> Iterator[TextReading]:
    """Yield the readings of a text with corrected characters, or decoded.

    One counts if it holds a whole access token, or, decoded, anything that was hidden before.
    The last one explains a character that only looks as one of a token.
    """
    yield from _without_openings(first, read)
    yield from _without_marks(first, read, prefixes)
    yield from _with_plain_signs(first, read)
    for restored in restored_texts(first.text, is_empty=not first.found):
        reading = read(restored.text, (*first.notes, *restored.repairs))
        is_sound = reading.is_sound and (not restored.signed_alone or reading.is_signed)
        if is_sound or (restored.is_decoded and reading.found):
            yield reading
    yield from _decode_base64(first, read)
    similar = substitutes.without_look_alikes(first.text)
    if similar != first.text:
        reading = read(similar, first.notes)
        for item in reading.tokens[:1]:
            raw = first.text[item.start : item.end]
            flaw = substitutes.odd_letter_in(raw)
            if flaw is not None:
                damaged = flawed_match(item, raw, flaw)
                yield TextReading(first.text, [damaged], [damaged], first.notes)


def _with_joined_literals(
    first: TextReading, read: Read, prefixes: Callable[[], Collection[str]]
) -> TextReading | None:
    """Return the reading with the tokens whole that literals split, if it has more of them."""
    if _QUOTE.search(first.text) is None:
        return None
    from tokcheck.paste.finder.split_literals import join_literals  # noqa: PLC0415 - seldom needed

    joined = join_literals(first.text, prefixes())
    if joined is None:
        return None
    reading = read(joined.text, (*first.notes, name_joints("literal", joined.joints)))
    return reading if _has_longer(reading, first) else None


def _decode_base64(first: TextReading, read: Read) -> Iterator[TextReading]:
    """Yield the reading of a text with what is in Base64 decoded."""
    decoded = decode_base64_runs(first.text)
    if decoded is None:
        return
    notes = (*first.notes, "Base64 encoding around it")
    if decoded.is_part:
        notes += (COMPRESSED_PART,)
    reading = read(decoded.text, notes)
    if decoded.cut:
        reading = reading._replace(tokens=[mark_as_cut(item) for item in reading.tokens])
    if decoded.breaks:
        tokens = [
            mark_as_cut(item, TEXT_BREAKS_OFF) if item.end in decoded.breaks else item
            for item in reading.tokens
        ]
        reading = reading._replace(tokens=tokens)
    signed = any(item.payload is not None for item in first.found)
    some = reading.tokens and not signed  # one of its parts is a text in Base64 as well
    hidden = not first.tokens and (some or (not first.found and reading.found))
    if reading.is_sound or hidden:
        yield reading


def _without_marks(
    first: TextReading, read: Read, prefixes: Callable[[], Collection[str]]
) -> Iterator[TextReading]:
    """Yield the reading of a text without the marks between the pieces of a token."""
    if _MARK.search(first.text) is None:
        return
    from tokcheck.paste.wrapping.openings import repeated_marks  # noqa: PLC0415 - seldom needed

    unmarked = repeated_marks.without_marks(first.text, prefixes())
    if unmarked is not None:
        reading = read(unmarked.text, (*first.notes, repeated_marks.NOTE))
        if reading.is_sound or _has_longer(reading, first):
            yield reading


def _with_plain_signs(first: TextReading, read: Read) -> Iterator[TextReading]:
    """Yield the reading of a text with the signs of a refresh token, a secret or a code plain."""
    if first.tokens or signs.FIRST.search(first.text) is None:
        return
    plain = signs.plain_text(first.text)
    if plain is None:
        return
    reading = read(plain.text, (*first.notes, "percent-encoding or escapes inside it"))
    known = {item.raw for item in first.found}
    if any(
        item.credential.kind in _WRITTEN_KINDS
        and item.credential.flaw is None
        and item.raw not in known
        for item in reading.found
    ):
        yield reading


def _has_longer(reading: TextReading, first: TextReading) -> bool:
    """Return whether a reading has all that was found first, or that with more behind it."""
    texts = [item.raw for item in reading.found]
    return bool(texts) and all(
        any(text.startswith(item.raw) for text in texts) for item in first.found
    )


def _without_openings(first: TextReading, read: Read) -> Iterator[TextReading]:
    """Yield the reading of a text without what its lines begin with, if that is sound."""
    unwrapped = line_openings.without_openings(first.text)
    if unwrapped is not None:
        reading = read(unwrapped.text, (*first.notes, line_openings.NOTE))
        if reading.is_sound:
            yield reading
