"""Width and colours: one decision for all commands."""

import io
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.support.tokens import FITBIT
from tokcheck.cli.shared.output import style_for
from tokcheck.cli.shared.system import windows_console
from tokcheck.cli.shared.system.stream_style import has_colour, width_of


class _Screen(io.StringIO):
    """A stream that is a terminal, or none."""

    def __init__(self, *, is_terminal: bool) -> None:
        super().__init__()
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        """Return what was set."""
        return self._is_terminal


@pytest.mark.parametrize(
    ("colour", "is_terminal", "environ"),
    [
        (True, True, {}),
        (False, False, {}),
        (False, True, {"NO_COLOR": "1"}),
        (True, True, {"NO_COLOR": ""}),
        (True, False, {"FORCE_COLOR": "1"}),
        (False, False, {"FORCE_COLOR": ""}),
        (False, True, {"FORCE_COLOR": "1", "NO_COLOR": "1"}),
        (False, True, {"TERM": "dumb"}),
        (True, True, {"TERM": "dumb", "FORCE_COLOR": "1"}),
    ],
)
def test_one_order_decides_about_colours(
    *,
    colour: bool,
    is_terminal: bool,
    environ: Mapping[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(windows_console, "shows_colours", lambda _: True)  # else none is a console
    assert colour is has_colour(_Screen(is_terminal=is_terminal), environ)


def test_the_width_is_that_of_columns_or_80() -> None:
    for columns in ("", "0", "-3", "wide", "٤٠"):
        assert width_of(_Screen(is_terminal=False), {"COLUMNS": columns}) == 80
    assert 132 == width_of(_Screen(is_terminal=False), {"COLUMNS": "132"})
    assert 80 == width_of(None, {})


def test_a_report_is_40_to_160_columns_wide() -> None:
    screen = _Screen(is_terminal=True)
    widths = {"20": 40, "40": 40, "100": 100, "160": 160, "9" * 5000: 160, "": 80}
    assert widths == {text: style_for(screen, {"COLUMNS": text}).width for text in widths}


def test_no_color_is_an_option_before_and_behind_every_command(run: Run, tmp_path: Path) -> None:
    forced = {"FORCE_COLOR": "1"}
    assert "\x1b[1;31mEXPIRED" in run("validate", "--offline", FITBIT, env=forced).out
    assert "\x1b" not in run("validate", "--offline", "--no-color", FITBIT, env=forced).out
    assert "\x1b" not in run("--no-color", "validate", "--offline", FITBIT, env=forced).out
    for words in (("clean", FITBIT), ("scan", str(tmp_path))):
        before, behind = run("--no-color", *words), run(words[0], "--no-color", words[1])
        assert (before.code, before.out, before.err) == (behind.code, behind.out, behind.err)
        assert 0 == before.code, before.err
