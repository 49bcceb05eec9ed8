"""TLS as the web configuration sets it."""

import ssl
from collections.abc import Iterable, Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Any, NoReturn

from tokcheck.core.errors import UsageError
from tokcheck.exporter.web.config.parser import TlsConfig
from tokcheck.exporter.web.config.schema import ClientAuth
from tokcheck.storage.regular_files import read_regular_file, unreadable_file_error

_VERSIONS = {"TLS12": ssl.TLSVersion.TLSv1_2, "TLS13": ssl.TLSVersion.TLSv1_3}
_MODES = {
    ClientAuth.VERIFY_IF_GIVEN: ssl.CERT_OPTIONAL,
    ClientAuth.REQUIRE_AND_VERIFY: ssl.CERT_REQUIRED,
}
_LARGEST = 16 << 20  # as of a bundle of every CA, many times
_SAN_KINDS = {"DNS", "IP Address", "URI", "email"}


def server_context(tls: TlsConfig) -> ssl.SSLContext:
    """Return the SSL context for the server's connections.

    :raises UsageError: if a file cannot be read or has the wrong contents, or if this computer's
        OpenSSL lacks a cipher suite or the curve.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = _VERSIONS[tls.min_version]
    context.maximum_version = _VERSIONS[tls.max_version]
    context.set_alpn_protocols(["http/1.1"])
    context.options |= ssl.OP_NO_RENEGOTIATION
    if not tls.prefer_server_ciphers:
        context.options &= ~ssl.OP_CIPHER_SERVER_PREFERENCE
    _load_key_pair(context, tls)
    _load_client_ca(context, tls)
    context.verify_mode = _MODES.get(tls.client_auth, ssl.CERT_NONE)
    try:
        if tls.ciphers:
            context.set_ciphers(":".join(tls.ciphers))
        if tls.curve:
            context.set_ecdh_curve(tls.curve)
    except (ssl.SSLError, ValueError) as error:
        raise UsageError(
            "This computer's OpenSSL has none of the configured cipher suites, or lacks the curve.",
            "Leave out cipher_suites and curve_preferences; the defaults are safe.",
        ) from error
    return context


def files(tls: TlsConfig) -> tuple[Path, ...]:
    """Return the files that the settings name, to watch them for changes."""
    return (tls.cert_file, tls.key_file, *filter(None, [tls.client_ca_file]))


def has_allowed_san(certificate: Mapping[str, Any] | None, sans: Iterable[str]) -> bool:
    """Return whether a verified certificate has one of these alternative names.

    Always true if none are configured.
    """
    allowed = {_canonical(san) for san in sans}
    if not allowed:
        return True
    names = (certificate or {}).get("subjectAltName", ())
    return any(kind in _SAN_KINDS and _canonical(value) in allowed for kind, value in names)


def _load_key_pair(context: ssl.SSLContext, tls: TlsConfig) -> None:
    for name, path in (("cert_file", tls.cert_file), ("key_file", tls.key_file)):
        _check_readable(name, path)
    try:
        context.load_cert_chain(tls.cert_file, tls.key_file, password=_no_password)
    except (ssl.SSLError, _EncryptedError) as error:
        problem = {
            "KEY_VALUES_MISMATCH": "do not belong together",
            "NO_START_LINE": "are not both PEM",
        }.get(getattr(error, "reason", "") or "", "cannot be used")
        if isinstance(error, _EncryptedError):
            problem = "cannot be used: the key is encrypted"
        raise UsageError(
            f"The certificate {tls.cert_file} and the key {tls.key_file} {problem}.",
            "Both must be PEM, and the key must belong to the certificate and have no password.",
        ) from None


def _load_client_ca(context: ssl.SSLContext, tls: TlsConfig) -> None:
    if tls.client_ca_file is not None:
        _check_readable("client_ca_file", tls.client_ca_file)
    if tls.client_ca_file is None and not tls.client_ca:
        return
    try:
        context.load_verify_locations(cafile=tls.client_ca_file, cadata=tls.client_ca or None)
    except (ssl.SSLError, ValueError):
        raise UsageError(
            f"The clients' CA {tls.client_ca_file or 'in client_ca'} is not a certificate in PEM.",
            "Such a file begins with -----BEGIN CERTIFICATE-----.",
        ) from None


def _check_readable(name: str, path: Path) -> None:
    try:
        read_regular_file(str(path), _LARGEST)
    except OSError as error:
        hint = "A relative path starts at the folder of the web configuration."
        raise unreadable_file_error(f"tls_server_config.{name}: {path}", error, hint) from None


class _EncryptedError(Exception):
    """The key needs a password."""


def _no_password() -> NoReturn:
    # Without this OpenSSL would prompt on the terminal, and block.
    raise _EncryptedError


def _canonical(name: str) -> str:
    try:
        return str(ip_address(name))
    except ValueError:
        return name
