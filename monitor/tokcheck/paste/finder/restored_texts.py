"""The readings of a text that was encoded, or in which a program has replaced characters."""

from collections.abc import Iterator
from typing import NamedTuple

from tokcheck.paste.context import line_breaks, substitutes
from tokcheck.paste.invisible import strip_invisible


class RestoredText(NamedTuple):
    """A reading of a text, and what was put right in it.

    With ``signed_alone``, it says nothing about an opaque token: it may have made its end. With
    ``is_decoded``, any credential in it was hidden before.
    """

    text: str
    repairs: tuple[str, ...]
    signed_alone: bool = False
    is_decoded: bool = False


def restored_texts(text: str, *, is_empty: bool) -> Iterator[RestoredText]:
    """Yield the readings of a text in which what stands for a token's characters is put right.

    ``is_empty`` is whether the text as it stands has no credential.
    """
    if is_empty:
        from tokcheck.paste.context.encoded_text import decode_all  # noqa: PLC0415 - seldom needed

        yield from (RestoredText(*decoded, is_decoded=True) for decoded in decode_all(text))
        visible = strip_invisible(text)
        # In a prefix, or behind it. In a pair's Base64, it may stand for a character.
        if visible != text and "basic" not in text.lower():
            yield RestoredText(visible, ("an invisible character inside it",), is_decoded=True)

    quoted = line_breaks.decode_quoted_printable(text)
    # A soft break in an opaque token is a joint, which may also be of another text.
    signed_alone = quoted is not None and quoted.count("\n") != text.count("\n")
    if quoted is not None and ("eyJ" in text or not signed_alone):
        yield RestoredText(quoted, ("quoted-printable around it",), signed_alone)
    restored, repairs = substitutes.restore(text)
    if restored != text:
        yield RestoredText(restored, repairs)
