"""All connections together: how many there may be, and which has to go.

What a client may take: connections, bytes and seconds.
"""

import asyncio
from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple, Protocol


class Phase(StrEnum):
    """What a connection is at; each has a bound of its own."""

    HEAD = "head"  # a handshake, a request line or headers
    IDLE = "idle"  # between two requests
    ANSWER = "answer"  # a request under way
    STALLED = "stalled"  # an answer that the client does not read


class Limits(NamedTuple):
    """The bounds of the web side; times are in seconds.

    ``head`` is how long a request's line and headers may take, a TLS handshake the same; ``idle``
    how long a kept connection may rest; ``stalled`` how long a client may read nothing of an
    answer; ``answer`` how long a request may take in all. At most ``readers`` connections may be
    stalled at once: each holds a whole body in memory. ``grace`` is for requests under way when
    the exporter ends, ``check`` the pause between two looks at all of this and at the files.
    """

    connections: int = 128
    readers: int = 16
    head_bytes: int = 16_384
    head: float = 10.0
    idle: float = 90.0
    stalled: float = 10.0
    answer: float = 60.0
    grace: float = 2.0
    check: float = 1.0

    def seconds(self, phase: Phase) -> float:
        """Return how long a connection may be at this."""
        return {
            Phase.HEAD: self.head,
            Phase.IDLE: self.idle,
            Phase.ANSWER: self.answer,
            Phase.STALLED: self.stalled,
        }[phase]


class Member(Protocol):
    """What the crowd knows of a connection."""

    @property
    def phase(self) -> Phase:
        """What it is at now."""
        ...

    @property
    def untried(self) -> bool:
        """Whether it has never brought a whole request."""
        ...

    def spent(self, now: float) -> float:
        """Return for how many seconds it is at this."""
        ...

    def answering(self, now: float) -> float:
        """Return for how many seconds a request is under way."""
        ...

    def cut(self) -> None:
        """End it at once."""
        ...


class Crowd:
    """Bounds the connections. ``timer`` is a clock that never goes back.

    Where they are too many, the one that is slowest at the least goes: who says nothing before
    who rests, who rests before who does not read. So slow ones cannot keep others out.
    """

    def __init__(self, limits: Limits, timer: Callable[[], float]) -> None:
        self.timer = timer
        self._limits = limits
        self._members: dict[Member, None] = {}
        self._stalled: dict[Member, None] = {}
        self._empty = asyncio.Event()
        self._empty.set()

    def __len__(self) -> int:
        return len(self._members)

    def enter(self, member: Member) -> bool:
        """Let one in, or tell that there is no place: everybody is being answered."""
        if len(self._members) >= self._limits.connections:
            slowest = self._slowest()
            if slowest is None:
                return False
            self.leave(slowest)
            slowest.cut()
        self._members[member] = None
        self._empty.clear()
        return True

    def leave(self, member: Member) -> None:
        """Forget one that has ended."""
        self._members.pop(member, None)
        self._stalled.pop(member, None)
        if not self._members:
            self._empty.set()

    def stalls(self, member: Member) -> None:
        """Note that one does not read its answer; of too many, the first to stop goes."""
        self._stalled[member] = None
        if len(self._stalled) > self._limits.readers:
            first = next(iter(self._stalled))
            del self._stalled[first]
            first.cut()

    def reads(self, member: Member) -> None:
        """Note that one reads again."""
        self._stalled.pop(member, None)

    def sweep(self) -> None:
        """End whatever takes too long."""
        now = self.timer()
        for member in tuple(self._members):
            slow = member.spent(now) > self._limits.seconds(member.phase)
            if slow or member.answering(now) > self._limits.answer:
                member.cut()

    def members(self) -> tuple[Member, ...]:
        """Return everybody who is here, the first to come first."""
        return tuple(self._members)

    async def emptied(self) -> None:
        """Wait until nobody is left."""
        await self._empty.wait()

    def _slowest(self) -> Member | None:
        now = self.timer()
        ranked = [
            (_RANK[member.phase] - member.untried, member.spent(now), member)
            for member in self._members
            if member.phase is not Phase.ANSWER
        ]
        if not ranked:
            return None
        least = min(rank for rank, _, _ in ranked)
        return max((one for one in ranked if one[0] == least), key=lambda one: one[1])[2]


# Who never brought a request stands before all others of the same phase.
_RANK = {Phase.HEAD: 2, Phase.IDLE: 2, Phase.STALLED: 4}
