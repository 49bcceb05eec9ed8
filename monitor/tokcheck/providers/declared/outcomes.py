"""The outcome of a check request's response, by a declaration."""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from tokcheck.core.credential import Credential
from tokcheck.core.report import Claims, Outcome, ProbeError, Quota, Verdict
from tokcheck.core.secret import Secret
from tokcheck.providers import responses, unclear_responses
from tokcheck.providers.api_errors import ApiError
from tokcheck.providers.base import Response
from tokcheck.providers.declared.declaration import Declaration, RefusalRule
from tokcheck.providers.declared.response_claims import read_claims
from tokcheck.providers.rate_limits.ietf import read_standard_fields
from tokcheck.providers.rate_limits.numbers import (
    Fields,
    value_at,
)
from tokcheck.providers.rate_limits.pauses import LONGEST_PAUSE, cap_pause, retry_after
from tokcheck.providers.rate_limits.reader import documented_quotas, read_windows

_FIRST_REFUSAL = 400
_UNREPORTED = (None, None)
_MESSAGES = ("message", "error_description", "error.message", "detail", "title", "error", "body")
_TYPES = ("error", "error.type", "error.status", "code", "type")


class _ResponseReading(NamedTuple):
    """What the values of a response say, whatever its verdict is."""

    fields: Fields
    quotas: tuple[Quota, ...]
    notes: tuple[str, ...]
    error: ProbeError | None


def read_response(
    response: Response, declaration: Declaration, credential: Credential, claims: Claims | None
) -> Outcome:
    """Return the outcome of the response to the check request."""
    reading = _read(response, declaration, credential.secret)
    refusal = _find_refusal(response, declaration, reading.fields)
    if refusal is not None:
        outcome = _refusal_outcome(response, refusal, reading)
    elif _is_success(response, declaration, reading.fields):
        known = read_claims(response, declaration, credential.secret, reading.fields, claims)
        quotas = reading.quotas or documented_quotas(declaration.windows)
        notes = reading.notes
        if not reading.quotas and any(quota.remaining is None for quota in quotas):
            notes += ("The response reports no rate limit; what is left of it is not known.",)
        outcome = Outcome(Verdict.VALID, advice=notes, quota=quotas, claims=known)
    else:
        outcome = _by_status(response, reading)
    return outcome._replace(
        status=response.status,
        error=outcome.error or (None if outcome.verdict is Verdict.VALID else reading.error),
    )


def read_quotas(response: Response, declaration: Declaration) -> tuple[Quota, ...]:
    """Return the quotas that a response to any request of the API reports."""
    body = responses.parse_json(response) if response.body else None
    return _read_quotas(response, declaration, body)[0]


def _read(response: Response, declaration: Declaration, secret: Secret) -> _ResponseReading:
    body = responses.parse_json(response) if response.body else None
    quotas, notes = _read_quotas(response, declaration, body)
    error = _read_error(response, body, secret)
    return _ResponseReading(Fields(response.headers, body), quotas, notes, error)


def _read_quotas(
    response: Response, declaration: Declaration, body: object
) -> tuple[tuple[Quota, ...], tuple[str, ...]]:
    """Return the quotas of a response, and sentences about values that were not usable."""
    found = read_windows(response.headers, declaration.windows, response.received_at, body)
    if declaration.dialect == "ietf":
        length = next((form.seconds for form in declaration.windows if form.seconds), None)
        standard = read_standard_fields(response.headers, response.received_at, length)
        found = found._replace(
            quotas=(*found.quotas, *standard.quotas), notes=(*found.notes, *standard.notes)
        )
    # A reset alone is of use after a refusal; else it says that nothing is counted.
    is_refused = response.status >= _FIRST_REFUSAL
    reported = [
        each for each in found.quotas if is_refused or (each.limit, each.remaining) != _UNREPORTED
    ]
    quotas, notes = _without_odd_resets(response, reported)
    return quotas, (*found.notes, *notes)


def _without_odd_resets(
    response: Response, quotas: Sequence[Quota]
) -> tuple[tuple[Quota, ...], tuple[str, ...]]:
    """Return quotas without what their resets make impossible, and sentences about that.

    A reset in the past is of a window that has ended. One later than the window is long is a
    mistake of the service or of the declaration.
    """
    kept, notes = [], list[str]()
    for quota in quotas:
        reset_at = quota.reset_at
        if reset_at is None:
            kept.append(quota)
            continue
        longest = max(LONGEST_PAUSE, timedelta(seconds=min(quota.window_seconds, 366 * 86_400.0)))
        if reset_at > response.received_at + longest + timedelta(minutes=1):
            notes.append(
                f"The reset of the window {quota.window} lies too far ahead and was ignored. Check "
                "its form in the declaration."
            )
            kept.append(quota._replace(reset_at=None))
        elif reset_at <= response.received_at and response.status != 429 and quota.remaining:
            notes.append(
                f"The window {quota.window} of the response has ended; what is left of the present "
                "one is not known."
            )
            kept.append(quota._replace(remaining=None, reset_at=None))
        else:
            kept.append(quota)
    return tuple(kept), tuple(notes)


def _find_refusal(
    response: Response, declaration: Declaration, fields: Fields
) -> RefusalRule | None:
    """Return the first declared refusal that a response is."""
    return next((each for each in declaration.refusals if _matches(response, each, fields)), None)


def _matches(response: Response, refusal: RefusalRule, fields: Fields) -> bool:
    if refusal.statuses and response.status not in refusal.statuses:
        return False
    if not refusal.path and not refusal.header:
        if not refusal.contains:
            # A page of a proxy is no answer of the service.
            return not responses.is_page(response)
        return refusal.contains.lower() in response.body.decode("utf-8", "replace").lower()
    value = (
        value_at(fields.body, refusal.path)
        if refusal.path
        else response.headers.get(refusal.header)
    )
    if value is None:
        return False
    if refusal.contains:
        return refusal.contains.lower() in str(value).lower()
    return not refusal.equals or any(_is_equal(value, one) for one in refusal.equals)


def _is_equal(value: object, expected: object) -> bool:
    """Return whether a value of JSON or of a header is the declared one; ``True`` is not 1."""
    if isinstance(value, bool) or isinstance(expected, bool):
        return value is expected
    return value == expected or (isinstance(value, str) and value == str(expected))


def _is_success(response: Response, declaration: Declaration, fields: Fields) -> bool:
    success = declaration.check.success
    if response.status not in success.statuses:
        return False
    if declaration.check.method == "HEAD":
        return True
    if not success.path:
        # Every declared answer is JSON; a page is a portal's or a proxy's.
        return not response.cut and not responses.is_page(response) and fields.body is not None
    value = value_at(fields.body, success.path)
    return value is not None if success.equals is None else _is_equal(value, success.equals)


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


def _by_status(response: Response, reading: _ResponseReading) -> Outcome:
    """Return the outcome of a response that the declaration does not describe."""
    status = response.status
    if status == 429 and not responses.is_page(response):
        return _limit_outcome(response, reading, None)
    if status == 429:
        return unclear_responses.front_end_limit_outcome(response)
    challenge = response.headers.get("www-authenticate", "")
    is_api = not responses.has_foreign_challenge(response) and not responses.is_page(response)
    if status in {401, 403} and 'error="insufficient_scope"' in challenge and is_api:
        return Outcome(
            Verdict.INSUFFICIENT_SCOPE,
            "the server requires another scope",
            reading.notes,
            quota=reading.quotas,
        )
    # Only what an API itself writes says something about the token (RFC 6750).
    own = reading.fields.body is not None or "bearer" in challenge.lower()
    if status == 401 and is_api and own:
        return Outcome(
            Verdict.REVOKED_OR_INVALID,
            _server_words(response, reading),
            reading.notes,
            quota=reading.quotas,
        )
    error = reading.error
    return unclear_responses.undetermined_outcome(
        response, ApiError(error.type, error.message, {}) if error else None
    )


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


def _read_error(response: Response, body: object, secret: Secret) -> ProbeError | None:
    """Return what a body names as its error, in the usual places."""
    if not isinstance(body, dict) or (response.status < 400 and "error" not in body):
        return None
    kind = next((text for path in _TYPES if (text := _text_at(body, path, secret))), None)
    message = next((text for path in _MESSAGES if (text := _text_at(body, path, secret))), None)
    if message is None and kind is None:
        return None
    return ProbeError(kind if kind != message else None, message)


def _text_at(body: object, path: str, secret: Secret) -> str | None:
    value = value_at(body, path)
    text = responses.clean_text(value, secret, longest=200)
    from tokcheck.core.redact import redact  # noqa: PLC0415 - for refusals only

    return redact(text, secret) if text else None
