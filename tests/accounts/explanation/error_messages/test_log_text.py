"""The text that logs put around a message is removed; the message stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokcheck.accounts.explanation.error_messages.log_text import strip_log

MESSAGE = "requests.HTTPError: 401 Client Error\n  at fetch.py:12\n\nend"


@pytest.mark.parametrize(
    "prefix",
    ["", "2026-11-27T03:15:02.1234567Z ", "2026-11-27 03:15:02,123 ",
     "[2026-11-27T03:15:02+01:00] ", "fetcher-1  | ", "fetcher-1  | 2026-11-27T03:15:02Z ",
     "> ", "> > ", "\x1b[36m", "\u200b",
     "| "],
)  # fmt: skip
def test_what_opens_each_line_of_a_log_is_taken_away(prefix: str) -> None:
    text = "\n".join(prefix + line for line in MESSAGE.split("\n"))
    assert [line.strip() for line in MESSAGE.split("\n")] == [
        line.strip() for line in strip_log(text).split("\n")
    ]


def test_the_headers_of_curl_are_lines_of_their_own() -> None:
    text = "< HTTP/2 401 \r\n< content-type: application/json\r\n<a> tag"
    assert "HTTP/2 401 \ncontent-type: application/json\n<a> tag" == strip_log(text)


@given(st.text(max_size=200))
def test_nothing_is_added(text: str) -> None:
    assert len(strip_log(text)) <= len(text)
