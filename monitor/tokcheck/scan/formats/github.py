"""A scan's result as GitHub's workflow commands, which become annotations of a change.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from tokcheck.core.escape import printable, without_commands
from tokcheck.scan.finding import ScanResult
from tokcheck.scan.formats.wording import description, headline, messages, names


def render(scanned: ScanResult) -> str:
    """Return one command a line: errors, and warnings for expired credentials."""
    shown = names(scanned)
    lines = [
        _command(
            "warning" if finding.expired else "error",
            {
                "file": shown[finding.path],
                "line": str(finding.line),
                "col": str(finding.column),
                "title": f"tokcheck: {headline(finding)}",
            },
            description(finding, shown),
        )
        for finding in scanned.findings
    ]
    lines += [
        _command(
            "error",
            {"file": shown[path], "title": "tokcheck: could not be read"},
            message,
        )
        for path, message in messages(scanned)
    ]
    return "".join(lines)


def _command(level: str, properties: dict[str, str], message: str) -> str:
    # An annotation is shown only if the path is written as in the repository.
    properties = properties | {"file": properties["file"].removeprefix("./")}
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
