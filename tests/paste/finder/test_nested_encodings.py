"""Tokens inside encoded text: JSON in JSON, percent-encoding, HTML, string literals and mail."""

import gzip
import html
import json
import zlib
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from urllib.parse import quote

import pytest

from tests.support.providers.copied_formats import TOKENS, put
from tests.support.providers.paste_checks import hard_wrap, read, sendable_token
from tests.support.suite.cases import each_case
from tests.support.tokens import FITBIT, GOOGLE, NOW
from tokcheck.checks.without_token import conclude_from_text
from tokcheck.core.report import Verdict


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize("times", [1, 2, 3])
def test_json_in_json_in_json_gives_the_token(token: str, times: int) -> None:
    text = json.dumps({"access_token": token, "expires_in": 3599})
    for _ in range(times):
        text = json.dumps({"body": text})
    assert sendable_token(text) == token


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize(
    "template",
    [
        "https://example.org/cb#access_token=@&user_id=7TESTS&scope=settings&expires_in=86400",
        "https://example.org/cb#scope=settings&expires_in=86400&access_token=@",
        "Authorization: Bearer @",
        '{"access_token": "@", "expires_in": 3599}',
    ],
)
def test_percent_encoding_is_decoded(template: str, times: int, token: str) -> None:
    text = put(template, token)
    for _ in range(times):
        text = quote(text, safe="")
    assert sendable_token(text) == token


@pytest.mark.parametrize("times", [1, 2])
def test_full_percent_encoding_is_decoded_and_named(times: int) -> None:
    text = FITBIT
    for _ in range(times):
        text = quote(text, safe="").replace(".", "%2E").replace("-", "%2D").replace("_", "%5F")
    assert sendable_token(text) == FITBIT
    assert read(text).cleaned == ("percent-encoding or escapes inside it",)


@pytest.mark.parametrize("token", TOKENS)
def test_html_escaping_is_accepted(token: str) -> None:
    assert sendable_token(html.escape(json.dumps({"access_token": token}))) == token


# Language: the front, the seam between two pieces, and the end.
SEAMS: dict[str, tuple[str, str, str]] = {
    "python, implicit": ('TOKEN = (\n    "', '"\n    "', '"\n)'),
    "python, implicit, single quotes": ("TOKEN = ('", "'\n         '", "')"),
    "python, plus": ('TOKEN = "', '" + \\\n    "', '"'),
    "python, plus in brackets": ('TOKEN = ("', '"\n    + "', '")'),
    "python, backslash": ('TOKEN = "', '" \\\n    "', '"'),
    "python, backslash inside": ('TOKEN = "', "\\\n", '"'),
    "python, f-strings": ("TOKEN = (f'", "'\n f'", "')"),
    "javascript": ('const token = "', '" +\n  "', '";'),
    "javascript, operator first": ("const token = '", "'\n  + '", "';"),
    "javascript, backslash": ('const token = "', "\\\n", '";'),
    "typescript, one line": ("const token = '", "' + '", "';"),
    "c": ('const char *token = "', '"\n    "', '";'),
    "c, backslash": ('#define TOKEN "', '" \\\n    "', '"'),
    "php": ("$token = '", "' .\n  '", "';"),
    "php, operator first": ('$token = "', '"\n  . "', '";'),
    "php, tight": ("$token = '", "'.'", "';"),
    "vb": ('token = "', '" & _\r\n    "', '"'),
    "vb, no blank": ('token = "', '" &_\r\n    "', '"'),
    "ruby": ('token = "', '" \\\n  "', '"'),
    "ruby, plus": ("token = '", "' +\n  '", "'"),
    "java": ('String token = "', '"\n        + "', '";'),
    "go": ('token := "', '" +\n\t"', '"'),
    "lua": ('local token = "', '" ..\n  "', '"'),
    "haskell": ('token = "', '" ++\n  "', '"'),
    "sql": ("SELECT '", "' ||\n '", "'"),
    "erlang": ('"', '" <> "', '"'),
    "powershell": ('$token = "', '" +\n "', '"'),
    "escaped": ('{"code": "t = \\"', '\\" + \\n \\"', '\\""}'),
}  # fmt: skip


@each_case("width", [17, 33, 60, 100])
@each_case("token", TOKENS)
@each_case(
    ("front", "seam", "end"), [pytest.param(*value, id=name) for name, value in SEAMS.items()]
)
def test_a_string_literal_that_goes_on_is_joined(
    front: str, seam: str, end: str, token: str, width: int
) -> None:
    text = front + hard_wrap(token, width, seam) + end
    assert sendable_token(text) == token
    cleaned = read(text).cleaned
    assert any(words.endswith("inside it") for words in cleaned)


def test_a_list_of_strings_joins_a_signed_token() -> None:
    text = f'"".join(["{FITBIT[:90]}", "{FITBIT[90:180]}", "{FITBIT[180:]}"])'
    assert sendable_token(text) == FITBIT


@pytest.mark.parametrize("token", TOKENS)
def test_quoted_printable_soft_breaks_are_joined(token: str) -> None:
    assert sendable_token("Bearer " + hard_wrap(token, 75, "=\r\n")) == token


def test_wrapped_quoted_mail_is_joined_and_noted() -> None:
    text = "> Bearer " + hard_wrap(FITBIT, 70, "\n> ")
    assert sendable_token(text) == FITBIT
    assert "3 line breaks inside it" in read(text).cleaned


@each_case("option", ["--rm", "-y", "-it", "-X", "--no-pager", "-v"])
@each_case(
    "encode",
    [quote, lambda text: quote(quote(text)), lambda text: quote(json.dumps(text))],
)
@each_case("token", [FITBIT, GOOGLE])
def test_an_option_behind_an_encoded_token_is_no_part_of_it(
    token: str, encode: Callable[[str], str], option: str
) -> None:
    assert token == sendable_token(encode(f"docker run -e TOKEN={token} {option} image:latest"))


_NOISE = "".join(sha256(bytes([n])).hexdigest() for n in range(50))


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress])
def test_a_compressed_text_that_was_cut_is_said_to_be(pack: Callable[[bytes], bytes]) -> None:
    def cut(text: str, missing: int) -> str:
        return f"x: {b64encode(pack(text.encode())[:-missing]).decode()}"

    part = "the end of the compressed text is missing or damaged"
    # The token is in front of the end that is missing, or that is in it.
    paste = read(cut(f"access_token: {GOOGLE}\nnotes: {_NOISE}\n", 400))
    assert paste.credential is not None
    assert GOOGLE == paste.credential.secret.reveal()
    assert paste.credential.flaw is None
    assert part in " ".join(paste.cleaned)
    paste = read(cut(f"notes: {_NOISE}\naccess_token: {GOOGLE}\n", 100))
    assert paste.credential is not None
    assert "breaks off there" in paste.credential.reason
    assert part in " ".join(paste.cleaned)

    text = cut(f"notes: {_NOISE} {_NOISE}\naccess_token: {GOOGLE}\n", 400)
    conclusion = conclude_from_text(text, read(text), {}, NOW)
    assert conclusion is not None
    assert Verdict.NO_TOKEN is conclusion.verdict
    assert "a compressed text in it is cut or damaged" in conclusion.summary
