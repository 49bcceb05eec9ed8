"""HTTP basic authentication against bcrypt hashes.

A bcrypt check takes a tenth of a second of a whole core on purpose. So checks run in a thread, one
at a time, and their results are remembered. The queue is bounded and in fair order:

- Credentials that are known to be right never wait, also after a reload of the configuration.
- Client addresses take turns, and so do the user names at one address. Wrong passwords delay
  another address, or another name, by one check for each address and name that waits.
- Where the address and the name are the same, as behind a proxy, only what was sent earlier goes
  first. A client that is rejected as busy and comes back with the same password has its place
  before all that came after its first try, so a bounded number of tries is enough.

The limit: these places are remembered for some 1,000 passwords. A flood of more than that between
two tries, from the same address and with the same user name, makes it a matter of chance again.
"""

import asyncio
import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import bcrypt

from tokcheck.core.secret import Secret
from tokcheck.exporter.web.password_memory import PasswordMemory
from tokcheck.exporter.web.password_queue import Party, PasswordQueue, client_network

PasswordCheck: TypeAlias = Callable[[bytes, bytes], bool]

_PASSWORD_BYTES = 72  # the part of a password that bcrypt uses
_MAX_HEADER = 4_096
# Below the number of connections: there is room for clients who need not wait.
_MAX_WAITING = 96
_COST = slice(4, 6)


class BusyError(Exception):
    """Too many passwords wait to be checked."""


@dataclass(eq=False, slots=True)
class _Check:
    """Credentials that wait to be checked, or are being checked."""

    name: str
    password: bytes
    hashed: bytes
    digest: bytes
    party: Party
    result: asyncio.Future[bool | None] = field(default_factory=asyncio.Future)
    """``None`` if they lost their place."""
    clients: int = 0
    """How many requests wait for the result."""


class BasicAuth:
    """Checks ``Authorization`` headers; without any users, everyone is authorized.

    ``hashes`` are bcrypt hashes by user name. ``check`` returns whether a password matches a hash,
    and is slow. ``memory`` holds the results of an earlier configuration.
    """

    def __init__(
        self,
        hashes: Mapping[str, Secret],
        check: PasswordCheck = bcrypt.checkpw,
        memory: PasswordMemory | None = None,
    ) -> None:
        self._check_hash = check
        self._hashes = {name: secret.reveal().encode() for name, secret in hashes.items()}
        # An unknown name takes as long as a known one. No password has this hash: its last 31
        # characters are made up.
        cost = max((int(known[_COST]) for known in self._hashes.values()), default=10)
        self._unknown_user_hash = bcrypt.gensalt(cost) + b"." * 31
        self._memory = memory if memory is not None else PasswordMemory()
        self._memory.forget_others(self._hashes)
        self._queue: PasswordQueue[_Check] = PasswordQueue(_MAX_WAITING)
        self._checks: dict[bytes, _Check] = {}  # waiting or running, by the hash of the credentials
        self._worker: asyncio.Task[None] | None = None

    def __bool__(self) -> bool:
        return bool(self._hashes)

    def cached_result(self, authorization: str | None) -> bool | None:
        """Return whether a header is right if that is known at once, otherwise ``None``."""
        if not self._hashes:
            return True
        credentials = _credentials(authorization)
        if credentials is None:
            return False
        name, password = credentials
        return self._memory.cached_result(name, self._digest(name, password))

    async def is_authorized(self, authorization: str | None, address: str = "") -> bool:
        """Return whether an ``Authorization`` header has a known name and its password.

        ``address`` is the client's. Cancelling it gives up the place among those that wait.

        :raises BusyError: if too many other passwords wait to be checked.
        """
        known = self.cached_result(authorization)
        credentials = _credentials(authorization)
        if known is not None or credentials is None:
            return bool(known)
        check = self._start_check(*credentials, address)
        check.clients += 1
        try:
            result = await asyncio.shield(check.result)
        finally:
            check.clients -= 1
            if not check.clients and not check.result.done():
                self._give_up(check)
        if result is None:
            raise BusyError
        return result

    def _start_check(self, name: str, password: bytes, address: str) -> _Check:
        """Return the check of these credentials, the one under way if there is one."""
        digest = self._digest(name, password)
        check = self._checks.get(digest)
        if check is not None:
            return check
        party = Party(client_network(address), name if name in self._hashes else "")
        check = _Check(name, password, self._hash_for(name), digest, party)
        self._checks[digest] = check
        loser = self._queue.add(party, self._memory.rank(digest), check)
        if loser is not None:
            del self._checks[loser.digest]
            loser.result.set_result(None)
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._run_checks())
        return check

    def _give_up(self, check: _Check) -> None:
        """Remove a check that no request waits for any more; one that already runs continues."""
        if self._queue.remove(check.party, check):
            del self._checks[check.digest]

    async def _run_checks(self) -> None:
        while (check := self._queue.take()) is not None:
            try:
                right = await asyncio.to_thread(self._check_hash, check.password, check.hashed)
                right = right and check.name in self._hashes
                self._memory.remember(check.name, check.digest, right=right)
                check.result.set_result(right)
            except Exception as error:  # noqa: BLE001 - a bug, which the middleware announces
                if check.clients:
                    check.result.set_exception(error)
            finally:
                del self._checks[check.digest]
                if not check.result.done():
                    check.result.set_result(None)

    def _digest(self, name: str, password: bytes) -> bytes:
        return self._memory.digest(name, self._hash_for(name), password)

    def _hash_for(self, name: str) -> bytes:
        return self._hashes.get(name, self._unknown_user_hash)


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
