"""Basic authentication against bcrypt hashes.

A check takes a tenth of a second of a whole core on purpose. So they run in a thread, one at a
time, what came out is kept, and only so many may wait: wrong passwords cannot starve the rest.
"""

import asyncio
import base64
import binascii
from collections.abc import Callable, Mapping
from hashlib import blake2b
from secrets import token_bytes

import bcrypt

from tokcheck.core.secret import Secret

_USED = 72  # bytes of a password that bcrypt looks at
_LONGEST = 4_096
_KEPT = 1_024
_WAITING = 32
_COST = slice(4, 6)


class BusyError(Exception):
    """Too many passwords wait to be checked."""


class Users:
    """Who may come in: bcrypt hashes by name; without any, everybody.

    ``check`` tells whether a password is that of a hash, and takes its time.
    """

    def __init__(
        self, hashes: Mapping[str, Secret], check: Callable[[bytes, bytes], bool] = bcrypt.checkpw
    ) -> None:
        self._check_one = check
        self._hashes = {name: secret.reveal().encode() for name, secret in hashes.items()}
        # An unknown name takes as long as a known one. Its 31 last characters are nobody's.
        cost = max((int(known[_COST]) for known in self._hashes.values()), default=10)
        self._nobody = bcrypt.gensalt(cost) + b"." * 31
        self._key = token_bytes(32)
        self._right: set[bytes] = set()
        self._wrong: dict[bytes, None] = {}
        self._turn = asyncio.Lock()
        self._waiting = 0

    def __bool__(self) -> bool:
        return bool(self._hashes)

    async def admit(self, authorization: str | None) -> bool:
        """Tell whether an ``Authorization`` header lets its sender in.

        :raises BusyError: if too many others wait for the same.
        """
        if not self._hashes:
            return True
        given = _credentials(authorization)
        if given is None:
            return False
        name, password = given
        seen = self._seen(name, password)
        known = self._known(seen)
        if known is not None:
            return known
        if self._waiting >= _WAITING:
            raise BusyError
        self._waiting += 1
        try:
            async with self._turn:
                known = self._known(seen)  # the one before may have asked the same
                if known is None:
                    known = await asyncio.to_thread(self._check, name, password)
                    self._keep(seen, right=known)
                return known
        finally:
            self._waiting -= 1

    def _check(self, name: str, password: bytes) -> bool:
        expected = self._hashes.get(name)
        return self._check_one(password, expected or self._nobody) and expected is not None

    def _seen(self, name: str, password: bytes) -> bytes:
        written = name.encode("utf-8", "surrogatepass")
        text = len(written).to_bytes(4, "big") + written + password
        return blake2b(text, key=self._key, digest_size=32).digest()

    def _known(self, seen: bytes) -> bool | None:
        if seen in self._right:
            return True
        return False if seen in self._wrong else None

    def _keep(self, seen: bytes, *, right: bool) -> None:
        # Kept apart, so that no number of wrong ones drives a right one out.
        if right:
            self._right.add(seen)
            return
        self._wrong[seen] = None
        if len(self._wrong) > _KEPT:
            del self._wrong[next(iter(self._wrong))]


def _credentials(authorization: str | None) -> tuple[str, bytes] | None:
    scheme, _, encoded = (authorization or "").partition(" ")
    if scheme.lower() != "basic" or len(encoded) > _LONGEST:
        return None
    try:
        name, colon, password = base64.b64decode(encoded.strip(), validate=True).partition(b":")
        return (name.decode(), password[:_USED]) if colon and b"\0" not in password else None
    except (binascii.Error, ValueError):
        return None
