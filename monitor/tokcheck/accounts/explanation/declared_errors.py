"""Which error an object is in the form of a declared provider: of its API or its token endpoint."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from tokcheck.accounts.explanation.error_codes import OAUTH_CODES
from tokcheck.accounts.explanation.error_messages.error_message import ErrorMessage
from tokcheck.accounts.explanation.statuses.http_statuses import FoundStatus
from tokcheck.core.lazy import LazyRegex
from tokcheck.core.report import Verdict
from tokcheck.providers.base import Provider, Response

_LIMIT = LazyRegex(r"(?i)\brate.?limit|\btoo many requests|\bquota\b.{0,20}\bexceeded")
_REFUSED = LazyRegex(
    r"(?i)unauthori[sz]ed|\bauthori[sz]ation error|\bbad credentials"
    r"|\b(?:access.?|bearer )?token\b.{0,40}\b(?:expired|invalid|revoked)"
    r"|\b(?:expired|invalid|revoked)\b.{0,20}\btoken"
)
_SCOPE = LazyRegex(r"(?i)\bscopes?\b|\bpermissions?\b|\bforbidden\b|\bnot accessible by\b")
# The error codes of token endpoints alone.
_OF_TOKEN_ENDPOINT = OAUTH_CODES - {"access_denied", "invalid_request", "invalid_token"}
_ENTRY = {"resource", "field", "code"}
# A declared rule may be about any of these.
_LIKELY = (200, 400, 401, 403, 404, 426, 429)
_SAYS_NOTHING = frozenset({Verdict.VALID, Verdict.UNDETERMINED})


def read_declared_error(
    message: ErrorMessage, provider: Provider, found: FoundStatus, now: datetime
) -> ErrorMessage | None:
    """Return an object as an error of a provider's API or token endpoint; ``None`` if it is none.

    ``found`` is the status that the text reports, or the one that such errors usually have.
    """
    message = message._replace(body=_whole_body(message.body or {}))
    raw = json.dumps(message.body, default=str).encode()

    def response(status: int) -> Response:
        return Response(status, found.response_headers, raw, now)

    oauth = provider.endpoints
    read = oauth.read_refusal if oauth else None
    for status in _statuses(message, found):
        refusal = read(response(status), ()) if read else None
        if refusal is not None and refusal.type in _OF_TOKEN_ENDPOINT:
            return message._replace(
                source="oauth", code=refusal.type, text=refusal.message or "", status=status
            )
    neutral = b'{"message": "-"}'
    for status in _statuses(message, found):
        verdict = provider.read_error(response(status)).verdict
        usual = provider.read_error(response(status)._replace(body=neutral)).verdict
        if verdict not in _SAYS_NOTHING and (found.is_reported or verdict is not usual):
            return message._replace(source="api", status=status)
    likely = found.status if found.is_reported else _status_by_words(message.text)
    if likely is None or provider.read_error(response(likely)).error is None:
        return None
    return message._replace(source="api", status=likely)


def _whole_body(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a body for one entry of its errors, which is all that stravalib prints."""
    is_entry = body.keys() >= _ENTRY and all(isinstance(body[name], str) for name in _ENTRY)
    return {"errors": [body]} if is_entry else body


def _statuses(message: ErrorMessage, found: FoundStatus) -> Iterator[int]:
    """Yield the statuses that the response may have had, the likeliest first."""
    if not found.is_reported:
        yield from (429,) if _LIMIT.search(message.text) else _LIKELY
        return
    if (message.body or {}).get("status") == found.status:
        yield 200  # the number may be the body's own, as Withings' are
    yield found.status


def _status_by_words(text: str) -> int | None:
    """Return the status that an error with these words has; ``None`` if they name no error."""
    for pattern, status in ((_LIMIT, 429), (_SCOPE, 403), (_REFUSED, 401)):
        if pattern.search(text) is not None:
            return status
    return None
