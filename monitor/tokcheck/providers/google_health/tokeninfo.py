"""The claims of an opaque token, which tokeninfo returns."""

from collections.abc import Generator, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, NamedTuple

from tokcheck.core.credential import Credential
from tokcheck.core.documents import parse_seconds
from tokcheck.core.errors import NetError
from tokcheck.core.humanize import end_sentence
from tokcheck.core.report import Claims, Outcome, Verdict
from tokcheck.providers.api_errors import ApiError
from tokcheck.providers.api_responses import responses
from tokcheck.providers.api_responses.unclear_responses import pause_seconds, retry_sentence
from tokcheck.providers.base import Request, Response
from tokcheck.providers.google_health.authentication_errors import BAD_TOKEN
from tokcheck.providers.rate_limits.pauses import delay_end
from tokcheck.providers.response_clock import response_clock

TOKENINFO = "/tokeninfo"
_UNKNOWN = "Expiry and scopes are not known"


class TokeninfoResult(NamedTuple):
    """The claims that tokeninfo returned, or the reason why there are none."""

    claims: Claims | None = None
    refused: Outcome | None = None
    """The outcome of a clear refusal, which ends the probe."""
    failure: str = ""
    """Why there are no claims: a sentence."""
    retry_at: datetime | None = None
    """The moment before which tokeninfo wants no further request."""


def request_tokeninfo(credential: Credential) -> Generator[Request, Response, TokeninfoResult]:
    """Request tokeninfo, with the token in the body and never in an address.

    Only a clear refusal ends the probe: without tokeninfo's response the API can still be
    requested.
    """
    form = MappingProxyType({"access_token": credential.secret})
    try:
        response = yield Request("POST", "oauth", TOKENINFO, form=form)
    except NetError as error:
        failure = end_sentence(f"{_UNKNOWN}: tokeninfo did not respond: {error.message}")
        return TokeninfoResult(failure=failure)
    value = responses.parse_json(response)
    if response.status == 200 and isinstance(value, dict) and "error" not in value:
        claims = _read_tokeninfo(value, response, credential)
        return _failed_result(response, None) if claims == Claims() else TokeninfoResult(claims)
    errors = responses.parse_errors(response, credential.secret)
    is_refused = response.status in (400, 401) and not responses.has_foreign_challenge(response)
    if is_refused and errors and errors[0].type == "invalid_token":
        refused = Outcome(
            Verdict.REVOKED_OR_INVALID,
            BAD_TOKEN,
            status=response.status,
            error=errors[0].probe_error,
        )
        return TokeninfoResult(refused=refused)
    return _failed_result(response, errors[0] if errors else None)


def _failed_result(response: Response, error: ApiError | None) -> TokeninfoResult:
    """Return the result of a response that says nothing about the token."""
    is_limited = response.status == 429
    seconds = pause_seconds(response, error)
    what = "accepts no more requests for now" if is_limited else "returned no usable response"
    until = None if seconds is None else response.received_at + timedelta(seconds=seconds)
    failure = f"{_UNKNOWN}: tokeninfo {what} (HTTP {response.status})."
    if is_limited or seconds is not None:
        failure = retry_sentence(response, until, before=f"{failure} ")
    return TokeninfoResult(failure=failure, retry_at=until)


def _read_tokeninfo(value: Mapping[str, Any], response: Response, credential: Credential) -> Claims:
    """Read tokeninfo's response, in which every value is a string.

    https://docs.cloud.google.com/nodejs/docs/reference/google-auth-library/latest/google-auth-library/tokeninfo
    """
    secret = credential.secret
    client = responses.clean_text(value.get("azp"), secret) or responses.clean_text(
        value.get("aud"), secret
    )
    scopes = value.get("scope")
    # A lifetime does not depend on the server's clock.
    expires_at = delay_end(
        f"{value.get('expires_in', '')}s", response.headers, response.received_at
    ) or _read_expiry(value.get("exp"), response)
    granted = None
    if isinstance(scopes, str):
        names = (responses.clean_text(name, secret, longest=200) for name in scopes.split())
        granted = tuple(dict.fromkeys(filter(None, names)))
    return Claims(client_id=client, expires_at=expires_at, scopes=granted)


def _read_expiry(value: object, response: Response) -> datetime | None:
    """Return a moment of the server's clock by this computer's."""
    seconds = parse_seconds(value)
    if seconds is None or seconds < 1:
        return None
    try:
        moment = datetime.fromtimestamp(int(seconds), UTC)
        return response_clock(response.headers, response.received_at).local(moment)
    except (ValueError, OverflowError, OSError):
        return None
