"""YAML read strictly: one mapping, no key twice, and every value as the text it was written as.

What type a value has is for the schema to say: so a user called ``yes`` stays one, and a hash of
digits too. Errors tell the place and never the text, which may be a secret.
"""

from typing import Any

import yaml


class YamlFault(Exception):  # noqa: N818 - the fault is the file's
    """The text is not what it must be; the message says where, in words."""


class _Strict(yaml.BaseLoader):
    """The loader that knows texts, lists and mappings alone, and makes no objects."""

    def construct_mapping(
        self,
        node: yaml.MappingNode,
        deep: bool = False,  # noqa: FBT001, FBT002 - PyYAML's own
    ) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise YamlFault(f"{_place(key.start_mark)} has a key that is no text")
            if key.value in seen:
                raise YamlFault(f"{_place(key.start_mark)} repeats a key")
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def mapping(text: str) -> dict[str, Any]:
    """Return the mapping that the text holds; an empty text is an empty one.

    :raises YamlFault: if it is none, or no YAML at all.
    """
    value, why = None, ""
    try:
        value = yaml.load(text, Loader=_Strict)  # noqa: S506 - it makes texts alone
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        why = f"{_place(mark)} is not YAML" if mark else "it is not YAML"
    except yaml.YAMLError:
        why = "it has a character that YAML forbids"
    except RecursionError:
        why = "it is nested too deeply"
    if why:  # outside of the handlers: what they caught repeats the text
        raise YamlFault(why)
    if value in (None, ""):
        return {}
    if not isinstance(value, dict):
        raise YamlFault("it is not a mapping of settings")
    return value


def _place(mark: yaml.Mark) -> str:
    return f"line {mark.line + 1}, column {mark.column + 1}"
