"""A token with a service's prefix is found, or named as damaged or incomplete; never overlooked."""

import pytest

from tests.support.suite.cases import each_case
from tests.support.tokens import NOW, random_characters
from tokcheck.checks import Checker, without_token
from tokcheck.core.credential import Credential, Flaw, Kind
from tokcheck.core.report import Report, Verdict
from tokcheck.declarations.provider_choice import choose_providers
from tokcheck.paste.finder.paste_content import Paste
from tokcheck.providers import FINDER
from tokcheck.providers.base import finder_for
from tokcheck.providers.ready_made_providers import load_packaged

_PACKAGED = load_packaged()
_FINDER = finder_for(_PACKAGED)
_TOKENS = {
    "gitlab": f"glpat-{random_characters(20, 1)}",
    "github": f"ghp_{random_characters(36, 2).translate({45: 'k', 95: 'Q'})}",
}
_SIGNS = (
    "!",
    "#",
    "@",
    ":",
    "\u2019",
    "\u00b7",
    "?",
    ";",
    ",",
    "|",
    "&",
    "(",
    "\u2026",
    "\xa0",
    " ",
)
_INVISIBLE = ("\u200b", "\u200d", "\u2060", "\ufeff", "\xad", "\u200e")
_PLACES = ("@", "Bearer @", '{"token": "@"}', "My token is @ and it fails.")


def _read(text: str) -> Credential:
    """Return what a paste holds, as ``validate`` reads it: first by the recognised services."""
    first = FINDER.find(text)
    assert first.may_be_declared, text
    found = _FINDER.find(text).credential
    assert found is not None, text
    return found


@each_case("name", _TOKENS)
@each_case("sign", _SIGNS)
def test_a_sign_inside_is_refused_by_name_wherever_it_stands(name: str, sign: str) -> None:
    token = _TOKENS[name]
    prefix = len(token) - (20 if name == "gitlab" else 36)
    for at in range(prefix + 6, len(token) - 4):
        found = _read(token[:at] + sign + token[at:])
        assert (name, Kind.ACCESS_TOKEN) == (found.provider, found.kind)
        assert found.flaw is not None, (at, sign)


@each_case("name", _TOKENS)
@each_case("sign", _SIGNS)
def test_a_sign_behind_is_stripped(name: str, sign: str) -> None:
    for behind in (sign, f"{sign} and it fails"):
        found = _read(f"{_TOKENS[name]}{behind}")
        if sign == "\u2026":
            assert Flaw.CUT_OFF is found.flaw
        elif sign == "|":  # a sign of some tokens, and no end of a sentence
            assert Flaw.DAMAGED is found.flaw
        else:
            assert (_TOKENS[name], None) == (found.secret.reveal(), found.flaw)


@each_case("name", _TOKENS)
@each_case("sign", _INVISIBLE)
def test_an_invisible_character_anywhere_is_stripped_and_said_so(name: str, sign: str) -> None:
    token = _TOKENS[name]
    for at in range(1, len(token) + 1):
        text = token[:at] + sign + token[at:]
        assert FINDER.find(text).may_be_declared, (at, sign)
        paste = _FINDER.find(text)
        assert paste.credential is not None
        assert (token, None) == (paste.credential.secret.reveal(), paste.credential.flaw), at
        assert paste.cleaned


@each_case("place", _PLACES)
def test_a_part_of_a_token_is_incomplete(place: str) -> None:
    for token in _TOKENS.values():
        for length in (14, 16, len(token) - 1):
            found = _read(place.replace("@", token[:length]))
            assert (Kind.ACCESS_TOKEN, Flaw.CUT_OFF) == (found.kind, found.flaw)
            assert f"only {length} characters" in found.reason


@pytest.mark.parametrize(
    "text", ["glpat-", "ghp_", "ghp_a1", '"github_pat_"', "glpat-\u2026", "ghp_..."]
)
def test_a_prefix_alone_is_incomplete(text: str) -> None:
    found = _read(text)
    assert (Kind.ACCESS_TOKEN, Flaw.CUT_OFF) == (found.kind, found.flaw)


def test_a_word_glued_to_the_beginning_is_named() -> None:
    found = _read(f"it's{_TOKENS['github']}")
    assert ("github", Flaw.DAMAGED) == (found.provider, found.flaw)
    assert "glued to its beginning" in found.reason


def _advice(text: str) -> str:
    paste = FINDER.find(text)
    conclusion = without_token.conclude_from_paste(paste, {}, NOW)
    assert conclusion is not None
    return " ".join((conclusion.summary, *conclusion.advice))


def test_a_part_of_a_recognised_services_token_is_named() -> None:
    whole = f"lin_api_{'aB3dE5gH7j' * 4}"
    for text in (whole[:16], f"{whole[:18]}\u2019{whole[18:22]}", "lin_api_"):
        words = _advice(text)
        assert "This is a Linear API key. It is incomplete: it has only" in words, text


def test_an_invisible_character_in_a_recognised_services_token_is_stripped() -> None:
    whole = f"ntn_{'aB3dE5gH7jK9' * 4}"
    credential = FINDER.find(f"{whole[:20]}\u200b{whole[20:]}").credential
    assert credential is not None
    assert ("a Notion integration token", whole) == (credential.service, credential.secret.reveal())


@pytest.mark.parametrize(
    "text",
    ["glpat-xxxxxxxxxxxxxxxxxxxx", "github_pat_xxxx", "lin_api_XXXXXXXX", "sk-proj-xxxx-xxxx"],
)
def test_a_row_of_x_behind_a_prefix_is_a_placeholder(text: str) -> None:
    credential = FINDER.find(text).credential
    assert credential is not None
    assert Kind.PLACEHOLDER is credential.kind
    assert "The letter x stands in the place of the token" in credential.reason


@pytest.mark.parametrize(
    "text",
    [
        "A token begins with glpat- or ghp_, as the manual says.",
        "npm_config_registry is not set",
        "npm_config",
        "pip install sk-learn",
        "hf_hub_download",
        "glpat-token",
        "secret_key",
    ],
)
def test_a_name_with_a_prefix_is_no_part_of_a_token(text: str) -> None:
    assert Paste(None) == FINDER.find(text)._replace(empty_label="")


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
