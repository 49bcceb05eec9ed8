"""The web configuration file: the format that Prometheus's exporters share.

https://github.com/prometheus/exporter-toolkit/blob/master/docs/web-configuration.md
Whatever of it cannot be done here is an error, or said in a note; nothing is left out in silence.
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
from tokcheck.exporter.web.config.strict_yaml import YamlFault, mapping

_WORDS: Mapping[str, str] = {
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


class Rate(NamedTuple):
    """At most ``burst`` requests at once, and one more every ``interval`` seconds."""

    interval: float
    burst: int


class Tls(NamedTuple):
    """How connections are secured; files are absolute, versions as the format writes them."""

    cert_file: Path
    key_file: Path
    client_auth: ClientAuth = ClientAuth.NONE
    client_ca_file: Path | None = None
    client_ca: str = ""
    client_allowed_sans: tuple[str, ...] = ()
    min_version: str = "TLS12"
    max_version: str = "TLS13"
    ciphers: tuple[str, ...] = ()
    server_order: bool = True
    curve: str = ""


class WebConfig(NamedTuple):
    """What the file says; ``notes`` are sentences about settings that change nothing here."""

    tls: Tls | None = None
    headers: Mapping[str, str] = MappingProxyType({})
    users: Mapping[str, Secret] = MappingProxyType({})
    rate: Rate | None = None
    notes: tuple[str, ...] = ()


def read(text: str, where: str, folder: Path) -> WebConfig:
    """Read the file's text; ``where`` names it, and ``folder`` is what its paths begin at.

    :raises UsageError: with every fault that could be found at once, and never with a value.
    """
    faults: list[str] = []
    try:
        written = mapping(text)
    except YamlFault as fault:
        raise _broken(where, [str(fault)]) from None
    web: WebFile | None = None
    try:
        web = WebFile.model_validate(written)
    except ValidationError as error:
        faults = [
            f"{_place(one['loc'], written)}: {_words(one['type'], one.get('ctx', {}))}"
            for one in error.errors(include_url=False)
        ]
    if web is None:  # outside of the handler: what it caught holds every value
        raise _broken(where, faults)
    tls = web.tls_server_config
    secured = bool(tls.model_fields_set)
    if secured:
        faults += _contradictions(tls)
    limit = web.rate_limit
    if limit.interval > 0 and limit.burst < 1:
        faults.append("rate_limit.burst: must be at least 1, or nothing would be answered")
    if faults:
        raise _broken(where, faults)
    return WebConfig(
        _settings(tls, folder) if secured else None,
        web.http_server_config.headers,
        web.basic_auth_users,
        Rate(limit.interval, limit.burst) if limit.interval else None,
        tuple(_notes(web)),
    )


def _contradictions(tls: TlsServer) -> list[str]:
    """Return what of the TLS settings is missing or does not go together."""
    auth = tls.client_auth_type
    authority = bool(tls.client_ca or tls.client_ca_file)
    nothing_old = tls.cipher_suites and not any(tls.cipher_suites)
    checks = (
        (not tls.cert_file, "cert_file: is missing"),
        (not tls.key_file, "key_file: is missing"),
        (
            tls.client_ca and tls.client_ca_file,
            "client_ca: stands beside client_ca_file; one of them is enough",
        ),
        (
            auth.verifies and not authority,
            f"client_ca_file: is missing, and {auth} cannot verify without it",
        ),
        (
            auth is ClientAuth.NONE and authority,
            "client_auth_type: is missing, and so the clients' CA would not be used",
        ),
        (
            tls.client_allowed_sans and auth is not ClientAuth.REQUIRE_AND_VERIFY,
            "client_allowed_sans: needs client_auth_type RequireAndVerifyClientCert",
        ),
        (tls.max_version < tls.min_version, "max_version: is lower than min_version"),
        (
            nothing_old and tls.min_version == "TLS12",
            "cipher_suites: none is for TLS 1.2; write min_version: TLS13",
        ),
    )
    return [f"tls_server_config.{what}" for wrong, what in checks if wrong]


def _settings(tls: TlsServer, folder: Path) -> Tls:
    return Tls(
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
    """Yield a sentence about each setting that changes nothing here."""
    tls, http = web.tls_server_config, web.http_server_config
    if tls.client_auth_type is ClientAuth.REQUEST:
        yield "client_auth_type RequestClientCert: any client is let in, as by NoClientCert."
    if not all(tls.cipher_suites):
        yield "cipher_suites: those of TLS 1.3 cannot be chosen; all of them are offered."
    if http.http2 and "http2" in http.model_fields_set:
        yield "http_server_config.http2: HTTP/1.1 is spoken here; every client knows it."


def _place(loc: tuple[int | str, ...], written: Mapping[str, Any]) -> str:
    place = [str(part) for part in loc if part != "[key]"]
    if place[:1] == ["basic_auth_users"] and len(place) > 1:
        # Where hash and name were swapped, the name is the secret: so it is counted instead.
        number = list(written["basic_auth_users"]).index(place[1]) + 1
        place = ["basic_auth_users", f"entry {number}"]
    return redact(".".join(place))


def _words(kind: str, context: Mapping[str, Any]) -> str:
    own = context.get("error")
    return str(own) if isinstance(own, ValueError) else _WORDS.get(kind, "is not right")


def _broken(where: str, faults: list[str]) -> UsageError:
    count = "one fault" if len(faults) == 1 else f"{len(faults)} faults"
    return UsageError(
        f"The web configuration {where} has {count}: {'; '.join(faults)}.",
        "Its settings: "
        "https://github.com/prometheus/exporter-toolkit/blob/master/docs/web-configuration.md",
    )
