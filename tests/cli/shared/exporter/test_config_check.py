import os
import socket
import sqlite3
import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.support.exporter.simulated_exporter import settings
from tokcheck.cli.shared.exporter.config_check import ConfigCheck, check_exporter, print_check
from tokcheck.core.errors import UsageError
from tokcheck.exporter.ledger.ledger import Ledger
from tokcheck.exporter.sources.config_file import LONGEST
from tokcheck.exporter.sources.registry import Selection
from tokcheck.exporter.sources.selection import Shard
from tokcheck.exporter.web.listening.address import Address, UnixAddress
from tokcheck.exporter.web.options import WebOptions
from tokcheck.sandbox import SandboxState

_TOKEN = SandboxState().issue_fitbit_token()
_EVERY_SOURCE = """
[accounts]
anna = { env = "ANNA" }
bo = { file = "bo" }
cy = { command = ["mark-run"] }
"""


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder with a program that leaves a mark when it is run."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "mark-run"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path / 'was-run'}\n")
    program.chmod(0o755)
    return folder


def _check(
    folder: Path, text: str, environment: Mapping[str, str], web: WebOptions | None = None
) -> ConfigCheck:
    config = folder / "accounts.toml"
    config.write_text(text)
    selection = Selection(config=config, home=folder / "home")
    return check_exporter(settings("http://127.0.0.1:1", selection, folder, environment), web)


def test_what_can_be_used_is_fine_and_nothing_is_run_or_created(
    tmp_path: Path, programs: Path
) -> None:
    (tmp_path / "bo").write_text(_TOKEN)
    environment = {"ANNA": _TOKEN, "PATH": str(programs)}
    assert ConfigCheck(3, (), ()) == _check(tmp_path, _EVERY_SOURCE, environment, WebOptions())
    assert {"accounts.toml", "bin", "bo"} == {path.name for path in tmp_path.iterdir()}


def test_every_fault_is_an_error_and_a_token_that_is_wrong_a_note(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    home.chmod(0o755)
    web = WebOptions((UnixAddress(tmp_path / "none" / "s"),))
    found = _check(tmp_path, _EVERY_SOURCE, {"ANNA": "<your token>", "PATH": ""}, web)
    assert 3 == found.accounts
    assert (
        f"{home} must be private",
        f"There is no folder {tmp_path / 'none'}",
        "bo: ",
        "cy: ",
    ) == (
        found.errors[0][: len(f"{home} must be private")],
        found.errors[1][: len(f"There is no folder {tmp_path / 'none'}")],
        found.errors[2][:4],
        found.errors[3][:4],
    )
    (note,) = found.notes
    assert note.startswith("anna: placeholder: ")


_MANY_FAULTS = """
timeout = "soon"
[accounts]
anna = { env = "ANNA" }
bo = { file = "bo", every = "never" }
cy = { command = ["mark-run"], provider = "none" }
dee = { file = "dee", env = "DEE" }
eve = 3
"""


@pytest.mark.parametrize(
    ("text", "first", "others"),
    [
        (_MANY_FAULTS, "accounts.toml", ["anna: ", "bo: ", "cy: "]),
        ("[accounts\nanna = 1\n", "accounts.toml", []),
        ('[accounts]\nanna = { env = "ANNA" }\nvar = { file = "bo" }', "named twice", ["anna: "]),
    ],
)
def test_an_invalid_configuration_hides_no_other_fault(
    tmp_path: Path, text: str, first: str, others: list[str]
) -> None:
    config, home = tmp_path / "accounts.toml", tmp_path / "home"
    config.write_text(text)
    home.mkdir()
    home.chmod(0o755)
    selection = Selection(config, variables={"var": "VAR"}, home=home)
    chosen = settings("http://127.0.0.1:1", selection, tmp_path, {"PATH": ""})
    web = WebOptions((UnixAddress(tmp_path / "none" / "s"),))
    found = check_exporter(chosen, web, tmp_path / "none" / "x.prom")
    failure, textfile, private, listen, *accounts = found.errors
    assert first in failure
    assert textfile.startswith(f"The file {tmp_path / 'none' / 'x.prom'} cannot be written")
    assert private.startswith(f"{home} must be private")
    assert listen.startswith(f"There is no folder {tmp_path / 'none'}")
    starts = [*others, "var: "]
    assert starts == [error[: len(start)] for error, start in zip(accounts, starts, strict=True)]
    assert (0, ()) == (found.accounts, found.notes)


def test_a_variable_that_is_not_set_is_an_error(tmp_path: Path) -> None:
    found = _check(tmp_path, '[accounts]\nanna = { env = "ANNA" }\n', {})
    assert 1 == len(found.errors)
    assert found.errors[0].startswith("anna: ")


@pytest.mark.parametrize("text", ["[accounts\n", "[accounts]\nanna = { nothing = 1 }\n"])
def test_an_invalid_configuration_is_a_usage_error(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError):
        _check(tmp_path, text, {}, WebOptions())


@pytest.mark.parametrize(
    ("web", "wrong"),
    [
        ("tls_server_config: {cert_file: none, key_file: none}\n", "cert_file"),
        ("basic_auth_users: {anna: secret}\n", "web.yml"),
    ],
)
@pytest.mark.parametrize(
    ("text", "other"),
    [
        ('[accounts]\nanna = { env = "ANNA" }\n', "anna: "),
        ("[accounts]\nanna = { nothing = 1 }\n", "nothing"),
        ("[accounts\n", "accounts.toml"),
    ],
)
def test_an_invalid_web_configuration_hides_no_other_error(
    tmp_path: Path, web: str, wrong: str, text: str, other: str
) -> None:
    file = tmp_path / "web.yml"
    file.write_text(web)
    of_web, of_accounts = _check(tmp_path, text, {}, WebOptions(config=file)).errors
    assert wrong in of_web
    assert other in of_accounts


def test_a_configuration_that_cannot_be_read_has_the_hint_that_fits(tmp_path: Path) -> None:
    (tmp_path / "latin").write_bytes(b"\xff")
    (tmp_path / "large").write_bytes(b"#" * (LONGEST + 1))
    for name, hint in (
        ("missing", "Check the name after --config."),
        ("latin", "Save the file as UTF-8."),
        (".", "Name a regular file."),
        ("large", "Keep the tokens in a folder, one file an account, and use --tokens-dir."),
    ):
        selection = Selection(config=tmp_path / name, home=tmp_path / "home")
        with pytest.raises(UsageError) as caught:
            check_exporter(settings("http://127.0.0.1:1", selection, tmp_path, {}), None)
        assert hint == caught.value.hint


def test_a_folder_of_tokens_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    selection = Selection(tokens_dir=tmp_path / "none", home=tmp_path)
    with pytest.raises(UsageError):
        check_exporter(settings("http://127.0.0.1:1", selection, tmp_path, {}), None)


@pytest.mark.skipif(os.name == "nt", reason="modes")
def test_an_unreadable_store_ends_with_2(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    (home / "accounts.sqlite3").write_bytes(b"nothing" * 1_000)
    (home / "accounts.sqlite3").chmod(0o600)
    selection = Selection(home=home, accounts=True)
    assert 2 == print_check(settings("http://127.0.0.1:1", selection, tmp_path, {}))


@pytest.mark.parametrize("command", ["serve", "watch"])
def test_the_commands_check_and_start_nothing(run: Run, tmp_path: Path, command: str) -> None:
    environment = {"ANNA": _TOKEN, "TOKCHECK_HOME": str(tmp_path / "home")}
    words = (command, "--check-config", "--token-env")
    good = run(*words, "anna=ANNA", env=environment)
    assert (0, "The configuration can be used: 1 account.\n", "") == (good.code, good.out, good.err)
    bad = run(*words, "bo=BO", env=environment)
    assert (2, "") == (bad.code, bad.out)
    assert bad.err.startswith("error: bo: ")
    assert not (tmp_path / "home").exists()


def test_a_data_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for place in ("file", "link"):
        home = tmp_path / place / "below" / "home"
        selection = Selection(variables={"anna": "ANNA"}, home=home)
        chosen = settings("http://127.0.0.1:1", selection, tmp_path, {"ANNA": _TOKEN})
        found = check_exporter(chosen._replace(ledger=home / "exporter.sqlite3"), None)
        assert (
            f"The data folder {home} cannot be created: {tmp_path / place} is not a folder. "
            "Set TOKCHECK_HOME to another one.",
        ) == found.errors


@pytest.mark.skipif(sys.platform != "linux", reason="it has /proc and /sys")
@pytest.mark.parametrize("place", ["/proc/tokcheck", "/proc/self/fd", "/sys/tokcheck"])
def test_a_data_folder_in_a_file_system_of_the_kernel_is_an_error(
    place: str, tmp_path: Path
) -> None:
    """Its permissions allow root to write there, but nothing can be created."""
    home = Path(place)
    selection = Selection(variables={"anna": "ANNA"}, home=home)
    chosen = settings("http://127.0.0.1:1", selection, tmp_path, {"ANNA": _TOKEN})
    (error,) = check_exporter(chosen._replace(ledger=home / "exporter.sqlite3"), None).errors
    existing = home if home.exists() else home.parent
    assert f"{existing} is not writable, so exporter.sqlite3 cannot be kept there." == error


def test_an_existing_data_folder_is_left_as_it_is(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    selection = Selection(variables={"anna": "ANNA"}, home=home)
    chosen = settings("http://127.0.0.1:1", selection, tmp_path, {"ANNA": _TOKEN})
    found = check_exporter(chosen._replace(ledger=home / "exporter.sqlite3"), None)
    assert () == found.errors
    assert [] == list(home.iterdir())


def test_a_ledger_of_a_newer_version_is_an_error_and_a_damaged_one_is_none(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    ledger = home / "exporter.sqlite3"
    chosen = settings(
        "http://127.0.0.1:1",
        Selection(variables={"anna": "ANNA"}, home=home),
        tmp_path,
        {"ANNA": _TOKEN},
    )._replace(ledger=ledger)
    with closing(sqlite3.connect(ledger)) as connection:
        connection.execute("PRAGMA user_version = 9999")
        connection.execute("CREATE TABLE a (b)")
    ledger.chmod(0o600)
    (error,) = check_exporter(chosen, None).errors
    assert error.startswith(f"{ledger} was written by a newer version of tokcheck (version 9999")
    junk = b"nothing" * 1_000
    ledger.write_bytes(junk)  # it is replaced, at the cost of a window
    found = check_exporter(chosen, None)
    (note,) = found.notes
    assert () == found.errors
    assert note.startswith(
        f"The ledger {ledger} is damaged. A start replaces it. The earlier spend"
    )
    assert junk == ledger.read_bytes()
    assert [ledger] == list(home.iterdir())


@pytest.mark.parametrize("table", ["spend", "standing", "lost"])
def test_a_ledger_without_one_of_its_tables_is_damaged(tmp_path: Path, table: str) -> None:
    selection = Selection(variables={"anna": "ANNA"}, home=tmp_path)
    chosen = settings("http://127.0.0.1:1", selection, tmp_path, {"ANNA": _TOKEN})
    with Ledger(chosen.ledger) as ledger:
        ledger.read_state("", "")
    with closing(sqlite3.connect(chosen.ledger)) as connection, connection:
        connection.execute(f"DROP TABLE {table}")
    found = check_exporter(chosen, None)
    (note,) = found.notes
    assert () == found.errors
    assert note.startswith(f"The ledger {chosen.ledger} is damaged. A start replaces it.")


def test_a_database_of_another_program_in_the_place_of_the_ledger_is_an_error(
    tmp_path: Path,
) -> None:
    selection = Selection(variables={"anna": "ANNA"}, home=tmp_path)
    chosen = settings("http://127.0.0.1:1", selection, tmp_path, {"ANNA": _TOKEN})
    chosen.ledger.parent.mkdir(mode=0o700)
    with closing(sqlite3.connect(chosen.ledger)) as connection, connection:
        connection.execute("CREATE TABLE a (b)")
    chosen.ledger.chmod(0o600)
    found = check_exporter(chosen, None)
    (error,) = found.errors
    assert () == found.notes
    assert error.startswith(f"The ledger {chosen.ledger} cannot be used: it ")


@pytest.mark.parametrize("is_used", [True, False])
def test_a_ledger_that_is_locked_is_a_note(tmp_path: Path, *, is_used: bool) -> None:
    selection = Selection(variables={"anna": "ANNA"}, home=tmp_path)
    chosen = settings("http://127.0.0.1:1", selection, tmp_path, {"ANNA": _TOKEN})
    with Ledger(chosen.ledger) as ledger:
        ledger.read_state("", "")
        files = set(tmp_path.iterdir())
        if is_used:  # by an exporter
            assert ConfigCheck(1, (), ()) == check_exporter(chosen, None)
        with closing(sqlite3.connect(chosen.ledger, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            found = check_exporter(chosen, None)
        assert files == set(tmp_path.iterdir())
    (note,) = found.notes
    assert () == found.errors
    assert note.startswith(f"The ledger {chosen.ledger} cannot be used: another process has locked")


def test_an_address_of_another_machine_is_an_error_and_a_port_in_use_is_none(
    tmp_path: Path,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        own = Address("127.0.0.1", busy.getsockname()[1])
        text = '[accounts]\nanna = { env = "ANNA" }\n'
        web = WebOptions((own, Address("192.0.2.1", 19150), Address("", 19150)))
        found = _check(tmp_path, text, {"ANNA": _TOKEN}, web)
    (error,) = found.errors
    assert error.startswith("This computer has no address 192.0.2.1. ")


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="sockets in the file system")
def test_a_path_that_cannot_be_a_socket_is_an_error_and_one_that_is_left_over_is_none(
    tmp_path: Path,
) -> None:
    (tmp_path / "file").write_text("")
    with socket.socket(socket.AF_UNIX) as left_over:
        left_over.bind(str(tmp_path / "s"))
    paths = (tmp_path / "s", tmp_path / "new", tmp_path / "file", tmp_path, tmp_path / ("l" * 120))
    text = '[accounts]\nanna = { env = "ANNA" }\n'
    web = WebOptions(tuple(UnixAddress(path) for path in paths))
    assert (
        f"{tmp_path / 'file'} exists and is not a socket. Choose another path.",
        f"{tmp_path} exists and is not a socket. Choose another path.",
        f"The path of the socket {tmp_path / ('l' * 120)} is too long. "
        "Choose one of at most 103 bytes.",
    ) == _check(tmp_path, text, {"ANNA": _TOKEN}, web).errors


@pytest.mark.parametrize("extra", [(), ("--check-config",)])
def test_an_address_that_is_part_of_another_one_is_a_usage_error(
    run: Run, tmp_path: Path, extra: tuple[str, ...]
) -> None:
    environment = {"ANNA": _TOKEN, "TOKCHECK_HOME": str(tmp_path / "home")}
    words = ("serve", "--token-env", "anna=ANNA", "--listen", ":19150", "--listen", "19150")
    result = run(*words, *extra, env=environment)
    assert (2, "") == (result.code, result.out)
    assert result.err.startswith("tokcheck: :19150 includes 127.0.0.1:19150.\n")


def test_no_accounts_at_all_are_an_error_unless_the_shard_has_none(tmp_path: Path) -> None:
    tokens = tmp_path / "tokens"
    tokens.mkdir()
    selection = Selection(tokens_dir=tokens, home=tmp_path / "home")
    empty = settings("http://127.0.0.1:1", selection, tmp_path, {})
    words = "No account is watched: the sources that are named contain none."
    assert (words,) == check_exporter(empty, None).errors
    assert () == check_exporter(empty._replace(share=Shard(1, 2)), None).errors
