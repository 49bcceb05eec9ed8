"""The forms of a declaration's values: addresses, paths, durations, patterns and names."""

import json
import re
from collections.abc import Callable
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from tokcheck.core.addresses import has_stray_bracket, has_token, is_loopback
from tokcheck.core.errors import UsageError
from tokcheck.core.humanize import parse_duration
from tokcheck.providers import REGISTRY

_LONGEST = 300
_LONGEST_BODY = 10_000
# Letters of other scripts are those of international names; some hosts have underscores.
_HOST_LABEL = re.compile(r"(?!-)[a-z0-9_\u0080-\U0010ffff-]{1,63}(?<!-)", re.IGNORECASE)


_LONGEST_WINDOW = 31 * 86_400.0


def _reject_unless(right: Callable[[Any], object]) -> Callable[[Any], Any]:
    def check(value: Any) -> Any:  # noqa: ANN401 - of any field
        if not right(value):
            raise ValueError("refused")  # the description says what is right
        return value

    return check


def _is_address(text: str) -> bool:
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        return False
    plain = text.isprintable() and not re.search(r"[\s\\@?#]", text) and not has_token(text)
    plain = plain and not has_stray_bracket(parts.netloc)
    secure = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host or ""))
    return _is_host(host or "") and port != 0 and plain and secure


def _is_host(name: str) -> bool:
    """Return whether a server may have this name, or IP address: no placeholder, no wildcard."""
    if ":" in name:
        return True  # of IPv6, as the address was split
    labels = name.removesuffix(".").split(".")
    return all(_HOST_LABEL.fullmatch(label) is not None for label in labels)


def _is_document(text: str) -> bool:
    return re.fullmatch(r"https://[!-~]+", text) is not None


def _is_path(text: str) -> bool:
    # What follows # is not sent.
    is_plain = re.fullmatch(r"/[!-~]*", text) is not None and "#" not in text
    return is_plain and not has_token(text) and ".." not in text


def _is_duration(text: str) -> bool:
    try:
        return parse_duration(text) > 0
    except UsageError:
        return False


def is_window_length(text: str) -> bool:
    """Return whether a text is the length of a window that may be declared."""
    # Requests are remembered for a little longer than this.
    return _is_duration(text) and parse_duration(text) <= _LONGEST_WINDOW


def _is_pattern(text: str) -> bool:
    try:
        return re.compile(text) is not None
    except (re.error, RecursionError, OverflowError):
        return False


def _reject_slow(*, searched: bool) -> Callable[[str], str]:
    def check(text: str) -> str:
        from tokcheck.declarations.pattern_cost import is_quick

        if not is_quick(text, searched=searched):
            raise PydanticCustomError("slow_pattern", _QUICK)
        return text

    return check


_QUICK: Final = (
    "a regular expression that takes little time for any text: without a repetition in another one "
    "or behind one of the same characters, as in (a+)+ and a+a+, and without a reference to a "
    "group, such as \\1"
)


def _is_json(value: Any) -> bool:  # noqa: ANN401 - of TOML, which has dates and infinities, too
    try:
        return len(json.dumps(value, allow_nan=False)) <= _LONGEST_BODY
    except (TypeError, ValueError, RecursionError):
        return False


def _is_value_pattern(text: str) -> bool:
    return _is_pattern(text) and re.compile(text).groups >= 1


def _reject_built_in(name: str) -> str:
    if name in REGISTRY:
        raise PydanticCustomError("reserved_name", f"another one: {name} is a built-in provider")
    return name


# Parameters that a login or a refresh sets itself.
_OWN_FIELDS = {
    "client_id",
    "client_secret",
    "code",
    "code_challenge",
    "code_challenge_method",
    "code_verifier",
    "grant_type",
    "redirect_uri",
    "refresh_token",
    "response_type",
    "state",
}
# Headers of every request, and those that an HTTP client writes about connection and body.
_OWN_HEADERS = {
    "accept-encoding",
    "authorization",
    "connection",
    "content-length",
    "expect",
    "host",
    "transfer-encoding",
    "upgrade",
}
# Those, without the usual header of a token, and others with a meaning of their own for servers.
_HEADERS_WITHOUT_TOKEN = _OWN_HEADERS - {"authorization"} | {
    "accept",
    "content-encoding",
    "content-type",
    "cookie",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "user-agent",
}
Address = Annotated[str, AfterValidator(_reject_unless(_is_address))]
DocumentAddress = Annotated[
    str, Field(max_length=_LONGEST), AfterValidator(_reject_unless(_is_document))
]
ProviderName = Annotated[
    str,
    Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=40),
    AfterValidator(_reject_built_in),
]
UrlPath = Annotated[str, Field(max_length=_LONGEST), AfterValidator(_reject_unless(_is_path))]
Duration = Annotated[str, AfterValidator(_reject_unless(_is_duration))]
WindowLength = Annotated[str, AfterValidator(_reject_unless(is_window_length))]
Pattern = Annotated[
    str,
    Field(max_length=_LONGEST),
    AfterValidator(_reject_unless(_is_pattern)),
    AfterValidator(_reject_slow(searched=False)),
]
ValuePattern = Annotated[
    str,
    Field(max_length=_LONGEST),
    AfterValidator(_reject_unless(_is_value_pattern)),
    AfterValidator(_reject_slow(searched=True)),
]
HeaderName = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,80}$")]
HEADER_NAME = "the name of a header, in letters, digits and hyphens"
OwnHeaderName = Annotated[
    HeaderName, AfterValidator(_reject_unless(lambda name: name.lower() not in _OWN_HEADERS))
]
"""The name of a header that a declaration may write itself."""
CredentialHeaderName = Annotated[
    HeaderName,
    AfterValidator(_reject_unless(lambda name: name.lower() not in _HEADERS_WITHOUT_TOKEN)),
]
"""The name of a header that may have the token."""
HeaderValue = Annotated[str, Field(max_length=_LONGEST, pattern=r"^[ -~]+$")]
Words = Annotated[str, Field(min_length=1, max_length=_LONGEST, pattern=r"^[^\x00-\x1f\x7f]+$")]
ScopeName = Annotated[str, Field(pattern=r"^[!-+\--~]{1,200}$")]
FormField = Annotated[
    str,
    Field(pattern=r"^[A-Za-z][A-Za-z0-9_.-]{0,60}$"),
    AfterValidator(_reject_unless(lambda name: name not in _OWN_FIELDS)),
]
JsonTable = Annotated[dict[str, Any], AfterValidator(_reject_unless(_is_json))]
JsonPath = Annotated[str, Field(pattern=r"^(\$\.)?[^.\s]+(\.[^.\s]+)*$", max_length=_LONGEST)]
_Status = Annotated[int, Field(ge=100, le=599)]
Statuses = _Status | Annotated[list[_Status], Field(min_length=1)]
PlainValue = str | int | bool
ResetForm = Literal[
    "seconds",
    "milliseconds",
    "epoch",
    "epoch-ms",
    "rfc3339",
    "http-date",
    "duration",
    "aligned",
]
