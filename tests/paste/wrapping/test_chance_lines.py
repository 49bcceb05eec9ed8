"""A line of a token that looks by chance like other text never ends the token in silence."""

import pytest

from tests.support.attack.chance_lines import CHANCE_LINES
from tests.support.providers.paste_checks import sendable_token


@pytest.mark.untraced
@pytest.mark.parametrize("kind", CHANCE_LINES)
def test_a_line_that_looks_like_other_text_is_never_left_out(kind: str) -> None:
    texts = list(CHANCE_LINES[kind]())
    assert texts
    assert [] == [text for text, token in texts if sendable_token(text) not in {token, None}]
