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

    neutral = b'{"message": "-"}'

    def is_of_rule(status: int) -> bool:
        """Return whether the body means something else than the status alone does."""
        verdict = provider.read_error(response(status)).verdict
        usual = provider.read_error(response(status)._replace(body=neutral)).verdict
        return verdict not in _SAYS_NOTHING and verdict is not usual

    statuses = tuple(_statuses(message, found))
    of_api = next(filter(is_of_rule, statuses), None)
    # Without a status, a rule of the API says more than the same body at the token endpoint.
    oauth = provider.endpoints if found.is_reported or of_api is None else None
    read = oauth.read_refusal if oauth else None
    for status in statuses:
        refusal = read(response(status), ()) if read else None
        if refusal is not None and refusal.type in _OF_TOKEN_ENDPOINT:
            return message._replace(
                source="oauth", code=refusal.type, text=refusal.message or "", status=status
            )
    if of_api is not None:  # by what was read; a part that is missing does not matter
        return message._replace(source="api", status=of_api, is_part=False)
    usual = found.status if found.is_reported else _usual_status(message)
    if usual is None:
        return None
    outcome = provider.read_error(response(usual))
    says_nothing = outcome.verdict in _SAYS_NOTHING and outcome.error is None
    return None if says_nothing else message._replace(source="api", status=usual)


def _whole_body(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a body for one entry of its errors, which is all that stravalib prints."""
    return {"errors": [body]} if _is_entry(body) else body


def _statuses(message: ErrorMessage, found: FoundStatus) -> Iterator[int]:
    """Yield the statuses that the response may have had, the likeliest first."""
    if not found.is_reported:
        yield from (429,) if _LIMIT.search(message.text) else _LIKELY
        return
    if (message.body or {}).get("status") == found.status:
        yield 200  # the number may be the body's own, as Withings' are
    yield found.status


def _usual_status(message: ErrorMessage) -> int | None:
    """Return the status that such an error has, by its words; ``None`` if it is no error."""
    for pattern, status in ((_LIMIT, 429), (_SCOPE, 403), (_REFUSED, 401)):
        if pattern.search(message.text) is not None:
            return status
    entries = (message.body or {}).get("errors")
    is_error = isinstance(entries, list) and any(map(_is_entry, entries))
    return 400 if is_error else None


def _is_entry(value: object) -> bool:
    """Return whether a value is one entry of the errors of Strava or GitHub."""
    return (
        isinstance(value, dict)
        and value.keys() >= _ENTRY
        and all(isinstance(value[name], str) for name in _ENTRY)
    )
