"""Patterns of paths as ``.gitignore`` has them: https://git-scm.com/docs/gitignore."""

from typing import TYPE_CHECKING, NamedTuple

from tokcheck.core.errors import UsageError

if TYPE_CHECKING:
    import re


class _Rule(NamedTuple):
    negated: bool
    folders_only: bool
    pattern: "re.Pattern[str]"


class Globs:
    """Patterns of paths, of which the last matching one decides.

    ``*``, ``?`` and ``[a-z]`` match within one name; ``**`` crosses folders. A pattern with a
    slash at its beginning or inside is relative to the root, any other matches at any depth; one
    that ends in a slash matches only folders. ``!`` in front includes a path again, but nothing
    below an excluded folder. A backslash escapes the next character.
    """

    def __init__(self, patterns: tuple[str, ...] = ()) -> None:
        self.patterns = patterns
        self._rules: list[_Rule] | None = None
        self._folders: dict[str, bool] = {"": False}

    def match(self, path: str) -> bool:
        """Return whether a file is excluded; ``path`` is relative to the root, with ``/``.

        :raises UsageError: if a pattern is not valid.
        """
        if not self.patterns:
            return False
        return self._in_excluded_folder(path) or self._matches(path, folder=False)

    def _in_excluded_folder(self, path: str) -> bool:
        folder = path.rpartition("/")[0]
        known = self._folders.get(folder)
        if known is None:
            known = self._in_excluded_folder(folder) or self._matches(folder, folder=True)
            self._folders[folder] = known
        return known

    def _matches(self, path: str, *, folder: bool) -> bool:
        if self._rules is None:
            self._rules = [_parse_rule(pattern) for pattern in self.patterns]
        for rule in reversed(self._rules):
            if (folder or not rule.folders_only) and rule.pattern.fullmatch(path):
                return not rule.negated
        return False


def _parse_rule(glob: str) -> _Rule:
    import re  # most repositories have no patterns

    text = glob
    negated = text.startswith("!")
    text = text[negated:]
    folders_only = text.endswith("/")
    text = text.removesuffix("/")
    rooted = "/" in text
    text = text.removeprefix("/")
    if not text:
        raise UsageError(f"The pattern {glob!r} matches nothing.", "Name a file or a folder.")
    try:
        regex = _to_regex(text)
        pattern = re.compile(regex if rooted else f"(?:.*/)?{regex}", re.DOTALL)
    except re.error as error:
        hint = "Write patterns as in a .gitignore file."
        raise UsageError(f"The pattern {glob!r} is not valid: {error}.", hint) from None
    return _Rule(negated, folders_only, pattern)


def _to_regex(glob: str) -> str:
    """Return a pattern as a regular expression."""
    import re

    written = ""
    at = 0
    while at < len(glob):
        rest = glob[at:]
        stars = len(rest) - len(rest.lstrip("*"))
        # Two or more stars between slashes match folders, all others match within one name.
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
    """Return the characters and ranges of a bracket in the syntax of a regular expression."""
    import re

    written = ""
    while names:
        last = 3 if names[1:2] == "-" and len(names) > 2 else 1  # noqa: PLR2004 - as in a-z
        written += "-".join(map(re.escape, names[:last:2]))
        names = names[last:]
    return written


def _class_end(rest: str) -> int:
    """Return the end of the bracket at the start of a text; -1 if it is not closed."""
    return rest.find("]", 3 if rest[1:2] in {"!", "^"} else 2)
