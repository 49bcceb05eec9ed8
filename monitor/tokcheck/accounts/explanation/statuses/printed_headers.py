"""Read the rate-limit headers of a response, however a program prints them.

Developer tools, Postman and libraries write them as lines, as two lines each, as an object of
JavaScript or Python, as a map of Go or Java, or as the entries of an archive of requests (HAR).
"""

from collections.abc import Mapping
from typing import NamedTuple

from tokcheck.core.lazy import LazyRegex

_MOST = 64
_NEAR = 2000
_PRINTED = LazyRegex(
    r"(?i)(?<![\w-])(fitbit-rate-limit-(?:limit|remaining|reset)|retry-after)(?![\w-])"
    # what stands between a name and its value
    r"[\s\"'\\:=,>\[(]{1,16}(?:value[\"'\\]{0,3}\s?[:=]\s?[\"'\\\[]{0,3})?"
    r"(-?[0-9]{1,15})(?![\w.])"
)


class _Header(NamedTuple):
    name: str
    value: str
    at: int


class PrintedHeaders:
    """The rate-limit headers of a text, and where they stand."""

    def __init__(self, text: str) -> None:
        self._found = [
            _Header(match.group(1).lower(), match.group(2), match.start())
            for match in list(_PRINTED.compiled.finditer(text))[-_MOST:]
        ]

    def near(self, at: int) -> Mapping[str, str]:
        """Return the headers near a place: of several with one name, the nearest."""
        near = [each for each in self._found if abs(each.at - at) < _NEAR]
        near.sort(key=lambda each: -abs(each.at - at))
        return {each.name: each.value for each in near}
