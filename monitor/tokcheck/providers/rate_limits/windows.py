"""The description of a rate-limit window: where a response holds its numbers, and in which form."""

from enum import StrEnum
from typing import Literal, NamedTuple

from tokcheck.core.report import UNKNOWN_WINDOW, window_of


class ResetForm(StrEnum):
    """The form of a window's reset. It is declared, because the names of fields do not show it."""

    SECONDS = "seconds"
    """Seconds from the response on."""
    MILLISECONDS = "milliseconds"
    """Milliseconds from the response on."""
    EPOCH = "epoch"
    """Unix seconds."""
    EPOCH_MS = "epoch-ms"
    """Unix milliseconds."""
    RFC3339 = "rfc3339"
    """A date and time with a zone; seconds may be missing."""
    DATE = "date"
    """A date alone: its midnight in UTC."""
    HTTP_DATE = "http-date"
    """A date of RFC 9110."""
    DURATION = "duration"
    """Numbers with units, such as ``6m0s`` or ``12ms``."""
    ALIGNED = "aligned"
    """Not written: the window begins at multiples of its length since midnight in UTC."""
    MAGNITUDE = "magnitude"
    """A number: its size decides between seconds, Unix seconds and Unix milliseconds."""


class FieldSource(NamedTuple):
    """Where a response holds one value: in a header, or in its JSON body.

    With neither ``item``, ``where``, ``parameter`` nor ``pattern``, a header holds the value alone.
    """

    header: str = ""
    """The header's name in lower case."""
    path: str = ""
    """A path into the JSON body: keys and positions with dots between."""
    item: int | None = None
    """The position in a list of structured fields (RFC 9651), from 0."""
    where: tuple[str, int] | None = None
    """Selects the item of the list that has this parameter with this value."""
    parameter: str = ""
    """The parameter that holds the value; without it, the item itself does."""
    pattern: str = ""
    """A regular expression with the value as its first group."""

    @property
    def words(self) -> str:
        """Its name in a sentence."""
        return f"header {self.header}" if self.header else f"field {self.path}"


class WindowForm(NamedTuple):
    """One rate-limit window of a service."""

    name: str = ""
    """The family of limits, such as ``read``; empty if there is only one."""
    unit: str = "requests"
    """The things counted, in the plural."""
    seconds: float | None = None
    """The length; ``None`` if it is not known or is read from ``length``."""
    length: FieldSource | None = None
    """Where the length stands, in seconds."""
    limit: FieldSource | None = None
    remaining: FieldSource | None = None
    used: FieldSource | None = None
    """How many are used up, for services that do not write the remaining ones."""
    reset: FieldSource | None = None
    reset_form: ResetForm = ResetForm.SECONDS
    current: FieldSource | None = None
    """The limit of the window that ``remaining``, ``used`` and ``reset`` are of.

    Services that report only the window nearest to its limit write it. If it differs from this
    window's limit, the three say nothing about this window.
    """
    fractions: bool = True
    """Whether numbers may have a fraction, which is cut off; else such a value is ignored."""
    documented: int | None = None
    """The limit by the documentation, for what no response reports."""
    owner: Literal["user", "project"] = "user"
    """Whether one user's requests count, or those of all users of the application."""
    cost: int | None = None
    """How much the check request costs in this window; ``None`` for its usual cost."""
    bucket: tuple[str, str] | None = None
    """A header, and the value with which a response is about this window; ``None`` for any."""
    elsewhere: "WindowForm | None" = None
    """How responses report the window that do not have it in these places."""


def label_of(name: str, seconds: float | None) -> str:
    """Return the window of a :class:`Quota`: its family, if it has a name, and its length."""
    length = window_of(seconds) if seconds else UNKNOWN_WINDOW
    return f"{name} {length}" if name and name != length else length
