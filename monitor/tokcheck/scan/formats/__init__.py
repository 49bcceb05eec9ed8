"""The result of a scan in the formats that people and programs read."""

from tokcheck.core.errors import UsageError
from tokcheck.scan.finding import ScanResult

NAMES = ("text", "json", "sarif", "github", "gitlab", "junit")


def render(name: str, scanned: ScanResult) -> str:
    """Return a scan's result in one of :data:`NAMES`; it ends in a line break unless it is empty.

    None of them has a raw token, not even in a file's name or in an error message. Only the module
    of the format is imported.

    :raises UsageError: if there is no such format.
    """
    if name == "text":
        from tokcheck.scan.formats.text import render as render_format
    elif name == "json":
        from tokcheck.scan.formats.json import render as render_format
    elif name == "sarif":
        from tokcheck.scan.formats.sarif import render as render_format
    elif name == "github":
        from tokcheck.scan.formats.github import render as render_format
    elif name == "gitlab":
        from tokcheck.scan.formats.gitlab import render as render_format
    elif name == "junit":
        from tokcheck.scan.formats.junit import render as render_format
    else:
        raise UsageError(f"There is no format {name!r}.", f"Known formats: {', '.join(NAMES)}.")
    return render_format(scanned)
