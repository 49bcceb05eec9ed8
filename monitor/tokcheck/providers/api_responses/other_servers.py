"""Which responses another server than the API's wrote, such as a proxy or a front end."""

from tokcheck.core.lazy import LazyBytesRegex
from tokcheck.providers.api_responses.responses import (
    has_foreign_challenge,
    is_page,
    is_page_type,
    parse_json,
)
from tokcheck.providers.base import Response

# Cloudflare's own errors, as programs get them in place of a page:
# https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-1xxx-errors/
_CLOUDFLARE_TEXT = LazyBytesRegex(rb"\s*error code: 1[0-9]{3}\s*")


def is_of_other_server(response: Response, own_scheme: str = "") -> bool:
    """Return whether a refusal shows that another server wrote it.

    It is a page, or an error of Cloudflare's own, or requires a login of another kind than that of
    the API; ``own_scheme`` is the word for its credentials.
    """
    return (
        is_page(response)
        or _announces_page(response)
        or is_cloudflares_error(response)
        or has_foreign_challenge(response, own_scheme)
    )


def is_cloudflares_error(response: Response) -> bool:
    """Return whether a body is an error that Cloudflare writes in place of the API, and no page."""
    if _CLOUDFLARE_TEXT.fullmatch(response.body):
        return True
    body = parse_json(response) if b'"cloudflare_error"' in response.body else None
    return isinstance(body, dict) and body.get("cloudflare_error") is True


def _announces_page(response: Response) -> bool:
    """Return whether the headers, which came alone, are those of a page."""
    is_empty = response.headers.get("content-length", "").strip() == "0"
    return not response.body and not is_empty and is_page_type(response)
