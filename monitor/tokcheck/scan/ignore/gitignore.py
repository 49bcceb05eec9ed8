"""Patterns of paths as ``.gitignore`` has them: https://git-scm.com/docs/gitignore.

A repository may write its own patterns, so a match must not take long for any of them. A pattern
becomes a regular expression that never goes back: what a ``*`` covers ends at the first place
where the characters behind it fit, and what a ``**`` covers at the first name where those behind
it fit. A later place would leave less for the rest and so fit nothing that the first does not.
Each such search is an atomic group, and the time grows with the product of both lengths at most.
"""

import os
from typing import TYPE_CHECKING, NamedTuple

from tokcheck.core.errors import UsageError

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator

_LONGEST_PATTERN = 4_096
_MOST_PATTERNS = 1_000
# No system has longer paths, but an archive may have them. They count as not excluded.
_LONGEST_PATH = 4_096

# One character of a name, as a regular expression, or one of these:
_STARS = "*"
_FOLDERS = "**/"
_ALL_BELOW = "**"
_SLASH = "/"


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
        if not self.patterns or len(path) > _LONGEST_PATH:
            return False
        return self._in_excluded_folder(path) or self._matches(path, folder=False)

    def _in_excluded_folder(self, path: str) -> bool:
        folder = path.rpartition("/")[0]
        unknown: list[str] = []
        while folder not in self._folders:
            unknown.append(folder)
            folder = folder.rpartition("/")[0]
        excluded = self._folders[folder]
        for below in reversed(unknown):
            excluded = excluded or self._matches(below, folder=True)
            self._folders[below] = excluded
        return excluded

    def _matches(self, path: str, *, folder: bool) -> bool:
        if self._rules is None:
            if len(self.patterns) > _MOST_PATTERNS:
                raise UsageError(
                    f"There are more than {_MOST_PATTERNS:,} patterns of excluded paths.",
                    "Exclude folders instead of their files.",
                )
            self._rules = [_parse_rule(pattern) for pattern in self.patterns]
        for rule in reversed(self._rules):
            if (folder or not rule.folders_only) and rule.pattern.fullmatch(path):
                return not rule.negated
        return False


def pattern_of_system(text: str, separator: str = os.sep) -> str:
    """Return a pattern that was typed on this system, with slashes between its names.

    On Windows a backslash is one, except before what only an escape can name at a pattern's start
    or inside: no file is called ``*`` there, but ``[`` and ``!`` are common.
    """
    if separator != "\\" or separator not in text:
        return text
    import re

    return re.sub(r"\\+(?![\[\]!#\\])", "/", text)


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
    if len(text) > _LONGEST_PATTERN:
        raise UsageError(
            f"The pattern {glob[:40]!r}… has more than {_LONGEST_PATTERN:,} characters.",
            "Write several patterns.",
        )
    try:
        tokens = [*([] if rooted else [_FOLDERS]), *_tokens(text)]
        pattern = re.compile(_to_regex(tokens), re.DOTALL)
    except re.error as error:
        hint = "Write patterns as in a .gitignore file."
        raise UsageError(f"The pattern {glob[:40]!r} is not valid: {error}.", hint) from None
    return _Rule(negated, folders_only, pattern)


def _tokens(glob: str) -> "Iterator[str]":
    """Yield the parts of a pattern: characters, stars and slashes."""
    import re

    at = 0
    while at < len(glob):
        letter = glob[at]
        if letter == "*":
            end = at
            while glob[end : end + 1] == "*":
                end += 1
            # Two or more stars between slashes match folders, all others match within one name.
            folders = end - at > 1 and (at == 0 or glob[at - 1] == "/")
            if folders and glob[end : end + 1] == "/":
                yield _FOLDERS
                end += 1
            else:
                yield _ALL_BELOW if folders and end == len(glob) else _STARS
            at = end
        elif letter == "?":
            yield "[^/]"
            at += 1
        elif letter == "[":
            end = _class_end(glob, at)
            if end < 0:
                raise re.error("a bracket is not closed")
            turned = glob[at + 1] in "!^"
            yield f"(?!/)[{'^' * turned}{_class_items(glob[at + 1 + turned : end])}]"
            at = end + 1
        else:
            escaped = letter == "\\" and at + 1 < len(glob)
            letter = glob[at + escaped]
            yield _SLASH if letter == "/" else re.escape(letter)
            at += 1 + escaped


def _to_regex(tokens: list[str]) -> str:
    """Return the tokens of a pattern as a regular expression without backtracking."""
    groups = _split(tokens, _FOLDERS)
    written = _names_regex(groups[0])
    for number, group in enumerate(groups[1:], 2):
        if number == len(groups):
            written += rf"(?>(?:[^/]*+/)*?{_names_regex(group)}\Z)"
        elif group:  # none lies between "**/" and "**/", which mean the same as one
            written += f"(?>(?:[^/]*+/)*?{_names_regex(group)})"
    return written


def _names_regex(tokens: list[str]) -> str:
    """Return the tokens between two ``**/`` as a regular expression."""
    return _SLASH.join(map(_name_regex, _split(tokens, _SLASH)))


def _name_regex(tokens: list[str]) -> str:
    """Return the tokens of one name as a regular expression that matches it in one way."""
    if tokens == [_ALL_BELOW]:
        return ".++"
    first, *others = ("".join(part) for part in _split(tokens, _STARS))
    if not others:
        return first
    middle = "".join(f"(?>[^/]*?{part})" for part in others[:-1] if part)
    # The last characters stand at the end of the name, wherever else they fit.
    length = len(_split(tokens, _STARS)[-1])
    return f"{first}{middle}[^/]{{{length},}}+" + (f"(?<={others[-1]})" if length else "")


def _split(tokens: list[str], separator: str) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for token in tokens:
        if token == separator:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _class_items(names: str) -> str:
    """Return the characters and ranges of a bracket in the syntax of a regular expression."""
    import re

    written = ""
    while names:
        last = 3 if names[1:2] == "-" and len(names) > 2 else 1  # noqa: PLR2004 - as in a-z
        written += "-".join(map(re.escape, names[:last:2]))
        names = names[last:]
    return written


def _class_end(glob: str, at: int) -> int:
    """Return the end of the bracket that opens at a place; -1 if it is not closed."""
    return glob.find("]", at + (3 if glob[at + 1 : at + 2] in {"!", "^"} else 2))
