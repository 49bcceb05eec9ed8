"""Every hint names commands and options that exist for the command that prints it.

The texts of the package are read from the code, the options from the parsers themselves.
"""

import ast
import re
import shlex
from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise

import pytest

from tests.support.cli.hints import (
    COMMAND,
    Text,
    bare_options,
    named_commands,
    options_by_command,
    texts,
)
from tests.support.suite.imports import FILES
from tokcheck.accounts.grant import Broken, BrokenReason, Intent, Refused
from tokcheck.accounts.grant_errors import explain
from tokcheck.accounts.login_command import LoginCommand
from tokcheck.accounts.oauth.token_error_table import TOKEN_CAUSES
from tokcheck.cli import fast_commands, typer_app
from tokcheck.cli.shared.typer_help import CLICK_ERROR
from tokcheck.core.errors import UsageError
from tokcheck.providers import REGISTRY

# Which commands may print the texts of a module; the first prefix that fits applies. Whatever is
# not listed may be printed by every command.
_PRINTED_BY: Sequence[tuple[str, tuple[str, ...]]] = (
    ("cli/commands/accounts/__init__.py", ("accounts refresh",)),  # its exit codes name an option
    ("declarations/", ("validate",)),
    ("accounts/login/", ("login",)),
    ("accounts/login_command.py", ("login",)),
    ("accounts/oauth/authorization", ("login",)),
    ("accounts/explanation/", ("validate",)),
    ("accounts/token_files/export.py", ("accounts export",)),
    ("accounts/token_files/", ("accounts import",)),
    ("checks/render_text.py", ("validate",)),
    ("checks/requirements.py", ("validate",)),  # no other command requires a time to live
    ("cli/commands/accounts/import_.py", ("accounts import",)),
    *((f"cli/commands/accounts/{name}.py", (f"accounts {name}",))
      for name in ("export", "list", "recover", "refresh", "remove", "show")),
    *((f"cli/commands/{name}", (name,)) for name in typer_app.COMMANDS),
    ("cli/shared/exporter/account_options.py", ("serve", "watch")),
    ("exporter/metrics/textfile.py", ("serve",)),
    ("exporter/web/", ("serve",)),
    ("exporter/", ("serve", "watch")),
    ("sandbox/", ("sandbox",)),
    ("scan/", ("scan",)),
)  # fmt: skip
# Not the program's own: other programs, patterns and style sheets.
_FOREIGN = re.compile(
    r"git [^.;]*|pipx [^.;]*|uv (?:tool|pip|run) [^.;]*|X --no-dev X"
    r"|overcommit [^.;]*|docker [^.;]*|keyring --[a-z-]*|(?:python|py) -m [^.;]*"
    r"|--collector[\w.-]*|\(\?.*|:root.*"
    r"|\(\?:-u\|--user\).*",
    re.DOTALL,
)
# The program is the subject of these; what is neither a verb nor a command is a mistake.
_VERBS = re.compile(r"[a-z]+[^s]s|cannot|wrote|understood")


def printing_commands(module: str) -> tuple[str, ...]:
    """Return the commands that may print the texts of a module."""
    for prefix, commands in _PRINTED_BY:
        if module.startswith(prefix):
            return commands
    return tuple(name for name in options_by_command() if name != "tokcheck")


def wrong_words(text: Text) -> list[str]:
    """Return the commands and options of a text that do not exist."""
    known = options_by_command()
    wrong = []
    for command in named_commands(text.text):
        if command.name not in known:
            is_prose = _VERBS.fullmatch(command.name) and not command.options
            wrong += [] if is_prose else [f"tokcheck {command.name}"]
            continue
        wrong += [
            f"tokcheck {command.name} {option}"
            for option in command.options
            if option not in known[command.name]
        ]
    for option in bare_options(_FOREIGN.sub("", text.text)):
        wrong += [
            f"{option} of {command}"
            for command in printing_commands(text.module)
            if option not in known.get(command, frozenset())
        ]
    return wrong


@pytest.mark.parametrize(
    ("wrong", "module", "text"),
    [
        ([], "core/x.py", "To check one: tokcheck validate --lines. Or see tokcheck --help."),
        ([], "core/x.py", "No scope that tokcheck knows. With tokcheck login, pass one."),
        ([], "cli/commands/validate/x.py", "To wait longer, pass a longer --timeout."),
        ([], "scan/x.py", "Fetch them: git fetch --unshallow"),
        ([], "core/x.py", "`tokcheck accounts refresh X` tries once more; --help lists more."),
        (["tokcheck validate --scope"], "core/x.py", "Run: tokcheck validate --scope X"),
        (["tokcheck accounts repair"], "core/x.py", "Log in again: tokcheck accounts repair X"),
        (["tokcheck refresh"], "core/x.py", "`tokcheck refresh X`"),
        (["--timeout of serve", "--timeout of watch"], "exporter/x.py", "Pass --timeout 1m."),
        (["--forget of accounts import"], "accounts/token_files/x.py", "Or pass --forget."),
        (["tokcheck login --nam"], "core/x.py", "See `tokcheck login fitbit --nam=X --port 1`."),
    ],
)
def test_a_wrong_hint_is_found(wrong: list[str], module: str, text: str) -> None:
    assert wrong == wrong_words(Text(module, 1, text))


def test_every_text_names_commands_and_options_that_exist() -> None:
    wrong = {text.place: words for text in texts() if (words := wrong_words(text))}
    assert {} == wrong


def test_the_texts_are_really_read() -> None:
    found = [command for text in texts() for command in named_commands(text.text)]
    assert len([one for one in found if one.name in options_by_command()]) > 50
    assert len([text for text in texts() if bare_options(text.text)]) > 50
    listed = {command for _, commands in _PRINTED_BY for command in commands}
    assert listed - {"accounts recover"} <= set(options_by_command())


def parse(line: str) -> None:
    """Parse a whole command line with the parser of its command; nothing is run."""
    program, name, *words = shlex.split(line)
    assert "tokcheck" == program
    if name in fast_commands.COMMANDS:
        module = __import__(f"tokcheck.cli.commands.{name}", fromlist=["build_parser"])
        module.build_parser().parse_args(words)
        return
    command = typer_app.build((name,)).commands[name]
    if name == "accounts":
        sub, *words = words
        command = command.commands[sub]  # type: ignore[attr-defined] # a group
    command.make_context(line, words)


@pytest.mark.parametrize(
    "line",
    ["tokcheck login fitbit --nme x", "tokcheck login", "tokcheck accounts refresh --al",
     "tokcheck token --nim-ttl 5m alex"],
)  # fmt: skip
def test_a_line_that_the_parser_refuses_is_found(line: str) -> None:
    with pytest.raises((CLICK_ERROR, UsageError)):
        parse(line)


def login_commands() -> Iterator[LoginCommand]:
    """Yield login commands with every pair of options."""
    options: dict[str, object] = {
        "name": "kim o's", "client_id": "23ABCD", "client_file": "my client.json",
        "scopes": ("sleep", "settings"), "like": True, "port": 19_152, "no_browser": True,
        "redirect_uri": "http://127.0.0.1:19152/callback", "timeout": 90.5,
    }  # fmt: skip
    for provider in REGISTRY:
        yield LoginCommand(provider)
        for some in combinations(options, 2):
            yield LoginCommand(provider, **{name: options[name] for name in some})  # type: ignore[arg-type]


def test_every_login_command_that_a_hint_shows_can_be_parsed() -> None:
    for command in login_commands():
        parse(str(command))


def broken_states() -> Iterator[tuple[str, Broken]]:
    """Yield every cause for which an account cannot be refreshed, for each provider."""
    intent = Intent("ab" * 6, 1.0, "process 1")
    for name in REGISTRY:
        for reason in BrokenReason:
            if reason is BrokenReason.SECRET_LOST:
                yield from ((name, Broken(1.0, reason, vault)) for vault in ("file", "keyring"))
            elif reason is BrokenReason.APPLICATION:
                for cause in TOKEN_CAUSES:
                    for secrets in (("",), ("ab" * 6,)):
                        refused = Refused(cause.code, "https://x", secrets)
                        text = " ".join(cause.words)
                        yield name, Broken(1.0, reason, text, refused=refused)
            elif reason is BrokenReason.SERVICE_GONE:
                yield name, Broken(1.0, reason, refused=Refused("service_gone", "https://x"))
            else:
                yield name, Broken(1.0, reason, "kim", intent)


def test_the_commands_for_every_broken_account_can_be_parsed() -> None:
    for provider, broken in broken_states():
        explanation = explain(broken, "kim o's", provider)
        assert explanation.command, broken
        for line in filter(None, (explanation.command, explanation.retry)):
            parse(line)
        assert explanation.hint.endswith(explanation.command)
        assert [] == wrong_words(Text("accounts/x.py", 1, explanation.hint))
        assert [] == wrong_words(Text("accounts/x.py", 1, explanation.sentence))


# What follows a command in a sentence; an ellipsis stands for its arguments.
_RUN_ON = re.compile(r"(?<!\.\.)[.,;:)](?=[ \"]|$)| (?:or|and|shows|prints|requests) ")


def run_on_commands(text: str) -> list[str]:
    """Return the bare commands of a text that run into what follows them."""
    known, found = options_by_command(), []
    for match in COMMAND.finditer(text):
        is_quoted = text.count("`", 0, match.start()) % 2 == 1
        if is_quoted or "$(" in text[: match.start()]:
            continue
        rest = text[match.end() :].partition("\n")[0].partition("  #")[0]
        (command, *_) = named_commands(f"{match[0].strip()}{rest}")
        if command.name in known and command.name != "tokcheck" and _RUN_ON.search(rest):
            found.append(f"tokcheck{rest}")
    return found


@pytest.mark.parametrize(
    ("found", "text"),
    [
        ([], "Log in again: tokcheck login fitbit"),
        ([], "Log in again: `tokcheck login fitbit`. Then wait."),
        ([], "T=$(tokcheck token alex) && export T"),
        ([], "Check it: tokcheck validate --env A\nThen wait."),
        ([], "No scope that tokcheck knows. Wait."),
        (["tokcheck login fitbit. Then wait."], "Log in again: tokcheck login fitbit. Then wait."),
        (["tokcheck token X."], "Print it: tokcheck token X."),
        (["tokcheck validate, with a name."], "Name it: tokcheck validate, with a name."),
        (["tokcheck login)."], "Watch all (see tokcheck login)."),
    ],
)
def test_a_command_that_runs_on_is_found(found: list[str], text: str) -> None:
    assert found == run_on_commands(text)


def test_a_command_that_a_sentence_follows_is_in_backticks() -> None:
    other = ("scan/git_hooks/", "sandbox/control/help.py")  # YAML, and a title
    found = {one.place: run_on_commands(one.text) for one in texts()}
    assert {} == {place: run for place, run in found.items() if run and not place.startswith(other)}


def test_nothing_is_appended_to_a_hint_that_may_end_with_a_command() -> None:
    wrong = []
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            parts = node.values if isinstance(node, ast.JoinedStr) else []
            for part, after in pairwise(parts):
                is_hint = isinstance(part, ast.FormattedValue) and ast.unparse(part.value).endswith(
                    ".hint"
                )
                follows = ast.unparse(after).startswith("'\\n")
                if is_hint and not follows:
                    wrong.append(f"{path.name}:{part.lineno}")
    assert [] == wrong


def test_an_address_can_be_copied_with_nothing_behind_it() -> None:
    glued = re.compile(r"https?://[^\s\"'`)]+[.,;:](?=\s|$)")
    wrong = {text.place: found for text in texts() if (found := glued.findall(text.text))}
    # Of the sandbox's messages, some are the APIs' own; examples of forms are for nobody to copy.
    form = ("sandbox", "transport/")
    assert {} == {place: found for place, found in wrong.items() if not place.startswith(form)}
