"""A server that answers every request with the same bytes: what a client can do at best.

uv run python -m benchmarks.answering < ANSWER

Prints its port and serves until it is ended.
"""

import asyncio
import sys


class _Answering(asyncio.Protocol):
    """Takes whatever ends with an empty line for a request."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer
        self._data = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._data += data
        *requests, self._data = self._data.split(b"\r\n\r\n")
        self._transport.write(self._answer * len(requests))


async def main(answer: bytes) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Answering(answer), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(sys.stdin.buffer.read()))
