"""The tables and keys of the exporter's configuration file, as pydantic models."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from tokcheck.core.errors import UsageError
from tokcheck.core.humanize import parse_duration
from tokcheck.core.redact import redact
from tokcheck.exporter.sources.reading import holds_token


def _reject_if(wrong: Callable[[Any], object]) -> Callable[[Any], Any]:
    """Return a validator that rejects a value if ``wrong`` returns something true."""

    def check(value: Any) -> Any:  # noqa: ANN401 - of any field
        if wrong(value):
            raise ValueError("refused")  # read() describes the problem
        return value

    return check


def _seconds(value: object) -> object:
    try:
        return parse_duration(value) if isinstance(value, str) else None
    except UsageError:
        return None


def _is_unknown_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        return True
    return False


def _is_bad_path(text: str) -> bool:
    try:
        Path(text).expanduser()
    except RuntimeError:  # the home of an unknown user
        return True
    return "\0" in text or holds_token(text)


_Duration = Annotated[float, BeforeValidator(_seconds), Field(gt=0)]
_Text = Annotated[str, Field(min_length=1)]
_Word = Annotated[str, AfterValidator(_reject_if(lambda word: "\0" in word or holds_token(word)))]


class Table(BaseModel):
    """Each field's description completes the sentence that begins with its name and "must be"."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class SpendingTable(Table):
    """The keys of a budget policy: ``[defaults]``, and part of every account."""

    share: float | None = Field(
        default=None,
        gt=0,
        le=0.5,
        description="a number above 0 and at most 0.5, the part of each window that may be spent",
    )
    reserve: int | None = Field(
        default=None, ge=0, le=1_000_000, description="a whole number of requests from 0 to 1000000"
    )
    every: _Duration | None = Field(
        default=None, description='a duration in quotes above 0, such as "20m"'
    )
    window: _Duration | None = Field(
        default=None, description='a duration in quotes above 0, such as "1h"'
    )


class AccountTable(SpendingTable):
    """One ``[accounts.NAME]``."""

    file: Annotated[_Text, AfterValidator(_reject_if(_is_bad_path))] | None = Field(
        default=None,
        description='the path of a file that contains the token, such as "tokens/anna", and not '
        "the token itself",
    )
    env: (
        Annotated[
            _Text,
            AfterValidator(_reject_if(lambda name: {"=", "\0"} & set(name) or holds_token(name))),
        ]
        | None
    ) = Field(
        default=None,
        description='the name of a variable that contains the token, such as "ANNA_TOKEN", and '
        "not the token itself",
    )
    command: Annotated[list[_Word], Field(min_length=1)] | None = Field(
        default=None,
        description='a list of texts, a program and its arguments, such as ["pass", "show", '
        '"fitbit/anna"], and not contain the token itself',
    )
    command_every: _Duration | None = Field(
        default=None, description='a duration in quotes above 0, such as "5m"'
    )
    command_timeout: _Duration | None = Field(
        default=None,
        le=600,
        description='a duration in quotes above 0 and of at most 10 minutes, such as "30s"',
    )
    provider: str | None = Field(
        default=None, description='the name of a provider in quotes, such as "fitbit"'
    )
    require_scopes: (
        list[Annotated[_Text, AfterValidator(_reject_if(lambda name: redact(name) != name))]] | None
    ) = Field(default=None, description='a list of scopes, such as ["settings"]')
    timezone: Annotated[str, AfterValidator(_reject_if(_is_unknown_zone))] | None = Field(
        default=None,
        description='the IANA name of a time zone that this system knows, such as "Europe/Berlin"',
    )


class FileTable(Table):
    """The whole file."""

    timeout: _Duration = Field(
        default=10.0,
        le=600,
        description='a duration in quotes above 0 and of at most 10 minutes, such as "10s"',
    )
    connections: int = Field(default=4, ge=1, le=100, description="a whole number from 1 to 100")
    store: bool = Field(
        default=False, description="true or false, whether the accounts of the store are watched"
    )
    defaults: SpendingTable = Field(
        default=SpendingTable(), description="a table: write [defaults]"
    )
    accounts: dict[str, AccountTable] = Field(
        default={}, description="a table: write [accounts.NAME] and its keys below it"
    )
    providers: dict[str, dict[str, Any]] = Field(
        default={}, description="a table: write [providers.NAME] and its declaration below it"
    )
