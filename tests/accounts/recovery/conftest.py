"""Stores to damage, at rest and in use, and checks of their recovery."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.accounts.fake_token_endpoint import START, FakeClock, FakeTokenEndpoint
from tokcheck.accounts.errors import StoreError
from tokcheck.accounts.grant import Grant
from tokcheck.accounts.recovery import RecoveryState, recover_store
from tokcheck.accounts.recovery.rebuild import Recovery
from tokcheck.accounts.store import Store
from tokcheck.core.secret import Secret

NAME = "accounts.sqlite3"
PAGE = 4096
COUNT = 60


class StoreSample(NamedTuple):
    """The files of a store, and its grants by name."""

    files: dict[str, bytes]
    grants: dict[str, Grant]
    removed: tuple[Grant, ...] = ()
    """Grants that a transaction of the log removed: without it, they are there."""

    def __repr__(self) -> str:
        return f"StoreSample({list(self.files)})"

    def write(self, folder: Path) -> Path:
        folder.mkdir(0o700, exist_ok=True)
        for name, content in self.files.items():
            (folder / name).write_bytes(content)
            (folder / name).chmod(0o600)
        return folder / NAME

    def with_damage(self, change: Callable[[bytes], bytes], name: str = NAME) -> "StoreSample":
        return self._replace(files=self.files | {name: change(self.files[name])})

    def readable(self, damaged: "StoreSample") -> set[str]:
        """Return the accounts of which each part stands in unchanged pages alone."""
        return {
            name
            for name, grant in self.grants.items()
            if all(
                sum(data.count(text) for data in self.files.values())
                == sum(
                    count_whole(data, damaged.files[file], text)
                    for file, data in self.files.items()
                )
                > 0
                for text in parts_of(grant)
            )
        }


def parts_of(grant: Grant) -> list[bytes]:
    """Return what identifies the rows of a grant and of its secrets."""
    assert grant.refresh is not None
    secrets = (grant.refresh, grant.access)
    return [grant.name.encode(), *(secret.reveal().encode() for secret in secrets)]


def count_whole(before: bytes, after: bytes, text: bytes) -> int:
    """Return how often a text stands in pages that are unchanged."""
    count, at = 0, before.find(text)
    while at >= 0:
        page = slice(at // PAGE * PAGE, at // PAGE * PAGE + 2 * PAGE)
        count += before[page] == after[page]
        at = before.find(text, at + 1)
    return count


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> dict[str, StoreSample]:
    """A store at rest, and one in use: most of it is still in its log."""
    found = {}
    for kind in ("at rest", "in use"):
        folder = tmp_path_factory.mktemp(kind) / "data"
        endpoint = FakeTokenEndpoint(FakeClock())
        grants = {}
        with Store(folder) as store:
            store.put(endpoint.grant("person-000-y"))
        with ExitStack() as opened:
            store = opened.enter_context(Store(folder))
            store.remove("person-000-y")
            for number in range(COUNT):
                if number == COUNT * 3 // 4:  # what is in the log by now goes into the file
                    opened.pop_all().close()
                    store = opened.enter_context(Store(folder))
                provider = "google-health" if number % 3 == 0 else "fitbit"
                grant = endpoint.grant(f"person-{number:03}-x", provider=provider)
                if number % 10 == 5:  # longer than a page takes
                    grant = grant._replace(access=Secret(grant.access.reveal() * 60))
                store.put(grant)
                grants[grant.name] = grant
            store.remove("person-007-x")
            removed = grants.pop("person-007-x")
            paths = [path for path in folder.iterdir() if path.suffix != ".lock"]
            if kind == "in use":
                files = {p.name: p.read_bytes() for p in paths if not p.name.endswith("-shm")}
        if kind == "at rest":
            files = {NAME: (folder / NAME).read_bytes()}
        found[kind] = StoreSample(files, grants, (removed,))
    return found


def recover(folder: Path) -> Recovery:
    return recover_store(folder, START, patience=0.2)


def whole_names(recovery: Recovery) -> set[str]:
    return {
        account.name for account in recovery.accounts if account.state is not RecoveryState.LOST
    }


def grants_of(folder: Path) -> dict[str, Grant]:
    with Store(folder) as store:
        return {
            account.grant.name: account.grant
            for account in store.accounts()
            if account.broken is None
        }


def tokens_of(grant: Grant) -> tuple[str | None, str]:
    return None if grant.refresh is None else grant.refresh.fingerprint, grant.access.fingerprint


def check_recovery(sample: StoreSample, damaged: StoreSample, folder: Path) -> None:
    """Recover a store, and check that nothing is lost that could be read, or made up."""
    damaged.write(folder)
    try:
        recovery = recover(folder)
    except StoreError as error:
        if "newer version" not in error.message:
            raise
        return
    found = grants_of(folder)
    for name in sample.readable(damaged):
        assert tokens_of(sample.grants[name]) == tokens_of(found[name])
    known = {tokens_of(grant)[0] for grant in (*sample.grants.values(), *sample.removed)}
    assert {tokens_of(grant)[0] for grant in found.values()} <= known
    if not recovery.was_whole:
        assert recovery.kept is not None
        assert damaged.files[NAME] == recovery.kept.read_bytes()
        assert 0o600 == recovery.kept.stat().st_mode & 0o777
    listing = sorted(path.name for path in folder.iterdir())
    assert recover(folder).was_whole
    assert found.keys() == grants_of(folder).keys()
    assert [name for name in listing if "damaged" in name] == [
        path.name for path in sorted(folder.iterdir()) if "damaged" in path.name
    ]


@pytest.fixture(params=["at rest", "in use"])
def sample(request: pytest.FixtureRequest, samples: dict[str, StoreSample]) -> StoreSample:
    return samples[request.param]


def zero_page(page: int, fill: bytes = b"\0") -> Callable[[bytes], bytes]:
    return lambda data: data[: page * PAGE] + fill * PAGE + data[(page + 1) * PAGE :]


def lose_file(path: Path, *, is_missing: bool) -> None:
    if is_missing:
        path.unlink()
    else:
        path.write_bytes(b"")


@pytest.fixture
def log_sample(tmp_path: Path) -> StoreSample:
    """A store of eight accounts; each of them was stored again, so its log has all their rows."""
    folder = tmp_path / "log" / "data"
    folder.parent.mkdir()
    endpoint = FakeTokenEndpoint(FakeClock())
    with Store(folder) as store:
        for number in range(40):
            store.put(endpoint.grant(f"person-{number}"))
    with Store(folder) as store:
        grants = {}
        for number in range(40):
            grants[f"person-{number}"] = endpoint.grant(f"person-{number}")
            store.put(grants[f"person-{number}"])
        files = {path.name: path.read_bytes() for path in folder.iterdir()}
        del files[f"{NAME}-shm"]
    assert b"" != files[f"{NAME}-wal"]
    return StoreSample(files, grants)
