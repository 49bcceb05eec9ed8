"""No option of any command repeats a token that it is given in place of its value."""

import base64
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import quote, unquote

import pytest

from tests.support.attack.command_places import PLACES, Place
from tests.support.attack.in_process import run_in_process
from tests.support.attack.leaks import shared_piece
from tests.support.attack.spellings import SPELLINGS, spell, unspell
from tests.support.cli.processes import Piped
from tests.support.suite.thoroughness import IS_THOROUGH
from tests.support.tokens import (
    FITBIT,
    FITBIT_CLIENT,
    FITBIT_CODE,
    FITBIT_REFRESH,
    FITBIT_SECRET,
    GOOGLE,
    GOOGLE_CODE,
    GOOGLE_KEY,
    GOOGLE_REFRESH,
    GOOGLE_SECRET,
)
from tokcheck.cli import typer_app
from tokcheck.cli.commands.scan import build_parser
from tokcheck.core.errors import ExitCode
from tokcheck.providers import REGISTRY
from tokcheck.sandbox import Sandbox, serve_in_thread

CANARIES = {
    "fitbit": FITBIT,
    "fitbit-refresh": FITBIT_REFRESH,
    "fitbit-code": FITBIT_CODE,
    "fitbit-secret": FITBIT_SECRET,
    "google": GOOGLE,
    "google-refresh": GOOGLE_REFRESH,
    "google-code": GOOGLE_CODE,
    "google-secret": GOOGLE_SECRET,
    "google-key": GOOGLE_KEY,
    "gitlab": "glpat-niSNyw1psv7NTwYyyiU1",  # tokcheck: allow
    "docker": "dckr_pat_wPsZOB92xHcLKnVlzegcclmmcF4",  # tokcheck: allow
    "basic": base64.b64encode(f"{FITBIT_CLIENT}:{FITBIT_SECRET}".encode()).decode(),
}
_PIECE = 16
# The text in the place of a secret: redacted, or masked if it only looks random.
_HIDDEN = r"(\[redacted\]|[\w-]{0,6}…[\w-]{0,4})"


def _shapes(canary: str, turn: int) -> dict[str, str]:
    """Return what a person or a script may write in place of a value, each with the canary.

    The spellings of its characters take turns.
    """
    half = len(canary) // 2
    return {
        "whole": canary,
        "first half": canary[: half + half % 2],
        "second half": canary[half:],
        "normalised": os.path.normpath(canary),
        "in a path": f"/nowhere/{canary}/token.txt",
        "quoted": f"'{canary}'",
        "of a header": f"Authorization: Bearer {canary}",
        "of an assignment": f"TOKEN={canary}",
        "encoded": quote(canary, safe=""),
        "on two lines": f"{canary[:half]}\n{canary[half:]}",
        "spaced": " ".join(_chunks(canary, 4)),
        "spaced throughout": " ".join(canary),
        "dotted": ".".join(_chunks(canary, 6)),
        "encoded throughout": spell(canary, SPELLINGS[turn % len(SPELLINGS)]),
        "encoded in part": spell(canary, SPELLINGS[turn % len(SPELLINGS)], every=2 + turn % 3),
    }


def _chunks(text: str, size: int) -> list[str]:
    return [text[at : at + size] for at in range(0, len(text), size)]


# A client id is shown in the address that a login opens, and what is no whole token may be one.
_PUBLIC = "login fitbit --no-browser --client-id"
_ALWAYS = frozenset({"whole", "first half", "second half", "normalised"})
_ALWAYS_EVERY, _OTHERS_EVERY = (1, 3) if IS_THOROUGH else (6, 12)
_SEPARATED = frozenset({"spaced", "dotted"})
_CERTAIN = frozenset({"whole", "quoted", "of a header"})

_READ = {"PATH", "HOME", "TZ", "LANG", "COLUMNS", "TERM", "TMPDIR"}


def leak(canary: str, output: str) -> str | None:
    """Return a piece of a canary that is in an output, however it is written there."""
    shown = {output, "".join(output.split()), unquote(unquote(output)), unspell(output)}
    lowered = [text.lower() for text in shown]
    spelled = [_letters(text) for text in lowered]
    return shared_piece(canary.lower(), lowered, _PIECE) or shared_piece(
        _letters(canary.lower()), spelled, _PIECE
    )


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """Fake providers, which know none of the canaries."""
    with serve_in_thread() as started:
        yield started


@pytest.fixture(autouse=True)
def _closed_world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox) -> None:
    """Let no command reach a provider, a browser or the tester's files."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TOKCHECK_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("webbrowser.open", lambda *_: False)
    for provider in REGISTRY.values():
        for service in provider.services.values():
            monkeypatch.setenv(service.variable, sandbox.url)


@pytest.fixture
def _few_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out what no command reads: every message is compared with the whole environment."""
    for name in list(os.environ):
        if not name.startswith(("TOKCHECK_", "SSL_", "PYTEST_", "COV")) and name not in _READ:
            monkeypatch.delenv(name)


def _is_expected(place: Place, shape: str) -> bool:
    """Return whether a value is shown on purpose.

    A path is, with separators in it: files have such names. docs/design/security.md says so.
    """
    if place.words[:1] == ("scan",) and shape in _SEPARATED:
        return place.option in {None, "--message", *_scan_flags()}
    return str(place) == _PUBLIC and shape not in _CERTAIN


@cache
def _scan_flags() -> frozenset[str]:
    """Return the options of a scan that take no value, so that a path follows."""
    actions = build_parser()._actions  # noqa: SLF001 - argparse lists them nowhere else
    return frozenset(name for one in actions if one.nargs == 0 for name in one.option_strings)


@pytest.mark.untraced
@pytest.mark.usefixtures("_few_variables")
@pytest.mark.parametrize("place", PLACES, ids=str)
def test_no_place_of_a_command_line_repeats_a_token(place: Place) -> None:
    leaks, bugs = [], []
    turn = PLACES.index(place)
    for number, canary in enumerate(CANARIES.values(), turn):
        for position, (shape, value) in enumerate(
            _shapes(canary, number + turn // 7).items(), number
        ):
            # The other shapes take turns: each with a share of the secrets in one place.
            if number % (_ALWAYS_EVERY if shape in _ALWAYS else _OTHERS_EVERY):
                continue
            ways = list(place.command_lines(value))
            # With a space and with an equals sign: what is no whole token takes turns here, too.
            for words in ways if shape == "whole" else ways[position % len(ways) :][:1]:
                ended = run_in_process(words)
                # To print the token is what `clean` is for.
                output = ended.err if words[0] == "clean" else ended.out + ended.err
                if leak(canary, output) and not _is_expected(place, shape):
                    leaks.append((words, output))
                if ended.code == ExitCode.BUG:
                    bugs.append((words, output))
    assert ([], []) == (leaks, bugs)


def test_every_command_is_among_the_places() -> None:
    commands = {place.words[0] for place in PLACES if place.words}
    assert set(typer_app.COMMANDS) == commands
    assert 100 < len(PLACES)


@pytest.mark.parametrize(
    "words",
    [
        ["validate", "--env"],
        ["validate", "--min-ttl"],
        ["scan"],
        ["scan", "--baseline"],
        ["serve", "--listen"],
        ["serve", "--shard"],
        ["sandbox", "--window"],
        ["token"],
        ["accounts", "import"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("kind", ["fitbit", "google-refresh"])
def test_a_process_of_its_own_repeats_no_token(words: list[str], kind: str) -> None:
    canary = CANARIES[kind]
    process = Piped([*words, canary], os.environ)
    shown = "".join(process.communicate(timeout=60))
    assert None is leak(canary, shown)
    assert process.wait() in {ExitCode.NOT_USABLE, ExitCode.USAGE, ExitCode.COULD_NOT_TELL}
    assert shown


@pytest.mark.parametrize("kind", CANARIES)
def test_an_uncaught_error_a_warning_and_a_log_line_repeat_no_token(kind: str) -> None:
    canary = CANARIES[kind]
    program = (
        "import logging, sys, threading, warnings\n"
        "from tokcheck.cli.main import main\n"
        "main(['token', '--help'])\n"
        "main(['token', *sys.argv[1:]])\n"
        "logging.warning('logged %s', sys.argv[1])\n"
        "warnings.warn(f'warned {sys.argv[1]!r}')\n"
        "def fail(): raise ValueError(sys.argv[1])\n"
        "thread = threading.Thread(target=fail)\n"
        "thread.start()\n"
        "thread.join()\n"
        "sys.stderr.write(sys.argv[1][:40])\n"
        "sys.stderr.flush()\n"
        "raise ValueError(sys.argv[1])\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program, canary],
        capture_output=True,
        text=True,
        check=False,
    )
    assert None is leak(canary, ended.stdout + ended.stderr)
    assert 2 == len(re.findall(rf"ValueError: {_HIDDEN}", ended.stderr))
    assert re.search(rf"logged {_HIDDEN}", ended.stderr)
    assert re.search(rf"warned '{_HIDDEN}'", ended.stderr)


def test_a_secret_in_the_environment_is_not_repeated() -> None:
    for canary in CANARIES.values():
        program = (
            "import os, sys\n"
            "from tokcheck.cli.main import main\n"
            "main(['token', 'nobody'])\n"
            "sys.stderr.write(f'{os.environ[\"CI_TOKEN\"][8:30]}\\n')\n"
        )
        ended = subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            env={**os.environ, "CI_TOKEN": canary},
            check=True,
        )
        assert None is leak(canary, ended.stderr)
        assert "There is no account 'nobody'." in ended.stderr
