"""The scopes around a place in a text: brackets, the line, a request, an indented block, a section.

What stands in the same call, command or object as a token says more of it than what stands beside.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tokcheck.core.lazy import LazyRegex
from tokcheck.paste.context.owners.hosts import COMMAND, Host

# So far from a place, in characters, scopes begin and end.
REACH = 2_000
_BRACKETS = LazyRegex(r"[()\[\]{}]")
_OPENING = {")": "(", "]": "[", "}": "{"}
_KEY = LazyRegex(r"([A-Za-z_][\w.-]{0,60})[\"']?\s{0,4}(?:=>|:=|[:=])\s{0,4}[@&*]?\Z")
_CONTINUED = LazyRegex(r"[\\^`]\s*\Z")
_BLOCK_KEY = LazyRegex(r"[ \t]*(?:- )?[ \t]*[\"']?([\w.-]{1,80})[\"']?[ \t]*:[ \t]*\Z")
_SECTION = LazyRegex(r"(?m)^[ \t]{0,8}\[{1,2}[\"']?([\w. :\"-]{1,80})\]{1,2}[ \t]*\r?$")
# A line that begins another section, or that is no entry, comment or rest of a value.
_NO_ENTRY = LazyRegex(
    r"(?m)^(?=[ \t]{0,8}\S)(?![ \t]{0,8}(?:[#;\"'\]{}),]|[\w.\"'-]{1,80}[ \t]{0,8}[=:]|\[[^\]]*$))"
)
_REQUEST = LazyRegex(
    r"(?m)^[ \t>*]{0,8}(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)[ \t]+[^\s\"')]{1,500}"
    r"(?:[ \t]+HTTP/[0-9.]{1,3})?[ \t]*\r?$"
)
_SEPARATOR = LazyRegex(r"(?m)^###")
_FIELD = LazyRegex(r"(?i)(?:\A|\n)[ \t>*]{0,8}(?:host|:authority)[ \t]{0,4}:[ \t]{0,4}\Z")
_CALL = LazyRegex(
    r"(?i)(?:get|post|put|patch|delete|head|request|fetch|axios|ajax|open|setopt|query|connect)\s?\Z"
)
_ADDRESS_KEYS = frozenset({"url", "uri"})
_GROUP_KEY = LazyRegex(r"[\w.-]{1,80}[\"']?\s{0,4}(?:=>|:=|[:=])\s{0,4}[@&*]?[{\[]")


class TextScope(NamedTuple):
    """A part of a text, and the name that it has: a key, or that of a section."""

    start: int
    end: int
    name: str = ""
    is_wide: bool = False
    """Whether it has many statements: it is a block, a section or a request."""
    is_request: bool = False


def scopes_around(text: str, start: int, end: int) -> list[TextScope]:
    """Return the scopes in which ``text[start:end]`` stands, the innermost first."""
    line = line_around(text, start, end)
    found = [line, *_brackets(text, start, end), *_blocks(text, line)]
    found += [*_request(text, start), *_section(text, start)]
    return sorted(found, key=lambda scope: scope.end - scope.start)


def line_around(text: str, start: int, end: int) -> TextScope:
    """Return the line in which something stands, with the lines that it continues."""
    lowest, highest = max(0, start - REACH), min(len(text), end + REACH)
    first = start
    while (at := text.rfind("\n", lowest, first)) >= 0:
        if not _CONTINUED.search(text[max(lowest, at - 8) : at]):
            break
        first = at
    first = at + 1 if at >= 0 else lowest
    last = end
    while (at := text.find("\n", last, highest)) >= 0:
        if not _CONTINUED.search(text[max(end, at - 8) : at]):
            break
        last = at + 1
    return TextScope(first, at if at >= 0 else highest)


def _brackets(text: str, start: int, end: int) -> Iterator[TextScope]:
    """Yield what the brackets around a place enclose."""
    lowest, highest = max(0, start - REACH), min(len(text), end + REACH)
    depth = dict.fromkeys("([{", 0)
    openings: list[int] = []
    for match in reversed([*_BRACKETS.compiled.finditer(text, lowest, start)]):
        sign = match.group()
        if sign in _OPENING:
            depth[_OPENING[sign]] += 1
        elif depth[sign]:
            depth[sign] -= 1
        else:
            openings.append(match.start())
    depth = dict.fromkeys("([{", 0)
    closings: dict[str, list[int]] = {sign: [] for sign in "([{"}
    for match in _BRACKETS.compiled.finditer(text, end, highest):
        sign = match.group()
        if sign not in _OPENING:
            depth[sign] += 1
        elif depth[_OPENING[sign]]:
            depth[_OPENING[sign]] -= 1
        else:
            closings[_OPENING[sign]].append(match.start())
    for at in openings:
        ends = closings[text[at]]
        last = ends.pop(0) if ends else highest
        key = _KEY.search(text[max(0, at - 80) : at])
        yield TextScope(at, last, key[1] if key and text[at] != "(" else "")


def _blocks(text: str, line: TextScope) -> Iterator[TextScope]:
    """Yield the indented blocks around a line, with the keys above them, as YAML has them."""
    lowest, highest = max(0, line.start - REACH), min(len(text), line.end + REACH)
    indent = _indent(text[line.start : line.end])
    last = line.start
    while indent > 0 and last > lowest:
        first = text.rfind("\n", lowest, last - 1) + 1 or lowest
        above = text[first : last - 1].rstrip("\r")
        last = first
        if not above.strip() or _indent(above) >= indent:
            continue
        indent = _indent(above)
        key = _BLOCK_KEY.match(above)
        if key is not None:
            yield TextScope(
                first, _end_of_block(text, line.end, highest, indent), key[1], is_wide=True
            )


def _end_of_block(text: str, at: int, highest: int, indent: int) -> int:
    while at < highest:
        following = text.find("\n", at + 1, highest)
        following = following if following >= 0 else highest
        line = text[at + 1 : following]
        if line.strip() and _indent(line) <= indent:
            return at
        at = following
    return highest


def _indent(line: str) -> int:
    """Return the indentation of a line; a dash of a list is a part of it."""
    bare = line.lstrip(" \t")
    while bare.startswith("- "):
        bare = bare[2:].lstrip(" ")
    return len(line) - len(bare)


def _request(text: str, start: int) -> Iterator[TextScope]:
    """Yield the HTTP request in which a place stands, as files of requests and logs have it."""
    lowest, highest = max(0, start - REACH), min(len(text), start + REACH)
    first = max(
        (match.start() for match in _REQUEST.compiled.finditer(text, lowest, start)), default=-1
    )
    if first >= 0 and _SEPARATOR.search(text, first, start) is None:
        ends = (each.search(text, start, highest) for each in (_REQUEST, _SEPARATOR))
        yield TextScope(
            first,
            min((match.start() for match in ends if match), default=highest),
            "",
            is_wide=True,
            is_request=True,
        )


def _section(text: str, start: int) -> Iterator[TextScope]:
    """Yield the section in which a place stands, as TOML and INI files have them."""
    lowest, highest = max(0, start - REACH), min(len(text), start + REACH)
    above = [*_SECTION.compiled.finditer(text, lowest, start)]
    if above:
        below = _NO_ENTRY.search(text, start, highest)
        end = below.start() if below else highest
        yield TextScope(above[-1].start(), end, above[-1][1], is_wide=True)


def hosts_of_request(text: str, hosts: Sequence[Host]) -> list[Host]:
    """Return those hosts of an HTTP request to which it goes: in its first line, or in a field."""
    end = text.find("\n") if "\n" in text else len(text)
    first = [host for host in hosts if host.start < end]
    return first or [host for host in hosts if _FIELD.search(text[: host.start])][:1]


def sends(text: str, scope: TextScope) -> bool:
    """Return whether a scope is a request: one of HTTP, a command or a call that sends one."""
    if scope.is_request:
        return True
    if text[scope.start : scope.start + 1] == "(":
        return _CALL.search(text[max(0, scope.start - 20) : scope.start]) is not None
    return not scope.is_wide and COMMAND.search(text, scope.start, scope.end) is not None


def is_destination(text: str, scope: TextScope, host: Host, place: int) -> bool:
    """Return whether a host in a request is none of the data that it sends with a place."""
    at = scope.start + host.start
    if is_beside(text, at, place):
        return False
    if host.variable.lower() in _ADDRESS_KEYS:
        return True
    braces = (each for each in _brackets(text, at, at) if text[each.start] == "{")
    return not any(each.start > scope.start for each in braces)


def is_beside(text: str, at: int, place: int) -> bool:
    """Return whether a name at ``at`` is about an object, a block or a section without a place."""
    low, high = min(at, place), max(at, place)
    if _SECTION.search(text, low, high) or _SEPARATOR.search(text, low, high):
        return True
    braces = (each for each in _brackets(text, at, at) if text[each.start] == "{")
    around = [*braces, *_blocks(text, line_around(text, at, at))]
    if any(not scope.start <= place < scope.end for scope in around):
        return True
    return not _belongs_to_value(text, at, place)


def _belongs_to_value(text: str, at: int, place: int) -> bool:
    """Return whether a place is in the value of the object's key at ``at``, if one is there."""
    key = _GROUP_KEY.match(text, at)
    if key is not None:
        value = next(_brackets(text, key.end(), key.end()))
        return value.start <= place < value.end
    line = line_around(text, at, at)
    written = text[line.start : line.end].rstrip("\r")
    if _BLOCK_KEY.match(written) is None:
        return True
    end = _end_of_block(text, line.end, min(len(text), line.end + REACH), _indent(written))
    is_empty = not text[line.end : end].strip()
    return is_empty or line.start <= place < end
