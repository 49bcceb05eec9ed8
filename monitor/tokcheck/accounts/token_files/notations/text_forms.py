"""Read the values that a text holds, in whatever form it is written. Pure.

Each reader yields the values of one form: dictionaries, lists and texts. A form that a text does
not have yields nothing, and no text makes a reader slow or fail.
"""

import json
import shlex
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from tokcheck.accounts.token_files.fields import MOST_FIELDS, group_pairs
from tokcheck.accounts.token_files.notations.form_bodies import read_bodies
from tokcheck.accounts.token_files.notations.python_literal import (
    begins_with_literal,
    find_python_values,
    read_literal,
)
from tokcheck.accounts.token_files.notations.whole_text import WholeText
from tokcheck.core.documents import DocumentError, parse_json, parse_toml
from tokcheck.core.lazy import LazyRegex
from tokcheck.paste.encoding.base64_text import read_base64

# A parser of YAML in Python reads some 100 KB a second.
_LARGEST_YAML = 64 * 1024
_LONGEST_ALIAS = 4_096
_MOST_ALIASES = 64
_MOST_FAILURES = 64
_SECTION = LazyRegex(r"\[\s*([^\[\]]{1,100}?)\s*\]\s*(?:[#;].*)?")
# A line of a settings file, of a shell, of a program, or of what a program prints.
_LINE = LazyRegex(
    r"(?:[-\s]*+(?:export|setx?|declare|ENV|ARG|const|let|var|-x|-e|--env)\b[\s:]*+|\$env:)*+"
    r"""(?:["']?(?P<name>[A-Za-z_][\w.-]{0,60}(?:[ ][A-Za-z]\w{0,30}){0,2})["']?"""
    r"""|\[["']?(?P<key>[A-Za-z_][\w.-]{0,60})["']?\][ \t]*+(?==>))[ \t]*+"""
    r"(?:=>|:=|[=:])[ \t]*+(?P<value>.*)"
)
# A line such as [[accounts]] begins a table of TOML.
_BEGINS_AS_JSON = LazyRegex(
    r"""\s*+(?!\[\[[ \t]*[A-Za-z_][\w. \t-]*\]\][ \t]*(?:\#.*)?(?m:$))"""
    r"""(?:\{|\[\s*+(?:[{\[\]"'\d]|\Z))"""
)
_QUOTED = LazyRegex(r"""(["'])(.*?)\1[ \t]*+[,;]?[ \t]*+(?:(?:\#|//).*)?""")
_COMMENT = LazyRegex(r"[ \t]+[#;].*")
# Several quoted values in one line of a program.
_LONGEST_LINE = 16_384
_ASSIGNMENT = LazyRegex(
    r"""(?<![\w.])([A-Za-z_]\w{0,60})[ \t]?[=:][ \t]?(["'])([^"'\n]{0,4096})\2"""
)
_SEVERAL = LazyRegex(
    r"""["'][ \t]?[;,][ \t]?(?:[a-z]{1,8}[ \t])?[A-Za-z_]\w{0,60}[ \t]?[=:][ \t]?["']"""
)
_BASE64 = LazyRegex(r"[A-Za-z0-9+/]+={0,2}")
_VISIBLE = LazyRegex(r"[\t\n\r -~\u00a0-\U0010ffff]+")
_SHORTEST_DECODED = 20
# A literal of TOML, in which a backslash is a character; in a program, it is not.
_ESCAPED = LazyRegex(r"(?m)=[ \t]*'[^'\n]*\\")
_TABLE = LazyRegex(r"(?m)^[ \t]*\[")
# A name with a value anywhere: in a command, a log, an address, a text within a text.
_FIELD = LazyRegex(
    r"""(?<![\w.])([A-Za-z_][\w.-]{1,60})["'\\]{0,4}[ \t]?(?:=>|[=:]|%3[Dd])[ \t]?["'\\]{0,4}"""
    r"""([^\s"'\\,;&<>{}()\[\]]{1,4096})"""
)


def read_forms(text: str) -> Iterator[tuple[list[Any], bool]]:
    """Yield the values of a text that is not JSON, form by form, the most certain first.

    With each is whether the form says where every value begins and ends.
    """
    yield _toml_values(text), True
    yield list(read_literal(text)), True  # YAML would read Python's escapes as they are
    yield yaml_values(text), False
    yield list(read_bodies(text)), True
    yield _values_of_lines(text), False
    yield list(find_json_values(text)), True
    yield list(find_python_values(text)), True
    yield _labelled_values(text), False


def expand_text(text: str) -> Any:  # noqa: ANN401 - any value
    """Return the value that a text in a field is, such as JSON; ``None`` if it is only a text."""
    text = text.strip()
    if text.startswith(("{", "[")):
        try:
            return parse_json(text)
        except DocumentError:
            return next(find_python_values(text), None)
    if text.startswith('"') and text.endswith('"') and "\\" in text:
        try:
            return parse_json(text)
        except DocumentError:
            return None
    if "&" in text and "=" in text and not text.startswith("eyJ"):
        return next(read_bodies(text), None)
    return None


def decode_values(mapping: Mapping[Any, Any]) -> Mapping[Any, Any]:
    """Return a mapping decoded from Base64, as the data of a Kubernetes secret is written.

    One long value that decodes to a text is enough: by chance, none does.
    """
    decoded = {name: _decode_value(value) for name, value in mapping.items()}
    texts = [text for text in decoded.values() if text is not None]
    if any(len(text) >= _SHORTEST_DECODED and text.isascii() for text in texts):
        return {
            name: value if decoded[name] is None else decoded[name]
            for name, value in mapping.items()
        }
    return mapping


def _decode_value(value: object) -> str | None:
    if not isinstance(value, str):
        return None
    encoded = "".join(value.split())
    if not _BASE64.compiled.fullmatch(encoded) or len(encoded) % 4:
        return None
    try:
        text = read_base64(encoded.encode()).decode().strip()
    except ValueError:
        return None
    return WholeText(text) if _VISIBLE.compiled.fullmatch(text) else None


def begins_as_json(text: str) -> bool:
    """Return whether a text begins as an object or a list does, and not as a section."""
    return _BEGINS_AS_JSON.compiled.match(text) is not None


def begins_with_value(text: str) -> bool:
    """Return whether a text begins with a complete object or list, of JSON or Python."""
    text = text.lstrip()
    try:
        json.JSONDecoder(parse_int=float).raw_decode(text)
    except (ValueError, RecursionError):
        return begins_with_literal(text)
    return True


def find_json_values(text: str) -> Iterator[Any]:
    """Yield the JSON objects in a text, between whatever else it has."""
    decoder = json.JSONDecoder(parse_int=float)
    position, failures = text.find("{"), 0
    while position >= 0 and failures < _MOST_FAILURES:
        try:
            value, end = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            failures += 1
            end = position + 1
        else:
            yield value
        position = text.find("{", end)


def _toml_values(text: str) -> list[Any]:
    if _ESCAPED.search(text) is not None and _TABLE.search(text) is None:
        return []  # a program would read it in another way
    try:
        return [parse_toml(text)]
    except DocumentError:
        return []


def yaml_values(text: str) -> list[Any]:
    """Return the mappings and lists of a YAML text of at most 64 KiB."""
    if len(text) > _LARGEST_YAML or ":" not in text:
        return []
    import yaml

    class TextLoader(yaml.BaseLoader):
        """Makes texts, lists and mappings.

        Aliases multiply what a text holds: only a few of short texts are allowed.
        """

        aliases = 0

        def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:  # noqa: ANN401 - PyYAML's own
            if self.check_event(yaml.AliasEvent):
                self.aliases += 1
                event = self.peek_event()  # type: ignore[no-untyped-call]
                node = self.anchors.get(event.anchor)
                is_short = isinstance(node, yaml.ScalarNode) and len(node.value) <= _LONGEST_ALIAS
                if not is_short or self.aliases > _MOST_ALIASES:
                    raise yaml.YAMLError
            return super().compose_node(parent, index)

        def construct_scalar(self, node: yaml.ScalarNode) -> str:
            text = str(super().construct_scalar(node))
            return WholeText(text) if node.style else text

    try:
        values = list(yaml.load_all(text, Loader=TextLoader))
    except (yaml.YAMLError, RecursionError, ValueError, OverflowError, TypeError):
        return []
    return [value for value in values if isinstance(value, dict | list)]


def _values_of_lines(text: str) -> list[Any]:
    """Return the values of lines such as ``name = value``, by the section that they are in."""
    values: dict[str, Any] = {}
    section = values
    for raw in text.splitlines():
        line = raw.strip()
        if match := _SECTION.compiled.fullmatch(line):
            found = values.setdefault(match[1], {})
            section = found if isinstance(found, dict) else values
        elif several := _assignments(line):
            for name, value in several:
                section.setdefault(name, value)
        elif match := _LINE.compiled.fullmatch(line):
            name = match["name"] or match["key"]
            section[name.strip()] = _value_of_line(match["value"])
    return [values]


def _assignments(line: str) -> list[tuple[str, str]]:
    """Return the names and quoted values of a line that has several, such as a program's."""
    if len(line) > _LONGEST_LINE or _SEVERAL.compiled.search(line) is None:
        return []
    found = [(match[1], match[3]) for match in _ASSIGNMENT.compiled.finditer(line)]
    return found if len(found) > 1 else []


def _value_of_line(written: str) -> str:
    if match := _QUOTED.compiled.fullmatch(written):
        mark, text = match.groups()
        if mark not in text and "\\" not in text:
            return WholeText(text)
        return _word_of_shell(written) or text
    if written.startswith(("{", "[")):
        return written
    return _COMMENT.compiled.sub("", written, count=1).rstrip(" \t,;")


def _word_of_shell(written: str) -> str | None:
    """Return what a shell reads in a value; ``None`` where another notation reads otherwise."""
    if "\\" in written or "''" in written or '""' in written:
        return None
    try:
        words = shlex.split(written, comments=True)
    except ValueError:
        return None
    return WholeText(words[0]) if len(words) == 1 else None


def _labelled_values(text: str) -> list[Any]:
    """Return the names with values anywhere in a text."""
    found = islice(_FIELD.compiled.finditer(text), MOST_FIELDS)
    return group_pairs((match[1], match[2]) for match in found)
