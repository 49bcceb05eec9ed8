"""The store as a source of the registry: names, shards, and stores that fail."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest

from tests.support.exporter.registries import PATH, Timer, names, poll_once
from tests.support.tokens import NOW
from tokcheck.accounts.errors import StoreError
from tokcheck.accounts.grant import Broken, BrokenReason, Client, Grant, Intent
from tokcheck.accounts.store import Store
from tokcheck.core.errors import UsageError
from tokcheck.core.secret import Secret
from tokcheck.exporter.sources import AccountRegistry, Changes, Shard, StoreSource
from tokcheck.exporter.sources.reading import SourceNote
from tokcheck.exporter.sources.registry import Selection

AT = NOW.timestamp()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def put(home: Path, *wanted: str, provider: str = "fitbit", turn: int = 0, **rest: Any) -> None:
    with Store(home) as store:
        for name in wanted:
            grant = Grant(
                name, Client(provider, "23ABCD", None), Secret(f"access-{name}-{turn}"),
                Secret(f"refresh-{name}-{turn}"), AT + 28_800, None, ("activity",), None, AT,
            )  # fmt: skip
            store.put(grant._replace(**rest))


def give_up(home: Path, name: str, at: float) -> None:
    """Record that the provider refused an account's refresh token."""
    fingerprint = Secret(f"refresh-{name}-0").fingerprint
    with Store(home) as store:
        assert store.begin(name, Intent(fingerprint, at, "process 1"))
        assert store.mark_broken(name, fingerprint, Broken(at, BrokenReason.REFUSED, "It ended."))


class MakeRegistry(Protocol):
    """Returns a registry of the accounts of the store, which is not loaded yet."""

    def __call__(self, shard: Shard | None = None, **rest: Any) -> AccountRegistry: ...


@pytest.fixture
def store_registry(home: Path) -> Iterator[MakeRegistry]:
    """Return a function that makes registries; they are closed at the end."""
    made: list[AccountRegistry] = []

    def make(shard: Shard | None = None, **rest: Any) -> AccountRegistry:
        selection = Selection(home=home, **{"accounts": True, **rest})
        made.append(AccountRegistry(selection, environ=PATH, timer=Timer(), share=shard))
        return made[-1]

    yield make
    for registry in made:
        asyncio.run(registry.aclose())


def test_every_grant_is_an_account_with_its_provider_and_access_token(
    home: Path, store_registry: MakeRegistry
) -> None:
    put(home, "anna", "bo")
    registry = store_registry()
    registry.load()
    assert ["anna", "bo"] == names(poll_once(registry))
    watched = registry.accounts["anna"]
    assert ("fitbit", StoreSource(home)) == (watched.account.provider, watched.account.source)
    assert watched.paste is not None
    assert Secret("access-anna-0").fingerprint == watched.paste.fingerprint
    assert watched.grant is not None
    assert (AT + 28_800, True) == (watched.grant.expires_at, watched.grant.renewable)
    assert "access" not in watched.version + repr(watched)


@pytest.mark.parametrize(
    ("known", "refused_at", "end"),
    [
        (None, None, None),
        (AT + 500, None, AT + 500),
        (None, AT + 60, AT + 60),
        (AT + 500, AT + 60, AT + 60),
        (AT + 40, AT + 60, AT + 40),
    ],
)
def test_a_refused_refresh_token_ends_no_later_than_its_refusal(
    home: Path,
    known: float | None,
    refused_at: float | None,
    end: float | None,
    store_registry: MakeRegistry,
) -> None:
    put(home, "anna", refresh_expires_at=known)
    if refused_at is not None:
        give_up(home, "anna", refused_at)
    registry = store_registry()
    registry.load()
    poll_once(registry)
    grant = registry.accounts["anna"].grant
    assert grant is not None
    assert end == grant.refresh_expires_at
    expected = Broken(refused_at, BrokenReason.REFUSED, "It ended.") if refused_at else None
    assert expected == grant.broken


def test_only_changed_accounts_are_reported(home: Path, store_registry: MakeRegistry) -> None:
    put(home, "anna", "bo")
    registry = store_registry()
    registry.load()
    poll_once(registry)
    assert Changes() == poll_once(registry)
    put(home, "bo", turn=1)
    put(home, "cleo")
    assert ["bo", "cleo"] == names(poll_once(registry))
    with Store(home) as store:
        store.remove("anna")
    assert Changes((), ("anna",)) == poll_once(registry)


def test_the_configuration_adds_the_store_and_a_reload_removes_it(
    home: Path, tmp_path: Path, store_registry: MakeRegistry
) -> None:
    put(home, "anna")
    config = tmp_path / "accounts.toml"
    config.write_text('store = true\n[accounts]\nbo = { env = "BO" }\n')
    registry = store_registry(accounts=False, config=config)
    registry.load()
    assert ["bo", "anna"] == names(poll_once(registry))
    config.write_text('[accounts]\nbo = { env = "BO" }\n')
    registry.load()
    assert ("anna",) == poll_once(registry).removed


def test_a_name_in_the_store_and_elsewhere_is_an_error_at_the_start(
    home: Path, tmp_path: Path, store_registry: MakeRegistry
) -> None:
    put(home, "anna")
    (tmp_path / "tokens").mkdir()
    (tmp_path / "tokens" / "anna").write_text("x")
    for first, rest in (
        ("after --token-env", {"variables": {"anna": "ANNA"}}),
        (f"by a file in {tmp_path / 'tokens'}", {"tokens_dir": tmp_path / "tokens"}),
    ):
        with pytest.raises(UsageError, match=f"named twice: {first} and in the store of accounts"):
            store_registry(**rest).load()


def test_a_duplicate_name_added_to_the_store_later_gets_a_note(
    home: Path, store_registry: MakeRegistry
) -> None:
    registry = store_registry(variables={"anna": "ANNA"})
    registry.load()
    poll_once(registry)
    put(home, "anna")
    assert Changes() == poll_once(registry)
    assert "account anna of the store is not watched" in registry.notes[0].sentence


def test_an_empty_store_gets_a_note_with_the_next_command(
    home: Path, store_registry: MakeRegistry
) -> None:
    registry = store_registry()
    registry.load()
    poll_once(registry)
    sentence = "The store contains no accounts yet. To add one: tokcheck login --help"
    assert (SourceNote(sentence, "The store contains accounts now."),) == registry.notes
    put(home, "anna")
    poll_once(registry)
    assert not registry.notes


def test_shards_divide_the_accounts_of_the_store(home: Path, store_registry: MakeRegistry) -> None:
    everyone = [f"participant-{number}" for number in range(20)]
    put(home, *everyone)
    seen: list[str] = []
    for index in (1, 2):
        registry = store_registry(Shard(index, 2))
        registry.load()
        seen += names(poll_once(registry))
    assert sorted(everyone) == sorted(seen)


def test_an_unknown_provider_gets_a_note(home: Path, store_registry: MakeRegistry) -> None:
    put(home, "anna", provider="of-tomorrow")
    registry = store_registry()
    registry.load()
    assert Changes() == poll_once(registry)
    assert "its provider, of-tomorrow, is not known" in registry.notes[0].sentence


def test_a_missing_store_keeps_its_accounts_and_a_new_one_is_read(
    home: Path, store_registry: MakeRegistry
) -> None:
    put(home, "anna")
    registry = store_registry()
    registry.load()
    poll_once(registry)
    moved = home.rename(home.with_name("away"))
    assert Changes() == poll_once(registry)
    assert "does not exist any more" in registry.notes[0].sentence
    assert "stay as they were" in registry.notes[0].sentence
    put(home, "bo")  # another file under the same name
    assert ["bo"] == names(poll_once(registry))
    assert ["bo"] == list(registry.accounts)
    assert moved.exists()


def test_a_store_that_cannot_be_opened_is_an_error_at_the_start(
    home: Path, store_registry: MakeRegistry
) -> None:
    put(home, "anna")
    home.chmod(0o755)
    with pytest.raises(StoreError, match="accessible to other users") as caught:
        store_registry().load()
    assert "chmod 700" in caught.value.hint


def test_without_a_data_folder_there_is_no_store() -> None:
    with pytest.raises(UsageError, match="no data folder"):
        AccountRegistry(Selection(accounts=True), environ=PATH, timer=Timer()).load()
