"""The text in front of a token in its line, and where a line begins behind any kind of break."""

import pytest

from tokcheck.paste.wrapping.token_lines import Lines

_BREAKS = (
    "\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x1e", "\x85",
    "\u2028", "\\n", "\\r\\n", "<br>", "%0A", "%0D", "&#10;",
)  # fmt: skip


@pytest.mark.parametrize("second", _BREAKS)
@pytest.mark.parametrize("first", _BREAKS)
def test_a_margin_begins_behind_the_last_break_of_any_kind(first: str, second: str) -> None:
    for margin in ("", "  ", "> ", "token: "):
        front = f"one{first}two{second}{margin}"
        assert margin == Lines(f"{front}ya29.x", len(front), [6]).before
        assert len(margin) == Lines.of_torn("", 0, f"{first}{second}{margin}", (2, 3)).margin
        assert len(margin) == Lines.of_torn("", 0, f"{second}{margin}", (2, 3)).margin


def test_a_text_without_a_break_is_all_margin() -> None:
    assert "Bearer " == Lines("Bearer ya29.x", 7, [6]).before
    assert len("ab ") == Lines.of_torn("", 0, "ab ", (2, 3)).margin
