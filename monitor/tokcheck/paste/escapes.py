"""Escapes that some encoders write for a token's own characters, though none needs one."""

from tokcheck.lazy import Lazy

_CHARACTERS = {"2e": ".", "2d": "-", "5f": "_"}
_ESCAPED = Lazy(r"(?:%(?:25){0,2}|\\u00)(2[EeDd]|5[Ff])")


def undone(text: str) -> tuple[str, int]:
    """Put the characters in place of their escapes; return how many there were, too."""
    return _ESCAPED.compiled.subn(lambda match: _CHARACTERS[match.group(1).lower()], text)
