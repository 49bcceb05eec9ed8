"""Accounts of commands, which run in the background without affecting each other."""

import asyncio
import os
import select
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

from tests.support.exporter.registries import Timer, has_paste, make_registry, names
from tests.support.tokens import FITBIT, GOOGLE
from tokcheck.exporter.sources import AccountRegistry, Changes

# Prints a file and counts its runs in another; fails if the file is missing.
_SCRIPT = "import sys; open('count', 'a').write('x'); print(open('token').read(), end='')"


def _account(name: str, *words: str, more: str = "") -> str:
    quoted = ", ".join(f"'''{word}'''" for word in words)
    return f"[accounts.{name}]\ncommand = [{quoted}]\n{more}\n"


def _python(name: str, script: str, more: str = "") -> str:
    return _account(name, sys.executable, "-c", script, more=more)


def _script_in(folder: Path) -> str:
    """Return the script, run in a folder."""
    return f"import os; os.chdir('{folder}'); {_SCRIPT}"


class RegistryHarness:
    """A registry with a clock and its folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.timer = Timer()
        self.registry: AccountRegistry = make_registry(
            config=folder / "tokcheck.toml", timer=self.timer
        )

    def write(self, text: str) -> None:
        (self.folder / "tokcheck.toml").write_text(text)

    async def run(self) -> Changes:
        """Run due commands to their end, and return the changes."""
        await self.registry.poll()
        await self.registry.wait_for_commands()
        return await self.registry.poll()

    async def poll_until_changed(self, name: str) -> None:
        """Poll until an account has changed."""
        async with asyncio.timeout(30):
            while name not in names(await self.registry.poll()):
                pass

    @property
    def count(self) -> int:
        return len((self.folder / "count").read_text())


@pytest.fixture
def harness(tmp_path: Path) -> RegistryHarness:
    """Make a registry with one account; its command prints a file."""
    harness = RegistryHarness(tmp_path)
    (tmp_path / "token").write_text(FITBIT)
    harness.write(_python("anna", _script_in(tmp_path), 'command_every = "5m"'))
    return harness


def _run_scenario(harness: RegistryHarness, scenario: Coroutine[Any, Any, None]) -> None:
    async def run_scenario() -> None:
        try:
            await scenario
        finally:
            await harness.registry.aclose()

    harness.registry.load()
    asyncio.run(run_scenario())


def test_a_command_runs_in_the_background_and_a_later_poll_returns_its_paste(
    harness: RegistryHarness,
) -> None:
    async def scenario() -> None:
        (changed,) = (await harness.registry.poll()).changed
        assert (None, "") == (changed.paste, changed.version)
        assert f"The command {sys.executable} has not ended yet." == changed.problem
        await harness.registry.wait_for_commands()
        (changed,) = (await harness.registry.poll()).changed
        assert "" == changed.problem
        assert has_paste(harness.registry, "anna", FITBIT)
        assert Changes() == await harness.run()

    _run_scenario(harness, scenario())


def test_a_command_runs_again_after_its_interval(harness: RegistryHarness) -> None:
    async def scenario() -> None:
        await harness.run()
        (harness.folder / "token").write_text(GOOGLE)
        harness.timer.seconds += 299
        assert Changes() == await harness.run()
        assert 1 == harness.count
        harness.timer.seconds += 1
        assert ["anna"] == names(await harness.run())
        assert has_paste(harness.registry, "anna", GOOGLE)
        assert 2 == harness.count

    _run_scenario(harness, scenario())


def test_a_command_that_fails_after_it_worked_leaves_its_paste_in_use(
    harness: RegistryHarness,
) -> None:
    async def scenario() -> None:
        await harness.run()
        (harness.folder / "token").unlink()
        for _ in range(2):
            harness.timer.seconds += 300
            changes = await harness.run()
            assert f"The command {sys.executable} failed with exit code 1." == (
                harness.registry.accounts["anna"].problem
            )
            assert has_paste(harness.registry, "anna", FITBIT)
        assert Changes() == changes, "the same error is reported once"
        (harness.folder / "token").write_text(FITBIT)
        harness.timer.seconds += 300
        assert ["anna"] == names(await harness.run())
        assert "" == harness.registry.accounts["anna"].problem

    _run_scenario(harness, scenario())


def test_a_command_that_fails_at_first_has_no_paste(harness: RegistryHarness) -> None:
    (harness.folder / "token").unlink()

    async def scenario() -> None:
        (changed,) = (await harness.run()).changed
        assert (None, "") == (changed.paste, changed.version)
        assert "failed with exit code 1" in changed.problem

    _run_scenario(harness, scenario())


def test_a_hanging_command_delays_no_other(harness: RegistryHarness) -> None:
    os.mkfifo(harness.folder / "pipe")
    hanging = f"open('{harness.folder}/pipe').read()"
    text = _python("anna", _script_in(harness.folder))
    harness.write(text + "".join(_python(f"hung{number}", hanging) for number in range(3)))

    async def scenario() -> None:
        await harness.registry.poll()
        await harness.poll_until_changed("anna")
        assert has_paste(harness.registry, "anna", FITBIT)
        harness.timer.seconds += 300
        (harness.folder / "token").write_text(GOOGLE)
        await harness.poll_until_changed("anna")
        assert has_paste(harness.registry, "anna", GOOGLE)
        assert 3 == sum(
            "has not ended yet" in watched.problem for watched in harness.registry.accounts.values()
        )

    _run_scenario(harness, scenario())


def test_commands_that_hung_before_have_slots_of_their_own(harness: RegistryHarness) -> None:
    os.mkfifo(harness.folder / "pipe")
    hanging = f"open('{harness.folder}/pipe').read()"
    text = "".join(
        _python(f"hung{number}", hanging, 'command_timeout = "0.2s"') for number in range(8)
    )
    harness.write(text)

    async def scenario() -> None:
        await harness.run()
        harness.write(text.replace("0.2s", "10m") + _python("anna", _script_in(harness.folder)))
        harness.registry.load()
        await harness.registry.poll()
        await harness.poll_until_changed("anna")
        assert has_paste(harness.registry, "anna", FITBIT), "though eight hang, and six run at once"

    _run_scenario(harness, scenario())


def test_a_reload_runs_commands_at_once_and_keeps_their_pastes(harness: RegistryHarness) -> None:
    async def scenario() -> None:
        await harness.run()
        (harness.folder / "token").write_text(GOOGLE)
        harness.write(_python("anna", _script_in(harness.folder), 'command_every = "9h"'))
        harness.registry.load()
        assert ["anna"] == names(await harness.registry.poll()), "the definition is another"
        assert has_paste(harness.registry, "anna", FITBIT)
        await harness.registry.wait_for_commands()
        assert ["anna"] == names(await harness.registry.poll())
        assert has_paste(harness.registry, "anna", GOOGLE)
        harness.timer.seconds += 300
        assert Changes() == await harness.run()
        assert 2 == harness.count

    _run_scenario(harness, scenario())


def test_another_command_starts_without_a_paste(harness: RegistryHarness) -> None:
    async def scenario() -> None:
        await harness.run()
        harness.write(_python("anna", "raise SystemExit(7)"))
        harness.registry.load()
        (changed,) = (await harness.registry.poll()).changed
        assert (None, "") == (changed.paste, changed.version)
        await harness.registry.wait_for_commands()
        (changed,) = (await harness.registry.poll()).changed
        assert changed.paste is None
        assert "exit code 7" in changed.problem

    _run_scenario(harness, scenario())


@pytest.mark.parametrize("after", ["", "anna"])
def test_the_running_command_of_a_removed_or_changed_account_is_killed(
    harness: RegistryHarness, after: str
) -> None:
    os.mkfifo(harness.folder / "pipe")
    pipe = os.open(harness.folder / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    path = harness.folder / "pipe"
    script = f"import time; f = open('{path}', 'w', 1); print('x', file=f); time.sleep(600)"
    harness.write(_python("anna", script, 'command_timeout = "10m"'))

    async def scenario() -> None:
        await harness.registry.poll()
        await asyncio.to_thread(select.select, [pipe], [], [], 30)
        assert b"x\n" == os.read(pipe, 9)
        harness.write(_python("anna", _script_in(harness.folder)) if after else "")
        harness.registry.load()
        await harness.run()
        assert ([after] if after else []) == list(harness.registry.accounts)
        ready, _, _ = await asyncio.to_thread(select.select, [pipe], [], [], 30)
        assert ready
        assert b"" == os.read(pipe, 9), "no process holds it open any more"

    _run_scenario(harness, scenario())
    os.close(pipe)
