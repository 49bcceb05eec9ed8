"""Where an error or a text shows a secret."""

import pickle
import traceback
from collections.abc import Collection

from tests.support.suite.imports import PACKAGE
from tokcheck.core.errors import TokcheckError


def find_leaks(error: TokcheckError, *secrets: str) -> list[str]:
    """Return where an error shows a secret: in its texts, its pickle, or the package's frames.

    The caller's own frame has the secret, as a variable or in its source.
    """
    with_locals = traceback.TracebackException.from_exception(error, capture_locals=True)
    frames = [frame for frame in with_locals.stack if frame.filename.startswith(str(PACKAGE))]
    assert frames, "the error comes from the package"
    shown = {
        "str": str(error),
        "repr": repr(error),
        "facts": repr(vars(error)),
        "notes": "".join(error.__notes__),
        "cause": repr((error.__cause__, error.__suppress_context__ or error.__context__)),
        "pickle": repr(pickle.dumps(error)),
        "frames": "".join(f"{frame.line} {frame.locals}" for frame in frames),
        "traceback": "".join(traceback.format_exception_only(error)),
    }
    return [place for place, text in shown.items() for secret in secrets if secret in text]


def shared_piece(secret: str, texts: Collection[str], size: int) -> str | None:
    """Return the first piece of so many characters that a secret shares with a text."""
    half = size // 2
    # Every such piece has one of these whole, and they are few.
    parts = [secret[at : at + half] for at in range(0, len(secret) - half + 1, half)]
    if len(secret) < size or not any(part in text for part in parts for text in texts):
        return None
    pieces = (secret[at : at + size] for at in range(len(secret) - size + 1))
    return next((piece for piece in pieces if any(piece in text for text in texts)), None)
