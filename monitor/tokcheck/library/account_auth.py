"""``tokcheck.auth``: the authentication of a stored account, for httpx and for requests."""

from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlsplit

import anyio.to_thread
import httpx
from anyio import CapacityLimiter
from anyio.lowlevel import RunVar

from tokcheck.accounts.names import checked_name
from tokcheck.library.account_tokens import AccountTokens, PresentedToken, ServerOrigin, origin_of
from tokcheck.library.call_arguments import check_arguments
from tokcheck.library.network import seconds_of_min_ttl
from tokcheck.library.redirect_guard import (
    AUTHORIZATION,
    keep_from_other_servers,
    strip_before_redirect,
)

_Prepared = TypeVar("_Prepared")
_Result = TypeVar("_Result")
_UNAUTHORIZED = 401
# Reading the store and a refresh block. Requests that wait for the same refresh must not use up
# the threads that an event loop has for everything else.
_THREADS: RunVar[CapacityLimiter] = RunVar("tokcheck.auth")
_MOST_THREADS = 4


def auth(
    account: str,
    *,
    min_ttl: float | timedelta = 300.0,
    api_url: str | None = None,
    environment: Mapping[str, str] | None = None,
    now: Callable[[], datetime] | None = None,
) -> "AccountAuth":
    """Return the authentication of a stored account, for clients of httpx and of requests.

    It puts a fresh access token on each request. A token that is about to expire is refreshed
    first, once however many threads and processes need it. A response with the status 401 leads to
    one refresh, and the request is sent once more. The token goes to the servers of the account's
    provider only; a request to another one raises an error before it is sent.

    Sending a request may raise:

    - `UsageError` if there is no such account, or if the request is not for its provider;
    - `GrantError` if the account needs a new login;
    - `OAuthError` or `NetError` if a refresh fails, and the token has expired or was refused;
    - `StoreError` if the accounts cannot be read. While their database is away, a token that this
      process knows is used until it expires.

    Args:
        account: The name of the account, as `tokcheck login` and `tokcheck accounts list` show it.
        min_ttl: Refresh the token if it is valid for this many seconds or less.
        api_url: The address of another server with the provider's API, which gets the token
            instead: `https://`, or `http://` on loopback.
        environment: Where the data folder (`TOKCHECK_HOME`), addresses (`TOKCHECK_..._URL`) and
            the secrets of applications are set; `os.environ` by default.
        now: Returns the present moment, with a time zone; the system's clock by default.

    Returns:
        An object for `auth=` of httpx (clients and requests, sync and async) and of requests
        (sessions and requests).

    Raises:
        UsageError: If the text cannot be the name of an account, such as a token, or if `min_ttl`
            is negative or not a number (NaN).
        TypeError: If an argument is of another type; the message names it.

    """
    if min_ttl is None:
        raise TypeError("min_ttl is a number of seconds or a timedelta, not NoneType")
    check_arguments(
        account=account, min_ttl=min_ttl, api_url=api_url, environment=environment, now=now
    )
    seconds = seconds_of_min_ttl(min_ttl)
    tokens = AccountTokens(
        checked_name(account), min_ttl=seconds, api_url=api_url, environment=environment, now=now
    )
    return AccountAuth(tokens)


class AccountAuth(httpx.Auth):
    """The authentication of a stored account, which [`auth`][tokcheck.auth] returns."""

    def __init__(self, tokens: AccountTokens) -> None:
        self._tokens = tokens

    def __repr__(self) -> str:
        return f"tokcheck.auth({self._tokens.name!r})"

    def sync_auth_flow(
        self, request: httpx.Request
    ) -> Generator[httpx.Request, httpx.Response, None]:
        """Authenticate a request of an `httpx.Client`."""
        fingerprint = self._authorize(request)
        response = yield request
        if response.status_code == _UNAUTHORIZED:
            fingerprint = self._authorize_again(request, response, fingerprint)
            if not fingerprint:
                return
            response = yield request
        self._tokens.record_response(fingerprint, _resource_of(request), response.status_code)

    async def async_auth_flow(
        self, request: httpx.Request
    ) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Authenticate a request of an `httpx.AsyncClient`, under asyncio or trio."""
        fingerprint = await _run_in_thread(partial(self._authorize, request, is_async=True))
        response = yield request
        if response.status_code == _UNAUTHORIZED:
            fingerprint = await _run_in_thread(
                partial(self._authorize_again, request, response, fingerprint)
            )
            if not fingerprint:
                return
            response = yield request
        self._tokens.record_response(fingerprint, _resource_of(request), response.status_code)

    def __call__(self, request: _Prepared) -> _Prepared:
        """Authenticate a prepared request of requests."""
        prepared: Any = request
        origin = origin_of(prepared.url)
        token = self._tokens.fresh(origin)
        _put(prepared.headers, token)
        # No secret in the hooks: a response holds its request, and may be pickled with it.
        hook = partial(self._retry_prepared, origin, token.secret.fingerprint)
        prepared.register_hook("response", hook)
        if token.header != AUTHORIZATION:
            guard = partial(strip_before_redirect, origin, token.header)
            prepared.register_hook("response", guard)
        return request

    def _authorize(self, request: httpx.Request, *, is_async: bool = False) -> str:
        """Put a token on a request and return its fingerprint."""
        origin = _origin_of_url(request.url)
        token = self._tokens.fresh(origin)
        _put(request.headers, token)
        if token.header != AUTHORIZATION:
            keep_from_other_servers(request, origin, token.header, is_async=is_async)
        return token.secret.fingerprint

    def _authorize_again(
        self, request: httpx.Request, response: httpx.Response, refused: str
    ) -> str:
        """Put another token on a request that was refused, and return its fingerprint.

        Empty if the request must not be sent again.
        """
        origin = _origin_of_url(request.url)
        if _origin_of_url(response.request.url) != origin:
            return ""  # a redirect led to another server, which did not get the token
        token = self._tokens.replacement(refused, origin, _resource_of(request))
        if token is None or not _is_replayable(request):
            return ""
        _put(request.headers, token)
        return token.secret.fingerprint

    def _retry_prepared(
        self,
        origin: ServerOrigin | None,
        refused: str,
        response: Any,  # noqa: ANN401 - a response of requests, which may not be installed
        **options: Any,  # noqa: ANN401 - those of the request, as requests passes them
    ) -> Any:  # noqa: ANN401 - the same
        """Return the response to use: this one, or that of a second request after a 401."""
        request = response.request
        if origin_of(request.url) != origin:
            return response
        resource = f"{request.method} {urlsplit(request.url).path}"
        if response.status_code != _UNAUTHORIZED:
            self._tokens.record_response(refused, resource, response.status_code)
            return response
        try:
            token = self._tokens.replacement(refused, origin, resource)
        except BaseException:
            response.close()  # no other server gets it
            raise
        body, connection = request.body, getattr(response, "connection", None)
        if token is None or connection is None or not isinstance(body, (bytes, str, type(None))):
            return response
        _ = response.content  # so that the connection can be used again
        response.close()
        again = request.copy()
        for headers in (again.headers, request.headers):  # the latter are those of a redirect
            _put(headers, token)
        second = connection.send(again, **options)
        second.history.append(response)
        second.request = again
        self._tokens.record_response(token.secret.fingerprint, resource, second.status_code)
        return second


def _put(headers: Any, token: PresentedToken) -> None:  # noqa: ANN401 - of httpx or requests
    text = token.secret.reveal()
    headers[token.header] = f"{token.scheme} {text}" if token.scheme else text


def _origin_of_url(url: httpx.URL) -> ServerOrigin | None:
    return origin_of(f"{url.scheme}://{url.netloc.decode('ascii')}")


def _resource_of(request: httpx.Request) -> str:
    return f"{request.method} {request.url.path}"


def _is_replayable(request: httpx.Request) -> bool:
    """Return whether the whole body is in memory; a stream may be at its end."""
    try:
        _ = request.content
    except httpx.RequestNotRead:
        return False
    return True


async def _run_in_thread(work: Callable[[], _Result]) -> _Result:
    try:
        limiter = _THREADS.get()
    except LookupError:
        limiter = CapacityLimiter(_MOST_THREADS)
        _THREADS.set(limiter)
    return await anyio.to_thread.run_sync(work, limiter=limiter)
