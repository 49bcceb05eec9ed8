"""How names and paths are shown, and whether one is a token that was put into its place."""

from tokcheck.accounts.names import looks_secret
from tokcheck.core.credential import Kind
from tokcheck.core.redact import plain, redact
from tokcheck.paste.finder import read
from tokcheck.providers import FORMS, ISSUERS

_HARMLESS = frozenset({Kind.PLACEHOLDER, Kind.CLIENT_ID})


def shown(text: str) -> str:
    """Return a name or a path fit to be shown: each part without what looks like a token."""
    return plain("/".join(redact(part) if looks_secret(part) else part for part in text.split("/")))


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
