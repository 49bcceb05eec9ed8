"""Where the result of a scan goes: each ``--format`` to standard output or to a file of its own."""

import os
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from tokcheck.core.errors import ExitCode, TokcheckError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tokcheck.cli.commands.scan.baselines import Written
    from tokcheck.scan.finding import ScanResult

_DEFAULT = "text"
_EXAMPLE = "Example: --format text --format sarif --output scan.sarif"


class Output(NamedTuple):
    """A format, and the file that it is written to; ``None`` for standard output."""

    format: str
    file: str | None = None


class OutputError(TokcheckError):
    """The result of a scan could not be written."""

    exit_code = ExitCode.COULD_NOT_TELL


def pair_outputs(options: Iterable[tuple[str, str]]) -> tuple[Output, ...]:
    """Return the outputs of the options in their order: a file belongs to the format before it.

    With one format, the file may stand before it.

    :raises UsageError: if two formats go to one place, or a file has no format.
    """
    outputs: list[Output] = []
    waiting: str | None = None
    for option, value in options:
        if option == "format":
            outputs.append(Output(value, waiting))
            waiting = None
        elif outputs and outputs[-1].file is None:
            outputs[-1] = outputs[-1]._replace(file=value)
        elif outputs or waiting is not None:
            raise UsageError("An --output has no --format of its own.", _EXAMPLE)
        else:
            waiting = value
    if waiting is not None or not outputs:
        outputs.append(Output(_DEFAULT, waiting))
    outputs = [out._replace(file=None) if out.file == "-" else out for out in outputs]
    places = [out.file and os.path.realpath(out.file) for out in outputs]
    if len(set(places)) < len(places):
        where = "standard output" if places.count(None) > 1 else "the same file"
        raise UsageError(f"Two formats cannot both go to {where}.", _EXAMPLE)
    return tuple(outputs)


def check_folders(outputs: Sequence[Output]) -> None:
    """Check that the folders of the files exist, before a long scan.

    :raises UsageError: if one is missing, or a file is a folder.
    """
    for output in outputs:
        if output.file is None:
            continue
        if not output.file or os.path.isdir(output.file):  # noqa: PTH112 - pathlib is slow to load
            raise UsageError(f"--output {_safe_path(output.file)!r} is not a file.", _EXAMPLE)
        folder = os.path.dirname(output.file) or "."  # noqa: PTH120 - the same
        if not os.path.isdir(folder):  # noqa: PTH112 - the same
            raise UsageError(
                f"The folder of --output {_safe_path(output.file)} does not exist.",
                "Create it first.",
            )


def write_outputs(
    outputs: Sequence[Output], scanned: "ScanResult", environment: "Mapping[str, str]"
) -> None:
    """Write a result in each format, and the page of a workflow's run if GitHub wants one.

    :raises OutputError: if a file cannot be written.
    """
    for output in outputs:
        text = _render(output.format, scanned)
        if output.file is None:
            sys.stdout.write(text)
            sys.stdout.flush()  # what follows on stderr stays behind it where both are one
        else:
            _write_file(output.file, text)
    page = environment.get("GITHUB_STEP_SUMMARY")
    if page and any(output.format == "github" for output in outputs):
        from tokcheck.scan.formats.github import render_step_summary

        _append(page, render_step_summary(scanned))


def write_summary(scanned: "ScanResult", written: "Written | None" = None) -> None:
    """Write the summary of findings and baseline updates on standard error."""
    from tokcheck.scan.finding import format_count

    notes = sum(finding.is_note for finding in scanned.findings)
    found = len(scanned.findings) - notes
    findings = format_count(found, "finding") if found else "no findings"
    if notes:
        findings += f" and {format_count(notes, 'note')}"
    if written is not None and scanned.findings:  # not the rule
        findings = f"{findings} in no baseline,"
    if written is not None and written.findings:
        findings = "; ".join([written.findings, *([findings] if scanned.findings else [])])
    empty = written.empty if written is not None else ()
    lists = ""
    if empty:
        from tokcheck.core.humanize import list_names

        lists = f"; {list_names(empty)} {'list' if len(empty) > 1 else 'lists'} none"
    sys.stderr.write(f"{findings} in {format_count(scanned.files, 'file')}{lists}\n")


def _render(name: str, scanned: "ScanResult") -> str:
    if name == _DEFAULT and not scanned.findings and not scanned.errors:
        return ""  # as for most commits
    from tokcheck.scan.formats import render

    return render(name, scanned)


def _write_file(path: str, text: str) -> None:
    import errno

    from tokcheck.storage.output_target import write_output

    try:
        write_output(path, text.encode("utf-8", "backslashreplace"))
    except OSError as error:
        message = f"{_safe_path(path)} cannot be written: {error.strerror}."
        if error.errno in {errno.ENXIO, errno.EINVAL}:
            raise UsageError(message, "Start its reader first, or name a file.") from None
        raise OutputError(
            message,
            "Check that its folder is writable and not full, or name another file.",
        ) from None


def _append(path: str, text: str) -> None:
    """Append to the page of a workflow's run, which other steps may have begun."""
    from tokcheck.storage.output_target import open_output

    try:
        descriptor = open_output(path, os.O_APPEND | os.O_CREAT)
        with open(descriptor, "a", encoding="utf-8", errors="backslashreplace") as file:  # noqa: PTH123
            file.write(text)
    except OSError as error:
        sys.stderr.write(f"note: GITHUB_STEP_SUMMARY cannot be written: {error.strerror}\n")


def _safe_path(path: str) -> str:
    from tokcheck.core.escape import printable
    from tokcheck.scan.safe_text import redact_tokens

    return printable(redact_tokens(path))
