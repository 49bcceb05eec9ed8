import re

from tests.support.paths import DOCS, ROOT
from tokcheck.exporter.log.events import Event, Level, LogEntry, log_messages, log_to

_ROW = re.compile(r"\| `(\w+)` \| (\w+) \| (.*?) \| (.+) \|")


def test_the_table_of_the_documentation_has_every_event() -> None:
    text = (DOCS / "reference" / "log-events.md").read_text()
    table = text.split("## All events")[1]
    rows = [
        (name, level, tuple(re.findall(r"`(\w+)`", fields)))
        for name, level, fields, _ in _ROW.findall(table)
    ]
    assert [(event.label, event.level.word, event.fields) for event in Event] == rows


def test_every_event_is_logged_somewhere_with_fields_that_it_has() -> None:
    code = "\n".join(path.read_text("utf-8") for path in (ROOT / "monitor/tokcheck").rglob("*.py"))
    assert [] == [event.name for event in Event if f"Event.{event.name}" not in code]


def test_only_events_of_the_level_and_above_are_taken() -> None:
    entries: list[LogEntry] = []
    log = log_to(entries.append, Level.WARNING)
    log(Event.CONFIG_RELOADED, "Configuration reloaded.")
    log(Event.CONFIG_NOTE, "A note.")
    log(Event.LEDGER_LOST, "Lost.", file="a", kept_as=None)
    expected = [
        LogEntry(Event.CONFIG_NOTE, "A note.", {}),
        LogEntry(Event.LEDGER_LOST, "Lost.", {"file": "a"}),
    ]
    assert expected == entries
    lines: list[str] = []
    log_messages(lines.append)(Event.CONFIG_NOTE, "A note.")
    assert ["A note."] == lines
