import asyncio
import ssl
from pathlib import Path

import httpx
import pytest

from tests.support.exporter.certificates import Pair, authority, encrypted, needs_openssl, signed_by
from tests.support.exporter.fake_site import FakeSite, Served, in_loop, serving, until
from tokcheck.core.errors import UsageError
from tokcheck.exporter.web.config import parser, tls
from tokcheck.exporter.web.connection_limits import Limits
from tokcheck.exporter.web.listen import Address

pytestmark = needs_openssl


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("certificates")
    ca = authority(made)
    signed_by(ca, made, "server")
    signed_by(
        ca, made, "friend", "DNS:friend.example,IP:2001:db8::1,email:a@b.example,URI:spiffe://x"
    )
    signed_by(authority(made, "other"), made, "stranger")
    encrypted(Pair(made / "server.pem", made / "server.key"), made)
    return made


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


async def _get(served: Served, context: ssl.SSLContext) -> int:
    async with httpx.AsyncClient(base_url=served.url, verify=context) as client:
        return (await client.get("/metrics")).status_code


async def _refused(served: Served, context: ssl.SSLContext) -> None:
    with pytest.raises(httpx.TransportError):
        await _get(served, context)


@in_loop
async def test_metrics_over_tls(folder: Path) -> None:
    site = FakeSite(body=b"a 1\n" * 100_000)
    async with serving(site, web_config=_write(folder)) as served:
        assert served.url.startswith("https://127.0.0.1:")
        assert 200 == await _get(served, _client(folder))
        await _refused(served, _client(folder, ca="other"))
        with pytest.raises(httpx.TransportError):
            await httpx.AsyncClient().get(served.url.replace("https", "http"))


@pytest.mark.parametrize(
    ("setting", "offered", "version"),
    [
        ("min_version: TLS12", ssl.TLSVersion.TLSv1_2, "TLSv1.2"),
        ("min_version: TLS13", ssl.TLSVersion.TLSv1_2, None),
        ("min_version: TLS13", ssl.TLSVersion.TLSv1_3, "TLSv1.3"),
        ("max_version: TLS12", ssl.TLSVersion.TLSv1_3, None),
    ],
)
@in_loop
async def test_versions(
    folder: Path, setting: str, offered: ssl.TLSVersion, version: str | None
) -> None:
    context = _client(folder)
    context.minimum_version = context.maximum_version = offered
    file = _write(folder, setting, name=f"{setting[:3]}{setting[-2:]}.yml")
    async with serving(FakeSite(), web_config=file) as served:
        if version is None:
            await _refused(served, context)
            return
        _, writer = await asyncio.open_connection("127.0.0.1", served.port, ssl=context)
        assert version == writer.get_extra_info("ssl_object").version()
        writer.close()
        await writer.wait_closed()


@in_loop
async def test_one_cipher_suite_and_one_curve(folder: Path) -> None:
    context = _client(folder)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    file = _write(
        folder,
        "cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384]",
        "curve_preferences: [CurveP384]",
        "prefer_server_cipher_suites: false",
        name="cipher.yml",
    )
    async with serving(FakeSite(), web_config=file) as served:
        _, writer = await asyncio.open_connection("127.0.0.1", served.port, ssl=context)
        assert "ECDHE-ECDSA-AES256-GCM-SHA384" == writer.get_extra_info("cipher")[0]
        writer.close()
        await writer.wait_closed()
        context.set_ecdh_curve("prime256v1")
        await _refused(served, context)


@in_loop
async def test_clients_must_show_a_certificate_of_the_authority(folder: Path) -> None:
    must = ("client_auth_type: RequireAndVerifyClientCert", "client_ca_file: ca.pem")
    file = _write(folder, *must, name="must.yml")
    site = FakeSite()
    async with serving(site, web_config=file) as served:
        assert 200 == await _get(served, _client(folder, "friend"))
        await _refused(served, _client(folder))
        await _refused(served, _client(folder, "stranger"))
    assert 1 == len(site.asked)


@in_loop
async def test_a_certificate_that_is_given_is_verified(folder: Path) -> None:
    ca = (folder / "ca.pem").read_text().replace("\n", "\n    ")
    may = ("client_auth_type: VerifyClientCertIfGiven", f"client_ca: |\n    {ca}")
    async with serving(FakeSite(), web_config=_write(folder, *may, name="may.yml")) as served:
        assert 200 == await _get(served, _client(folder, "friend"))
        assert 200 == await _get(served, _client(folder))
        await _refused(served, _client(folder, "stranger"))


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
@in_loop
async def test_only_allowed_names_come_in(folder: Path, names: str, *, allowed: bool) -> None:
    file = _write(
        folder,
        "client_auth_type: RequireAndVerifyClientCert",
        "client_ca_file: ca.pem",
        f"client_allowed_sans: {names}",
        name=f"sans-{allowed}.yml",
    )
    site = FakeSite()
    async with serving(site, web_config=file) as served:
        if allowed:
            assert 200 == await _get(served, _client(folder, "friend"))
        else:
            await _refused(served, _client(folder, "friend"))
    assert int(allowed) == len(site.asked)


def test_names_are_looked_for_in_a_verified_certificate_alone() -> None:
    assert tls.allowed(None, [])
    assert not tls.allowed(None, ["a"])
    assert not tls.allowed({"subjectAltName": (("DirName", "a"),)}, ["a"])
    assert tls.allowed({"subjectAltName": (("DNS", "b"), ("DNS", "a"))}, ["a"])


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
            "web.txt is no certificate in PEM",
        ),
    ],
)
def test_files_that_are_not_what_they_must_be(
    folder: Path, lines: tuple[str, ...], what: str
) -> None:
    (folder / "web.txt").write_text("canary-of-a-key")
    text = "tls_server_config:\n" + "".join(f"  {line}\n" for line in lines)
    read = parser.read(text, "web.yml", folder).tls
    assert read is not None
    with pytest.raises(UsageError, match=what) as caught:
        tls.context(read)
    assert "canary" not in caught.value.message + caught.value.hint


def test_what_openssl_lacks_is_an_error(folder: Path) -> None:
    text = "tls_server_config: {cert_file: server.pem, key_file: server.key}"
    read = parser.read(text, "web.yml", folder).tls
    assert read is not None
    for lacking in (read._replace(ciphers=("NONE-OF-THESE",)), read._replace(curve="none")):
        with pytest.raises(UsageError, match="has none of the set cipher suites"):
            tls.context(lacking)


@in_loop
async def test_a_changed_certificate_is_used_and_a_broken_one_is_not(tmp_path: Path) -> None:
    first, second = authority(tmp_path, "first"), authority(tmp_path, "second")
    signed_by(first, tmp_path, "server")
    later = signed_by(second, tmp_path, "later")
    async with serving(FakeSite(), web_config=_write(tmp_path)) as served:
        assert 200 == await _get(served, _client(tmp_path, ca="first"))
        for source, name in ((later.cert, "server.pem"), (later.key, "server.key")):
            source.replace(tmp_path / name)
        assert 200 == await _get(served, _client(tmp_path, ca="second"))
        assert "again" in served.lines[-1]
        (tmp_path / "server.pem").write_text("broken")
        for _ in range(3):
            assert 200 == await _get(served, _client(tmp_path, ca="second"))
        told = [line for line in served.lines if "What was in force before stays so." in line]
        assert 1 == len(told)
        assert "server.pem" in told[0]


@in_loop
async def test_a_changed_file_takes_effect_even_where_nobody_connects(tmp_path: Path) -> None:
    file = tmp_path / "web.yml"
    file.write_text("")
    limits = Limits(check=0.02)
    async with (
        serving(FakeSite(), web_config=file, limits=limits) as served,
        httpx.AsyncClient(base_url=served.url) as client,
    ):
        assert 200 == (await client.get("/metrics")).status_code
        file.write_text("http_server_config: {headers: {X-Frame-Options: sameorigin}}\n")
        await _until(served, "again")
        answer = await client.get("/metrics")
        assert "sameorigin" == answer.headers["x-frame-options"], "on a kept connection, too"
        file.write_text("nonsense: [")
        await _until(served, "line 1, column 12 is not YAML")
        file.unlink()
        await _until(served, "cannot be read: No such file or directory")
        file.write_bytes(b"\xff")
        await _until(served, "it is not UTF-8")
        assert 200 == (await client.get("/metrics")).status_code


async def _until(served: Served, words: str) -> None:
    await until(lambda: any(words in line for line in served.lines))


@in_loop
async def test_a_broken_file_at_the_start_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        async with serving(FakeSite(), web_config=tmp_path / "web.yml"):
            pass


@in_loop
async def test_the_warning_names_what_is_missing_and_comes_again(folder: Path) -> None:
    everywhere = Address("0.0.0.0", 0)
    file = _write(folder, name="open.yml")
    limits = Limits(check=0.02)
    async with serving(FakeSite(), address=everywhere, web_config=file, limits=limits) as served:
        assert "0.0.0.0:0 can be reached by others, without authentication;" in served.lines[0]
        file.write_text("")
        await _until(served, "without TLS and without authentication")
    must = ("client_auth_type: RequireAndVerifyClientCert", "client_ca_file: ca.pem")
    file = _write(folder, *must, name="closed.yml")
    async with serving(FakeSite(), address=everywhere, web_config=file) as served:
        assert 1 == len(served.lines), "who must show a certificate is known"


@in_loop
async def test_a_handshake_that_never_comes_is_cut(folder: Path) -> None:
    limits = Limits(head=0.2, check=0.05, connections=2)
    async with serving(FakeSite(), web_config=_write(folder), limits=limits) as served:
        silent = [await asyncio.open_connection("127.0.0.1", served.port) for _ in range(6)]
        assert 200 == await _get(served, _client(folder)), "the slow ones make room"
        assert [b""] * 6 == [await reader.read() for reader, _ in silent]
        for _, writer in silent:
            writer.close()


@in_loop
async def test_a_handshake_under_way_is_not_waited_for_at_the_end(folder: Path) -> None:
    async with serving(FakeSite(), web_config=_write(folder)) as served:
        reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
        assert 200 == await _get(served, _client(folder)), "so the silent one is being made"
        started = asyncio.get_running_loop().time()
        served.stop.set()
        await served.task
        assert asyncio.get_running_loop().time() - started < Limits().grace
        assert b"" == await reader.read()
        writer.close()


@in_loop
async def test_settings_that_change_nothing_are_said(folder: Path) -> None:
    more = "http_server_config: {http2: true}\n"
    file = _write(folder, name="http2.yml", more=more)
    async with serving(FakeSite(), web_config=file) as served:
        assert served.lines[0].endswith("HTTP/1.1 is spoken here; every client knows it.")
