"""Read and check the fields of a control request; a wrong one is a :class:`UsageError`."""

from collections.abc import Iterable, Mapping
from typing import Any

from tokcheck.core.documents import parse_json
from tokcheck.core.errors import UsageError
from tokcheck.sandbox.http_messages import HttpRequest

Fields = Mapping[str, Any]


def read_fields(request: HttpRequest) -> Fields:
    """Return the query parameters and the form or JSON fields of a request.

    Raises :class:`UsageError` if the content type is JSON and the body is not an object.
    """
    if not request.headers.get("content-type", "").startswith("application/json"):
        return {**request.params, **request.form}
    try:
        value = parse_json(request.body.decode("utf-8-sig"))
    except ValueError:  # of the encoding, too
        value = None
    if not isinstance(value, dict):
        raise UsageError(
            "The body is not a JSON object.", 'Send one, such as {"account": "alex"}, or a form.'
        )
    return {**request.params, **value}


def reject_unknown_fields(fields: Fields, names: Iterable[str]) -> None:
    """Raise :class:`UsageError` for a field that is not among ``names``, such as a misspelling."""
    known = tuple(names)
    for name in fields:
        if name not in known:
            choice = f"Choose among: {', '.join(known)}." if known else "Send no field at all."
            raise UsageError(f"There is no field named {name[:40]!r} here.", choice)


def read_text(fields: Fields, name: str, default: str | None = None) -> str:
    """Return a string; the field is required if there is no ``default``."""
    value = fields.get(name, default)
    if not isinstance(value, str) or not value:
        raise UsageError(f"The field {name!r} is missing or is not a string.", f"Send {name}=….")
    return value


def read_choice(fields: Fields, name: str, options: Iterable[str], default: str) -> str:
    """Return one of ``options``."""
    value, known = read_text(fields, name, default), tuple(options)
    if value not in known:
        raise UsageError(
            f"{value[:40]!r} is not a valid {name}.", f"Choose among: {', '.join(known)}."
        )
    return value


def read_integer(
    fields: Fields, name: str, default: int | None, within: tuple[int, int]
) -> int | None:
    """Return a whole number within the inclusive range ``within``, or the default."""
    value = fields.get(name)
    if value is None:
        return default
    minimum, maximum = within
    try:
        number = None if isinstance(value, bool | float) else int(value)
    except (TypeError, ValueError):
        number = None
    if number is None or not minimum <= number <= maximum:
        raise UsageError(
            f"The field {name!r} is not a whole number from {minimum} to {maximum}.",
            f"Send {name}={maximum if default is None else default}.",
        )
    return number


def read_boolean(fields: Fields, name: str) -> bool:
    """Return a boolean: a JSON boolean, or the string ``true`` or ``false``."""
    value = fields.get(name)
    booleans = {"true": True, "false": False}
    if isinstance(value, bool):
        return value
    if not isinstance(value, str) or value.lower() not in booleans:
        raise UsageError(
            f"The field {name!r} is neither true nor false.", f"Send {name}=true or {name}=false."
        )
    return booleans[value.lower()]


def read_list(fields: Fields, name: str, default: Iterable[str]) -> tuple[str, ...]:
    """Return several strings: a JSON list, or one string separated by commas or blanks."""
    value = fields.get(name)
    if value is None:
        return tuple(default)
    if isinstance(value, str):
        return tuple(value.replace(",", " ").split())
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    raise UsageError(
        f"The field {name!r} is not a list of strings.", f"Send {name}=settings,profile."
    )
