"""Wrong usage is reported in the same words by the commands of argparse and those of typer."""

import pytest

from tests.cli.conftest import Run
from tokcheck.cli.shared.usage_wording import word_usage_error

_MISSING = "Option --min-ttl requires an argument."


@pytest.mark.parametrize(
    ("message", "argparse_words", "typer_words"),
    [
        ("Unknown option --frob.", "scan --frob", "serve --frob"),
        ("Unexpected argument b.", "token a b", "accounts show a b"),
        ("Missing argument NAME.", "token", "accounts show"),
        ("Unknown option --frob.", "scan --frob=1", "serve --frob=1"),
        (
            "Option --min-ttl requires an argument.",
            "token a --min-ttl",
            "accounts refresh --min-ttl",
        ),
        (
            "Option --min-ttl requires an argument.",
            "token --min-ttl -h",
            "accounts refresh --min-ttl -h",
        ),
        ("Option --help takes no argument.", "token --help=1", "accounts show --help=1"),
    ],
)
def test_both_libraries_word_an_error_the_same(
    run: Run, message: str, argparse_words: str, typer_words: str
) -> None:
    for words in (argparse_words, typer_words):
        result = run(*words.split())
        command = " ".join(words.split()[: 1 + words.startswith("accounts")])
        expected = (2, "", f"tokcheck: {message}\nSee tokcheck {command} --help.\n")
        assert expected == (result.code, result.out, result.err)


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("--format 'x' is not one of text, json, sarif, github, gitlab, junit.", "scan --format x"),
        ("There is no provider 'x'.", "revoke --provider x a"),
        ("There is no provider 'x'.", "validate --provider x a"),
        ("There is no provider 'x'.", "login x"),
        ("--range cannot be combined with --staged.", "scan --staged --range a..b"),
        ("Unknown option --jso. Did you mean --json?", "validate --jso a"),
        (
            "Unknown option --web.listen-addres. Did you mean --web.listen-address?",
            "serve --web.listen-addres 1",
        ),
        ("Unknown command 'nope'.", "nope"),
        ("Unknown command 'nope'.", "accounts nope"),
        ("--port 'x' is not a whole number.", "sandbox --port x"),
        ("--limit 'x' is not a whole number.", "accounts list --limit x"),
        ("--limit 0 is out of range.", "accounts list --limit 0"),
        ("Missing argument PATH.", "accounts import"),
        ("Missing option --format, which is one of token-response, python-fitbit, fitbit-grafana, "
         "google-auth.", "accounts export alex"),
    ],
)  # fmt: skip
def test_a_wrong_choice_a_conflict_and_an_unknown_command(
    run: Run, message: str, words: str
) -> None:
    assert f"tokcheck: {message}" == run(*words.split()).err.splitlines()[0]


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("validate", ["--env"]),
        ("validate", ["--file", "--", "x"]),
        ("validate", ["--account", "--json"]),
        ("login", ["fitbit", "--client-id"]),
        ("serve", ["--listen", "--once"]),
        ("accounts refresh", ["--min-ttl"]),
        ("accounts export", ["alex", "--format", "--output", "x"]),
    ],
)
def test_an_option_without_its_value_names_itself_and_the_commands_help(
    run: Run, command: str, words: list[str]
) -> None:
    option = next(word for word in words if word.startswith("--"))
    result = run(*command.split(), *words)
    assert (2, "") == (result.code, result.out)
    lines = f"tokcheck: Option {option} requires an argument.\nSee tokcheck {command} --help.\n"
    assert lines == result.err


@pytest.mark.parametrize(
    ("expected", "sentence"),
    [
        ("Unknown option --a.", "No such option '--a'."),
        ("Unknown option --a. Did you mean --b or --c?",
         "No such option '--a'. (Did you mean one of: '--b', '--c'?)"),
        ("Unexpected argument b.", "Got unexpected extra argument (b)"),
        ("Unexpected argument b c.", "Got unexpected extra arguments (b c)"),
        ("Unknown command 'x'. Did you mean y?", "No such command 'x'. Did you mean 'y'?"),
        ("--format 'x' is not one of text, json.",
         "argument --format: invalid choice: 'x' (choose from text, json)"),
        ("Missing option --a, which is one of b, c.",
         "Missing option '--a'. Choose from:\n\tb,\n\tc"),
        ("Missing option --a.", "Missing option '--a'."),
        ("--a 'x' is not a whole number.",
         "Invalid value for '--a': 'x' is not a valid int range."),
        ("Something new.", "Something new"),
    ],
)  # fmt: skip
def test_the_sentences_of_other_releases(expected: str, sentence: str) -> None:
    assert expected == word_usage_error(sentence)


def test_an_option_is_suggested_where_the_library_suggests_none() -> None:
    sentence = "unrecognized arguments: --jsom"
    assert "Unknown option --jsom. Did you mean --json?" == word_usage_error(sentence, ["--json"])
    assert "Unknown option -j." == word_usage_error("unrecognized arguments: -j", ["-k"])


@pytest.mark.parametrize(
    ("meant", "words"),
    [
        ("validate", "VALIDATE"),
        ("validate", "Validat"),
        ("accounts", "ACCOUNTS list"),
        ("accounts", "acc list"),
        ("list", "accounts LIST"),
        ("show", "providers SHOW fitbit"),
        ("scan", "help SCAN"),
        ("list", "help accounts LIST"),
        ("--lines", "validate --LINES"),
        ("--format", "scan --FORMAT text"),
        ("--scope", "login fitbit --SCOPE sleep"),
        ("--no-color", "accounts --NO-COLOR"),
        ("sarif", "scan --format SARIF"),
        ("sarif", "scan --format saruf"),
        ("info", "serve --log-level INF"),
        ("error", "serve --log-level ERROR"),
        ("json", "serve --log-format jsn"),
        ("fitbit-grafana", "accounts export alex --format fitbit_grafana"),
        ("python-fitbit", "accounts export alex --format PYTHON-FITBT"),
        ("bash", "completion BASH"),
        ("fish", "completion fsh"),
        ("fitbit", "login fitbitt"),
        ("google-health", "login GOOGLE"),
        ("strava", "login stava"),
        ("fitbit", "accounts import - --provider fitbitt"),
        ("fitbit", "validate --provider FITBITT x"),
        ("fitbit", "revoke --provider fitbitt x"),
        ("docker-hub", "observe anna --provider docker"),
        ("strava", "sandbox --provider stava"),
        ("github", "providers show gihub"),
        ("sleep", "validate --require-scope SLEPP x"),
        ("sleep", "login fitbit --scope slepp"),
        ("sleep", "login google-health --scope SLEPP"),
        ("cardio_fitness", "login fitbit --scope cardio"),
        ("all", "login fitbit --scope al"),
    ],
)
def test_the_nearest_name_is_suggested_in_any_case(run: Run, meant: str, words: str) -> None:
    result = run(*words.split())
    assert 2 == result.code
    assert f"Did you mean {meant}" in result.err


@pytest.mark.parametrize(
    "words",
    ["xyzzy", "login xyzzy", "login fitbit --scope xyzzy", "scan --format xyzzy", "scan -q"],
)
def test_a_name_that_is_near_to_none_suggests_none(run: Run, words: str) -> None:
    assert "Did you mean" not in run(*words.split()).err
