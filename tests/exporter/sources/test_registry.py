"""The registry: accounts of a file, a folder and variables are added, changed and removed."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.core.test_redact import survives
from tests.support.exporter.registries import has_paste, make_registry, names, poll_once
from tests.support.tokens import FITBIT, GOOGLE, fitbit
from tokcheck.core.errors import UsageError
from tokcheck.exporter.sources import (
    Account,
    AccountRegistry,
    Changes,
    ExporterConfig,
    FileSource,
    Policy,
    Shard,
    VariableSource,
)
from tokcheck.exporter.sources.reading import SourceNote


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a folder of tokens with one account."""
    (tmp_path / "tokens").mkdir()
    (tmp_path / "tokens" / "anna").write_text(FITBIT)
    return tmp_path / "tokens"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Return the path for a configuration file."""
    return tmp_path / "tokcheck.toml"


def _load(registry: AccountRegistry) -> AccountRegistry:
    registry.load()
    poll_once(registry)
    return registry


def _error_text(load: Callable[[], None]) -> str:
    with pytest.raises(UsageError) as caught:
        load()
    assert caught.value.hint
    return caught.value.message


def test_without_accounts_the_error_names_the_options() -> None:
    with pytest.raises(UsageError) as caught:
        make_registry().load()
    assert "No accounts are configured." == caught.value.message
    hint = "Use --config FILE, --tokens-dir DIR, --token-env NAME=VAR or --accounts."
    assert hint == caught.value.hint


def test_nothing_is_watched_before_the_first_poll(folder: Path) -> None:
    registry = make_registry(folder)
    assert ({}, ExporterConfig()) == (dict(registry.accounts), registry.config)
    registry.load()
    assert {} == dict(registry.accounts)
    assert ["anna"] == names(poll_once(registry))


def test_the_three_sources_are_combined_and_share_the_defaults(folder: Path, config: Path) -> None:
    (folder.parent / "ben").write_text(f"Bearer {GOOGLE}\n")
    config.write_text('timeout = "3s"\n[defaults]\nshare = 0.2\n[accounts.ben]\nfile = "ben"')
    registry = make_registry(
        folder, config=config, variables={"cleo": "CLEO"}, environ={"CLEO": FITBIT}
    )
    registry.load()
    assert ["ben", "cleo", "anna"] == names(poll_once(registry))
    policy = Policy(share=0.2)
    assert [
        Account("ben", FileSource(folder.parent / "ben"), policy=policy),
        Account("cleo", VariableSource("CLEO"), policy=policy),
        Account("anna", FileSource(folder / "anna"), policy=policy),
    ] == [watched.account for watched in registry.accounts.values()]
    assert has_paste(registry, "ben", f"Bearer {GOOGLE}\n")
    assert has_paste(registry, "cleo", FITBIT)
    assert has_paste(registry, "anna", FITBIT)
    assert 3.0 == registry.config.timeout
    assert Changes() == poll_once(registry)


def test_accounts_of_a_folder_are_added_and_removed(folder: Path) -> None:
    registry = _load(make_registry(folder))
    (folder / "ben").write_text(GOOGLE)
    before = registry.accounts
    assert ["ben"] == names(poll_once(registry))
    assert ["anna"] == list(before), "a returned mapping does not change"
    (folder / "anna").unlink()
    poll_once(registry)
    assert Changes((), ("anna",)) == poll_once(registry)
    assert ["ben"] == list(registry.accounts)
    (folder / "ben").rename(folder / "cleo")
    assert ["cleo"] == names(poll_once(registry))
    assert ("ben",) == poll_once(registry).removed
    (folder / "cleo").unlink()
    poll_once(registry)
    assert ("cleo",) == poll_once(registry).removed
    assert {} == dict(registry.accounts), "an empty folder is fine"


def test_a_changed_text_is_reported_once(folder: Path) -> None:
    registry = _load(make_registry(folder))
    version = registry.accounts["anna"].version
    (folder / "anna").write_text(GOOGLE)
    assert ["anna"] == names(poll_once(registry))
    assert has_paste(registry, "anna", GOOGLE)
    assert version != registry.accounts["anna"].version
    assert Changes() == poll_once(registry)
    (folder / "anna").touch()
    assert Changes() == poll_once(registry), "the text is the same"


def test_a_file_that_is_empty_for_a_moment_changes_nothing(folder: Path) -> None:
    registry = _load(make_registry(folder))
    (folder / "anna").write_text("")
    assert Changes() == poll_once(registry)
    assert has_paste(registry, "anna", FITBIT)
    changes = poll_once(registry)
    assert [(None, "", f"The file {folder}/anna is empty.", False, None)] == [
        watched[1:] for watched in changes.changed
    ]
    (folder / "anna").write_text(GOOGLE)
    assert ["anna"] == names(poll_once(registry))
    assert "" == registry.accounts["anna"].problem


@pytest.mark.parametrize("text", [FITBIT, GOOGLE])
def test_a_file_that_is_missing_for_a_moment_is_the_same_account(folder: Path, text: str) -> None:
    registry = _load(make_registry(folder))
    for _ in range(3):
        (folder / "anna").unlink()
        assert Changes() == poll_once(registry)
        assert has_paste(registry, "anna", FITBIT)
        (folder / "anna").write_text(FITBIT)
        assert Changes() == poll_once(registry)
    (folder / "anna").unlink()
    poll_once(registry)
    (folder / "anna").write_text(text)
    changes = poll_once(registry)
    assert () == changes.removed
    assert has_paste(registry, "anna", text)


def test_secrets_that_kubernetes_swaps_are_read_again(folder: Path) -> None:
    def publish(name: str, texts: dict[str, str]) -> None:
        (folder / name).mkdir()
        for key, text in texts.items():
            (folder / name / key).write_text(text)
        (folder / "..data_tmp").symlink_to(name)
        (folder / "..data_tmp").replace(folder / "..data")

    (folder / "anna").unlink()
    publish("..2026_01", {"anna": FITBIT, "ben": GOOGLE})
    for key in ("anna", "ben"):
        (folder / key).symlink_to(f"..data/{key}")
    registry = _load(make_registry(folder))
    assert {"anna", "ben"} == set(registry.accounts)
    assert () == registry.notes
    poll_once(registry)
    publish("..2026_02", {"anna": fitbit(sub="OTHER1"), "ben": GOOGLE})
    assert ["anna"] == names(poll_once(registry)), "and the other text is the same"
    assert has_paste(registry, "anna", fitbit(sub="OTHER1"))


def test_a_file_with_an_invalid_name_gets_a_note(folder: Path) -> None:
    (folder / FITBIT[:100]).write_text(FITBIT)
    registry = _load(make_registry(folder))
    assert ["anna"] == list(registry.accounts)
    (note,) = registry.notes
    for words in note:
        assert "The file [redacted] in" in words
        assert not survives(FITBIT, words)
    (folder / FITBIT[:100]).unlink()
    poll_once(registry)
    assert () == registry.notes


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    assert f"{gone} cannot be read: No such file or directory." == _error_text(
        make_registry(gone).load
    )
    gone.touch()
    assert "Not a directory" in _error_text(make_registry(gone).load)


def test_a_folder_that_disappears_keeps_its_accounts(folder: Path) -> None:
    registry = _load(make_registry(folder))
    folder.rename(folder.parent / "away")
    for _ in range(3):
        assert Changes() == poll_once(registry)
        sentence = f"{folder} cannot be read: No such file or directory."
        assert (
            SourceNote(
                f"{sentence} Its accounts stay as they were.", f"{folder} can be read again."
            ),
        ) == registry.notes
    assert has_paste(registry, "anna", FITBIT)
    (folder.parent / "away").rename(folder)
    (folder / "anna").write_text(GOOGLE)
    assert ["anna"] == names(poll_once(registry))
    assert () == registry.notes


def test_a_name_used_twice_is_an_error(folder: Path, config: Path) -> None:
    config.write_text('[accounts.anna]\nenv = "A"')
    twice = "The account anna is named twice:"
    assert f"{twice} in the configuration file and by a file in {folder}." == _error_text(
        make_registry(folder, config=config).load
    )
    assert f"{twice} after --token-env and by a file in {folder}." == _error_text(
        make_registry(folder, variables={"anna": "A"}).load
    )
    assert (
        "The account anna is named twice: in the configuration file and after --token-env."
        == _error_text(make_registry(config=config, variables={"anna": "A"}).load)
    )


def test_a_name_used_again_later_gets_a_note(folder: Path) -> None:
    registry = _load(make_registry(folder, variables={"ben": "BEN"}, environ={"BEN": GOOGLE}))
    (folder / "ben").write_text(FITBIT)
    assert Changes() == poll_once(registry)
    assert has_paste(registry, "ben", GOOGLE)
    note = f"The file ben in {folder} is not watched: another account has that name."
    assert [note] == [each.sentence for each in registry.notes]


@pytest.mark.parametrize(
    ("name", "variable", "message"),
    [
        ("anna", FITBIT, "For the account anna, --token-env needs the name of a variable, "
         "not the token itself."),
        ("anna", "", "For the account anna, --token-env needs the name of a variable."),
        (GOOGLE, "A", "'[redacted]' cannot be the name of an account: it looks like a token, "
         "and names are shown to everyone."),
        ("", "A", "'' cannot be the name of an account: it is empty."),
    ],
)  # fmt: skip
def test_an_invalid_variable_is_an_error(name: str, variable: str, message: str) -> None:
    assert message == _error_text(make_registry(variables={name: variable}).load)


def test_an_unset_variable_is_an_error_of_its_account() -> None:
    environ = {"BEN": FITBIT}
    registry = _load(make_registry(variables={"anna": "ANNA", "ben": "BEN"}, environ=environ))
    assert "The variable ANNA is not set." == registry.accounts["anna"].problem
    assert has_paste(registry, "ben", FITBIT)
    odd = _load(make_registry(variables={"a b": " BEN"}, environ=environ))
    assert "The variable ' BEN' is not set." == odd.accounts["a b"].problem
    environ["ANNA"] = GOOGLE
    assert ["anna"] == names(poll_once(registry))


def test_accounts_of_other_shards_are_ignored(folder: Path, config: Path) -> None:
    every = {f"p{number}" for number in range(60)}
    for name in sorted(every)[:20]:
        (folder / name).write_text(FITBIT)
    config.write_text("".join(f"[accounts.{n}]\nenv = 'A'\n" for n in sorted(every)[20:40]))
    variables = dict.fromkeys(sorted(every)[40:], "A")
    seen: list[str] = []
    for index in (1, 2, 3):
        registry = make_registry(
            folder, config=config, variables=variables, environ={"A": FITBIT}, shard=Shard(index, 3)
        )
        registry.load()
        found = names(poll_once(registry))
        assert set(found) == set(registry.accounts)
        assert all(Shard(index, 3).includes(name) for name in found)
        seen += found
    assert sorted(every | {"anna"}) == sorted(seen)


def test_a_name_of_another_shard_is_reserved(folder: Path, config: Path) -> None:
    config.write_text('[accounts.ben]\nenv = "A"')
    other = Shard(1, 2) if Shard(2, 2).includes("ben") else Shard(2, 2)
    registry = _load(make_registry(folder, config=config, shard=other))
    (folder / "ben").write_text(FITBIT)
    poll_once(registry)
    assert "ben" not in registry.accounts
    assert "another account has that name" in registry.notes[0].sentence


def test_concurrent_polls_report_each_change_once(folder: Path) -> None:
    registry = make_registry(folder)
    registry.load()

    async def together() -> list[Changes]:
        return list(await asyncio.gather(*(registry.poll() for _ in range(3))))

    assert [["anna"], [], []] == [names(changes) for changes in asyncio.run(together())]
