import asyncio
import ssl
from pathlib import Path

import httpx
import pytest

from tests.support.exporter.certificates import (
    Pair,
    encrypt_key,
    make_ca,
    make_certificate,
    needs_openssl,
)
from tests.support.exporter.fake_backend import (
    FakeBackend,
    RunningServer,
    run_in_loop,
    serving,
    wait_until,
)
from tokcheck.core.errors import UsageError
from tokcheck.exporter.web import Address, Limits, parse_web_config
from tokcheck.exporter.web.config import tls

pytestmark = needs_openssl


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificates")
    ca = make_ca(folder)
    make_certificate(ca, folder, "server")
    make_certificate(
        ca, folder, "friend", "DNS:friend.example,IP:2001:db8::1,email:a@b.example,URI:spiffe://x"
    )
    make_certificate(make_ca(folder, "other"), folder, "stranger")
    encrypt_key(Pair(folder / "server.pem", folder / "server.key"), folder)
    return folder


def _write(folder: Path, *lines: str, name: str = "web.yml", more: str = "") -> Path:
    every = ("cert_file: server.pem", "key_file: server.key", *lines)
    file = folder / name
    file.write_text("tls_server_config:\n" + "".join(f"  {line}\n" for line in every) + more)
    return file


def _client(folder: Path, name: str | None = None, ca: str = "ca") -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(folder / f"{ca}.pem"))
    if name is not None:
        context.load_cert_chain(folder / f"{name}.pem", folder / f"{name}.key")
    return context


async def _get(server: RunningServer, context: ssl.SSLContext) -> int:
    async with httpx.AsyncClient(base_url=server.url, verify=context) as client:
        return (await client.get("/metrics")).status_code


async def _assert_rejected(server: RunningServer, context: ssl.SSLContext) -> None:
    with pytest.raises(httpx.TransportError):
        await _get(server, context)


@run_in_loop
async def test_metrics_over_tls(folder: Path) -> None:
    backend = FakeBackend(body=b"a 1\n" * 100_000)
    async with serving(backend, web_config=_write(folder)) as server:
        assert server.url.startswith("https://127.0.0.1:")
        assert 200 == await _get(server, _client(folder))
        await _assert_rejected(server, _client(folder, ca="other"))
        with pytest.raises(httpx.TransportError):
            await httpx.AsyncClient().get(server.url.replace("https", "http"))


@pytest.mark.parametrize(
    ("setting", "offered", "version"),
    [
        ("min_version: TLS12", ssl.TLSVersion.TLSv1_2, "TLSv1.2"),
        ("min_version: TLS13", ssl.TLSVersion.TLSv1_2, None),
        ("min_version: TLS13", ssl.TLSVersion.TLSv1_3, "TLSv1.3"),
        ("max_version: TLS12", ssl.TLSVersion.TLSv1_3, None),
    ],
)
@run_in_loop
async def test_the_tls_versions_are_limited(
    folder: Path, setting: str, offered: ssl.TLSVersion, version: str | None
) -> None:
    context = _client(folder)
    context.minimum_version = context.maximum_version = offered
    file = _write(folder, setting, name=f"{setting[:3]}{setting[-2:]}.yml")
    async with serving(FakeBackend(), web_config=file) as server:
        if version is None:
            await _assert_rejected(server, context)
            return
        _, writer = await asyncio.open_connection("127.0.0.1", server.port, ssl=context)
        assert version == writer.get_extra_info("ssl_object").version()
        writer.close()
        await writer.wait_closed()


@run_in_loop
async def test_one_cipher_suite_and_one_curve_are_used(folder: Path) -> None:
    context = _client(folder)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    file = _write(
        folder,
        "cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384]",
        "curve_preferences: [CurveP384]",
        "prefer_server_cipher_suites: false",
        name="cipher.yml",
    )
    async with serving(FakeBackend(), web_config=file) as server:
        _, writer = await asyncio.open_connection("127.0.0.1", server.port, ssl=context)
        assert "ECDHE-ECDSA-AES256-GCM-SHA384" == writer.get_extra_info("cipher")[0]
        writer.close()
        await writer.wait_closed()
        context.set_ecdh_curve("prime256v1")
        await _assert_rejected(server, context)


@run_in_loop
async def test_clients_must_show_a_certificate_of_the_authority(folder: Path) -> None:
    must = ("client_auth_type: RequireAndVerifyClientCert", "client_ca_file: ca.pem")
    file = _write(folder, *must, name="must.yml")
    backend = FakeBackend()
    async with serving(backend, web_config=file) as server:
        assert 200 == await _get(server, _client(folder, "friend"))
        await _assert_rejected(server, _client(folder))
        await _assert_rejected(server, _client(folder, "stranger"))
    assert 1 == len(backend.scrapes)


@run_in_loop
async def test_a_certificate_that_is_given_is_verified(folder: Path) -> None:
    ca = (folder / "ca.pem").read_text().replace("\n", "\n    ")
    may = ("client_auth_type: VerifyClientCertIfGiven", f"client_ca: |\n    {ca}")
    async with serving(FakeBackend(), web_config=_write(folder, *may, name="may.yml")) as server:
        assert 200 == await _get(server, _client(folder, "friend"))
        assert 200 == await _get(server, _client(folder))
        await _assert_rejected(server, _client(folder, "stranger"))


@pytest.mark.parametrize(
    ("names", "allowed"),
    [
        ("[friend.example]", True),
        ("['2001:DB8:0::1']", True),
        ("[a@b.example]", True),
        ("[x, 'spiffe://x']", True),
        ("[FRIEND.example]", False),
        ("[friend]", False),
        ("[example]", False),
    ],
)
@run_in_loop
async def test_only_allowed_names_are_admitted(folder: Path, names: str, *, allowed: bool) -> None:
    file = _write(
        folder,
        "client_auth_type: RequireAndVerifyClientCert",
        "client_ca_file: ca.pem",
        f"client_allowed_sans: {names}",
        name=f"sans-{allowed}.yml",
    )
    backend = FakeBackend()
    async with serving(backend, web_config=file) as server:
        if allowed:
            assert 200 == await _get(server, _client(folder, "friend"))
        else:
            await _assert_rejected(server, _client(folder, "friend"))
    assert int(allowed) == len(backend.scrapes)


def test_allowed_names_are_compared_with_a_verified_certificate() -> None:
    assert tls.has_allowed_san(None, [])
    assert not tls.has_allowed_san(None, ["a"])
    assert not tls.has_allowed_san({"subjectAltName": (("DirName", "a"),)}, ["a"])
    assert tls.has_allowed_san({"subjectAltName": (("DNS", "b"), ("DNS", "a"))}, ["a"])


@pytest.mark.parametrize(
    ("lines", "what"),
    [
        (("cert_file: gone.pem", "key_file: server.key"), "cert_file: .*gone.pem cannot be read"),
        (("cert_file: server.pem", "key_file: friend.key"), "do not belong together"),
        (("cert_file: server.pem", "key_file: encrypted.key"), "the key is encrypted"),
        (("cert_file: web.txt", "key_file: web.txt"), "are not both PEM|cannot be used"),
        (
            (
                "cert_file: server.pem",
                "key_file: server.key",
                "client_auth_type: VerifyClientCertIfGiven",
                "client_ca_file: web.txt",
            ),
            "web.txt is not a certificate in PEM",
        ),
    ],
)
def test_a_file_with_wrong_contents_is_an_error(
    folder: Path, lines: tuple[str, ...], what: str
) -> None:
    (folder / "web.txt").write_text("canary-of-a-key")
    text = "tls_server_config:\n" + "".join(f"  {line}\n" for line in lines)
    config = parse_web_config(text, "web.yml", folder).tls
    assert config is not None
    with pytest.raises(UsageError, match=what) as caught:
        tls.server_context(config)
    assert "canary" not in caught.value.message + caught.value.hint


def test_a_cipher_that_openssl_lacks_is_an_error(folder: Path) -> None:
    text = "tls_server_config: {cert_file: server.pem, key_file: server.key}"
    config = parse_web_config(text, "web.yml", folder).tls
    assert config is not None
    for lacking in (config._replace(ciphers=("NONE-OF-THESE",)), config._replace(curve="none")):
        with pytest.raises(UsageError, match="has none of the configured cipher suites"):
            tls.server_context(lacking)


@run_in_loop
async def test_a_changed_certificate_is_used_and_a_broken_one_is_not(tmp_path: Path) -> None:
    first, second = make_ca(tmp_path, "first"), make_ca(tmp_path, "second")
    make_certificate(first, tmp_path, "server")
    later = make_certificate(second, tmp_path, "later")
    async with serving(FakeBackend(), web_config=_write(tmp_path)) as server:
        assert 200 == await _get(server, _client(tmp_path, ca="first"))
        for source, name in ((later.cert, "server.pem"), (later.key, "server.key")):
            source.replace(tmp_path / name)
        assert 200 == await _get(server, _client(tmp_path, ca="second"))
        assert "again" in server.lines[-1]
        (tmp_path / "server.pem").write_text("broken")
        for _ in range(3):
            assert 200 == await _get(server, _client(tmp_path, ca="second"))
        failures = [line for line in server.lines if "configuration stays in force." in line]
        assert 1 == len(failures)
        assert "server.pem" in failures[0]


@run_in_loop
async def test_a_changed_file_takes_effect_even_where_nobody_connects(tmp_path: Path) -> None:
    file = tmp_path / "web.yml"
    file.write_text("")
    limits = Limits(check=0.02)
    async with (
        serving(FakeBackend(), web_config=file, limits=limits) as server,
        httpx.AsyncClient(base_url=server.url) as client,
    ):
        assert 200 == (await client.get("/metrics")).status_code
        file.write_text("http_server_config: {headers: {X-Frame-Options: sameorigin}}\n")
        await _wait_for_log(server, "again")
        answer = await client.get("/metrics")
        assert "sameorigin" == answer.headers["x-frame-options"], "on a kept connection, too"
        file.write_text("nonsense: [")
        await _wait_for_log(server, "line 1, column 12 is not YAML")
        file.unlink()
        await _wait_for_log(server, "cannot be read: No such file or directory")
        file.write_bytes(b"\xff")
        await _wait_for_log(server, "line 1 is not UTF-8")
        assert 200 == (await client.get("/metrics")).status_code


async def _wait_for_log(server: RunningServer, words: str) -> None:
    await wait_until(lambda: any(words in line for line in server.lines))


@run_in_loop
async def test_a_broken_file_at_the_start_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        async with serving(FakeBackend(), web_config=tmp_path / "web.yml"):
            pass


@run_in_loop
async def test_the_warning_names_what_is_missing_and_is_repeated(folder: Path) -> None:
    everywhere = Address("0.0.0.0", 0)
    file = _write(folder, name="open.yml")
    limits = Limits(check=0.02)
    async with serving(FakeBackend(), address=everywhere, web_config=file, limits=limits) as server:
        assert "other computers can reach 0.0.0.0:0 without authentication." in server.lines[0]
        file.write_text("")
        await _wait_for_log(server, "without TLS and without authentication")
    must = ("client_auth_type: RequireAndVerifyClientCert", "client_ca_file: ca.pem")
    file = _write(folder, *must, name="closed.yml")
    async with serving(FakeBackend(), address=everywhere, web_config=file) as server:
        assert 1 == len(server.lines), "a client certificate is authentication"


@run_in_loop
async def test_a_handshake_that_never_comes_is_aborted(folder: Path) -> None:
    limits = Limits(head=0.2, check=0.05, connections=2)
    async with serving(FakeBackend(), web_config=_write(folder), limits=limits) as server:
        silent = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(6)]
        assert 200 == await _get(server, _client(folder)), "the slow ones make room"
        assert [b""] * 6 == [await reader.read() for reader, _ in silent]
        for _, writer in silent:
            writer.close()


@run_in_loop
async def test_a_handshake_under_way_is_not_waited_for_at_the_end(folder: Path) -> None:
    async with serving(FakeBackend(), web_config=_write(folder)) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        assert 200 == await _get(server, _client(folder)), (
            "so the handshake of the silent one is under way"
        )
        started = asyncio.get_running_loop().time()
        server.stop.set()
        await server.task
        assert asyncio.get_running_loop().time() - started < Limits().grace
        assert b"" == await reader.read()
        writer.close()


@run_in_loop
async def test_settings_without_effect_are_announced(folder: Path) -> None:
    more = "http_server_config: {http2: true}\n"
    file = _write(folder, name="http2.yml", more=more)
    async with serving(FakeBackend(), web_config=file) as server:
        assert server.lines[0].endswith("this server speaks HTTP/1.1 only.")
