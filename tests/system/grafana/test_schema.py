"""The dashboard is valid for Grafana and is the output of ``grafana/dashboard.py``."""

import json
from typing import TYPE_CHECKING, Any

import pytest

from grafana.dashboard import text
from tests.support.grafana.grafana_files import DASHBOARD, dashboard
from tests.support.paths import ROOT

if TYPE_CHECKING:
    from jsonschema import Draft7Validator

_SCHEMA = ROOT.parent / "shared" / "data" / "grafana-dashboard.schema.json"


@pytest.fixture(scope="module")
def validator() -> "Draft7Validator":
    from jsonschema import Draft7Validator  # noqa: PLC0415 - its formats take a second

    if not _SCHEMA.exists():
        pytest.skip(f"Grafana's schema of dashboards is missing: {_SCHEMA.name}, which is not ours")
    schema = json.loads(_SCHEMA.read_text())
    # Grafana's source has "any value" in these two places, and every dashboard has texts, numbers
    # and lists there; the schema made of it says "any object".
    for definition, name in (("MatcherConfig", "options"), ("DynamicConfigValue", "value")):
        assert "object" == schema["definitions"][definition]["properties"][name]["type"]
        schema["definitions"][definition]["properties"][name] = {}
    return Draft7Validator(schema)


def _faults(validator: "Draft7Validator", value: dict[str, Any]) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


def test_the_dashboard_fits_grafanas_schema(validator: "Draft7Validator") -> None:
    assert [] == _faults(validator, dashboard())


def test_the_schema_finds_a_misspelt_key(validator: "Draft7Validator") -> None:
    broken = dashboard()
    broken["panels"][0]["fieldConfig"]["defaults"]["units"] = "s"
    assert [] != _faults(validator, broken)


def test_the_file_equals_the_output_of_its_script() -> None:
    assert text() == DASHBOARD.read_text(encoding="utf-8"), "run: python -m grafana.dashboard"
