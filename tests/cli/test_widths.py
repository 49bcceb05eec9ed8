"""``tokcheck providers show`` and ``check``: text as wide as the terminal, addresses whole."""

import pytest

from tests.cli.conftest import Run
from tests.support.paths import ROOT
from tokcheck.cli.commands.providers.provider_list import render_rows

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
