"""The rate-limit headers of responses that could not be read."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from tokcheck.core.lazy import LazyRegex
from tokcheck.core.report import Quota
from tokcheck.providers.api_responses.other_servers import is_of_other_server
from tokcheck.providers.base import Provider, Response
from tokcheck.providers.observed.traffic import ReadResponse

_FIRST_ERROR, _TOO_MANY = 400, 429
_NO_TIME = LazyRegex(r"(?:(?<=t=)|\A\s*)0+(?=\s*(?:m?s\s*)?(?:[;,]|\Z))")
_BEFORE_ALL = datetime(1970, 1, 2, tzinfo=UTC)
_LIMIT_NAME = LazyRegex(r"rate-?limit(?:-(?:limit|remaining|reset|used|policy))?\Z")


class UnreadLimits(NamedTuple):
    """The rate limits in responses of which no number that is left could be taken."""

    headers: tuple[str, ...]
    """The names of headers with unreadable values."""
    ended: int
    """The number of responses of which the windows had ended before they came."""
    unnamed: tuple[str, ...]
    """The names of the missing headers that would name the limit of the numbers."""


def find_unread_limits(provider: Provider, responses: Iterable[ReadResponse]) -> UnreadLimits:
    """Return why the rate limits of responses could not be read.

    Unreadable are the provider's headers that have no digit, and all of them in a response of its
    own of which nothing was read. If only its limit was read, those of what is left are: such as a
    negative number, or one above the limit.
    """
    unread, unnamed, ended = set[str](), set[str](), 0
    if not provider.pace.reports_remaining:
        return UnreadLimits((), 0, ())
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
        has_remaining = seen is not None and _has_remaining(seen.quotas)
        is_readable = has_remaining or not _is_expected(provider, response)
        if named and not is_readable:
            missing = _missing_name(provider, response)
            has_ended = not missing and _had_ended(provider, response)
            ended += has_ended
            unnamed.update(missing)
            is_readable = has_ended or bool(missing)
        unread |= {
            name
            for name, value in named.items()
            if not any(map(str.isdecimal, value))
            or (not is_readable and (seen is None or "remaining" in name))
        }
    return UnreadLimits(tuple(sorted(unread)), ended, tuple(sorted(unnamed)))


def _has_remaining(quotas: Iterable[Quota]) -> bool:
    return any(quota.remaining is not None for quota in quotas)


def _is_expected(provider: Provider, response: Response) -> bool:
    """Return whether a response with rate-limit headers reports what is left.

    The headers of a refusal by a limit may be those of another one.
    """
    is_accepted = response.status < _FIRST_ERROR
    scheme = provider.credential_scheme
    return is_accepted or not (response.status == _TOO_MANY or is_of_other_server(response, scheme))


def _had_ended(provider: Provider, response: Response) -> bool:
    """Return whether an earlier response with these headers would report what is left.

    No time until the reset is one second then.
    """
    headers = {
        name: _NO_TIME.compiled.sub("1", value) if "reset" in name or name == "ratelimit" else value
        for name, value in response.headers.items()
        if name != "date"
    }
    earlier = response._replace(headers=headers, received_at=_BEFORE_ALL)
    return not _has_remaining(provider.read_quota(response)) and _has_remaining(
        provider.read_quota(earlier)
    )


def _missing_name(provider: Provider, response: Response) -> tuple[str, ...]:
    """Return the name of a missing header with which a response would report what is left."""
    for header, value in provider.quota_buckets:
        if header not in response.headers:
            complete = response._replace(headers={**response.headers, header: value})
            if _has_remaining(provider.read_quota(complete)) or _had_ended(provider, complete):
                return (header,)
    return ()


def _is_of_other_bucket(provider: Provider, response: Response) -> bool:
    """Return whether a response names a limit that is none of those that are read."""
    named = {
        (header, response.headers[header].strip().lower())
        for header, _ in provider.quota_buckets
        if header in response.headers
    }
    known = {(header, value.lower()) for header, value in provider.quota_buckets}
    return bool(named) and not named & known
