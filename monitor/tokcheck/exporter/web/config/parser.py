"""The web configuration file: the format that Prometheus's exporters share.

https://github.com/prometheus/exporter-toolkit/blob/master/docs/web-configuration.md
A setting that cannot be applied here is an error or gets a note; none is ignored silently.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from pydantic import ValidationError

from tokcheck.core.errors import UsageError
from tokcheck.core.redact import redact
from tokcheck.core.secret import Secret
from tokcheck.exporter.web.config.schema import ClientAuth, TlsServer, WebFile
from tokcheck.exporter.web.config.strict_yaml import StrictYamlError, load_mapping

_MOST_SHOWN = 100
# pydantic's error types, in words that follow the setting's name and a colon.
_MESSAGES: Mapping[str, str] = {
    "extra_forbidden": "there is no such setting",
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "string_type": "must be a text",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "dict_type": "must be a mapping",
    "model_type": "must be a mapping",
}


class RateConfig(NamedTuple):
    """At most ``burst`` requests at once, and one more every ``interval`` seconds."""

    interval: float
    burst: int


class TlsConfig(NamedTuple):
    """How connections are secured; paths are absolute."""

    cert_file: Path
    key_file: Path
    client_auth: ClientAuth = ClientAuth.NONE
    client_ca_file: Path | None = None
    client_ca: str = ""
    """The clients' CA in PEM, where it is written in the configuration file itself."""
    client_allowed_sans: tuple[str, ...] = ()
    min_version: str = "TLS12"
    """``TLS12`` or ``TLS13``, as in the file; the same for ``max_version``."""
    max_version: str = "TLS13"
    ciphers: tuple[str, ...] = ()
    """OpenSSL's names."""
    prefer_server_ciphers: bool = True
    curve: str = ""
    """OpenSSL's name; empty for its default."""


class WebConfig(NamedTuple):
    """The contents of the file."""

    tls: TlsConfig | None = None
    headers: Mapping[str, str] = MappingProxyType({})
    """Response headers that replace the default ones."""
    users: Mapping[str, Secret] = MappingProxyType({})
    """bcrypt hashes by user name."""
    rate: RateConfig | None = None
    notes: tuple[str, ...] = ()
    """Sentences about settings that have no effect here."""


def parse_web_config(text: str, name: str, folder: Path) -> WebConfig:
    """Parse the file's text; relative paths in it start at ``folder``, and errors call it ``name``.

    :raises UsageError: with all errors that could be found, and without any of the values.
    """
    errors: list[str] = []
    try:
        mapping = load_mapping(text)
    except StrictYamlError as error:
        raise _config_error(name, [str(error)]) from None
    web: WebFile | None = None
    try:
        web = WebFile.model_validate(mapping)
    except ValidationError as error:
        errors = [
            f"{_location(one['loc'], mapping)}: {_message(one['type'], one.get('ctx', {}))}"
            for one in error.errors(include_url=False)
        ]
    if web is None:  # outside of the handler: the exception holds every value
        raise _config_error(name, errors)
    tls = web.tls_server_config
    has_tls = bool(tls.model_fields_set)
    if has_tls:
        errors += _tls_errors(tls)
    limit = web.rate_limit
    if limit.interval > 0 and limit.burst < 1:
        errors.append("rate_limit.burst: must be at least 1, or every request would be refused")
    if errors:
        raise _config_error(name, errors)
    return WebConfig(
        _tls_config(tls, folder) if has_tls else None,
        web.http_server_config.headers,
        web.basic_auth_users,
        RateConfig(limit.interval, limit.burst) if limit.interval else None,
        tuple(_notes(web)),
    )


def _tls_errors(tls: TlsServer) -> list[str]:
    """Return which TLS settings are missing or contradict each other."""
    auth = tls.client_auth_type
    has_ca = bool(tls.client_ca or tls.client_ca_file)
    only_tls13_suites = tls.cipher_suites and not any(tls.cipher_suites)
    checks = (
        (not tls.cert_file, "cert_file: is missing"),
        (not tls.key_file, "key_file: is missing"),
        (
            tls.client_ca and tls.client_ca_file,
            "client_ca: cannot be set together with client_ca_file; leave one out",
        ),
        (
            auth.verifies and not has_ca,
            f"client_ca_file: is missing, and {auth} cannot verify without it",
        ),
        (
            auth is ClientAuth.NONE and has_ca,
            "client_auth_type: is missing, so the clients' CA would not be used",
        ),
        (
            tls.client_allowed_sans and auth is not ClientAuth.REQUIRE_AND_VERIFY,
            "client_allowed_sans: needs client_auth_type RequireAndVerifyClientCert",
        ),
        (tls.max_version < tls.min_version, "max_version: is lower than min_version"),
        (
            only_tls13_suites and tls.min_version == "TLS12",
            "cipher_suites: none is for TLS 1.2; write min_version: TLS13",
        ),
    )
    return [f"tls_server_config.{message}" for is_wrong, message in checks if is_wrong]


def _tls_config(tls: TlsServer, folder: Path) -> TlsConfig:
    return TlsConfig(
        folder / tls.cert_file,
        folder / tls.key_file,
        tls.client_auth_type,
        folder / tls.client_ca_file if tls.client_ca_file else None,
        tls.client_ca,
        tls.client_allowed_sans,
        tls.min_version,
        tls.max_version,
        tuple(cipher for cipher in tls.cipher_suites if cipher),
        tls.prefer_server_cipher_suites,
        tls.curve_preferences,
    )


def _notes(web: WebFile) -> Iterator[str]:
    """Yield a sentence about each setting that has no effect here."""
    tls, http = web.tls_server_config, web.http_server_config
    if tls.client_auth_type is ClientAuth.REQUEST:
        yield (
            "client_auth_type RequestClientCert has the same effect as NoClientCert: "
            "clients need no certificate."
        )
    if not all(tls.cipher_suites):
        yield "cipher_suites: those of TLS 1.3 cannot be chosen; all of them are offered."
    if http.http2 and "http2" in http.model_fields_set:
        yield "http_server_config.http2 has no effect: this server speaks HTTP/1.1 only."


def _location(loc: tuple[int | str, ...], mapping: Mapping[str, Any]) -> str:
    """Return which setting is wrong, as ``section.setting``."""
    parts = [str(part) for part in loc if part != "[key]"]
    if parts[:1] == ["basic_auth_users"] and len(parts) > 1:
        # If hash and name were swapped, the name is the secret: so the entry has its number.
        number = list(mapping["basic_auth_users"]).index(parts[1]) + 1
        parts = ["basic_auth_users", f"entry {number}"]
    return redact(".".join(parts))


def _message(error_type: str, context: Mapping[str, Any]) -> str:
    own = context.get("error")
    return str(own) if isinstance(own, ValueError) else _MESSAGES.get(error_type, "is not valid")


def _config_error(name: str, errors: list[str]) -> UsageError:
    count = "one error" if len(errors) == 1 else f"{len(errors)} errors"
    more = len(errors) - _MOST_SHOWN
    shown = [*errors[:_MOST_SHOWN], *([f"and {more} more"] if more > 0 else [])]
    return UsageError(
        f"The web configuration {name} has {count}: {'; '.join(shown)}.",
        "The settings are listed at "
        "https://github.com/prometheus/exporter-toolkit/blob/master/docs/web-configuration.md",
    )
