"""Where the server listens, who may reload, and what needs no password."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import bcrypt
import httpx
import pytest

from tests.support.exporter.fake_backend import FINE, LOW, FakeBackend, run_in_loop, serving
from tokcheck.core.errors import UsageError
from tokcheck.exporter.web import Address
from tokcheck.exporter.web.listening.address import Systemd, Target, UnixAddress, parse_target
from tokcheck.exporter.web.listening.listener import Listener, inherited_listeners, open_listeners
from tokcheck.exporter.web.options import WebOptions, check_targets, parse_metrics_path

_EVERYWHERE = Address("0.0.0.0", 0)


@pytest.fixture
def passwords(tmp_path: Path) -> Path:
    file = tmp_path / "web.yml"
    digest = bcrypt.hashpw(b"secret", bcrypt.gensalt(4)).decode()
    file.write_text(f"basic_auth_users:\n  anna: {digest}\n")
    return file


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("unix:/run/tokcheck.sock", UnixAddress(Path("/run/tokcheck.sock"))),
        (" unix:///run/tokcheck.sock ", UnixAddress(Path("/run/tokcheck.sock"))),
        ("systemd", Systemd()),
        ("127.0.0.1:1", Address("127.0.0.1", 1)),
    ],
)
def test_a_target_is_parsed(text: str, target: object) -> None:
    assert target == parse_target(text)


@pytest.mark.parametrize("text", ["unix:", "unix:run/x", "unix", "vsock://:1"])
def test_other_targets_are_usage_errors(text: str) -> None:
    with pytest.raises(UsageError):
        parse_target(text)


def test_the_path_of_the_metrics() -> None:
    good = {"/metrics": "/metrics", "/a/b-c/": "/a/b-c", "/-x": "/-x", "/apis": "/apis"}
    assert good == {text: parse_metrics_path(text) for text in good}
    for bad in (
        "",
        "/",
        "metrics",
        "/-/healthy",
        "/-",
        "/api/v1",
        "/a?b",
        "/a b",
        "//",
        "/ä",
        "/{x}",
    ):
        with pytest.raises(UsageError):
            parse_metrics_path(bad)


@run_in_loop
async def test_the_metrics_are_at_their_path_and_the_page_links_to_it() -> None:
    options = WebOptions(metrics_path="/own/metrics")
    async with (
        serving(FakeBackend(), options=options) as server,
        httpx.AsyncClient(base_url=server.url) as client,
    ):
        assert 200 == (await client.get("/own/metrics")).status_code
        assert 404 == (await client.get("/metrics")).status_code
        assert 'own/metrics">Metrics' in (await client.get("/")).text


@run_in_loop
async def test_it_listens_at_a_socket_of_the_file_system(tmp_path: Path) -> None:
    path = tmp_path / "tokcheck.sock"
    async with serving(FakeBackend(), address=UnixAddress(path)) as server:
        assert [f"Listening on unix:{path}"] == server.lines
        assert 0o660 == path.stat().st_mode & 0o777
        transport = httpx.AsyncHTTPTransport(uds=str(path))
        async with httpx.AsyncClient(transport=transport, base_url="http://any.name") as client:
            assert 200 == (await client.get("/metrics")).status_code
            assert 200 == (await client.post("/-/reload")).status_code
    assert not path.exists()


def test_a_socket_that_a_killed_process_left_is_replaced_and_no_other_file(tmp_path: Path) -> None:
    path = tmp_path / "tokcheck.sock"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    with open_listeners([UnixAddress(path)], {}):
        with (
            pytest.raises(UsageError, match="Address already in use"),
            open_listeners([UnixAddress(path)], {}),
        ):
            pass
        assert path.exists()
    path.write_text("mine")
    with pytest.raises(UsageError), open_listeners([UnixAddress(path)], {}):
        pass
    assert "mine" == path.read_text()


def test_of_several_addresses_none_stays_open_if_one_is_not_available() -> None:
    with socket.create_server(("127.0.0.1", 0)) as used:
        port = used.getsockname()[1]
        free = Address("127.0.0.1", 0)
        with pytest.raises(UsageError), open_listeners([free, Address("127.0.0.1", port)], {}):
            pass
        with open_listeners([free, free], {}) as listeners:
            assert 2 == len({one.socket.getsockname() for one in listeners})


@pytest.mark.parametrize(
    "environment",
    [{}, {"LISTEN_FDS": "1"}, {"LISTEN_FDS": "1", "LISTEN_PID": "1"}]
    + [{"LISTEN_FDS": count, "LISTEN_PID": str(os.getpid())} for count in ("0", "-1", "x", "")],
)
def test_without_sockets_of_systemd_there_is_a_usage_error(environment: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="no socket"):
        inherited_listeners(environment)


_CHILD = """
import os, sys
from tokcheck.core.errors import UsageError
from tokcheck.exporter.web.listening.listener import inherited_listeners
numbers = [int(word) for word in sys.argv[1:]]
for place, number in enumerate(numbers, 10):
    os.dup2(number, place)
for place in range(len(numbers)):
    os.dup2(10 + place, 3 + place)
try:
    found = inherited_listeners({"LISTEN_FDS": str(len(numbers)), "LISTEN_PID": str(os.getpid())})
except UsageError as error:
    print(error.message)
else:
    for one in found:
        print(one.address, one.address.loopback, os.get_inheritable(one.socket.fileno()))
"""


def _inherit(*passed: socket.socket) -> list[str]:
    """Return what a process says of the sockets that it inherits."""
    numbers = [one.fileno() for one in passed]
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, *map(str, numbers)],
        pass_fds=numbers,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


@pytest.fixture
def tcp() -> Iterator[socket.socket]:
    with socket.create_server(("0.0.0.0", 0)) as listener:
        yield listener


@pytest.mark.skipif(sys.platform == "win32", reason="there is no systemd")
def test_the_sockets_of_systemd_are_taken_over(tmp_path: Path, tcp: socket.socket) -> None:
    port, path = tcp.getsockname()[1], tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as unix, socket.socket() as idle:
        unix.bind(str(path))
        unix.listen()
        expected = [f"0.0.0.0:{port} False False", f"unix:{path} True False"]
        assert expected == _inherit(tcp, unix)
        words = "systemd has passed a descriptor that is not a listening stream socket."
        assert [words] == _inherit(tcp, idle)
    first, second = socket.socketpair()
    with first, second, socket.socket(type=socket.SOCK_DGRAM) as datagram:
        datagram.bind(("127.0.0.1", 0))
        for wrong in (datagram, first):
            assert [words] == _inherit(tcp, wrong)


def test_closing_a_passed_socket_leaves_its_file(tmp_path: Path) -> None:
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as unix:
        unix.bind(str(path))
        unix.listen()
        Listener(unix, UnixAddress(path)).socket.close()
    assert path.exists()


@pytest.mark.parametrize(
    ("options", "with_password", "status"),
    [
        (WebOptions(), False, 403),
        (WebOptions(enable_lifecycle=True), False, 200),
        (WebOptions(), True, 200),
    ],
)
@run_in_loop
async def test_beyond_loopback_a_reload_needs_authentication_or_the_option(
    passwords: Path, options: WebOptions, status: int, *, with_password: bool
) -> None:
    backend = FakeBackend()
    config = passwords if with_password else None
    async with serving(backend, address=_EVERYWHERE, web_config=config, options=options) as server:
        url = f"http://127.0.0.1:{server.port}"
        async with httpx.AsyncClient(base_url=url, auth=("anna", "secret")) as client:
            got = await client.post("/-/reload")
            assert status == got.status_code
            assert (status == 403) is ("--web.enable-lifecycle" in got.text)
    assert int(status == 200) == backend.reloads


@pytest.mark.parametrize("is_open", [False, True])
@run_in_loop
async def test_health_can_be_answered_without_a_password(passwords: Path, *, is_open: bool) -> None:
    options = WebOptions(open_health=is_open)
    async with (
        serving(FakeBackend(), web_config=passwords, options=options) as server,
        httpx.AsyncClient(base_url=server.url) as client,
    ):
        assert (200 if is_open else 401) == (await client.get("/-/healthy")).status_code
        for path in ("/", "/metrics", "/-/ready", "/-/healthy/", "//-/healthy", "/-/reload"):
            assert 401 == (await client.get(path)).status_code, path
        evil = await client.get("/-/healthy", headers={"Host": "evil.example"})
        assert 421 == evil.status_code


@pytest.mark.parametrize(("address", "buttons"), [(Address("127.0.0.1", 0), 1), (_EVERYWHERE, 0)])
@run_in_loop
async def test_the_page_has_a_button_where_a_probe_is_allowed(
    address: Address, buttons: int
) -> None:
    backend = FakeBackend((FINE, LOW), probeable=frozenset({FINE.name}))
    async with serving(backend, address=address) as server:
        url = f"http://127.0.0.1:{server.port}"
        async with httpx.AsyncClient(base_url=url) as client:
            page = (await client.get("/")).text
    form = '<form method="post" action="-/probe?account=ada-watch">'
    assert buttons == page.count(form) == page.count("<button>Probe now</button></form>")
    assert buttons == page.count("Probe now")


def test_an_address_includes_those_of_its_family_with_the_same_port() -> None:
    table = [
        (None, ":80", "[::1]:81"),
        (None, "0.0.0.0:80", "[::1]:80"),
        (None, "[::]:80", "127.0.0.1:80"),
        (None, "[::]:80", "0.0.0.0:80"),
        (None, ":0", "127.0.0.1:0"),
        (None, "127.0.0.1:80", "127.0.0.2:80"),
        (None, ":80", "unix:/run/s"),
        (None, ":80", "systemd"),
        (":80 includes 127.0.0.1:80.", ":80", "127.0.0.1:80"),
        (":80 includes 127.0.0.1:80.", "127.0.0.1:80", ":80"),
        (":80 includes [::1]:80.", ":80", "[::1]:80"),
        (":80 includes 0.0.0.0:80.", "0.0.0.0:80", ":80"),
        (":80 includes [::]:80.", ":80", "[::]:80"),
        ("0.0.0.0:80 includes 192.0.2.7:80.", "0.0.0.0:80", "192.0.2.7:80"),
        ("[::]:80 includes [::1]:80.", "[::1]:80", "[::]:80"),
    ]
    wrong = [
        (want, *words)
        for want, *words in table
        if want != _overlap([parse_target(word) for word in words])
    ]
    assert [] == wrong


def _overlap(targets: Sequence[Target]) -> str | None:
    """Return the error about targets of which one includes another."""
    try:
        check_targets(targets)
    except UsageError as error:
        return error.message
    return None
