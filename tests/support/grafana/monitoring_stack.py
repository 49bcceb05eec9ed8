"""Real programs on loopback: a scene's metrics, a Prometheus that scrapes them, Alertmanager."""

import json
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import urlopen

import yaml

from tests.support.grafana.grafana_files import RULES
from tests.support.grafana.programs import program
from tests.support.grafana.scene import EXPORTER, Scene
from tokcheck.exporter.metrics import Exposition
from tokcheck.exporter.metrics.own_metrics import OwnMetrics, OwnSources

_DEADLINE_SECONDS = 20.0
_BETWEEN_SECONDS = 0.1


class Prometheus:
    """A running Prometheus."""

    def __init__(self, url: str) -> None:
        self._url = url

    def now(self, expr: str) -> list[dict[str, Any]]:
        """Return the result of an expression for the present."""
        return self._query("query", query=expr)

    def query_last_hour(self, expr: str, points: int) -> list[dict[str, Any]]:
        """Return the result of an expression at ``points`` times of the last hour."""
        end = time.time()
        return self._query("query_range", query=expr, start=end - 3600, end=end, step=3600 / points)

    def _query(self, what: str, **words: object) -> list[dict[str, Any]]:
        reply = fetch_json(f"{self._url}/api/v1/{what}?{urlencode(words)}")
        assert "success" == reply["status"]
        result: list[dict[str, Any]] = reply["data"]["result"]
        return result


def fetch_json(url: str) -> Any:
    """Return the JSON at a URL."""
    with urlopen(url, timeout=20) as response:
        return json.load(response)


def alertmanager_alerts(address: str) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the alerts of an Alertmanager, by alert name and account or ``""``."""
    return {
        (alert["labels"]["alertname"], alert["labels"].get("account", "")): alert
        for alert in fetch_json(f"http://{address}/api/v2/alerts")
    }


def wait_until(
    holds: Callable[[], bool],
    what: str,
    seconds: float = _DEADLINE_SECONDS,
    lacking: Sequence[str] = (),
) -> None:
    """Wait until a condition holds; fail after ``seconds``, and report what is ``lacking``."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"timed out: {what} {lacking}"
        time.sleep(_BETWEEN_SECONDS)


@contextmanager
def exporter(count: int) -> Iterator[tuple[Scene, str]]:
    """Serve the metrics of ``count`` accounts; yield the scene and the instance."""
    exposition = Exposition(EXPORTER)
    exposition.add_own(OwnMetrics(OwnSources()))
    before: dict[str, object] = {}

    class MetricsHandler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            now = time.time()
            for state in scene.states(now):
                if state != before.get(state.name):
                    exposition.put(state)
                    before[state.name] = state
            response = exposition.respond(
                self.headers.get("Accept", ""), self.headers.get("Accept-Encoding", ""), now
            )
            self.send_response(200)
            for name, value in response.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(response.body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its own name
            """Log nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), MetricsHandler) as server:
        scene = Scene(count, time.time())
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield scene, f"127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def prometheus(
    instance: str, folder: Path, *, alertmanager: str = "", interval: int = 1
) -> Iterator[Prometheus]:
    """Run a Prometheus with the rules, and its data in ``folder / "data"``.

    Alerts fire at once: the rules' unit tests check for how long each one waits.
    """
    configuration = {
        "global": {"scrape_interval": f"{interval}s", "evaluation_interval": f"{interval}s"},
        "rule_files": _write_impatient_rules(folder),
        "scrape_configs": [
            {"job_name": "tokcheck", "static_configs": [{"targets": [instance]}]},
        ],
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": [alertmanager]}]}]}
        if alertmanager
        else {},
    }
    (folder / "prometheus.yml").write_text(yaml.safe_dump(configuration))
    address = f"127.0.0.1:{_free_port()}"
    words = [
        program("prometheus"),
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address={address}",
        "--log.level=error",
    ]
    with _run_program(words, f"http://{address}/-/ready", folder / "prometheus.log"):
        yield Prometheus(f"http://{address}")


@contextmanager
def alertmanager(configuration: Path, folder: Path) -> Iterator[str]:
    """Run an Alertmanager and yield its address."""
    address = f"127.0.0.1:{_free_port()}"
    words = [
        program("prometheus-alertmanager"),
        f"--config.file={configuration}",
        f"--storage.path={folder / 'alertmanager'}",
        f"--web.listen-address={address}",
        "--cluster.listen-address=",
        "--log.level=error",
    ]
    with _run_program(words, f"http://{address}/-/ready", folder / "alertmanager.log"):
        yield address


@contextmanager
def receiver() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Run a webhook for an Alertmanager; yield its URL and the list of received alerts."""
    alerts: list[dict[str, Any]] = []

    class WebhookHandler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            alerts.extend(message["alerts"])
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its own name
            """Log nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), WebhookHandler) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/", alerts
        finally:
            server.shutdown()
            thread.join()


def write_impatient_routes(configuration: Path, webhook: str, copy: Path) -> Path:
    """Write a copy of Alertmanager's configuration that waits a second and sends to ``webhook``."""
    loaded = yaml.safe_load(configuration.read_text())
    for route in (loaded["route"], *loaded["route"]["routes"]):
        route["group_wait"] = "1s"
    for one in loaded["receivers"]:
        for hook in one["webhook_configs"]:
            hook["url"] = webhook
    copy.write_text(yaml.safe_dump(loaded, sort_keys=False))
    return copy


@contextmanager
def _run_program(words: list[str], ready: str, log: Path) -> Iterator[None]:
    with log.open("wb") as output, subprocess.Popen(words, stdout=output, stderr=output) as process:
        try:
            wait_until(lambda: process.poll() is not None or _is_up(ready), f"{ready} responds")
            assert process.poll() is None, log.read_text()
            yield
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()


def _is_up(url: str) -> bool:
    try:
        with urlopen(url, timeout=5):
            return True
    except HTTPError as error:
        error.close()  # it is a response
        return False
    except OSError:  # a URLError is one
        return False


def _write_impatient_rules(folder: Path) -> list[str]:
    """Write copies of the rules in which every alert fires at once; return their paths."""
    paths = []
    for path in RULES:
        loaded = yaml.safe_load(path.read_text())
        for group in loaded["groups"]:
            for rule in group["rules"]:
                rule.pop("for", None)
        paths.append(str(folder / path.name))
        Path(paths[-1]).write_text(yaml.safe_dump(loaded, sort_keys=False))
    return paths


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
