"""The rules of a dashboard's body, checked as PutDashboard checks them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

COLUMNS = 24
MAX_HEIGHT = 1_000
MAX_WIDGETS = 500
_REQUIRED = {
    "text": ("markdown",),
    "log": ("query", "region"),
    "alarm": ("alarms",),
    "custom": ("endpoint",),
    "explorer": ("metrics", "labels"),
    "metric": ("region",),
}
_VIEWS = ("timeSeries", "singleValue", "bar", "pie", "table", "gauge")


@dataclass(frozen=True)
class Finding:
    """One message on a body. An error makes CloudWatch refuse it; a warning comes back with the success."""

    path: str
    message: str
    error: bool = True

    def describe(self) -> dict[str, str]:
        return {"DataPath": self.path, "Message": self.message}


def findings(body: Any) -> list[Finding]:
    """Everything that is wrong with a dashboard's parsed body."""
    if not isinstance(body, Mapping):
        return [Finding("/", "Should be an object")]
    content = cast("Mapping[str, Any]", body)
    if not isinstance(content.get("widgets"), list):
        return [Finding("/", 'Should have required property "widgets"')]
    widgets = cast("list[Any]", content["widgets"])
    if len(widgets) > MAX_WIDGETS:
        return [Finding("/widgets", f"Should NOT have more than {MAX_WIDGETS} items")]
    return [found for index, widget in enumerate(widgets) for found in _widget(widget, f"/widgets/{index}")]


def _widget(widget: Any, path: str) -> Iterator[Finding]:
    if not isinstance(widget, Mapping):
        yield Finding(path, "Should be an object")
        return
    content = cast("Mapping[str, Any]", widget)
    yield from _place(content, path)
    kind = content.get("type")
    if kind not in _REQUIRED:
        yield Finding(f"{path}/type", f"Should be one of {', '.join(_REQUIRED)}")
        return
    properties = content.get("properties")
    if not isinstance(properties, Mapping):
        yield Finding(path, 'Should have required property "properties"')
        return
    for name in _REQUIRED[kind]:
        if name not in properties:
            yield Finding(f"{path}/properties", f'Should have required property "{name}"')
    if kind == "metric":
        yield from _metric_widget(cast("Mapping[str, Any]", properties), f"{path}/properties")


def _place(widget: Mapping[str, Any], path: str) -> Iterator[Finding]:
    limits = {"x": (0, COLUMNS - 1), "y": (0, None), "width": (1, COLUMNS), "height": (1, MAX_HEIGHT)}
    for key, (least, most) in limits.items():
        value = widget.get(key, least)
        if not isinstance(value, int) or isinstance(value, bool):
            yield Finding(f"{path}/{key}", "Should be integer")
        elif value < least:
            yield Finding(f"{path}/{key}", f"Should be >= {least}")
        elif most is not None and value > most:
            yield Finding(f"{path}/{key}", f"Should be <= {most}")
    if ("x" in widget) != ("y" in widget):
        yield Finding(path, "Should have both properties x and y, or neither")


def _metric_widget(properties: Mapping[str, Any], path: str) -> Iterator[Finding]:
    annotations = properties.get("annotations", {})
    if "metrics" not in properties and "alarms" not in annotations:
        yield Finding(path, 'Should have required property "metrics" or "annotations.alarms"')
    if properties.get("view", _VIEWS[0]) not in _VIEWS:
        yield Finding(f"{path}/view", f"Should be one of {', '.join(_VIEWS)}")
    period = properties.get("period", 60)
    if not isinstance(period, int) or period < 1 or (period > 30 and period % 60):  # noqa: PLR2004 - seconds
        yield Finding(f"{path}/period", "Should be 1, 5, 10, 30 or a multiple of 60", error=False)
    metrics = properties.get("metrics", [])
    if not isinstance(metrics, list):
        yield Finding(f"{path}/metrics", "Should be an array")
        return
    for index, metric in enumerate(cast("list[Any]", metrics)):
        yield from _metric(metric, f"{path}/metrics/{index}", first=index == 0)


def _metric(metric: Any, path: str, *, first: bool) -> Iterator[Finding]:
    if not isinstance(metric, list) or not metric:
        yield Finding(path, "Should be a non-empty array")
        return
    parts = cast("list[Any]", metric)
    if isinstance(parts[-1], Mapping):
        options = cast("Mapping[str, Any]", parts[-1])
        parts = parts[:-1]
        if not parts:
            if "expression" not in options:
                yield Finding(path, 'Should have required property "expression"')
            return
    if not all(isinstance(part, str) for part in parts):
        yield Finding(path, 'Invalid metric field type, only "String" type is allowed')
    elif first and any(part in (".", "...") for part in parts):
        yield Finding(path, "Cannot use ditto markers in the first metric")
    elif "..." not in parts and (len(parts) < 2 or len(parts) % 2):  # noqa: PLR2004 - namespace and name
        yield Finding(path, "Should have a namespace, a metric name and pairs of dimension name and value")
