"""Output that only a terminal shows: the hidden question, colours, the note on the history."""

import os
import select
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.cli.account_store import AccountStore
from tests.support.tokens import FITBIT, GOOGLE, fitbit

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")


def talk(
    words: Sequence[str], typed: str = "", *, cue: str = "not shown", **env: str
) -> tuple[int, str]:
    """Run the command on a terminal of its own; type once it asks; return code and screen.

    ``cue`` is what shows that it asks.
    """
    import pty  # noqa: PLC0415 - other modules import this one on Windows, too

    primary, secondary = pty.openpty()
    from tests.support.cli.fork_client import Fork  # noqa: PLC0415 - the same

    given = (secondary, secondary, secondary)
    started = Fork(words, {**os.environ, "TERM": "xterm", **env}, given, terminal=True)
    os.close(secondary)
    screen = b""
    waiting = typed.encode()
    deadline = time.monotonic() + 60
    while True:
        ready, _, _ = select.select([primary], [], [], 2 if typed == "\x03" else 30)
        if not ready and typed == "\x03" and not waiting and time.monotonic() <= deadline:
            # One that comes just before the process waits is noticed only at the next.
            os.write(primary, typed.encode())
            continue
        if not ready or time.monotonic() > deadline:  # what is live writes for ever
            started.kill()
            raise AssertionError(screen)
        try:
            chunk = os.read(primary, 65_536)
        except OSError:  # the other end is closed
            break
        if not chunk:
            break
        screen += chunk
        if waiting and cue.encode() in screen:
            while waiting:
                waiting = waiting[os.write(primary, waiting[:2048]) :]
    os.close(primary)
    return started.wait(timeout=30), screen.decode()


def test_a_terminal_gets_a_prompt_that_does_not_echo() -> None:
    code, screen = talk(["validate", "--offline"], GOOGLE + "\n")
    assert 0 == code
    assert "UNVERIFIED" in screen
    assert GOOGLE not in screen


def test_a_paste_of_many_lines_and_more_than_4096_characters_arrives_whole() -> None:
    paste = (
        "curl -X GET \\\n"
        "  -H 'cookie: " + "x" * 6000 + f"' \\\n  -H 'authorization: Bearer {GOOGLE}'\n"
    )
    code, screen = talk(["validate", "--offline"], paste)
    assert 0 == code
    assert "the curl command around it" in screen
    assert "xxxx" not in screen


def test_colours_are_for_terminals_that_want_them() -> None:
    assert "\x1b[1;31mEXPIRED\x1b[0m" in talk(["validate", "--offline", FITBIT])[1]
    assert "\x1b[" not in talk(["validate", "--offline", "--no-color", FITBIT])[1]
    assert "\x1b[" not in talk(["validate", "--offline", FITBIT], NO_COLOR="1")[1]
    assert "\x1b[" not in talk(["validate", "--offline", FITBIT], TERM="dumb")[1]


def test_a_token_on_the_command_line_brings_one_line_about_the_history() -> None:
    _, screen = talk(["validate", "--offline", "--json", FITBIT])
    assert 1 == screen.count("stays in the shell's history")
    assert "tokcheck validate -" in screen


def test_the_name_of_a_file_brings_no_line_about_the_history(tmp_path: Path) -> None:
    path = tmp_path / "token.txt"
    path.write_text(FITBIT)
    code, screen = talk(["validate", "--offline", str(path)])
    assert 1 == code
    assert "tokcheck validate --file" in " ".join(screen.split())
    assert "history" not in screen


def test_times_stand_in_the_persons_own_zone_of_that_season_too() -> None:
    july = fitbit(exp=4_087_238_400)  # 2099-07-09 00:00 UTC
    _, screen = talk(["validate", "--offline", july], TZ="Europe/Berlin")
    assert "2099-07-09 00:00 UTC (02:00 CEST)" in " ".join(screen.split())
    january = fitbit(exp=4_071_600_000)  # 2099-01-09 00:00 UTC
    _, screen = talk(["validate", "--offline", january], TZ="Europe/Berlin")
    assert "2099-01-09 00:00 UTC (01:00 CET)" in " ".join(screen.split())


def test_ctrl_c_at_the_question_ends_with_130_and_restores_the_terminal() -> None:
    code, screen = talk(["validate"], "\x03")
    assert 130 == code
    assert "Traceback" not in screen


def test_a_refresh_shows_on_a_terminal_that_it_is_at_work(account_store: AccountStore) -> None:
    account_store.add("alex")
    code, screen = talk(["accounts", "refresh", "alex"], **account_store.env)
    first, second = screen.splitlines()
    assert (0, "Refreshing 1 account; a refresh that fails is repeated for 30 s.") == (code, first)
    assert second.startswith("alex: fine, token expires in ")
    assert "Refreshing" not in account_store("accounts", "refresh", "--all").err


def test_a_dash_on_a_terminal_says_how_to_end_the_input() -> None:
    for words in (["validate", "--offline", "-"], ["clean", "-"], ["scan", "-"]):
        _, screen = talk(words, f"{FITBIT[:200]}\n\x04", cue="then Ctrl-D")
        assert "Paste the text, press Enter, then Ctrl-D." in screen


@pytest.mark.parametrize(
    ("words", "cue"),
    [(["validate", "-"], "then Ctrl-D"), (["validate"], "not shown"), (["clean"], "not shown")],
)
def test_a_prompt_that_is_ended_without_a_paste_says_so(words: list[str], cue: str) -> None:
    code, screen = talk(words, "\x04", cue=cue, NO_COLOR="1")
    assert 1 == code
    assert "Nothing was pasted." in screen
    shown = " ".join(screen.split())
    assert "Paste the token, or text that contains it, before you end the input." in shown
    assert "Standard input" not in screen
