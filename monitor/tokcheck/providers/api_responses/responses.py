"""Read the bodies of responses: JSON or not, and the shapes of errors.

The Fitbit Web API returns ``{"errors": [{"errorType", "message"}], "success": false}``; Google's
APIs, and since April 2026 the Fitbit Web API too, return a ``google.rpc.Status`` in ``error``
(https://google.aip.dev/193). OAuth endpoints return ``{"error", "error_description"}``.
"""

from collections.abc import Mapping
from typing import Any, Literal

from tokcheck.core.credential import Credential
from tokcheck.core.documents import parse_json as parse_document
from tokcheck.core.lazy import LazyRegex
from tokcheck.core.redact import plain, redact_known
from tokcheck.core.report import Device
from tokcheck.core.secret import Secret
from tokcheck.providers.api_errors import (
    ApiError,
    parse_google_error,
    redacted_message,
    short_text,
)
from tokcheck.providers.base import Response

_SILENT_MESSAGES = {
    "",
    "access denied",
    "forbidden",
    "permission denied",
    "permission_denied",
    "the caller does not have permission",
}
# Where a page in XHTML begins at the latest, behind its declarations.
_HEAD = 2_048
_PAGE_TYPES = frozenset({"text/html", "application/xhtml+xml"})
_BEARER = LazyRegex(r"(?i)(?:^|,)\s*bearer\b")


def parse_json(response: Response) -> Any:  # noqa: ANN401 - any JSON value
    """Return the body's JSON value, or ``None`` if it is not JSON."""
    try:
        return _parse_body(response)
    except ValueError:
        return None


def is_json(response: Response) -> bool:
    """Return whether the body is JSON; ``null`` is, too."""
    try:
        _parse_body(response)
    except ValueError:
        return False
    return True


def _parse_body(response: Response) -> Any:  # noqa: ANN401 - any JSON value
    """Return the body's JSON value; raises :class:`ValueError`, of the encoding as well."""
    return parse_document(response.body.decode("utf-8"))


def parse_errors(response: Response, *secrets: Secret) -> list[ApiError]:
    """Return the errors that a body names, in either shape; none if it is not an error body."""
    value = _parse_error_body(response)
    if value is None:
        return []
    if isinstance(value.get("errors"), list):
        return [
            ApiError(
                short_text(entry.get("errorType"), secrets),
                redacted_message(entry.get("message"), secrets),
                {},
            )
            for entry in value["errors"]
            if isinstance(entry, dict)
        ]
    error = value.get("error")
    if isinstance(error, dict):
        return [parse_google_error(error, secrets)]
    if isinstance(error, str):
        return [
            ApiError(
                short_text(error, secrets),
                redacted_message(value.get("error_description"), secrets),
                {},
            )
        ]
    return []


def clean_text(value: object, *secrets: Secret, longest: int = 100) -> str | None:
    """Return a text field, fit to be shown; ``None`` if it is no text or an empty one.

    Only ``secrets`` and their pieces are taken out: an id may look like one and is none.
    """
    if not isinstance(value, str):
        return None
    shown = redact_known(plain(value, longest=10_000), *secrets)
    return plain(shown, longest=longest) or None


def parse_percent(value: object) -> int | None:
    """Return a whole number from 0 to 100; ``None`` for anything else."""
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= 100 else None


def read_device(
    entry: Mapping[str, Any],
    credential: Credential,
    *,
    kind: str,
    battery: str,
    zone: Literal["utc", "account-local"],
) -> Device:
    """Read one device; any field may be missing or of another type.

    :param kind: the field of its type.
    :param battery: the field of its battery in words.
    :param zone: the time zone of its last synchronization.
    """

    def text(field: str) -> str | None:
        return clean_text(entry.get(field), credential.secret)

    synced = text("lastSyncTime")
    return Device(
        name=text("deviceVersion") or "unnamed device",
        type=text(kind),
        battery=text(battery),
        battery_percent=parse_percent(entry.get("batteryLevel")),
        last_sync=synced,
        last_sync_zone=zone if synced else None,
    )


def describe_body(response: Response) -> str:
    """Return a clause that describes the body of a response that cannot be understood."""
    if response.cut:
        return "its body is incomplete or too long"
    if not response.body.strip():
        is_announced = is_page(response)
        return "its Content-Type is that of a web page" if is_announced else "its body is empty"
    if is_page(response):
        return "its body is a web page, not JSON"
    if not is_json(response):
        return "its body is not JSON"
    return "its body is JSON of an unknown shape"


def is_page(response: Response) -> bool:
    """Return whether the body is a web page, as of a proxy or a login portal.

    A response to a ``HEAD`` has no body, and its type is that of the page.
    """
    if response.is_to_head:
        return is_page_type(response)
    text = response.body.lstrip(b"\xef\xbb\xbf \t\r\n")
    is_html = "html" in response.headers.get("content-type", "").lower()
    if text.startswith(b"<"):  # no JSON begins so
        return is_html or not _is_xml(response, text)
    return is_html and bool(text) and not is_json(response)


def is_page_type(response: Response) -> bool:
    """Return whether the headers say that the body is a web page."""
    return _media_type(response) in _PAGE_TYPES


def _is_xml(response: Response, text: bytes) -> bool:
    """Return whether a body that begins with ``<`` is XML of an API, and no page in XHTML."""
    kind = _media_type(response)
    is_declared = kind.endswith(("/xml", "+xml")) or text.startswith(b"<?xml")
    return is_declared and b"<html" not in text[:_HEAD].lower()


def _media_type(response: Response) -> str:
    return response.headers.get("content-type", "").partition(";")[0].strip().lower()


def has_foreign_challenge(response: Response, own_scheme: str = "") -> bool:
    """Return whether the response requires a login that no API of a provider has, such as Basic.

    APIs of OAuth take bearer tokens (RFC 6750), so that is a gateway or a proxy on the way.
    ``own_scheme`` is another word that an API has in front of its credentials.
    """
    challenge = response.headers.get("www-authenticate", "").strip()
    if not challenge or _BEARER.search(challenge) is not None:
        return False
    words = (part.split(maxsplit=1)[:1] for part in challenge.lower().split(","))
    return not own_scheme or [own_scheme.lower()] not in words


def is_api_refusal(response: Response) -> bool:
    """Return whether a 401 is a provider's own, and not a gateway's: it has a provider's form.

    Without a body, its challenge must say ``invalid_token``.
    """
    if has_foreign_challenge(response):
        return False
    if not response.body.strip():
        return 'error="invalid_token"' in response.headers.get("www-authenticate", "")
    return has_error_form(response)


def has_error_form(response: Response) -> bool:
    """Return whether the body is an error of the Fitbit Web API or of one of Google's APIs."""
    value = _parse_error_body(response)
    if value is None:
        return False
    entries, error = value.get("errors"), value.get("error")
    if isinstance(entries, list):
        return any(isinstance(one, dict) and "errorType" in one for one in entries)
    return isinstance(error, dict) and (
        isinstance(error.get("status"), str) or isinstance(error.get("errors"), list)
    )


def has_telling_message(error: ApiError) -> bool:
    """Return whether an error's message says more than that something is not permitted."""
    return (error.message or "").strip().rstrip(".").lower() not in _SILENT_MESSAGES


def _parse_error_body(response: Response) -> dict[str, Any] | None:
    """Return the object of an error body; Google's methods that stream put it into a list."""
    value = parse_json(response)
    if isinstance(value, list) and value and isinstance(value[0], dict):
        value = value[0] if isinstance(value[0].get("error"), dict) else None
    return value if isinstance(value, dict) else None
