"""Where an error shows a secret."""

import pickle
import traceback

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
