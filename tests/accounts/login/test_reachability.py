"""A token endpoint that does not respond is found before the consent page opens."""

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.accounts.login.test_session import LISTENING, PASTED, VARIABLES
from tests.support.accounts.fake_token_endpoint import FakeClock
from tests.support.accounts.login_person import Person
from tests.support.tokens import GOOGLE_CLIENT, GOOGLE_SECRET, fitbit
from tests.support.transport.client_calls import NO_CERTIFICATES, no_pause
from tests.support.transport.raw_socket_server import (
    RawServer,
    bind_refusing_socket,
    never_respond,
    respond_with,
    response,
    run_raw_server,
)
from tests.transport.test_proxies_and_tls import certificate
from tokcheck.accounts.login.session import LoginOptions, LoginResources, log_in
from tokcheck.accounts.store import Store
from tokcheck.core.errors import NetError
from tokcheck.providers import REGISTRY
from tokcheck.providers.declared.declared_provider import provider_of
from tokcheck.providers.known_services.ready_made import TABLES
from tokcheck.transport import Net
from tokcheck.transport.endpoints import Endpoints

_GOOGLE = PASTED._replace(
    provider=REGISTRY["google-health"],
    client_id=GOOGLE_CLIENT,
    redirect_uri="http://localhost:8765/callback",
)
_STRAVA = PASTED._replace(provider=provider_of(TABLES["strava"]), client_id="12345")
_FORMS = {
    "listening": LISTENING,
    "pasted": PASTED,
    "Google": _GOOGLE,
    "like an old token": _GOOGLE._replace(like=True),
    "declared": _STRAVA,
}
_SECRETS = {
    **VARIABLES,
    "TOKCHECK_GOOGLE_CLIENT_SECRET": GOOGLE_SECRET,
    "TOKCHECK_STRAVA_CLIENT_SECRET": "5e" * 20,
}


class _ShownError(Exception):
    """The consent page was shown."""


class _Watching(Person):
    """A person with a login that ends when the consent page is shown."""

    def _step(self, name: str) -> None:
        super()._step(name)
        if name == "consent page":
            raise _ShownError


class Start:
    """Begins logins with a token endpoint at an address, up to the consent page."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __call__(
        self,
        url: str,
        options: LoginOptions = PASTED,
        *,
        timeout: float = 5.0,
        verify: ssl.SSLContext = NO_CERTIFICATES,
    ) -> None:
        """Return when the consent page is shown.

        :raises NetError: if the login ends before.
        """
        provider = options.provider
        person = _Watching(old_token=fitbit("rset rsle") if options.like else None)
        endpoints = Endpoints({(provider.name, provider.oauth.service): url})
        with Net(endpoints, timeout=timeout, pause=no_pause, verify=verify) as net:
            resources = LoginResources(
                self._store, net.send, REGISTRY, _SECRETS, FakeClock().now, "x".__mul__
            )
            with pytest.raises((_ShownError, NetError)) as caught:
                log_in(options, resources, person)
        if isinstance(caught.value, NetError):
            assert [] == person.pages
            raise caught.value


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    with Store(tmp_path / "home") as store:
        yield Start(store)


@pytest.mark.parametrize("options", _FORMS.values(), ids=_FORMS)
@pytest.mark.parametrize(
    "status", ["200 OK", "404 Not Found", "405 Method Not Allowed", "503 Service Unavailable"]
)
def test_any_response_opens_the_page_and_the_request_holds_no_secret(
    start: Start, options: LoginOptions, status: str
) -> None:
    with run_raw_server(respond_with(response(b"", status=status))) as server:
        start(server.url, options)
    (request,) = server.requests
    assert request.startswith(f"HEAD {options.provider.oauth.token} HTTP/1.1\r\n".encode())
    names = [line.split(b":")[0].lower() for line in request.split(b"\r\n")[1:] if line]
    assert [] == [name for name in names if name in {b"authorization", b"cookie"}]
    assert [] == [one for one in _SECRETS.values() if one.encode() in request]
    assert request.endswith(b"\r\n\r\n"), "no body"


@pytest.mark.parametrize("options", _FORMS.values(), ids=_FORMS)
def test_a_dead_token_endpoint_opens_no_page(start: Start, options: LoginOptions) -> None:
    with bind_refusing_socket() as dead:
        url = f"http://127.0.0.1:{dead.getsockname()[1]}"
        with pytest.raises(NetError, match=r"127\.0\.0\.1 refused the connection"):
            start(url, options)


def test_a_name_that_cannot_be_resolved_opens_no_page(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(NetError) as caught:
        start("https://nothing.invalid")
    assert "dns" == caught.value.kind


def test_a_token_endpoint_that_never_responds_opens_no_page(start: Start) -> None:
    with (
        run_raw_server(never_respond) as server,
        pytest.raises(NetError, match=r"did not respond within 0\.3 s"),
    ):
        start(server.url, timeout=0.3)


def test_a_certificate_that_cannot_be_verified_opens_no_page(start: Start, tmp_path: Path) -> None:
    context, client = certificate(tmp_path, "IP:127.0.0.1")
    with run_raw_server(respond_with(response(b"", status="404 Not Found")), tls=context) as server:
        url = f"https://127.0.0.1:{server.port}"
        with pytest.raises(NetError, match=r"certificate of 127\.0\.0\.1 could not be verified"):
            start(url)
        start(url, verify=client)


def test_a_server_without_tls_opens_no_page(start: Start) -> None:
    def plain(_: RawServer, peer: socket.socket) -> None:
        peer.recv(65_536)
        peer.sendall(response(b"", status="400 Bad Request"))

    with (
        run_raw_server(plain) as server,
        pytest.raises(NetError, match=r"TLS handshake with 127\.0\.0\.1 failed"),
    ):
        start(f"https://127.0.0.1:{server.port}")


@pytest.mark.parametrize(
    ("status", "kind"),
    [("407 Proxy Authentication Required", "proxy-password"), ("403 Forbidden", "proxy")],
)
def test_a_proxy_that_refuses_opens_no_page(
    start: Start, monkeypatch: pytest.MonkeyPatch, status: str, kind: str
) -> None:
    with run_raw_server(respond_with(response(b"", status=status))) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        with pytest.raises(NetError) as caught:
            start("https://nothing.invalid")
    assert kind == caught.value.kind


def test_a_dead_proxy_opens_no_page(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    with bind_refusing_socket() as dead:
        place = f"127.0.0.1:{dead.getsockname()[1]}"
        monkeypatch.setenv("HTTPS_PROXY", f"http://{place}")
        with pytest.raises(NetError, match=f"the proxy {place}, which HTTPS_PROXY names, refused"):
            start("https://nothing.invalid")
