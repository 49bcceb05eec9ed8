"""One response as a program printed or saved it."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple


class PrintedResponse(NamedTuple):
    """One response in a text; ``status`` is ``None`` if only its headers were printed."""

    status: int | None
    headers: Mapping[str, str]
    """By lower-case name; of several with one name, the values with commas between."""
    body: str = ""
    received_at: datetime | None = None
    """When it came by the clock of the program that saved it; ``None`` if it did not say."""


def join_headers(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return headers by lower-case name; of several with one name, the values with commas between.

    https://www.rfc-editor.org/rfc/rfc9110#section-5.3
    """
    headers: dict[str, str] = {}
    for name, value in pairs:
        key = name.lower()
        headers[key] = f"{headers[key]}, {value}" if key in headers else value
    return headers
