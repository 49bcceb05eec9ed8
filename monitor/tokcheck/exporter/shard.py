"""Sharing the accounts out over several processes, by name alone.

A shard needs to know nothing of the others: each name belongs to exactly one of them, on every
machine and after every restart, and an account that comes or goes moves no other.
"""

import re
from dataclasses import dataclass
from hashlib import sha256

from tokcheck.core.errors import UsageError

_HINT = "Write which shard of how many this process is, such as 2/8; the first is 1."


@dataclass(frozen=True, slots=True)
class Shard:
    """Shard ``index`` of ``count``, counted from 1."""

    index: int
    count: int

    def has(self, name: str) -> bool:
        """Tell whether an account of this name belongs here."""
        digest = sha256(name.encode("utf-8", "surrogatepass")).digest()
        return int.from_bytes(digest, "big") % self.count == self.index - 1


def parse(text: str) -> Shard:
    """Read ``2/8``.

    :raises UsageError: if it is no shard.
    """
    written = re.fullmatch(r"([0-9]{1,6})/([0-9]{1,6})", text.strip())
    if written is None:
        raise UsageError(f"{text[:20]!r} is no shard.", _HINT)
    index, count = int(written[1]), int(written[2])
    if count == 0:
        raise UsageError(f"{index}/{count}: there is at least one shard.", _HINT)
    if not 1 <= index <= count:
        raise UsageError(
            f"{index}/{count}: shards are numbered from 1 to {count}, and {index} is none of them.",
            _HINT,
        )
    return Shard(index, count)
