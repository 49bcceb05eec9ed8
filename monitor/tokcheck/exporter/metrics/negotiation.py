"""Content negotiation: the text format and the compression of a scrape's response.

Prometheus 3 sends ``application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,``
``application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;...,*/*;q=0.2``:
https://prometheus.io/docs/instrumenting/content_negotiation/. Weights follow
https://www.rfc-editor.org/rfc/rfc9110#section-12.4.2. A malformed header gets the plain text
format, never an error, and only versions that this package writes match.
"""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple
from urllib.request import parse_http_list

from tokcheck.exporter.metrics.text_format import TextFormat

_TYPES = {TextFormat.TEXT: "text/plain", TextFormat.OPENMETRICS: "application/openmetrics-text"}
_VERSIONS = {TextFormat.TEXT: "0.0.4", TextFormat.OPENMETRICS: "1.0.0"}
_WEIGHT = re.compile(r"0?\.[0-9]{1,3}|0\.?|1(?:\.0{0,3})?")
_GZIP = ("gzip", "x-gzip")


class _Element(NamedTuple):
    """One element of a header: an accepted value with its parameters and weight."""

    name: str
    parameters: Mapping[str, str]
    weight: float


class _Fit(NamedTuple):
    """How well a format matches: by weight, then by how exactly and how early it is named."""

    weight: float
    exactness: int
    earliness: int


def choose_format(accept: str) -> TextFormat:
    """Return the text format for an ``Accept`` header."""
    elements = tuple(_elements(accept))
    fits = {
        form: _fit(form, elements) for form in TextFormat
    }  # plain text comes first: it wins ties
    best = max(fits, key=lambda form: fits[form])
    return best if fits[best].weight > 0 else TextFormat.TEXT


def prefers_gzip(accept_encoding: str) -> bool:
    """Return whether the response to this ``Accept-Encoding`` header should be gzip."""
    weights = {name: weight for name, _, weight in _elements(accept_encoding)}
    gzip = max((weights[name] for name in _GZIP if name in weights), default=weights.get("*", 0.0))
    return gzip > 0 and gzip >= weights.get("identity", 0.0)


def _fit(form: TextFormat, elements: tuple[_Element, ...]) -> _Fit:
    """Return the match of the element that names the format most exactly."""
    best = _Fit(0.0, -1, 0)
    for place, element in enumerate(elements):
        exactness = _exactness(form, element)
        if exactness is not None and exactness > best.exactness:
            best = _Fit(element.weight, exactness, -place)
    return best


def _exactness(form: TextFormat, element: _Element) -> int | None:
    """Return how exactly an element names the format; ``None`` if it names another."""
    media_type = _TYPES[form]
    if element.name == media_type:
        version = element.parameters.get("version")
        if version is None:
            return 2
        return 3 if version == _VERSIONS[form] else None
    if element.name == f"{media_type.partition('/')[0]}/*":
        return 1
    return 0 if element.name == "*/*" else None


def _elements(header: str) -> Iterator[_Element]:
    """Yield the elements of a header, without those that have a malformed weight."""
    for element in parse_http_list(header):
        name, *pairs = element.split(";")
        split = (pair.partition("=") for pair in pairs)
        parameters = {key.strip().lower(): value.strip().strip('"') for key, _, value in split}
        weight = parameters.pop("q", "1")
        if _WEIGHT.fullmatch(weight):
            yield _Element(name.strip().lower(), parameters, float(weight))
