"""What a response of a declared API names as its error, in the usual places."""

from tokcheck.core.report import ProbeError
from tokcheck.core.secret import Secret
from tokcheck.providers import responses
from tokcheck.providers.base import Response
from tokcheck.providers.rate_limits.numbers import value_at

_MESSAGES = ("message", "error_description", "error.message", "detail", "title", "error", "body")
_TYPES = ("error", "error.type", "error.status", "code", "type")


def read_error(response: Response, body: object, secret: Secret) -> ProbeError | None:
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
