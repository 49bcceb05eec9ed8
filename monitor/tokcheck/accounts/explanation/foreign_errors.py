"""Errors that show by themselves which service wrote them."""

from tokcheck.accounts.explanation.error_message import ErrorMessage
from tokcheck.core.lazy import LazyRegex

# Microsoft's numbers: https://learn.microsoft.com/entra/identity-platform/reference-error-codes
_FOREIGN_WORDS = LazyRegex(r"\bAADSTS[0-9]{4,8}\b")


def is_foreign(message: ErrorMessage) -> bool:
    """Return whether only another service than a provider's writes such a message."""
    return _FOREIGN_WORDS.search(message.text) is not None


def is_in_own_words(message: ErrorMessage) -> bool:
    """Return whether an error of OAuth says more than its code, in words of no known provider."""
    return bool(message.text.strip(" .:\"'"))


def service_of(message: ErrorMessage) -> str:
    """Return the service that the details of an error of Google name."""
    error = (message.body or {}).get("error")
    details = error.get("details") if isinstance(error, dict) else None
    for entry in details if isinstance(details, list) else []:
        metadata = entry.get("metadata") if isinstance(entry, dict) else None
        service = metadata.get("service") if isinstance(metadata, dict) else None
        if isinstance(service, str):
            return service.lower()
    return ""
