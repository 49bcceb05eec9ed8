"""A scan's result as GitHub's workflow commands, which become annotations of a change.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from collections.abc import Mapping

from tokcheck.core.escape import printable, without_commands
from tokcheck.scan.finding import Finding, ScanResult, format_count
from tokcheck.scan.formats.wording import (
    description,
    headline,
    location,
    messages,
    names,
    summary,
    worst_first,
)

_LEVELS = {"error": "error", "warning": "warning", "note": "notice"}
# A page has room for 1 MiB.
_MOST_ROWS = 500
_MARKDOWN = "\\`*_{}[]()#+-!|~"


def render(scanned: ScanResult) -> str:
    """Return one command a line: errors, then warnings, then notices, and a summary.

    A runner shows the first ten annotations of each level.
    """
    shown = names(scanned)
    lines = [_finding(finding, shown) for finding in worst_first(scanned.findings)]
    lines += [
        _command(
            "error",
            {"file": shown[path], "title": "tokcheck: could not be read"},
            message,
        )
        for path, message in messages(scanned)
    ]
    if scanned.findings:
        lines.append(_command("notice", {"title": "tokcheck"}, f"{summary(scanned)}."))
    return "".join(lines)


def render_step_summary(scanned: ScanResult) -> str:
    """Return the result in Markdown, for the page of a workflow's run.

    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#adding-a-job-summary
    """
    shown = names(scanned)
    if scanned.findings:
        headline = summary(scanned)
    else:
        headline = f"No findings, {format_count(scanned.files, 'file')} scanned"
    lines = ["### tokcheck scan", "", f"{headline}."]
    rows: list[tuple[str, str, str]] = [
        (finding.level, f"{shown[finding.path]}:{finding.line}", description(finding, shown))
        for finding in worst_first(scanned.findings)
    ]
    rows += [("unread", shown[path], message) for path, message in messages(scanned)]
    if rows:
        lines += ["", "| | place | finding |", "|---|---|---|"]
        lines += [f"| {' | '.join(map(_cell, row))} |" for row in rows[:_MOST_ROWS]]
    if len(rows) > _MOST_ROWS:
        lines += ["", f"{len(rows) - _MOST_ROWS} more are in the log."]
    return "\n".join([*lines, "", ""])


def _cell(text: str) -> str:
    from html import escape

    text = escape(printable(text), quote=False)
    return "".join(f"\\{character}" if character in _MARKDOWN else character for character in text)


def _finding(finding: Finding, shown: Mapping[str, str]) -> str:
    place = location(finding)
    properties = {"file": shown[place.path], "line": str(place.line)}
    if place.is_exact:
        if finding.end_line:
            properties["endLine"] = str(place.end_line)
        properties["col"] = str(place.column)
        # A runner ignores the last column of several lines.
        if place.end_line == place.line and place.end_column > place.column:
            properties["endColumn"] = str(place.end_column)
    properties["title"] = f"tokcheck: {headline(finding)}"
    return _command(_LEVELS[finding.level], properties, description(finding, shown))


def _command(level: str, properties: dict[str, str], message: str) -> str:
    # An annotation is shown only if the path is written as in the repository.
    properties = {name: text.removeprefix("./") for name, text in properties.items()}
    written = ",".join(
        f"{name}={without_commands(_property(value))}" for name, value in properties.items()
    )
    return f"::{level} {written}::{without_commands(_data(message))}\n"


def _data(text: str) -> str:
    # The escapes of the runner, and no others: https://github.com/actions/toolkit/blob/main/
    # packages/core/src/command.ts. The percent sign goes first.
    text = printable(text, keep="\r\n")
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
