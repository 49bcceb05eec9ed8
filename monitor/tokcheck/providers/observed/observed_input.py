"""Read the responses of a text that a user hands over: curl's output, an archive, or headers."""

from collections.abc import Sequence
from datetime import datetime

from tokcheck.providers.base import Response
from tokcheck.providers.observed.http_text import find_responses
from tokcheck.providers.observed.json_text import find_json_responses
from tokcheck.providers.observed.traffic import response_from_text


def read_responses(text: str, hosts: frozenset[str], now: datetime) -> Sequence[Response]:
    """Return the responses of a text; of an archive, those of ``hosts`` alone.

    ``hosts`` are written as in an address: with a port if there is one.
    """
    printed = find_json_responses(text, hosts)
    if printed is None:
        printed = find_responses(text)
    return [response_from_text(each, now) for each in printed]
