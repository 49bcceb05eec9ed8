"""``tokcheck clean``: the token and nothing else."""

import pytest

from tests.cli.conftest import Run
from tests.support.tokens import FITBIT, FITBIT_REFRESH, GOOGLE


@pytest.mark.parametrize("token", [FITBIT, GOOGLE], ids=["fitbit", "google"])
def test_the_token_alone_is_on_stdout_and_what_was_stripped_on_stderr(run: Run, token: str) -> None:
    result = run("clean", stdin=f'curl -H "authorization: Bearer {token}"')
    assert (0, f"{token}\n") == (result.code, result.out)
    assert "stripped: the curl command around it; the word Bearer\n" == result.err


def test_a_bare_token_comes_out_silently(run: Run) -> None:
    assert (0, f"{FITBIT}\n", "") == run("clean", "-", stdin=FITBIT + "\n")


def test_an_unquoted_curl_command_is_a_paste(run: Run) -> None:
    result = run(
        "clean", "curl", "-X", "GET", "-H", f"Authorization: Bearer {FITBIT}", "--compressed"
    )
    assert (0, f"{FITBIT}\n") == (result.code, result.out)


def test_header_options_alone_are_a_paste(run: Run) -> None:
    assert f"{FITBIT}\n" == run("clean", "-H", f"Authorization: Bearer {FITBIT}").out


@pytest.mark.parametrize(
    ("expected", "paste"),
    [
        ("This is a refresh token, not an access token.", f"FITBIT_REFRESH_TOKEN={FITBIT_REFRESH}"),
        ("No token found in the input.", "hello"),
        ("The token is incomplete: its signature has 40 of 43 characters.", FITBIT[:-3]),
        ("The input contains 2 different tokens.", f"{FITBIT}\n{GOOGLE}"),
    ],
)
def test_anything_else_prints_nothing_on_stdout(run: Run, expected: str, paste: str) -> None:
    result = run("clean", stdin=paste)
    assert (1, "") == (result.code, result.out)
    first, *advice = result.err.splitlines()
    assert expected == first
    assert advice


def test_an_unknown_option_is_wrong_usage(run: Run) -> None:
    result = run("clean", "--frobnicate", FITBIT)
    assert (2, "") == (result.code, result.out)
    assert "Unknown option --frobnicate." in result.err


def test_an_error_message_is_refused_with_what_it_means(run: Run) -> None:
    text = '{"error": "invalid_grant", "error_description": "Token has been expired or revoked."}'
    result = run("clean", stdin=text)
    assert (1, "") == (result.code, result.out)
    found, means, command = result.err.splitlines()
    assert "it is an error message of the Google Health API." in found
    assert means.startswith("The Google Health API refused the refresh token")
    assert command.endswith("tokcheck validate")


@pytest.mark.parametrize("text", ["", " \n"])
def test_an_empty_input_is_named(run: Run, text: str) -> None:
    result = run("clean", stdin=text)
    assert (1, "") == (result.code, result.out)
    assert result.err.startswith("Standard input is empty, so it contains no token.\n")
