"""The exporter's configuration file: TOML in, accounts out; all problems at once, with their lines.

A message names what is allowed. It never repeats a value, which may be a token in the wrong place.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from pydantic import ValidationError

from tokcheck.accounts.names import invalid_name_clause, name_flaw
from tokcheck.checks.scopes.required_scopes import find_unknown_scope
from tokcheck.core.documents import TOML_HINT, DocumentError, Place, key_lines, parse_toml
from tokcheck.core.humanize import list_names
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
    error_from_problems,
    format_key,
)
from tokcheck.exporter.sources.config_schema import AccountTable, FileTable, SpendingTable, Table
from tokcheck.exporter.sources.reading import holds_token, redact_path
from tokcheck.providers import REGISTRY
from tokcheck.providers.base import Provider

LONGEST = 4 * 1024 * 1024

_SOURCES = ("file", "env", "command")
_NOT_HERE = (
    "this file must not contain a token. Store the token in a file of its own and name that: "
    'file = "tokens/anna"; or name a variable with env, or a program that prints it with command'
)
_TOKEN_KEYS = frozenset(
    {"token", "access_token", "accesstoken", "bearer", "refresh_token", "secret", "password"}
    | {"paste", "key", "api_key", "value"}
)
_NO_DECLARATION = "must be a table: write [providers.NAME] and its declaration below it"
_ONE_SOURCE = "needs exactly one of file, env and command, the source of its token"


class ExporterConfig(NamedTuple):
    """The content of a configuration file."""

    accounts: Mapping[str, Account] = MappingProxyType({})
    timeout: float = 10.0
    """The timeout of one request in seconds."""
    connections: int = 4
    """How many connections are used at once."""
    policy: Policy = Policy()
    """The policy of accounts that the file does not name."""
    store: bool = False
    """Whether the accounts of the store are watched as well."""
    declarations: Mapping[str, Mapping[str, Any]] = MappingProxyType({})
    """The tables of the providers that it declares, by name."""


def read(
    text: str, where: str, folder: Path, providers: Mapping[str, Provider] = REGISTRY
) -> ExporterConfig:
    """Parse a configuration.

    ``where`` is the name of the file in messages; its paths are relative to ``folder``.
    ``providers`` are those which need no declaration in it.

    :raises UsageError: with all problems.
    """
    table = _parse_toml(text, where)
    declared = _read_declarations(table, text)
    problems = [
        *declared.problems,
        *_find_problems(table, {*providers, *declared.names}),
        *_find_shared_windows(table, providers, declared.tables),
    ]
    try:
        file = FileTable.model_validate(table)
    except ValidationError as error:
        # Not raised from here: the library's error contains the values.
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
        MappingProxyType(declared.tables),
    )


def read_sources(text: str, folder: Path) -> Mapping[str, Account]:
    """Return the accounts of a configuration with problems of which at least the source is clear.

    They have a name and a source alone.
    """
    try:
        tables = parse_toml(text).get("accounts")
    except DocumentError:
        return {}
    accounts = {}
    for name, table in tables.items() if isinstance(tables, dict) else ():
        written = table if isinstance(table, dict) else {}
        source = {key: written[key] for key in _SOURCES if key in written}
        if name_flaw(name) or len(source) != 1:
            continue
        with suppress(ValidationError):
            accounts[name] = Account(name, _source(AccountTable.model_validate(source), folder))
    return accounts


class _Declarations(NamedTuple):
    """The tables of ``[providers]``: the valid ones, the names of all, and the problems."""

    tables: Mapping[str, Mapping[str, Any]]
    names: frozenset[str]
    problems: tuple[ConfigProblem, ...]


def _read_declarations(table: Mapping[str, Any], text: str) -> _Declarations:
    written = table.get("providers")
    if not isinstance(written, dict):
        return _Declarations({}, frozenset(), ())
    # Its models are large, and few configurations declare a provider.
    from tokcheck.declarations.declaration_text import read_table  # noqa: PLC0415

    tables, problems = {}, list[ConfigProblem]()
    for name, declared in written.items():
        place = ("providers", name)
        if not isinstance(declared, dict):
            problems.append(ConfigProblem(place, _NO_DECLARATION))
        elif name in REGISTRY:
            problems.append(ConfigProblem(place, "has the name of a built-in provider"))
        elif declared.get("name", name) != name:
            problems.append(ConfigProblem((*place, "name"), "must be the table's own name"))
        else:
            rows = {key[2:]: line for key, line in key_lines(text).items() if key[:2] == place}
            valid, found = read_table({"name": name, **declared}, rows)
            if valid is not None:
                tables[name] = valid
            problems += [
                ConfigProblem(place, problem.sentence, f".{problem.key}", problem.line)
                for problem in found
            ]
    return _Declarations(tables, frozenset(written), tuple(problems))


def _parse_toml(text: str, where: str) -> dict[str, Any]:
    try:
        return parse_toml(text)
    except DocumentError as error:
        failure = DocumentError(redact(error.reason), error.line, error.column)
    raise failure.usage_error(redact_path(where), "TOML", TOML_HINT)


def _find_problems(table: Mapping[str, Any], providers: set[str]) -> Iterator[ConfigProblem]:
    """Yield the problems of names, and of keys that conflict."""
    accounts = table.get("accounts")
    for name, account in accounts.items() if isinstance(accounts, dict) else ():
        place = ("accounts", name)
        wrong = name_flaw(name)
        if wrong:
            yield ConfigProblem(place, invalid_name_clause(wrong))
        if not isinstance(account, dict):
            continue
        if sum(source in account for source in _SOURCES) != 1:
            yield ConfigProblem(place, _ONE_SOURCE)
        provider = account.get("provider")
        if isinstance(provider, str) and provider not in providers:
            names = ", ".join(f'"{known}"' for known in sorted(providers))
            clause = f"must be one of {names}, or one that --providers or a table declares"
            yield ConfigProblem((*place, "provider"), clause)
        yield from _find_unknown_scopes(account, (*place, "require_scopes"))
        for key in ("command_every", "command_timeout"):
            if key in account and "command" not in account:
                yield ConfigProblem((*place, key), "is allowed only together with command")


def _find_shared_windows(
    table: Mapping[str, Any],
    providers: Mapping[str, Provider],
    declared: Mapping[str, Mapping[str, Any]],
) -> Iterator[ConfigProblem]:
    """Yield a problem for each account with a window that is its application's."""
    accounts = table.get("accounts")
    for name, account in accounts.items() if isinstance(accounts, dict) else ():
        wanted = account.get("provider") if isinstance(account, dict) else None
        if not isinstance(wanted, str) or "window" not in account:
            continue
        provider = providers.get(wanted)
        if wanted in declared:
            from tokcheck.providers.declared.declared_provider import provider_of  # noqa: PLC0415

            provider = provider_of(declared[wanted])
        if provider is not None and provider.pace.owner == "project":
            yield ConfigProblem(
                ("accounts", name, "window"),
                f"cannot be set: the limits of the {provider.title} are of a whole application, "
                "and its declaration has their lengths",
            )


def _find_unknown_scopes(account: Mapping[str, Any], place: Place) -> Iterator[ConfigProblem]:
    """Yield a problem for each required scope that no provider, or not the account's, has.

    A declaration lists no scopes, so those of an account with a declared provider are not checked.
    """
    provider, names = account.get("provider"), account.get("require_scopes")
    wanted = provider if isinstance(provider, str) else None
    if wanted is not None and wanted not in REGISTRY:
        return
    for number, name in enumerate(names if isinstance(names, list) else (), 1):
        # The schema rejects values that are no text, empty or a token.
        if isinstance(name, str) and name and redact(name) == name:
            unknown = find_unknown_scope((name,), REGISTRY, wanted)
            if unknown is not None:
                known = dict.fromkeys(scope for one in unknown.providers for scope in one.scopes)
                meant = list_names(unknown.similar, "or")
                hint = f"did you mean {meant}?" if meant else f"known are {', '.join(known)}"
                yield ConfigProblem(place, f"has an unknown scope as its item {number} ({hint})")


def _describe_problem(location: tuple[int | str, ...], kind: str, table: object) -> ConfigProblem:
    """Return the problem of a key that the schema rejected: its right form."""
    place = tuple(step for step in location if isinstance(step, str))
    value = table
    for step in place:
        value = value.get(step) if isinstance(value, dict) else None
    token = isinstance(value, str) and holds_token(value)
    model = _model_of(place)
    if kind == "extra_forbidden":
        if token or place[-1].lower().replace("-", "_") in _TOKEN_KEYS:
            return ConfigProblem(place, f"is not allowed here: {_NOT_HERE}")
        return ConfigProblem(
            place, f"is not a known key; these are: {', '.join(model.model_fields)}"
        )
    if place[0] == "providers":
        # Those of single declarations have their own sentences.
        return ConfigProblem(place, _NO_DECLARATION)
    if place == ("accounts", place[-1]):
        right = f"must be a table: write [{format_key(place)}] and its keys below it"
        return ConfigProblem(place, f"{right}; {_NOT_HERE}" if token else right)
    return ConfigProblem(place, f"must be {model.model_fields[place[-1]].description}")


def _model_of(place: Place) -> type[Table]:
    if len(place) == 1:
        return FileTable
    return SpendingTable if place[0] == "defaults" else AccountTable


def _spending(written: SpendingTable) -> dict[str, Any]:
    return written.model_dump(include=set(SpendingTable.model_fields), exclude_unset=True)


def _account(name: str, written: AccountTable, folder: Path, policy: Policy) -> Account:
    return Account(
        name,
        _source(written, folder),
        written.provider,
        tuple(written.require_scopes or ()),
        written.timezone,
        policy._replace(**_spending(written)),
    )


def _source(written: AccountTable, folder: Path) -> Source:
    if written.file is not None:
        return FileSource(folder / Path(written.file).expanduser())
    if written.env is not None:
        return VariableSource(written.env)
    given = {"every": written.command_every, "timeout": written.command_timeout}
    return CommandSource(
        tuple(written.command or ()),
        **{key: value for key, value in given.items() if value is not None},
    )
