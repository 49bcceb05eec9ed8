"""What the dashboard's panels have in common, on Grafana's own typed builders.

The builders place the panels: from left to right by their widths, on a grid of 24 columns. A height
of 1 is about 36 pixels.
"""

from collections.abc import Iterable, Mapping, Sequence
from string import ascii_uppercase
from typing import NamedTuple, TypeAlias, TypeVar

from grafana_foundation_sdk.builders import (
    bargauge,
    common,
    dashboard,
    prometheus,
    stat,
    statetimeline,
    table,
    timeseries,
)
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import common as looks
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models.prometheus import PromQueryFormat, QueryEditorMode

Panels: TypeAlias = list[Builder[models.Panel]]
_Panel = TypeVar(
    "_Panel", stat.Panel, timeseries.Panel, table.Panel, bargauge.Panel, statetimeline.Panel
)

SOURCE = models.DataSourceRef("prometheus", "${datasource}")
ACCOUNT = "{{account}}"
SECONDS = {"unit": "s", "decimals": 1}
NUMBER = {"unit": "short", "decimals": 0}
GAUGE = {
    "unit": "percentunit",
    "min": 0,
    "max": 1,
    "custom.cellOptions": looks.TableBarGaugeCellOptions(looks.BarGaugeDisplayMode.BASIC),
}
_BACKGROUND = looks.TableColoredBackgroundCellOptions(looks.TableCellBackgroundDisplayMode.BASIC)
COLOURED = {"custom.cellOptions": _BACKGROUND}
COLOURED_TEXT = {"custom.cellOptions": looks.TableColorTextCellOptions()}
_BARS = 120  # still distinguishable; each one sums all accounts


class Column(NamedTuple):
    """One column of a table: ``field`` is a label, or ``Value #`` and the target's letter."""

    field: str
    title: str
    properties: Mapping[str, object] = {}


def steps(*colours: tuple[float | None, str]) -> dashboard.ThresholdsConfig:
    """Return thresholds: each colour and the value it starts at, ``None`` for the first."""
    thresholds = [models.Threshold(value, colour) for value, colour in colours]
    return dashboard.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(thresholds)


def colours(*starts: tuple[float | None, str]) -> dict[str, object]:
    """Return a column's thresholds, as of ``steps``, and its text in their colours."""
    return {"thresholds": steps(*starts).build(), **COLOURED_TEXT}


def words(meanings: Iterable[tuple[str, str, str]]) -> list[models.ValueMapping]:
    """Return value mappings: each value with its text and colour."""
    return [
        models.ValueMap(
            {
                value: models.ValueMappingResult(text, colour, index=index)
                for index, (value, text, colour) in enumerate(meanings)
            }
        )
    ]


def properties(values: Mapping[str, object]) -> list[models.DynamicConfigValue]:
    """Return the properties of an override."""
    return [models.DynamicConfigValue(key, value) for key, value in values.items()]


def fixed_colour(colour: str) -> dashboard.FieldColor:
    """Return a colour that does not depend on the value."""
    return dashboard.FieldColor().mode(models.FieldColorModeId.FIXED).fixed_color(colour)


def series(expr: str, legend: str) -> prometheus.Dataquery:
    """Return a target that is queried over the dashboard's time range."""
    return _target(expr).range().legend_format(legend)


def now(expr: str, legend: str = "") -> prometheus.Dataquery:
    """Return a target that is queried for the present only."""
    return _target(expr).instant().legend_format(legend)


def _target(expr: str) -> prometheus.Dataquery:
    return prometheus.Dataquery().datasource(SOURCE).expr(expr).editor_mode(QueryEditorMode.CODE)


def describe_panel(
    panel: _Panel,
    title: str,
    description: str,
    size: tuple[int, int],
    *targets: prometheus.Dataquery,
    unit: str = "short",
) -> _Panel:
    """Return a panel with what each has; its targets get the letters A, B, C and so on."""
    panel = panel.title(title).description(description).datasource(SOURCE)
    for letter, target in zip(ascii_uppercase, targets, strict=False):
        panel = panel.with_target(target.ref_id(letter))
    width, height = size
    return panel.span(width).height(height).unit(unit).no_value("–")  # noqa: RUF001 - shown as such


def number(
    title: str, description: str, width: int, expr: str, *starts: tuple[float | None, str]
) -> stat.Panel:
    """Return one large number with a background coloured by its value."""
    return (
        describe_panel(stat.Panel(), title, description, (width, 4), now(expr))
        .thresholds(steps(*starts))
        .color_mode(looks.BigValueColorMode.BACKGROUND)
        .graph_mode(looks.BigValueGraphMode.NONE)
        .text_mode(looks.BigValueTextMode.VALUE)
        .reduce_options(_last_value())
    )


def lines(
    title: str, description: str, size: tuple[int, int], unit: str, *targets: prometheus.Dataquery
) -> timeseries.Panel:
    """Return a time series with its legend below."""
    tooltip = common.VizTooltipOptions().mode(looks.TooltipDisplayMode.MULTI)
    return (
        describe_panel(timeseries.Panel(), title, description, size, *targets, unit=unit)
        .min(0)
        .line_width(2)
        .fill_opacity(0)
        .show_points(looks.VisibilityMode.NEVER)
        .span_nulls(span_nulls=False)
        .legend(legend_below())
        .tooltip(tooltip.sort(looks.SortOrder.ASCENDING))
    )


def bars(
    title: str, description: str, size: tuple[int, int], target: prometheus.Dataquery
) -> timeseries.Panel:
    """Return counts between two points of the graph, stacked."""
    return (
        lines(title, description, size, "short", target)
        .draw_style(looks.GraphDrawStyle.BARS)
        .fill_opacity(60)
        .line_width(0)
        .stacking(common.StackingConfig().mode(looks.StackingMode.NORMAL))
        .max_data_points(_BARS)
    )


def ranking(
    title: str, description: str, size: tuple[int, int], unit: str, target: prometheus.Dataquery
) -> bargauge.Panel:
    """Return horizontal bars of the present values."""
    return (
        describe_panel(bargauge.Panel(), title, description, size, target, unit=unit)
        .min(0)
        .orientation(looks.VizOrientation.HORIZONTAL)
        .display_mode(looks.BarGaugeDisplayMode.BASIC)
        .reduce_options(_last_value())
    )


def rows(
    title: str,
    description: str,
    size: tuple[int, int],
    exprs: Sequence[str],
    columns: Sequence[Column],
    *,
    sort: str,
    descending: bool = False,
) -> table.Panel:
    """Return a table: the expressions' rows joined by their labels, sorted, the first 100.

    Columns that are not in ``columns`` are hidden, the one that sorts included.
    """
    names = {column.field: column.title for column in columns}
    hidden = {"Time", *(f"Value #{letter}" for letter in ascii_uppercase[: len(exprs)])}
    transformations: dict[str, object] = {
        "merge": {},
        "sortBy": {"sort": [{"field": sort, "desc": descending}]},
        "limit": {"limitField": 100},
        "organize": {
            "excludeByName": dict.fromkeys(sorted(hidden - set(names)), True),
            "indexByName": {field: place for place, field in enumerate(names)},
            "renameByName": names,
        },
    }
    targets = [now(expr).format(PromQueryFormat.TABLE) for expr in exprs]
    panel = (
        describe_panel(table.Panel(), title, description, size, *targets)
        .transformations(
            [models.DataTransformerConfig(name, options=it) for name, it in transformations.items()]
        )
        .show_header(show_header=True)
        .cell_height(looks.TableCellHeight.SM)
        .footer(common.TableFooterOptions().enable_pagination(enable_pagination=True))
        .align(looks.FieldTextAlignment.AUTO)
        .filterable(filterable=True)
    )
    for column in columns:
        panel = panel.override_by_name(column.title, properties(column.properties))
    return panel


def legend_below() -> common.VizLegendOptions:
    """Return a legend below the graph."""
    legend = common.VizLegendOptions().display_mode(looks.LegendDisplayMode.LIST)
    return legend.placement(looks.LegendPlacement.BOTTOM).show_legend(show_legend=True)


def _last_value() -> common.ReduceDataOptions:
    return common.ReduceDataOptions().calcs(["lastNotNull"]).fields("").values(values=False)
