"""How a command prints a report, and its exit code."""

import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TextIO

from tokcheck.checks import render_json, render_text
from tokcheck.checks.render_text import Detail, Style
from tokcheck.checks.verdict import exit_code
from tokcheck.cli.shared.system.stream_style import has_colour, width_of
from tokcheck.core.report import Report
from tokcheck.providers import REGISTRY
from tokcheck.providers.base import Provider

# A narrower report would be broken within its words, a wider one is hard to read.
_NARROWEST, _WIDEST = 40, 160


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


def style_for(stream: TextIO, environment: Mapping[str, str]) -> Style:
    """Choose colours, characters, zone and width by what the stream and the environment allow."""
    encoding = (stream.encoding or "ascii").lower().replace("-", "")
    return Style(
        colour=has_colour(stream, environment),
        blocks=encoding.startswith("utf"),
        zone=LocalZone(),
        width=min(max(width_of(stream, environment), _NARROWEST), _WIDEST),
    )


def print_report(
    report: Report,
    *,
    as_json: bool,
    detail: Detail = Detail.USUAL,
    indent: int | None = 2,
    providers: Mapping[str, Provider] = REGISTRY,
) -> int:
    """Print one report on stdout and return the exit code; ``indent`` is that of the JSON."""
    if as_json:
        sys.stdout.write(render_json.render(report, indent=indent) + "\n")
    else:
        style = style_for(sys.stdout, os.environ)
        sys.stdout.write(render_text.render(report, style, providers, detail))
    return exit_code(report.verdict, report.usable)
