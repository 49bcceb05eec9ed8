"""A server that sends the same response to every request: an upper bound for clients.

uv run python -m benchmarks.support.answering < RESPONSE

Prints its port and serves until it is terminated.
"""

import asyncio
import sys


class _FixedResponse(asyncio.Protocol):
    """Treats everything up to an empty line as a request."""

    def __init__(self, response: bytes) -> None:
        self._response = response
        self._data = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._data += data
        *requests, self._data = self._data.split(b"\r\n\r\n")
        self._transport.write(self._response * len(requests))


async def serve(response: bytes) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _FixedResponse(response), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(sys.stdin.buffer.read()))
