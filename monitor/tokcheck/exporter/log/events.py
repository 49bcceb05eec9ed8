"""The events of the exporter's log: each has a name, a level and fields of fixed names.

The message is for people and may change. Name, level and fields are for programs:
docs/reference/log-events.md documents them, and a test compares it with this module.
"""

from collections.abc import Callable
from enum import Enum, IntEnum
from typing import NamedTuple, Protocol


class Level(IntEnum):
    """How much an event matters; the numbers are those of the standard library's logging."""

    DEBUG = 10
    INFO = 20
    WARNING = 30
    ERROR = 40

    @property
    def word(self) -> str:
        """The level as it is written."""
        return self.name.lower()


class Event(Enum):
    """The events: each with its name, its level, and the names of its fields."""

    LISTENING = "listening", Level.INFO, ("url",)
    STOPPING = "stopping", Level.INFO, ()
    EXPOSED = "exposed", Level.WARNING, ("address",)
    REQUEST_BUG = "request_bug", Level.ERROR, ("place",)
    WEB_CONFIG_RELOADED = "web_config_reloaded", Level.INFO, ("file",)
    WEB_CONFIG_REJECTED = "web_config_rejected", Level.ERROR, ("file",)
    WEB_CONFIG_NOTE = "web_config_note", Level.WARNING, ("file",)
    CONFIG_RELOADED = "config_reloaded", Level.INFO, ()
    CONFIG_REJECTED = "config_rejected", Level.ERROR, ()
    CONFIG_NOTE = "config_note", Level.WARNING, ()
    WATCHING = "watching", Level.INFO, ("accounts", "verdicts")
    CLOCK_SET_BACK = "clock_set_back", Level.WARNING, ()
    SOURCE_FAILED = "source_failed", Level.WARNING, ("account",)
    SOURCE_RECOVERED = "source_recovered", Level.INFO, ("account",)
    ACCOUNT_ADDED = "account_added", Level.INFO, ("account",)
    ACCOUNT_REMOVED = "account_removed", Level.INFO, ("account",)
    TOKEN_CHANGED = "token_changed", Level.INFO, ("account",)
    FACTS_SET_ASIDE = "facts_set_aside", Level.INFO, ("account", "facts", "cause")
    VERDICT = "verdict", Level.INFO, ("account", "provider", "verdict", "previous")
    VERDICT_UNUSABLE = (
        "verdict_unusable", Level.WARNING, ("account", "provider", "verdict", "previous")
    )  # fmt: skip
    PROBE = "probe", Level.DEBUG, ("account", "verdict", "requests", "status", "duration_seconds")
    PROBE_SKIPPED = "probe_skipped", Level.DEBUG, ("account", "reason")
    PROBES_WITHHELD = "probes_withheld", Level.WARNING, ("account", "reason", "seconds")
    PROBES_RESUMED = "probes_resumed", Level.INFO, ("account", "seconds")
    NOTHING_PROBED = "nothing_probed", Level.ERROR, ()
    TEXTFILE_KEPT = "textfile_kept", Level.ERROR, ("file",)
    WINDOW_MISMATCH = "window_mismatch", Level.WARNING, ("account", "seconds")
    TOKEN_REFRESHED = "token_refreshed", Level.DEBUG, ("account",)
    REFRESH_FAILED = "refresh_failed", Level.WARNING, ("account",)
    GRANT_BROKEN = "grant_broken", Level.ERROR, ("account",)
    LEDGER_FAILED = "ledger_failed", Level.ERROR, ("file",)
    LEDGER_RECOVERED = "ledger_recovered", Level.INFO, ("file",)
    LEDGER_LOST = "ledger_lost", Level.ERROR, ("file", "kept_as")
    BUG = "bug", Level.ERROR, ("account", "place")

    def __init__(self, label: str, level: Level, fields: tuple[str, ...]) -> None:
        self.label = label
        """The name as it is written."""
        self.level = level
        self.fields = fields


class LogEntry(NamedTuple):
    """One event that happened."""

    event: Event
    message: str
    fields: dict[str, str | int | float]
    """The fields that are known, of those that the event may have."""


class EventLog(Protocol):
    """Takes the events; may be called in any thread."""

    def __call__(self, event: Event, message: str, **fields: str | float | None) -> None:
        """Log one event, with a message for people; fields that are ``None`` are left out."""
        ...


def log_to(take: Callable[[LogEntry], None], least: Level = Level.INFO) -> EventLog:
    """Return a log that passes events of this level and above to ``take``."""

    def log(event: Event, message: str, **fields: str | float | None) -> None:
        if event.level >= least:
            known = {name: value for name, value in fields.items() if value is not None}
            take(LogEntry(event, message, known))

    return log


def log_messages(write: Callable[[str], None], least: Level = Level.INFO) -> EventLog:
    """Return a log that passes the messages alone, for people."""
    return log_to(lambda entry: write(entry.message), least)
