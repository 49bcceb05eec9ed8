"""The line of each key of a TOML document."""

import tomllib

from hypothesis import given, settings
from hypothesis import strategies as st

from tokcheck.core.documents import key_lines

_TEXT = '''# a comment
a = 1

[accounts.anna] # another
file = "x"
command = [
  "b = 1", # c = 1
  "[d]",
]
e = """
[f]
g = 1
"""
[accounts]
ben.env.h = { i = 1, j = { k = 2 } }
[[l]]
m = 1
  [[ l ]]
  n . "o p" = """x"""
[l.q]'''


def test_each_key_and_table_has_its_line() -> None:
    assert {
        ("a",): 2,
        ("accounts",): 4,
        ("accounts", "anna"): 4,
        ("accounts", "anna", "file"): 5,
        ("accounts", "anna", "command"): 6,
        ("accounts", "anna", "e"): 10,
        ("accounts", "ben"): 15,
        ("accounts", "ben", "env"): 15,
        ("accounts", "ben", "env", "h"): 15,
        ("accounts", "ben", "env", "h", "i"): 15,
        ("accounts", "ben", "env", "h", "j"): 15,
        ("accounts", "ben", "env", "h", "j", "k"): 15,
        ("l",): 16,
        ("l", "0"): 16,
        ("l", "0", "m"): 17,
        ("l", "1"): 18,
        ("l", "1", "n"): 19,
        ("l", "1", "n", "o p"): 19,
        ("l", "1", "q"): 20,
    } == key_lines(_TEXT)
    assert key_lines(_TEXT) == key_lines(_TEXT.replace("\n", "\r\n"))


def test_keys_after_a_very_long_value_have_no_line() -> None:
    assert {("a",): 1} == key_lines("a = 1\nb = [\n" + "1,\n" * 300 + "]\nc = 1")


_WORDS = st.text("abc", min_size=1, max_size=2)
_VALUES = st.sampled_from(['"""\n[a]\nb = 1\n"""', "1", "[\n\n1, # ]\n]", "'''[x]'''", '"#"'])


@settings(deadline=None)
@given(st.dictionaries(_WORDS, st.dictionaries(_WORDS, _VALUES, max_size=4), max_size=4))
def test_every_key_of_a_document_is_found_on_its_line(
    tables: dict[str, dict[str, str]],
) -> None:
    text = "\n".join(
        f"[{name}]\n" + "\n".join(f"{key} = {value}" for key, value in table.items())
        for name, table in tables.items()
    )
    found = key_lines(text)
    rows = text.split("\n")
    for name, table in tomllib.loads(text).items():
        assert f"[{name}]" == rows[found[(name,)] - 1]
        for key in table:
            assert rows[found[(name, key)] - 1].startswith(f"{key} = ")
