"""One response as a program printed or saved it."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

_STATUS_LENGTH = 3


class PrintedResponse(NamedTuple):
    """One response in a text; ``status`` is ``None`` if only its headers were printed."""

    status: int | None
    headers: Mapping[str, str]
    """By lower-case name; of several with one name, the values with commas between."""
    body: str = ""
    received_at: datetime | None = None
    """When it came by the clock of the program that saved it; ``None`` if it did not say."""
    account: str | None = None
    """The account that the program named; ``None`` if it named none."""


def join_headers(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return headers by lower-case name; of several with one name, the values with commas between.

    https://www.rfc-editor.org/rfc/rfc9110#section-5.3
    """
    headers: dict[str, str] = {}
    for name, value in pairs:
        key = name.lower()
        headers[key] = f"{headers[key]}, {value}" if key in headers else value
    return headers


def read_status(value: Any) -> int | None:  # noqa: ANN401 - any JSON value
    """Return the status of a final response from a JSON value; ``None`` if it is none.

    A proxy that tried several servers writes the status of each one, as nginx does in
    ``$upstream_status``: "502, 200", and after an internal redirect "404 : 200". The last one is
    that of the response.
    """
    if isinstance(value, str):
        last = value.replace(":", ",").rpartition(",")[2].strip()
        is_number = len(last) == _STATUS_LENGTH and last.isascii() and last.isdigit()
        value = int(last) if is_number else None
    is_status = isinstance(value, int) and not isinstance(value, bool) and 200 <= value <= 599
    return value if is_status else None
