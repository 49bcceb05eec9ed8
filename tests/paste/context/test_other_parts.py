"""Parts of an AWS key id, and tokens of Telegram's bots, which have no prefix with a sign."""

import pytest

from tests.support.suite.cases import each_case
from tests.support.tokens import NOW
from tokcheck.checks import Checker
from tokcheck.core.report import Report, Verdict
from tokcheck.declarations.provider_choice import choose_providers

_KEY_ID = "AKIA" + "IOSFODNN7EXAMPL2"  # tokcheck: allow
_BOT = "110201543:" + "AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0"


def _check(text: str) -> Report:
    known = choose_providers(None, None, {})
    return Checker(known.known, now=lambda: NOW, timer=lambda: 0.0, more=known.more).check(text)


@each_case(
    ("words", "text"),
    [
        *(("AWS access key id", _KEY_ID[:end]) for end in range(5, 20)),
        ("AWS access key id", f"aws_access_key_id = {_KEY_ID[:10]}"),
        ("AWS access key id", f"AWS_ACCESS_KEY_ID={_KEY_ID[:6]}"),
        ("AWS access key id", f"key {_KEY_ID[:14]} was cut"),
        ("AWS access key id", f"{_KEY_ID[:8]}\N{HORIZONTAL ELLIPSIS}"),
        *(("Telegram bot token", _BOT[:end]) for end in range(17, len(_BOT))),
        ("Telegram bot token", f"TELEGRAM_TOKEN={_BOT[:20]}"),
        ("Telegram bot token", f"https://api.telegram.org/bot{_BOT[:30]}/getMe"),
        ("Telegram bot token", f"{_BOT[:20]}..."),
    ],
)
def test_a_part_is_named_and_said_to_be_one(words: str, text: str) -> None:
    report = _check(text)
    assert Verdict.WRONG_PROVIDER is report.verdict
    assert words in report.summary
    assert "complete" in " ".join(report.advice) or "shortened" in " ".join(report.advice)


@pytest.mark.parametrize("text", [_BOT, f"https://api.telegram.org/bot{_BOT}/getMe"])
def test_a_whole_token_of_a_bot_is_named(text: str) -> None:
    report = _check(text)
    assert (Verdict.WRONG_PROVIDER, "This is a Telegram bot token.") == (
        report.verdict,
        report.summary,
    )
    assert "incomplete" not in " ".join(report.advice)


@pytest.mark.parametrize(
    "text",
    [
        "ASIA PACIFIC", "ASIAN7", "AKIA and ASIA are prefixes", "12:30:45", "20260115:AA",
        "the region ASIAPACIFIC", "1234567890:aaaaaaaa",
    ],
)  # fmt: skip
def test_words_and_times_are_neither(text: str) -> None:
    assert Verdict.NO_TOKEN is _check(text).verdict
