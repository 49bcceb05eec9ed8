"""Samples: what documentation shows in place of a secret. No findings."""

from tokcheck.paste.jwt import Whole

# Different characters that a real secret of any length has at least; hexadecimal ones fewer.
_LEAST_VARIETY = 12
_LEAST_HEXADECIMAL = 8
# None shorter than five letters: four come up by chance in one of some thousand tokens.
_WORDS = (
    "signature", "placeholder", "example", "sample", "your_", "yourtoken", "redacted", "token",
    "123456789", "0123456789abcdef", "abcdefghij", "xxxxx", "dummy",
)  # fmt: skip
# The subject of the sample on the introduction page that every tutorial shows (https://jwt.io).
_SAMPLE_SUBJECT = "1234567890"


def is_sample(raw: str) -> bool:
    """Tell whether an opaque credential is made of too little to be one, or says so itself."""
    folded = raw.lower()
    hexadecimal = all(character in "0123456789abcdef" for character in folded)
    least = _LEAST_HEXADECIMAL if hexadecimal else _LEAST_VARIETY
    return len(set(raw)) < least or any(word in folded for word in _WORDS)


def is_sample_token(token: Whole) -> bool:
    """Tell whether a signed token is documentation's: by its signature, or by its subject."""
    return is_sample(token.signature) or token.payload.get("sub") == _SAMPLE_SUBJECT
