"""Tokens that look like the real ones and open nothing but the sandbox."""

import json
import string
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, Protocol

import jwt

from tokcheck.core.errors import UsageError

Access = Literal["read", "read-write"]

FITBIT_CLIENT = "23SBX1"
GOOGLE_CLIENT = "100000000001-sandbox0sandbox0sandbox0sandbox0.apps.googleusercontent.com"

# The pairing of names and codes was worked out from redirect texts; no official table is known.
FITBIT_CODES = {
    "activity": "act",
    "cardio_fitness": "cf",
    "electrocardiogram": "ecg",
    "heartrate": "hr",
    "irregular_rhythm_notifications": "irn",
    "location": "loc",
    "nutrition": "nut",
    "oxygen_saturation": "oxy",
    "profile": "pro",
    "respiratory_rate": "res",
    "settings": "set",
    "sleep": "sle",
    "social": "soc",
    "temperature": "tem",
    "weight": "wei",
}

HEALTH_SCOPE = "https://www.googleapis.com/auth/googlehealth."
# https://developers.google.com/health/scopes: which names may be written as well as read.
GOOGLE_WRITABLE = {
    "activity_and_fitness": True,
    "ecg": False,
    "health_metrics_and_measurements": True,
    "irn": False,
    "location": False,
    "nutrition": True,
    "profile": True,
    "settings": True,
    "sleep": True,
}
SIGN_IN = {"openid": "openid", "email": "https://www.googleapis.com/auth/userinfo.email"}

_TOKEN_ALPHABET = string.ascii_letters + string.digits + "-_"
_ID_ALPHABET = string.digits + string.ascii_uppercase


class Chooser(Protocol):
    """The part of :class:`random.Random` that minting needs."""

    def choices(self, population: Sequence[str], *, k: int) -> list[str]:
        """Return ``k`` members of ``population``, drawn with replacement."""
        ...


def fitbit_scopes(names: Iterable[str], access: Access) -> tuple[str, ...]:
    """Return the short codes of ``names``: all begin with ``r``, or all with ``w``.

    The access mode is a setting of the application and holds for every scope:
    https://dev.fitbit.com/build/reference/web-api/developer-guide/application-design/

    Raises :class:`UsageError` for a name that Fitbit does not have.
    """
    letter = _letter(access)
    codes: list[str] = []
    for name in names:
        if name not in FITBIT_CODES:
            raise UsageError(
                f"Fitbit has no scope named {name!r}.",
                f"Choose among: {', '.join(FITBIT_CODES)}.",
            )
        codes.append(letter + FITBIT_CODES[name])
    return tuple(codes)


def google_scopes(names: Iterable[str], access: Access) -> tuple[str, ...]:
    """Return the full scope URLs of ``names``; a name that is a URL already stays as it is.

    Reading and writing are scopes of their own since 2026-05-26, so ``read-write`` gives two for
    each name that has both: https://developers.google.com/health/release-notes

    Raises :class:`UsageError` for a short name that Google Health does not have.
    """
    _letter(access)
    found: list[str] = []
    for name in names:
        if name.startswith("https://"):
            found.append(name)
        elif name in SIGN_IN:
            found.append(SIGN_IN[name])
        elif name in GOOGLE_WRITABLE:
            found.append(f"{HEALTH_SCOPE}{name}.readonly")
            if access == "read-write" and GOOGLE_WRITABLE[name]:
                found.append(f"{HEALTH_SCOPE}{name}.writeonly")
        else:
            raise UsageError(
                f"Google Health has no scope named {name!r}.",
                f"Choose among: {', '.join([*GOOGLE_WRITABLE, *SIGN_IN])}, or give a full URL.",
            )
    return tuple(found)


def fitbit_token(
    chooser: Chooser, *, client_id: str, user_id: str, scopes: Sequence[str], span: tuple[int, int]
) -> str:
    """Return a JWT with the header and the seven claims of a real one, in their order.

    ``span`` is the issue and the expiry moment in Unix seconds. The key is thrown away: a client
    cannot check the signature of a real token either.
    """
    issued_at, expires_at = span
    claims = {
        "aud": client_id,
        "sub": user_id,
        "iss": "Fitbit",
        "typ": "access_token",
        "scopes": " ".join(scopes),
        "exp": expires_at,
        "iat": issued_at,
    }
    key = _letters(chooser, 32)
    # PyJWT writes a "typ" header unless told not to; no real token has one.
    return jwt.encode(claims, key, algorithm="HS256", headers={"typ": None})


def google_token(chooser: Chooser) -> str:
    """Return an opaque text of 219 characters, in the form of a user's ``ya29.a0`` token."""
    return "ya29.a0" + _letters(chooser, 212)


def google_id_token(chooser: Chooser, claims: Mapping[str, object]) -> str:
    """Return an ID token in its form: the signature is made up, for nobody has Google's key."""
    header = {"alg": "RS256", "kid": hexadecimal(chooser, 40), "typ": "JWT"}
    parts = [json.dumps(part, separators=(",", ":")).encode() for part in (header, claims)]
    encoded = [urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts]
    # 2048 bits are 342 letters, of which the last has four bits that must be zero.
    return ".".join([*encoded, _letters(chooser, 341) + "A"])


def google_refresh_token(chooser: Chooser) -> str:
    """Return a text of 103 characters in the form of a refresh token."""
    return "1//0" + _letters(chooser, 99)


def google_code(chooser: Chooser) -> str:
    """Return a text of 73 characters in the form of an authorization code."""
    return "4/0A" + _letters(chooser, 69)


def hexadecimal(chooser: Chooser, length: int) -> str:
    """Return ``length`` lower-case digits, as Fitbit's refresh tokens (64) and codes (40) have."""
    return "".join(chooser.choices("0123456789abcdef", k=length))


def encoded_id(chooser: Chooser) -> str:
    """Return six of 0-9A-Z, as Fitbit's user ids have."""
    return "".join(chooser.choices(_ID_ALPHABET, k=6))


def digits(chooser: Chooser, length: int) -> str:
    """Return ``length`` digits of which the first is not zero."""
    return chooser.choices("123456789", k=1)[0] + "".join(
        chooser.choices(string.digits, k=length - 1)
    )


def _letters(chooser: Chooser, length: int) -> str:
    return "".join(chooser.choices(_TOKEN_ALPHABET, k=length))


def _letter(access: str) -> str:
    letters = {"read": "r", "read-write": "w"}
    if access not in letters:
        raise UsageError(f"There is no access mode {access!r}.", "Use 'read' or 'read-write'.")
    return letters[access]
