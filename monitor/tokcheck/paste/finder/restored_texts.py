"""The readings of a text that was encoded, or in which a program has replaced characters."""

from collections.abc import Iterator

from tokcheck.paste.context import line_breaks, substitutes


def restored_texts(text: str, *, is_empty: bool) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the readings of a text in which what stands for a token's characters is put right.

    ``is_empty`` is whether the text as it stands has no credential.
    """
    if is_empty:
        from tokcheck.paste.context.encoded_text import decode_all  # noqa: PLC0415 - seldom needed

        yield from decode_all(text)

    quoted = line_breaks.decode_quoted_printable(text)
    # A soft break in an opaque token is a joint, which may also be of another text.
    if quoted is not None and ("eyJ" in text or quoted.count("\n") == text.count("\n")):
        yield quoted, ("quoted-printable around it",)
    restored, repairs = substitutes.restore(text)
    if restored != text:
        yield restored, repairs
