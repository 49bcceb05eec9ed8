"""What grep writes in front of the lines of a file: its name and the number of the line."""

from tokcheck.core.lazy import LazyRegex

# A name and a number in front of the lines of a file, as grep writes them.
_FILE = LazyRegex(r"(?=[^\s:]{0,79}[A-Za-z])[^\s:]{1,80}?([:-])[0-9]{1,7}\1")
_GREP = LazyRegex(
    r"(?:(?P<name>[^\s:]{1,80}?)[:-])?(?P<number>[0-9]{1,7})[:-]|(?P<file>[^\s:]{1,79}):"
)


def grep_openings(text: str, before: int, start: int) -> tuple[str, str]:
    """Return what grep writes in front of a line and of the one behind; empty if it does not.

    That is the file's name and the line's number: with colons if it matches, or else with hyphens.
    """
    own = _GREP.match(text, before)
    if own is None:
        return "", ""
    number = f"{int(own['number']) + 1}-" if own["number"] else ""
    name = own["name"] or own["file"]
    name = f"{name}-" if name else ""
    if name + number and text.startswith(name + number, start):
        return own.group(), name + number
    return "", ""


def file_name_at(text: str, start: int, end: int, before: int) -> str:
    """Return what names the file and the number of a line, if the one ``before`` has that file."""
    file = _FILE.match(text, start, end)
    if file is None or not text.startswith(text[start : file.start(1)], before):
        return ""
    return file.group()
