import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.exporter.fake_backend import FakeBackend, run_in_loop, serving
from tokcheck.core.addresses import is_cross_origin
from tokcheck.exporter.web import Address
from tokcheck.exporter.web.middleware import is_own_host

HERE = Address("127.0.0.1", 19150)


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST:1",
        "a.localhost",
        "A.LocalHost.:1",
        "localhost.",
        "127.0.0.1:80",
        "127.0.0.1.",
        "127.9.9.9",
        "[::1]",
    ],
)
def test_names_of_loopback_are_own_hosts(host: str) -> None:
    assert is_own_host(host, HERE)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example",
        "evil.example:19150",
        "localhost.evil.example",
        "localhost.evil.com",
        "evillocalhost",
        "EVILLOCALHOST:1",
        "evil-localhost",
        "evillocalhost.",
        "evil.localhost.example",
        "localhost..",
        "localhos",
        "127.0.0.1.evil.example",
        "192.0.2.1",
        "me@localhost",
        "[::1].evil.example",
        "[::1]evil.example:80",
        "evil.example[::1]",
        "[127.0.0.1]",
        "[localhost]",
        "::1",
        "localhost/..",
        "localhost:port",
        "[::1",
        "[::2]",
        ".",
    ],
)
def test_other_names_are_not_own_hosts(host: str) -> None:
    assert not is_own_host(host, HERE)
    assert is_own_host(host, Address("192.0.2.1", 80)), (
        "a server that others reach cannot know its names"
    )


@settings(deadline=None)
@given(st.text(max_size=60))
def test_no_host_raises(host: str) -> None:
    assert is_own_host(host, HERE) in {True, False}
    assert is_cross_origin({"origin": host, "host": host}) in {True, False}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"host": "localhost:1"},
        {"sec-fetch-site": "none", "host": "localhost:1"},
        {"sec-fetch-site": "same-origin", "origin": "http://localhost:1", "host": "localhost:1"},
        {"origin": "https://Localhost:1", "host": "localhost:1"},
    ],
)
def test_programs_and_our_own_page_are_not_cross_origin(headers: dict[str, str]) -> None:
    assert not is_cross_origin(headers)


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site", "origin": "http://localhost:1", "host": "localhost:1"},
        {"origin": "http://localhost:2", "host": "localhost:1"},
        {"origin": "https://evil.example", "host": "localhost:1"},
        {"origin": "null", "host": "localhost:1"},
        {"origin": "http://[", "host": "localhost:1"},
        {"origin": "http://localhost:1"},
    ],
)
def test_other_origins_are_cross_origin(headers: dict[str, str]) -> None:
    assert is_cross_origin(headers)


@run_in_loop
async def test_a_name_rebound_to_loopback_is_rejected() -> None:
    backend = FakeBackend()
    async with serving(backend) as server, httpx.AsyncClient(base_url=server.url) as client:
        for path in ("/metrics", "/", "/-/healthy"):
            answer = await client.get(path, headers={"Host": f"evil.example:{server.port}"})
            assert 421 == answer.status_code
            assert "does not name this computer" in answer.text
            assert "evil" not in answer.text
        assert 200 == (await client.get("/metrics", headers={"Host": "localhost"})).status_code
    assert 1 == len(backend.scrapes)
