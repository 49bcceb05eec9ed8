"""Other readings of a text without a whole access token: with corrected characters, or decoded."""

from collections.abc import Callable, Iterator
from typing import TypeAlias

from tokcheck.paste.context import substitutes
from tokcheck.paste.encoding.base64_text import decode_base64_runs
from tokcheck.paste.finder.matches import TEXT_BREAKS_OFF, flawed_match, mark_as_cut
from tokcheck.paste.finder.restored_texts import restored_texts
from tokcheck.paste.finder.strip_notes import COMPRESSED_PART
from tokcheck.paste.finder.text_reading import TextReading
from tokcheck.paste.wrapping import line_openings

Read: TypeAlias = Callable[[str, tuple[str, ...]], TextReading]
"""Reads a text, with notes about what was put right in it."""


def repair(first: TextReading, read: Read) -> TextReading:
    """Return the first other reading that loses nothing, or else the reading itself."""
    others = _other_readings(first, read)
    return next((other for other in others if not other.has_less_than(first)), first)


def _other_readings(first: TextReading, read: Read) -> Iterator[TextReading]:
    """Yield the readings of a text with corrected characters, or decoded.

    One counts if it holds a whole access token, or, decoded, anything that was hidden before.
    The last one explains a character that only looks as one of a token.
    """
    yield from _without_openings(first, read)
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


def _without_openings(first: TextReading, read: Read) -> Iterator[TextReading]:
    """Yield the reading of a text without what its lines begin with, if that is sound."""
    unwrapped = line_openings.without_openings(first.text)
    if unwrapped is not None:
        reading = read(unwrapped.text, (*first.notes, line_openings.NOTE))
        if reading.is_sound:
            yield reading
