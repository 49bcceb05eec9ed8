"""The user, the scopes and the expiry in the claims of a signed token, by a declaration."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tokcheck.core import claims
from tokcheck.core.redact import plain
from tokcheck.core.report import Claims
from tokcheck.core.secret import Secret
from tokcheck.providers.declared.declaration import ClaimSource, Declaration
from tokcheck.providers.rate_limits.numbers import is_text_form, moment_of_number, moment_of_text
from tokcheck.providers.rate_limits.windows import ResetForm
from tokcheck.providers.response_clock import ResponseClock

_LONGEST_ID = 60
_LONGEST_SCOPE = 100
_MOST_SCOPES = 200
# A moment of a token is no time after a response.
_RELATIVE = {ResetForm.SECONDS, ResetForm.MILLISECONDS, ResetForm.DURATION, ResetForm.ALIGNED}


def read_claims(secret: Secret, declaration: Declaration) -> Claims | None:
    """Return a signed token's claims, those that the declaration names in place of the usual ones.

    ``None`` if it cannot be decoded. A named claim that is missing or of a wrong type counts for
    nothing.
    """
    payload = claims.decode_payload(secret)
    if payload is None:
        return None
    known = claims.claims_from_payload(payload)
    user = _text(declaration.user, payload)
    scopes = _scopes(declaration.scopes, payload)
    expires_at = _moment(declaration.expires, payload)
    return known._replace(
        user_id=known.user_id if user is None else user,
        scopes=known.scopes if scopes is None else scopes,
        expires_at=known.expires_at if expires_at is None else expires_at,
    )


def _value(source: ClaimSource | None, payload: Mapping[str, Any]) -> object:
    return payload.get(source.claim) if source is not None and source.claim else None


def _text(source: ClaimSource | None, payload: Mapping[str, Any]) -> str | None:
    value = _value(source, payload)
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return plain(f"{value}", longest=_LONGEST_ID) or None


def _scopes(source: ClaimSource | None, payload: Mapping[str, Any]) -> tuple[str, ...] | None:
    value = _value(source, payload)
    if source is None or not isinstance(value, str | list):
        return None
    parts = value.split(source.separator or None) if isinstance(value, str) else value
    written = (part.strip() for part in parts[:_MOST_SCOPES] if isinstance(part, str))
    return tuple(dict.fromkeys(plain(each, longest=_LONGEST_SCOPE) for each in written if each))


def _moment(source: ClaimSource | None, payload: Mapping[str, Any]) -> datetime | None:
    value = _value(source, payload)
    if source is None or isinstance(value, bool) or source.form in _RELATIVE:
        return None
    clock = ResponseClock(datetime.fromtimestamp(0, UTC), None)  # moments stay as they are
    if is_text_form(source.form):
        return moment_of_text(value, source.form, clock) if isinstance(value, str) else None
    if not isinstance(value, str | int | float):
        return None
    try:
        return moment_of_number(float(value), source.form, clock)
    except (ValueError, OverflowError):
        return None
