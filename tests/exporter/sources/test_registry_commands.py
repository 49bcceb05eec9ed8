"""Accounts whose paste a command prints: run in the background, each disturbing only itself."""

import asyncio
import os
import select
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

from tests.support.exporter.registries import Timer, holds, names, registry
from tests.support.tokens import FITBIT, GOOGLE
from tokcheck.exporter.sources.registry import AccountRegistry, Changes

# Prints a file and counts its runs in another; fails if the file is missing.
_SCRIPT = "import sys; open('count', 'a').write('x'); print(open('token').read(), end='')"


def _account(name: str, *words: str, more: str = "") -> str:
    quoted = ", ".join(f"'''{word}'''" for word in words)
    return f"[accounts.{name}]\ncommand = [{quoted}]\n{more}\n"


def _python(name: str, script: str, more: str = "") -> str:
    return _account(name, sys.executable, "-c", script, more=more)


def _in(folder: Path) -> str:
    """Return the script that works in a folder."""
    return f"import os; os.chdir('{folder}'); {_SCRIPT}"


class Made:
    """A roster with a clock and its folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.timer = Timer()
        self.registry: AccountRegistry = registry(config=folder / "tokcheck.toml", timer=self.timer)

    def write(self, text: str) -> None:
        (self.folder / "tokcheck.toml").write_text(text)

    async def run(self) -> Changes:
        """Let what is due run to its end, and return what that changed."""
        await self.registry.poll()
        await self.registry.wait_for_commands()
        return await self.registry.poll()

    async def until_told(self, name: str) -> None:
        """Refresh until an account is told to have changed."""
        async with asyncio.timeout(30):
            while name not in names(await self.registry.poll()):
                pass

    @property
    def count(self) -> int:
        return len((self.folder / "count").read_text())


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """Make a roster with one account, whose command prints a file."""
    made = Made(tmp_path)
    (tmp_path / "token").write_text(FITBIT)
    made.write(_python("anna", _in(tmp_path), 'command_every = "5m"'))
    return made


def _play(made: Made, scenario: Coroutine[Any, Any, None]) -> None:
    async def play() -> None:
        try:
            await scenario
        finally:
            await made.registry.aclose()

    made.registry.load()
    asyncio.run(play())


def test_a_command_runs_in_the_background_and_a_later_poll_returns_its_paste(made: Made) -> None:
    async def scenario() -> None:
        (changed,) = (await made.registry.poll()).changed
        assert (None, "") == (changed.paste, changed.version)
        assert f"The command {sys.executable} has not ended yet." == changed.fault
        await made.registry.wait_for_commands()
        (changed,) = (await made.registry.poll()).changed
        assert "" == changed.fault
        assert holds(made.registry, "anna", FITBIT)
        assert Changes() == await made.run()

    _play(made, scenario())


def test_a_command_runs_again_after_its_interval(made: Made) -> None:
    async def scenario() -> None:
        await made.run()
        (made.folder / "token").write_text(GOOGLE)
        made.timer.seconds += 299
        assert Changes() == await made.run()
        assert 1 == made.count
        made.timer.seconds += 1
        assert ["anna"] == names(await made.run())
        assert holds(made.registry, "anna", GOOGLE)
        assert 2 == made.count

    _play(made, scenario())


def test_a_command_that_fails_after_it_worked_leaves_its_paste_in_use(made: Made) -> None:
    async def scenario() -> None:
        await made.run()
        (made.folder / "token").unlink()
        for _ in range(2):
            made.timer.seconds += 300
            changes = await made.run()
            assert f"The command {sys.executable} failed with exit code 1." == (
                made.registry.accounts["anna"].fault
            )
            assert holds(made.registry, "anna", FITBIT)
        assert Changes() == changes, "the same fault is told once"
        (made.folder / "token").write_text(FITBIT)
        made.timer.seconds += 300
        assert ["anna"] == names(await made.run())
        assert "" == made.registry.accounts["anna"].fault

    _play(made, scenario())


def test_a_command_that_fails_at_first_has_no_paste(made: Made) -> None:
    (made.folder / "token").unlink()

    async def scenario() -> None:
        (changed,) = (await made.run()).changed
        assert (None, "") == (changed.paste, changed.version)
        assert "failed with exit code 1" in changed.fault

    _play(made, scenario())


def test_a_hanging_command_delays_no_other(made: Made) -> None:
    os.mkfifo(made.folder / "pipe")
    hanging = f"open('{made.folder}/pipe').read()"
    text = _python("anna", _in(made.folder))
    made.write(text + "".join(_python(f"hung{number}", hanging) for number in range(3)))

    async def scenario() -> None:
        await made.registry.poll()
        await made.until_told("anna")
        assert holds(made.registry, "anna", FITBIT)
        made.timer.seconds += 300
        (made.folder / "token").write_text(GOOGLE)
        await made.until_told("anna")
        assert holds(made.registry, "anna", GOOGLE)
        assert 3 == sum(
            "has not ended yet" in watched.fault for watched in made.registry.accounts.values()
        )

    _play(made, scenario())


def test_commands_that_hung_before_have_slots_of_their_own(made: Made) -> None:
    os.mkfifo(made.folder / "pipe")
    hanging = f"open('{made.folder}/pipe').read()"
    text = "".join(
        _python(f"hung{number}", hanging, 'command_timeout = "0.2s"') for number in range(8)
    )
    made.write(text)

    async def scenario() -> None:
        await made.run()
        made.write(text.replace("0.2s", "10m") + _python("anna", _in(made.folder)))
        made.registry.load()
        await made.registry.poll()
        await made.until_told("anna")
        assert holds(made.registry, "anna", FITBIT), "though eight hang, and six run at once"

    _play(made, scenario())


def test_a_reload_runs_commands_at_once_and_keeps_their_pastes(made: Made) -> None:
    async def scenario() -> None:
        await made.run()
        (made.folder / "token").write_text(GOOGLE)
        made.write(_python("anna", _in(made.folder), 'command_every = "9h"'))
        made.registry.load()
        assert ["anna"] == names(await made.registry.poll()), "the definition is another"
        assert holds(made.registry, "anna", FITBIT)
        await made.registry.wait_for_commands()
        assert ["anna"] == names(await made.registry.poll())
        assert holds(made.registry, "anna", GOOGLE)
        made.timer.seconds += 300
        assert Changes() == await made.run()
        assert 2 == made.count

    _play(made, scenario())


def test_another_command_starts_without_a_paste(made: Made) -> None:
    async def scenario() -> None:
        await made.run()
        made.write(_python("anna", "raise SystemExit(7)"))
        made.registry.load()
        (changed,) = (await made.registry.poll()).changed
        assert (None, "") == (changed.paste, changed.version)
        await made.registry.wait_for_commands()
        (changed,) = (await made.registry.poll()).changed
        assert changed.paste is None
        assert "exit code 7" in changed.fault

    _play(made, scenario())


@pytest.mark.parametrize("after", ["", "anna"])
def test_the_running_command_of_a_removed_or_changed_account_is_killed(
    made: Made, after: str
) -> None:
    os.mkfifo(made.folder / "pipe")
    pipe = os.open(made.folder / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    path = made.folder / "pipe"
    script = f"import time; f = open('{path}', 'w', 1); print('x', file=f); time.sleep(600)"
    made.write(_python("anna", script, 'command_timeout = "10m"'))

    async def scenario() -> None:
        await made.registry.poll()
        await asyncio.to_thread(select.select, [pipe], [], [], 30)
        assert b"x\n" == os.read(pipe, 9)
        made.write(_python("anna", _in(made.folder)) if after else "")
        made.registry.load()
        await made.run()
        assert ([after] if after else []) == list(made.registry.accounts)
        ready, _, _ = await asyncio.to_thread(select.select, [pipe], [], [], 30)
        assert ready
        assert b"" == os.read(pipe, 9), "nobody holds it open any more"

    _play(made, scenario())
    os.close(pipe)
