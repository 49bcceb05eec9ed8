"""Regular expressions on the Pythons before 3.11.5, which repeat a group possessively too far."""

import re
import sys

import pytest

from tokcheck.core.lazy import LazyBytesRegex, LazyRegex, compile_without_possessive_groups

_CASES = [
    ("ac", r"(?:ab?c)++", "aca"),
    ("ac", r"(?:ab?c){1,3}+", "aca"),
    ("", r"(?:ab?c)?+", "ad"),
    ("abCde", r"[A-Z]?[a-z]++(?:[A-Z][a-z]++)*+", "abCde"),
    ("abaca", r"(?:ab?c?)++", "abaca"),
    ("ababc", r"(?:ab?)++c", "ababc"),
    ("fooBar_", r"(?:[A-Z]?[a-z]{2,}+(?:[_.-]|(?=[A-Z]|\Z)))++", "fooBar_x"),
    ("ace", r"(?:ab?(?:c|(?:de?)+))?+e", "ace"),
    ("xx1", r"(?:(?P<word>x+?x?)){1,3}+1", "xx1"),
    (None, r"(?:ab?)++b", "ab"),
]


@pytest.mark.parametrize(("found", "pattern", "text"), _CASES)
def test_a_possessive_repeat_of_a_group_matches(found: str | None, pattern: str, text: str) -> None:
    match = LazyRegex(pattern).match(text)
    assert found == (match and match[0])
    in_bytes = LazyBytesRegex(pattern.encode()).match(text.encode())
    assert found == (in_bytes and in_bytes[0].decode())


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="uses the insides of Python 3.11")
@pytest.mark.parametrize(("found", "pattern", "text"), _CASES)
def test_an_atomic_group_takes_its_place(found: str | None, pattern: str, text: str) -> None:
    compiled = compile_without_possessive_groups(pattern, re.ASCII)
    match = compiled.match(text)
    assert found == (match and match[0])
    expected = re.compile(pattern, re.ASCII)
    assert (expected.pattern, expected.flags, expected.groups, expected.groupindex) == (
        compiled.pattern, compiled.flags, compiled.groups, compiled.groupindex,
    )  # fmt: skip
