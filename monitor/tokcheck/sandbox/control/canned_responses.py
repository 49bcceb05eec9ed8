"""Canned responses of the user's own in the control API: from request fields, and as JSON."""

import re
from collections.abc import Mapping
from typing import Any

from tokcheck.core.documents import parse_json
from tokcheck.core.errors import UsageError
from tokcheck.sandbox.control.request_fields import (
    Fields,
    read_choice,
    read_integer,
    read_text,
    reject_unknown_fields,
)
from tokcheck.sandbox.faults.fault import current_path
from tokcheck.sandbox.http_messages import JSON, Headers, encode_json
from tokcheck.sandbox.state.canned_responses import CannedResponse
from tokcheck.sandbox.state.sandbox_state import SandboxState

RESPONSE_FIELDS = ("path", "method", "status", "headers", "body")

_WITHOUT_BODY = {204, 205, 304}
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_PATH = re.compile(r"/(?!sandbox(?:/|$)|~)[!-~]+")
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
_VALUE = re.compile(r"[ -~]{0,4000}")
# The server sets these; a second one would break the message.
_OWN_HEADERS = {"connection", "content-length", "date", "transfer-encoding"}


def put_response(state: SandboxState, fields: Fields) -> dict[str, Any]:
    """Put the response in ``fields`` behind its path, and return it as JSON.

    Raises :class:`UsageError` for invalid fields.
    """
    reject_unknown_fields(fields, RESPONSE_FIELDS)
    path = _read_path(fields)
    method = read_choice(fields, "method", _METHODS, "GET")
    status = read_integer(fields, "status", 200, (200, 599))
    body, content_type = _read_body(fields)
    if body and status in _WITHOUT_BODY:
        raise UsageError(f"A response with the status {status} has no body.", "Leave it out.")
    headers = _read_headers(fields)
    if content_type and "content-type" not in {name.lower() for name, _ in headers}:
        headers = (("Content-Type", content_type), *headers)
    response = CannedResponse(200 if status is None else status, headers, body)
    state.canned_responses.put(method, path, response)
    return _response_to_json(method, path, response)


def list_responses(state: SandboxState) -> dict[str, Any]:
    """Return all responses as JSON."""
    responses = state.canned_responses.all().items()
    return {"answers": [_response_to_json(*key, response) for key, response in responses]}


def remove_responses(state: SandboxState, fields: Fields) -> dict[str, Any]:
    """Remove the responses of one path, or all; return those that are left as JSON."""
    reject_unknown_fields(fields, ("path",))
    state.canned_responses.remove(_read_path(fields) if "path" in fields else None)
    return list_responses(state)


def _response_to_json(method: str, path: str, response: CannedResponse) -> dict[str, Any]:
    """Return a response as JSON; of the body only its length, because it may be long."""
    return {
        "path": path,
        "method": method,
        "status": response.status,
        "headers": dict(response.headers),
        "bytes": len(response.body),
    }


def _read_path(fields: Fields) -> str:
    path = read_text(fields, "path").partition("?")[0]
    if _PATH.fullmatch(path) is None:
        raise UsageError(
            f"{path[:80]!r} is not a path of either API.",
            "Send path=/1/user/-/activities/date/today.json, without host and fault.",
        )
    return current_path(path)


def _read_body(fields: Fields) -> tuple[bytes, str]:
    """Return the body and its content type: JSON if it is, otherwise text."""
    body = fields.get("body", "")
    if not isinstance(body, str):
        return encode_json(body), JSON
    if not body:
        return b"", ""
    try:
        parse_json(body)
    except ValueError:
        content_type = "text/plain; charset=utf-8"
    else:
        content_type = JSON
    return body.encode("utf-8", "backslashreplace"), content_type


def _read_headers(fields: Fields) -> Headers:
    """Return the headers: a JSON object of strings, or lines of the form ``Name: value``."""
    headers = fields.get("headers", {})
    if isinstance(headers, str):
        lines = [line for line in headers.splitlines() if line.strip()]
        parts = [line.partition(":") for line in lines]
        pairs = [(name if colon else "", value.strip()) for name, colon, value in parts]
    elif isinstance(headers, Mapping):
        pairs = [(name, str(value)) for name, value in headers.items()]
    else:
        pairs = [("", "")]
    for name, value in pairs:
        if _NAME.fullmatch(name) is None or _VALUE.fullmatch(value) is None:
            raise UsageError(
                "The field 'headers' has a line that is not a header.",
                'Send {"Retry-After": "30"} as JSON, or lines such as Retry-After: 30 in a form.',
            )
        if name.lower() in _OWN_HEADERS:
            raise UsageError(f"The server sets the header {name}.", "Leave it out.")
    return tuple(pairs)
