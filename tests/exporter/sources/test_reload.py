"""A reload reports what changed; an invalid configuration changes nothing."""

import asyncio
from pathlib import Path

import pytest

from tests.core.test_redact import survives
from tests.support.exporter.registries import has_paste, make_registry, names, poll_once
from tests.support.tokens import FITBIT, GOOGLE
from tokcheck.core.errors import UsageError
from tokcheck.exporter.sources import AccountRegistry, Changes, Policy

_ANNA = '[accounts.anna]\nfile = "anna"\n'
_BEN = '[accounts.ben]\nfile = "anna"\n'


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Make a configuration file with one account."""
    (tmp_path / "anna").write_text(FITBIT)
    (tmp_path / "tokcheck.toml").write_text(_ANNA)
    return tmp_path / "tokcheck.toml"


@pytest.fixture
def registry(config: Path) -> AccountRegistry:
    """Make a registry that watches it."""
    registry = make_registry(config=config)
    registry.load()
    poll_once(registry)
    return registry


def test_a_reload_adds_and_removes_accounts(config: Path, registry: AccountRegistry) -> None:
    config.write_text(_BEN)
    assert Changes() == poll_once(registry), "nothing happens before the reload"
    registry.load()
    assert ["anna"] == list(registry.accounts)
    changes = poll_once(registry)
    assert (["ben"], ("anna",)) == (names(changes), changes.removed)
    assert has_paste(registry, "ben", FITBIT)


@pytest.mark.parametrize(
    "line",
    ["share = 0.1", "reserve = 1", 'every = "1h"', 'window = "1h"', 'provider = "fitbit"',
     'require_scopes = ["settings"]', 'timezone = "Europe/Berlin"'],
)  # fmt: skip
def test_another_definition_is_a_change(config: Path, registry: AccountRegistry, line: str) -> None:
    version = registry.accounts["anna"].version
    config.write_text(_ANNA + line)
    registry.load()
    (changed,) = poll_once(registry).changed
    assert version == changed.version
    registry.load()
    assert Changes() == poll_once(registry), "and the same definition is none"


def test_other_defaults_change_the_accounts_of_a_folder(tmp_path: Path, config: Path) -> None:
    (tmp_path / "tokens").mkdir()
    (tmp_path / "tokens" / "ben").write_text(GOOGLE)
    registry = make_registry(tmp_path / "tokens", config=config)
    registry.load()
    poll_once(registry)
    config.write_text(f"[defaults]\nreserve = 9\n{_ANNA}")
    registry.load()
    assert ["anna", "ben"] == names(poll_once(registry))
    assert Policy(reserve=9) == registry.accounts["ben"].account.policy
    registry.load()
    assert Changes() == poll_once(registry)


def test_another_source_is_read_at_once(config: Path, registry: AccountRegistry) -> None:
    (config.parent / "other").write_text(GOOGLE)
    config.write_text(_ANNA.replace('"anna"', '"other"'))
    registry.load()
    assert ["anna"] == names(poll_once(registry))
    assert has_paste(registry, "anna", GOOGLE)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (_ANNA + "share = 2", "line 3: accounts.anna.share must be"),
        (_ANNA + f'token = "{FITBIT}"', "line 3: accounts.anna.token is not allowed here"),
        (_ANNA + "oops", "line 3, column 5: not valid TOML"),
        (_ANNA.encode("utf-16"), "cannot be read: line 1 is not UTF-8"),
        (None, "cannot be read: No such file"),
    ],
)
def test_an_invalid_file_is_an_error_and_changes_nothing(
    config: Path, registry: AccountRegistry, text: str | bytes | None, expected: str
) -> None:
    before = registry.config, registry.accounts
    config.unlink()
    if text is not None:
        config.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(UsageError) as caught:
        registry.load()
    assert expected in caught.value.message
    assert str(config) in caught.value.message
    assert not survives(FITBIT, caught.value.message)
    assert before[0] is registry.config
    assert Changes() == poll_once(registry)
    assert before[1] is registry.accounts
    (config.parent / "anna").write_text(GOOGLE)
    assert ["anna"] == names(poll_once(registry)), "the previous accounts are still watched"
    config.write_text(_ANNA + _BEN)
    registry.load()
    assert ["ben"] == names(poll_once(registry))


def test_a_reload_during_a_poll_takes_effect_at_once(
    config: Path, registry: AccountRegistry
) -> None:
    config.write_text(_BEN)

    async def both() -> Changes:
        running = asyncio.create_task(registry.poll())
        await asyncio.sleep(0)  # the refresh now waits for its thread
        registry.load()
        return await running

    changes = asyncio.run(both())
    assert (["ben"], ("anna",)) == (names(changes), changes.removed)
    assert Changes() == poll_once(registry)
