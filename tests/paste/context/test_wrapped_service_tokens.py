"""A wrapped token of a declared provider is found whole, or called incomplete."""

import string
from random import Random

import pytest

from tests.support.providers.copied_formats import COMMANDS, put
from tests.support.suite.cases import each_case
from tests.support.suite.thoroughness import inputs
from tests.support.tokens import make_jwt, random_characters
from tokcheck.core.credential import Credential, Flaw, Kind
from tokcheck.providers.base import finder_for
from tokcheck.providers.declared.declared_provider import provider_of
from tokcheck.providers.ready_made_providers import load_packaged

_OWN = {
    "name": "acme",
    "address": "https://api.acme.test",
    "check": "/v1/me",
    "tokens": [
        {"prefix": "acme_", "pattern": r"[\w-]{16,2048}"},
        {"prefix": "acmehex_", "pattern": "[0-9a-f]{24,128}"},
    ],
}
_FINDER = finder_for({**load_packaged(), "acme": provider_of(_OWN)})

_LETTERS = string.ascii_letters + string.digits
# By the form, a prefix, the characters behind it and their number.
_FORMS = (
    ("ghp_", _LETTERS, 36), ("github_pat_", f"{_LETTERS}_", 82), ("gho_", _LETTERS, 36),
    ("ghu_", _LETTERS, 36), ("ghs_123456_eyJ", f"{_LETTERS}-_", 300),
    ("glpat-", f"{_LETTERS}-_", 70), ("acme_", f"{_LETTERS}-_", 150),
    ("acmehex_", "0123456789abcdef", 64),
)  # fmt: skip
_NEWLINES = (
    "\n", "\r\n", "\r", "\n    ", "\n\t", "\n> ", "\n>> ", "\n# ", "\n// ", "\n * ", "\n+", "\\\n",
    " \\\n  ", "=\n", "<br>", "<br/>\n", "\\n", '"\n    "', '" +\n  "', "\n| ", "\n  | ", "\n; ",
    "%0A", "&#10;", "^\n", "`\n", "\u2028", "\u200b\n", "\xa0\n", "</p>\n<p>", "</span>\n<span>",
    "\n12  ", "\u2026\n", "..\n", "-\n", "\u21b5\n", "\x1b[0m\n\x1b[32m", "\n\n",
)  # fmt: skip
_OPENINGS = (
    "", "**", "<", "<p>", "`", '"', "'", "> ", "(", "[", "- ", "| ", "token: ", "TOKEN=",
    "Authorization: Bearer ", 'curl -H "Authorization: Bearer ', '{"access_token": "',
    "https://x.test/?access_token=",
)  # fmt: skip
_ENDINGS = (
    *(sign for sign in string.printable if sign not in f"{_LETTERS}-_."), "", "**", "</p>",
    "\u2026", "...", "&expires_in=3599", "&quot;", " thanks", "\n\nRegards", '"}', "\u300d",
    "\u200b", "%22", "\nscope: x", "\n```", "\\n", " | jq .", "' -H 'Accept: */*'",
)  # fmt: skip


def _token(prefix: str, characters: str, number: int, random: Random) -> str:
    body = "".join(random.choices(characters, k=number - 2))
    return f"{prefix}a{body}9"


def _pieces(token: str, width: int) -> list[str]:
    return [token[at : at + width] for at in range(0, len(token), width)]


def _credential(text: str) -> Credential:
    credential = _FINDER.find(text).credential
    assert credential is not None
    return credential


def _whole_token(text: str) -> str | None:
    """Return the access token that would be sent."""
    credential = _FINDER.find(text).credential
    if credential is None or credential.flaw is not None:
        return None
    return credential.secret.reveal() if credential.kind is Kind.ACCESS_TOKEN else None


@each_case("form", _FORMS)
@each_case("newline", _NEWLINES)
def test_no_part_of_a_wrapped_token_is_called_whole(
    form: tuple[str, str, int], newline: str
) -> None:
    random = Random(f"{form} {newline}")
    for _ in range(inputs(12)):
        token = _token(*form, random)
        width = min(random.choice((24, 40, 60, 64, 72, 76)), len(token) // 2 + 4)
        body = newline.join(_pieces(token, width))
        opening = random.choice(_OPENINGS)
        if newline[0] in "`-" and opening:
            continue  # a quoted text that ends here, or a character of the token
        text = opening + body + random.choice(_ENDINGS)
        assert _whole_token(text) in {token, None}, text


@each_case("form", _FORMS[:5])
@each_case("newline", ["\n", "\r\n", "\n    ", "\\\n", "=\n", "<br>", '" +\n  "', "\n> "])
def test_a_wrapped_token_in_quotation_marks_is_restored(
    form: tuple[str, str, int], newline: str
) -> None:
    token = _token(*form, Random(f"{form} {newline}"))
    text = f'"{newline.join(_pieces(token, max(24, len(token) // 3)))}"'
    assert token == _whole_token(text)


@each_case("behind", ["\u2026", "...", " \u2026", " [...]", "<snip>"])
def test_a_shortened_token_is_incomplete(behind: str) -> None:
    credential = _credential(f"token ghp_{'aB3dE5gH7jK9' * 3}{behind}")
    assert Flaw.CUT_OFF is credential.flaw
    assert "ellipsis" in credential.reason


@pytest.mark.parametrize("front", ["**", "*", "***"])
def test_emphasis_around_a_token_is_no_part_of_it(front: str) -> None:
    token = "github_pat_" + "aB3d" * 22
    assert token == _whole_token(f"{front}{token}{front}")


def test_two_tokens_in_lines_are_two() -> None:
    first, second = (_token(*_FORMS[0], Random(seed)) for seed in (1, 2))
    found = [each.secret.reveal() for each in _FINDER.find(f"{first}\n{second}\n").candidates]
    assert [first, second] == found


@each_case("prefix", ["ghp_", "gho_", "ghu_", "ghs_"])
@each_case("command", [template for _, template in COMMANDS.values()])
def test_a_token_of_the_usual_length_is_whole_in_every_command(prefix: str, command: str) -> None:
    token = _token(prefix, _LETTERS, 36, Random(command))
    assert token == _whole_token(put(command, token))


@each_case(
    "behind",
    ["\nscope: repo", "\nthanks, Jo", "\nexport A=1\n", " is mine", "\n\nRegards", " | jq .",
     "\nls", "\n$ ls", "\nok", "\tok", " -- x"],
)  # fmt: skip
def test_text_behind_a_token_of_the_usual_length_is_no_part_of_it(behind: str) -> None:
    token = _token(*_FORMS[0], Random(3))
    assert token == _whole_token(token + behind)


def test_a_longer_token_of_a_form_with_a_usual_length_is_joined() -> None:
    token = _token("ghp_", _LETTERS, 90, Random(4))
    assert token == _whole_token(f'"{chr(10).join(_pieces(token, 40))}"')


@each_case("token", [f"ghs_123456_eyJ{'aB3dE5gH7j' * 12}", f"ya29.{'aB3dE5gH7jK9mN1p' * 8}"])
@each_case("more", ["", f"\n> id_token: {make_jwt({'iss': 'https://accounts.google.com'})}\n"])
def test_a_soft_break_in_a_quoted_text_ends_no_opaque_token(token: str, more: str) -> None:
    text = "> {" + "=\n> ".join(_pieces(token, 50)) + " and so on" * (not more) + more
    assert _whole_token(text) in {token, None}


@each_case("letter", ["\u00e9", "\u0130", "\u0663", "\uff21"])
def test_no_letter_beyond_ascii_is_a_tokens(letter: str) -> None:
    credential = _credential(f"token: ghs_{'aB3dE5gH7j' * 6}{letter}aB3dE5")
    assert Flaw.DAMAGED is credential.flaw


@each_case("newline", ["\n", " \\\n  ", '",\n"', "\n\n", "..\n", "</p>\n<p>"])
@each_case("form", [("ghp_", 40), ("ghs_", 40), ("glpat-", 26)])
def test_a_first_line_of_the_usual_length_before_a_random_line_is_not_certain(
    newline: str, form: tuple[str, int]
) -> None:
    prefix, width = form
    for seed in range(5):
        token = _token(prefix, _LETTERS, 90, Random(f"{newline} {seed}"))
        assert _whole_token(newline.join(_pieces(token, width))) in {token, None}


@each_case("break_", ["<br>", "<br/>\n", "\n", "\n> ", "</p>\n<p>", "\r\n    ", "\u2026\n", "\\\n"])
@each_case("sizes", [(32, 8), (29, 11), (20, 20), (32, 32), (16, 16), (40, 24)])
@each_case("end", ["", "\t\tend", "\u00bb", '"', "</p>", "\nexpires_in=3600"])
def test_no_part_of_hexadecimal_digits_is_called_whole(
    break_: str, sizes: tuple[int, int], end: str
) -> None:
    digits = random_characters(80, sum(sizes)).encode().hex()
    first, rest = digits[: sizes[0]], digits[sizes[0] : sum(sizes)]
    text = f"Authorization: Bearer {first}{break_}{rest}{end}"
    credential = _FINDER.find(text, "strava").credential
    assert credential is None or credential.flaw or credential.secret.reveal() == first + rest


def test_digits_before_other_digits_are_whole() -> None:
    digits = random_characters(40, 5).encode().hex()[:40]
    for behind in ("", "\n", "\nexpires_in: 3600", "\nid: 12345678"):
        credential = _FINDER.find(f"Authorization: Bearer {digits}{behind}", "strava").credential
        assert credential is not None
        assert (digits, None) == (credential.secret.reveal(), credential.flaw)


@pytest.mark.parametrize("mark", ["^", "\\"])
@pytest.mark.parametrize("word", ["You", "thanks", "and so on", "Regards, Jo"])
def test_a_word_behind_a_shells_mark_is_no_part_of_a_token(word: str, mark: str) -> None:
    tokens = (f"glpat-{random_characters(20, 3)}", "ghp_" + "aB3dE5gH7j" * 3 + "kM9nP1")
    for token in tokens:
        credential = _FINDER.find(f"{token}{mark}\n{word}").credential
        assert credential is not None
        assert token == credential.secret.reveal()
