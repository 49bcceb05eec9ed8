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
    ],
)
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
        ("Something new.", "Something new"),
    ],
)  # fmt: skip
def test_the_sentences_of_other_releases(expected: str, sentence: str) -> None:
    assert expected == word_usage_error(sentence)


def test_an_option_is_suggested_where_the_library_suggests_none() -> None:
    sentence = "unrecognized arguments: --jsom"
    assert "Unknown option --jsom. Did you mean --json?" == word_usage_error(sentence, ["--json"])
    assert "Unknown option -j." == word_usage_error("unrecognized arguments: -j", ["-k"])
