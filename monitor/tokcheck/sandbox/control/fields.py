"""Reading the fields of a control request, with a sentence for everything that does not fit."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from tokcheck.core.errors import UsageError
from tokcheck.sandbox.messages import Asked

Fields = Mapping[str, Any]


def fields_of(asked: Asked) -> Fields:
    """Return the query parameters and the form or JSON fields of a request.

    Raises :class:`UsageError` for a body that announces JSON and is no object.
    """
    if not asked.headers.get("content-type", "").startswith("application/json"):
        return {**asked.params, **asked.form}
    try:
        value = json.loads(asked.body)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise UsageError(
            "The body is not a JSON object.", 'Send one, such as {"account": "alex"}, or a form.'
        )
    return {**asked.params, **value}


def only(fields: Fields, names: Iterable[str]) -> None:
    """Raise :class:`UsageError` when there is a field that nobody reads, such as a misspelling."""
    known = tuple(names)
    for name in fields:
        if name not in known:
            choice = f"Choose among: {', '.join(known)}." if known else "Send no field at all."
            raise UsageError(f"There is no field named {name[:40]!r} here.", choice)


def text(fields: Fields, name: str, default: str | None = None) -> str:
    """Return a text; without a ``default`` it must be there."""
    value = fields.get(name, default)
    if not isinstance(value, str) or not value:
        raise UsageError(f"The field {name!r} is missing or no text.", f"Send {name}=….")
    return value


def choice(fields: Fields, name: str, options: Iterable[str], default: str) -> str:
    """Return one of ``options``."""
    value, known = text(fields, name, default), tuple(options)
    if value not in known:
        raise UsageError(f"{value[:40]!r} is no {name}.", f"Choose among: {', '.join(known)}.")
    return value


def whole(fields: Fields, name: str, default: int | None, within: tuple[int, int]) -> int | None:
    """Return a whole number from ``within`` (both ends belong to it), or the default."""
    value = fields.get(name)
    if value is None:
        return default
    least, most = within
    try:
        number = None if isinstance(value, bool | float) else int(value)
    except (TypeError, ValueError):
        number = None
    if number is None or not least <= number <= most:
        raise UsageError(
            f"The field {name!r} is no whole number from {least} to {most}.", f"Send {name}={most}."
        )
    return number


def truth(fields: Fields, name: str) -> bool:
    """Return a yes or no: a JSON boolean, or ``true`` or ``false`` as text."""
    value = fields.get(name)
    answers = {"true": True, "false": False}
    if isinstance(value, bool):
        return value
    if not isinstance(value, str) or value.lower() not in answers:
        raise UsageError(
            f"The field {name!r} is neither true nor false.", f"Send {name}=true or {name}=false."
        )
    return answers[value.lower()]


def words(fields: Fields, name: str, default: Iterable[str]) -> tuple[str, ...]:
    """Return several texts: a JSON list, or one text with commas or blanks between them."""
    value = fields.get(name)
    if value is None:
        return tuple(default)
    if isinstance(value, str):
        return tuple(value.replace(",", " ").split())
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    raise UsageError(f"The field {name!r} is no list of texts.", f"Send {name}=settings,profile.")
