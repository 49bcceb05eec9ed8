"""The commands on accounts in PostgreSQL, shared by two machines with homes of their own."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.cli.account_store import AccountStore, make_grant
from tests.support.paths import ROOT
from tests.support.suite.postgres_server import PostgresServer, skip_without_postgres
from tokcheck.accounts.grant import Grant
from tokcheck.accounts.store import Store

skip_without_postgres(at_import=True)

from tokcheck.accounts.store.postgres.postgres_store import PostgresStore  # noqa: E402
from tokcheck.storage.postgres.database_address import parse_database_address  # noqa: E402


@pytest.fixture
def machines(
    account_store: AccountStore, database_url: str, tmp_path: Path
) -> tuple[AccountStore, AccountStore]:
    env = account_store.env | {"TOKCHECK_DATABASE": database_url}
    one, two = (
        account_store._replace(
            folder=tmp_path / home, env=env | {"TOKCHECK_HOME": str(tmp_path / home)}
        )
        for home in ("one", "two")
    )
    return one, two


def put(machine: AccountStore, grant: Grant) -> Grant:
    address = parse_database_address(machine.env["TOKCHECK_DATABASE"], {})
    with PostgresStore(address, machine.folder) as store:
        store.put(grant)
    return grant


def test_two_machines_have_the_same_accounts(machines: tuple[AccountStore, AccountStore]) -> None:
    one, two = machines
    empty = one("accounts", "list")
    assert "no accounts yet in the PostgreSQL database postgres of this computer" in empty.err
    grant = put(one, make_grant(one.sandbox_state, "alex", left=60))
    token = one("token", "alex")
    assert 0 == token.code, token.err
    assert grant.access.reveal() != token.out.strip(), "it was refreshed"
    assert token.out == two("token", "alex").out
    (listed,) = json.loads(two("accounts", "list", "--json").out)["accounts"]
    assert "alex" == listed["name"]
    assert "alex\n" == two("completion", "accounts").out
    refreshed = two("accounts", "refresh", "--all")
    assert 0 == refreshed.code, refreshed.err
    assert token.out != one("token", "alex").out
    assert 0 == one("accounts", "show", "alex").code
    removed = one("accounts", "remove", "alex", "--yes")
    assert 0 == removed.code, removed.err
    gone = two("token", "alex")
    assert 2 == gone.code
    assert "There is no account 'alex'" in gone.err
    assert not list(two.folder.glob("*.sqlite3*")), "nothing is kept in the home"
    for machine in machines:
        for file in machine.folder.glob("*.rescue"):
            assert b"" == file.read_bytes().strip(b"\0")


def test_what_belongs_to_a_file_is_refused(machines: tuple[AccountStore, AccountStore]) -> None:
    recovered = machines[0]("accounts", "recover")
    assert 2 == recovered.code
    assert "rebuilds only a file" in recovered.err
    in_keyring = machines[0]("accounts", "list", TOKCHECK_VAULT="keyring")
    assert 2 == in_keyring.code
    assert "A keyring belongs to one computer" in in_keyring.err


def test_a_database_that_is_away_is_named(
    machines: tuple[AccountStore, AccountStore], postgres_server: PostgresServer
) -> None:
    away = machines[0].env["TOKCHECK_DATABASE"].replace(f"port={postgres_server.port}", "port=1")
    result = machines[0]("accounts", "list", TOKCHECK_DATABASE=away)
    assert 3 == result.code
    assert "cannot be reached" in result.err


def test_no_command_loads_the_driver_without_need(tmp_path: Path) -> None:
    program = (
        "import sys\nfrom tokcheck.cli.main import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit:\n    pass\n"
        "assert 'psycopg' not in sys.modules\n"
    )
    for words in (["accounts", "list"], ["serve", "--help"], ["clean", "x"]):
        ended = subprocess.run(
            [sys.executable, "-c", program, *words],
            env={"TOKCHECK_HOME": str(tmp_path / "home"), "PATH": ""},
            cwd=ROOT,
            capture_output=True,
            check=False,
            text=True,
        )
        assert "AssertionError" not in ended.stderr


def test_everything_moves_into_the_database_and_back(
    machines: tuple[AccountStore, AccountStore],
) -> None:
    machine, other = machines
    url = machine.env["TOKCHECK_DATABASE"]
    on_files = machine._replace(env=machine.env | {"TOKCHECK_DATABASE": ""})
    grants = [on_files.add(name) for name in ("alex", "bo")]
    for _ in range(2):  # it can be repeated
        moved = on_files("accounts", "migrate", "--to", url)
        assert 0 == moved.code, moved.err
    assert "0 of 0 accounts" in moved.out
    assert [] == on_files.names()
    assert grants[0].access.reveal() + "\n" == other("token", "alex").out
    text = (machine.folder / "accounts.sqlite3").read_bytes()
    assert grants[0].access.reveal().encode() not in text
    back = machine("accounts", "migrate", "--from", url)
    assert 0 == back.code, back.err
    assert "2 of 2 accounts" in back.out
    assert ["alex", "bo"] == on_files.names()
    assert grants[1].access.reveal() + "\n" == on_files("token", "bo").out
    assert 2 == other("token", "alex").code


def test_an_account_of_another_grant_stops_the_move(
    machines: tuple[AccountStore, AccountStore],
) -> None:
    machine, other = machines
    on_files = machine._replace(env=machine.env | {"TOKCHECK_DATABASE": ""})
    on_files.add("bo")
    mine = on_files.add("alex")
    put(other, make_grant(other.sandbox_state, "alex")._replace(user_id="8OTHER"))
    result = on_files("accounts", "migrate", "--to", machine.env["TOKCHECK_DATABASE"])
    assert 2 == result.code
    assert "Another account alex is in the PostgreSQL database" in result.err
    assert ["alex", "bo"] == on_files.names()
    assert 2 == other("token", "bo").code
    assert mine.access.reveal() + "\n" == on_files("token", "alex").out
    for words in ([], ["--to", "a", "--from", "b"]):
        assert 2 == on_files("accounts", "migrate", *words).code


@pytest.mark.parametrize("option", ["--to", "--from"])
def test_a_wrong_url_names_the_option_that_has_it(
    machines: tuple[AccountStore, AccountStore], option: str
) -> None:
    for url in ("mysql://db.example/tok", "postgresql://db.example/tok?no=parameter"):
        refused = machines[0]("accounts", "migrate", option, url)
        assert 2 == refused.code
        assert f"{option} is not the URL of a database" in refused.err


def _put_both(
    machines: tuple[AccountStore, AccountStore], ages: tuple[float, float], user_id: str | None
) -> list[Grant]:
    """Store an account in the file and in the database, obtained so many seconds ago."""
    machine, other = machines
    mine, theirs = (
        grant._replace(obtained_at=grant.obtained_at - age, user_id=user_id)
        for grant, age in zip(
            (make_grant(each.sandbox_state, "alex") for each in machines), ages, strict=True
        )
    )
    with Store(machine.folder) as store:
        store.put(mine)
    return [mine, put(other, theirs)]


@pytest.mark.parametrize(("ages", "kept"), [((0, 3600), 0), ((3600, 0), 1)])
def test_after_an_interrupted_move_the_newer_tokens_are_kept(
    machines: tuple[AccountStore, AccountStore], ages: tuple[float, float], kept: int
) -> None:
    """Both have the account, and one of them has refreshed it since."""
    machine, other = machines
    grants = _put_both(machines, ages, "7ALEX2")
    on_files = machine._replace(env=machine.env | {"TOKCHECK_DATABASE": ""})
    moved = on_files("accounts", "migrate", "--to", machine.env["TOKCHECK_DATABASE"])
    assert 0 == moved.code, moved.err
    assert grants[kept].access.reveal() + "\n" == other("token", "alex").out
    assert [] == on_files.names()


@pytest.mark.parametrize("ages", [(0, 3600), (3600, 0)])
def test_accounts_of_unknown_users_are_not_taken_for_one(
    machines: tuple[AccountStore, AccountStore], ages: tuple[float, float]
) -> None:
    machine, other = machines
    grants = _put_both(machines, ages, None)
    on_files = machine._replace(env=machine.env | {"TOKCHECK_DATABASE": ""})
    result = on_files("accounts", "migrate", "--to", machine.env["TOKCHECK_DATABASE"])
    assert 2 == result.code
    assert "Another account alex" in result.err
    assert ["alex"] == on_files.names()
    assert grants[1].access.reveal() + "\n" == other("token", "alex").out
