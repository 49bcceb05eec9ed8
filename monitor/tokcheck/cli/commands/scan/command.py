"""``tokcheck scan``: find pasted tokens in files. A fast command: argparse, no typer."""

import os
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from tokcheck.cli.commands.scan.finding_details import complete_findings
from tokcheck.cli.commands.scan.hook_options import read_hook_options
from tokcheck.cli.commands.scan.outputs import (
    Output,
    check_folders,
    pair_outputs,
    write_outputs,
    write_summary,
)
from tokcheck.cli.commands.scan.targets import base_folder, copies_for, scope_of, sources_for
from tokcheck.cli.shared.system.cores import usable_cores
from tokcheck.core.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from datetime import date

    from tokcheck.scan.finding import ScanResult
    from tokcheck.scan.ignore.baseline import Baseline
    from tokcheck.scan.runner import Search


def main(argv: Sequence[str]) -> int:
    """Run the command and return its exit code; 1 for findings takes precedence over 3."""
    # As git log has it; argparse takes the second word for an option of its own.
    words = list(argv)
    if "--all" in words and words[words.index("--all") - 1] == "--range":
        words[words.index("--all") - 1 : words.index("--all") + 1] = ["--history"]
    options = read_hook_options(words) or _parse(words)
    outputs = pair_outputs(options.outputs)
    _check(options)
    check_folders(outputs)
    if options.install_hook or options.uninstall_hook:
        from tokcheck.cli.commands.scan.hooks import install, uninstall

        return uninstall() if options.uninstall_hook else install(push=options.pre_push is not None)
    scanned = _scan(options, outputs)
    if not options.exit_zero and not all(finding.is_note for finding in scanned.findings):
        return ExitCode.NOT_USABLE
    return ExitCode.COULD_NOT_TELL if scanned.errors else ExitCode.USABLE


def _parse(words: Sequence[str]) -> Any:  # noqa: ANN401 - argparse's namespace
    from tokcheck.cli.commands.scan.command_line import build_parser
    from tokcheck.cli.shared.system.wildcards import expand_wildcards

    options = build_parser().parse_args(words)
    options.paths = expand_wildcards(options.paths)
    return options


# The options that select other sources than paths.
_WITHOUT_PATHS = (
    "staged", "range", "history", "message", "install_hook", "uninstall_hook", "pre_push",
)  # fmt: skip


def _check(options: Any) -> None:  # noqa: ANN401 - argparse's namespace
    hint = "See tokcheck scan --help."
    given = _options_in_use(options, _WITHOUT_PATHS)
    if options.paths and given:
        raise UsageError(f"{given[0]} takes no paths.", hint)
    if options.validate:
        from tokcheck.cli.commands.scan.validation import NEVER_VALIDATED, check_validation

        check_validation(_options_in_use(options, NEVER_VALIDATED), os.environ)
    if options.pre_push is None or options.install_hook:
        return
    for other in (*given, *_options_in_use(options, ("pre_commit",))):
        if other != "--pre-push":
            raise UsageError(f"--pre-push cannot be combined with {other}.", hint)


def _options_in_use(options: Any, names: Sequence[str]) -> list[str]:  # noqa: ANN401
    """Return those of these options that are given, as the command line has them."""
    return [
        f"--{name.replace('_', '-')}"
        for name in names
        if getattr(options, name) not in {None, False}
    ]


def _scan(options: Any, outputs: tuple[Output, ...]) -> "ScanResult":  # noqa: ANN401
    """Run the scan, print its result and return what counts for the exit code."""
    import time

    from tokcheck.scan.allowlist import Allowlist
    from tokcheck.scan.settings import ProjectSettings

    base = base_folder(options)
    settings = ProjectSettings(
        base,
        os.getcwd(),  # noqa: PTH109 - pathlib is slow to load
        baseline=options.baseline or None,
        exclude=_excluded_patterns(options.exclude),
        ignore_expired=options.ignore_expired,
    )
    updates = options.update_baseline
    file = settings.current.baseline
    if updates and not file:
        raise UsageError("--update-baseline needs a file.", "Name one: --baseline FILE.")
    baselines = {} if file is None else _read_baseline(file, options)
    jobs = usable_cores() if options.jobs is None else _read_jobs(options.jobs)
    # From here on git is at work; the rest is loaded meanwhile.
    copies = copies_for(options)
    sources = sources_for(options, lambda path: not settings.excludes(path), jobs, copies, base)

    from tokcheck.declarations.own_tables import own_tables
    from tokcheck.declarations.set_addresses import providers_at_set_addresses
    from tokcheck.scan.detect.searcher import Searcher
    from tokcheck.scan.runner import ProcessLocalSearch, scan

    tables = tuple(own_tables(options.providers, os.environ).values())
    in_use = providers_at_set_addresses(options.providers, os.environ)
    now = time.time()
    # A new file also holds the findings that are known already.
    today = None if updates else partial(_today, now)
    allow = Allowlist(settings, today, baselines, all_kinds=updates)
    raws: dict[bytes, str] = {}
    if options.validate:
        # A token never leaves the process that found it but to its provider.
        jobs = 1
        search = ProcessLocalSearch(partial(Searcher, now, None, raws.__setitem__, tables, in_use))
    else:
        search = ProcessLocalSearch(partial(Searcher, now, tables=tables, in_use=in_use))
    scanned = scan(sources, _with_hashes(search, outputs), allow.allows, jobs, sieve=search)
    scanned = scanned._replace(started_at=now, ended_at=time.time())
    if updates:
        from tokcheck.cli.commands.scan.baselines import write_baselines

        complete = partial(complete_findings, search=search, copies=copies, environment=os.environ)
        scanned, done = write_baselines(scanned, settings, scope_of(options, base), complete)
        write_outputs((Output("text"),), scanned, {})
        write_summary(scanned, done)
    else:
        judge = None
        if options.validate:
            from tokcheck.cli.commands.scan.validation import validate_findings

            judge = partial(
                validate_findings,
                raws=raws,
                environment=os.environ,
                declarations=options.providers,
            )
        scanned = complete_findings(scanned, settings, search, copies, os.environ, judge)
        write_outputs(outputs, scanned, os.environ)
        write_summary(scanned)
    return scanned


def _excluded_patterns(words: list[str]) -> tuple[str, ...]:
    """Return the patterns of ``--exclude``; nothing is loaded without any."""
    if not words:
        return ()
    from tokcheck.scan.ignore.gitignore import pattern_of_system

    return tuple(map(pattern_of_system, words))


def _read_baseline(file: str, options: Any) -> "dict[str, Baseline]":  # noqa: ANN401
    if options.update_baseline and not os.path.exists(file):  # noqa: PTH110 - slow to load
        return {}
    from tokcheck.scan.ignore.baseline import Baseline

    # A baseline that another program prints cannot be written back.
    descriptors = bool(options.baseline) and not options.update_baseline
    return {file: Baseline.read(file, descriptors=descriptors)}


def _today(now: float) -> "date":
    from datetime import UTC, datetime

    return datetime.fromtimestamp(now, UTC).date()


def _with_hashes(search: "Search", outputs: tuple[Output, ...]) -> "Search":
    if all(output.format != "sarif" for output in outputs):
        return search
    from tokcheck.scan.annotation.line_hash import LineHashingSearch

    return LineHashingSearch(search)


def _read_jobs(text: str) -> int:
    from tokcheck.cli.commands.scan.command_line import MOST_JOBS
    from tokcheck.core.humanize import read_in_range  # few scans name a number

    return read_in_range("--jobs", text, "1", MOST_JOBS, int)
