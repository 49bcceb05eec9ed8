"""The exporter's configuration file: TOML in, accounts out; every fault at once, with its place.

What is wrong is said by what would be right. No value is ever repeated, since somebody will have
put the token itself there.
"""

import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from tokcheck.accounts.names import flaw
from tokcheck.core.errors import UsageError
from tokcheck.core.humanize import parse_duration
from tokcheck.core.redact import redact
from tokcheck.exporter.sources.account import (
    Account,
    CommandSource,
    FileSource,
    Policy,
    Source,
    VariableSource,
)
from tokcheck.exporter.sources.config_errors import (
    ConfigProblem,
    Place,
    error_from_problems,
    format_key,
)
from tokcheck.exporter.sources.reading import holds_token, shown
from tokcheck.providers import REGISTRY

LONGEST = 4 * 1024 * 1024

_SOURCES = ("file", "env", "command")
_PROVIDERS = ", ".join(f'"{name}"' for name in REGISTRY)
_NOT_HERE = (
    "a token is never written into this file. Put it into a file of its own and name that here: "
    'file = "tokens/anna"; or name a variable with env, or a program that prints it with command'
)
_TOKEN_KEYS = frozenset(
    {"token", "access_token", "accesstoken", "bearer", "refresh_token", "secret", "password"}
    | {"paste", "key", "api_key", "value"}
)
_ONE_SOURCE = "needs exactly one of file, env and command, which say where its token comes from"


class ExporterConfig(NamedTuple):
    """What a configuration file says.

    ``timeout`` is that of one request, in seconds; ``connections`` are used at once. ``policy``
    holds for accounts that the file does not name. ``store`` takes those of the store as well.
    """

    accounts: Mapping[str, Account] = MappingProxyType({})
    timeout: float = 10.0
    connections: int = 4
    policy: Policy = Policy()
    store: bool = False


def decode(data: bytes, where: str) -> str:
    """Decode a configuration file.

    :raises UsageError: if it is too large or no UTF-8, which TOML has to be.
    """
    where = shown(where)
    if len(data) > LONGEST:
        raise UsageError(
            f"{where} is larger than 4 MiB.", "For very many accounts, use --tokens-dir."
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
    raise UsageError(f"{where}, line {line}: this is no UTF-8.", "Save the file as UTF-8.")


def read(text: str, where: str, folder: Path) -> ExporterConfig:
    """Read a configuration.

    ``where`` is how the file is called in messages, ``folder`` what its paths are relative to.

    :raises UsageError: with everything that is wrong.
    """
    table = _parse_toml(text, where)
    problems = list(_find_problems(table))
    try:
        file = _File.model_validate(table)
    except ValidationError as error:
        # Not raised from here: the library's error holds the values.
        problems += [
            _describe_problem(problem["loc"], problem["type"], table) for problem in error.errors()
        ]
    if problems:
        raise error_from_problems(problems, text, where)
    policy = Policy(**_spending(file.defaults))
    return ExporterConfig(
        MappingProxyType(
            {
                name: _account(name, written, folder, policy)
                for name, written in file.accounts.items()
            }
        ),
        file.timeout,
        file.connections,
        policy,
        file.store,
    )


def _reject_if(wrong: Callable[[Any], object]) -> Callable[[Any], Any]:
    """Return a validator that lets through what nothing speaks against."""

    def check(value: Any) -> Any:  # noqa: ANN401 - of any field
        if wrong(value):
            raise ValueError("refused")  # read() says it in words
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
    except RuntimeError:  # the home of somebody who has none
        return True
    return "\0" in text or holds_token(text)


_Duration = Annotated[float, BeforeValidator(_seconds), Field(gt=0)]
_Text = Annotated[str, Field(min_length=1)]
_Word = Annotated[str, AfterValidator(_reject_if(lambda word: "\0" in word or holds_token(word)))]


class _Table(BaseModel):
    """Each field's description completes the sentence that begins with its name and "must be"."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class _Spending(_Table):
    share: float | None = Field(
        default=None,
        gt=0,
        le=0.5,
        description="a number above 0 and at most 0.5, the part of each window that may be spent",
    )
    reserve: int | None = Field(
        default=None, ge=0, le=1_000_000, description="a whole number of calls, from 0 on"
    )
    every: _Duration | None = Field(default=None, description='a duration in quotes, such as "20m"')
    window: _Duration | None = Field(default=None, description='a duration in quotes, such as "1h"')


class _Account(_Spending):
    file: Annotated[_Text, AfterValidator(_reject_if(_is_bad_path))] | None = Field(
        default=None,
        description='the path of a file that holds the token, such as "tokens/anna", and never '
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
        description='the name of a variable that holds the token, such as "ANNA_TOKEN", and '
        "never the token itself",
    )
    command: Annotated[list[_Word], Field(min_length=1)] | None = Field(
        default=None,
        description='a list of texts, a program and its words, such as ["pass", "show", '
        '"fitbit/anna"], and never hold the token itself',
    )
    command_every: _Duration | None = Field(
        default=None, description='a duration in quotes, such as "5m"'
    )
    command_timeout: _Duration | None = Field(
        default=None,
        le=600,
        description='a duration in quotes of at most 10 minutes, such as "30s"',
    )
    provider: (
        Annotated[str, AfterValidator(_reject_if(lambda name: name not in REGISTRY))] | None
    ) = Field(default=None, description=f"one of {_PROVIDERS}")
    require_scopes: (
        list[Annotated[_Text, AfterValidator(_reject_if(lambda name: redact(name) != name))]] | None
    ) = Field(default=None, description='a list of scopes, such as ["settings"]')
    timezone: Annotated[str, AfterValidator(_reject_if(_is_unknown_zone))] | None = Field(
        default=None,
        description='the IANA name of a time zone that this system knows, such as "Europe/Berlin"',
    )


class _File(_Table):
    timeout: _Duration = Field(
        default=10.0,
        le=600,
        description='a duration in quotes of at most 10 minutes, such as "10s"',
    )
    connections: int = Field(default=4, ge=1, le=100, description="a whole number from 1 to 100")
    store: bool = Field(
        default=False, description="true or false, whether the accounts of the store are watched"
    )
    defaults: _Spending = Field(default=_Spending(), description="a table: write [defaults]")
    accounts: dict[str, _Account] = Field(
        default={}, description="a table: write [accounts.NAME] and its keys below it"
    )


def _parse_toml(text: str, where: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        # "Invalid value (at line 3, column 7)"; some of them name a key.
        what, _, place = str(error).removesuffix(")").partition(" (at ")
    except (ValueError, RecursionError):  # a number of thousands of digits, brackets in brackets
        what, place = "A value is too large", ""
    if place == "end of document":
        last = text.rpartition("\n")[2]
        lines = text.count("\n") + 1
        place = f"line {lines}, column {len(last) + 1}"
    raise UsageError(
        f"{shown(where)}{place and ', '}{place}: this is no TOML. {redact(what)}.",
        "Texts stand in quotes, and each key is on a line of its own.",
    )


def _find_problems(table: Mapping[str, Any]) -> Iterator[ConfigProblem]:
    """Find what concerns several keys at once, and the names."""
    accounts = table.get("accounts")
    for name, account in accounts.items() if isinstance(accounts, dict) else ():
        place = ("accounts", name)
        wrong = flaw(name)
        if wrong:
            yield ConfigProblem(place, f"cannot be the name of an account, since {wrong}")
        if not isinstance(account, dict):
            continue
        if sum(source in account for source in _SOURCES) != 1:
            yield ConfigProblem(place, _ONE_SOURCE)
        for key in ("command_every", "command_timeout"):
            if key in account and "command" not in account:
                yield ConfigProblem((*place, key), "has a meaning beside command only")


def _describe_problem(location: tuple[int | str, ...], kind: str, table: object) -> ConfigProblem:
    """Say what a key should be, whatever it is."""
    place = tuple(step for step in location if isinstance(step, str))
    value = table
    for step in place:
        value = value.get(step) if isinstance(value, dict) else None
    token = isinstance(value, str) and holds_token(value)
    model = _model_of(place)
    if kind == "extra_forbidden":
        if token or place[-1].lower().replace("-", "_") in _TOKEN_KEYS:
            return ConfigProblem(place, f"has no place here: {_NOT_HERE}")
        return ConfigProblem(place, f"is not known; known are {', '.join(model.model_fields)}")
    if place == ("accounts", place[-1]):
        right = f"must be a table: write [{format_key(place)}] and its keys below it"
        return ConfigProblem(place, f"{right}; {_NOT_HERE}" if token else right)
    return ConfigProblem(place, f"must be {model.model_fields[place[-1]].description}")


def _model_of(place: Place) -> type[_Table]:
    if len(place) == 1:
        return _File
    return _Spending if place[0] == "defaults" else _Account


def _spending(written: _Spending) -> dict[str, Any]:
    return written.model_dump(include=set(_Spending.model_fields), exclude_unset=True)


def _account(name: str, written: _Account, folder: Path, policy: Policy) -> Account:
    return Account(
        name,
        _source(written, folder),
        written.provider,
        tuple(written.require_scopes or ()),
        written.timezone,
        policy._replace(**_spending(written)),
    )


def _source(written: _Account, folder: Path) -> Source:
    if written.file is not None:
        return FileSource(folder / Path(written.file).expanduser())
    if written.env is not None:
        return VariableSource(written.env)
    given = {"every": written.command_every, "timeout": written.command_timeout}
    return CommandSource(
        tuple(written.command or ()),
        **{key: value for key, value in given.items() if value is not None},
    )
