"""Tokens, codes and ids in the form of real ones; they are valid in the sandbox only."""

import string
from collections.abc import Sequence
from typing import Protocol

import jwt

_TOKEN_ALPHABET = string.ascii_letters + string.digits + "-_"
_ID_ALPHABET = string.digits + string.ascii_uppercase


class RandomSource(Protocol):
    """The part of :class:`random.Random` that is needed here."""

    def choices(self, population: Sequence[str], *, k: int) -> list[str]:
        """Return ``k`` members of ``population``, drawn with replacement."""
        ...


def fitbit_token(
    random: RandomSource,
    *,
    client_id: str,
    user_id: str,
    scopes: Sequence[str],
    span: tuple[int, int],
) -> str:
    """Return a JWT with the header and the seven claims of a real one, in the same order.

    ``span`` is issue time and expiry in Unix seconds. The key is not kept: a client cannot check
    the signature of a real token either.
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
    key = _random_letters(random, 32)
    # Without this, PyJWT adds a "typ" header; a real token has none.
    return jwt.encode(claims, key, algorithm="HS256", headers={"typ": None})


def google_token(random: RandomSource) -> str:
    """Return an opaque text of 219 characters, in the form of a user's ``ya29.a0`` token."""
    return "ya29.a0" + _random_letters(random, 212)


def google_refresh_token(random: RandomSource) -> str:
    """Return a text of 103 characters in the form of a refresh token."""
    return "1//0" + _random_letters(random, 99)


def google_code(random: RandomSource) -> str:
    """Return a text of 73 characters in the form of an authorization code."""
    return "4/0A" + _random_letters(random, 69)


def random_hex(random: RandomSource, length: int) -> str:
    """Return ``length`` lower-case hexadecimal digits.

    Fitbit's refresh tokens have 64, its authorization codes 40.
    """
    return "".join(random.choices("0123456789abcdef", k=length))


def random_user_id(random: RandomSource) -> str:
    """Return six of 0-9A-Z, as in Fitbit's user ids."""
    return "".join(random.choices(_ID_ALPHABET, k=6))


def random_digits(random: RandomSource, length: int) -> str:
    """Return ``length`` digits; the first is not zero."""
    return random.choices("123456789", k=1)[0] + "".join(
        random.choices(string.digits, k=length - 1)
    )


def _random_letters(random: RandomSource, length: int) -> str:
    return "".join(random.choices(_TOKEN_ALPHABET, k=length))
