"""The exporter's metrics about itself, and how they are compressed beside the others."""

import gzip
import zlib

import pytest

from tests.support.exporter.generated_states import AT, EXPORTER, account
from tests.support.exporter.reference_exposition import parse, values
from tokcheck.exporter.metrics import Exposition
from tokcheck.exporter.metrics.exposition import TextFormat
from tokcheck.exporter.metrics.own_metrics import OwnMetrics, OwnSources
from tokcheck.exporter.sources.selection import ClusterState

_ACCEPT = {TextFormat.TEXT: "text/plain", TextFormat.OPENMETRICS: "application/openmetrics-text"}


class Clockwork:
    """A timer that advances by a quarter of a second with each reading."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        self.seconds += 0.25
        return self.seconds


@pytest.fixture
def exposition() -> Exposition:
    made = Exposition(EXPORTER, timer=Clockwork())
    made.add_own(OwnMetrics(OwnSources(lambda: 3, lambda: 2)))
    return made


def test_scrapes_connections_and_errors_are_counted(exposition: Exposition) -> None:
    accept = _ACCEPT[TextFormat.OPENMETRICS]
    first, _, third = (values(exposition.respond(accept, "", AT).body) for _ in range(3))
    assert {(): 1} == first["tokcheck_exporter_scrapes_total"]
    assert "tokcheck_exporter_scrape_duration_seconds" not in first
    assert {(): 3} == third["tokcheck_exporter_scrapes_total"]
    assert {(): 0.25} == third["tokcheck_exporter_scrape_duration_seconds"]
    assert {(): 3} == third["tokcheck_exporter_connections"]
    assert {(): 2} == third["tokcheck_exporter_ledger_errors_total"]


def test_a_cluster_has_its_name() -> None:
    made = Exposition(EXPORTER)
    state = ClusterState("study", instances=3, leases=40, unheld=2)
    made.add_own(OwnMetrics(OwnSources(cluster=lambda: state)))
    found = values(made.respond(_ACCEPT[TextFormat.OPENMETRICS], "", AT).body)
    labels = ("study",)
    assert [{labels: 3}, {labels: 40}, {labels: 2}] == [
        found[f"tokcheck_cluster_{name}"] for name in ("instances", "leases", "unheld_accounts")
    ]


def test_a_cluster_that_cannot_be_read_has_no_number_of_instances() -> None:
    made = Exposition(EXPORTER)
    state = ClusterState("study", instances=None, leases=0, unheld=40)
    made.add_own(OwnMetrics(OwnSources(cluster=lambda: state)))
    found = values(made.respond(_ACCEPT[TextFormat.OPENMETRICS], "", AT).body)
    assert "tokcheck_cluster_instances" not in found
    assert {("study",): 40} == found["tokcheck_cluster_unheld_accounts"]


@pytest.mark.parametrize("form", TextFormat)
def test_the_process_and_python_have_the_usual_names(
    exposition: Exposition, form: TextFormat
) -> None:
    families = {family.name: family for family in parse(exposition.render(form, AT), form)}
    for name in ("process_resident_memory_bytes", "process_open_fds", "process_start_time_seconds"):
        assert "gauge" == families[name].type
        assert families[name].samples[0][2] > 0
    assert families["process_cpu_seconds"].samples[0][2] > 0
    (python,) = families["python_info"].samples
    assert {"implementation", "version"} <= {name for name, _ in python[1]}


@pytest.mark.parametrize("form", TextFormat)
def test_a_compressed_body_is_one_gzip_member_with_the_present_values(
    exposition: Exposition, form: TextFormat
) -> None:
    for turn in range(4):
        for place in range(turn, 40):
            exposition.put(account(place, turn // 2))
        answer = exposition.respond(_ACCEPT[form], "gzip", AT)
        reader = zlib.decompressobj(16 + zlib.MAX_WBITS)
        text = reader.decompress(answer.body)
        assert (True, b"") == (reader.eof, reader.unused_data)
        assert text == gzip.decompress(answer.body)
        assert text.count(b"participant-") == exposition.render(form, AT).count(b"participant-")
        assert f"\ntokcheck_exporter_scrapes_total {turn + 1}\n".encode() in text
        assert (form is TextFormat.OPENMETRICS) == text.endswith(b"\n# EOF\n")


def test_a_file_for_other_collectors_has_none_of_them() -> None:
    body = Exposition(EXPORTER).render(TextFormat.TEXT, AT)
    assert not body.count(b"process_") + body.count(b"python_info")
    assert b"tokcheck_exporter_" not in body
