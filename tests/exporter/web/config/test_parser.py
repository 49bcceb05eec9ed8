import shutil
import subprocess
from pathlib import Path

import bcrypt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.docs.markdown import blocks
from tests.support.exporter.certificates import make_ca, make_certificate, needs_openssl
from tests.support.paths import DOCS
from tokcheck.core.errors import UsageError
from tokcheck.exporter.web import parse_web_config
from tokcheck.exporter.web.config.parser import RateConfig, WebConfig
from tokcheck.exporter.web.config.schema import ClientAuth
from tokcheck.exporter.web.config.strict_yaml import StrictYamlError

PROMTOOL = shutil.which("promtool")
HASH = bcrypt.hashpw(b"correct horse", b"$2b$04$made.up.by.the.tests..u").decode()
FOLDER = Path("/etc/tokcheck")
# Accepted by Prometheus's own checker too, in its oldest supported version.
FULL = f"""
tls_server_config:
  cert_file: server.pem
  key_file: server.key
  client_auth_type: RequireAndVerifyClientCert
  client_ca_file: ca.pem
  min_version: TLS12
  max_version: TLS13
  cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TLS_AES_128_GCM_SHA256]
  prefer_server_cipher_suites: false
  curve_preferences: [CurveP256]
http_server_config:
  http2: true
  headers:
    Content-Security-Policy: "default-src 'self'"
    X-Frame-Options: sameorigin
    X-Content-Type-Options: nosniff
    X-XSS-Protection: "0"
    Strict-Transport-Security: max-age=60
basic_auth_users:
  alice: {HASH}
  yes: {HASH.replace("$2b$", "$2y$")}
  0123: {HASH.replace("$2b$", "$2a$")}
"""


def _parse(text: str) -> WebConfig:
    return parse_web_config(text, "web.yml", FOLDER)


def _error_message(text: str) -> str:
    with pytest.raises(UsageError) as caught:
        _parse(text)
    assert caught.value.hint
    # The exceptions that were caught on the way hold every value.
    assert isinstance(caught.value.__context__, StrictYamlError | None)
    assert caught.value.__context__ is None or caught.value.__context__.__context__ is None
    return caught.value.message


def test_every_setting_is_parsed() -> None:
    config = _parse(FULL)
    tls = config.tls
    assert tls is not None
    assert (FOLDER / "server.pem", FOLDER / "server.key") == (tls.cert_file, tls.key_file)
    assert (ClientAuth.REQUIRE_AND_VERIFY, FOLDER / "ca.pem") == (
        tls.client_auth,
        tls.client_ca_file,
    )
    assert ("TLS12", "TLS13", False) == (
        tls.min_version,
        tls.max_version,
        tls.prefer_server_ciphers,
    )
    assert (("ECDHE-ECDSA-AES128-GCM-SHA256",), "prime256v1") == (tls.ciphers, tls.curve)
    assert 5 == len(config.headers)
    assert ["alice", "yes", "0123"] == list(config.users), "names stay as they were written"
    assert HASH not in repr(config)
    assert None is config.rate
    assert 2 == len(config.notes), "there are notes about TLS 1.3 suites and HTTP/2"


@needs_openssl
@pytest.mark.skipif(PROMTOOL is None, reason="promtool (Debian: prometheus) is not installed")
def test_promtool_accepts_what_is_accepted_here(tmp_path: Path) -> None:
    ca = make_ca(tmp_path)
    make_certificate(ca, tmp_path, "server")
    file = tmp_path / "web.yml"
    for text in (FULL, "", f"basic_auth_users: {{a: {HASH}}}", _tls("client_auth_type: ''")):
        file.write_text(text)
        parse_web_config(text, "web.yml", tmp_path)
        words = [str(PROMTOOL), "check", "web-config", str(file)]
        ended = subprocess.run(words, capture_output=True, text=True, timeout=30, check=False)
        assert 0 == ended.returncode, ended.stderr + ended.stdout


@pytest.mark.parametrize(
    "text", ["", "\n# a remark\n", "---\n", "tls_server_config:\nbasic_auth_users: {}\n", "{}"]
)
def test_an_empty_file_sets_nothing(text: str) -> None:
    assert WebConfig() == _parse(text)._replace(
        headers=WebConfig().headers, users=WebConfig().users
    )


def _tls(*lines: str) -> str:
    every = ("cert_file: server.pem", "key_file: server.key", *lines)
    return "tls_server_config:\n" + "".join(f"  {line}\n" for line in every)


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("- a", "", "it is not a mapping of settings"),
        ("a: b: c", "", "line 1, column 5 is not YAML"),
        ("a: *nobody", "", "line 1, column 4 is not YAML"),
        ("rate_limit: {burst: 1, burst: 2}", "", "line 1, column 24 repeats a key"),
        ("? [a, b]\n: c", "", "line 1, column 3 has a key that is not a text"),
        ("a: \0", "", "a character that YAML forbids"),
        ("[" * 1_000, "", "nested too deeply"),
        ("tls: {}", "tls", "there is no such setting"),
        ("tls_server_config: []", "tls_server_config", "must be a mapping"),
        (_tls("ciphers: []"), "tls_server_config.ciphers", "there is no such setting"),
        (_tls("min_version: TLS11"), "min_version", "nothing older than TLS 1.2"),
        (_tls("min_version: SSL30"), "min_version", "must be TLS12 or TLS13"),
        (_tls("max_version: TLS12", "min_version: TLS13"), "max_version", "is lower than"),
        (_tls("cipher_suites: [TLS_RSA_WITH_RC4_128_SHA]"), "cipher_suites.0", "is not known"),
        (_tls("cipher_suites: all"), "cipher_suites", "must be a list"),
        (_tls("cipher_suites: [TLS_AES_128_GCM_SHA256]"), "cipher_suites", "none is for TLS 1.2"),
        (_tls("curve_preferences: [P-256]"), "curve_preferences", "must be one of CurveP256"),
        (_tls("curve_preferences: P-256"), "curve_preferences", "must be a list"),
        (_tls("curve_preferences: [X25519, CurveP256]"), "curve_preferences", "only one curve"),
        (_tls("prefer_server_cipher_suites: 7"), "prefer_server_cipher_suites", "true or false"),
        (_tls("client_auth_type: Maybe"), "client_auth_type", "must be one of NoClientCert"),
        (_tls("client_auth_type: [a]"), "client_auth_type", "must be one of NoClientCert"),
        (_tls("client_auth_type: RequireAnyClientCert"), "client_auth_type", "not verified"),
        (_tls("client_auth_type: VerifyClientCertIfGiven"), "client_ca_file", "is missing"),
        (_tls("client_ca_file: ca.pem"), "client_auth_type", "is missing"),
        (_tls("client_allowed_sans: [a]"), "client_allowed_sans", "needs client_auth_type"),
        (
            _tls("client_ca: x", "client_ca_file: y", "client_auth_type: VerifyClientCertIfGiven"),
            "client_ca",
            "cannot be set together",
        ),
        (_tls("key: '-----BEGIN'"), "tls_server_config.key", "cannot be written in this file"),
        ("tls_server_config: {key_file: a}", "cert_file", "is missing"),
        ("http_server_config: {http2: perhaps}", "http2", "must be true or false"),
        ("http_server_config: {headers: {Server: x}}", "headers", "only these can be set"),
        ("http_server_config: {headers: {X-Frame-Options: x}}", "headers", "deny or sameorigin"),
        ('http_server_config: {headers: {X-XSS-Protection: "a\\r\\nb"}}', "headers", "one line"),
        ("basic_auth_users: [a]", "basic_auth_users", "must be a mapping"),
        ("basic_auth_users: {a: {b: c}}", "basic_auth_users.entry 1", "is not a bcrypt hash"),
        (f"basic_auth_users: {{'a:b': {HASH}}}", "basic_auth_users.entry 1", "a colon"),
        ("rate_limit: {interval: 5, burst: 1}", "rate_limit.interval", "with a unit"),
        ("rate_limit: {interval: 5s, burst: x}", "rate_limit.burst", "a whole number"),
        ("rate_limit: {interval: 5s}", "rate_limit.burst", "must be at least 1"),
    ],
)  # fmt: skip
def test_an_error_names_its_place(text: str, place: str, words: str) -> None:
    message = _error_message(text)
    assert message.startswith("The web configuration web.yml has one error: ")
    assert words in message
    assert f"{place}: " in message if place else True


def test_all_errors_are_reported_at_once() -> None:
    message = _error_message(
        "tls_server_config: {min_version: x, extra: y}\nmore: 1\nrate_limit: 3"
    )
    assert "4 errors" in message
    assert 3 == message.count("; ")


@pytest.mark.parametrize("cost", [3, 17, 31])
def test_a_cost_that_would_block_everybody_is_rejected(cost: int) -> None:
    assert "its cost is not from 4 to 16" in _error_message(
        f"basic_auth_users: {{a: '{HASH.replace('$04$', f'${cost:02}$')}'}}"
    )


@pytest.mark.parametrize(
    "text",
    [
        "basic_auth_users:\n  alice: canary-hunter2\n",
        "basic_auth_users:\n  canary-hunter2: alice\n  bob: canary-hunter2\n",
        "basic_auth_users:\n  alice: *canary-hunter2\n",
        "basic_auth_users:\n  alice: !canary-hunter2 x\n  alice: 1\n",
        "basic_auth_users:\n  alice: 'canary-hunter2\n",
        "tls_server_config:\n  key: canary-hunter2\n  min_version: canary-hunter2\n",
        "rate_limit: {interval: canary-hunter2, burst: canary-hunter2}\n",
        f"basic_auth_users:\n  alice: {HASH}x\n",
        f"basic_auth_users:\n  {HASH}: alice\n",
    ],
)
def test_no_error_repeats_a_password_or_a_hash(text: str) -> None:
    message = _error_message(text)
    assert "canary" not in message
    assert HASH[7:20] not in message


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_a_configuration_or_a_usage_error(text: str) -> None:
    try:
        _parse(text)
    except UsageError as error:
        assert error.message.startswith("The web configuration web.yml has")  # noqa: PT017 - or none


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("rate_limit: {interval: 1m30s, burst: 3}", RateConfig(90, 3)),
        ("rate_limit: {interval: 250ms, burst: 1}", RateConfig(0.25, 1)),
        ("rate_limit: {interval: 0, burst: 1}", None),
        ("rate_limit:", None),
    ],
)
def test_a_rate_limit_is_parsed(text: str, rate: RateConfig | None) -> None:
    assert rate == _parse(text).rate


def test_request_client_cert_gets_a_note_that_it_admits_anybody() -> None:
    (note,) = _parse(_tls("client_auth_type: RequestClientCert")).notes
    assert "clients need no certificate" in note


def test_the_example_in_the_documentation_is_valid() -> None:
    (example,) = blocks((DOCS / "quotas" / "web.md").read_text(), "yaml")
    config = _parse(example.body)
    assert (["prometheus"], ()) == (list(config.users), config.notes)
    assert config.tls is not None
