"""The joints inside a token that was split: whatever quotes and gap a program writes."""

from tests.support.providers.paste_checks import sendable_token
from tests.support.tokens import FITBIT, GOOGLE

_QUOTES = ('"', "'", "`", '\\"', "\\'", '\\\\"', '\\\\\\"', "%22", "%27", "%60", "\\`", '""')
_GAPS = (
    "", " ", "\n", "\\n", "%20", "\n  ", " \\\n ", "\r\n", " + ", " . ", "+", "\t", " _\n ",
    " `\n ", " ^\n ",
)  # fmt: skip


def test_a_token_split_into_literals_is_read_whole() -> None:
    failed = [
        (quote, gap, token[:4])
        for quote in _QUOTES
        for gap in _GAPS
        for token in (FITBIT, GOOGLE)
        if sendable_token(
            quote + f"{quote}{gap}{quote}".join((token[:60], token[60:130], token[130:])) + quote
        )
        != token
    ]
    assert [] == failed
