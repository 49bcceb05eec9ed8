"""The outcome of a check request's response, by a declaration."""

from math import inf
from typing import NamedTuple

from tokcheck.core.credential import Credential
from tokcheck.core.humanize import format_duration
from tokcheck.core.report import (
    Claims,
    Outcome,
    ProbeError,
    Quota,
    Verdict,
    limit_reset,
    outlasts_reset,
)
from tokcheck.core.secret import Secret
from tokcheck.providers.api_errors import ApiError
from tokcheck.providers.api_responses import responses, unclear_responses
from tokcheck.providers.api_responses.other_servers import is_of_other_server
from tokcheck.providers.base import Response
from tokcheck.providers.declared.declaration import Declaration, RefusalRule
from tokcheck.providers.declared.error_text import read_error
from tokcheck.providers.declared.response_claims import read_claims
from tokcheck.providers.declared.response_quotas import read_reported_quotas
from tokcheck.providers.declared.response_rules import find_rule
from tokcheck.providers.declared.success import (
    is_other_success,
    is_success,
    other_success_outcome,
)
from tokcheck.providers.rate_limits.numbers import Fields, value_at
from tokcheck.providers.rate_limits.pauses import cap_pause, retry_after
from tokcheck.providers.rate_limits.reader import documented_quotas

# Another server's, or another path of this one.
_OF_ADDRESS = frozenset({404, 405})
_GONE = 410
_NO_SCOPE = "insufficient_scope"
_OWN_REFUSAL = (
    "This says nothing about the token: the API refused the check for another reason. Compare it "
    "with the API's documentation, and the check with its declaration.",
)
_OTHER_REFUSAL = (
    "This says nothing about the token: the API refused the request for another reason, which its "
    "documentation explains.",
)
# Of the check, it means the API; of another request, it may mean one deleted item.
_OTHER_GONE = (
    "What the request asks for was removed, or this address of the API was switched off. This says "
    "nothing about the token.",
)


class _ResponseReading(NamedTuple):
    """The values of a response that count with every verdict."""

    fields: Fields
    quotas: tuple[Quota, ...]
    notes: tuple[str, ...]
    error: ProbeError | None
    is_foreign: bool
    """Whether another server than the API's wrote the response."""


def read_response(
    response: Response,
    declaration: Declaration,
    credential: Credential,
    claims: Claims | None,
    *,
    is_check: bool = True,
) -> Outcome:
    """Return the outcome of the response to the check request, or else to another request."""
    reading = _read(response, declaration, credential.secret, is_check=is_check)
    refusal = find_rule(response, declaration.refusals, reading.fields)
    if refusal is not None and reading.is_foreign and _is_usual_limit(refusal):
        refusal = None
    if refusal is not None:
        outcome = _refusal_outcome(response, refusal, reading)
    elif is_success(response, declaration, reading.fields):
        known = read_claims(response, declaration, credential.secret, reading.fields, claims)
        quotas = reading.quotas or documented_quotas(declaration.windows)
        notes = reading.notes
        is_declared = bool(declaration.dialect or declaration.windows)
        known_left = bool(quotas) and all(quota.remaining is not None for quota in quotas)
        if not is_declared:
            notes += (
                f"The {declaration.title} reports no rate limit, by its declaration; what is left "
                "of one is not known.",
            )
        elif not reading.quotas and not known_left:
            notes += ("The response reports no rate limit; what is left of it is not known.",)
        outcome = Outcome(Verdict.VALID, advice=notes, quota=quotas, claims=known)
    elif is_check and reading.error is None and is_other_success(response, declaration):
        outcome = other_success_outcome(response, declaration)
    else:
        if reading.is_foreign:
            reading = reading._replace(quotas=(), notes=())
        outcome = _by_status(response, reading, is_check=is_check)
    return outcome._replace(
        # The API counts a request whatever its response is.
        quota=outcome.quota or reading.quotas,
        status=response.status,
        error=outcome.error or (None if outcome.verdict is Verdict.VALID else reading.error),
        remedy=outcome.remedy or _wait_advice(response, outcome),
    )


def _wait_advice(response: Response, outcome: Outcome) -> tuple[str, ...] | None:
    """Return advice for a limit that no reset ends; ``None`` for other outcomes.

    The reset is unknown, or the pause that the response requests is longer.
    """
    used_up = [quota for quota in outcome.quota if quota.remaining == 0]
    is_limited = outcome.verdict is Verdict.RATE_LIMITED or (
        outcome.verdict is Verdict.VALID and bool(used_up)
    )
    if not is_limited:
        return None
    reset = limit_reset(outcome.quota)
    if outlasts_reset(outcome.retry_at, reset):
        return (unclear_responses.retry_sentence(response, outcome.retry_at),)
    if reset is not None:
        return None
    longest = max((quota.window_seconds for quota in used_up), default=0.0)
    is_known = all(quota.is_length_known for quota in used_up)
    if not (is_known and 0 < longest < inf):
        return ("Wait for some minutes, then try again once.",)
    return (f"Wait for {format_duration(longest)}, the length of the window.",)


def _read(
    response: Response, declaration: Declaration, secret: Secret, *, is_check: bool
) -> _ResponseReading:
    body = responses.parse_json(response) if response.body else None
    quotas, notes = read_reported_quotas(response, declaration, body, is_check=is_check)
    error = read_error(response, body, secret)
    return _ResponseReading(
        Fields(response.headers, body),
        quotas,
        notes,
        error,
        is_of_other_server(response, _own_scheme(declaration)),
    )


def _own_scheme(declaration: Declaration) -> str:
    """Return the word in front of the credential, which a challenge of the API repeats."""
    return declaration.scheme if declaration.header == "Authorization" else ""


def _is_usual_limit(refusal: RefusalRule) -> bool:
    """Return whether a refusal is a rate limit by headers that other servers send as well."""
    return refusal.verdict is Verdict.RATE_LIMITED and not refusal.contains


def _refusal_outcome(
    response: Response, refusal: RefusalRule, reading: _ResponseReading
) -> Outcome:
    if refusal.verdict is Verdict.RATE_LIMITED:
        return _limit_outcome(response, reading, refusal)
    detail = refusal.reason or _server_words(response, reading)
    if refusal.verdict is Verdict.INSUFFICIENT_SCOPE and not refusal.reason:
        detail = "the server requires another scope"
    return Outcome(
        refusal.verdict,
        detail,
        reading.notes,
        quota=reading.quotas,
        remedy=refusal.advice or None,
    )


def _by_status(response: Response, reading: _ResponseReading, *, is_check: bool) -> Outcome:
    """Return the outcome of a response that the declaration does not describe."""
    status = response.status
    is_api = not reading.is_foreign
    # One without its body may be the API's.
    if status == 429 and not is_api and (response.body or responses.is_page(response)):
        return unclear_responses.front_end_limit_outcome(response)
    if status == 429:
        return _limit_outcome(response, reading, None)
    challenge = response.headers.get("www-authenticate", "").strip()
    names_scope = _NO_SCOPE in (value_at(reading.fields.body, "error"), _code_of(challenge))
    if status in {401, 403} and names_scope and is_api:
        return Outcome(
            Verdict.INSUFFICIENT_SCOPE,
            "the server requires another scope",
            reading.notes,
            quota=reading.quotas,
        )
    # Only what an API itself writes says something about the token (RFC 6750).
    own = reading.fields.body is not None or bool(challenge)
    if status == 401 and is_api and own:
        return Outcome(
            Verdict.REVOKED_OR_INVALID,
            _server_words(response, reading),
            reading.notes,
            quota=reading.quotas,
        )
    error = reading.error
    outcome = unclear_responses.undetermined_outcome(
        response, ApiError(error.type, error.message, {}) if error else None
    )
    if status == _GONE and is_check and not responses.has_foreign_challenge(response):
        return Outcome(Verdict.SERVICE_GONE, "the server returns HTTP 410 Gone", reading.notes)
    # A proxy writes a page; an error in JSON is the API's own.
    is_refusal = (status < 300 or 400 <= status < 500) and status not in _OF_ADDRESS
    is_own = error is not None and is_api and unclear_responses.find_stop(response) is None
    if not is_refusal or not is_own:
        return outcome
    other = _OTHER_GONE if status == _GONE else _OTHER_REFUSAL
    return outcome._replace(advice=_OWN_REFUSAL if is_check else other)


def _code_of(challenge: str) -> str:
    """Return the error code of a challenge (RFC 6750) that is of use here; empty if none is."""
    return _NO_SCOPE if f'error="{_NO_SCOPE}"' in challenge else ""


def _server_words(response: Response, reading: _ResponseReading) -> str:
    message = reading.error.message if reading.error else None
    return f"HTTP {response.status}: {message}" if message else f"HTTP {response.status}"


def _limit_outcome(
    response: Response, reading: _ResponseReading, refusal: RefusalRule | None
) -> Outcome:
    pause = retry_after(response.headers, response.received_at)
    if pause is not None and pause > response.received_at:
        pause = cap_pause(pause, response.received_at)
    else:
        pause = None
    notes = reading.notes
    if pause is None and not any(quota.reset_at for quota in reading.quotas):
        notes += ("The response does not say when to try again.",)
    return Outcome(
        Verdict.RATE_LIMITED,
        refusal.reason if refusal else "",
        notes,
        quota=reading.quotas,
        retry_at=pause,
        remedy=(refusal.advice or None) if refusal else None,
    )
