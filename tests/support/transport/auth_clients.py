"""The HTTP libraries that send a request with the auth of a stored account."""

import asyncio
from typing import Any, Protocol

import httpx
import requests

import tokcheck
from tests.support.accounts.stored_accounts import StoredAccounts
from tokcheck.library.account_auth import AccountAuth

UNUSED_ADDRESS = "http://127.0.0.1:9"  # the discard port: nothing listens there
Answer = httpx.Response | requests.Response


class SendWith(Protocol):
    """Send a request with an auth by one of the libraries."""

    def __call__(
        self, auth: AccountAuth, url: str, *, body: bytes | None = None, follow: bool = False
    ) -> Answer: ...


def send_by_httpx(
    auth: AccountAuth, url: str, *, body: bytes | None = None, follow: bool = False
) -> Answer:
    with httpx.Client(auth=auth, follow_redirects=follow) as client:
        return client.request("POST" if body else "GET", url, content=body)


def send_by_async_httpx(
    auth: AccountAuth, url: str, *, body: bytes | None = None, follow: bool = False
) -> Answer:
    async def send() -> httpx.Response:
        async with httpx.AsyncClient(auth=auth, follow_redirects=follow) as client:
            return await client.request("POST" if body else "GET", url, content=body)

    return asyncio.run(send())


def send_by_requests(
    auth: AccountAuth, url: str, *, body: bytes | None = None, follow: bool = False
) -> Answer:
    with requests.Session() as session:
        session.auth = auth
        method = "POST" if body else "GET"
        return session.request(method, url, data=body, allow_redirects=follow, timeout=30)


def make_auth(accounts: StoredAccounts, name: str = "alex", **options: Any) -> AccountAuth:
    return tokcheck.auth(name, environment=accounts.environment, **options)
