"""A deployment under observation: CloudWatch as a function of the hour, and a clock that waits without waiting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from scripts.clients.aws import Aws
from scripts.observe.observer import observe
from scripts.observe.watch import Settings, World
from scripts.observe.windows import METRIC_DELAY
from scripts.results import Report, Status
from sop.outputs import StackOutputs
from tests.scripts.fake_aws import Params, Refusal
from tests.scripts.release import NOW, Release, at

MINUTE = timedelta(minutes=1)
DEPLOYED = at(7)
GOOD = {
    "seconds": 4.0, "responses": 20.0, "percent": 60.0, "values": 2.0, "requests": 20.0, "errors": 0.0, "lines": 0.0,
}  # fmt: skip


@dataclass
class Observed:
    """The good release of `Release`, observed. `minutes` says what one minute's metrics are, by the queries' ids."""

    release: Release
    folder: Path
    now: datetime = NOW
    minutes: Callable[[datetime], dict[str, float]] = lambda _: GOOD
    answered: Callable[[Params], Params | Refusal] = field(init=False)
    said: list[str] = field(default_factory=list[str])
    waits: list[datetime] = field(default_factory=list[datetime])
    on_wait: Callable[[datetime], None] = lambda _: None
    connections: int = 0
    clock: Callable[[], datetime] | None = None
    on_ask: Callable[[], None] = lambda: None

    def __post_init__(self) -> None:
        self.release.outputs["thresholds"]["errorRateMinimumRequests"] = 20
        self.answered = self.metrics
        self.release.aws.answer("GetMetricData", self._answer)

    def _answer(self, request: Params) -> Params | Refusal:
        return self.answered(request)

    def metrics(self, request: Params) -> Params:
        """What CloudWatch has by now of what is asked for; zero is not reported, but by a metric filter."""
        assert request["EndTime"] + METRIC_DELAY <= self.now, "asked before it has settled"
        results: list[Params] = []
        first, last = request["StartTime"], request["EndTime"]
        minutes = [self.minutes(first + number * MINUTE) for number in range(-((first - last) // MINUTE))]
        for query in request["MetricDataQueries"]:
            name, length = query["Id"], query["MetricStat"]["Period"] // 60
            there: dict[datetime, float] = {}
            for place in range(0, len(minutes), length):
                told = [one[name] for one in minutes[place : place + length] if name in one]
                if any(told) or (told and name == "lines"):
                    there[first + place * MINUTE] = sum(told, 0.0)
            results.append(
                {
                    "Id": name,
                    "Timestamps": list(there),
                    "Values": list(there.values()),
                    "StatusCode": "Complete",
                }
            )
        return {"MetricDataResults": results}

    def wait(self, until: datetime) -> None:
        self.waits.append(until)
        self.on_wait(until)
        clock = self.clock or (lambda: self.now)
        assert until > clock()
        while clock() < until:
            self.now += min(until - clock(), 30 * timedelta(seconds=1))
        self.on_ask()

    def connect(self) -> Aws:
        self.connections += 1
        return self.release.aws.aws

    def run(self, duration: float = 60, interval: float = 5, consecutive: int = 3, **more: Any) -> Report:
        settings = Settings(
            duration=duration * MINUTE,
            interval=interval * MINUTE,
            consecutive=consecutive,
            journal=self.folder,
            again="release observe --stack prod",
            **more,
        )
        world = World(self.connect, self.clock or (lambda: self.now), self.wait, self.said.append)
        return observe(settings, StackOutputs.parse(self.release.outputs), world)


def statuses(report: Report) -> dict[str, Status]:
    return {result.id: result.status for result in report.checks}
