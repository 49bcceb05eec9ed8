"""An error message as a text holds it: what was read of it, before anything is concluded."""

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, TypeAlias

NO_HEADERS: Mapping[str, str] = MappingProxyType({})


Source: TypeAlias = Literal["api", "oauth", "consent", "client", "status", "other"]


class ErrorMessage(NamedTuple):
    """One error message of a text."""

    source: Source
    """Its author: the API, its token endpoint, its consent page, a client library, or unknown.

    Unknown are a bare HTTP status and an ``other`` object, in the form of a declared provider.
    """
    at: int
    """Where it stands."""
    code: str = ""
    """Its error type, reason or code, as the protocol has it."""
    text: str = ""
    """Its text."""
    status: int | None = None
    """The HTTP status that it names."""
    body: Mapping[str, Any] | None = None
    """The response's JSON, in the form that the provider writes."""
    owner: str | None = None
    """The name of the only provider that writes this form; ``None`` if others do as well."""
    is_part: bool = False
    """Whether the body lacks a part, or has one that cannot be read: it may name the cause."""

    @property
    def names_status(self) -> bool:
        """Whether the body of Google's form has the status as a number."""
        error = (self.body or {}).get("error")
        return isinstance(error, dict) and isinstance(error.get("code"), int)

    @property
    def is_in_own_words(self) -> bool:
        """Whether an error of OAuth says more than its code, in words of no known provider."""
        return bool(self.text.strip(" .:\"'"))


ERROR_INFO = "google.rpc.ErrorInfo"


def google_body(reason: str, message: str = "", *, status: int | None) -> Mapping[str, Any]:
    """Return the whole response of Google's that has this reason: a part is no API's own."""
    detail = {"@type": f"type.googleapis.com/{ERROR_INFO}", "reason": reason}
    return {"error": {"message": message, "status": status_word(status), "details": [detail]}}


def bare_body(status: int) -> Mapping[str, Any]:
    """Return the body of a response of which a text has the status alone."""
    word = status_word(status) if status in {401, 429} else "UNKNOWN"
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = ""
    return {"error": {"message": phrase, "status": word}}


def status_word(status: int | None) -> str:
    """Return the word that Google has for an HTTP status: https://google.aip.dev/193."""
    return _STATUS_WORDS.get(status or 0, "UNKNOWN")


_STATUS_WORDS = {
    400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND",
    412: "FAILED_PRECONDITION", 429: "RESOURCE_EXHAUSTED", 500: "INTERNAL", 503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}  # fmt: skip
_ALL_STATUS_WORDS = (*_STATUS_WORDS.values(), "UNKNOWN")


def begins_status_word(code: str) -> bool:
    """Return whether a code is such a word, or what is left of one: it names no cause."""
    return any(word.startswith(code) for word in _ALL_STATUS_WORDS)
