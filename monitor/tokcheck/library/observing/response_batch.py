"""The traffic of a batch of responses: all of them are counted, and only some are read.

To read a response takes up to 200 µs of the application's processor. A later one with the same
windows replaces what it reports, so that only the latest of those is read.
"""

import re
from collections import Counter
from collections.abc import Hashable, Sequence
from functools import cache

from tokcheck.library.observing.seen_responses import SeenResponse, response_of
from tokcheck.providers.observed.cached_responses import CACHE_HEADERS, is_from_cache
from tokcheck.providers.observed.traffic import Traffic, summarize_responses

_FIRST_ERROR = 400
# The parameters of the IETF's fields that change with each response.
_CHANGING = re.compile(r"(?<=[rt]=)[0-9]+")
_DIGITS = str.maketrans("", "", "0123456789")


def summarize_batch(batch: Sequence[SeenResponse]) -> Traffic:
    """Return the traffic of responses of one account and provider, in the order in which they came.

    It is what :func:`~.traffic.summarize_responses` returns, with the numbers of the latest.
    """
    provider, shape_of = batch[0].provider, cache(_shape)
    latest: dict[tuple[Hashable, ...], SeenResponse] = {}
    counts = Counter[tuple[tuple[Hashable, ...], int]]()
    for seen in batch:
        body = seen.body if seen.status >= _FIRST_ERROR or provider.refuses_in_success else b""
        shape: tuple[Hashable, ...] = (
            seen.status,
            body,
            *(shape_of(name, value) for name, value in seen.headers),
        )
        known = latest.get(shape)
        if known is None or seen.at >= known.at:
            latest[shape] = seen
        counts[shape, int(seen.at // 60)] += 1
    responses = {shape: response_of(seen) for shape, seen in latest.items()}
    traffic = summarize_responses(provider, responses.values())
    classes, minutes = Counter[str](), Counter[int]()
    for (shape, minute), count in counts.items():
        response = responses[shape]
        if not is_from_cache(response.headers):
            classes[f"{response.status // 100}xx"] += count
            minutes[minute] += count
    return traffic._replace(classes=dict(classes), minutes=dict(minutes))


def _shape(name: str, value: str | bytes) -> tuple[str, str]:
    """Return a header without the numbers that a later response replaces.

    Two responses with the same shapes are of the same caches and report the same windows.
    """
    if name == "date":
        return name, ""
    text = value if isinstance(value, str) else value.decode("latin-1")
    if name in CACHE_HEADERS:
        return name, text
    if "=" in text:
        return name, _CHANGING.sub("", text)
    shape = text.translate(_DIGITS)
    # One without any number reports nothing, and replaces nothing.
    return name, f"#{shape}" if len(shape) < len(text) else text
