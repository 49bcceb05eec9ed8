"""The compose file of a cluster: valid by the schema of compose files, and its exporters start."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.operations.started_exporter import (
    free_port,
    started_exporter,
    wait_for_success,
)
from tests.support.paths import ROOT
from tests.support.suite.postgres_server import PostgresServer
from tokcheck.sandbox import Sandbox

COMPOSE_FILE = ROOT / "deploy" / "container" / "cluster.compose.yaml"
MANIFEST = ROOT / "deploy" / "kubernetes-cluster" / "exporters.yaml"
SOCKET = "/var/run/postgresql"


@pytest.fixture
def services() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(COMPOSE_FILE.read_text())["services"]
    return found


@pytest.fixture
def own_database(postgres_server: PostgresServer, services: dict[str, Any]) -> Iterator[None]:
    """The role and the database that the image of PostgreSQL makes from these variables."""
    variables = services["database"]["environment"]
    role, database = variables["POSTGRES_USER"], variables["POSTGRES_DB"]
    postgres_server.run_sql(f"CREATE ROLE {role} LOGIN")
    postgres_server.run_sql(f"CREATE DATABASE {database} OWNER {role}")
    yield
    postgres_server.run_sql(f"DROP DATABASE {database} WITH (FORCE)")
    postgres_server.run_sql(f"DROP ROLE {role}")


def test_it_follows_the_schema_of_compose_files() -> None:
    checked = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec",
         str(COMPOSE_FILE)],
        capture_output=True,
        check=False,
        text=True,
    )  # fmt: skip
    assert 0 == checked.returncode, checked.stdout + checked.stderr


def test_its_exporters_are_those_of_the_manifests(services: dict[str, Any]) -> None:
    exporter = services["exporter"]
    pod = yaml.safe_load(MANIFEST.read_text())["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert container["args"] == exporter["command"]
    names = {variable["name"] for variable in container["env"]} - {"TOKCHECK_HOME"}
    assert names == set(exporter["environment"])
    for service in services.values():
        assert f"socket:{SOCKET}" in service["volumes"]


@pytest.mark.usefixtures("own_database")
def test_its_exporters_start_with_its_words_and_variables(
    tmp_path: Path, sandbox: Sandbox, services: dict[str, Any], postgres_server: PostgresServer
) -> None:
    """Without Docker: the socket is in another folder, and the keys are those of the test."""
    exporter = services["exporter"]
    url = exporter["environment"]["TOKCHECK_DATABASE"]
    assert url.endswith(f"host={SOCKET}")
    environment = exporter["environment"] | {
        "TOKCHECK_HOME": str(tmp_path / "home"),
        "TOKCHECK_DATABASE": url.replace(SOCKET, str(postgres_server.folder)),
        "TOKCHECK_ENCRYPTION_KEY": "6b" * 32,
        "PGPASSWORD": "unused",
        "PGPORT": str(postgres_server.port),
    }
    listen = f"127.0.0.1:{free_port()}"
    words = [listen if word == "0.0.0.0:19150" else word for word in exporter["command"]]
    with started_exporter([sys.executable, "-m", "tokcheck", *words], sandbox, environment):
        for path in ("/-/healthy", "/-/ready"):
            wait_for_success(f"http://{listen}{path}")
