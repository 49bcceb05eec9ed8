"""What may be the name of an account: whatever people call one, and never a token."""

from tokcheck.errors import UsageError
from tokcheck.lazy import Lazy
from tokcheck.redact import plain, redact

LONGEST = 100

# Words with a number at their end, joined: no token is made so, however long the name gets.
_WORDS = Lazy(r"[^\W\d_]*[0-9]*(?:[-_.@ ][^\W\d_]*[0-9]*)*")


def checked_name(name: str) -> str:
    """Return an account's name if it can be one.

    :raises UsageError: if it is empty, too long, not all printable, or looks like a token or an
        option.
    """
    flaw = _flaw(name)
    if flaw:
        raise UsageError(
            f"This cannot be the name of an account: {flaw}.",
            f"Choose up to {LONGEST} visible characters, such as a first name or a number.",
        )
    return name


def _flaw(name: str) -> str:
    if not name:
        return "it is empty"
    if name.startswith("-"):
        return "it begins with a hyphen, as options do"
    if _looks_like_a_token(name):
        return "it looks like a token, and names are shown to everybody"
    if len(name) > LONGEST:
        return f"it is longer than {LONGEST} characters"
    if not name.isprintable() or name != plain(name):
        return "it holds what nobody can see, or spaces at an end or side by side"
    return ""


def _looks_like_a_token(name: str) -> bool:
    clean = plain(name)
    if redact(clean) == clean:
        return False
    parts = plain(clean.replace("-", " ").replace("_", " "))
    return _WORDS.fullmatch(clean) is None or redact(parts) != parts
