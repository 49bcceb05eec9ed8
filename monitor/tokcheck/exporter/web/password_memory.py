"""Verified and wrong credentials of clients, as keyed hashes in memory only.

Nothing of it is written to the disk: a fast hash of a password there would undo what bcrypt's cost
is for. So after a restart every password is verified once more.
"""

from collections.abc import Iterable
from hashlib import blake2b
from itertools import count
from random import SystemRandom
from secrets import token_bytes

_MAX_WRONG = 1_024
_MAX_TRIES = 1_024


class PasswordMemory:
    """Remembers right and wrong credentials, and in which order unverified ones first came.

    A hash covers the bcrypt hash too, so a user with a changed password is verified again.
    """

    def __init__(self) -> None:
        self._key = token_bytes(32)
        # By name, so that no number of wrong passwords evicts a right one.
        self._right: dict[str, bytes] = {}
        self._wrong: dict[bytes, None] = {}
        self._first_tries: dict[bytes, int] = {}
        self._numbers = count()
        self._random = SystemRandom()

    def digest(self, name: str, hashed: bytes, password: bytes) -> bytes:
        """Return the keyed hash of credentials and of the hash that they are compared with."""
        hasher = blake2b(key=self._key, digest_size=32)
        for part in (name.encode("utf-8", "surrogatepass"), hashed, password):
            hasher.update(len(part).to_bytes(4, "big") + part)
        return hasher.digest()

    def cached_result(self, name: str, digest: bytes) -> bool | None:
        """Return whether credentials are right; ``None`` if that is not known."""
        if self._right.get(name) == digest:
            return True
        return False if digest in self._wrong else None

    def remember(self, name: str, digest: bytes, *, right: bool) -> None:
        """Keep the result of a verification; of too many wrong ones the oldest is dropped."""
        self._first_tries.pop(digest, None)
        if right:
            self._right[name] = digest
            return
        self._wrong[digest] = None
        if len(self._wrong) > _MAX_WRONG:
            del self._wrong[next(iter(self._wrong))]

    def rank(self, digest: bytes) -> int:
        """Return a number that is lower the earlier these credentials came for the first time.

        Of too many a random one is dropped: dropping the oldest would let a flood of new
        passwords push out those of a client that comes back every few seconds.
        """
        known = self._first_tries.get(digest)
        if known is not None:
            return known
        if len(self._first_tries) >= _MAX_TRIES:
            del self._first_tries[self._random.choice(tuple(self._first_tries))]
        self._first_tries[digest] = next(self._numbers)
        return self._first_tries[digest]

    def forget_others(self, names: Iterable[str]) -> None:
        """Drop the right passwords of every user who is not among ``names``."""
        kept = set(names)
        self._right = {name: digest for name, digest in self._right.items() if name in kept}
