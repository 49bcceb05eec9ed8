"""Text that a terminal or a CI runner would obey is escaped."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.suite.windows_shells import cmd_commands, powershell_commands
from tokcheck.core.escape import (
    escape_surrogates,
    printable,
    quote_for_windows,
    without_commands,
)


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


@pytest.mark.parametrize(
    ("expected", "word"),
    [
        ("anna", "anna"),
        (r"C:\Users\anna\tokens.json", r"C:\Users\anna\tokens.json"),
        ('""', ""),
        ('"a b"', "a b"),
        ('"a,b"', "a,b"),
        ('"@a"', "@a"),
        ('"it\'s"', "it's"),
        ('"ä & b"', "ä & b"),
        ('"C:\\my files\\\\"', "C:\\my files\\"),
        ("'$HOME'", "$HOME"),
        ("'it''s `x`'", "it's `x`"),
        ("'$x ? calc'", "$x & calc"),
        ("'a\u201c; calc; \u201cb'", "a\u201c; calc; \u201cb"),
        ("'\u2019\u2019 \u201c'", "\u2019 \u201c"),
        ('"a? ?calc?"', 'a" "calc\n'),
    ],
)
def test_a_word_is_one_argument_for_cmd_and_powershell(expected: str, word: str) -> None:
    assert expected == quote_for_windows(word)


@given(st.text("a \"'$`&|;(){}@,#<>^\n\\\u201c\u201d\u201e\u2018\u2019\u201a\u201b", min_size=1))
def test_powershell_reads_a_quoted_word_as_one(word: str) -> None:
    printed = re.sub(r'["\n]', "?", word)
    quoted = quote_for_windows(word)
    if quoted.startswith("'"):
        printed = re.sub(r"[&|<>^]", "?", printed)
    ((name, read),) = powershell_commands(f"tokcheck {quoted}")
    assert ("tokcheck", printed.rstrip("\\")) == (name, read.rstrip("\\"))


@given(st.text("a '&|;(){}@,#<>^%\\", min_size=1))
def test_cmd_reads_a_quoted_word_as_one(word: str) -> None:
    ((name, read),) = cmd_commands(f"tokcheck {quote_for_windows(word)}")
    assert ("tokcheck", word.rstrip("\\")) == (name, read.rstrip("\\"))


@given(st.text("a \"'$`&|<>^%\n\\", min_size=1))
def test_no_word_ends_its_quotes_on_windows(word: str) -> None:
    quoted = quote_for_windows(word)
    mark = quoted[0]
    if mark in "\"'":
        assert mark == quoted[-1]
        inside = quoted[1:-1]
        # PowerShell's quotes, and those that cmd counts.
        assert mark not in inside.replace("''", "") if mark == "'" else '"' not in inside
        assert mark == '"' or not set(inside) & set("&|<>^")
        assert mark == "'" or not set(inside) & set("$`")
    assert "\n" not in quoted
