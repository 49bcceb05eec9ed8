"""YAML read strictly: one mapping, no key twice, and every value as the text that was written.

The schema decides which type a value has, so a user called ``yes`` or a hash of digits stays a
text. Errors name the line and column and never repeat the text, which may be a secret.
"""

from typing import Any

import yaml


class StrictYamlError(Exception):
    """The text is not a YAML mapping; the message says where and why."""


class _TextLoader(yaml.BaseLoader):
    """A loader that makes texts, lists and mappings only, and rejects repeated keys."""

    def construct_mapping(
        self,
        node: yaml.MappingNode,
        deep: bool = False,  # noqa: FBT001, FBT002 - PyYAML's own
    ) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise StrictYamlError(f"{_position(key.start_mark)} has a key that is not a text")
            if key.value in seen:
                raise StrictYamlError(f"{_position(key.start_mark)} repeats a key")
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def load_mapping(text: str) -> dict[str, Any]:
    """Return the mapping that the text holds; an empty text gives an empty one.

    :raises StrictYamlError: if it is not a mapping, or not YAML at all.
    """
    value, reason = None, ""
    try:
        value = yaml.load(text, Loader=_TextLoader)  # noqa: S506 - it makes texts only
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reason = f"{_position(mark)} is not YAML" if mark else "it is not YAML"
    except yaml.YAMLError:
        reason = "it has a character that YAML forbids"
    except RecursionError:
        reason = "it is nested too deeply"
    except (ValueError, OverflowError):  # \\UFFFFFFFF, or a version of thousands of digits
        reason = "it has a number or a character that is out of range"
    if reason:  # outside of the handlers: the exceptions repeat the text
        raise StrictYamlError(reason)
    if value in (None, ""):
        return {}
    if not isinstance(value, dict):
        raise StrictYamlError("it is not a mapping of settings")
    return value


def _position(mark: yaml.Mark) -> str:
    return f"line {mark.line + 1}, column {mark.column + 1}"
