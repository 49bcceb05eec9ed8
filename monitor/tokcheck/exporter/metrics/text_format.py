"""The two text formats: Prometheus text 0.0.4 and OpenMetrics 1.0.

https://prometheus.io/docs/instrumenting/exposition_formats/ and
https://prometheus.io/docs/specs/om/open_metrics_spec/. Both write a sample in the same way; they
differ in the lines above a family's samples and at the end.
"""

from collections.abc import Iterable, Mapping
from enum import Enum
from functools import lru_cache

from prometheus_client.utils import floatToGoString

from tokcheck.exporter.metrics.families import FAMILIES, Family, MetricType
from tokcheck.exporter.metrics.samples import Sample


class TextFormat(Enum):
    """A text format, by the ``Content-Type`` of a response."""

    TEXT = "text/plain; version=0.0.4; charset=utf-8"
    OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"


# In OpenMetrics these belong to the samples' names and not to the family's.
_SUFFIXES = {MetricType.COUNTER: "_total", MetricType.INFO: "_info"}
_MORE_LABELS = {family.name: family.labels[2:] for family in FAMILIES}


def format_header(family: Family, form: TextFormat) -> bytes:
    """Return the lines above a family's samples: help, type and unit."""
    name, unit = family.name, ""
    text = family.help.replace("\\", r"\\").replace("\n", r"\n")
    if form is TextFormat.OPENMETRICS:
        name = name.removesuffix(_SUFFIXES.get(family.type, ""))
        text = text.replace('"', r"\"")
        unit = f"# UNIT {name} {family.unit}\n" if family.unit else ""
    return f"# HELP {name} {text}\n# TYPE {name} {_type_name(family, form)}\n{unit}".encode()


def _type_name(family: Family, form: TextFormat) -> str:
    if family.type is MetricType.STATESET or (
        family.type is MetricType.INFO and form is TextFormat.TEXT
    ):
        return "gauge"
    return str(family.type.value)


def format_end(form: TextFormat) -> bytes:
    """Return the text behind the last family."""
    return b"# EOF\n" if form is TextFormat.OPENMETRICS else b""


def format_account(labels: Mapping[str, str], samples: Iterable[Sample]) -> dict[str, bytes]:
    """Return the lines of one account's samples, by family; ``labels`` are common to all."""
    common = _format_labels(labels)
    lines: dict[str, str] = {}
    for family, value, label, more in samples:
        rest = "" if label is None else _format_more_labels(family, label, more)
        # Most values are plain integers.
        text = str(value) if type(value) is int else format_value(value)
        line = f"{family}{{{common}{rest}}} {text}\n"
        lines[family] = lines[family] + line if family in lines else line
    return {family: text.encode() for family, text in lines.items()}


@lru_cache(2_048)  # accounts have most of them in common
def _format_more_labels(family: str, label: str, more: str | None) -> str:
    """Return the labels of a family that follow those of the account."""
    names = _MORE_LABELS[family]
    rest = f',{names[0]}="{_escape(label)}"'
    return rest if more is None else f'{rest},{names[1]}="{_escape(more)}"'


def format_sample(family: str, labels: Mapping[str, str], value: float) -> bytes:
    """Return the line of one sample with all of its labels."""
    braces = f"{{{_format_labels(labels)}}}" if labels else ""
    return f"{family}{braces} {format_value(value)}\n".encode()


def format_value(value: float) -> str:
    """Return a value as Go formats it, an integer without a decimal point."""
    if isinstance(value, int):
        return str(value)
    text: str = floatToGoString(value)  # type: ignore[no-untyped-call] # it has no types
    return text


def _format_labels(labels: Mapping[str, str]) -> str:
    return ",".join(f'{name}="{_escape(value)}"' for name, value in labels.items())


def _escape(text: str) -> str:
    return text.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")
