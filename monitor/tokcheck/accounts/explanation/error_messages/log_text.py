"""Take away what logs, terminals and mail put around an error message."""

from html import unescape

from tokcheck.core.lazy import LazyRegex
from tokcheck.paste.invisible import strip_invisible

_COLOURS = LazyRegex(r"\x1b\[[0-9;]{0,12}[A-Za-z]|\x1b\][^\x07\x1b\n]{0,200}(?:\x07|\x1b\\)")
# At the start of a line: a moment (as runners of workflows, Docker and loggers write it), the name
# of a container, the mark of a quotation, of a table or of curl's response headers.
_PREFIX = LazyRegex(
    r"(?m)^[ \t]{0,16}+(?:"
    r"\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.,0-9]{0,12}+(?:Z|[+-]\d\d:?\d\d)?+\]?[ \t]?"
    r"|[\w.-]{1,60}[ \t]{1,20}\|[ \t]"
    r"|[>|│┃][ \t]?"
    r"|<[ \t](?=HTTP/|[A-Za-z-]{2,40}:)|<[ \t]{0,4}$"
    r"|##\[\w{1,20}\]"
    r")"
)
_MOST_PREFIXES = 3


def strip_log(text: str) -> str:
    """Return the text without colours, invisible characters and what opens the lines of logs."""
    text = _COLOURS.compiled.sub("", text) if "\x1b" in text else text
    text = strip_invisible(text).replace("\r\n", "\n")
    if "&quot;" in text or "&#3" in text:
        text = unescape(text)  # as a web page writes quotation marks
    for _ in range(_MOST_PREFIXES):
        shorter = _PREFIX.compiled.sub("", text)
        if shorter == text:
            break
        text = shorter
    return text
