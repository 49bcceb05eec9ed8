"""Documents of odd shapes: types in the wrong places, deep nesting, numbers without an end."""

import json
from collections.abc import Sequence

from hypothesis import strategies as st

_DEPTHS = (3, 200, 900, 5_000)
# The texts that short marks stand for, so that a failure is readable.
_MARKS = {
    "<digits>": "9" * 5_000,
    "<ones>": "1" * 400,
    "<hex>": f"0x{'f' * 20_000}",
    "<bits>": f"0b{'1' * 20_000}",
    "<long>": "a" * 5_000,
    "<folders>": "**/" * 1_000,
}


def _expand(text: str) -> str:
    for mark, meaning in _MARKS.items():
        text = text.replace(mark, meaning)
    return text


_JSON_LEAVES = st.sampled_from(
    [
        *("null", "true", "false", "0", "-1", "1.5", "1767225600", "1767225600000", '"1767225600"'),
        *("1e999999", "-1e999999", "1e-999999", "NaN", "Infinity", "-Infinity", '"NaN"', '"1e999"'),
        *("<digits>", "-<digits>", '"<digits>"', "<ones>", "0.<digits>"),
        *(
            '""',
            '"a"',
            '" "',
            '"\\ud800"',
            '"\\udfff\\ud800"',
            '"\\u0000"',
            '"\\u202e"',
            '"\\u2028"',
        ),
        *("[]", "{}", "[null]", "[[]]", "[{}]", '{"":null}', '"<long>"'),
    ]
) | st.text(max_size=20).map(json.dumps)


def json_texts(
    keys: Sequence[str], texts: Sequence[str] = (), depths: Sequence[int] = _DEPTHS
) -> st.SearchStrategy[str]:
    """Return a strategy of JSON texts with these keys, some of them twice, and these strings."""
    leaves = _JSON_LEAVES
    if texts:
        leaves = st.sampled_from([json.dumps(text) for text in texts]) | leaves
    names = st.sampled_from([json.dumps(key) for key in keys])
    values = st.recursive(
        leaves,
        lambda inner: (
            st.lists(inner, max_size=3).map(lambda items: f"[{','.join(items)}]")
            | st.lists(st.tuples(names, inner).map(":".join), max_size=5).map(
                lambda pairs: f"{{{','.join(pairs)}}}"
            )
        ),
        max_leaves=12,
    )
    nested = st.tuples(st.sampled_from(depths), st.sampled_from(["{%s:", "["]), names, values).map(
        lambda parts: _nest(*parts)
    )
    all_texts = values | nested | values.map(lambda text: text[:-1]) | st.text(max_size=40)
    return all_texts.map(_expand)


def _nest(depth: int, opening: str, name: str, value: str) -> str:
    if opening == "[":
        return "[" * depth + value + "]" * depth
    return (opening % name) * depth + value + "}" * depth


_TOML_LEAVES = st.sampled_from(
    [
        *("true", "false", "0", "-1", "0.04", "1e999999", "-1e999999", "nan", "inf", "-inf"),
        *("<digits>", "<hex>", "<bits>", "<ones>", "0.<digits>"),
        *("1979-05-27", "1979-05-27T07:32:00Z", "07:32:00", "9999-12-31T23:59:59-12:00"),
        *('""', '"a"', '" "', '"\\u0000"', '"\\u202e"', '"\\u001b[31m"', "'''\n'''", '"../../x"'),
        *("[]", "{}", "[[]]", "[{}]", '{"" = 1}', '"<long>"', '"10m"', '"1e999h"'),
        *('["*a*a*a*a*a*a*a*a*b"]', '["["]', '["/"]', '["access_token"]', '["<folders>a"]'),
    ]
) | st.text(max_size=20).map(json.dumps)


def toml_texts(tables: Sequence[str], keys: Sequence[str]) -> st.SearchStrategy[str]:
    """Return a strategy of TOML documents with these tables and keys."""
    names = st.sampled_from(keys)
    values = st.recursive(
        _TOML_LEAVES,
        lambda inner: (
            st.lists(inner, max_size=3).map(lambda items: f"[{','.join(items)}]")
            | st.lists(st.tuples(names, inner).map("=".join), max_size=3).map(
                lambda pairs: f"{{{','.join(pairs)}}}"
            )
        ),
        max_leaves=6,
    )
    nested = st.tuples(st.sampled_from(_DEPTHS), st.just("["), names, values).map(
        lambda parts: _nest(*parts)
    )
    lines = st.tuples(names, values | nested).map(" = ".join)
    headers = st.sampled_from([*(f"[{table}]" for table in tables), f"[[{tables[0]}]]"])
    deep = st.tuples(names, st.sampled_from([40, 2_000])).map(
        lambda parts: ".".join([parts[0]] * parts[1]) + " = 1"
    )
    documents = st.lists(lines | headers | deep, max_size=6, unique=True).map("\n".join)
    whole = st.tuples(headers, documents).map("\n".join) | documents | st.text(max_size=40)
    return whole.map(_expand)
