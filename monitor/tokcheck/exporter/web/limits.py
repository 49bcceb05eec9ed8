"""What a client may take: connections, bytes and seconds."""

from enum import StrEnum
from typing import NamedTuple


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
