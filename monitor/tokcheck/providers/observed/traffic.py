"""The quota that responses to an account's own requests report, and their number."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from tokcheck.core.escape import encode_text
from tokcheck.core.report import (
    Quota,
    Verdict,
    is_still_known,
    keep_known_numbers,
    refusal_end,
)
from tokcheck.providers.base import Provider, Response
from tokcheck.providers.observed.cached_responses import is_from_cache
from tokcheck.providers.observed.printed_response import PrintedResponse
from tokcheck.providers.response_clock import parse_http_date

_MINUTE = 60
_OK = 200
_FIRST_ERROR = 400
_TOO_MANY = 429
_MOST_WINDOWS = 20


class EarlierWindow(NamedTuple):
    """A window as a response of ``at`` reported it, and no later one."""

    at: float
    quota: Quota


class ObservedQuota(NamedTuple):
    """The rate limits that one response reported; all moments in Unix seconds."""

    at: float
    """When it was received."""
    status: int
    quotas: tuple[Quota, ...]
    retry_at: float | None = None
    """The moment before which it wants no further request."""
    shows_acceptance: bool = True
    """Whether its status shows that the request was accepted, or that it was refused."""
    earlier: tuple[EarlierWindow, ...] = ()
    """The windows that this response did not report, the latest first."""
    limits: tuple[str, ...] = ()
    """The names of the limits that it reports as exceeded."""

    @property
    def is_refusal(self) -> bool:
        """Whether it was a refusal by a rate limit."""
        return self.status == _TOO_MANY

    @property
    def refusal_end(self) -> datetime | None:
        """When the next request may be sent, if this one was refused; ``None`` if unknown."""
        retry_at = None if self.retry_at is None else datetime.fromtimestamp(self.retry_at, UTC)
        return refusal_end(self.quotas if self.is_refusal else (), retry_at)

    def after(self, before: "ObservedQuota | None") -> "ObservedQuota":
        """Return this with what an earlier response said that this one does not report."""
        if before is None:
            return self
        is_accepted = self.status < _FIRST_ERROR and self.shows_acceptance
        seen = (*(EarlierWindow(before.at, each) for each in before.quotas), *before.earlier)
        known: dict[str, EarlierWindow] = {}
        for each in seen:
            known.setdefault(each.quota.window, each)
        quotas = []
        for quota in self.quotas:
            found = known.pop(quota.window, EarlierWindow(self.at, quota))
            quotas.append(
                keep_known_numbers(found.quota, found.at, quota, self.at, is_accepted=is_accepted)
            )
        for each in self.earlier:
            if each.at >= known.get(each.quota.window, each).at:
                known[each.quota.window] = each
        unreported = [
            each
            for each in known.values()
            if is_still_known(each.quota, each.at, self.at, is_accepted=is_accepted)
        ]
        unreported.sort(key=lambda each: -each.at)
        return self._replace(quotas=tuple(quotas), earlier=tuple(unreported[:_MOST_WINDOWS]))


class Traffic(NamedTuple):
    """Requests of one account, from one program."""

    provider: str
    latest: ObservedQuota | None
    """Of the latest response that said something about rate limits; ``None`` without one."""
    classes: Mapping[str, int]
    """Responses by the class of their status, such as ``2xx``."""
    minutes: Mapping[int, int]
    """Responses by the minute in which they came, in minutes since 1970."""

    @property
    def latest_accepted_at(self) -> float | None:
        """Until when the latest response came if that shows that its request was accepted.

        It is ``None`` if the latest one was a refusal, or if nothing is known of it.
        """
        if self.latest is not None:
            return self.latest.at if self.latest.status < _FIRST_ERROR else None
        return (max(self.minutes) + 1.0) * _MINUTE if self.minutes else None


class ReadResponse(NamedTuple):
    """A response of a provider's API, which is of no cache."""

    response: Response
    observed: ObservedQuota | None
    """What it says about rate limits; ``None`` if it says nothing."""


def summarize_responses(provider: Provider, responses: Iterable[Response]) -> Traffic:
    """Return what responses of a provider's API say, whatever their order is."""
    return summarize_read_responses(provider, read_each(provider, responses))


def read_each(provider: Provider, responses: Iterable[Response]) -> Iterator[ReadResponse]:
    """Read responses of a provider's API.

    Those of a cache are left out: they are none of the provider's, and their numbers are old.
    """
    for response in responses:
        if not is_from_cache(response.headers):
            yield ReadResponse(response, read_observation(provider, response))


def summarize_read_responses(provider: Provider, responses: Iterable[ReadResponse]) -> Traffic:
    """Return what responses say together, whatever their order is."""
    found: list[ObservedQuota] = []
    classes, minutes = Counter[str](), Counter[int]()
    for response, seen in responses:
        classes[f"{response.status // 100}xx"] += 1
        minutes[int(response.received_at.timestamp() // 60)] += 1
        if seen is not None:
            found.append(seen)
    latest: ObservedQuota | None = None
    for seen in sorted(found, key=lambda each: each.at):
        latest = seen.after(latest)
    return Traffic(provider.name, latest, dict(classes), dict(minutes))


def read_observation(provider: Provider, response: Response) -> ObservedQuota | None:
    """Return what one response says about rate limits; ``None`` if it says nothing."""
    status, retry_at = response.status, None
    limits: tuple[str, ...] = ()
    is_limit = False
    is_open = provider.refuses_in_success and status < _FIRST_ERROR
    if status < _FIRST_ERROR:
        quotas = provider.read_quota(response)
    if status >= _FIRST_ERROR or (is_open and response.body):
        outcome = provider.read_error(response)
        is_limit = outcome.verdict is Verdict.RATE_LIMITED
        if is_limit:
            status = _TOO_MANY  # some say so with another status
        if status >= _FIRST_ERROR:
            quotas = tuple(quota for quota in outcome.quota if quota.source == "headers")
            retry_at, limits = outcome.retry_at, outcome.limits
            if retry_at is not None and retry_at <= response.received_at:
                retry_at = None  # it names no pause
        is_open = is_open and outcome.verdict not in {Verdict.VALID, Verdict.RATE_LIMITED}
    # A refusal by a limit says that, even if it names neither the limit nor an end.
    if not quotas and retry_at is None and not limits and not is_limit:
        return None
    return ObservedQuota(
        response.received_at.timestamp(),
        status,
        quotas,
        None if retry_at is None else retry_at.timestamp(),
        shows_acceptance=not is_open,
        limits=limits,
    )


def response_from_text(printed: PrintedResponse, now: datetime) -> Response:
    """Return a response that a program printed or saved.

    It came when the program says, or else at its ``Date``. An old response and a wrong clock look
    the same, so no clock is corrected then: the resets that it names stay as they are. One of the
    future came now. Headers without a status are taken for those of an accepted response.
    """
    headers, received_at = printed.headers, printed.received_at
    if received_at is None or received_at > now:
        received_at = min(parse_http_date(headers.get("date", "")) or now, now)
        headers = {name: value for name, value in headers.items() if name != "date"}
    return Response(
        printed.status or _OK,
        headers,
        encode_text(printed.body),
        received_at.astimezone(UTC),
    )
