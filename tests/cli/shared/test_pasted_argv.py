"""Which words of a command line are options of ours, and which are the paste."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.providers.paste_checks import sendable_token
from tests.support.suite.thoroughness import inputs
from tests.support.tokens import FITBIT, GOOGLE
from tokcheck.cli.shared.pasted_argv import split

FLAGS = ("--help", "-h", "--offline", "--json", "--lines")
VALUED = ("--provider", "--file", "--env", "--min-ttl", "--timeout", "--require-scope")

URL = "https://api.fitbit.com/1/user/-/devices.json"
BEARER = f"authorization: Bearer {FITBIT}"
# Name: the command's words as a shell hands them over.
COMMANDS = {
    "swagger": ["curl", "-X", "GET", URL, "-H", "accept: application/json", "-H", BEARER],
    "swagger, silent": ["curl", "-sS", "-i", "-X", "GET", "--url", URL, "-H", BEARER],
    "chrome": ["curl", URL, "-H", "accept: */*", "-H", BEARER, "--compressed"],
    "joined options": ["curl", "-XGET", URL, f"-H{BEARER}"],
    "windows": ["curl.exe", URL, "-H", BEARER],
    "windows path": ["C:\\Windows\\System32\\curl.exe", URL, "-H", BEARER],
    "path": ["/usr/bin/curl", URL, "-H", BEARER],
    "relative path": ["./curl", URL, "-H", BEARER],
    "prompt": ["$", "curl", URL, "-H", BEARER],
    "postman": ["curl", "--location", "--request", "GET", URL, "--header", BEARER],
    "token split by the shell": ["curl", URL, "-H", "authorization:", "Bearer", FITBIT],
    "help and json of curl": ["curl", "--json", "{}", "--help", "-H", BEARER, URL],
    "wget": ["wget", "-q", f"--header=Authorization: Bearer {FITBIT}", "-O", "-", URL],
    "httpie": ["http", "GET", URL, f"Authorization:Bearer {FITBIT}"],
    "httpie, secure": ["https", "-A", "bearer", "-a", FITBIT, "api.fitbit.com/1/user"],
    "xh": ["xh", "-v", URL, f"Authorization:Bearer {FITBIT}"],
    "powershell": ["Invoke-WebRequest", "-Uri", URL, "-Headers", f"@{{Authorization={FITBIT}}}"],
    "powershell, short": ["irm", URL, "-Headers", f"@{{Authorization='Bearer {FITBIT}'}}"],
    "fetch": ["fetch", "(", f"'{URL}', {{headers: {{Authorization: 'Bearer {FITBIT}'}}}})"],
    "export": ["export", f"TOKEN={FITBIT}"],
    "set": ["set", f"TOKEN={FITBIT}"],
    "setx": ["setx", "TOKEN", FITBIT],
    "without the command": ["-X", "GET", URL, "-H", BEARER],
    "header only": ["-H", BEARER],
    "header only, joined": [f"-H{BEARER}"],
    "long header only": ["--header", BEARER],
    "options first": ["--location", "--request", "GET", URL, "--header", BEARER],
    "capitals": ["CURL", URL, "-H", BEARER],
}


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_an_unquoted_command_is_the_paste(words: list[str]) -> None:
    options, paste = split(words, FLAGS, VALUED)
    assert (options, paste) == ([], words)
    assert sendable_token(" ".join(paste)) == FITBIT


OWN = [
    ["--offline"],
    ["--provider", "fitbit"],
    ["--provider=fitbit"],
    ["--offline", "--json"],
    ["--json", "--min-ttl", "1h", "--require-scope=sleep"],
    ["--min-ttl", "-1h"],
]


@pytest.mark.parametrize("own", OWN)
@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_options_of_ours_stand_before_a_command_or_at_its_end(
    words: list[str], own: list[str]
) -> None:
    assert split([*own, *words], FLAGS, VALUED) == (own, words)
    assert split([*words, *own], FLAGS, VALUED) == (own, words)
    assert split([*own, *words, *own], FLAGS, VALUED) == ([*own, *own], words)


@pytest.mark.parametrize(
    ("options", "paste", "argv"),
    [
        ([], [], []),
        ([], [FITBIT], [FITBIT]),
        ([], ["Bearer", FITBIT], ["Bearer", FITBIT]),
        ([], ["-"], ["-"]),
        (["--json"], ["-"], ["-", "--json"]),
        (["--json"], ["-"], ["--json", "-"]),
        (["--help"], [], ["--help"]),
        (["--json"], [FITBIT], [FITBIT, "--json"]),
        (["--provider", "fitbit"], [FITBIT], ["--provider", "fitbit", FITBIT]),
        (["--provider", "fitbit"], [FITBIT], [FITBIT, "--provider", "fitbit"]),
        (["--provider=fitbit"], [FITBIT], [FITBIT, "--provider=fitbit"]),
        (["--provider"], [FITBIT], [FITBIT, "--provider"]),
        (["--min-ttl", "--json"], [], ["--min-ttl", "--json"]),
        ([], ["--json"], ["--", "--json"]),
        (["--offline"], ["--json", "-x", "--"], ["--offline", "--", "--json", "-x", "--"]),
        ([], [FITBIT, "--json"], [FITBIT, "--", "--json"]),
        (["--unknown"], [FITBIT], ["--unknown", FITBIT]),
        (["--unknown=1"], [FITBIT], ["--unknown=1", FITBIT]),
        (["-z"], [FITBIT], ["-z", FITBIT]),
        (["--offlin"], [FITBIT], [FITBIT, "--offlin"]),
        ([], ["-eyJ" + FITBIT], ["-eyJ" + FITBIT]),
        ([], ["-----BEGIN"[:1] + FITBIT], ["-" + FITBIT]),
        (["--json"], ["curl", "--json", "{}", URL], ["curl", "--json", "{}", URL, "--json"]),
        ([], ["curl", "--json", "{}"], ["curl", "--json", "{}"]),
        (["--file", "curl"], [], ["--file", "curl"]),
        (["--env", "T"], ["export", "T=1"], ["--env", "T", "export", "T=1"]),
    ],
)
def test_words_are_split(options: list[str], paste: list[str], argv: list[str]) -> None:
    assert split(argv, FLAGS, VALUED) == (options, paste)


def test_the_words_that_are_given_stay_as_they_were() -> None:
    argv = ["--json", "curl", "-H", BEARER, "--offline"]
    before = list(argv)
    split(argv, FLAGS, VALUED)
    assert argv == before


def test_without_options_of_ours_a_command_is_wholly_the_paste() -> None:
    words = ["curl", "-H", f"authorization: Bearer {GOOGLE}", "--json"]
    assert split(words, (), ()) == ([], words)


words_of_a_line = st.lists(
    st.sampled_from([*FLAGS, *VALUED, "--provider=fitbit", "--", "-", "curl", "-H", "-X", "-z",
    "--unknown"])
    | st.text(max_size=8),
    max_size=12,
)  # fmt: skip


@settings(max_examples=inputs(1000), derandomize=True, deadline=None)
@given(words_of_a_line)
def test_no_word_is_lost_or_made_up(argv: list[str]) -> None:
    options, paste = split(argv, FLAGS, VALUED)
    both = sorted(options + paste)
    assert both in (sorted(argv), sorted(argv[: argv.index("--")] + argv[argv.index("--") + 1 :])
                    if "--" in argv else None)  # fmt: skip


def test_a_very_long_line_of_words_is_read_quickly() -> None:
    argv = ["curl", *["-H"] * 100_000]
    assert split(argv, FLAGS, VALUED) == ([], argv)
    assert split(["word"] * 100_000, FLAGS, VALUED) == ([], ["word"] * 100_000)
