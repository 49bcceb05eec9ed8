"""The schema of the web configuration file, as pydantic models.

Values arrive as the texts that were written; an empty one counts as left out. Error messages
complete the sentence that begins with the setting's name, and never repeat the value.
"""

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from tokcheck.core.humanize import list_names
from tokcheck.core.secret import Secret

# Go's names, which the file uses (https://pkg.go.dev/crypto/tls#pkg-constants), and OpenSSL's
# (https://docs.openssl.org/3.0/man1/openssl-ciphers/). Those of TLS 1.3 have none here: neither Go
# nor Python can choose among them.
_SUITES: Mapping[str, str] = {
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
_CURVES: Mapping[str, str] = {
    "CurveP256": "prime256v1",
    "CurveP384": "secp384r1",
    "CurveP521": "secp521r1",
    "X25519": "X25519",
}

_HASH = re.compile(r"\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}")
_COSTS = range(4, 17)
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+")
_DURATION_PART = re.compile(r"([\d.]+)([a-zµ]+)")
_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_LARGEST_BURST = 1_000_000_000
_EMPTY = (None, "", "~", "null")
# The headers that the format allows, and their values where it restricts them.
_HEADERS: dict[str, tuple[str, ...]] = {
    "Content-Security-Policy": (),
    "Strict-Transport-Security": (),
    "X-Content-Type-Options": ("nosniff",),
    "X-Frame-Options": ("deny", "sameorigin"),
    "X-XSS-Protection": (),
}


class ClientAuth(StrEnum):
    """Whether clients need a certificate; the names are Go's."""

    NONE = "NoClientCert"
    REQUEST = "RequestClientCert"
    REQUIRE_ANY = "RequireAnyClientCert"
    VERIFY_IF_GIVEN = "VerifyClientCertIfGiven"
    REQUIRE_AND_VERIFY = "RequireAndVerifyClientCert"

    @property
    def verifies(self) -> bool:
        """Whether certificates are verified, which needs a CA."""
        return self in {ClientAuth.VERIFY_IF_GIVEN, ClientAuth.REQUIRE_AND_VERIFY}


def _parse_client_auth(value: object) -> object:
    if value in _EMPTY:
        return ClientAuth.NONE
    if value in (ClientAuth.REQUIRE_ANY, "RequireClientCert"):
        raise ValueError(
            "requiring a certificate that is not verified is not supported; "
            "write RequireAndVerifyClientCert"
        )
    if value not in tuple(ClientAuth):
        raise ValueError(f"must be one of {', '.join(ClientAuth)}")
    return value


def _check_version(value: object) -> object:
    if value in ("TLS10", "TLS11"):
        raise ValueError("nothing older than TLS 1.2 is supported; write TLS12 or TLS13")
    if value not in ("TLS12", "TLS13"):
        raise ValueError("must be TLS12 or TLS13")
    return value


def _parse_suite(value: str) -> str:
    """Return OpenSSL's name of a cipher suite; an empty text for those of TLS 1.3."""
    if value not in _SUITES:
        raise ValueError("this cipher suite is not known; use Go's names")
    return _SUITES[value]


def _parse_curve(value: list[str]) -> str:
    """Return OpenSSL's name of the one curve."""
    if any(name not in _CURVES for name in value):
        raise ValueError(f"must be one of {', '.join(_CURVES)}")
    if len(value) > 1:
        raise ValueError("only one curve can be set here, not several in order")
    return _CURVES[value[0]] if value else ""


def _parse_list(value: object) -> list[str]:
    if value in _EMPTY:
        return []
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise ValueError("must be a list")
    return value


def _parse_hash(value: object) -> Secret:
    text = value if isinstance(value, str) else ""
    match = _HASH.fullmatch(text)
    if match is None:
        raise ValueError("is not a bcrypt hash; a plain password is not allowed here")
    if int(match[1]) not in _COSTS:
        raise ValueError(
            f"its cost is not from {_COSTS[0]} to {_COSTS[-1]}; "
            "each step doubles the time of a check, and 16 takes seconds"
        )
    return Secret(text)


def _check_user_name(value: str) -> str:
    if ":" in value:
        raise ValueError("a user name cannot contain a colon")
    return value


def _check_headers(value: dict[str, str]) -> dict[str, str]:
    for name, text in value.items():
        if name not in _HEADERS:
            raise ValueError(f"only these can be set: {', '.join(_HEADERS)}")
        allowed = _HEADERS[name]
        if text and allowed and text not in allowed:
            raise ValueError(f"{name} must be {list_names(allowed, 'or')}")
        if not (text.isascii() and text.isprintable()) and text:
            raise ValueError(f"{name} must be one line of ASCII")
    return {name: text for name, text in value.items() if text}


def _parse_go_duration(value: object) -> float:
    if value in ("0", *_EMPTY):
        return 0.0
    if not isinstance(value, str) or not _DURATION.fullmatch(value):
        raise ValueError("must be a number with a unit, such as 500ms, 1s or 1m30s")
    return sum(float(number) * _SECONDS[unit] for number, unit in _DURATION_PART.findall(value))


def _check_burst(value: int) -> int:
    if value > _LARGEST_BURST:
        raise ValueError(f"must be at most {_LARGEST_BURST}")
    return value


def _reject_inline(value: object) -> object:
    if value not in _EMPTY:
        raise ValueError(
            "cannot be written in this file; store it in a file of its own and set its path"
        )
    return ""


def _default_if_empty(default: Callable[[], object]) -> BeforeValidator:
    return BeforeValidator(lambda value: default() if value in _EMPTY else value)


_Text = Annotated[str, _default_if_empty(str)]
_Flag = Annotated[bool, _default_if_empty(lambda: True)]
_Version = Annotated[str, BeforeValidator(_check_version)]
_Suite = Annotated[str, AfterValidator(_parse_suite)]


class _StrictModel(BaseModel):
    """A section of the file: unknown settings are errors, and no message repeats a value."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class TlsServer(_StrictModel):
    """``tls_server_config``."""

    cert: Annotated[Literal[""], BeforeValidator(_reject_inline)] = ""
    key: Annotated[Literal[""], BeforeValidator(_reject_inline)] = ""
    client_ca: _Text = ""
    cert_file: _Text = ""
    key_file: _Text = ""
    client_auth_type: Annotated[ClientAuth, BeforeValidator(_parse_client_auth)] = ClientAuth.NONE
    client_ca_file: _Text = ""
    client_allowed_sans: Annotated[tuple[str, ...], _default_if_empty(tuple)] = ()
    min_version: _Version = "TLS12"
    max_version: _Version = "TLS13"
    cipher_suites: Annotated[tuple[_Suite, ...], _default_if_empty(tuple)] = ()
    prefer_server_cipher_suites: _Flag = True
    curve_preferences: Annotated[
        str, BeforeValidator(_parse_curve), BeforeValidator(_parse_list)
    ] = ""


class HttpServer(_StrictModel):
    """``http_server_config``."""

    http2: _Flag = True
    headers: Annotated[dict[str, str], AfterValidator(_check_headers), _default_if_empty(dict)] = (
        Field(default_factory=dict)
    )


class RateLimit(_StrictModel):
    """``rate_limit``; the interval in seconds."""

    interval: Annotated[float, BeforeValidator(_parse_go_duration)] = 0.0
    burst: Annotated[int, AfterValidator(_check_burst), _default_if_empty(int)] = 0


class WebFile(_StrictModel):
    """The whole file."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    tls_server_config: Annotated[TlsServer, _default_if_empty(dict)] = TlsServer()
    http_server_config: Annotated[HttpServer, _default_if_empty(dict)] = HttpServer()
    basic_auth_users: Annotated[
        dict[
            Annotated[str, AfterValidator(_check_user_name)],
            Annotated[Secret, BeforeValidator(_parse_hash)],
        ],
        _default_if_empty(dict),
    ] = Field(default_factory=dict)
    rate_limit: Annotated[RateLimit, _default_if_empty(dict)] = RateLimit()
