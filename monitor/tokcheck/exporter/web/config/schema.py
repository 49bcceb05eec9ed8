"""The web configuration file's settings and what each may be, as pydantic models.

Values arrive as the texts that they were written as; an empty one is as none.

Cipher suites and curves: Go's names, which the web configuration uses, and OpenSSL's.

https://pkg.go.dev/crypto/tls#pkg-constants and https://docs.openssl.org/3.0/man1/openssl-ciphers/
"""

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from tokcheck.core.secret import Secret

# Those of TLS 1.3 have no name here: neither Go nor Python lets anybody choose among them.
SUITES: Mapping[str, str] = {
    "TLS_AES_128_GCM_SHA256": "",
    "TLS_AES_256_GCM_SHA384": "",
    "TLS_CHACHA20_POLY1305_SHA256": "",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA": "ECDHE-ECDSA-AES128-SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA": "ECDHE-ECDSA-AES256-SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA": "ECDHE-RSA-AES128-SHA",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA": "ECDHE-RSA-AES256-SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256": "ECDHE-ECDSA-AES128-GCM-SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384": "ECDHE-ECDSA-AES256-GCM-SHA384",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256": "ECDHE-RSA-AES128-GCM-SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384": "ECDHE-RSA-AES256-GCM-SHA384",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-RSA-CHACHA20-POLY1305",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-ECDSA-CHACHA20-POLY1305",
}
CURVES: Mapping[str, str] = {
    "CurveP256": "prime256v1",
    "CurveP384": "secp384r1",
    "CurveP521": "secp521r1",
    "X25519": "X25519",
}


_HASH = re.compile(r"\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}")
_COSTS = range(4, 17)
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+")
_PART = re.compile(r"([\d.]+)([a-zµ]+)")
_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_EMPTY = (None, "", "~", "null")
# Which headers the format knows, and where it says so, their values.
_HEADERS: dict[str, tuple[str, ...]] = {
    "Content-Security-Policy": (),
    "Strict-Transport-Security": (),
    "X-Content-Type-Options": ("nosniff",),
    "X-Frame-Options": ("deny", "sameorigin"),
    "X-XSS-Protection": (),
}


class ClientAuth(StrEnum):
    """What is asked of a client's certificate; the names are Go's."""

    NONE = "NoClientCert"
    REQUEST = "RequestClientCert"
    REQUIRE_ANY = "RequireAnyClientCert"
    VERIFY_IF_GIVEN = "VerifyClientCertIfGiven"
    REQUIRE_AND_VERIFY = "RequireAndVerifyClientCert"

    @property
    def verifies(self) -> bool:
        """Whether certificates are verified, and so an authority is needed."""
        return self in {ClientAuth.VERIFY_IF_GIVEN, ClientAuth.REQUIRE_AND_VERIFY}


def _client_auth(value: object) -> object:
    if value in _EMPTY:
        return ClientAuth.NONE
    if value in (ClientAuth.REQUIRE_ANY, "RequireClientCert"):
        raise ValueError(
            "a certificate that is not verified cannot be required here; "
            "write RequireAndVerifyClientCert"
        )
    if value not in tuple(ClientAuth):
        raise ValueError(f"must be one of {', '.join(ClientAuth)}")
    return value


def _version(value: object) -> object:
    if value in ("TLS10", "TLS11"):
        raise ValueError("nothing older than TLS 1.2 is offered; write TLS12 or TLS13")
    if value not in ("TLS12", "TLS13"):
        raise ValueError("must be TLS12 or TLS13")
    return value


def _suite(value: str) -> str:
    """Return OpenSSL's name of a cipher suite; an empty one for those of TLS 1.3."""
    if value not in SUITES:
        raise ValueError("this cipher suite is not known; write its name as Go does")
    return SUITES[value]


def _curve(value: list[str]) -> str:
    """Return OpenSSL's name of the one curve."""
    if any(name not in CURVES for name in value):
        raise ValueError(f"must be of {', '.join(CURVES)}")
    if len(value) > 1:
        raise ValueError("only one curve can be set here, not an order of several")
    return CURVES[value[0]] if value else ""


def _listed(value: object) -> list[str]:
    if value in _EMPTY:
        return []
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise ValueError("must be a list")
    return value


def _bcrypt(value: object) -> Secret:
    text = value if isinstance(value, str) else ""
    found = _HASH.fullmatch(text)
    if found is None:
        raise ValueError("is no bcrypt hash; passwords are never written as they are")
    if int(found[1]) not in _COSTS:
        raise ValueError(
            f"its cost is not from {_COSTS[0]} to {_COSTS[-1]}: "
            "one more doubles what each check takes, and 16 are seconds"
        )
    return Secret(text)


def _name(value: str) -> str:
    if ":" in value:
        raise ValueError("a user's name cannot hold a colon")
    return value


def _headers(value: dict[str, str]) -> dict[str, str]:
    for name, text in value.items():
        if name not in _HEADERS:
            raise ValueError(f"only these can be set: {', '.join(_HEADERS)}")
        allowed = _HEADERS[name]
        if text and allowed and text not in allowed:
            raise ValueError(f"{name} must be {' or '.join(allowed)}")
        if not (text.isascii() and text.isprintable()) and text:
            raise ValueError(f"{name} must be one line of ASCII")
    return {name: text for name, text in value.items() if text}


def _seconds(value: object) -> float:
    if value in ("0", *_EMPTY):
        return 0.0
    if not isinstance(value, str) or not _DURATION.fullmatch(value):
        raise ValueError("must be a number with its unit, such as 500ms, 1s or 1m30s")
    return sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(value))


def _inline(value: object) -> object:
    if value not in _EMPTY:
        raise ValueError("cannot stand in the file itself here; write it to a file and name that")
    return ""


def _nothing(instead: Callable[[], object]) -> BeforeValidator:
    return BeforeValidator(lambda value: instead() if value in _EMPTY else value)


_Text = Annotated[str, _nothing(str)]
_Flag = Annotated[bool, _nothing(lambda: True)]
_Version = Annotated[str, BeforeValidator(_version)]
_Suite = Annotated[str, AfterValidator(_suite)]


class _Strict(BaseModel):
    """A part of the file: unknown settings are faults, and no message repeats a value."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class TlsServer(_Strict):
    """``tls_server_config``."""

    cert: Annotated[Literal[""], BeforeValidator(_inline)] = ""
    key: Annotated[Literal[""], BeforeValidator(_inline)] = ""
    client_ca: _Text = ""
    cert_file: _Text = ""
    key_file: _Text = ""
    client_auth_type: Annotated[ClientAuth, BeforeValidator(_client_auth)] = ClientAuth.NONE
    client_ca_file: _Text = ""
    client_allowed_sans: Annotated[tuple[str, ...], _nothing(tuple)] = ()
    min_version: _Version = "TLS12"
    max_version: _Version = "TLS13"
    cipher_suites: Annotated[tuple[_Suite, ...], _nothing(tuple)] = ()
    prefer_server_cipher_suites: _Flag = True
    curve_preferences: Annotated[str, BeforeValidator(_curve), BeforeValidator(_listed)] = ""


class HttpServer(_Strict):
    """``http_server_config``."""

    http2: _Flag = True
    headers: Annotated[dict[str, str], AfterValidator(_headers), _nothing(dict)] = Field(
        default_factory=dict
    )


class RateLimit(_Strict):
    """``rate_limit``; the interval in seconds."""

    interval: Annotated[float, BeforeValidator(_seconds)] = 0.0
    burst: Annotated[int, _nothing(int)] = 0


class WebFile(_Strict):
    """The whole file."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    tls_server_config: Annotated[TlsServer, _nothing(dict)] = TlsServer()
    http_server_config: Annotated[HttpServer, _nothing(dict)] = HttpServer()
    basic_auth_users: Annotated[
        dict[Annotated[str, AfterValidator(_name)], Annotated[Secret, BeforeValidator(_bcrypt)]],
        _nothing(dict),
    ] = Field(default_factory=dict)
    rate_limit: Annotated[RateLimit, _nothing(dict)] = RateLimit()
