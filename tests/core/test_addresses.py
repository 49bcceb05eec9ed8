"""Loopback hosts: the one decision that transport, login, exporter and sandbox share."""

from collections.abc import Callable
from functools import partial

import pytest
from pydantic import TypeAdapter, ValidationError

from tokcheck.accounts.login import endpoint_of
from tokcheck.core.addresses import (
    has_stray_bracket,
    is_cross_origin,
    is_localhost,
    is_loopback,
    loopback_address,
)
from tokcheck.core.errors import UsageError
from tokcheck.declarations.value_forms import Address
from tokcheck.providers import REGISTRY
from tokcheck.transport.endpoints import resolve_endpoints

LOOPBACK = {
    "localhost": "127.0.0.1",
    "LocalHost": "127.0.0.1",
    "LOCALHOST": "127.0.0.1",
    "127.0.0.1": "127.0.0.1",
    "127.0.0.2": "127.0.0.2",
    "127.255.255.254": "127.255.255.254",
    "::1": "::1",
    "0:0:0:0:0:0:0:1": "::1",
    "::ffff:127.0.0.1": "::ffff:7f00:1",
}
OTHERS = [
    "",
    "0.0.0.0",
    "::",
    "10.0.0.1",
    "192.0.2.1",
    "128.0.0.1",
    "::2",
    "::ffff:192.0.2.1",
    "localhost.",
    "a.localhost",
    "localhost.example",
    "evillocalhost",
    "EVILLOCALHOST",
    "evil-localhost",
    "evil.localhost.example",
    "localhost.evil.com",
    "LOCALHOST.",
    ".localhost",
    "localhos",
    "127.0.0.1.example.org",
    "127.1",
    "2130706433",
    "0x7f000001",
    "127.0.0.01",
    "[::1]",
    " 127.0.0.1",
    "example.org",
]


@pytest.mark.parametrize(("host", "address"), LOOPBACK.items())
def test_a_loopback_host_has_an_address(host: str, address: str) -> None:
    found = loopback_address(host)
    assert found is not None
    # Python 3.13 and later write a mapped address with its IPv4 part.
    assert found in {address, host}
    assert is_loopback(host)


@pytest.mark.parametrize("host", OTHERS)
def test_another_host_is_not_loopback(host: str) -> None:
    assert loopback_address(host) is None
    assert not is_loopback(host)


@pytest.mark.parametrize(
    ("exact", "below", "name"),
    [
        (True, True, "localhost"),
        (True, True, "LOCALHOST"),
        (False, True, "localhost."),
        (False, True, "a.localhost"),
        (False, True, "A.b.LocalHost."),
        (False, False, "localhost.."),
        (False, False, "evillocalhost"),
        (False, False, "evil.localhost.example"),
        (False, False, "localhost.evil.com"),
        (False, False, "127.0.0.1"),
        (False, False, ""),
    ],
)
def test_names_below_localhost_count_only_on_request(
    name: str, *, exact: bool, below: bool
) -> None:
    assert exact is is_localhost(name)
    assert below is is_localhost(name, subdomains=True)


@pytest.mark.parametrize(
    ("cross", "headers"),
    [
        (False, {}),
        (False, {"host": "127.0.0.1:9"}),
        (False, {"host": "127.0.0.1:9", "origin": "http://127.0.0.1:9"}),
        (False, {"host": "LocalHost:9", "origin": "http://localhost:9"}),
        (False, {"host": "localhost", "sec-fetch-site": "None"}),
        (False, {"host": "localhost", "sec-fetch-site": "same-origin"}),
        (False, {"host": "localhost", "sec-fetch-site": "same-origin", "origin": "null"}),
        (False, {"host": "b", "sec-fetch-site": "same-origin", "origin": "https://a.example"}),
        (True, {"host": "localhost", "sec-fetch-site": "same-site"}),
        (True, {"host": "a", "sec-fetch-site": "cross-site", "origin": "http://a"}),
        (True, {"host": "localhost", "sec-fetch-site": "cross-site"}),
        (True, {"host": "localhost:9", "origin": "http://localhost:8"}),
        (True, {"host": "localhost:9", "origin": "http://localhost"}),
        (True, {"host": "localhost", "origin": "null"}),
        (True, {"origin": "null"}),
        (True, {"origin": ""}),
        (True, {"host": "", "origin": "file://"}),
        (True, {"host": "localhost", "origin": "http://[::1"}),
    ],
)
def test_a_page_of_another_origin_is_recognised(headers: dict[str, str], *, cross: bool) -> None:
    assert cross is is_cross_origin(headers)


STRAY_BRACKETS = ["[::1].evil.example", "evil.example[::1]", "[::1]evil", "[::1]:8080[", "a]b"]


@pytest.mark.parametrize("host", STRAY_BRACKETS)
def test_brackets_around_a_part_of_a_host_are_refused(host: str) -> None:
    assert has_stray_bracket(host)
    for scheme in ("http", "https"):
        url = f"{scheme}://{host}/"
        assert not _is_accepted(partial(resolve_endpoints, REGISTRY, {}, url))
        assert not _is_accepted(partial(endpoint_of, url))
        with pytest.raises(ValidationError):
            TypeAdapter(Address).validate_python(url)


@pytest.mark.parametrize("host", ["[::1]", "[::1]:80", "[::1]:", "a.example:80", "", "127.0.0.1"])
def test_brackets_around_a_whole_host_are_right(host: str) -> None:
    assert not has_stray_bracket(host)


@pytest.mark.parametrize("host", [*LOOPBACK, *OTHERS])
def test_endpoints_and_redirect_uris_agree(host: str) -> None:
    if not host or set(host) & set("[ "):
        return  # no host of a URL
    url = f"http://[{host}]:8080/" if ":" in host else f"http://{host}:8080/"
    accepted = {
        _is_accepted(lambda: endpoint_of(url)),
        _is_accepted(lambda: resolve_endpoints(REGISTRY, {}, url)),
    }
    assert accepted == {is_loopback(host)}


def _is_accepted(check: Callable[[], object]) -> bool:
    try:
        check()
    except UsageError:
        return False
    return True
