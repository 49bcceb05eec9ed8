"""Keeps a token in a header of a provider's own from the servers that redirects lead to.

httpx and requests take ``Authorization`` off a request that is redirected to another server, and no
other header.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import urljoin

import httpx

from tokcheck.library.account_tokens import ServerOrigin, origin_of

AUTHORIZATION = "Authorization"
_SENDS_HEADERS = ".send_request_headers.started"
_Trace = Callable[[str, Mapping[str, Any]], Awaitable[None] | None]


def keep_from_other_servers(
    request: httpx.Request, origin: ServerOrigin | None, header: str, *, is_async: bool
) -> None:
    """Have a header taken off all that is sent for a request to any server but one.

    httpcore reports each step of a request, and of those that redirects make of it, to the
    extension ``trace``: https://www.python-httpx.org/advanced/extensions/#trace
    """
    before: _Trace | None = request.extensions.get("trace")
    name = header.lower().encode()

    def guard(event: str, info: Mapping[str, Any]) -> Awaitable[None] | None:
        if event.endswith(_SENDS_HEADERS):
            sent = info["request"]
            if _origin_of_sent(sent) != origin:
                sent.headers = [pair for pair in sent.headers if pair[0].lower() != name]
        return None if before is None else before(event, info)

    async def guard_async(event: str, info: Mapping[str, Any]) -> None:
        waiting = guard(event, info)
        if waiting is not None:
            await waiting

    request.extensions["trace"] = guard_async if is_async else guard


def _origin_of_sent(sent: Any) -> ServerOrigin | None:  # noqa: ANN401 - of httpcore
    """Return the server that a request of httpcore is for, also if a proxy gets it."""
    url = sent.url
    if url.target.startswith((b"http://", b"https://")):
        return origin_of(url.target.decode("ascii", "replace"))
    host = url.host.decode("ascii", "replace")
    port = f":{url.port}" if url.port is not None else ""
    shown = f"[{host}]" if ":" in host and not host.startswith("[") else host
    return origin_of(f"{url.scheme.decode('ascii', 'replace')}://{shown}{port}")


def strip_before_redirect(
    origin: ServerOrigin | None,
    header: str,
    response: Any,  # noqa: ANN401 - of requests, which may not be installed
    **_options: Any,  # noqa: ANN401 - those of the request, as requests passes them
) -> None:
    """Take a header off a request of requests if its response redirects it to another server.

    The next request is a copy of this one, or of the one that was refused before it. From there, no
    redirect brings the header back.
    """
    if not response.is_redirect:
        return
    target = urljoin(response.url, response.headers["location"])
    if origin_of(target) != origin:
        for each in (response, *response.history):
            each.request.headers.pop(header, None)
