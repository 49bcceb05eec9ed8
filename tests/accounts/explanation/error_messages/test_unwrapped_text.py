"""Wrapped lines are joined as a terminal, or a mail program, broke them."""

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokcheck.accounts.explanation.error_messages.unwrapped_text import unwrap

_WORDS = st.lists(st.text("abcde:{}\"'", min_size=5, max_size=15), min_size=20, max_size=60)


@given(words=_WORDS, width=st.integers(40, 70))
def test_what_a_terminal_broke_is_one_line_again(words: list[str], width: int) -> None:
    line = " ".join(words)
    parts = [line[at : at + width] for at in range(0, len(line), width)]
    readings = list(unwrap("\n".join(parts)))
    assert (line, True) == tuple(readings[0])


@given(words=_WORDS, width=st.integers(40, 70))
def test_what_was_broken_between_words_is_one_line_again(words: list[str], width: int) -> None:
    line = " ".join(words)
    lines = textwrap.wrap(line, width, break_long_words=False, break_on_hyphens=False)
    longest = max(map(len, lines))
    exact = textwrap.wrap(line, longest, break_long_words=False, break_on_hyphens=False)
    assert (line, True) in [tuple(each) for each in unwrap("\n".join(exact))]


@pytest.mark.parametrize(
    "text", ["", "one line alone, which is long enough", "short\nlines", "\n\n", "x" * 300 + "\ny"]
)
def test_other_texts_have_no_such_reading(text: str) -> None:
    assert [] == list(unwrap(text))


def test_a_text_with_other_lines_is_not_certain_to_be_wrapped() -> None:
    text = f"Hello,\n\n{'a' * 30}\nb\n\nbye"
    hard, soft = unwrap(text)
    assert (f"Hello,\n\n{'a' * 30}b\n\nbye", False) == tuple(hard)
    assert not soft.is_certain
