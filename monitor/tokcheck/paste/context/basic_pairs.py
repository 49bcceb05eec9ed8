"""Faults of the id and the secret of Basic credentials, as far as their form shows them."""

from tokcheck.core.lazy import LazyRegex
from tokcheck.paste.encoding.base64_text import read_base64

_SAMPLE = LazyRegex(r"(?i)(?:client|consumer|app)?[_ -]?(?:id|key):\w{0,8}[_ -]?secret")
_MISSING = LazyRegex(r"(?:None|null|undefined|nil|NaN)")
_FITBIT = LazyRegex(r"[0-9A-Z]{6}:[0-9a-f]{2,64}")
_FITBIT_LENGTH = 32
_LEAST_HALF = 4
_QUOTES = "\"'"


def decode_pair(encoded: str) -> str | None:
    """Return what Basic credentials encode; ``None`` if it is no text."""
    try:
        return read_base64(encoded.encode("ascii")).decode("ascii")
    except ValueError:  # of either
        return None


def doubt_of_pair(pair: str) -> str:
    """Return a sentence about what is wrong with an id and a secret; empty if nothing shows."""
    bare = pair.strip()
    name, colon, secret = bare.partition(":")
    if _SAMPLE.fullmatch(bare):
        return "They are a sample of documentation: it stands for an id and a secret of your own."
    if not colon:
        inner = decode_pair(bare)
        if inner is not None and ":" in inner:
            return "They are encoded twice: encode the id, a colon and the secret once."
        return "They have no colon, so that a part of them is missing."
    if not name and not secret:
        return "The id and the secret are empty: two variables were probably not set."
    if not name or not secret:
        return f"The {'id' if secret else 'secret'} is empty: a variable was probably not set."
    if min(len(name), len(secret)) < _LEAST_HALF:
        return "The id or the secret is too short: a part of it is missing."
    return _doubt_of_halves(pair, name, secret)


def _doubt_of_halves(pair: str, name: str, secret: str) -> str:
    """Return a sentence about an id and a secret of which each has its usual length at least."""
    bare = pair.strip()
    if pair != bare:
        return "A line break or a blank is encoded with them: use printf or echo -n, not echo."
    if " " in bare:
        return "A blank is encoded with them: the id, a colon and the secret are one word."
    if any(_MISSING.fullmatch(half) for half in (name, secret)):
        return "The id or the secret is what a program writes for a value that is missing."
    if any(half[0] in _QUOTES and half[-1] in _QUOTES for half in (name, secret)):
        return "Quotation marks are encoded with them: leave them out."
    fitbit = _FITBIT.fullmatch(bare)
    if fitbit is not None and len(secret) != _FITBIT_LENGTH:
        return (
            f"The secret has {len(secret)} characters in the place of {_FITBIT_LENGTH}: copy it "
            "again."
        )
    return ""
