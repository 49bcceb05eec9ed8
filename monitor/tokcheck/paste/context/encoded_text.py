"""A paste of which every character is encoded: percent-encoding, escapes, entities, hexadecimal."""

from collections.abc import Iterator

from tokcheck.paste.encoding.characters import NOTATIONS, Notation, decode_runs


def decode_all(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the text with each such run decoded, and a note, for each notation that it has."""
    for notation in NOTATIONS:
        decoded = _decode(text, notation)
        if decoded != text:
            yield decoded, (notation.note,)


def _decode(text: str, notation: Notation) -> str:
    pieces: list[str] = []
    done = 0
    for run in decode_runs(text, notation):
        pieces += (text[done : run.start], run.text)
        done = run.end
    return "".join((*pieces, text[done:]))
