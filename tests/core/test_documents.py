"""JSON and TOML of every shape: a value or one error, in a time that grows with the text."""

import json
import math
import tomllib
from collections.abc import Callable
from contextlib import suppress
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokcheck.core.documents import DocumentError, parse_json, parse_toml

_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(_VALUES)
def test_json_is_read_as_the_standard_library_reads_it(value: object) -> None:
    assert value == parse_json(json.dumps(value))


@given(st.text() | st.text('{}[]":,.0123456789eE-+ \\utrefalsn'))
def test_any_text_is_json_or_one_error(text: str) -> None:
    try:
        expected = json.loads(text)
    except ValueError:
        with pytest.raises(DocumentError):
            parse_json(text)
    else:
        assert repr(expected) == repr(parse_json(text))


@given(st.text() | st.text("[]{}=.,\"'ab01-:#\n "))
def test_any_text_is_toml_or_one_error(text: str) -> None:
    try:
        expected = tomllib.loads(text)
    except ValueError:
        with pytest.raises(DocumentError):
            parse_toml(text)
    else:
        assert repr(expected) == repr(parse_toml(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{", ("Expecting property name enclosed in double quotes", 1, 2)),
        ('{\n"a": x}', ("Expecting value", 2, 6)),
        ("[" * 100_000, ("A value is too large or nested too deeply", 0, 0)),
        ('{"a":' * 100_000, ("A value is too large or nested too deeply", 0, 0)),
    ],
)
def test_a_json_error_has_its_place(text: str, expected: tuple[str, int, int]) -> None:
    with pytest.raises(DocumentError) as refused:
        parse_json(text)
    error = refused.value
    assert expected == (error.reason, error.line, error.column)
    assert error.__context__ is None, "the library's error holds the text"


def test_a_long_integer_leaves_the_other_fields_readable() -> None:
    value = parse_json(f'{{"a": {"9" * 5000}, "b": -{"9" * 5000}, "c": 12, "d": {"1" * 400}}}')
    assert (math.inf, -math.inf, 12, int("1" * 400)) == tuple(value.values())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a = 1\nb = eyJ", ("Invalid value", 2, 5)),
        ("a = [\n1", ("Unclosed array", 2, 2)),
        ("a = " + "1" * 5_000, ("A value is too large or nested too deeply", 0, 0)),
        ("a = " + "[" * 5_000, ("A value is too large or nested too deeply", 0, 0)),
        ("a = " + "{a = " * 5_000, ("A value is too large or nested too deeply", 0, 0)),
        ("x = 1\n" + "a." * 33 + "a = 1", ("A key has more than 32 parts", 2, 0)),
        ("[" + '"a" . ' * 33 + "a]", ("A key has more than 32 parts", 1, 0)),
        ("x = {" + "'a'." * 33 + "a = 1}", ("A key has more than 32 parts", 1, 0)),
        (r'"\"".' * 33 + "a = 1", ("A key has more than 32 parts", 1, 0)),
    ],
)
def test_a_toml_error_has_its_place(text: str, expected: tuple[str, int, int]) -> None:
    with pytest.raises(DocumentError) as refused:
        parse_toml(text)
    error = refused.value
    assert expected == (error.reason, error.line, error.column)
    assert error.__context__ is None


def test_many_dots_that_are_in_no_key_are_allowed() -> None:
    globs = [f"*.{number}" for number in range(100)]
    assert {"a": globs} == parse_toml(f"a = {globs}")
    assert {"a": {"b": 1.5}} == parse_toml("a.b = 1.5")
    assert 32 == len(_depths(parse_toml("a." * 31 + "b = 1")))


def _depths(value: object) -> list[object]:
    depths: list[object] = []
    while isinstance(value, dict):
        depths.append(value)
        (value,) = value.values()
    return depths


_SERIES: list[Callable[[int], str]] = [
    lambda size: ".".join("a" * (size // 2)) + "=1",
    lambda size: "[" + ".".join("a" * (size // 2)) + "]",
    lambda size: ".".join(['"a"'] * (size // 4)) + "=1",
    lambda size: ".".join([r'"\u0061"'] * (size // 9)) + "=1",
    lambda size: (".".join("a" * 32) + "=1\n") * (size // 66),
    lambda size: "a=1\n" + "a" * size,
    lambda size: '"' + r"\"" * (size // 2),
    lambda size: "'" * size,
    lambda size: '"' * size,
    lambda size: "[[a]]\n" * (size // 6),
    lambda size: "a=[" + "{b=1}," * (size // 6) + "]",
    lambda size: "a=" + "[" * size,
]


@pytest.mark.untraced
@pytest.mark.parametrize("make", _SERIES)
def test_64_kib_of_any_toml_take_no_time(make: Callable[[int], str]) -> None:
    text = make(64 * 1024)
    started = process_time()
    with suppress(DocumentError):
        parse_toml(text)
    # The slowest takes 0.2 s; the first one took 37 s and gigabytes.
    assert process_time() - started < 3
