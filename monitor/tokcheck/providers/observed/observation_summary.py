"""What is recorded of responses, and the notes about the rest: of the command and the exporter."""

from collections.abc import Sequence
from typing import NamedTuple

from tokcheck.providers.base import Provider, Response
from tokcheck.providers.observed.traffic import (
    Traffic,
    read_each,
    summarize_read_responses,
)
from tokcheck.providers.observed.unread_limits import UnreadLimits, find_unread_limits


class ObservationSummary(NamedTuple):
    """The traffic of responses of one account, and what could not be taken from them."""

    title: str
    """The provider's."""
    traffic: Traffic
    cached: int
    """The number of responses of a cache, which are left out."""
    unread: UnreadLimits
    """The rate limits that could not be read."""
    is_latest: bool = True
    """Whether no newer response is known."""

    @property
    def nothing_to_record(self) -> str | None:
        """The words for that, if all responses are of a cache."""
        return None if self.traffic.classes else f"no response of the {self.title} to record."

    def notes(self) -> Sequence[str]:
        """Return sentences about the responses and headers that are left out."""
        found = []
        if self.cached:
            words = "response is" if self.cached == 1 else "responses are"
            found.append(f"{self.cached} {words} from a cache and left out.")
        if not self.is_latest:
            found.append("The rate limits of a newer response are known, and stay as they are.")
        if self.unread.headers:
            found.append(
                f"The value of {', '.join(self.unread.headers)} cannot be read as a rate limit of "
                f"the {self.title}."
            )
        if self.unread.ended:
            count = self.unread.ended
            words = "1 response" if count == 1 else f"{count} responses"
            found.append(
                f"The rate limit of {words} had been reset by the time of the response, so how "
                "much is left is not known. The response must be old: without a Date, it counts as "
                "received now."
            )
        if self.unread.unnamed:
            found.append(
                f"The header {' or '.join(self.unread.unnamed)} is missing, which names the limit "
                "that the numbers are of: they are left out."
            )
        return found


def summarize_observation(provider: Provider, responses: Sequence[Response]) -> ObservationSummary:
    """Return what to record of the responses of one account."""
    read = list(read_each(provider, responses))
    return ObservationSummary(
        provider.title,
        summarize_read_responses(provider, read),
        len(responses) - len(read),
        find_unread_limits(provider, read),
    )
