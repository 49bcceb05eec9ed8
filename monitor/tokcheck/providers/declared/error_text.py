"""The error in a response of a declared API, from the usual places."""

from collections.abc import Mapping
from typing import Any

from tokcheck.core.report import ProbeError
from tokcheck.core.secret import Secret
from tokcheck.providers.api_responses import responses
from tokcheck.providers.base import Response
from tokcheck.providers.rate_limits.numbers import value_at

_MESSAGES = ("message", "error_description", "error.message", "detail", "title", "error", "body")
_TYPES = ("error", "error.type", "error.status", "code", "type")
_ENTRY = ("resource", "field", "code", "message")
_MOST_ENTRIES = 4


def read_error(response: Response, body: object, *secrets: Secret) -> ProbeError | None:
    """Return the error that a body names in one of the usual places."""
    if not isinstance(body, dict) or (response.status < 400 and "error" not in body):
        return None
    kind = next((text for path in _TYPES if (text := text_at(body, path, *secrets))), None)
    message = next((text for path in _MESSAGES if (text := text_at(body, path, *secrets))), None)
    entries = _entries(body, secrets)
    if entries:
        message = f"{message} ({entries})" if message else entries
    if message is None and kind is None:
        return None
    return ProbeError(kind if kind != message else None, message)


def _entries(body: Mapping[str, Any], secrets: tuple[Secret, ...]) -> str:
    """Return the words of the entries of ``errors``, as Strava has them."""
    entries = body.get("errors")
    texts = []
    for number, entry in enumerate(entries[:_MOST_ENTRIES] if isinstance(entries, list) else ()):
        if isinstance(entry, dict):
            words = (text_at(body, f"errors.{number}.{name}", *secrets) for name in _ENTRY)
            texts.append(" ".join(filter(None, words)))
    return "; ".join(filter(None, texts))


def text_at(body: object, path: str, *secrets: Secret) -> str | None:
    """Return the text at a path, redacted; ``None`` if there is none."""
    value = value_at(body, path)
    text = responses.clean_text(value, *secrets, longest=200)
    from tokcheck.core.redact import redact  # noqa: PLC0415 - for refusals only

    return redact(text, *secrets) if text else None
