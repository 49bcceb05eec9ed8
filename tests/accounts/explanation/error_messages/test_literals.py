"""Objects in a text: as they were written, however they are printed, and never an exception."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.suite.thoroughness import inputs
from tokcheck.accounts.explanation.error_messages.literals import read_objects

WORDS = st.text(st.characters(codec="utf-8", min_codepoint=32), max_size=12)
NAMES = st.text("abcdefgXYZ_", min_size=1, max_size=9)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(0, 10**9) | WORDS.filter(lambda word: "{" not in word),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(NAMES, VALUES, min_size=1, max_size=4)


def first_object(text: str) -> dict[str, Any] | None:
    return next((found.value for found in read_objects(text)), None)


@settings(deadline=None)
@given(value=OBJECTS, indent=st.sampled_from([None, 1, 4]), around=st.sampled_from(["", " ", "\n"]))
def test_json_is_read_as_it_is(value: dict[str, Any], indent: int | None, around: str) -> None:
    text = f"status: {around}{json.dumps(value, indent=indent)}{around}."
    assert value == first_object(text)


@settings(deadline=None)
@given(OBJECTS)
def test_a_literal_of_python_is_read_as_it_is(value: dict[str, Any]) -> None:
    assert value == first_object(f"Error: ({value!r})")


@settings(deadline=None)
@given(value=OBJECTS, level=st.integers(1, 3))
def test_a_text_in_a_text_is_read(value: dict[str, Any], level: int) -> None:
    text = json.dumps(value)
    for _ in range(level):
        text = json.dumps({"body": text})
    assert value in [found.value for found in read_objects(text)]


@settings(deadline=None)
@given(value=OBJECTS, share=st.floats(0, 1))
def test_what_was_cut_off_keeps_what_is_whole(value: dict[str, Any], share: float) -> None:
    text = json.dumps(value)
    found = first_object(text[: int(len(text) * share)]) or {}
    assert set(found) <= set(value)
    for name in list(found)[:-1]:
        assert value[name] == found[name]


@settings(deadline=None, max_examples=inputs(300))
@given(st.text("{}[]()\"'`\\:=,ab1 \n", max_size=80) | st.text(max_size=80))
def test_no_text_crashes_it(text: str) -> None:
    for found in read_objects(text):
        assert 0 <= found.start < found.end <= len(text)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"error": "x", "n": 400}, "{ error: 'x', n: 400 }"),
        ({"error": "x", "at": ["Function: f"]}, "{ error: 'x',\n  at: [Function: f] }"),
        ({"data": {"error": "x"}}, "GaxiosError { data: { error: 'x' } }"),
        ({"data": {"error": "x"}}, "{ data: Body { error: 'x' } }"),
        ({"error": "x", "description": "Bad Request"}, "{error=x, description=Bad Request}"),
        ({"error": "x"}, '{"error"=>"x"}'),
        ({"error": "x"}, '{\\"error\\": \\"x\\"}'),
        ({"error": 'a "b" c'}, '{\\"error\\": \\"a \\\\\\"b\\\\\\" c\\"}'),
        ({"error": "x"}, "b'{\\n  \"error\": \"x\"\\n}'"),
        ({"error": "x", "ok": None}, "{u'error': u'x', u'ok': None}"),
        ({"a": ["x", 1]}, "{'a': ('x', 1)}"),
        ({"message": "half a sente"}, '{"message": "half a sente'),
        ({"message": "half a sentence"}, '{"message": "half a sentence\nsays "somebody" else'),
        ({"a": {"b": "c"}}, '{"a": {"b": "c"'),
        ({"a": "é"}, '{"a": "\\u00e9"}'),
        ({"a": "x (y), z", "b": None}, 'Response { a: Some("x (y), z"), b: None }'),
        ({"a": {"b": 1}, "c": "Something"}, "{ a: Some(T { b: 1 }), c: Something }"),
        ({"a": None, "b": "x"}, '{ a: Some(), b: "x" }'),
        ({"a": "x"}, '{ a: Some(Some("x")) }'),
        ({"a": "half a sen"}, '{ a: Some("half a sen'),
    ],
)  # fmt: skip
def test_what_programs_print_is_read(value: dict[str, Any], text: str) -> None:
    assert value == first_object(text)


@pytest.mark.parametrize(
    "text", ["", "{}", "{ }", "{x}", "{0}", "${{ secrets.X }}", "a { b", "{{x}}"]
)
def test_what_has_no_members_is_no_object(text: str) -> None:
    assert first_object(text) is None
