"""The manifests: valid by the schemas of Kubernetes and the Prometheus Operator, and complete."""

import sys
from importlib import import_module
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
from tokcheck.sandbox import Sandbox

MANIFESTS = ROOT / "deploy" / "kubernetes"
CLUSTER = ROOT / "deploy" / "kubernetes-cluster"
BOTH = pytest.mark.parametrize("folder", [MANIFESTS, CLUSTER], ids=lambda folder: folder.name)
WORKLOADS = {"Deployment", "StatefulSet"}
OF_THE_OPERATOR = "monitoring.coreos.com/v1"


def _kustomization(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((folder / "kustomization.yaml").read_text())
    return found


def _objects(folder: Path = MANIFESTS) -> list[dict[str, Any]]:
    """Return the objects of a kustomization: of its base without those that it deletes."""
    rules = _kustomization(folder)
    deleted = [yaml.safe_load(patch["patch"]) for patch in rules.get("patches", ())]
    assert {"delete"} >= {patch["$patch"] for patch in deleted}
    found: list[dict[str, Any]] = []
    for name in rules["resources"]:
        path = folder / name
        found += _objects(path) if path.is_dir() else yaml.safe_load_all(path.read_text())
    for patch in deleted:
        (gone,) = (item for item in found if _identity(item) == _identity(patch))
        found.remove(gone)
    return found


def _identity(item: dict[str, Any]) -> tuple[str, str, str]:
    return item["apiVersion"], item["kind"], item["metadata"]["name"]


def _pod(folder: Path) -> dict[str, Any]:
    workload = next(item for item in _objects(folder) if item["kind"] in WORKLOADS)
    pod: dict[str, Any] = workload["spec"]["template"]["spec"]
    return pod


@BOTH
def test_the_kustomization_lists_every_manifest(folder: Path) -> None:
    files = {path.name for path in folder.iterdir()} - {"kustomization.yaml"}
    assert files == set(_kustomization(folder)["resources"]) - {"../kubernetes"}
    kinds = [item["kind"] for item in _objects(folder)]
    workload = "Deployment" if folder == MANIFESTS else "StatefulSet"
    expected = {workload, "Namespace", "Service", "Secret", "ServiceMonitor", "PodDisruptionBudget"}
    assert expected == set(kinds) - {"PersistentVolumeClaim"}
    assert len(kinds) == len(set(kinds))


@BOTH
def test_they_follow_the_schemas_of_kubernetes(folder: Path) -> None:
    validator = import_module("kubernetes_validate")
    labels = {"app.kubernetes.io/name": "tokcheck"}
    for item in _objects(folder):
        if item["kind"] in {"PodDisruptionBudget", "ServiceMonitor"}:
            assert {"matchLabels": labels} == item["spec"]["selector"]
        if item["apiVersion"] == OF_THE_OPERATOR:
            continue
        if item["kind"] in WORKLOADS:  # kustomize adds these
            item["spec"]["selector"] = {"matchLabels": labels}
            item["spec"]["template"]["metadata"] = {"labels": labels}
        validator.validate(item, "1.30", strict=True)


def test_the_service_monitor_follows_the_operators_schema() -> None:
    models = import_module("cloudcoil.models.prometheus_operator.v1")
    (monitor,) = (item for item in _objects() if item["apiVersion"] == OF_THE_OPERATOR)
    parsed = models.ServiceMonitor.model_validate(monitor)
    assert monitor == parsed.model_dump(exclude_none=True, by_alias=True, mode="json")


@BOTH
def test_the_pod_is_restricted(folder: Path) -> None:
    """The demands of the Pod Security Standard *restricted*, which the namespace enforces."""
    pod = _pod(folder)
    assert pod["securityContext"]["runAsNonRoot"]
    assert "RuntimeDefault" == pod["securityContext"]["seccompProfile"]["type"]
    containers = [*pod["initContainers"], *pod["containers"]]
    for container in containers:
        context = container["securityContext"]
        assert not context["allowPrivilegeEscalation"]
        assert context["readOnlyRootFilesystem"]
        assert ["ALL"] == context["capabilities"]["drop"]
    mounted = {mount["name"] for container in containers for mount in container["volumeMounts"]}
    workload = next(item for item in _objects(folder) if item["kind"] in WORKLOADS)
    claims = workload["spec"].get("volumeClaimTemplates", [])
    assert mounted == {
        *(volume["name"] for volume in pod.get("volumes", [])),
        *(claim["metadata"]["name"] for claim in claims),
    }


def test_the_container_starts_with_its_arguments_and_answers_its_probes(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    (container,) = _pod(MANIFESTS)["containers"]
    (port,) = container["ports"]
    tokens = tmp_path / "tokens"
    tokens.mkdir()
    (tokens / "alex").write_text(sandbox.state.issue_fitbit_token())
    listen = f"127.0.0.1:{free_port()}"
    moved = {f"0.0.0.0:{port['containerPort']}": listen, "/run/secrets/tokens": str(tokens)}
    assert set(moved) < set(container["args"])
    words = [moved.get(word, word) for word in container["args"]]
    home = {"TOKCHECK_HOME": str(tmp_path / "home")}
    probes = ("startupProbe", "livenessProbe", "readinessProbe")
    with started_exporter([sys.executable, "-m", "tokcheck", *words], sandbox, home):
        for probe in probes:
            address = container[probe]["httpGet"]
            assert port["name"] == address["port"]
            wait_for_success(f"http://{listen}{address['path']}")


def test_exporters_of_a_cluster_start_with_their_arguments_and_variables(
    tmp_path: Path, sandbox: Sandbox, database_url: str
) -> None:
    (container,) = _pod(CLUSTER)["containers"]
    (secret,) = (item for item in _objects(CLUSTER) if item["kind"] == "Secret")
    values = {"url": database_url, "password": "unused", "encryption-key": "6b" * 32}
    assert values.keys() == secret["stringData"].keys()
    listen = f"127.0.0.1:{free_port()}"
    words = [listen if word == "0.0.0.0:19150" else word for word in container["args"]]
    assert listen in words
    environment = {"TOKCHECK_HOME": str(tmp_path / "home")}
    for variable in container["env"]:
        if "valueFrom" in variable:
            key = variable["valueFrom"]["secretKeyRef"]
            assert secret["metadata"]["name"] == key["name"]
            environment[variable["name"]] = values[key["key"]]
    assert {"TOKCHECK_DATABASE", "PGPASSWORD", "TOKCHECK_ENCRYPTION_KEY"} <= environment.keys()
    with started_exporter([sys.executable, "-m", "tokcheck", *words], sandbox, environment):
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            wait_for_success(f"http://{listen}{container[probe]['httpGet']['path']}")
