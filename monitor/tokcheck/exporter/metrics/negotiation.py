"""Which format and which coding an answer has, from what the scraper says that it takes.

Prometheus 3 sends ``application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,``
``application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;...,*/*;q=0.2``:
https://prometheus.io/docs/instrumenting/content_negotiation/. Weights are read as
https://www.rfc-editor.org/rfc/rfc9110#section-12.4.2 has it. A header that makes no sense gets the
plain text, never an error, and no version is named but one that is written.
"""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple
from urllib.request import parse_http_list

from tokcheck.exporter.metrics.text_format import Form

_TYPES = {Form.TEXT: "text/plain", Form.OPENMETRICS: "application/openmetrics-text"}
_VERSIONS = {Form.TEXT: "0.0.4", Form.OPENMETRICS: "1.0.0"}
_WEIGHT = re.compile(r"0?\.[0-9]{1,3}|0\.?|1(?:\.0{0,3})?")
_GZIP = ("gzip", "x-gzip")


class _Taken(NamedTuple):
    """One element of a header: what is taken, with which parameters, and how gladly."""

    name: str
    parameters: Mapping[str, str]
    weight: float


class _Fit(NamedTuple):
    """How well a format fits: by weight, then by how exactly and how early it was named."""

    weight: float
    exactness: int
    earliness: int


def form(accept: str) -> Form:
    """Choose the format for an ``Accept`` header."""
    taken = tuple(_elements(accept))
    fits = {form: _fit(form, taken) for form in Form}  # the plain text comes first: it wins ties
    best = max(fits, key=lambda form: fits[form])
    return best if fits[best].weight > 0 else Form.TEXT


def gzipped(accept_encoding: str) -> bool:
    """Tell whether an answer to this ``Accept-Encoding`` header may and should be gzip."""
    weights = {name: weight for name, _, weight in _elements(accept_encoding)}
    gzip = max((weights[name] for name in _GZIP if name in weights), default=weights.get("*", 0.0))
    return gzip > 0 and gzip >= weights.get("identity", 0.0)


def _fit(form: Form, taken: tuple[_Taken, ...]) -> _Fit:
    """Return how the most exact of all elements that match the format weighs it."""
    best = _Fit(0.0, -1, 0)
    for place, element in enumerate(taken):
        exactness = _exactness(form, element)
        if exactness is not None and exactness > best.exactness:
            best = _Fit(element.weight, exactness, -place)
    return best


def _exactness(form: Form, element: _Taken) -> int | None:
    """Return how exactly an element names the format; ``None`` where it means another."""
    whole = _TYPES[form]
    if element.name == whole:
        version = element.parameters.get("version")
        if version is None:
            return 2
        return 3 if version == _VERSIONS[form] else None
    if element.name == f"{whole.partition('/')[0]}/*":
        return 1
    return 0 if element.name == "*/*" else None


def _elements(header: str) -> Iterator[_Taken]:
    """Yield the elements of a header, leaving out those whose weight cannot be read."""
    for element in parse_http_list(header):
        name, *pairs = element.split(";")
        split = (pair.partition("=") for pair in pairs)
        parameters = {key.strip().lower(): value.strip().strip('"') for key, _, value in split}
        weight = parameters.pop("q", "1")
        if _WEIGHT.fullmatch(weight):
            yield _Taken(name.strip().lower(), parameters, float(weight))
