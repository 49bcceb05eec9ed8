"""The result of a scan in the formats that people and programs read."""

from tokcheck.core.errors import UsageError
from tokcheck.scan.finding import Scanned

NAMES = ("text", "json", "sarif", "github")


def render(name: str, scanned: Scanned) -> str:
    """Write a scan's result in one of :data:`NAMES`; it ends in a line break unless it is empty.

    No raw token is in any of them, be it in a file's name or in an error's message. Raises
    :class:`~tokcheck.errors.UsageError` for another name. Only the format asked for is imported.
    """
    if name == "text":
        from tokcheck.scan.formats.text import render as written
    elif name == "json":
        from tokcheck.scan.formats.json import render as written
    elif name == "sarif":
        from tokcheck.scan.formats.sarif import render as written
    elif name == "github":
        from tokcheck.scan.formats.github import render as written
    else:
        raise UsageError(f"There is no format {name!r}.", f"One of: {', '.join(NAMES)}.")
    return written(scanned)
