"""Lists and dictionaries of structured fields (RFC 9651), read by http-sf."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple


class Item(NamedTuple):
    """One item of a list: its value and its parameters."""

    value: object
    parameters: Mapping[str, object]

    @property
    def name(self) -> str:
        """The value as a name: a String, or a Token, which drafts of the IETF wrote."""
        return "" if isinstance(self.value, int | Decimal | bytes) else str(self.value)


def parse_list(value: str) -> tuple[Item, ...]:
    """Return the items of a list; none if it is malformed. Inner lists are left out."""
    parsed = _parse(value, "list")
    if parsed is None:
        return ()
    return tuple(Item(item, parameters) for item, parameters in parsed if type(item) is not list)


def parse_dictionary(value: str) -> Mapping[str, object]:
    """Return the members of a dictionary without their parameters; none if it is malformed."""
    parsed = _parse(value, "dictionary")
    return {} if parsed is None else {key: member for key, (member, _) in parsed.items()}


def _parse(value: str, kind: str) -> Any:  # noqa: ANN401 - as the library returns it
    from http_sf import StructuredFieldError, parse  # noqa: PLC0415 - few responses need it

    try:
        return parse(value.encode("ascii"), tltype=kind)
    except (StructuredFieldError, UnicodeEncodeError):
        return None
