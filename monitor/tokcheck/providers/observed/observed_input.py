"""Read the responses of a text that a user hands over: curl's output, an archive, or headers."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from tokcheck.core.redact import plain, redact
from tokcheck.providers.base import Response
from tokcheck.providers.observed.http_text import MOST_RESPONSES, find_responses
from tokcheck.providers.observed.json_text import JsonResponses, find_json_responses
from tokcheck.providers.observed.traffic import response_from_text

# Headers that no body has as keys, and no text in front of a colon.
_HEADER = re.compile(
    r"rate-?limit|^retry-after$|^content-(?:type|length|encoding)$|^cache-control$|^set-cookie$"
    r"|^last-modified$|^transfer-encoding$|^strict-transport-security$|^www-authenticate$"
)


_MOST_NAMES = 3
_LONGEST_NAME = 40
_LONGEST_READ = 1_000  # of a name that may hold a token


class ObservedInput(NamedTuple):
    """The responses of a text."""

    responses: Sequence[Response]
    is_cut: bool
    """Whether there are more than :data:`~.http_text.MOST_RESPONSES`; the others are left out."""
    others: Mapping[str, int]
    """The number of responses of each other account, which are left out."""

    unreadable: int
    """The number of entries of a log that are no response, such as a line that is cut off."""

    @property
    def other_accounts(self) -> str:
        """The number of responses of other accounts, and some of their names."""
        count = sum(self.others.values())
        names = [
            plain(redact(name[:_LONGEST_READ]), longest=_LONGEST_NAME)
            for name in [*self.others][:_MOST_NAMES]
        ]
        rest = len(self.others) - len(names)
        words = "response of another account" if count == 1 else "responses of other accounts"
        return f"{count:,} {words} ({', '.join(names)}{f' and {rest:,} more' if rest else ''})"


def read_responses(
    text: str,
    hosts: frozenset[str],
    now: datetime,
    own_headers: frozenset[str] = frozenset(),
    account: str | None = None,
) -> ObservedInput:
    """Return the responses of a text; of an archive, those of ``hosts`` alone.

    Of a log that names accounts, those of another one than ``account`` are left out.
    ``hosts`` are written as in an address: with a port if there is one. Names and values without a
    status are a response if a name is that of a header, such as one of ``own_headers``; else they
    are of a body, or of any other text.
    """
    read = find_json_responses(text, hosts) or JsonResponses(find_responses(text))
    printed, unreadable = read
    found, others = [], Counter[str]()
    for each in printed[:MOST_RESPONSES]:
        if each.status is None and not _are_headers(each.headers, own_headers):
            unreadable += 1
            continue
        if account is not None and each.account not in {None, account}:
            others[str(each.account)] += 1
        else:
            found.append(response_from_text(each, now))
    return ObservedInput(found, len(printed) > MOST_RESPONSES, others, unreadable)


def _are_headers(fields: Mapping[str, str], own: frozenset[str]) -> bool:
    return any(name in own or _HEADER.search(name) for name in fields)
