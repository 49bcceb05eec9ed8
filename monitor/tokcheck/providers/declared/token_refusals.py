"""The meaning of a refusal of a declared token endpoint, in any form."""

from tokcheck.core.secret import Secret
from tokcheck.providers.api_errors import ApiError
from tokcheck.providers.api_responses import responses
from tokcheck.providers.base import Response
from tokcheck.providers.declared.declaration import TokenRefusalRule
from tokcheck.providers.declared.error_text import read_error, text_at
from tokcheck.providers.declared.response_rules import find_rule
from tokcheck.providers.rate_limits.numbers import Fields

# https://www.rfc-editor.org/rfc/rfc6749#section-5.2
_CODES = frozenset(
    {"invalid_request", "invalid_client", "invalid_grant", "unauthorized_client",
     "unsupported_grant_type", "invalid_scope"}
)  # fmt: skip
# Where services write such a code.
_PLACES = (
    "error", "error.code", "error.type", "error.error", "code", "type", "title", "error_code",
    "errors.0.code", "errors.0.type", "errors.0.errorType", "errors.0",
)  # fmt: skip


def read_token_refusal(
    response: Response, rules: tuple[TokenRefusalRule, ...], *secrets: Secret
) -> ApiError | None:
    """Return the error of OAuth that a response of the token endpoint means.

    Its type is the code of the rule that applies, or what the body names. ``None`` if the response
    is no refusal, or none that can be read.
    """
    body = responses.parse_json(response) if response.body else None
    found = read_error(response, body, *secrets)
    message = found and (found.message or found.type)
    rule = find_rule(response, rules, Fields(response.headers, body))
    if rule is not None:
        return ApiError(rule.code, message, {})
    is_success = 200 <= response.status < 300
    if not isinstance(body, dict) or (is_success and not body.get("error")):
        return None
    codes = (text_at(body, path, *secrets) for path in _PLACES)
    code = next((each for each in codes if each in _CODES), found and found.type)
    if code is None and message is None:
        return None
    return ApiError(code, message if message != code else None, {})
