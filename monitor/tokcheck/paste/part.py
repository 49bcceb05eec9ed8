"""One part of a signed token: what is in it, and how long the last must be."""

import binascii
import json
from typing import Any

from tokcheck.paste.chars import TOKEN_CHARS

# Characters of each algorithm's signature in base64url (RFC 7518, RFC 8037). RSA's follow the
# key's size and are left open.
SIGNATURE_LENGTHS = {
    "HS256": 43, "HS384": 64, "HS512": 86,
    "ES256": 86, "ES384": 128, "ES512": 176, "ES256K": 86, "EdDSA": 86,
}  # fmt: skip

# The last character of a part holds spare bits, all zero, unless its length is a multiple of 4.
LAST_CHARACTERS = {0: TOKEN_CHARS, 2: frozenset("AQgw"), 3: frozenset("AEIMQUYcgkosw048")}

# The shortest object with a member, {"a":1}, and the one without.
_LEAST = 10
_EMPTY = "e30"


def peek(part: str) -> dict[str, Any] | None:
    """Decode one part of a signed token strictly: the JSON object in it, or ``None``."""
    if len(part) < _LEAST and part != _EMPTY:
        return None
    padded = part.replace("-", "+").replace("_", "/") + "=" * (-len(part) % 4)
    try:
        data = binascii.a2b_base64(padded)
        # A character lost or added can leave bits over that no encoder writes, or a blank behind
        # the object that JSON would forgive.
        if data[-1:] != b"}" or binascii.b2a_base64(data, newline=False) != padded.encode():
            return None
        value = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def signature_length(header: dict[str, Any] | None) -> int | None:
    """Return how many characters the signature has, where the algorithm fixes it."""
    return SIGNATURE_LENGTHS.get(str(header.get("alg"))) if header else None
