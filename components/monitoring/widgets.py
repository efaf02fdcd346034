"""The parts of a CloudWatch dashboard, in the form that its body has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from components.monitoring.indicators import Indicator
from components.monitoring.metrics import Metric

COLUMNS = 24  # of a dashboard's grid
_LIMIT_COLOUR = "#d62728"
_LOG_QUERY = "fields @timestamp, @logStream, @message | sort @timestamp desc | limit 50"


@dataclass(frozen=True, kw_only=True)
class Widget:
    """One tile before it is placed; `width` of 24 columns, `height` in grid units."""

    kind: str
    width: int
    height: int
    properties: Mapping[str, Any]


def text(markdown: str) -> Widget:
    """A line of text over the whole width."""
    return Widget(kind="text", width=COLUMNS, height=2, properties={"markdown": markdown})


def alarm_states(title: str, alarm_arns: Sequence[str]) -> Widget:
    """The present state of alarms."""
    return Widget(kind="alarm", width=COLUMNS, height=3, properties={"title": title, "alarms": list(alarm_arns)})


def limit_graph(indicator: Indicator, region: str) -> Widget:
    """An indicator over time, with the alarm's own limit drawn in."""
    limit = {
        "label": indicator.limit_label,
        "value": indicator.threshold,
        "color": _LIMIT_COLOUR,
        "fill": "above",
    }
    rows = [
        _row(metric, {"id": series_id, "visible": indicator.expression is None})
        for series_id, metric in indicator.series.items()
    ]
    if indicator.expression is not None:
        rows.append([{"id": "figure", "expression": indicator.expression, "label": indicator.title}])
    tile = _graph(indicator.title, indicator.unit, region, indicator.period, rows)
    return replace(tile, properties={**tile.properties, "annotations": {"horizontal": [limit]}})


def graph(title: str, unit: str, metrics: Mapping[str, Metric], region: str) -> Widget:
    """Metrics over time, by the label each one gets."""
    (period,) = {metric.period for metric in metrics.values()}
    rows = [_row(metric, {"label": label}) for label, metric in metrics.items()]
    return _graph(title, unit, region, period, rows)


def log_lines(title: str, log_group: str, region: str) -> Widget:
    """The newest lines of a log group."""
    return Widget(
        kind="log",
        width=COLUMNS,
        height=6,
        properties={
            "title": title,
            "region": region,
            "query": f"SOURCE '{log_group}' | {_LOG_QUERY}",
            "view": "table",
        },
    )


def placed(rows: Sequence[Sequence[Widget]]) -> list[dict[str, Any]]:
    """The widgets of a dashboard's body, row under row, each row from the left."""
    body: list[dict[str, Any]] = []
    y = 0
    for row in rows:
        x = 0
        for widget in row:
            body.append(
                {
                    "type": widget.kind,
                    "x": x,
                    "y": y,
                    "width": widget.width,
                    "height": widget.height,
                    "properties": widget.properties,
                }
            )
            x += widget.width
        y += max(widget.height for widget in row)
    return body


def _row(metric: Metric, options: Mapping[str, Any]) -> list[Any]:
    dimensions = [part for dimension in metric.dimensions.items() for part in dimension]
    return [metric.namespace, metric.name, *dimensions, {"stat": metric.statistic, **options}]


def _graph(title: str, unit: str, region: str, period: int, rows: list[list[Any]]) -> Widget:
    return Widget(
        kind="metric",
        width=8,
        height=6,
        properties={
            "title": title,
            "region": region,
            "view": "timeSeries",
            "period": period,
            "metrics": rows,
            "yAxis": {"left": {"min": 0, "label": unit, "showUnits": False}},
        },
    )
