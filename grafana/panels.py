"""Builders for the JSON of Grafana's classic dashboards: targets, panels, overrides and rows.

They add what all panels have in common, such as the data source's variable.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

Json: TypeAlias = dict[str, Any]

SOURCE = {"type": "prometheus", "uid": "${datasource}"}
ACCOUNT = "{{account}}"
SECONDS = {"unit": "s", "decimals": 1}
COLOURED = {"type": "color-background", "mode": "basic"}
COLOURED_TEXT = {"type": "color-text"}
_NO_VALUE = "–"  # noqa: RUF001 - shown in place of an unknown value


class Place(NamedTuple):
    """A panel's position on the grid of 24 columns; a height of 1 is about 36 pixels."""

    x: int
    y: int
    w: int
    h: int


class Column(NamedTuple):
    """One column of a table: ``field`` is a label, or ``Value #`` and the target's letter."""

    field: str
    title: str
    properties: Mapping[str, object] = {}


def series(expr: str, legend: str, ref: str = "A") -> Json:
    """Return a target that is queried over the dashboard's time range."""
    return _target(expr, ref) | {"legendFormat": legend, "range": True, "instant": False}


def now(expr: str, legend: str = "", ref: str = "A") -> Json:
    """Return a target that is queried for the present only."""
    return _target(expr, ref) | {"legendFormat": legend, "range": False, "instant": True}


def columns(*exprs: str) -> list[Json]:
    """Return the targets of a table, with the letters A, B, C and so on."""
    return [now(expr, ref=chr(ord("A") + n)) | {"format": "table"} for n, expr in enumerate(exprs)]


def panel(
    kind: str,
    title: str,
    description: str,
    place: Place,
    targets: Sequence[Json],
    *,
    unit: str,
    **rest: Any,
) -> Json:
    """Return a panel; ``rest`` are its ``options``, ``defaults``, ``overrides`` and the like."""
    defaults = {"unit": unit, "noValue": _NO_VALUE} | rest.pop("defaults", {})
    return {
        "type": kind,
        "title": title,
        "description": description,
        "datasource": SOURCE,
        "gridPos": place._asdict(),
        "targets": list(targets),
        "fieldConfig": {"defaults": defaults, "overrides": rest.pop("overrides", [])},
        "options": rest.pop("options", {}),
        **rest,
    }


def stat(title: str, description: str, place: Place, expr: str, **rest: Any) -> Json:
    """Return one large number with a background coloured by its value."""
    options = {
        "colorMode": rest.pop("color_mode", "background"),
        "graphMode": "none",
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        "textMode": "value",
    }
    return panel("stat", title, description, place, [now(expr)], options=options, **rest)


def lines(title: str, description: str, place: Place, targets: Sequence[Json], **rest: Any) -> Json:
    """Return a time series with its legend below; ``custom`` sets how the lines look."""
    custom = {"lineWidth": 2, "fillOpacity": 0, "showPoints": "never", "spanNulls": False}
    custom |= rest.pop("custom", {})
    options = {
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
        "tooltip": {"mode": "multi", "sort": "asc"},
    }
    defaults = {"custom": custom} | rest.pop("defaults", {})
    return panel(
        "timeseries", title, description, place, targets,
        defaults=defaults, options=options, **rest,
    )  # fmt: skip


def table(  # noqa: PLR0913 - as of panels
    title: str,
    description: str,
    place: Place,
    targets: Sequence[Json],
    shown: Sequence[Column],
    *,
    sort: str,
    descending: bool = False,
    limit: int = 100,
) -> Json:
    """Return a table: the targets' rows joined by their labels, sorted and limited.

    Columns that are not in ``shown`` are hidden, the one that sorts included.
    """
    names = {column.field: column.title for column in shown}
    hidden = {"Time", *(f"Value #{target['refId']}" for target in targets)} - set(names)
    return panel(
        "table", title, description, place, targets,
        unit="short",
        defaults={"custom": {"align": "auto", "filterable": True}},
        overrides=[override(column.title, column.properties) for column in shown],
        options={"showHeader": True, "cellHeight": "sm", "footer": {"enablePagination": True}},
        transformations=[
            {"id": "merge", "options": {}},
            {"id": "sortBy", "options": {"sort": [{"field": sort, "desc": descending}]}},
            {"id": "limit", "options": {"limitField": limit}},
            {
                "id": "organize",
                "options": {
                    "excludeByName": dict.fromkeys(sorted(hidden), True),
                    "indexByName": {field: place for place, field in enumerate(names)},
                    "renameByName": names,
                },
            },
        ],
    )  # fmt: skip


def row(title: str, y: int, panels: Sequence[Json]) -> Json:
    """Return a collapsed row; its panels send no query until it is opened."""
    return {
        "type": "row",
        "title": title,
        "collapsed": True,
        "gridPos": Place(0, y, 24, 1)._asdict(),
        "panels": list(panels),
    }


def override(name: str, properties: Mapping[str, object], *, by: str = "byName") -> Json:
    """Return an override of the fields with that name, or that match it."""
    return {
        "matcher": {"id": by, "options": name},
        "properties": [{"id": key, "value": value} for key, value in properties.items()],
    }


def steps(*colours: tuple[float | None, str]) -> Json:
    """Return thresholds: each colour and the value it starts at, ``None`` for the first."""
    return {
        "mode": "absolute",
        "steps": [{"value": value, "color": colour} for value, colour in colours],
    }


def words(meanings: Iterable[tuple[str, str, str]]) -> list[Json]:
    """Return value mappings: each value with its text and colour."""
    options = {
        value: {"index": index, "text": text, "color": colour}
        for index, (value, text, colour) in enumerate(meanings)
    }
    return [{"type": "value", "options": options}]


def number(panels: Sequence[Json]) -> list[Json]:
    """Return the panels with ids in reading order, those inside rows included."""
    return _with_ids(panels, iter(range(1, 1000)))


def _with_ids(panels: Sequence[Json], ids: Iterator[int]) -> list[Json]:
    numbered = []
    for each in panels:
        one = {"id": next(ids), **each}
        if "panels" in each:
            one["panels"] = _with_ids(each["panels"], ids)
        numbered.append(one)
    return numbered


def _target(expr: str, ref: str) -> Json:
    return {"refId": ref, "datasource": SOURCE, "expr": expr, "editorMode": "code"}
