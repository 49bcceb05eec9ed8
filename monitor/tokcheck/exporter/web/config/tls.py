"""TLS by the settings of the web configuration."""

import ssl
from collections.abc import Iterable, Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Any, NoReturn

from tokcheck.core.errors import UsageError
from tokcheck.exporter.web.config.parser import Tls
from tokcheck.exporter.web.config.schema import ClientAuth

_VERSIONS = {"TLS12": ssl.TLSVersion.TLSv1_2, "TLS13": ssl.TLSVersion.TLSv1_3}
_MODES = {
    ClientAuth.VERIFY_IF_GIVEN: ssl.CERT_OPTIONAL,
    ClientAuth.REQUIRE_AND_VERIFY: ssl.CERT_REQUIRED,
}
_KINDS = {"DNS", "IP Address", "URI", "email"}


def context(tls: Tls) -> ssl.SSLContext:
    """Return what connections are secured with.

    :raises UsageError: if a file cannot be read or is not what it must be, or if this computer's
        OpenSSL cannot do what is set.
    """
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = _VERSIONS[tls.min_version]
    made.maximum_version = _VERSIONS[tls.max_version]
    made.set_alpn_protocols(["http/1.1"])
    made.options |= ssl.OP_NO_RENEGOTIATION
    if not tls.server_order:
        made.options &= ~ssl.OP_CIPHER_SERVER_PREFERENCE
    _load(made, tls)
    _load_authority(made, tls)
    made.verify_mode = _MODES.get(tls.client_auth, ssl.CERT_NONE)
    try:
        if tls.ciphers:
            made.set_ciphers(":".join(tls.ciphers))
        if tls.curve:
            made.set_ecdh_curve(tls.curve)
    except (ssl.SSLError, ValueError) as error:
        raise UsageError(
            "The OpenSSL of this computer has none of the set cipher suites, or not the curve.",
            "Leave out cipher_suites and curve_preferences: the defaults are good.",
        ) from error
    return made


def files(tls: Tls) -> tuple[Path, ...]:
    """Return the files that the settings name, to be looked at for changes."""
    return (tls.cert_file, tls.key_file, *filter(None, [tls.client_ca_file]))


def allowed(certificate: Mapping[str, Any] | None, sans: Iterable[str]) -> bool:
    """Tell whether a verified certificate bears one of these alternative names, if any."""
    wanted = {_canonical(san) for san in sans}
    if not wanted:
        return True
    names = (certificate or {}).get("subjectAltName", ())
    return any(kind in _KINDS and _canonical(value) in wanted for kind, value in names)


def _load(made: ssl.SSLContext, tls: Tls) -> None:
    for name, path in (("cert_file", tls.cert_file), ("key_file", tls.key_file)):
        _readable(name, path)
    try:
        made.load_cert_chain(tls.cert_file, tls.key_file, password=_no_password)
    except (ssl.SSLError, _EncryptedError) as error:
        why = {
            "KEY_VALUES_MISMATCH": "do not belong together",
            "NO_START_LINE": "are not both PEM",
        }.get(getattr(error, "reason", "") or "", "cannot be used")
        if isinstance(error, _EncryptedError):
            why = "cannot be used, because the key is encrypted"
        raise UsageError(
            f"The certificate {tls.cert_file} and the key {tls.key_file} {why}.",
            "Both must be PEM, the key without a password and of the certificate.",
        ) from None


def _load_authority(made: ssl.SSLContext, tls: Tls) -> None:
    if tls.client_ca_file is not None:
        _readable("client_ca_file", tls.client_ca_file)
    if tls.client_ca_file is None and not tls.client_ca:
        return
    try:
        made.load_verify_locations(cafile=tls.client_ca_file, cadata=tls.client_ca or None)
    except (ssl.SSLError, ValueError):
        raise UsageError(
            f"The clients' CA {tls.client_ca_file or 'in client_ca'} is no certificate in PEM.",
            "It begins with -----BEGIN CERTIFICATE-----.",
        ) from None


def _readable(name: str, path: Path) -> None:
    try:
        with path.open("rb"):
            pass
    except OSError as error:
        raise UsageError(
            f"tls_server_config.{name}: {path} cannot be read: {error.strerror}.",
            "A relative path begins at the folder of the web configuration.",
        ) from error


class _EncryptedError(Exception):
    """The key wants a password."""


def _no_password() -> NoReturn:
    # Without this OpenSSL would ask on the terminal, and wait.
    raise _EncryptedError


def _canonical(name: str) -> str:
    try:
        return str(ip_address(name))
    except ValueError:
        return name
