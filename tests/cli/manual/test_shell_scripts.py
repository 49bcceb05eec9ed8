"""The completion scripts, in the shells that they are for."""

import os
import re
import select
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.cli.manual.conftest import shell_output
from tests.support.paths import ROOT
from tests.support.tokens import FITBIT_REFRESH, fitbit
from tokcheck.accounts.grant import Client, Tokens, grant_from_tokens
from tokcheck.accounts.store import Store
from tokcheck.cli import typer_app
from tokcheck.cli.commands.completion import completion_values
from tokcheck.cli.commands.sandbox import _choose_declared
from tokcheck.cli.main import main
from tokcheck.core.errors import ExitCode
from tokcheck.core.secret import Secret
from tokcheck.declarations.on_demand import ProvidersOnDemand, login_provider
from tokcheck.providers import REGISTRY
from tokcheck.sandbox import FAULT_NAMES

_SANDBOX = "http://127.0.0.1:19151/~"
_PATIENCE = 20.0
# The typed line, some of the words that are offered, and some that are not.
_LINES: tuple[tuple[str, set[str], set[str]], ...] = (
    ("tokcheck va", {"validate"}, {"scan"}),
    ("tokcheck ", {"validate", "scan", "clean", "token", "accounts", "help"}, {"--version"}),
    ("tokcheck --v", {"--version"}, {"validate"}),
    ("tokcheck help sc", {"scan"}, set()),
    ("tokcheck scan --stag", {"--staged"}, set()),
    ("tokcheck clean --h", {"--help"}, set()),
    ("tokcheck token --m", {"--min-ttl"}, set()),
    ("tokcheck token ", {"alex", "kim"}, {"token.txt"}),
    ("tokcheck scan --format s", {"sarif"}, {"text"}),
    ("tokcheck scan --range a..b --form", {"--format"}, set()),
    ("tokcheck validate --provider g", {"google-health"}, {"fitbit"}),
    ("tokcheck validate --account a", {"alex"}, {"kim"}),
    ("tokcheck validate --require-scope sle", {"sleep"}, {"settings"}),
    ("tokcheck validate --file tok", {"token.txt"}, set()),
    ("tokcheck login ", {"fitbit", "google-health"}, {"alex"}),
    ("tokcheck login google-health --scope sleep.w", {"sleep.writeonly"}, set()),
    ("tokcheck accounts ", {"list", "import", "recover"}, {"validate"}),
    ("tokcheck accounts show k", {"kim"}, {"alex"}),
    ("tokcheck accounts export alex --format fit", {"fitbit-grafana"}, {"google-auth"}),
    ("tokcheck help accounts ", {"list", "import"}, {"validate", "scan"}),
    ("tokcheck help accounts re", {"remove", "refresh"}, {"revoke"}),
    ("tokcheck help providers ", {"show", "check"}, {"validate"}),
    ("tokcheck help accounts list ", set(), {"list", "import"}),
    ("tokcheck help scan ", set(), {"validate", "list", "token.txt"}),
    ("tokcheck login fitbit --scope ", {"sleep", "settings"}, {"sleep.writeonly", "irn"}),
    ("tokcheck login google-health --scope ", {"sleep.writeonly"}, {"heartrate", "read_all"}),
    ("tokcheck login --name x strava --scope re", {"read", "read_all"}, {"respiratory_rate"}),
    ("tokcheck validate --provider fitbit --require-scope sle", {"sleep"}, {"sleep.writeonly"}),
    ("tokcheck completion ", {"bash", "zsh", "fish"}, {"accounts"}),
    ("tokcheck providers ", {"list", "show", "check"}, {"validate"}),
    ("tokcheck providers show s", {"spotify", "strava"}, {"show"}),
    ("tokcheck providers check tok", {"token.txt"}, {"token"}),
    ("tokcheck providers list --j", {"--json"}, set()),
    ("tokcheck observe k", {"kim"}, {"alex"}),
    ("tokcheck login s", {"strava"}, {"sandbox"}),
    ("tokcheck validate --provider git", {"github", "gitlab"}, {"fitbit"}),
    ("tokcheck serve --log-level ", {"debug", "info", "warning", "error"}, {"Log", "this"}),
    ("tokcheck serve --log-format ", {"text", "json", "logfmt"}, {"Write", "line"}),
    ("tokcheck serve --web.telemetry-path ", set(), {"token.txt"}),
    ("tokcheck accounts list --after k", {"kim"}, {"alex"}),
    ("tokcheck sandbox --provider ", {"strava", "github"}, {"fitbit", "google-health"}),
    ("tokcheck accounts import --provider ", {"fitbit", "strava"}, {"docker-hub", "ietf"}),
    ("tokcheck revoke --provider ", {"fitbit", "strava"}, {"docker-hub", "spotify", "oura"}),
    ("tokcheck validate --provider d", {"docker-hub"}, set()),
    ("tokcheck login fitbit --scope a", {"all", "activity"}, set()),
    ("tokcheck login --scope al", {"all"}, set()),
    ("tokcheck validate --require-scope a", {"activity"}, {"all"}),
    ("tokcheck login fitbit --scope sleep,se", {"sleep,settings"}, {"settings", "sleep,sleep"}),
    ("tokcheck login fitbit --scope sleep,settings,", {"sleep,settings,profile"},
     {"sleep,settings,sleep", "sleep,settings,settings", "sleep,settings,all", "profile"}),
    ("tokcheck validate --require-scope sleep,wei", {"sleep,weight"}, {"sleep,settings"}),
)  # fmt: skip


# The same lines with the value behind an equals sign.
_LINES_WITH_EQUALS = tuple(
    (re.sub(r"(--[a-z.-]+) (?=\S*$)", r"\1=", line), offered, others)
    for line, offered, others in _LINES
    if re.search(r" --[a-z.-]+ \S*$", line)
)


@pytest.fixture
def home(environment: dict[str, str]) -> dict[str, str]:
    """The environment of a user with two stored accounts."""
    with Store(Path(environment["TOKCHECK_HOME"])) as store:
        for name in ("alex", "kim"):
            tokens = Tokens(Secret(fitbit(sub=name)), Secret(FITBIT_REFRESH + name), expires_in=9)
            store.put(grant_from_tokens(name, Client("fitbit", "23TEST", None), tokens, 0))
    return environment


def test_the_documented_commands_put_the_scripts_in_place_in_an_empty_home(
    scripts: dict[str, str], environment: dict[str, str]
) -> None:
    page = (ROOT / "docs" / "install.md").read_text("utf-8")
    commands = re.findall(r"^\| (bash|zsh|fish) \| `([^`]* > ([^`]*))`", page, re.MULTILINE)
    assert list(scripts) == [shell for shell, _, _ in commands]
    for shell, command, place in commands:
        assert "" == shell_output(["sh"], command, environment)
        installed = Path(environment["HOME"]) / place.removeprefix("~/")
        assert scripts[shell] == installed.read_text("utf-8")


@pytest.mark.skipif(os.name == "nt", reason="these shells are of POSIX systems")
def test_bash_completes(scripts: dict[str, str], home: dict[str, str]) -> None:
    ask = (
        "COMP_LINE={0!r}; COMP_POINT=${{#COMP_LINE}}; _tokcheck; "
        'printf "%s\\n" "${{COMPREPLY[@]}}" ---\n'
    )
    offers = (*_LINES, *_LINES_WITH_EQUALS)
    lines = [line for line, _, _ in offers] + [f"tokcheck validate --api-url {_SANDBOX}service-"]
    text = scripts["bash"] + "".join(ask.format(line) for line in lines)
    answers = shell_output(["bash", "--norc", "-s"], text, home).split("---\n")
    for (line, offered, others), answer in zip(offers, answers, strict=False):
        found = set(answer.split())
        assert offered <= found, line
        assert not others & found, line
    # Bash replaces what follows the last colon.
    expected = {f"19151/~{name}" for name in FAULT_NAMES if name.startswith("service-")}
    assert expected == set(answers[len(offers)].split())


@pytest.mark.skipif(os.name == "nt", reason="these shells are of POSIX systems")
def test_bash_completes_a_scope_with_a_colon_behind_a_comma(scripts: dict[str, str]) -> None:
    line = "tokcheck login strava --scope read,activity:w"
    text = f"{scripts['bash']}COMP_LINE={line!r}; COMP_POINT=${{#COMP_LINE}}; _tokcheck; "
    text += 'echo "${COMPREPLY[@]}"'
    assert "write\n" == shell_output(
        ["bash", "--norc", "-s"], text, {"PATH": "/usr/bin:/bin", "HOME": "/"}
    )


@pytest.mark.skipif(os.name == "nt", reason="these shells are of POSIX systems")
def test_bash_completes_a_whole_word_where_it_is_not_split_at_equals(
    scripts: dict[str, str],
) -> None:
    line = "tokcheck scan --format=sar"
    text = f"{scripts['bash']}COMP_WORDBREAKS=: COMP_LINE={line!r}; COMP_POINT=${{#COMP_LINE}}; "
    text += '_tokcheck; echo "${COMPREPLY[@]}"'
    assert "--format=sarif\n" == shell_output(
        ["bash", "--norc", "-s"], text, {"PATH": "/usr/bin:/bin", "HOME": "/"}
    )


def test_every_provider_that_is_offered_is_taken() -> None:
    values = completion_values()
    for name in values.declared:
        assert name == _choose_declared([name], None)[0].provider.name
    providers = ProvidersOnDemand({})
    for name in values.logins:
        assert name == login_provider(name, providers, {}).name
    assert {*values.revocable} <= {*values.logins} <= {*values.providers}


def test_fish_completes(scripts: dict[str, str], home: dict[str, str]) -> None:
    if shutil.which("fish") is None:
        pytest.skip("fish is not installed")
    lines = [line for line, _, _ in _LINES] + [f"tokcheck validate --api-url {_SANDBOX}service-"]
    text = scripts["fish"] + "".join(f"complete -C {line!r}; echo ---\n" for line in lines)
    answers = shell_output(["fish", "--no-config"], text, home).split("---\n")
    for (line, offered, others), answer in zip(_LINES, answers, strict=False):
        found = _offered_words(answer)
        assert offered <= found, line
        assert not others & found, line
    expected = {f"{_SANDBOX}{name}" for name in FAULT_NAMES if name.startswith("service-")}
    assert expected == _offered_words(answers[len(_LINES)])


def _offered_words(answer: str) -> set[str]:
    """Return the words that fish offers, without the descriptions."""
    return {each.partition("\t")[0] for each in answer.splitlines()}


@contextmanager
def _terminal(words: list[str], environment: dict[str, str]) -> Iterator[int]:
    """Run a program in a terminal of its own; yield the file descriptor of the other end."""
    pty = pytest.importorskip("pty")
    child, descriptor = pty.fork()
    if child == 0:
        os.chdir(environment["HOME"])
        os.execve(words[0], words, environment)
    try:
        yield descriptor
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(descriptor)


def _read_until(descriptor: int, expected: str) -> str:
    text, ends = "", time.monotonic() + _PATIENCE
    while expected not in text and time.monotonic() < ends:
        if select.select([descriptor], [], [], 0.1)[0]:
            with suppress(OSError):
                text += os.read(descriptor, 65_536).decode(errors="replace")
    return text


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_zsh_completes(scripts: dict[str, str], home: dict[str, str]) -> None:
    zsh = shutil.which("zsh")
    if zsh is None:
        pytest.skip("zsh is not installed")
    Path(home["HOME"], "script.zsh").write_text(scripts["zsh"])
    with _terminal([zsh, "-f", "-i"], home) as screen:
        start = "PROMPT='> '; unsetopt zle_bracketed_paste; autoload -U compinit; compinit -D; "
        os.write(screen, f"{start}. ./script.zsh; echo rea''dy\n".encode())
        assert "ready" in _read_until(screen, "ready")
        for line, whole in (
            ("tokcheck val", "validate "),
            ("tokcheck scan --stag", "--staged "),
            ("tokcheck token al", "alex "),
            ("tokcheck validate --provider goo", "google-health "),
            ("tokcheck login google-health --scope sleep.w", "sleep.writeonly "),
            ("tokcheck accounts show k", "kim "),
            ("tokcheck help accounts recov", "recover "),
            ("tokcheck login strava --scope activity:w", "activity:write "),
            ("tokcheck login fitbit --scope al", "all "),
            ("tokcheck login fitbit --scope sleep,sett", "sleep,settings "),
            ("tokcheck login strava --scope read,activity:w", "read,activity:write "),
            ("tokcheck serve --log-level w", "warning "),
            ("tokcheck sandbox --provider stra", "strava "),
            ("tokcheck providers show stra", "strava "),
            ("tokcheck validate --file tok", "token.txt "),
            (f"tokcheck validate --api-url {_SANDBOX}grant", "grant-broken "),
            ("tokcheck validate --account=al", "alex "),
            ("tokcheck validate --file=tok", "token.txt "),
            ("tokcheck login fitbit --scope=sleep,sett", "sleep,settings "),
            ("tokcheck validate --provider=strava --require-scope=act", "activity:"),
            (f"tokcheck validate --api-url={_SANDBOX}grant", "grant-broken "),
        ):
            typed = re.split("[ =]", line)[-1]
            os.write(screen, f"{line}\t".encode())
            shown = _read_until(screen, whole.removeprefix(typed[typed.rfind("~") + 1 :]))
            assert whole.removeprefix(typed[typed.rfind("~") + 1 :]) in shown, (line, shown)
            os.write(screen, b"\x15")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_knows_every_command_and_option(scripts: dict[str, str], shell: str) -> None:
    for page in typer_app.every_page():
        for entry in (*page.options, *page.commands):
            name = entry.names[-1]
            known = f"-l {name[2:]}" if shell == "fish" and name.startswith("--") else name
            assert known in scripts[shell], name
    for provider in REGISTRY.values():
        assert all(scope in scripts[shell] for scope in provider.oauth.scopes)


def test_another_shell_is_refused_with_the_names_of_those_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert ExitCode.USAGE == main(["completion", "tcsh"])
    assert capsys.readouterr().err.startswith("tokcheck: 'tcsh' is not one of bash, zsh, fish.\n")


@pytest.mark.skipif(os.name == "nt", reason="it runs a POSIX shell")
def test_names_are_read_at_once_and_nothing_is_written(home: dict[str, str]) -> None:
    ask = ["/bin/sh", "-s"]
    assert "alex\nkim\n" == shell_output(ask, "tokcheck completion accounts", home)
    empty = home | {"TOKCHECK_HOME": f"{home['HOME']}/nothing"}
    assert "" == shell_output(ask, "tokcheck completion accounts", empty)
    assert not Path(empty["TOKCHECK_HOME"]).exists()
    Path(home["TOKCHECK_HOME"]).chmod(0o755)  # as every command, it reads no store that others can
    assert "" == shell_output(ask, "tokcheck completion accounts", home)
