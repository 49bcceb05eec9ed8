"""What may be the name of an account: whatever people call one, and never a token.

A name ends in labels, logs and pages, and somebody will put a token where a name belongs. So
whatever looks like one is refused. Plain words joined by hyphens are none, however long they
get: ``study-2024-participant-001`` is what research teams call their participants.
"""

from tokcheck.errors import UsageError
from tokcheck.lazy import Lazy
from tokcheck.redact import plain, redact

LONGEST = 100

# Letters with a number behind them at most: base64 and hexadecimal mix the two.
_WORDS = Lazy(r"[^\W\d_]*[0-9]*(?:[-_.@ ][^\W\d_]*[0-9]*)*")


def checked_name(name: str) -> str:
    """Return an account's name if it can be one.

    :raises UsageError: if it is empty, too long, not all printable, or looks like a token.
    """
    wrong = flaw(name)
    if wrong:
        raise UsageError(
            f"This cannot be the name of an account: {wrong}.",
            f"Choose up to {LONGEST} visible characters, such as a first name or a number.",
        )
    return name


def flaw(name: str) -> str:
    """Say why a text cannot be an account's name: ``it is empty``; nothing if it can."""
    if not name:
        return "it is empty"
    if looks_secret(name):
        return "it looks like a token, and names are shown to everybody"
    if len(name) > LONGEST:
        return f"it is longer than {LONGEST} characters"
    if name != plain(name) or not name.isprintable():
        return "it holds what nobody can see, or spaces at an end or side by side"
    return ""


def looks_secret(text: str) -> bool:
    """Tell whether a text looks like a token, other than as words joined do."""
    clean = plain(text)
    if redact(clean) == clean:
        return False
    words = plain(clean.replace("-", " ").replace("_", " "))
    return _WORDS.fullmatch(clean) is None or redact(words) != words
