"""One connection: uvicorn's, and how long it has been at what it is doing."""

import asyncio
from collections.abc import Callable

from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle
from uvicorn.server import ServerState

from tokcheck.exporter.web.connection_limits import Crowd, Phase


class Connection(H11Protocol):
    """A client's connection, which ends nothing by itself: the crowd does.

    ``welcome`` tells, when the handshake is over, whether this client may go on. ``admission`` is
    the task that makes the connection.
    """

    def __init__(
        self,
        config: Config,
        state: ServerState,
        crowd: Crowd,
        welcome: Callable[[asyncio.BaseTransport], bool],
    ) -> None:
        super().__init__(config, state, {})
        self.admission: asyncio.Task[None] | None = None
        self._crowd = crowd
        self._welcome = welcome
        self._answered = 0
        self._stalled = False
        self._stalls = 0
        self._mark = (Phase.HEAD, 0, 0)
        self._since = crowd.timer()
        self._asked: tuple[RequestResponseCycle, float] | None = None

    @property
    def made(self) -> bool:
        """Whether there is a connection, and not merely a handshake."""
        return bool(self.transport)

    @property
    def untried(self) -> bool:
        """Whether it has never brought a whole request."""
        return not isinstance(self.cycle, RequestResponseCycle)

    @property
    def phase(self) -> Phase:
        """What it is at now."""
        if not self.made:
            return Phase.HEAD
        if self._stalled or self.transport.is_closing():
            return Phase.STALLED
        if self.untried:
            return Phase.HEAD
        if not self.cycle.response_complete:
            return Phase.ANSWER
        return Phase.HEAD if self.conn.trailing_data[0] else Phase.IDLE

    def spent(self, now: float) -> float:
        """Return for how many seconds it is at this, as far as was looked.

        Who reads a part of an answer and stops again begins anew.
        """
        mark = (self.phase, self._answered, self._stalls)
        if mark != self._mark:
            self._mark, self._since = mark, now
        return now - self._since

    def answering(self, now: float) -> float:
        """Return for how many seconds a request is under way, as far as was looked."""
        if self.untried or self.cycle.response_complete:
            return 0.0
        if self._asked is None or self._asked[0] is not self.cycle:
            self._asked = self.cycle, now
        return now - self._asked[1]

    def cut(self) -> None:
        """End it at once, whatever it is at."""
        if self.made:
            self.transport.abort()
        elif self.admission is not None:
            self.admission.cancel()

    def finish(self) -> None:
        """End it as soon as what is under way is answered."""
        if not self.made:
            self.cut()
        elif not self.untried and not self.cycle.response_complete:
            self.cycle.keep_alive = False
        else:
            self.transport.close()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn's own
        """Turn away who is not welcome."""
        super().connection_made(transport)
        if not self._welcome(transport):
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Leave the crowd."""
        self._crowd.leave(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes, unless they are of one that was turned away."""
        if not self.transport.is_closing():  # or it was not welcome
            super().data_received(data)

    def handle_events(self) -> None:
        """Work on what was received."""
        try:
            super().handle_events()
        except Exception:  # noqa: BLE001 - a fault of the client's, met while it is being answered
            self.transport.abort()

    def on_response_complete(self) -> None:
        """Count the answers."""
        self._answered += 1
        super().on_response_complete()

    def pause_writing(self) -> None:
        """Note that the client does not read."""
        super().pause_writing()
        self._stalled = True
        self._stalls += 1
        self._crowd.stalls(self)

    def resume_writing(self) -> None:
        """Note that it reads again."""
        super().resume_writing()
        self._stalled = False
        self._crowd.reads(self)
