"""The exporter's metrics about itself: its scrapes, its connections, its process, its Python.

Those of the process and of Python are prometheus_client's, by the names that all its users know:
https://prometheus.github.io/client_python/collector/
"""

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from tokcheck.exporter.metrics.families import OWN_FAMILIES, Family, MetricType
from tokcheck.exporter.metrics.text_format import TextFormat, format_header, format_sample
from tokcheck.exporter.sources.selection import ClusterState

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

_TOTAL = "_total"


class OwnSources(NamedTuple):
    """The sources of the numbers that the exposition does not have itself."""

    connections: Callable[[], int] = lambda: 0
    """Return the number of open connections to the web server."""
    ledger_errors: Callable[[], int] = lambda: 0
    """Return how many uses of the ledger failed."""
    cluster: Callable[[], ClusterState | None] = lambda: None
    """Return the state of the cluster, if the exporter is in one."""


class OwnMetrics:
    """Renders the metrics of this process; they change with every scrape."""

    def __init__(self, sources: OwnSources) -> None:
        from prometheus_client.platform_collector import PlatformCollector  # noqa: PLC0415
        from prometheus_client.process_collector import ProcessCollector  # noqa: PLC0415

        self._sources = sources
        self._collectors = (ProcessCollector(registry=None), PlatformCollector(registry=None))
        self.scrapes = 0
        """The number of scrapes, the present one included."""
        self.scrape_duration: float | None = None
        """How many seconds the previous scrape took to answer."""

    def render(self, form: TextFormat) -> bytes:
        """Return all samples in a text format, during a scrape."""
        values = {
            "tokcheck_exporter_scrapes_total": self.scrapes,
            "tokcheck_exporter_scrape_duration_seconds": self.scrape_duration,
            "tokcheck_exporter_connections": self._sources.connections(),
            "tokcheck_exporter_ledger_errors_total": self._sources.ledger_errors(),
        }
        cluster = self._sources.cluster()
        labels = {}
        if cluster is not None:
            labels = {"cluster": cluster.name}
            values |= {
                "tokcheck_cluster_instances": cluster.instances,
                "tokcheck_cluster_leases": cluster.leases,
                "tokcheck_cluster_unheld_accounts": cluster.unheld,
            }
        parts: list[bytes] = []
        for family in OWN_FAMILIES:
            if not labels.keys() >= set(family.labels):
                continue  # it is of a cluster
            value = values[family.name]
            of_family = {name: labels[name] for name in family.labels}
            sample = b"" if value is None else format_sample(family.name, of_family, value)
            parts += (format_header(family, form), sample)
        for collector in self._collectors:
            parts += _format_metrics(collector.collect(), form)
        return b"".join(parts)


def _format_metrics(metrics: "Iterable[Metric]", form: TextFormat) -> Iterator[bytes]:
    for metric in metrics:
        is_counter = metric.type == "counter"
        kind = MetricType.COUNTER if is_counter else MetricType.GAUGE
        name = f"{metric.name}{_TOTAL}" if is_counter else metric.name
        yield format_header(Family(name, kind, metric.documentation, metric.unit), form)
        for sample in metric.samples:
            if sample.name == name:
                yield format_sample(name, sample.labels, sample.value)
