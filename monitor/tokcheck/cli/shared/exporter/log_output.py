"""The exporter's log on standard error: one line an event, as text, JSON or logfmt."""

import json
import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime

from tokcheck.cli.shared.exporter.account_options import LogFormat, LogLevel
from tokcheck.core.humanize import format_rfc3339
from tokcheck.core.redact import plain
from tokcheck.exporter.log.events import EventLog, Level, LogEntry, log_to

_LONGEST = 2_000


def stderr_log(form: LogFormat, level: LogLevel, *, times: bool = True) -> EventLog:
    """Return a log that writes to standard error; as text, each line begins with its time."""
    logger = logging.Logger("tokcheck")  # noqa: LOG001 - of this call alone, not of the process
    handler = _Stderr()
    has_no_time = form is LogFormat.TEXT and not times
    handler.setFormatter(logging.Formatter() if has_no_time else _FORMATTERS[form]())
    logger.addHandler(handler)

    def write(entry: LogEntry) -> None:
        message = plain(entry.message, longest=_LONGEST)
        logger.log(entry.event.level, "%s", message, extra={"entry": entry})

    return log_to(write, Level[level.name])


class _Stderr(logging.Handler):
    """Writes to the present standard error; the exporter continues without one."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            sys.stderr.write(f"{self.format(record)}\n")
            sys.stderr.flush()
        except (OSError, ValueError):
            pass  # it has no reader any more


class _Text(logging.Formatter):
    """The moment and the message."""

    def format(self, record: logging.LogRecord) -> str:
        return f"{_moment(record)} {record.getMessage()}"


class _Json(logging.Formatter):
    """One JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(_values(record))


class _Logfmt(logging.Formatter):
    """``name=value`` pairs; a value in quotation marks is escaped as in JSON."""

    def format(self, record: logging.LogRecord) -> str:
        return " ".join(f"{name}={_bare(value)}" for name, value in _values(record).items())


_FORMATTERS: Mapping[LogFormat, type[logging.Formatter]] = {
    LogFormat.TEXT: _Text,
    LogFormat.JSON: _Json,
    LogFormat.LOGFMT: _Logfmt,
}


def _values(record: logging.LogRecord) -> dict[str, str | int | float]:
    entry: LogEntry = record.__dict__["entry"]
    fields = {
        name: plain(value, longest=_LONGEST) if isinstance(value, str) else value
        for name, value in entry.fields.items()
    }
    return {
        "time": _moment(record),
        "level": entry.event.level.word,
        "event": entry.event.label,
        **fields,
        "message": record.getMessage(),
    }


def _bare(value: str | float) -> str:
    text = str(value)
    is_bare = text and all(char.isalnum() or char in "_-.:/+" for char in text) and text.isascii()
    return text if is_bare else json.dumps(text)


def _moment(record: logging.LogRecord) -> str:
    return format_rfc3339(datetime.fromtimestamp(record.created, UTC))
