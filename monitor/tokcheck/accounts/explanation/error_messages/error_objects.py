"""Find the errors among the objects of a text: the forms that providers write."""

from collections.abc import Iterator, Mapping
from typing import Any

from tokcheck.accounts.explanation.error_codes import OAUTH_CODES, STATUSES, owner_of_words
from tokcheck.accounts.explanation.error_messages.error_message import (
    ERROR_INFO,
    ErrorMessage,
    Source,
    status_word,
)
from tokcheck.accounts.explanation.error_messages.literals import PrintedObject, read_objects
from tokcheck.providers.api_responses.unsent_token import repeats_header

# https://dev.fitbit.com/build/reference/web-api/troubleshooting-guide/error-handling/
_FITBIT_TYPES = frozenset(
    {"authorization", "expired_token", "insufficient_permissions", "insufficient_scope",
     "invalid_client", "invalid_grant", "invalid_request", "invalid_token", "not_found", "oauth",
     "request", "system", "validation"}
)  # fmt: skip
# The error types of the token endpoint, not of the API, though Fitbit's errors have one form.
_TOKEN_ENDPOINT_TYPES = frozenset({"invalid_grant", "invalid_client", "unsupported_grant_type"})
# What a program or a person writes where a text was cut.
_ELLIPSIS = " \n.…"
_LIMIT_TYPES = frozenset({"rate_limit", "rate_limited", "rate_limit_exceeded"})
_LIMIT_WORDS = ("too many requests", "rate limit exceeded")
_TOKEN_ENDPOINT_WORDS = ("missing parameters", "redirect_uri", "grant_type", "invalid client_id")


def find_error_objects(text: str) -> Iterator[ErrorMessage]:
    """Yield the error responses in a text."""
    seen: set[int] = set()
    for found in read_objects(text):
        if id(found.value) in seen:
            continue
        message = _read(found)
        if message is not None:
            seen.update(map(id, _inner(found.value)))
            yield message if found.is_whole else _as_part(message, text)


def _as_part(message: ErrorMessage, text: str) -> ErrorMessage:
    """Return the error of a body that is not whole, without a code that the text ends within."""
    code = message.code.rstrip(_ELLIPSIS)
    is_cut = code not in STATUSES and text.rstrip(_ELLIPSIS).endswith(code)
    code = "" if is_cut and message.source == "api" else code
    return message._replace(code=code, is_part=True)


def find_other_objects(text: str) -> Iterator[ErrorMessage]:
    """Yield the outer objects of a text that no built-in provider writes."""
    end = 0
    for found in read_objects(text):
        if found.start >= end:
            end = found.end
            words = " ".join(_texts(found.value))
            is_part = not found.is_whole
            yield ErrorMessage("other", found.start, text=words, body=found.value, is_part=is_part)


def _texts(value: Any) -> Iterator[str]:  # noqa: ANN401 - any literal
    yield from (each for each in (value, *_inner(value)) if isinstance(each, str))


def _inner(value: Any) -> Iterator[Any]:  # noqa: ANN401 - any literal
    if isinstance(value, dict):
        for each in value.values():
            yield each
            yield from _inner(each)
    elif isinstance(value, list):
        for each in value:
            yield each
            yield from _inner(each)


def _read(found: PrintedObject) -> ErrorMessage | None:
    value = found.value
    entries = value.get("errors")
    if isinstance(entries, list) and any(_is_fitbit_entry(entry) for entry in entries):
        return _fitbit_error([entry for entry in entries if isinstance(entry, dict)], found.start)
    if _text(value.get("errorType")) in _FITBIT_TYPES:
        return _fitbit_error([value], found.start)
    error = value.get("error")
    if isinstance(error, dict) and (
        isinstance(error.get("status"), str)
        or isinstance(error.get("errors"), list)
        or (_is_status(error.get("code")) and "message" in error and "type" not in error)
    ):
        return _google_error(error, found.start)
    if isinstance(error, str) and (error in OAUTH_CODES or "error_description" in value):
        return _oauth_error(error, value, found.start)
    if str(value.get("@type", "")).endswith(ERROR_INFO) or (
        isinstance(value.get("reason"), str) and isinstance(value.get("domain"), str)
    ):
        return _google_detail(value, found.start)
    return None


def _is_fitbit_entry(entry: object) -> bool:
    return isinstance(entry, dict) and "errorType" in entry


def _is_status(value: object) -> bool:
    return isinstance(value, int) and 400 <= value < 600


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _fitbit_error(entries: list[dict[str, Any]], at: int) -> ErrorMessage:
    kinds = [_text(entry.get("errorType")) for entry in entries]
    texts = " ".join(_text(entry.get("message")) for entry in entries)
    is_oauth = any(_is_of_token_endpoint(kind, texts.lower()) for kind in kinds)
    status = next((STATUSES[kind] for kind in kinds if kind in STATUSES), None)
    is_limit = any(words in texts.lower() for words in _LIMIT_WORDS)
    if status is None and (is_limit or not _LIMIT_TYPES.isdisjoint(kinds)):
        status = 429
    return ErrorMessage(
        "oauth" if is_oauth else "api",
        at,
        kinds[0] if kinds else "",
        texts,
        status,
        {"errors": entries, "success": False},
        "fitbit",
    )


def _is_of_token_endpoint(kind: str, texts: str) -> bool:
    if kind == "invalid_request":
        return any(word in texts for word in _TOKEN_ENDPOINT_WORDS)
    # The API has the same type where it does not understand its Authorization header.
    return kind in _TOKEN_ENDPOINT_TYPES and not repeats_header(texts)


def _google_error(error: Mapping[str, Any], at: int) -> ErrorMessage:
    code = error.get("code")
    reasons = [
        entry.get("reason")
        for name in ("details", "errors")
        if isinstance(error.get(name), list)
        for entry in error[name]
        if isinstance(entry, dict)
    ]
    words = [word for word in (*reasons, error.get("status")) if isinstance(word, str)]
    status = code if isinstance(code, int) else None
    if status is None:
        status = next((STATUSES[word] for word in words if word in STATUSES), None)
    details = error.get("details")
    # Node.js prints ``[Object]`` in place of what lies too deep.
    is_part = isinstance(details, list) and any(not isinstance(each, dict) for each in details)
    return ErrorMessage(
        "api",
        at,
        words[0] if words else "",
        _text(error.get("message")),
        status,
        {"error": error},
        is_part=is_part,
    )


def _google_detail(detail: Mapping[str, Any], at: int) -> ErrorMessage:
    """Read one detail of an error, which client libraries print by itself."""
    reason, message = _text(detail.get("reason")), _text(detail.get("message"))
    is_info = "domain" in detail and detail.get("domain") != "global"
    entry = {**detail, "@type": f"type.googleapis.com/{ERROR_INFO}"}
    status = STATUSES.get(reason)
    where = "details" if is_info else "errors"
    error = {"message": message, "status": status_word(status), where: [entry]}
    return ErrorMessage("api", at, reason, message, status, {"error": error})


def _oauth_error(code: str, value: Mapping[str, Any], at: int) -> ErrorMessage:
    names = ("error", "error_description", "error_subtype")
    body = {name: value[name] for name in names if isinstance(value.get(name), str)}
    text = _text(value.get("error_description"))
    is_tokeninfo = code == "invalid_token"
    source: Source = "api" if is_tokeninfo else "oauth"
    return ErrorMessage(source, at, code, text, STATUSES.get(code), body, owner_of_words(text))
