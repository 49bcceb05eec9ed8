"""The two text formats: Prometheus text 0.0.4 and OpenMetrics 1.0.

https://prometheus.io/docs/instrumenting/exposition_formats/ and
https://prometheus.io/docs/specs/om/open_metrics_spec/. Both write a sample in the same way; they
differ in what stands above a family's samples and at the end.
"""

from collections.abc import Iterable, Mapping
from enum import Enum

from prometheus_client.utils import floatToGoString

from tokcheck.exporter.metrics.families import FAMILIES, Family, Type
from tokcheck.exporter.metrics.samples import Sample


class Form(Enum):
    """A text format, by the media type that an answer names."""

    TEXT = "text/plain; version=0.0.4; charset=utf-8"
    OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"


# In OpenMetrics these belong to the samples; the family is named without them.
_SUFFIXES = {Type.COUNTER: "_total", Type.INFO: "_info"}
_APART = {family.name: family.labels[2] for family in FAMILIES if len(family.labels) > 2}  # noqa: PLR2004 - the third label, where there is one


def head(family: Family, form: Form) -> bytes:
    """Write what stands above a family's samples."""
    name, unit = family.name, ""
    text = family.help.replace("\\", r"\\").replace("\n", r"\n")
    if form is Form.OPENMETRICS:
        name = name.removesuffix(_SUFFIXES.get(family.type, ""))
        text = text.replace('"', r"\"")
        unit = f"# UNIT {name} {family.unit}\n" if family.unit else ""
    return f"# HELP {name} {text}\n# TYPE {name} {_type(family, form)}\n{unit}".encode()


def _type(family: Family, form: Form) -> str:
    if family.type is Type.STATESET or (family.type is Type.INFO and form is Form.TEXT):
        return "gauge"
    return str(family.type.value)


def end(form: Form) -> bytes:
    """Write what stands below everything."""
    return b"# EOF\n" if form is Form.OPENMETRICS else b""


def block(labels: Mapping[str, str], samples: Iterable[Sample]) -> dict[str, bytes]:
    """Write the samples of one account, by family; ``labels`` are those that all of them have."""
    common = _labels(labels)
    written: dict[str, str] = {}
    for family, value, apart in samples:
        own = "" if apart is None else f',{_APART[family]}="{_escaped(apart)}"'
        line = f"{family}{{{common}{own}}} {number(value)}\n"
        written[family] = written[family] + line if family in written else line
    return {family: lines.encode() for family, lines in written.items()}


def line(family: str, labels: Mapping[str, str], value: float) -> bytes:
    """Write one sample with all of its labels."""
    braced = f"{{{_labels(labels)}}}" if labels else ""
    return f"{family}{braced} {number(value)}\n".encode()


def number(value: float) -> str:
    """Write a value as Go reads it, a whole number without a point."""
    if isinstance(value, int):
        return str(value)
    written: str = floatToGoString(value)  # type: ignore[no-untyped-call] # it has no types
    return written


def _labels(labels: Mapping[str, str]) -> str:
    return ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")
