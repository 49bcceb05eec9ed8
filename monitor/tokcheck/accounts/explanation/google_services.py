"""Which of Google's services an error in their common form is from, by what the error names."""

from collections.abc import Iterator, Mapping
from typing import Any

from tokcheck.accounts.explanation.error_messages.error_message import ErrorMessage
from tokcheck.core.lazy import LazyRegex

_SUFFIX = ".googleapis.com"
# As the messages name the service that refused.
_SERVICE = LazyRegex(r"\bservice:? ['\"]([a-z0-9.-]{2,60}\.googleapis\.com)['\"]")
_UNUSED_API = LazyRegex(
    r"\b([A-Z][\w.'/-]{0,40}(?: [\w.'/()-]{1,40}){0,6}? API)(?: v\d\w{0,8})?"
    r" has not been used in project\b"
)
_OWN_API = "Google Health API"
_OWN_SERVICE = "health.googleapis.com"
_OTHER_SERVICE = f"another{_SUFFIX}"
# Older services have these domains; the Google Health API has neither.
# https://developers.google.com/youtube/v3/docs/errors
_COMMON_DOMAINS = frozenset({"global", "googleapis.com"})
_OLDER_DOMAINS = frozenset({"usageLimits"})


def service_of(message: ErrorMessage) -> str:
    """Return the service that an error of Google names; empty if it names none."""
    for entry in _entries(message):
        metadata = entry.get("metadata")
        service = metadata.get("service") if isinstance(metadata, dict) else None
        if isinstance(service, str):
            return service.lower()
    for domain in _domains(message):
        if domain.endswith(_SUFFIX):
            return domain
        if domain not in _COMMON_DOMAINS | _OLDER_DOMAINS:
            return _OTHER_SERVICE
    return service_in_words(message.text)


def service_in_words(text: str) -> str:
    """Return the service that a message of Google names; empty if it names none."""
    match = _SERVICE.search(text)
    if match is not None:
        return match.group(1)
    unused = _UNUSED_API.search(text)
    if unused is None:
        return ""
    return _OWN_SERVICE if unused.group(1).endswith(_OWN_API) else _OTHER_SERVICE


def has_older_form(message: ErrorMessage) -> bool:
    """Return whether an error has the form of many older services, and names none."""
    return not _OLDER_DOMAINS.isdisjoint(_domains(message))


def _domains(message: ErrorMessage) -> Iterator[str]:
    for entry in _entries(message):
        domain = entry.get("domain")
        if isinstance(domain, str) and domain:
            yield domain


def _entries(message: ErrorMessage) -> Iterator[Mapping[str, Any]]:
    error = (message.body or {}).get("error")
    if not isinstance(error, dict):
        return
    for name in ("details", "errors"):
        entries = error.get(name)
        for entry in entries if isinstance(entries, list) else ():
            if isinstance(entry, dict):
                yield entry
