"""Made-up tokens in the form of real ones; no key of theirs was ever used anywhere."""

import base64
import hashlib
import hmac
import json
import string
from datetime import UTC, datetime
from functools import lru_cache
from random import Random
from typing import Any

NOW = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
_SECONDS = int(NOW.timestamp())
_to_json = json.JSONEncoder(separators=(",", ":")).encode
TOKEN_CHARACTERS = string.ascii_letters + string.digits + "-_"


@lru_cache(10_000)  # tables of layouts take the same ones again and again
def random_characters(number: int, seed: int) -> str:
    """Return so many characters of an opaque token."""
    return "".join(Random(seed).choices(TOKEN_CHARACTERS, k=number))


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def make_jwt(payload: Any, header: Any = None, *, raw: bytes | None = None) -> str:
    """Make a signed token of any payload, of any type; ``raw`` replaces the payload's JSON."""
    head = base64url(_to_json(header or {"alg": "HS256"}).encode())
    body = base64url(raw if raw is not None else _to_json(payload).encode())
    signature = hmac.digest(b"made up by the tests", f"{head}.{body}".encode(), "sha256")
    return f"{head}.{body}.{base64url(signature)}"


def fitbit(scopes: str = "rset rsle rhr", **claims: Any) -> str:
    """Make a Fitbit access token that is good for 8 hours from an hour before ``NOW``."""
    payload = {
        "aud": "23TEST",
        "sub": "7TESTS",
        "iss": "Fitbit",
        "typ": "access_token",
        "scopes": scopes,
        "exp": _SECONDS + 25_200,
        "iat": _SECONDS - 3_600,
    }
    return make_jwt({key: value for key, value in (payload | claims).items() if value is not None})


def google(seed: str = "tests") -> str:
    """Make an opaque Google access token."""
    digest = hashlib.sha512(seed.encode()).digest() + hashlib.sha512(seed.encode() * 2).digest()
    return f"ya29.a0{base64url(digest)}"


FITBIT = fitbit()
GOOGLE = google()
GOOGLE_REFRESH = "1//05tests-" + base64url(hashlib.sha256(b"refresh").digest())
GOOGLE_CODE = "4/0Atests-" + base64url(hashlib.sha256(b"code").digest())
GOOGLE_SECRET = "GOCSPX-" + base64url(hashlib.sha256(b"secret").digest())[:28]
GOOGLE_KEY = "AIza" + base64url(hashlib.sha256(b"key").digest())[:35]
GOOGLE_CLIENT = "123456789012-" + hashlib.md5(b"client").hexdigest() + ".apps.googleusercontent.com"
UNKNOWN_WORD = "q7Hk2Lw9Zx4Vb6Nm1Tp8Rc3"  # of no known kind
FITBIT_REFRESH = hashlib.sha256(b"refresh").hexdigest()
FITBIT_CODE = hashlib.sha1(b"code").hexdigest()
FITBIT_SECRET = hashlib.md5(b"secret").hexdigest()
FITBIT_CLIENT = "23TEST"
