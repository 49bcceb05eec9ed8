"""The clock of a database's server, measured beside this computer's."""

from collections.abc import Callable

from tokcheck.storage.postgres.postgres_session import PostgresSession

# A difference of the clocks below this is what a round trip takes.
_LEAST_OFFSET = 1.0
_OFFSET_STEPS = 1024  # so that adding and subtracting it is exact
_CLOCK_SECONDS = 300.0

_READ_CLOCK = "SELECT extract(epoch FROM clock_timestamp())::float8"


class ServerClock:
    """Measures the server's clock; ``now`` and ``timer`` are the clocks of this computer."""

    offset = 0.0
    """The server's clock minus this computer's, in seconds; 0 if they agree."""

    def __init__(self, now: Callable[[], float], timer: Callable[[], float]) -> None:
        self._now = now
        self._timer = timer
        self._measured_at = (0.0, 0.0)

    def is_due(self) -> bool:
        """Return whether to measure again: after a while, or because this clock was set."""
        elapsed = self._timer() - self._measured_at[1]
        was_set = abs(self._now() - self._measured_at[0] - elapsed) > _LEAST_OFFSET
        return was_set or elapsed > _CLOCK_SECONDS

    def measure(self, session: PostgresSession) -> None:
        """Read the server's clock."""
        before, started = self._now(), self._timer()
        (there,) = session.execute(_READ_CLOCK).fetchone() or (before,)
        took = self._timer() - started
        self._measured_at = before + took, started + took
        offset = there - (before + took / 2)
        if abs(offset - self.offset) > _LEAST_OFFSET:
            rounded = round(offset * _OFFSET_STEPS) / _OFFSET_STEPS
            self.offset = rounded if abs(offset) > _LEAST_OFFSET else 0.0
