"""TOKCHECK_DATABASE: which connections are allowed, and what is shown of the URL."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tokcheck.core.errors import UsageError

pytest.importorskip("psycopg")
from tokcheck.storage.postgres import database_address
from tokcheck.storage.postgres.database_address import DatabaseAddress, parse_database_address


@pytest.mark.parametrize(
    ("url", "environment", "place"),
    [
        ("postgresql:///tok", {}, "PostgreSQL database tok of this computer"),
        ("postgres://u@/tok?host=/run/pg", {}, "PostgreSQL database tok of this computer"),
        ("postgresql://u:pass@localhost/tok", {}, "PostgreSQL database tok at localhost"),
        ("postgresql://127.0.0.1:5433/tok", {}, "PostgreSQL database tok at 127.0.0.1"),
        ("postgresql://[::1]/tok", {}, "PostgreSQL database tok at ::1"),
        ("postgresql://", {"PGHOST": "127.0.0.2"}, "PostgreSQL database at 127.0.0.2"),
    ],
)  # fmt: skip
def test_this_computer_needs_no_certificate(
    url: str, environment: dict[str, str], place: str
) -> None:
    address = parse_database_address(url, environment)
    assert "sslmode" not in address.parameters
    assert place == address.place


@pytest.mark.parametrize(
    ("url", "environment"),
    [
        ("postgresql://u:pass@db.example/tok", {}),
        ("postgresql://u@localhost,db.example/tok", {}),
        ("postgresql://u@localhost/tok?hostaddr=192.0.2.1", {}),
        ("postgresql://u@db.example/tok?sslmode=verify-full", {}),
        ("postgresql://", {"PGHOST": "db.example"}),
        ("postgresql://", {"PGHOSTADDR": "192.0.2.1"}),
        ("postgresql:///?service=study", {}),
        ("postgresql://", {"PGSERVICE": "study"}),
        ("postgresql://localhost.example/tok", {}),
    ],
)
def test_any_other_host_has_to_prove_who_it_is(url: str, environment: dict[str, str]) -> None:
    address = parse_database_address(url, environment)
    assert "verify-full" == address.parameters["sslmode"]
    assert "pass" not in address.place


@pytest.mark.parametrize("mode", ["disable", "allow", "prefer", "require", "verify-ca"])
def test_a_connection_that_is_not_verified_is_refused(mode: str) -> None:
    for url, environment in (
        (f"postgresql://u:pass@db.example/tok?sslmode={mode}", {}),
        ("postgresql://u:pass@db.example/tok", {"PGSSLMODE": mode}),
    ):
        with pytest.raises(UsageError, match=f"With sslmode={mode}") as caught:
            parse_database_address(url, environment)
        assert "pass" not in caught.value.message + caught.value.hint
    assert parse_database_address(f"postgresql://localhost/tok?sslmode={mode}", {})


@pytest.mark.parametrize(
    "url",
    [
        "mysql://u:pass@db.example/tok",
        "db.example",
        "postgresql://u:pass@db.example/tok?nonsense=1",
        "postgresql://u:pass@[db.example/tok",
        "host=db.example password=pass",
        "sqlite:///pass",
        "postgresql://u:a@pass@db.example/tok",
        "postgresql://u:a/pass@db.example/tok",
        "postgresql://u:a/b@pass/c@db.example/tok",
        "postgresql://u@db.example&password=pass",
        "postgresql://u@db.example/tok&password=pass",
        "postgresql://u:\udcff-pass@db.example/tok",
        "postgresql://u:%ff-pass@db.example/tok",
    ],
)
def test_what_is_no_url_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(UsageError, match="is not the URL of a database") as caught:
        parse_database_address(url, {})
    assert "pass" not in caught.value.message + caught.value.hint


def test_a_password_may_have_any_character_that_is_encoded() -> None:
    address = parse_database_address("postgresql://u:%40%2F%25pass@db.example/tok?user=a@b", {})
    assert "@/%pass" == address.parameters["password"]
    assert "PostgreSQL database tok at db.example" == address.place


_PASSWORD = "Canary-Passw0rd-9z8y7x6w"


@pytest.mark.parametrize(
    ("place", "url"),
    [
        ("database at d-[redacted]", f"postgresql://u:{_PASSWORD}@d-Passw0rd-9z8y7x6w"),
        ("database at db.[redacted]", f"postgresql://u:{_PASSWORD}@db.assw0rd-9z8y7x6w"),
        (
            "database tok at [redacted]ample",
            f"postgresql://u:{_PASSWORD}@y-Passw0rd-9z8y7x6wample/tok",
        ),
        ("database [redacted] at db.example", f"postgresql://u:{_PASSWORD}@db.example/{_PASSWORD}"),
        (
            "database tok at [redacted]",
            f"postgresql:///tok?password={_PASSWORD}&host={_PASSWORD.upper()}",
        ),
        ("database at [redacted]", f"postgresql://{_PASSWORD}?sslpassword={_PASSWORD}"),
        # One that is short may be the name of the database as well.
        ("database postgres at localhost", "postgresql://postgres:postgres@localhost/postgres"),
    ],
)
def test_a_place_repeats_no_part_of_the_password(place: str, url: str) -> None:
    """A URL that was pasted twice over itself names its password as a host."""
    assert f"PostgreSQL {place}" == parse_database_address(url, {}).place


def test_a_place_repeats_no_part_of_the_password_of_the_environment() -> None:
    address = parse_database_address(f"postgresql://{_PASSWORD}/tok", {"PGPASSWORD": _PASSWORD})
    assert "PostgreSQL database tok at [redacted]" == address.place


def test_a_place_is_one_line_without_invisible_characters() -> None:
    address = parse_database_address("postgresql://localhost/a%0Ab%1B%5B31m", {})
    assert "PostgreSQL database a b[31m at localhost" == address.place


def test_the_variable_is_named_in_errors() -> None:
    assert "TOKCHECK_DATABASE" == database_address.VARIABLE


@pytest.fixture
def service_file(tmp_path: Path) -> Path:
    path = tmp_path / "services.conf"
    path.write_text(
        "# of this computer\n[near]\nhost=127.0.0.1\nport=5433\nsslmode=disable\nhost=db.example\n"
        "[socket]\n  host=/run/postgresql  \n"
        "[far]\nhost=db.example\nsslmode=disable\nsslrootcert=/etc/db.crt\n"
        "[tunnel]\nhost=localhost\nhostaddr=192.0.2.1\n"
        "[hostless]\ndbname=tok\n"
        "[directory]\nldap://ldap.example/dc=study?description?one?(cn=db)\nhost=127.0.0.1\n"
        "[nested]\nservice=far\nhost=127.0.0.1\n"
        "[broken]\nhost=127.0.0.1\nhost db.example\n"
    )
    return path


def _use_service(name: str, path: Path, rest: str = "") -> Iterator[DatabaseAddress]:
    """Yield the address by each of the ways to name a service and its file."""
    hidden = path.with_name(".pg_service.conf")
    shutil.copyfile(path, hidden)
    shutil.copyfile(path, path.with_name("pg_service.conf"))
    folder = str(path.parent)
    for where in ({"PGSERVICEFILE": str(path)}, {"HOME": folder}, {"PGSYSCONFDIR": folder}):
        yield parse_database_address(f"postgresql://{rest or '/'}?service={name}", where)
        yield parse_database_address(f"postgresql://{rest}", where | {"PGSERVICE": name})


@pytest.mark.parametrize(
    ("name", "host"), [("near", "127.0.0.1"), ("socket", "/run/postgresql")]
)  # fmt: skip
def test_a_service_of_this_computer_needs_no_certificate(
    name: str, host: str, service_file: Path
) -> None:
    for address in _use_service(name, service_file):
        assert "sslmode" not in address.parameters
        assert host == address.parameters["host"], "the file may change"


@pytest.mark.parametrize(
    "name", ["far", "tunnel", "hostless", "directory", "nested", "broken", "missing"]
)
def test_any_other_service_has_to_prove_who_it_is(name: str, service_file: Path) -> None:
    for address in _use_service(name, service_file):
        assert "verify-full" == address.parameters["sslmode"]


def test_the_url_comes_before_the_service_file(service_file: Path) -> None:
    for address in _use_service("near", service_file, "db.example/tok"):
        assert "verify-full" == address.parameters["sslmode"]
        assert "db.example" == address.parameters["host"]


def test_the_authority_of_a_service_is_kept(
    service_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_address, "_SYSTEM_ROOTS_SINCE", 0)
    for address in _use_service("far", service_file):
        assert "sslrootcert" not in address.parameters, "libpq takes it from the file"
    for address in _use_service("hostless", service_file):
        assert "system" == address.parameters["sslrootcert"]


def test_a_service_file_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    path = tmp_path / "services.conf"
    path.write_bytes(b"[near]\nhost=127.0.0.1\n# \xff\n")
    for where in (path, tmp_path, tmp_path / "missing"):
        address = parse_database_address(
            "postgresql:///?service=near", {"PGSERVICEFILE": str(where)}
        )
        assert "verify-full" == address.parameters["sslmode"]
