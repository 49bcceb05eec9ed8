"""An older store is migrated with all its content, whatever interrupts it."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from itertools import count
from math import inf
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.accounts.conftest import MakeRefresher
from tests.support.accounts.failing_sqlite import Crash, Steps, stepping_connection
from tests.support.accounts.fake_token_endpoint import START, FakeTokenEndpoint
from tests.support.paths import ROOT
from tokcheck.accounts.grant import (
    Broken,
    BrokenReason,
    Intent,
    LimitCode,
    RefreshLimit,
    Refused,
    StoredAccount,
)
from tokcheck.accounts.grant_errors import explain
from tokcheck.accounts.store import MIGRATIONS, Store, fast_read
from tokcheck.accounts.store.sqlite.stored_sentences import convert_broken
from tokcheck.core.secret import Secret
from tokcheck.storage.sqlite.private_database import connect, migrate


def contents_of(accounts: list[StoredAccount]) -> list[tuple[object, ...]]:
    """Return the content of a store, secrets as fingerprints, to compare."""
    return [
        (
            *account[1:],
            account.grant.access.fingerprint,
            account.grant.refresh and account.grant.refresh.fingerprint,
            account.grant.client.secret and account.grant.client.secret.fingerprint,
            account.grant.client[:2],
            *account.grant[4:],
        )
        for account in accounts
    ]


REFUSED = (
    "Fitbit Web API refused the refresh token: it was revoked, has expired, was used already, or "
    "belongs to another application. It says: It is old."
)


def make_version_1(folder: Path, token_endpoint: FakeTokenEndpoint) -> list[tuple[object, ...]]:
    """Make a store of the first version, with something in each of its tables."""
    newest = folder.with_name(f"{folder.name} newest")
    with Store(newest) as store:
        for name in ("bo", "cy", "kim"):
            store.put(token_endpoint.grant(name))
        for name, mark in (("bo", "begun"), ("cy", "broken")):
            refresh = store.grant(name).refresh
            assert refresh is not None
            if mark == "begun":
                store.begin(name, Intent(refresh.fingerprint, START, "process 1"))
            else:
                broken = Broken(START, BrokenReason.REFUSED, "It is old.")
                store.mark_broken(name, refresh.fingerprint, broken)
        content = contents_of(store.accounts())
    folder.mkdir(0o700)
    path = folder / "accounts.sqlite3"
    with closing(connect(path, timeout=1)) as connection:
        migrate(connection, path, MIGRATIONS[:1])
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("ATTACH ? AS newest", (str(newest / path.name),))
        for table in ("grants", "intents", "secrets"):
            columns = connection.execute(f"PRAGMA main.table_info({table})").fetchall()
            names = ", ".join(column[1] for column in columns)
            connection.execute(f"INSERT INTO {table} SELECT {names} FROM newest.{table}")
        connection.execute(
            "INSERT INTO broken SELECT owner, at, 'invalid_grant', ?, 'Log in again.' "
            "FROM newest.broken",
            (REFUSED,),
        )
    return content


def version_of(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "accounts.sqlite3")) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


@pytest.mark.parametrize("journal", ["wal", "delete"])
def test_a_store_of_version_1_keeps_its_content(
    folder: Path, token_endpoint: FakeTokenEndpoint, make_refresher: MakeRefresher, journal: str
) -> None:
    before = make_version_1(folder, token_endpoint)
    with closing(sqlite3.connect(folder / "accounts.sqlite3")) as connection:
        connection.execute(f"PRAGMA journal_mode = {journal}")
    assert 1 == version_of(folder)
    with Store(folder) as store:
        assert before == contents_of(store.accounts())
        for name in ("bo", "cy", "kim"):
            assert token_endpoint.would_refresh(make_refresher(store).fresh_grant(name, inf))
    assert len(MIGRATIONS) == version_of(folder)


def test_a_crash_at_any_statement_keeps_the_content(
    token_endpoint: FakeTokenEndpoint, tmp_path: Path
) -> None:
    for crash_at in count():
        folder = tmp_path / str(crash_at)
        before = make_version_1(folder, token_endpoint)
        steps = Steps(crash_at)
        steps.counting = True
        try:
            Store(folder, connection=stepping_connection(steps)).close()
        except Crash:
            assert version_of(folder) in {1, len(MIGRATIONS)}
        with Store(folder) as store:
            assert before == contents_of(store.accounts())
        if steps.done < crash_at:
            break
    assert crash_at > 10


def test_several_processes_can_migrate_a_store_at_once(
    folder: Path, token_endpoint: FakeTokenEndpoint
) -> None:
    before = make_version_1(folder, token_endpoint)
    program = (
        "import sys, pathlib\n"
        "from tokcheck.accounts.store.sqlite.store import Store\n"
        "sys.stdin.readline()\n"
        "with Store(pathlib.Path(sys.argv[1])) as store:\n"
        "    assert 3 == len(store.accounts())\n"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(folder)],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=ROOT,
        )
        for _ in range(4)
    ]
    for process in started:
        assert process.stdin is not None
        process.stdin.write(b"\n")
        process.stdin.flush()
    assert [b""] * 4 == [process.communicate(timeout=600)[1] for process in started]
    assert len(MIGRATIONS) == version_of(folder)
    with Store(folder) as store:
        assert before == contents_of(store.accounts())


AT = 1_780_000_000.0
# The work of ``make_version_2.py``, as reasons and facts; the store of version 2 held the minute.
BROKEN = {
    "fine": None,
    "unfinished": None,
    "refused": Broken(AT + 10, BrokenReason.REFUSED),
    "kim o's": Broken(AT + 20, BrokenReason.REFUSED, "Refresh token invalid: it's old."),
    "google refused": Broken(AT + 40, BrokenReason.REFUSED, "Token has been expired."),
    "session ended": Broken(AT + 50, BrokenReason.SIGN_IN_REQUIRED),
    "copy": Broken(AT + 60, BrokenReason.DUPLICATE, "fine"),
}


def made_up_fingerprint(name: str) -> str:
    return Secret(f"made-up-{name}-refresh").fingerprint


@pytest.fixture
def version_2(folder: Path) -> Path:
    """A store as the code of version 2 wrote it."""
    folder.mkdir(0o700)
    path = folder / "accounts.sqlite3"
    path.touch(0o600)
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((Path(__file__).with_name("version_2.sql")).read_text())
    assert 2 == version_of(folder)
    return folder


def test_the_sentences_of_version_2_become_reasons_and_facts(version_2: Path) -> None:
    with Store(version_2) as store:
        broken = {one.grant.name: one.broken for one in store.accounts()}
        unfinished = store.account("unfinished").intent
    assert len(MIGRATIONS) == version_of(version_2)
    interrupted = broken.pop("interrupted")
    assert BROKEN == broken
    assert unfinished is not None
    assert AT + 5 == unfinished.began_at
    assert interrupted is not None
    assert interrupted.intent is not None
    assert (AT + 3_700, BrokenReason.INTERRUPTED, "") == interrupted[:3]
    assert made_up_fingerprint("interrupted") == interrupted.intent.fingerprint
    assert AT <= interrupted.intent.began_at + 60 <= AT + 120
    assert interrupted.intent.holder.startswith("process ")


def test_the_sentences_of_version_2_are_rendered_from_facts(
    version_2: Path, snapshot: SnapshotAssertion
) -> None:
    with Store(version_2) as store:
        assert snapshot == {
            one.grant.name: explain(one.broken, one.grant.name, one.grant.client.provider)._asdict()
            for one in store.accounts()
            if one.broken is not None
        }


def test_no_sentence_is_stored_any_more(version_2: Path) -> None:
    Store(version_2).close()
    with closing(sqlite3.connect(version_2 / "accounts.sqlite3")) as connection:
        stored = "\n".join(connection.iterdump())
    for words in (
        "tokcheck login",
        "refused the refresh token",
        "CREATE TABLE sentences",
        "--forget",
    ):
        assert words not in stored


def test_a_fresh_token_is_read_before_and_after_the_migration(version_2: Path) -> None:
    for version in (2, len(MIGRATIONS)):
        assert version == version_of(version_2)
        token = fast_read.read_fresh_token(str(version_2), "fine", 0, AT)
        assert token is not None
        assert "made-up-fine-access" == token.reveal()
        assert None is fast_read.read_fresh_token(str(version_2), "refused", 0, AT)
        assert None is fast_read.read_fresh_token(str(version_2), "unfinished", 0, AT)
        Store(version_2).close()


def test_a_store_of_version_3_keeps_its_content_and_records_refused_applications(
    folder: Path, token_endpoint: FakeTokenEndpoint
) -> None:
    grant = token_endpoint.grant("kim")
    assert grant.refresh is not None
    fingerprint = grant.refresh.fingerprint
    intent = Intent(fingerprint, START, "process 1")
    before = Broken(START + 200, BrokenReason.INTERRUPTED, intent=intent)
    with Store(folder) as store:
        store.put(grant)
        store.mark_broken("kim", fingerprint, before)
    with closing(sqlite3.connect(folder / "accounts.sqlite3")) as connection:  # as version 3 has it
        for column in ("code", "address", "secrets"):
            connection.execute(f"ALTER TABLE broken DROP COLUMN {column}")
        for column in ("clock_skew", "booted_at"):
            connection.execute(f"ALTER TABLE grants DROP COLUMN {column}")
        connection.execute("DROP TABLE refresh_limits")
        connection.execute("ALTER TABLE secrets DROP COLUMN fingerprint")
        connection.execute("PRAGMA user_version = 3")
        tables = [row[0] for row in connection.execute("SELECT sql FROM sqlite_schema")]
    with closing(connect(folder / "version 3", timeout=1)) as connection:
        migrate(connection, folder / "version 3", MIGRATIONS[:3])
        expected = [row[0] for row in connection.execute("SELECT sql FROM sqlite_schema")]
    assert {" ".join(sql.split()) for sql in expected if sql} == {
        " ".join(sql.split()) for sql in tables if sql
    }
    (folder / "version 3").unlink()
    with Store(folder) as store:
        assert len(MIGRATIONS) == version_of(folder)
        assert before == store.account("kim").broken
        assert grant.access.fingerprint == store.grant("kim").access.fingerprint
        refused = Refused("invalid_client", "https://api.fitbit.com", ("", "ab" * 6))
        after = Broken(START + 300, BrokenReason.APPLICATION, "It's wrong.", refused=refused)
        assert store.mark_broken("kim", fingerprint, after)
    with Store(folder) as store:
        assert after == store.account("kim").broken


VERSION_4 = {
    "fine": (None, False),
    "unfinished": (None, True),
    "refused": (BrokenReason.REFUSED, False),
    "no secret": (BrokenReason.APPLICATION, False),
    "gone": (BrokenReason.SERVICE_GONE, False),
}


def test_a_store_of_version_4_keeps_its_content_and_has_neither_skew_nor_backoff(
    folder: Path,
) -> None:
    folder.mkdir(0o700)
    path = folder / "accounts.sqlite3"
    path.touch(0o600)
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((Path(__file__).with_name("version_4.sql")).read_text())
    assert 4 == version_of(folder)
    token = fast_read.read_fresh_token(str(folder), "fine", 0, AT)
    assert token is not None
    with Store(folder) as store:
        accounts = {one.grant.name: one for one in store.accounts()}
        assert {
            name: (one.broken and one.broken.reason, one.intent is not None)
            for name, one in accounts.items()
        } == VERSION_4
        assert {(None, None)} == {(o.grant.clock_skew, o.limit) for o in accounts.values()}
        assert token.fingerprint == accounts["fine"].grant.access.fingerprint
        refresh = accounts["fine"].grant.refresh
        assert refresh is not None
        limit = RefreshLimit(AT, AT + 60, "https://api.fitbit.com")
        store.record_limit("fine", refresh.fingerprint, limit, keep_intent=False)
        store.put(accounts["gone"].grant._replace(clock_skew=-90.0))
    assert len(MIGRATIONS) == version_of(folder)
    with Store(folder, boot_moment=lambda: AT) as store:  # the clock was set since
        assert limit == store.account("fine").limit
        assert -90.0 == store.grant("gone").clock_skew


def test_a_store_of_version_6_keeps_its_limits_and_records_a_server_that_is_unavailable(
    folder: Path,
) -> None:
    folder.mkdir(0o700)
    path = folder / "accounts.sqlite3"
    path.touch(0o600)
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((Path(__file__).with_name("version_6.sql")).read_text())
    assert 6 == version_of(folder)
    old = RefreshLimit(AT + 10, AT + 1810, "https://api.fitbit.com")
    token = fast_read.read_fresh_token(str(folder), "fine", 0, AT)
    assert token is not None
    with Store(folder) as store:
        accounts = {one.grant.name: one for one in store.accounts()}
        assert {
            "fine": (None, False, None),
            "limited": (None, False, old),
            "unfinished and limited": (None, True, old),
            "refused": (BrokenReason.REFUSED, False, None),
        } == {
            name: (one.broken and one.broken.reason, one.intent is not None, one.limit)
            for name, one in accounts.items()
        }
        assert (LimitCode.RATE_LIMITED, False) == (old.code, old.covers_intent)
        assert token.fingerprint == accounts["fine"].grant.access.fingerprint
        refresh = accounts["limited"].grant.refresh
        assert refresh is not None
        new = RefreshLimit(AT, AT + 60, "https://api.fitbit.com", LimitCode.SERVER_ERROR)
        new = new._replace(covers_intent=True)
        store.record_limit("limited", refresh.fingerprint, new, keep_intent=True)
    assert len(MIGRATIONS) == version_of(folder)
    with Store(folder) as store:
        assert new == store.account("limited").limit


@pytest.mark.parametrize("code", ["invalid_grant", "duplicate", "x"])
@pytest.mark.parametrize("sentence", ["", "It broke.", "Something refused the refresh token: no."])
def test_an_unknown_sentence_is_a_refusal(code: str, sentence: str) -> None:
    assert ("refused", "", None, None, None) == convert_broken(code, sentence)


def test_a_duplicate_is_parsed_with_any_name() -> None:
    name = "a has the same refresh token: b\n"
    sentence = f"The account {name} has the same refresh token: both come from one consent."
    assert name == convert_broken("duplicate", sentence)[1]
