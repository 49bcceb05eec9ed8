"""What a terminal or a CI runner would obey is escaped."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokcheck.core.escape import escape_surrogates, printable, without_commands


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        ("\\x3a:error::x", "::error::x"),
        ("a\n  \\x3a:add-mask::x", "a\n  ::add-mask::x"),
        ("\t\\x3a:stop", "\t::stop"),
        ("\u00a0\\x3a:stop", "\u00a0::stop"),
        ("a ::error", "a ::error"),
        (":error", ":error"),
        ("#[group]", "#[group]"),
    ],
)
def test_what_a_runner_reads_as_a_command_is_escaped(expected: str, text: str) -> None:
    assert expected == without_commands(text)
    assert expected == without_commands(expected)


@given(st.text("#:[] \t\na\u00a0"))
def test_no_text_has_a_command(text: str) -> None:
    shown = without_commands(text)
    assert None is re.search(r"##\w*\[", shown)
    assert not any(line.lstrip().startswith("::") for line in shown.split("\n"))
    assert text.count("\n") == shown.count("\n")


@pytest.mark.parametrize(
    ("expected", "text", "keep"),
    [
        ("a\\b", "a\\b", ""),
        ("a\\\\b\\n", "a\\b\n", ""),
        ("a\\b\n", "a\\b\n", "\n"),
        ("\\x1b[31m\n", "\x1b[31m\n", "\n"),
        ("\\xff", "\udcff", ""),
        ("\\u202e", "\u202e", ""),
        ("\\U000e0001", "\U000e0001", ""),
    ],
)
def test_what_is_not_printable_is_escaped(expected: str, text: str, keep: str) -> None:
    assert expected == printable(text, keep)


def test_only_surrogates_are_escaped_for_json() -> None:
    assert "a\n\\ud800\\xff" == escape_surrogates("a\n\ud800\udcff")
