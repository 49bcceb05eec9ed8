"""Read the responses of a text that a user hands over: curl's output, an archive, or headers."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from tokcheck.providers.base import Response
from tokcheck.providers.observed.http_text import MOST_RESPONSES, find_responses
from tokcheck.providers.observed.json_text import find_json_responses
from tokcheck.providers.observed.traffic import response_from_text

# Headers that no body has as keys, and no text in front of a colon.
_HEADER = re.compile(
    r"rate-?limit|^retry-after$|^content-(?:type|length|encoding)$|^cache-control$|^set-cookie$"
    r"|^last-modified$|^transfer-encoding$|^strict-transport-security$|^www-authenticate$"
)


class ObservedInput(NamedTuple):
    """The responses of a text."""

    responses: Sequence[Response]
    is_cut: bool
    """Whether there are more than :data:`~.http_text.MOST_RESPONSES`; the others are left out."""


def read_responses(
    text: str, hosts: frozenset[str], now: datetime, own_headers: frozenset[str] = frozenset()
) -> ObservedInput:
    """Return the responses of a text; of an archive, those of ``hosts`` alone.

    ``hosts`` are written as in an address: with a port if there is one. Names and values without a
    status are a response if a name is that of a header, such as one of ``own_headers``; else they
    are of a body, or of any other text.
    """
    printed = find_json_responses(text, hosts)
    if printed is None:
        printed = find_responses(text)
    found = [
        response_from_text(each, now)
        for each in printed
        if each.status is not None or _are_headers(each.headers, own_headers)
    ]
    return ObservedInput(found[:MOST_RESPONSES], len(printed) > MOST_RESPONSES)


def _are_headers(fields: Mapping[str, str], own: frozenset[str]) -> bool:
    return any(name in own or _HEADER.search(name) for name in fields)
