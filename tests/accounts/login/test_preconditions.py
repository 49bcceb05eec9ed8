"""Failures are found before the consent page opens: a consent that cannot be kept is lost."""

import socket
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.accounts.login.test_session import LISTENING, PASTED, VARIABLES, LoginHarness
from tests.support.accounts.fake_token_endpoint import START, FakeClock
from tests.support.accounts.login_person import Person
from tests.support.accounts.vaults.file_keyring import FileKeyring
from tests.support.tokens import FITBIT, FITBIT_CLIENT, GOOGLE_CLIENT, GOOGLE_SECRET
from tokcheck.accounts.errors import StoreError
from tokcheck.accounts.grant import Client, Grant
from tokcheck.accounts.login.session import LoginOptions
from tokcheck.accounts.store import Store, hold_lock
from tokcheck.accounts.store.vaults.keyring_vault import KeyringVault
from tokcheck.accounts.store.vaults.vault import MakeVault
from tokcheck.core.errors import TokcheckError, UsageError
from tokcheck.core.secret import Secret
from tokcheck.providers import REGISTRY
from tokcheck.storage import windows_access


class _Attempt(NamedTuple):
    """A login with one broken precondition, and the word that its error has."""

    word: str
    options: LoginOptions = PASTED
    environment: dict[str, str] = VARIABLES
    prepare: Callable[[Path], Any] = lambda _: None
    """Breaks the folder before the store is opened; what it returns is closed afterwards."""
    vault: Callable[[Path], MakeVault | None] = lambda _: None
    connection: type[sqlite3.Connection] = sqlite3.Connection
    patience: float = 0.0


def failing(code: int, statement: str) -> type[sqlite3.Connection]:
    """Return a connection that fails with a code at statements with this text."""

    class Troubled(sqlite3.Connection):
        def execute(self, sql: str, values: object = (), /) -> sqlite3.Cursor:
            if statement in sql:
                error = sqlite3.OperationalError("database trouble")
                error.sqlite_errorcode = code
                raise error
            return super().execute(sql, values)  # type: ignore[arg-type]  # passed on

    return Troubled


class BrokenKeyring(FileKeyring):
    """A keyring of which one method fails."""

    priority = 0.1
    method = ""

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.method == "set":
            raise RuntimeError("locked")
        super().set_password(service, username, password)

    def get_password(self, service: str, username: str) -> str | None:
        found = super().get_password(service, username)
        return {"get": None, "other": "another text"}.get(self.method, found)

    def delete_password(self, service: str, username: str) -> None:
        if self.method == "delete":
            raise RuntimeError("locked")
        super().delete_password(service, username)


def keyring(method: str) -> Callable[[Path], MakeVault]:
    """Return a vault in a keyring of which a method fails."""

    def vault(folder: Path) -> MakeVault:
        ring = BrokenKeyring(folder.parent / "ring")
        ring.method = method
        return lambda connection: KeyringVault(connection, ring)

    return vault


def make_shared(folder: Path) -> None:
    """Create a folder that other users can read."""
    folder.mkdir(0o755)
    if sys.platform == "win32":
        windows_access.set_access_list(str(folder), "D:P(A;;FA;;;SY)(A;;FA;;;WD)")


def write_store(folder: Path, *, then: str = "") -> None:
    """Create a store with an account of another provider, and run a statement on it."""
    with Store(folder) as store:
        store.put(
            Grant("taken", Client("google-health", GOOGLE_CLIENT, Secret(GOOGLE_SECRET)),
                  Secret(FITBIT), None, START + 1e6, None, (), None, START)
        )  # fmt: skip
    connection = sqlite3.connect(folder / "accounts.sqlite3", isolation_level=None)
    if then:
        connection.execute(then)
    connection.close()


def overwrite_store(folder: Path) -> None:
    """Put something else in the place of the store."""
    write_store(folder)
    (folder / "accounts.sqlite3").write_bytes(b"no database" * 1000)


def lock_store(folder: Path) -> Any:
    """Return a lock that another process has on the store."""
    write_store(folder)
    lock = hold_lock(folder / "accounts.lock", 0)
    lock.__enter__()
    return lock


def write_in_store(folder: Path) -> Any:
    """Return a connection of another process that writes."""
    write_store(folder)
    connection = sqlite3.connect(folder / "accounts.sqlite3", isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    return connection


_GOOGLE = PASTED._replace(provider=REGISTRY["google-health"], client_id=GOOGLE_CLIENT)
_CASES = {
    "a file in place of the folder": _Attempt("folder", prepare=lambda home: home.write_text("")),
    "a folder that others can read": _Attempt("private", prepare=make_shared),
    "a damaged store": _Attempt("damaged", prepare=overwrite_store),
    "a store of a later version": _Attempt(
        "newer", prepare=lambda home: write_store(home, then="PRAGMA user_version = 99")
    ),
    "a store of another program": _Attempt(
        "another program", prepare=lambda home: write_store(home, then="DROP TABLE grants")
    ),
    "a locked store": _Attempt("in use", prepare=lock_store),
    "a store that another process writes to": _Attempt("in use", prepare=write_in_store),
    "a full disk": _Attempt("space", connection=failing(sqlite3.SQLITE_FULL, "INTO secrets")),
    "a disk full at the end": _Attempt("space", connection=failing(sqlite3.SQLITE_FULL, "COMMIT")),
    "a read-only disk": _Attempt(
        "written", connection=failing(sqlite3.SQLITE_READONLY, "IMMEDIATE")
    ),
    **{f"a keyring that fails at {method}": _Attempt("keyring", vault=keyring(method))
       for method in ("set", "get", "other", "delete")},
    "the name of another provider's account": _Attempt(
        "another provider", PASTED._replace(name="taken"), prepare=write_store
    ),
    "a name that cannot be one": _Attempt("name", PASTED._replace(name="a\nb")),
    "no client id": _Attempt("client id", PASTED._replace(client_id=None)),
    "a client id of Google's": _Attempt("client", PASTED._replace(client_id=GOOGLE_CLIENT)),
    "a masked secret": _Attempt("secret", PASTED, {"TOKCHECK_FITBIT_CLIENT_SECRET": "*" * 32}),
    "no secret, which Google's applications need": _Attempt("No client secret", _GOOGLE, {}),
    "a scope that does not exist": _Attempt("scope", PASTED._replace(scopes=("slep",))),
    "a port that is none": _Attempt("port", LISTENING._replace(port=70_000)),
    "a redirect URI that is none": _Attempt(
        "redirect", LISTENING._replace(port=None, redirect_uri="x")
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", _CASES.values(), ids=_CASES)
def test_a_broken_precondition_opens_no_consent_page(tmp_path: Path, case: _Attempt) -> None:
    home, clock, user = tmp_path / "home", FakeClock(), Person()
    if not case.connection.__name__.startswith("Conn"):
        Store(home).close()  # the store itself is in order
    kept = case.prepare(home)
    with pytest.raises(TokcheckError) as caught:
        open_and_log_in(home, clock, user, case)
    assert case.word in f"{caught.value.message} {caught.value.hint}"
    assert [] == user.pages
    if isinstance(kept, sqlite3.Connection):
        kept.close()
    elif hasattr(kept, "__exit__"):
        kept.__exit__(None, None, None)


def open_and_log_in(home: Path, clock: FakeClock, user: Person, case: _Attempt) -> None:
    """Log in as the command does: with a store that is opened first."""
    with Store(
        home, vault=case.vault(home), patience=case.patience, connection=case.connection
    ) as store:
        login = LoginHarness(store, clock)
        try:
            login(user, case.options, case.environment, lock_patience=0.0)
        finally:
            assert [] == login.endpoint.forms


def test_a_port_in_use_opens_no_consent_page(tmp_path: Path) -> None:
    user = Person()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        options = LISTENING._replace(port=taken.getsockname()[1])
        with pytest.raises(UsageError, match="in use"):
            open_and_log_in(tmp_path / "home", FakeClock(), user, _Attempt("", options))
    assert [] == user.pages


def test_the_rehearsal_leaves_nothing(tmp_path: Path) -> None:
    ring = FileKeyring(tmp_path / "ring")
    for number, vault in enumerate((None, lambda connection: KeyringVault(connection, ring))):
        home = tmp_path / str(number)
        with Store(home, vault=vault) as store:
            store.check_writable(0)
            files = {path.name for path in home.iterdir()}
            store.check_writable(0)
            assert files == {path.name for path in home.iterdir()}
            assert [] == [name for name in files if "rehearsal" in name or "pending" in name]
        with closing(sqlite3.connect(home / "accounts.sqlite3")) as connection:
            assert [] == connection.execute("SELECT * FROM secrets").fetchall()
        assert {} == ring.entries()


def test_the_cases_are_broken_in_no_other_way(tmp_path: Path) -> None:
    user = Person(client_id=FITBIT_CLIENT)
    with Store(tmp_path / "home") as store:
        LoginHarness(store, FakeClock())(user, PASTED, VARIABLES, lock_patience=0.0)
    assert 1 == len(user.pages)
    with (
        pytest.raises(StoreError),
        Store(tmp_path / "home", patience=0.0) as store,
        hold_lock(store.path.with_suffix(".lock"), 0),
    ):
        store.check_writable(0)
