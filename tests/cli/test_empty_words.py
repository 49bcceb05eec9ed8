"""An empty value or argument, as a shell leaves it for a variable that is not set, is an error."""

from pathlib import Path

import pytest

from tests.support.attack.command_places import PLACES, Place
from tests.support.attack.in_process import run_in_process

# An empty paste has no token, which these say, and a group says that no command has this name.
_OTHER_WORDS = {"validate", "clean", "revoke", "token", "accounts"}


def _takes_value(place: Place) -> bool:
    """Return whether an option takes a value, as it says itself."""
    *_, with_value = place.command_lines("")
    words = run_in_process(with_value).err
    return "takes no argument" not in words and "Unknown option" not in words


def test_no_option_and_no_argument_is_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TOKCHECK_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("webbrowser.open", lambda *_: False)
    wrong, count = [], 0
    for place in PLACES:
        if place.option is None:
            is_tried = bool(place.words) and place.words[0] not in _OTHER_WORDS
        else:
            is_tried = place.option not in {"-h", "--help"} and _takes_value(place)
        for line in place.command_lines("") if is_tried else ():
            result, count = run_in_process(line), count + 1
            subject = place.option or "An argument"
            want = f"tokcheck: {subject} is empty; a variable in it may not be set.\n"
            if (result.code, result.out) != (2, "") or not result.err.startswith(want):
                wrong.append((line, result))
    assert [] == wrong
    assert 150 < count, "every option of every command is tried"
