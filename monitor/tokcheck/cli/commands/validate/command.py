"""``tokcheck validate``: check a pasted token. A fast command: argparse, no typer."""

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any, NamedTuple

from tokcheck.cli.commands.validate.command_line import build_parser


class _Source(NamedTuple):
    """Where a paste is read from: words, an environment variable or a file."""

    words: list[str]
    variable: str | None
    path: str | None


def main(argv: Sequence[str]) -> int:
    """Run the command and return its exit code: that of the report, or the worst of all lines."""
    from datetime import UTC, datetime
    from time import monotonic, sleep

    from tokcheck.accounts.explanation import explain_message
    from tokcheck.checks.checker import Checker
    from tokcheck.checks.requirements import Requirements
    from tokcheck.cli.shared import output
    from tokcheck.core.errors import UsageError
    from tokcheck.core.humanize import parse_duration, read_in_range
    from tokcheck.declarations.provider_choice import choose_providers, has_listed_scopes
    from tokcheck.providers import REGISTRY
    from tokcheck.transport.endpoints import resolve_endpoints

    options = build_parser().parse_paste(argv)
    detail = _detail(quiet=options.quiet, verbose=options.verbose)
    _only_one(options.paste, options.env, options.file, options.account)
    source = _Source(options.paste, options.env, options.file)
    if source.path == "-":
        source = _Source(["-"], None, None)
    if options.account is not None and options.provider:
        raise UsageError("--account cannot be combined with --provider.", "Leave out --provider.")
    seconds = read_in_range("--timeout", options.timeout, "0.001s", "1h", parse_duration)
    endpoints = resolve_endpoints(REGISTRY, os.environ, options.api_url)
    requirements = Requirements(
        _required_scopes(options.require_scope),
        None if options.min_ttl is None else parse_duration(options.min_ttl),
    )
    known, wanted, more = choose_providers(
        options.provider, options.providers, os.environ, api_url=options.api_url
    )
    if options.account is None and has_listed_scopes(wanted, options.providers, os.environ):
        _reject_unknown_scope(requirements.scopes, wanted)
    stored = None
    if options.account is not None:
        from tokcheck.cli.commands.validate.stored_account import check_account, read_account

        ttl = None if options.offline else requirements.min_ttl or 0
        stored = read_account(options.account, ttl, os.environ)
        known, wanted, more = choose_providers(
            stored.provider, options.providers, os.environ, api_url=options.api_url
        )
        _reject_unknown_scope(requirements.scopes, wanted)
    if options.offline:
        manager: Any = nullcontext()
    elif stored is None and not options.lines:
        from tokcheck.transport.lazy_clients import LazyNet

        manager = LazyNet(endpoints, seconds)  # the paste may hold nothing to be sent
    else:
        from tokcheck.transport import Net

        manager = Net(endpoints, timeout=seconds, pause=sleep)
    as_json = options.json or options.lines
    with manager as net:
        offline_checker = Checker(
            known,
            now=lambda: datetime.now(UTC),
            timer=monotonic,
            wanted=wanted,
            requirements=requirements,
            explain=explain_message,
            more=more,
        )
        checker = offline_checker.online(net.send) if net else offline_checker
        if stored is not None:
            report = check_account(stored, checker, offline_checker, as_json=as_json)
            return output.print_report(
                report, as_json=as_json, detail=detail, indent=None if options.lines else 2
            )
        if options.lines:
            return _check_lines(checker, source, offline=options.offline)
        report = _check_paste(checker, source)
        return output.print_report(
            report, as_json=as_json, detail=detail, providers=checker.providers
        )


def _detail(*, quiet: bool, verbose: bool) -> Any:  # noqa: ANN401 - its type is slow to load
    from tokcheck.checks.render_text import Detail
    from tokcheck.core.errors import UsageError

    if quiet and verbose:
        raise UsageError("--quiet cannot be combined with --verbose.", "Leave out one of them.")
    return Detail.QUIET if quiet else Detail.VERBOSE if verbose else Detail.USUAL


def _required_scopes(written: list[str]) -> tuple[str, ...]:
    if not written:
        return ()
    from tokcheck.checks.scopes.required_scopes import split_scopes
    from tokcheck.core.errors import UsageError

    if not all(split_scopes([one]) for one in written):
        raise UsageError(
            "--require-scope is empty: it names no scope.",
            "Pass the name of a scope, or leave out --require-scope.",
        )
    return split_scopes(written)


def _reject_unknown_scope(names: tuple[str, ...], wanted: str | None) -> None:
    if not names:
        return
    from tokcheck.checks.scopes.required_scopes import find_unknown_scope
    from tokcheck.providers import REGISTRY

    if wanted is not None and wanted not in REGISTRY:
        return  # a declaration need not list its scopes
    unknown = find_unknown_scope(names, REGISTRY, wanted)
    if unknown is not None:
        raise unknown.error()


def _only_one(words: list[str], *others: str | None) -> None:
    from tokcheck.core.errors import UsageError

    if bool(words) + sum(other is not None for other in others) > 1:
        raise UsageError(
            "More than one paste was given.",
            "Pass only one of: words, --env, --file, --account.",
        )


def _check_lines(
    checker: Any,  # noqa: ANN401 - its type is slow to load
    source: _Source,
    *,
    offline: bool,
) -> int:
    """Print the report on each line; several processes share a large file without requests."""
    from tokcheck.cli.commands.validate import lines
    from tokcheck.cli.shared.paste_input import describe_source
    from tokcheck.cli.shared.system.cores import usable_cores

    each = lines.note_empty_lines(lines.read_lines(*source), describe_source(*source))
    processes = usable_cores() if offline and lines.is_faster_in_processes(*source) else 1
    if processes > 1:
        from tokcheck.cli.commands.validate.line_processes import check_in_processes

        return lines.print_lines(check_in_processes(checker, each, processes))
    return lines.print_lines(lines.check_batches(checker, each, at_once=1 if offline else 4))


def _check_paste(
    checker: Any,  # noqa: ANN401 - its type is slow to load
    source: _Source,
) -> Any:  # noqa: ANN401 - the same
    """Return the report on a paste; it lists undone compressions before the rest."""
    unpacked: list[str] = []
    text = _read_paste(source, unpacked.append)
    report = checker.check(text)
    report = report._replace(cleaned=(*unpacked, *report.cleaned))
    if report.credential is None:
        report = _name_empty_source(report, text, source)
    return _name_path(report, source.words)


def _name_empty_source(
    report: Any,  # noqa: ANN401 - its type is slow to load
    text: str,
    source: _Source,
) -> Any:  # noqa: ANN401 - the same
    """Return the report on a paste, if it is empty with the name of where it came from."""
    from tokcheck.checks.verdict import conclude_nothing_pasted
    from tokcheck.checks.without_token import conclude_empty, is_empty
    from tokcheck.cli.shared.paste_input import describe_source, is_typed

    if not is_empty(text):
        return report
    if is_typed(*source):
        empty = conclude_nothing_pasted()
    else:
        empty = conclude_empty(describe_source(*source), text)
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


def _read_paste(source: _Source, note: Callable[[str], object]) -> str:
    from tokcheck.cli.shared import paste_input

    words, variable, path = source
    if variable is not None:
        from tokcheck.paste.variable import read_variable

        return read_variable(variable, os.environ)
    if path is not None:
        return paste_input.from_file(path, note=note)
    paste_input.note_history(words, "`tokcheck validate -` reads it from a pipe", sys.stderr)
    return paste_input.from_words(words, sys.stdin, sys.stderr, note)
