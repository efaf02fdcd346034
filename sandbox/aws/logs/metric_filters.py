"""Metric filters: log lines that become metric data."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from sandbox.aws.logs.pattern import Fields, FilterPattern
from sandbox.aws.logs.selector import select
from sandbox.aws.service import AwsError, Params

MINUTE = 60_000  # milliseconds


class Recorder(Protocol):
    """CloudWatch's `record`."""

    def __call__(
        self,
        namespace: str,
        metric: str,
        dimensions: dict[str, str],
        value: float,
        *,
        at: datetime | None = None,
        unit: str | None = None,
    ) -> None: ...


@dataclass(frozen=True)
class MetricFilter:
    """One filter of one log group. It counts what is ingested after it was made."""

    group: str
    name: str
    pattern: FilterPattern
    transformation: Params
    created: datetime

    def describe(self) -> Params:
        return {
            "filterName": self.name,
            "filterPattern": self.pattern.text,
            "metricTransformations": [self.transformation],
            "creationTime": int(self.created.timestamp() * 1000),
            "logGroupName": self.group,
            "applyOnTransformedLogs": False,
        }

    def feed(self, events: Iterable[tuple[int, str]], record: Recorder, has_data: Callable[[datetime], bool]) -> None:
        """Record the value of each matching event; the default value for minutes without one."""
        silent: set[int] = set()
        for timestamp, message in events:
            fields = self.pattern.fields(message)
            value = None if fields is None else self._value(fields)
            if value is None:
                silent.add(timestamp // MINUTE)
            else:
                at = datetime.fromtimestamp(timestamp / 1000, UTC)
                self._record(record, value, at, self._dimensions(fields or {}))
        default = self.transformation.get("defaultValue")
        if default is not None:
            for minute in (datetime.fromtimestamp(each * MINUTE / 1000, UTC) for each in sorted(silent)):
                if not has_data(minute):
                    self._record(record, default, minute, {})

    def _record(self, record: Recorder, value: float, at: datetime, dimensions: dict[str, str]) -> None:
        t = self.transformation
        record(t["metricNamespace"], t["metricName"], dimensions, value, at=at, unit=t.get("unit"))

    def _value(self, fields: Fields) -> float | None:
        text = self.transformation["metricValue"]
        found = _field(fields, text) if text.startswith("$") else text
        try:
            return float(found)
        except (TypeError, ValueError):
            return None

    def _dimensions(self, fields: Fields) -> dict[str, str]:
        named = self.transformation.get("dimensions", {})
        found = {name: _field(fields, path) for name, path in named.items()}
        return {name: str(value) for name, value in found.items() if value is not None}


def check_transformation(transformation: Params) -> None:
    """Raises AwsError InvalidParameterException."""
    value = transformation["metricValue"]
    if not value.startswith("$"):
        try:
            float(value)
        except ValueError:
            raise AwsError(
                "InvalidParameterException", f"Invalid metric transformation: the value {value!r} is no number."
            ) from None
    if transformation.get("dimensions") and "defaultValue" in transformation:
        raise AwsError(
            "InvalidParameterException",
            "Invalid metric transformation: dimensions and default value exclude each other.",
        )


def _field(fields: Fields, path: str) -> Any:
    return select(fields["$"], path) if "$" in fields else fields.get(path.removeprefix("$"))
