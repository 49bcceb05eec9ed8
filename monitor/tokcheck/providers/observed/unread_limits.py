"""The rate-limit headers of responses that could not be read."""

from collections.abc import Iterable

from tokcheck.core.lazy import LazyRegex
from tokcheck.providers.base import Provider, Response
from tokcheck.providers.observed.traffic import ReadResponse

_FIRST_ERROR = 400
_LIMIT_NAME = LazyRegex(r"rate-?limit(?:-(?:limit|remaining|reset|used|policy))?\Z")


def find_unread_headers(provider: Provider, responses: Iterable[ReadResponse]) -> tuple[str, ...]:
    """Return the names of rate-limit headers with unreadable values.

    Those are the provider's headers that have no digit, and all of them in an accepted response of
    which nothing was read. If only its limit was read, those of what is left are: such as a
    negative number, or one above the limit.
    """
    if not provider.pace.reports_remaining:
        return ()
    unread: set[str] = set()
    selectors = {header for header, _ in provider.quota_buckets}
    for response, seen in responses:
        if _is_of_other_bucket(provider, response):
            continue
        named = {
            name: value
            for name, value in response.headers.items()
            if value.strip()  # a log has an empty one of a header that was not sent
            and (
                name in provider.quota_headers - selectors
                or (not provider.quota_headers and _LIMIT_NAME.search(name))
            )
        }
        is_accepted = response.status < _FIRST_ERROR
        has_remaining = seen is not None and any(q.remaining is not None for q in seen.quotas)
        unread |= {
            name
            for name, value in named.items()
            if not any(map(str.isdecimal, value))
            or (is_accepted and (seen is None or ("remaining" in name and not has_remaining)))
        }
    return tuple(sorted(unread))


def _is_of_other_bucket(provider: Provider, response: Response) -> bool:
    """Return whether a response names a limit that is none of those that are read."""
    named = {
        (header, response.headers[header].strip().lower())
        for header, _ in provider.quota_buckets
        if header in response.headers
    }
    known = {(header, value.lower()) for header, value in provider.quota_buckets}
    return bool(named) and not named & known
