"""The metrics that a dashboard's widgets show, out of the dashboard's body."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scripts.errors import AwsAnswerError
from scripts.facts.metric_data import Metric

SAME, SAME_TO_HERE = ".", "..."  # as in the row above


@dataclass(frozen=True)
class Widget:
    """A widget that shows metrics; `metrics` is empty where it shows only what is computed by itself."""

    title: str
    region: str
    metrics: tuple[Metric, ...]


def metric_widgets(body: str) -> list[Widget]:
    """The dashboard's metric widgets.

    Raises:
        AwsAnswerError: the body is not in the form that CloudWatch documents.
    """
    try:
        widgets = json.loads(body)["widgets"]
        return [_widget(one["properties"]) for one in widgets if one["type"] == "metric"]
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as problem:
        raise AwsAnswerError(f"The dashboard's body cannot be read: {type(problem).__name__}: {problem}.") from problem


def _widget(properties: Mapping[str, Any]) -> Widget:
    return Widget(
        title=properties.get("title", "a widget without a title"),
        region=properties.get("region", ""),
        metrics=tuple(_metrics(properties)),
    )


def _metrics(properties: Mapping[str, Any]) -> Iterator[Metric]:
    above: list[str] = []
    for row in properties.get("metrics", []):
        options: Mapping[str, Any] = row[-1] if isinstance(row[-1], dict) else {}
        parts = _written_out([part for part in row if isinstance(part, str)], above)
        if not parts:
            continue  # an expression over other rows
        above = parts
        namespace, name, *dimensions = parts
        yield Metric(
            namespace=namespace,
            name=name,
            dimensions=tuple(zip(dimensions[::2], dimensions[1::2], strict=True)),
            statistic=options.get("stat", properties.get("stat", "Average")),
            period=int(options.get("period", properties.get("period", 300))),
        )


def _written_out(parts: Sequence[str], above: Sequence[str]) -> list[str]:
    if parts and parts[0] == SAME_TO_HERE:
        rest = parts[1:]
        return [*above[: len(above) - len(rest)], *rest]
    return [above[place] if part == SAME else part for place, part in enumerate(parts)]
