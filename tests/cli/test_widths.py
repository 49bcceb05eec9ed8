"""Text as wide as the terminal; a word, an address and a command to copy stay whole."""

import re
import time
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.support.paths import ROOT
from tests.support.tokens import FITBIT_REFRESH, fitbit
from tokcheck.accounts.grant import Client, Tokens, grant_from_tokens
from tokcheck.accounts.store import Store
from tokcheck.cli import typer_app
from tokcheck.cli.commands.providers.provider_list import render_rows
from tokcheck.cli.manual.help_text import render_text
from tokcheck.core.secret import Secret

_DECLARATION = ROOT / "monitor/tokcheck/declarations/ready_made/strava.toml"


@pytest.mark.parametrize("width", [40, 60, 80, 160])
@pytest.mark.parametrize("words", [["show", "fitbit"], ["show", "withings"], ["check"]])
def test_no_line_is_wider_than_the_terminal(run: Run, words: list[str], width: int) -> None:
    given = words if words[1:] else [*words, str(_DECLARATION)]
    result = run("providers", *given, env={"COLUMNS": str(width)})
    assert (0, "") == (result.code, result.err)
    long = [line.split() for line in result.out.splitlines()[1:] if len(line) > width]
    # A longer one is one word, behind its label.
    assert [] == [words for words in long if len(words) > 2]
    assert [] == [words for words in long if len(words[-1]) < width - 16]


def test_a_line_goes_on_below_with_an_indent() -> None:
    rows = [("Address", ["https://api.example.org"]), ("Check", ["one two three", "four", ""])]
    expected = (
        "Title\n"
        "\n"
        "  Address     https://api.example.org\n"
        "  Check       one two\n"
        "                three\n"
        "              four\n"
        "              \n"
    )
    assert expected == render_rows("Title", rows, 22)


# A word or a command on a line, behind a label, a bullet or an opening parenthesis.
_WHOLE = re.compile(r"\s*(?:\w+  +)?\(?\S+|  (?:\S+=\$\()?(?:tokcheck|curl|pbpaste|eval) .*")


def wide_lines(text: str, width: int = 40) -> list[str]:
    """Return the lines that are wider than they need be."""
    lines = re.sub(r"\x1b\[[\d;]*m", "", text).splitlines()
    return [line for line in lines if len(line) > width and not _WHOLE.fullmatch(line)]


@pytest.mark.parametrize("width", [40, 60, 80])
def test_no_help_is_wider_than_the_terminal(width: int) -> None:
    table = re.compile(r".*\s{2}\S+")  # the last word of a row, or one on a line of its own
    wrong = [
        (page.command, line)
        for page in typer_app.every_page()
        for line in wide_lines(render_text(page, width), width)
        if not table.fullmatch(line)
    ]
    assert [] == wrong


def test_each_text_of_the_help_is_one_line_before_it_is_wrapped() -> None:
    """A heading stays one in a narrow terminal too; a second line would look like a paragraph."""
    wrong: list[str] = []
    for page in typer_app.every_page():
        entries = (*page.arguments, *page.options, *page.commands)
        rows = [text for note in page.notes for row in note.entries for text in row]
        texts = [
            *page.about,
            *(note.text for note in page.notes),
            *(e.text for e in entries),
            *rows,
        ]
        wrong += [text for text in texts if text != " ".join(text.split())]
        wrong += [note.text for note in page.notes if note.entries and len(note.text) > 40]
    assert [] == wrong


@pytest.fixture
def store(tmp_path: Path) -> dict[str, str]:
    """Return the variables of a store with an account in each state that has much to say."""
    now = time.time()
    with Store(tmp_path / "home") as opened:
        for name, provider, ends in (("alex", "fitbit", 28_000.0), ("kim", "google-health", -9.0)):
            tokens = Tokens(
                Secret(fitbit(sub=name)), Secret(FITBIT_REFRESH + name), expires_in=ends
            )
            opened.put(grant_from_tokens(name, Client(provider, "23TEST", None), tokens, now))
    return {"TOKCHECK_HOME": str(tmp_path / "home"), "COLUMNS": "40"}


@pytest.mark.parametrize(
    "words",
    [
        "providers list",
        "accounts list",
        "accounts show alex",
        "accounts show kim",
        "validate --account alex --offline",
    ],
)
def test_no_table_is_wider_than_a_narrow_terminal(
    run: Run, store: dict[str, str], words: str
) -> None:
    result = run(*words.split(), env=store)
    assert "" == result.err
    assert [] == wide_lines(result.out)


def test_the_demo_fits_into_a_narrow_terminal(run: Run) -> None:
    text = run("demo", "--once", env={"COLUMNS": "40"}).out
    # A sample is a line that Prometheus reads; the command is that of this installation.
    other = [line for line in wide_lines(text) if not line.startswith("  tokcheck_")]
    assert [] == [line for line in other if not line.startswith("  uv run ")]
    assert "\nNow check your own token:\n  " in text


def test_a_wide_terminal_has_a_line_for_an_account(run: Run, store: dict[str, str]) -> None:
    wide = run("accounts", "list", env={**store, "COLUMNS": "120"}).out
    assert wide.startswith("NAME  PROVIDER       STATE")
    narrow = run("accounts", "list", env=store).out
    assert narrow.startswith("alex\n  Provider       fitbit\n  State ")
