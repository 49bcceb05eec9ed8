"""A table of the declaration language; all of its problems are found at once."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

Location = tuple[int | str, ...]
"""The keys of a place, and positions in lists from 0."""


class Conflict(NamedTuple):
    """What a place of a table must be, because its value contradicts another one."""

    words: str
    location: Location = ()
    """The place within the table; the table itself if it is empty."""


class LanguageTable(BaseModel):
    """One table of a declaration."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)

    @classmethod
    def find_conflicts(cls, table: Mapping[str, Any]) -> Iterator[str | Conflict]:
        """Yield the forms that the table must have if its keys conflict, whatever its values.

        A text is about the table itself.
        """
        del table
        yield from ()

    @model_validator(mode="wrap")
    @classmethod
    def _reject_conflicts(cls, value: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:  # noqa: ANN401 - as written
        """Report conflicts beside the wrong values, of which a validator of a model sees none."""
        found = cls.find_conflicts(value) if isinstance(value, dict) else ()
        conflicts = [each if isinstance(each, Conflict) else Conflict(each) for each in found]
        if not conflicts:
            return handler(value)
        problems: list[InitErrorDetails] = [
            {"type": PydanticCustomError("conflict", words), "loc": location, "input": None}
            for words, location in conflicts
        ]
        try:
            handler(value)
        except ValidationError as error:
            problems += [
                {
                    "type": PydanticCustomError(each["type"], each["msg"]),
                    "loc": each["loc"],
                    "input": None,
                }
                for each in error.errors()
            ]
        raise ValidationError.from_exception_data(cls.__name__, problems, hide_input=True)
