"""Patterns of paths as ``.gitignore`` has them: https://git-scm.com/docs/gitignore."""

from typing import TYPE_CHECKING, NamedTuple

from tokcheck.core.errors import UsageError

if TYPE_CHECKING:
    import re


class _Rule(NamedTuple):
    again: bool
    folder: bool
    pattern: "re.Pattern[str]"


class Globs:
    """Patterns, of which the last that fits a path decides.

    ``*``, ``?`` and ``[a-z]`` stay within one name; ``**`` crosses folders. A pattern with a
    slash at its beginning or inside is counted from the root, any other fits at any depth; one
    that ends in a slash fits folders alone. ``!`` in front takes a path back in, but nothing
    below a folder that is out. A backslash makes the next character stand for itself.
    """

    def __init__(self, patterns: tuple[str, ...] = ()) -> None:
        self.patterns = patterns
        self._rules: list[_Rule] | None = None
        self._folders: dict[str, bool] = {"": False}

    def match(self, path: str) -> bool:
        """Tell whether a file is out: ``path`` is counted from the root, with ``/`` between.

        Raises :class:`~tokcheck.errors.UsageError` for a pattern that means nothing.
        """
        if not self.patterns:
            return False
        return self._below_one(path) or self._fits(path, folder=False)

    def _below_one(self, path: str) -> bool:
        folder = path.rpartition("/")[0]
        known = self._folders.get(folder)
        if known is None:
            known = self._below_one(folder) or self._fits(folder, folder=True)
            self._folders[folder] = known
        return known

    def _fits(self, path: str, *, folder: bool) -> bool:
        if self._rules is None:
            self._rules = [_rule(pattern) for pattern in self.patterns]
        for rule in reversed(self._rules):
            if (folder or not rule.folder) and rule.pattern.fullmatch(path):
                return not rule.again
        return False


def _rule(glob: str) -> _Rule:
    import re  # most repositories have no patterns

    text = glob
    again = text.startswith("!")
    text = text[again:]
    folder = text.endswith("/")
    text = text.removesuffix("/")
    rooted = "/" in text
    text = text.removeprefix("/")
    if not text:
        raise UsageError(f"The pattern {glob!r} names nothing.", "Name a file or a folder.")
    try:
        written = _translated(text)
        pattern = re.compile(written if rooted else f"(?:.*/)?{written}", re.DOTALL)
    except re.error as error:
        hint = "Patterns are written as in a .gitignore file."
        raise UsageError(f"The pattern {glob!r} means nothing: {error}.", hint) from None
    return _Rule(again, folder, pattern)


def _translated(glob: str) -> str:
    """Write a pattern as a regular expression."""
    import re

    written = ""
    at = 0
    while at < len(glob):
        rest = glob[at:]
        stars = len(rest) - len(rest.lstrip("*"))
        # Two stars or more that stand between slashes are folders, any others one name.
        folders = stars > 1 and (at == 0 or glob[at - 1] == "/")
        if folders and rest[stars : stars + 1] == "/":
            written, at = written + "(?:.*/)?", at + stars + 1
        elif folders and stars == len(rest):
            written, at = written + ".+", at + stars
        elif stars:
            written, at = written + "[^/]*", at + stars
        elif rest[0] == "?":
            written, at = written + "[^/]", at + 1
        elif rest[0] == "[":
            end = _class_end(rest)
            if end < 0:
                raise re.error("a bracket is not closed")
            turned = rest[1] in "!^"
            written += f"(?!/)[{'^' * turned}{_class_items(rest[1 + turned : end])}]"
            at += end + 1
        else:
            escaped = rest[0] == "\\" and len(rest) > 1
            written, at = written + re.escape(rest[escaped]), at + 1 + escaped
    return written


def _class_items(names: str) -> str:
    """Write the characters and ranges of a bracket as a regular expression has them."""
    import re

    written = ""
    while names:
        last = 3 if names[1:2] == "-" and len(names) > 2 else 1  # noqa: PLR2004 - as in a-z
        written += "-".join(map(re.escape, names[:last:2]))
        names = names[last:]
    return written


def _class_end(rest: str) -> int:
    """Return where the bracket closes that a text begins with; -1 if it does not."""
    return rest.find("]", 3 if rest[1:2] in {"!", "^"} else 2)
