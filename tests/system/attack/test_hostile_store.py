"""A store with values of other types in its columns: an error about the file, never a crash."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.tokens import FITBIT, FITBIT_REFRESH, FITBIT_SECRET
from tests.system.attack.test_hostile_files import check, run
from tokcheck.accounts.errors import StoreError
from tokcheck.accounts.grant import Broken, BrokenReason, Client, Grant, Intent
from tokcheck.accounts.store import Store
from tokcheck.core.secret import Secret

pytestmark = pytest.mark.untraced

_GRANT = Grant(
    name="anna",
    client=Client("fitbit", "23TEST", Secret(FITBIT_SECRET)),
    access=Secret(FITBIT),
    refresh=Secret(FITBIT_REFRESH),
    expires_at=4e9,
    refresh_expires_at=None,
    scopes=("settings",),
    user_id="7TESTS",
    obtained_at=1.0,
)
_COLUMNS = [
    *(("grants", name) for name in ("name", "provider", "client_id", "client_secret", "access")),
    *(("grants", name) for name in ("refresh", "expires_at", "refresh_expires_at", "scopes")),
    *(("grants", name) for name in ("user_id", "obtained_at")),
    *(("intents", name) for name in ("fingerprint", "began_at", "holder")),
    *(("broken", name) for name in ("at", "reason", "detail", "fingerprint", "began_at", "holder")),
    ("secrets", "text"),
]
_VALUES = ("odd\x1b[31m", b"\xff\xfe", -5, 1e300, float("inf"), "", "9" * 400)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with an account."""
    home = tmp_path / "home"
    monkeypatch.setenv("TOKCHECK_HOME", str(home))
    for name in ("FITBIT_URL", "GOOGLE_HEALTH_URL", "GOOGLE_OAUTH_URL"):
        monkeypatch.setenv(f"TOKCHECK_{name}", "http://127.0.0.1:9")
    with Store(home) as store:
        store.put(_GRANT)
    return home


def _add_refresh(home: Path, table: str) -> None:
    """Leave a refresh unfinished, or the grant broken by it."""
    assert _GRANT.refresh is not None
    fingerprint = _GRANT.refresh.fingerprint
    with Store(home) as store:
        if table == "intents":
            assert store.begin("anna", Intent(fingerprint, 1.0, "holder"))
        if table == "broken":
            lost = Intent(fingerprint, 1.0, "holder")
            broken = Broken(1.0, BrokenReason.INTERRUPTED, "", lost)
            assert store.mark_broken("anna", fingerprint, broken)


@pytest.mark.parametrize("value", _VALUES)
@pytest.mark.parametrize(("table", "column"), _COLUMNS)
def test_no_value_of_a_column_is_a_bug(
    home: Path, table: str, column: str, value: str | bytes | float
) -> None:
    _add_refresh(home, table)
    with closing(sqlite3.connect(home / "accounts.sqlite3")) as connection, connection:
        changed = connection.execute(f'UPDATE {table} SET "{column}" = ?', (value,)).rowcount
    assert changed
    for words in (
        ("accounts", "list", "--json"),
        ("accounts", "show", "anna"),
        ("token", "anna"),
        ("validate", "--account", "anna", "--offline"),
    ):
        check(run(*words))


def test_a_row_of_other_types_is_an_error_about_the_file(home: Path) -> None:
    with closing(sqlite3.connect(home / "accounts.sqlite3")) as connection, connection:
        connection.execute("UPDATE grants SET obtained_at = 'soon'")
    with Store(home) as store, pytest.raises(StoreError, match="another program created or"):
        store.grant("anna")
