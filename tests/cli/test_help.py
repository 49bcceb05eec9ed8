"""The help of every command is plain and fits the terminal."""

import re
import shlex
from importlib import import_module
from pathlib import Path

import pytest
from typer.core import TyperGroup

from tests.cli.conftest import Run
from tokcheck.cli import fast_commands, typer_app

# The value of an option or an argument, as a person reads it.
_METAVARS = {
    *("N", "I/N", "TIME", "PATH", "URL", "SHELL", "ADDRESS", "NAME", "VAR", "NAME=VAR"),
    *("ID", "PASTE", "GLOB", "FORMAT", "LEVEL", "A..B", "REMOTE", "FINGERPRINT", "PROVIDER"),
    *("FILE", "ACCOUNT", "COMMAND"),
}

_GROUPS = {("accounts",), ("providers",)}


def _commands() -> list[tuple[str, ...]]:
    """Return the words of every command, those of the groups included."""
    found: list[tuple[str, ...]] = [()]
    for name in typer_app.COMMANDS:
        found.append((name,))
        command = typer_app.build([name]).commands[name]
        if isinstance(command, TyperGroup):
            found += [(name, sub) for sub in command.commands]
    return found


def _metavars(words: tuple[str, ...]) -> set[str]:
    """Return what the help shows as the values of a command's options and arguments."""
    name = words[0]
    if name in fast_commands.COMMANDS:
        actions = import_module(f"tokcheck.cli.commands.{name}").build_parser()._actions  # noqa: SLF001
        return {str(action.metavar) for action in actions if action.nargs != 0}
    command = typer_app.build([name]).commands[name]
    if isinstance(command, TyperGroup):
        command = command.commands[words[1]]
    valued = [one for one in command.params if not getattr(one, "is_flag", False)]
    return {(one.metavar or "missing").removesuffix("...").strip("[]") for one in valued}


def test_a_value_has_one_name_in_all_commands() -> None:
    found: dict[str, set[str]] = {}
    for page in typer_app.every_page():
        for option in page.options:
            found.setdefault(option.names[-1], set()).add(option.metavar.strip("[]"))
    assert {} == {name: names for name, names in found.items() if len(names) > 1}


@pytest.mark.parametrize("columns", [60, 80, 120])
@pytest.mark.parametrize("words", _commands(), ids=" ".join)
def test_the_help_fits_the_terminal_and_shows_no_raw_metavar(
    run: Run, words: tuple[str, ...], columns: int
) -> None:
    result = run(*words, "--help", env={"COLUMNS": str(columns)})
    assert (0, "") == (result.code, result.err)
    text, _, example = result.out.partition("Example")
    _, _, after = example.partition("\n\n")
    assert [] == [line for line in (text + after).splitlines() if len(line) > columns]
    assert words in _GROUPS or "  --no-color  " in text
    assert [] == re.findall(r"<\w[^>]*>|\{[^}]*\}", result.out)
    assert result.out.startswith(f"Usage: {' '.join(('tokcheck', *words))} [OPTIONS]")


@pytest.mark.parametrize("words", _commands(), ids=" ".join)
def test_the_help_has_an_example(run: Run, words: tuple[str, ...]) -> None:
    out = run(*words, "--help").out
    assert re.search(r"^ *Examples?:\n +\S*.*tokcheck " + " ".join(words), out, re.MULTILINE), out


@pytest.mark.parametrize(
    "words",
    [w for w in _commands() if w and w not in _GROUPS],
    ids=" ".join,
)
def test_each_value_has_a_plain_name(words: tuple[str, ...]) -> None:
    assert set() == _metavars(words) - _METAVARS


def test_each_example_can_be_copied_as_it_is() -> None:
    """It is one line of at most 80 columns, and its command takes its options."""
    pages = {page.words: page for page in typer_app.every_page()}
    for page in pages.values():
        assert page.examples, page.words
        for example in page.examples:
            assert len(example) <= 78, example
            line = re.sub(r".*?\btokcheck ", "", example, count=1).partition(")")[0]
            words = [word for word in shlex.split(line, comments=True) if word not in {"|", ">"}]
            command = next(
                w for w in (tuple(words[:2]), tuple(words[:1])) if w in {*pages, ("help",)}
            )
            known = {name for option in pages.get(command, page).options for name in option.names}
            assert known >= {word for word in words if word.startswith("--")}, example


@pytest.mark.parametrize("words", ["help", "help help", "--help", ""])
def test_help_without_a_command_is_that_of_the_program(run: Run, words: str) -> None:
    result = run(*words.split())
    assert (0, "") == (result.code, result.err)
    assert result.out.startswith("Usage: tokcheck [OPTIONS] COMMAND")
    assert all(each in result.out for each in ("Exit codes", "TOKCHECK_HOME", "Documentation: "))


@pytest.mark.parametrize("words", ["scan", "validate", "accounts", "accounts list", "completion"])
def test_help_with_a_command_is_that_of_the_command(run: Run, words: str) -> None:
    assert run(*words.split(), "--help") == run("help", *words.split())


@pytest.mark.parametrize("words", ["accounts", "accounts help", "accounts --no-color --help"])
def test_a_group_alone_shows_its_help(run: Run, words: str) -> None:
    result = run(*words.split())
    assert (0, run("accounts", "--help").out, "") == (result.code, result.out, result.err)


def test_a_command_of_a_group_after_help_shows_its_help(run: Run) -> None:
    assert run("accounts", "list", "--help") == run("accounts", "help", "list")


def test_colours_can_be_forbidden_before_the_command_of_a_group(run: Run) -> None:
    assert run("providers", "list") == run("providers", "--no-color", "list")


def test_a_path_in_place_of_a_command_gets_the_command_that_reads_it(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "token.txt").write_text("x")
    monkeypatch.chdir(tmp_path)
    result = run("token.txt")
    assert (2, "") == (result.code, result.out)
    assert "To read it: tokcheck validate --file token.txt" in result.err
    assert "To search it: tokcheck scan" in run(str(tmp_path)).err


@pytest.mark.parametrize(
    ("expected", "words"),
    [
        ("Unknown command 'valdate'. Did you mean validate?", "valdate x"),
        ("Unknown command 'acounts'. Did you mean accounts?", "acounts list"),
        ("Unknown command 'acounts'. Did you mean accounts?", "help acounts"),
        ("Unknown command 'lst'. Did you mean list?", "accounts lst"),
        ("Unknown command 'hlep'. Did you mean help?", "hlep"),
        ("Unknown command 'version'. Did you mean --version?", "version"),
        ("Unknown command '-'.", "-"),
        ("Unknown command 'zzz'.", "zzz"),
        ("Unknown option --stagd. Did you mean --staged?", "scan --stagd"),
        ("Unknown option --min-tl. Did you mean --min-ttl?", "validate --min-tl 1h x"),
    ],
)
def test_a_mistyped_word_gets_a_suggestion(run: Run, expected: str, words: str) -> None:
    result = run(*words.split())
    assert (2, f"tokcheck: {expected}") == (result.code, result.err.splitlines()[0])


def test_both_parsers_have_one_manner(run: Run) -> None:
    """The same headings in the same order, and ``--help`` as the last option."""
    order = ["Arguments:", "Options:", "Commands:", "Examples:"]
    for words in _commands():
        lines = run(*words, "--help").out.splitlines()
        found = ["Examples:" if line == "Example:" else line for line in lines]
        assert [each for each in order if each in found] == [
            each for each in found if each in order
        ]
        options = lines[lines.index("Options:") + 1 :]
        assert options[options.index("") - 1].startswith("  -h, --help "), words


def test_exit_codes_come_last(run: Run) -> None:
    for words in _commands()[1:]:
        text = run(*words, "--help").out
        if "Exit codes: " in text:
            assert text.index("Example") < text.index("Exit codes: "), words


def test_the_commands_are_listed_in_their_order(run: Run) -> None:
    listed = re.findall(r"^  (\w+)  +[A-Z]", run("--help").out, re.MULTILINE)
    assert list(typer_app.COMMANDS) == listed
