"""The names of accounts: what may be one, and how a name or a path is shown.

A name ends in labels, logs and pages, and somebody will put a token where a name belongs. So
whatever looks like one is refused. Plain words joined by hyphens are none, however long they
get: ``study-2024-participant-001`` is what research teams call their participants.
"""

from tokcheck.credential import Kind
from tokcheck.lazy import Lazy
from tokcheck.paste import read
from tokcheck.providers import FORMS, ISSUERS
from tokcheck.redact import plain, redact

LONGEST = 100

# Letters with a number behind them at most: base64 and hexadecimal mix the two.
_WORDS = Lazy(r"[^\W\d_]*[0-9]*(?:[-_.@ ][^\W\d_]*[0-9]*)*")
_HARMLESS = frozenset({Kind.PLACEHOLDER, Kind.CLIENT_ID})


def flaw(name: str) -> str:
    """Say why a text cannot be an account's name: ``it is empty``; nothing if it can."""
    if not name:
        return "it is empty"
    if _secret_like(name):
        return "it looks like a token, and names are shown to everybody"
    if len(name) > LONGEST:
        return f"it is longer than {LONGEST} characters"
    if name != plain(name) or not name.isprintable():
        return "it holds what nobody can see, or spaces at an end or side by side"
    return ""


def shown(text: str) -> str:
    """Return a name or a path fit to be shown: each part without what looks like a token."""
    return plain("/".join(redact(part) if _secret_like(part) else part for part in text.split("/")))


def holds_token(text: str) -> bool:
    """Tell whether somebody wrote a token where its place was to be named.

    A text that is merely unknown is no token here: it may well be the name of a file.
    """
    if redact(text) == plain(text):
        return False  # by far the most, told much faster
    credential = read(text, FORMS, ISSUERS).credential
    if credential is None or credential.kind in _HARMLESS:
        return False
    return credential.kind is not Kind.UNKNOWN or credential.flaw is not None


def _secret_like(text: str) -> bool:
    clean = plain(text)
    if redact(clean) == clean:
        return False
    words = plain(clean.replace("-", " ").replace("_", " "))
    return _WORDS.fullmatch(clean) is None or redact(words) != words
