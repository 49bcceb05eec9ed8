"""Placeholders, shell variables and masks in the place of a token have advice of their own."""

import pytest

from tests.support.providers.paste_checks import conclusion, read, sendable_token
from tests.support.suite.cases import each_case
from tests.support.tokens import (
    FITBIT,
    GOOGLE,
)
from tokcheck.core.credential import Flaw, Kind
from tokcheck.core.report import Verdict

PLACEHOLDERS = [
    "<access_token>", "<token>", "<your token>", "<YOUR-TOKEN-HERE>", "<redacted>",
    "[YOUR_ACCESS_TOKEN]", "[REDACTED]", "[object Object]", "{{accessToken}}", "{{ token }}",
    "{{$json.token}}", "{token}", "{access_token}", "{}", "{0}", "%s", "YOUR_ACCESS_TOKEN",
    "YOUR_TOKEN_HERE", "your_token_here", "your-access-token", "INSERT_TOKEN", "PASTE_TOKEN_HERE",
    "my-token", "ACCESS_TOKEN", "access_token", "accessToken", "TOKEN", "__TOKEN__", "@@TOKEN@@",
    "REPLACE_ME", "changeme", "xxxx", "XXXXXXXXXX", "x" * 100, "eyJxxxxxxxx", "***", "********",
    "\u2022" * 8, "...", "\u2026", "undefined", "null", "None", "nil", "NaN", "true",
    "&lt;access_token&gt;", "%3Caccess_token%3E",
]  # fmt: skip
VARIABLES = [
    "$TOKEN", "${TOKEN}", "$FITBIT_ACCESS_TOKEN", "%TOKEN%", "$env:TOKEN", "${env:TOKEN}", "$1",
    "$(cat token.txt)", "$(gcloud auth application-default print-access-token)",
    "${{ secrets.TOKEN }}", "process.env.TOKEN", 'os.environ["TOKEN"]', "os.getenv('TOKEN')",
]  # fmt: skip


@each_case("text", PLACEHOLDERS + VARIABLES)
def test_a_placeholder_is_recognized(text: str) -> None:
    for around in ("@", "Bearer @", "Authorization: Bearer @", '-H "Authorization: Bearer @"',
                   "curl -H 'authorization: Bearer @' https://api.fitbit.com/1/user/-/devices.json",
                   "access_token: @", '{"access_token": "@"}'):  # fmt: skip
        credential = read(around.replace("@", text, 1)).credential
        assert credential is not None, around
        assert credential.kind is Kind.PLACEHOLDER, around
        found = conclusion(around.replace("@", text, 1))
        assert found.verdict is Verdict.PLACEHOLDER
        assert found.advice


@pytest.mark.parametrize(
    ("advice", "text"),
    [
        ("Set the variable, and use double quotes", "$TOKEN"),
        ("tokcheck validate --env FITBIT_TOKEN", "${FITBIT_TOKEN}"),
        ("tokcheck validate --env FITBIT_TOKEN", "${FITBIT_TOKEN:-}"),
        ("tokcheck validate --env NAME", "$1"),
        ("Only cmd.exe replaces it", "%TOKEN%"),
        ("PowerShell writes $env:TOKEN", "%TOKEN%"),
        ("tokcheck validate --env TOKEN", "%TOKEN%"),
        ("Only PowerShell replaces it", "$env:TOKEN"),
        ("cmd.exe writes %TOKEN%", "${env:TOKEN}"),
        ("Or pipe the command's output", "$(cat token.txt)"),
        ("a secret FITBIT_TOKEN exists under Settings", "${{ secrets.FITBIT_TOKEN }}"),
        ("a secret TOKEN exists", "${{secrets['TOKEN']}}"),
        ("a pull request from a fork", "${{ secrets.TOKEN || '' }}"),
        ("Pass it to the step with env", "${{ env.TOKEN }}"),
        ("Pass it to the step with env", "${{ steps.refresh.outputs.token }}"),
        ("tokcheck validate --env TOKEN", "process.env.TOKEN"),
        ("tokcheck validate --env TOKEN", "import.meta.env.TOKEN"),
        ("tokcheck validate --env TOKEN", 'os.environ["TOKEN"]'),
        ("tokcheck validate --env TOKEN", "os.environ.get('TOKEN', '')"),
        ("tokcheck validate --env TOKEN", "os.getenv('TOKEN')"),
        ("tokcheck validate --env TOKEN", 'System.getenv("TOKEN")'),
        ("tokcheck validate --env TOKEN", "ENV['TOKEN']"),
        ("such as Postman", "{{ var }}"),
        ("such as Postman", "{{accessToken}}"),
        ("format string", "{token}"),
        ("had no value", "undefined"),
        ("had no value", "None"),
        ("Replace it with your own", "YOUR_ACCESS_TOKEN"),
        ("Replace it with your own", "<access_token>"),
    ],
)
def test_each_kind_of_placeholder_has_advice_of_its_own(advice: str, text: str) -> None:
    for around in ("@", "Authorization: Bearer @", '"access_token": "@"'):
        found = conclusion(around.replace("@", text))
        assert Verdict.PLACEHOLDER is found.verdict
        assert advice in found.advice[0]
        if "shell" not in advice and text.startswith(("${{", "%", "{{")):
            assert "single quotes" not in found.advice[0]


MASKED = [
    "***", "********", "\u2022" * 3, "\u25cf" * 9, "[REDACTED]", "<redacted>",
    "[MASKED]", "[FILTERED]", "[secure]", "(redacted)", "REDACTED", "**REDACTED**", "<hidden>",
    "[token redacted]", "ya29.****", "eyJ***", "ya29.[REDACTED]", "%3Credacted%3E",
]  # fmt: skip


@pytest.mark.parametrize("text", MASKED)
def test_a_masked_token_was_masked_by_the_program_that_printed_it(text: str) -> None:
    for around in ("@", "FITBIT_TOKEN: @", "Bearer @", '{"access_token": "@"}', "token=@"):
        found = conclusion(around.replace("@", text))
        assert Verdict.PLACEHOLDER is found.verdict, around
        assert "The token was masked by the program that printed it." == found.summary
        assert "not from a log" in found.advice[0]


def test_a_row_of_the_letter_x_was_masked_by_no_program() -> None:
    rows = ("xxx", "xxxx", "X" * 40, "xxxx-xxxx-xxxx", "eyJxxxxxxxx", "eyJxxx.xxxx.xxxx",
            "ya29.xxxxxxx", "ya29." + "x" * 120)  # fmt: skip
    for text in rows:
        for around in ("@", "FITBIT_TOKEN: @", "Bearer @", '{"access_token": "@"}', "token=@"):
            found = conclusion(around.replace("@", text))
            assert Verdict.PLACEHOLDER is found.verdict, (around, text)
            assert "The letter x stands in the place of the token" in found.summary
            assert "not from a log" not in found.advice[0]


@pytest.mark.parametrize("token", [FITBIT, GOOGLE], ids=["fitbit", "google"])
@pytest.mark.parametrize("mask", ["***", "*" * 40, "\u2022" * 8])
def test_a_token_of_which_the_rest_is_masked_is_incomplete(token: str, mask: str) -> None:
    for at in range(12, len(token) - 4, 9):
        found = conclusion(f"Authorization: Bearer {token[:at].rstrip('.')}{mask}")
        assert Verdict.INCOMPLETE is found.verdict
        assert "the program that printed it masked the rest" in found.summary
        assert token[:at] not in repr(found)


def test_the_box_of_the_api_explorer_is_a_placeholder() -> None:
    text = (
        "curl 'https://health.googleapis.com/v4/users/me/identity?key=[YOUR_API_KEY]' --header "
        "'Authorization: Bearer [YOUR_ACCESS_TOKEN]' --header 'Accept: application/json' "
        "--compressed"
    )
    assert conclusion(text).verdict is Verdict.PLACEHOLDER


def test_a_token_beside_a_placeholder_is_found() -> None:
    assert sendable_token(f"TOKEN=YOUR_ACCESS_TOKEN\nTOKEN={FITBIT}") == FITBIT
    assert sendable_token(f"<access_token> {GOOGLE}") == GOOGLE


@pytest.mark.parametrize("name", ["YOUR_ACCESS_TOKEN", "MY_TOKEN", "YOUR_TOKEN_HERE"])
def test_a_placeholder_glued_to_an_opaque_token_is_named(name: str) -> None:
    for text in (f"{GOOGLE}{name}", f"{name}{GOOGLE}", f"Bearer {GOOGLE}{name}"):
        credential = read(text).credential
        assert credential is not None
        assert credential.flaw is Flaw.DAMAGED
        assert name in credential.reason
