"""Samples from documentation, which look like credentials and are none."""

from tokcheck.paste.jwt import WholeToken

# The least number of different characters in a real secret of any length, and in hexadecimal.
_LEAST_VARIETY = 12
_LEAST_HEXADECIMAL = 8
# Words of at least five letters: four occur by chance in one of some thousand tokens.
_WORDS = (
    "signature", "placeholder", "example", "sample", "your_", "yourtoken", "redacted", "token",
    "123456789", "0123456789abcdef", "abcdefghij", "xxxxx", "dummy",
)  # fmt: skip
# The subject of the sample on the introduction page that every tutorial shows (https://jwt.io).
_SAMPLE_SUBJECT = "1234567890"


def is_sample(raw: str) -> bool:
    """Return whether an opaque credential has too few different characters, or a sample's word."""
    folded = raw.lower()
    hexadecimal = all(character in "0123456789abcdef" for character in folded)
    least = _LEAST_HEXADECIMAL if hexadecimal else _LEAST_VARIETY
    return len(set(raw)) < least or any(word in folded for word in _WORDS)


def is_sample_token(token: WholeToken) -> bool:
    """Return whether a signed token is from documentation, by its signature or subject."""
    return (
        is_sample(token.raw if token.cut else token.signature)
        or token.payload.get("sub") == _SAMPLE_SUBJECT
    )
