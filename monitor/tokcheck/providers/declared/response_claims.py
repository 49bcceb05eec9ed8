"""The user, the scopes and the expiry that a response states, read by a declaration."""

from datetime import datetime

from tokcheck.core.report import Claims
from tokcheck.core.secret import Secret
from tokcheck.providers.api_responses import responses
from tokcheck.providers.base import Response
from tokcheck.providers.declared.declaration import ClaimSource, Declaration
from tokcheck.providers.rate_limits.numbers import (
    Fields,
    is_text_form,
    moment_of_number,
    moment_of_text,
    read_text,
    value_at,
)
from tokcheck.providers.response_clock import response_clock

_MOST_SCOPES = 200


_LONGEST_SCOPE = 100


def read_claims(
    response: Response,
    declaration: Declaration,
    secret: Secret,
    fields: Fields,
    claims: Claims | None,
) -> Claims | None:
    """Return what the response says of the token, over what the token itself does."""
    user = _claim_text(declaration.user, fields)
    scopes = _claim_scopes(declaration.scopes, fields)
    expires_at = _claim_moment(declaration.expires, fields, response)
    if user is None and scopes is None and expires_at is None:
        return claims
    known = claims or Claims()
    return known._replace(
        user_id=known.user_id if user is None else responses.clean_text(user, secret, longest=60),
        scopes=known.scopes
        if scopes is None
        else tuple(
            dict.fromkeys(
                shown
                for scope in scopes[:_MOST_SCOPES]
                if (shown := responses.clean_text(scope, secret, longest=_LONGEST_SCOPE))
            )
        ),
        expires_at=known.expires_at if expires_at is None else expires_at,
    )


def _claim_text(source: ClaimSource | None, fields: Fields) -> str | None:
    return None if source is None or source.claim else read_text(fields, source.field)


def _claim_scopes(source: ClaimSource | None, fields: Fields) -> tuple[str, ...] | None:
    if source is None or source.claim:
        return None
    if source.field.path:
        value = value_at(fields.body, source.field.path)
        if isinstance(value, list):
            return tuple(each for each in value if isinstance(each, str))
    text = read_text(fields, source.field)
    if not text:  # GitHub writes an empty one where scopes mean nothing
        return None
    parts = text.split(source.separator or None)
    return tuple(part.strip() for part in parts if part.strip())


def _claim_moment(
    source: ClaimSource | None, fields: Fields, response: Response
) -> datetime | None:
    text = None if source is None or source.claim else read_text(fields, source.field)
    if source is None or not text:
        return None
    clock = response_clock(response.headers, response.received_at)
    if is_text_form(source.form):
        return moment_of_text(text, source.form, clock)
    try:
        return moment_of_number(float(text), source.form, clock)
    except ValueError:
        return None
