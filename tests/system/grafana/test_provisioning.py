"""The files that start a Grafana and a Prometheus name files that exist and hold no secret."""

import re
from pathlib import Path
from typing import Any

import yaml

from tests.support.grafana.grafana_files import DASHBOARD, FOLDER

_YAML = sorted({*FOLDER.rglob("*.yaml"), *FOLDER.rglob("*.yml")})


def _load(*parts: str) -> Any:
    return yaml.safe_load(FOLDER.joinpath(*parts).read_text())


_COMPOSE = _load("compose.yaml")


def _mounts(service: str) -> dict[str, Path]:
    """Return what each path in the container is in this folder, named volumes left out."""
    volumes = [volume.split(":") for volume in _volumes(_COMPOSE["services"][service])]
    return {inside: FOLDER / outside for outside, inside, *_ in volumes if "/" in outside}


def _volumes(service: Any) -> list[str]:
    """Return the service's volumes; ``/$`` stands for a folder that the user's variable names."""
    return [re.sub(r"\$\{.*?\}", "/$", volume) for volume in service["volumes"]]


def test_every_yaml_file_can_be_read() -> None:
    assert 10 <= len(_YAML)
    assert [] == [path for path in _YAML if not yaml.safe_load(path.read_text())]


def test_every_mounted_path_exists_and_is_read_only() -> None:
    for service in _COMPOSE["services"]:
        mounted = [path for path in _mounts(service).values() if path != Path("/$")]
        assert [] == [path for path in mounted if not path.exists()]
    assert [] == [
        volume
        for service in _COMPOSE["services"].values()
        for volume in _volumes(service)
        if "/" in volume.split(":")[0] and not volume.endswith(":ro")
    ]


def test_ports_are_on_loopback_images_are_pinned_and_volumes_are_declared() -> None:
    for service in _COMPOSE["services"].values():
        assert [] == [port for port in service["ports"] if not port.startswith("127.0.0.1:")]
        assert "build" in service or re.search(r":v?\d+\.\d+\.\d+$", service["image"])
        named = {volume.split(":")[0] for volume in _volumes(service)}
        assert {name for name in named if "/" not in name} <= set(_COMPOSE["volumes"])


def test_no_password_is_needed_or_stored() -> None:
    texts = " ".join(path.read_text() for path in _YAML)
    assert not re.search(r"(?i)(password|secret|token|api_?key)\s*[:=]\s*\S", texts)
    environment = _COMPOSE["services"]["grafana"]["environment"]
    assert "true" == environment["GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION"]
    assert "Viewer" == environment["GF_AUTH_ANONYMOUS_ORG_ROLE"]


def test_grafana_finds_the_dashboard_and_prometheus() -> None:
    mounts = _mounts("grafana")
    assert {"datasources", "dashboards"} == {
        path.name for path in mounts["/etc/grafana/provisioning"].iterdir()
    }
    (provider,) = _load("provisioning", "dashboards", "tokcheck.yaml")["providers"]
    folder = mounts[provider["options"]["path"]]
    assert [DASHBOARD] == list(folder.glob("*.json"))
    home = _COMPOSE["services"]["grafana"]["environment"][
        "GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"
    ]
    assert f"{provider['options']['path']}/{DASHBOARD.name}" == home
    (source,) = _load("provisioning", "datasources", "prometheus.yaml")["datasources"]
    port = _COMPOSE["services"]["prometheus"]["ports"][0].split(":")[-1]
    assert f"http://prometheus:{port}" == source["url"]
    interval = _load("prometheus", "prometheus.yml")["global"]["scrape_interval"]
    assert interval == source["jsonData"]["timeInterval"]


def test_prometheus_finds_its_configuration_and_the_rules() -> None:
    mounts = _mounts("prometheus")
    (option,) = [
        word for word in _COMPOSE["services"]["prometheus"]["command"] if "config.file" in word
    ]
    assert mounts[option.partition("=")[2]].name == "prometheus.yml"
    assert "/etc/prometheus/rules" in mounts


def test_prometheus_scrapes_the_exporter_of_the_compose_file() -> None:
    (job,) = _load("prometheus", "prometheus.yml")["scrape_configs"]
    (target,) = job["static_configs"][0]["targets"]
    host, _, port = target.partition(":")
    exporter = _COMPOSE["services"][host]
    assert f"0.0.0.0:{port}" in exporter["command"]
    assert [f"127.0.0.1:{port}:{port}"] == exporter["ports"]


def test_the_exporter_is_built_from_the_containerfile() -> None:
    exporter = _COMPOSE["services"]["exporter"]
    context = FOLDER / exporter["build"]["context"]
    containerfile = (context / exporter["build"]["dockerfile"]).read_text()
    assert ["/$:/run/secrets/tokens:ro", "ledger:/var/lib/tokcheck"] == _volumes(exporter)
    assert "VOLUME /var/lib/tokcheck\n" in containerfile
    option = exporter["command"].index("--tokens-dir")
    assert "/run/secrets/tokens" == exporter["command"][option + 1]
