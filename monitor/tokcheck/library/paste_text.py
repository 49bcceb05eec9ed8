"""The text that a caller passes."""

from tokcheck.core.secret import Secret


def hide_paste(paste: object) -> Secret:
    """Return a paste as a secret, which no traceback shows.

    :raises TypeError: if it is no text.
    """
    if not isinstance(paste, str):
        raise TypeError(f"a paste is str, not {type(paste).__name__}")
    return Secret(paste)
