"""How a command prints a report, and what it ends with."""

import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TextIO

from tokcheck.check import render_json, render_text
from tokcheck.check.render_text import Style
from tokcheck.check.verdict import exit_code
from tokcheck.core.report import Report
from tokcheck.providers import REGISTRY


class LocalZone(tzinfo):
    """The machine's own zone: at each moment the offset of that moment's season."""

    def fromutc(self, moment: datetime) -> datetime:
        """Return the moment on the machine's own clock."""
        return moment.replace(tzinfo=UTC).astimezone()

    def utcoffset(self, moment: datetime | None) -> timedelta | None:
        """Return the offset at a moment of the machine's own clock."""
        return None if moment is None else moment.replace(tzinfo=None).astimezone().utcoffset()

    def dst(self, moment: datetime | None) -> None:
        """Return nothing: the offset says it all."""

    def tzname(self, moment: datetime | None) -> str | None:
        """Return the zone's name at a moment of the machine's own clock."""
        return None if moment is None else moment.replace(tzinfo=None).astimezone().tzname()


def style_for(stream: TextIO, environment: Mapping[str, str], *, no_color: bool) -> Style:
    """Choose colours, characters and the zone by what the stream and the environment allow."""
    plain = no_color or environment.get("NO_COLOR") or environment.get("TERM") == "dumb"
    encoding = (stream.encoding or "ascii").lower().replace("-", "")
    return Style(
        colour=stream.isatty() and not plain,
        blocks=encoding.startswith("utf"),
        zone=LocalZone(),
    )


def print_report(report: Report, *, as_json: bool, no_color: bool, indent: int | None = 2) -> int:
    """Print one report on stdout and return the exit code; ``indent`` is that of the JSON."""
    if as_json:
        sys.stdout.write(render_json.render(report, indent=indent) + "\n")
    else:
        style = style_for(sys.stdout, os.environ, no_color=no_color)
        sys.stdout.write(render_text.render(report, style, REGISTRY))
    return exit_code(report.verdict, report.usable)
