"""HTTP basic authentication against bcrypt hashes.

A bcrypt check takes a tenth of a second of a whole core on purpose. So checks run in a thread, one
at a time, results are cached, and the queue is bounded: wrong passwords cannot starve the rest.
"""

import asyncio
import base64
import binascii
from collections.abc import Callable, Mapping
from hashlib import blake2b
from secrets import token_bytes

import bcrypt

from tokcheck.core.secret import Secret

_PASSWORD_BYTES = 72  # what bcrypt uses of a password
_MAX_HEADER = 4_096
_MAX_WRONG = 1_024  # wrong credentials in the cache
_MAX_QUEUE = 32
_COST = slice(4, 6)


class BusyError(Exception):
    """Too many passwords wait to be checked."""


class BasicAuth:
    """Checks ``Authorization`` headers; without any users, everybody is authorized.

    ``hashes`` are bcrypt hashes by user name. ``check`` returns whether a password matches a
    hash, and is slow.
    """

    def __init__(
        self, hashes: Mapping[str, Secret], check: Callable[[bytes, bytes], bool] = bcrypt.checkpw
    ) -> None:
        self._check_hash = check
        self._hashes = {name: secret.reveal().encode() for name, secret in hashes.items()}
        # An unknown name takes as long as a known one. No password has this hash: its last 31
        # characters are made up.
        cost = max((int(known[_COST]) for known in self._hashes.values()), default=10)
        self._unknown_user_hash = bcrypt.gensalt(cost) + b"." * 31
        self._key = token_bytes(32)
        self._right: set[bytes] = set()
        self._wrong: dict[bytes, None] = {}
        self._lock = asyncio.Lock()
        self._waiting = 0

    def __bool__(self) -> bool:
        return bool(self._hashes)

    async def is_authorized(self, authorization: str | None) -> bool:
        """Return whether an ``Authorization`` header has a known name and its password.

        :raises BusyError: if too many other passwords wait to be checked.
        """
        if not self._hashes:
            return True
        credentials = _credentials(authorization)
        if credentials is None:
            return False
        name, password = credentials
        digest = self._digest(name, password)
        cached = self._cached_result(digest)
        if cached is not None:
            return cached
        if self._waiting >= _MAX_QUEUE:
            raise BusyError
        self._waiting += 1
        try:
            async with self._lock:
                result = self._cached_result(digest)  # the check before may have been of the same
                if result is None:
                    result = await asyncio.to_thread(self._check, name, password)
                    self._cache(digest, right=result)
                return result
        finally:
            self._waiting -= 1

    def _check(self, name: str, password: bytes) -> bool:
        expected = self._hashes.get(name)
        matches = self._check_hash(password, expected or self._unknown_user_hash)
        return matches and expected is not None

    def _digest(self, name: str, password: bytes) -> bytes:
        """Return a keyed hash of the credentials, so that the cache holds no password."""
        name_bytes = name.encode("utf-8", "surrogatepass")
        text = len(name_bytes).to_bytes(4, "big") + name_bytes + password
        return blake2b(text, key=self._key, digest_size=32).digest()

    def _cached_result(self, digest: bytes) -> bool | None:
        if digest in self._right:
            return True
        return False if digest in self._wrong else None

    def _cache(self, digest: bytes, *, right: bool) -> None:
        # In two containers, so that no number of wrong passwords evicts a right one.
        if right:
            self._right.add(digest)
            return
        self._wrong[digest] = None
        if len(self._wrong) > _MAX_WRONG:
            del self._wrong[next(iter(self._wrong))]


def _credentials(authorization: str | None) -> tuple[str, bytes] | None:
    """Return the name and password of a header; ``None`` if it has none."""
    scheme, _, encoded = (authorization or "").partition(" ")
    if scheme.lower() != "basic" or len(encoded) > _MAX_HEADER:
        return None
    try:
        name, colon, password = base64.b64decode(encoded.strip(), validate=True).partition(b":")
        valid = colon and b"\0" not in password
        return (name.decode(), password[:_PASSWORD_BYTES]) if valid else None
    except (binascii.Error, ValueError):
        return None
