"""Reading the configuration again: what changed is told; what is broken changes nothing."""

import asyncio
from pathlib import Path

import pytest

from tests.core.test_redact import survives
from tests.support.exporter.registries import holds, names, poll_once, registry
from tests.support.tokens import FITBIT, GOOGLE
from tokcheck.core.errors import UsageError
from tokcheck.exporter.sources.account import Policy
from tokcheck.exporter.sources.registry import AccountRegistry, Changes

_ANNA = '[accounts.anna]\nfile = "anna"\n'
_BEN = '[accounts.ben]\nfile = "anna"\n'


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Make a configuration file with one account."""
    (tmp_path / "anna").write_text(FITBIT)
    (tmp_path / "tokcheck.toml").write_text(_ANNA)
    return tmp_path / "tokcheck.toml"


@pytest.fixture
def made(config: Path) -> AccountRegistry:
    """Make a roster that watches it."""
    made = registry(config=config)
    made.load()
    poll_once(made)
    return made


def test_a_reload_adds_and_removes_accounts(config: Path, made: AccountRegistry) -> None:
    config.write_text(_BEN)
    assert Changes() == poll_once(made), "nothing happens before the reload"
    made.load()
    assert ["anna"] == list(made.accounts)
    changes = poll_once(made)
    assert (["ben"], ("anna",)) == (names(changes), changes.removed)
    assert holds(made, "ben", FITBIT)


@pytest.mark.parametrize(
    "line",
    ["share = 0.1", "reserve = 1", 'every = "1h"', 'window = "1h"', 'provider = "fitbit"',
     'require_scopes = ["settings"]', 'timezone = "Europe/Berlin"'],
)  # fmt: skip
def test_another_definition_is_a_change(config: Path, made: AccountRegistry, line: str) -> None:
    version = made.accounts["anna"].version
    config.write_text(_ANNA + line)
    made.load()
    (changed,) = poll_once(made).changed
    assert version == changed.version
    made.load()
    assert Changes() == poll_once(made), "and the same definition is none"


def test_other_defaults_change_the_accounts_of_a_folder(tmp_path: Path, config: Path) -> None:
    (tmp_path / "tokens").mkdir()
    (tmp_path / "tokens" / "ben").write_text(GOOGLE)
    made = registry(tmp_path / "tokens", config=config)
    made.load()
    poll_once(made)
    config.write_text(f"[defaults]\nreserve = 9\n{_ANNA}")
    made.load()
    assert ["anna", "ben"] == names(poll_once(made))
    assert Policy(reserve=9) == made.accounts["ben"].account.policy
    made.load()
    assert Changes() == poll_once(made)


def test_another_source_is_read_at_once(config: Path, made: AccountRegistry) -> None:
    (config.parent / "other").write_text(GOOGLE)
    config.write_text(_ANNA.replace('"anna"', '"other"'))
    made.load()
    assert ["anna"] == names(poll_once(made))
    assert holds(made, "anna", GOOGLE)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (_ANNA + "share = 2", "line 3: accounts.anna.share must be"),
        (_ANNA + f'token = "{FITBIT}"', "line 3: accounts.anna.token is not allowed here"),
        (_ANNA + "oops", "line 3, column 5: not valid TOML"),
        (_ANNA.encode("utf-16"), "line 1: not valid UTF-8"),
        (None, "does not exist"),
    ],
)
def test_an_invalid_file_is_an_error_and_changes_nothing(
    config: Path, made: AccountRegistry, text: str | bytes | None, said: str
) -> None:
    before = made.config, made.accounts
    config.unlink()
    if text is not None:
        config.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(UsageError) as told:
        made.load()
    assert said in told.value.message
    assert str(config) in told.value.message
    assert not survives(FITBIT, told.value.message)
    assert before[0] is made.config
    assert Changes() == poll_once(made)
    assert before[1] is made.accounts
    (config.parent / "anna").write_text(GOOGLE)
    assert ["anna"] == names(poll_once(made)), "what was known is watched on"
    config.write_text(_ANNA + _BEN)
    made.load()
    assert ["ben"] == names(poll_once(made))


def test_a_reload_during_a_poll_takes_effect_at_once(config: Path, made: AccountRegistry) -> None:
    config.write_text(_BEN)

    async def both() -> Changes:
        running = asyncio.create_task(made.poll())
        await asyncio.sleep(0)  # the refresh now waits for its thread
        made.load()
        return await running

    changes = asyncio.run(both())
    assert (["ben"], ("anna",)) == (names(changes), changes.removed)
    assert Changes() == poll_once(made)
