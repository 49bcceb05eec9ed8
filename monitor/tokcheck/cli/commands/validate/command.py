"""The options of ``tokcheck validate``, and one check."""

import os
import sys
from collections.abc import Callable
from contextlib import nullcontext
from typing import Annotated, Any

import typer

from tokcheck.cli.shared.provider_name import PROVIDER_METAVAR, Declarations, ProviderName
from tokcheck.cli.shared.typer_help import Ending, PasteCommand

_EXIT_CODES = """Exit codes: 0 usable, 1 not usable, 2 wrong usage, 3 could not tell, 4 usable but
rate-limited now, 70 a bug, 130 interrupted. With --offline, 0 means that the token looks valid.
With --lines, the exit code is the worst result, in the order 1, 3, 4, 0."""


def ending() -> Ending:
    """Return the end of the command's help."""
    from tokcheck.cli.manual.page import Note

    return Ending(
        (
            "tokcheck validate",
            "pbpaste | tokcheck validate -",
            "wl-paste | tokcheck validate -",
            "tokcheck validate --file token.txt",
            "tokcheck validate --env FITBIT_TOKEN --min-ttl 1h --require-scope sleep",
        ),
        (Note(_EXIT_CODES),),
    )


COMMAND = PasteCommand


def validate(  # noqa: PLR0913 - one parameter an option
    paste: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PASTE]...",
            help="A token, or any text that contains one, such as a curl command with or without "
            "quotation marks. Without it, or with -, standard input is read; a terminal prompts.",
            show_default=False,
        ),
    ] = None,
    *,
    offline: Annotated[
        bool, typer.Option("--offline", help="Send nothing; check form, claims and expiry only.")
    ] = False,
    provider: Annotated[
        str | None,
        typer.Option(
            help=f"The provider, if the token does not show it: {', '.join(ProviderName)}, or "
            "another one of `tokcheck providers list`.",
            metavar=PROVIDER_METAVAR,
        ),
    ] = None,
    providers: Declarations = None,
    api_url: Annotated[
        str | None,
        typer.Option(help="Send requests to this server instead of the provider's.", metavar="URL"),
    ] = None,
    require_scope: Annotated[
        list[str] | None,
        typer.Option(
            help="Require this scope, or several with commas between them (repeatable). Exit 1 "
            "if one is missing.",
            metavar="NAME",
        ),
    ] = None,
    min_ttl: Annotated[
        str | None,
        typer.Option(
            help="Exit 1 if the token expires within this time, such as 90s, 15m or 1h30m.",
            metavar="TIME",
        ),
    ] = None,
    timeout: Annotated[
        str, typer.Option(help="Limit the time of each request.", metavar="TIME")
    ] = "10s",
    json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    env: Annotated[
        str | None,
        typer.Option(help="Read the paste from this environment variable.", metavar="VAR"),
    ] = None,
    file: Annotated[
        str | None,
        typer.Option(help="Read the paste from this file; - is standard input.", metavar="PATH"),
    ] = None,
    account: Annotated[
        str | None,
        typer.Option(
            help="Check the token of this stored account; refresh it first if needed.",
            metavar="NAME",
        ),
    ] = None,
    lines: Annotated[
        bool,
        typer.Option(
            "--lines", help="Check one paste per line, and print one JSON object per line."
        ),
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", help="Print only the verdict and what to do next.")
    ] = False,
    verbose: Annotated[
        bool,
        typer.Option(
            "--verbose",
            help="Print all devices, the matching scopes of the other API and the number of "
            "requests as well.",
        ),
    ] = False,
) -> int:
    """Check a token: what it is, whether it works, and how much of its rate limit is left."""
    from datetime import UTC, datetime
    from time import monotonic, sleep

    from tokcheck.checks.checker import Checker
    from tokcheck.checks.requirements import Requirements
    from tokcheck.cli.shared import output
    from tokcheck.core.errors import UsageError
    from tokcheck.core.humanize import parse_duration, read_in_range
    from tokcheck.declarations.provider_choice import choose_providers
    from tokcheck.providers import REGISTRY
    from tokcheck.transport.endpoints import resolve_endpoints

    words = paste or []
    detail = _detail(quiet=quiet, verbose=verbose)
    _only_one(words, env, file, account)
    if file == "-":
        words, file = ["-"], None
    if account is not None and provider:
        raise UsageError("--account cannot be combined with --provider.", "Leave out --provider.")
    seconds = read_in_range("--timeout", timeout, "0.001s", "1h", parse_duration)
    endpoints = resolve_endpoints(REGISTRY, os.environ, api_url)
    requirements = Requirements(
        _required_scopes(require_scope or []),
        None if min_ttl is None else parse_duration(min_ttl),
    )
    known, wanted, more = choose_providers(provider, providers, os.environ)
    _reject_unknown_scope(requirements.scopes, wanted)
    stored = None
    if account is not None:
        from tokcheck.cli.commands.validate.stored_account import check_account, read_account

        ttl = None if offline else requirements.min_ttl or 0
        stored = read_account(account, ttl, os.environ)
        known, wanted, more = choose_providers(stored.provider, providers, os.environ)
        _reject_unknown_scope(requirements.scopes, wanted)
    if offline:
        manager: Any = nullcontext()
    else:
        from tokcheck.transport import Net

        manager = Net(endpoints, timeout=seconds, pause=sleep)
    with manager as net:
        offline_checker = Checker(
            known,
            now=lambda: datetime.now(UTC),
            timer=monotonic,
            wanted=wanted,
            requirements=requirements,
            explain=_explain,
            more=more,
        )
        checker = offline_checker.online(net.send) if net else offline_checker
        if stored is not None:
            report = check_account(stored, checker, offline_checker, as_json=json or lines)
            return output.print_report(
                report, as_json=json or lines, detail=detail, indent=None if lines else 2
            )
        if lines:
            from tokcheck.cli.commands.validate.lines import (
                check_lines,
                note_empty_lines,
                read_lines,
            )
            from tokcheck.cli.shared.paste_input import describe_source

            source = describe_source(words, env, file)
            each = note_empty_lines(read_lines(words, env, file), source)
            return check_lines(checker, each, at_once=1 if offline else 4)
        report = _check_paste(checker, words, env, file)
        return output.print_report(report, as_json=json, detail=detail, providers=checker.providers)


def _detail(*, quiet: bool, verbose: bool) -> Any:  # noqa: ANN401 - its type is slow to load
    from tokcheck.checks.render_text import Detail
    from tokcheck.core.errors import UsageError

    if quiet and verbose:
        raise UsageError("--quiet cannot be combined with --verbose.", "Leave out one of them.")
    return Detail.QUIET if quiet else Detail.VERBOSE if verbose else Detail.USUAL


def _required_scopes(written: list[str]) -> tuple[str, ...]:
    from tokcheck.checks.required_scopes import split_scopes
    from tokcheck.core.errors import UsageError

    if not all(split_scopes([one]) for one in written):
        raise UsageError(
            "--require-scope is empty: it names no scope.",
            "Pass the name of a scope, or leave out --require-scope.",
        )
    return split_scopes(written)


def _reject_unknown_scope(names: tuple[str, ...], wanted: str | None) -> None:
    from tokcheck.checks.required_scopes import find_unknown_scope
    from tokcheck.providers import REGISTRY

    if wanted is not None and wanted not in REGISTRY:
        return  # a declaration lists no scopes
    unknown = find_unknown_scope(names, REGISTRY, wanted)
    if unknown is not None:
        raise unknown.error()


def _only_one(words: list[str], *others: str | None) -> None:
    from tokcheck.core.errors import UsageError

    if bool(words) + sum(other is not None for other in others) > 1:
        raise UsageError(
            "More than one paste was given.",
            "Give only one of: words, --env, --file, --account.",
        )


def _explain(*message: Any) -> Any:  # noqa: ANN401 - its types are slow to load
    from tokcheck.accounts.explanation import explain_message

    return explain_message(*message)


def _check_paste(
    checker: Any,  # noqa: ANN401 - its type is slow to load
    words: list[str],
    env: str | None,
    file: str | None,
) -> Any:  # noqa: ANN401 - the same
    """Return the report on a paste; it lists what was unpacked before the rest."""
    unpacked: list[str] = []
    text = _read_paste(words, env, file, unpacked.append)
    report = checker.check(text)
    report = report._replace(cleaned=(*unpacked, *report.cleaned))
    if report.credential is None:
        report = _name_empty_source(report, text, words, env, file)
    return _name_path(report, words)


def _name_empty_source(
    report: Any,  # noqa: ANN401 - its type is slow to load
    text: str,
    words: list[str],
    env: str | None,
    file: str | None,
) -> Any:  # noqa: ANN401 - the same
    """Return the report on a paste, if it is empty with the name of where it came from."""
    from tokcheck.checks.without_token import conclude_empty, is_empty
    from tokcheck.cli.shared.paste_input import describe_source

    if not is_empty(text):
        return report
    empty = conclude_empty(describe_source(words, env, file), text)
    return report._replace(summary=empty.summary, advice=empty.advice)


def _name_path(report: Any, words: list[str]) -> Any:  # noqa: ANN401 - its type is slow to load
    """Return the report on words that contain no token, if they name a file with the option."""
    from tokcheck.cli.shared.paste_input import describe_path
    from tokcheck.core.credential import Kind

    credential = report.credential
    if report.explains is not None or (credential and credential.kind is not Kind.UNKNOWN):
        return report
    sentences = describe_path(words, "tokcheck validate --file {}")
    return report if sentences is None else report._replace(advice=(" ".join(sentences),))


def _read_paste(
    words: list[str], env: str | None, file: str | None, note: Callable[[str], object]
) -> str:
    from tokcheck.cli.shared import paste_input

    if env is not None:
        from tokcheck.paste.variable import read_variable

        return read_variable(env, os.environ)
    if file is not None:
        return paste_input.from_file(file, note=note)
    paste_input.note_history(words, "`tokcheck validate -` reads it from a pipe", sys.stderr)
    return paste_input.from_words(words, sys.stdin, sys.stderr, note)
