"""The response to a scrape: headers, encoding, and what is cached."""

import gzip
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.exporter.generated_states import AT, EXPORTER, FULL, RESET, account
from tests.support.exporter.reference_exposition import parse
from tests.support.tokens import FITBIT, GOOGLE
from tokcheck.core.redact import redact
from tokcheck.exporter.metrics import Exposition, textfile
from tokcheck.exporter.metrics import exposition as responses
from tokcheck.exporter.metrics.exposition import TextFormat

_OPENMETRICS = "application/openmetrics-text;version=1.0.0"


@pytest.fixture
def exposition() -> Exposition:
    exposition = Exposition(EXPORTER)
    exposition.put(FULL)
    return exposition


def test_plain_text_with_its_headers(exposition: Exposition) -> None:
    answer = exposition.respond("", "", AT)
    assert {
        "Content-Type": "text/plain; version=0.0.4; charset=utf-8",
        "Content-Length": str(len(answer.body)),
        "Vary": "Accept, Accept-Encoding",
        "Cache-Control": "no-store",
    } == answer.headers
    assert exposition.render(TextFormat.TEXT, AT) == answer.body


def test_openmetrics_in_gzip_with_its_headers(exposition: Exposition) -> None:
    answer = exposition.respond(f"{_OPENMETRICS};escaping=allow-utf-8", "gzip", AT)
    assert {
        "Content-Type": "application/openmetrics-text; version=1.0.0; charset=utf-8",
        "Content-Encoding": "gzip",
        "Content-Length": str(len(answer.body)),
        "Vary": "Accept, Accept-Encoding",
        "Cache-Control": "no-store",
    } == answer.headers
    assert exposition.render(TextFormat.OPENMETRICS, AT) == gzip.decompress(answer.body)


@pytest.mark.parametrize("version", ["99.0.0", "2.0.0", "0.0.1", "1.0.0\r\nX-Evil: 1"])
def test_only_a_supported_version_is_named(version: str, exposition: Exposition) -> None:
    answer = exposition.respond(f"application/openmetrics-text;version={version}", "", AT)
    assert "text/plain; version=0.0.4; charset=utf-8" == answer.headers["Content-Type"]


@pytest.fixture
def compressions(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The bodies that have been compressed, without the short ends that differ in each scrape."""
    bodies: list[bytes] = []
    original = responses._deflate  # noqa: SLF001 - nothing else reports how often

    def deflate(body: bytes, flush: int) -> bytes:
        if flush == zlib.Z_SYNC_FLUSH:
            bodies.append(body)
        return original(body, flush)

    monkeypatch.setattr(responses, "_deflate", deflate)
    return bodies


def test_an_unchanged_body_is_not_compressed_again(
    exposition: Exposition, compressions: list[bytes]
) -> None:
    exposition.respond(_OPENMETRICS, "gzip", AT)
    exposition.respond(_OPENMETRICS, "gzip", AT + 1)
    exposition.put(FULL)
    exposition.put(FULL._replace(finding="in other words", history=()))
    exposition.put_exporter(EXPORTER._replace())
    exposition.respond(_OPENMETRICS, "gzip", AT + 2)
    assert 1 == len(compressions)
    exposition.respond("", "gzip", AT + 2)
    assert 2 == len(compressions)
    exposition.respond(_OPENMETRICS, "gzip", AT + 3)
    assert 2 == len(compressions)


@pytest.mark.parametrize(
    ("change", "now"),
    [
        (lambda exposition: exposition.put(FULL._replace(duration=0.2)), AT),
        (lambda exposition: exposition.put(FULL._replace(name="another")), AT),
        (lambda exposition: exposition.remove(FULL.name), AT),
        (
            lambda exposition: exposition.put_exporter(EXPORTER._replace(reload_successful=False)),
            AT,
        ),
        (lambda _: None, RESET.timestamp()),
    ],
    ids=["put", "another", "remove", "exporter", "reset"],
)
def test_a_changed_body_is_compressed_again(
    change: Callable[[Exposition], None],
    now: float,
    exposition: Exposition,
    compressions: list[bytes],
) -> None:
    first = exposition.respond("", "gzip", AT).body
    change(exposition)
    second = exposition.respond("", "gzip", now).body
    assert 2 == len(compressions)
    assert gzip.decompress(first) != gzip.decompress(second)
    assert exposition.render(TextFormat.TEXT, now) == gzip.decompress(second)


def test_threads_may_scrape_while_states_change() -> None:
    exposition = Exposition(EXPORTER)
    for number in range(50):
        exposition.put(account(number))

    def change_states() -> None:
        for turn in range(1, 100):
            for number in range(50):
                if number % 5 == 0:
                    exposition.remove(account(number).name)
                exposition.put(account(number, turn))

    def scrape(turn: int) -> int:
        form = TextFormat.OPENMETRICS if turn % 2 else TextFormat.TEXT
        coding = "gzip" if turn % 3 else ""
        body = exposition.respond(_OPENMETRICS if turn % 2 else "", coding, AT).body
        families = parse(gzip.decompress(body) if coding else body, form)
        return len(next(f.samples for f in families if f.name == "tokcheck_token_valid"))

    with ThreadPoolExecutor(8) as pool:
        update = pool.submit(change_states)
        counts = set(pool.map(scrape, range(30)))
        assert update.result() is None
    # One account is away at most: it is added again before the next one goes.
    assert counts <= {49, 50}
    fresh = Exposition(EXPORTER)
    for number in range(50):
        fresh.put(account(number, 99))
    expected = parse(fresh.render(TextFormat.TEXT, AT), TextFormat.TEXT)
    assert expected == parse(exposition.render(TextFormat.TEXT, AT), TextFormat.TEXT)


def test_no_token_is_exposed(tmp_path: Path) -> None:
    """Facts of a state that have no sample are not exposed."""
    device = FULL.devices[0]._replace(name=redact(f"Charge {FITBIT}"))
    assert FITBIT not in device.name
    exposition = Exposition(EXPORTER)
    exposition.put(
        FULL._replace(
            version=FITBIT,
            finding=f"{FITBIT} {GOOGLE}",
            advice=(GOOGLE,),
            masked=FITBIT[:30],
            source_error=FITBIT,
            devices=(device,),
        )
    )
    textfile.write(tmp_path / "tokcheck.prom", exposition.render(TextFormat.TEXT, AT))
    bodies = [
        (tmp_path / "tokcheck.prom").read_bytes(),
        exposition.respond(_OPENMETRICS, "", AT).body,
        gzip.decompress(exposition.respond(_OPENMETRICS, "gzip", AT).body),
    ]
    for token in (FITBIT, GOOGLE):
        pieces = {token[at : at + 12].encode() for at in range(0, len(token) - 12, 6)}
        assert set() == {piece for piece in pieces for body in bodies if piece in body}
    assert all(b"Charge" in body for body in bodies)
