"""Read a signed token's claims; a claim of a wrong type is noted.

The signature is not checked: Fitbit signs with a key that only Fitbit has (HS256). So claims are
unverified statements of the token, never proof, and no library for signatures is needed. The
headers that such a library refuses change from version to version; a report does not.
"""

import binascii
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tokcheck.core.redact import plain
from tokcheck.core.report import Claims
from tokcheck.core.secret import Secret

# A number this large is milliseconds: in seconds it would lie beyond the year 5100.
_MILLISECONDS_FROM = 100_000_000_000
_PARTS = 3
_YEAR_10000 = 253_402_300_800


def read_claims(token: Secret) -> Claims | None:
    """Return what a signed token says of itself; ``None`` if it cannot be decoded."""
    payload = decode_payload(token)
    return None if payload is None else claims_from_payload(payload)


def decode_payload(token: Secret) -> Mapping[str, Any] | None:
    """Decode a signed token's payload; ``None`` if it cannot be decoded."""
    parts = token.reveal().split(".")
    if len(parts) != _PARTS:
        return None
    encoded = parts[1].replace("-", "+").replace("_", "/")
    try:
        data = binascii.a2b_base64(encoded + "=" * (-len(encoded) % 4), strict_mode=True)
        payload = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    return payload if isinstance(payload, dict) else None


def claims_from_payload(payload: Mapping[str, Any]) -> Claims:
    """Return the claims that tokens usually have."""
    notes: list[str] = []
    return Claims(
        client_id=_text_claim(payload, "aud", notes),
        user_id=_text_claim(payload, "sub", notes),
        issued_at=_time_claim(payload, "iat", notes),
        expires_at=_time_claim(payload, "exp", notes),
        scopes=_scopes_claim(payload, notes),
        notes=tuple(notes),
    )


def _text_claim(payload: Mapping[str, Any], claim: str, notes: list[str]) -> str | None:
    value = payload.get(claim)
    if value is None:
        return None
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], str):
        value = value[0]
    if isinstance(value, str):
        return plain(value, longest=60) or None
    notes.append(f"The claim {claim} is {_type_name(value)} instead of a string and was ignored.")
    return None


def _time_claim(payload: Mapping[str, Any], claim: str, notes: list[str]) -> datetime | None:
    value = payload.get(claim)
    if value is None:
        return None
    number = value
    if isinstance(value, str):
        try:
            number = float(value)
        except ValueError:
            number = None
    if isinstance(number, bool) or not isinstance(number, int | float):
        notes.append(f"The claim {claim} is {_type_name(value)} instead of a time and was ignored.")
        return None
    if isinstance(value, str):
        notes.append(f"The claim {claim} is a number written as a string; it was accepted.")
    if not number >= 0:  # also catches NaN
        notes.append(f"The claim {claim} is not a time after 1970 and was ignored.")
        return None
    if _MILLISECONDS_FROM <= number < _YEAR_10000 * 1000:
        notes.append(f"The claim {claim} is in milliseconds; it was converted.")
        number = number / 1000
    if number >= _YEAR_10000:
        notes.append(f"The claim {claim} lies beyond the year 9999 and was ignored.")
        return None
    return datetime.fromtimestamp(int(number), UTC)


def _scopes_claim(payload: Mapping[str, Any], notes: list[str]) -> tuple[str, ...] | None:
    claim = "scopes" if "scopes" in payload else "scope"
    value = payload.get(claim)
    if value is None:
        return None
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        notes.append(f"The claim {claim} is a list instead of a string; it was accepted.")
        value = " ".join(value)
    if isinstance(value, str):
        shown = (plain(code, longest=60) for code in value.split())
        return tuple(dict.fromkeys(code for code in shown if code))
    notes.append(f"The claim {claim} is {_type_name(value)} instead of a string and was ignored.")
    return None


def _type_name(value: object) -> str:
    names = {dict: "an object", list: "a list", bool: "true or false", str: "a string"}
    return names.get(type(value), "a number")
