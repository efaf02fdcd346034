"""`sandbox pass`: what happens in the time that passes, and when it says that it happened."""

from __future__ import annotations

import re
from datetime import time, timedelta
from pathlib import Path
from typing import Any

import pytest

from sandbox.aws.cloudwatch import CloudWatch
from sandbox.aws.codebuild import CodeBuild
from sandbox.aws.codeconnections import CodeConnections
from sandbox.aws.codepipeline import CodePipeline
from sandbox.aws.codepipeline.runs import Status
from sandbox.aws.logs import Logs
from sandbox.aws.sns import Sns
from sandbox.commands.clock import clock
from sandbox.commands.passing import MINUTE, let_pass
from sandbox.commands.status import status
from sandbox.control import STILL_AT_IT, CommandError, Lines
from sandbox.core.clock import Clock
from sandbox.world import World
from tests.clock import now
from tests.sandbox.codepipeline.account import FILES, MONDAY, Account, leap_to, waits_at_entry, write_template
from tests.sandbox.conftest import MakeWorld

BEHIND = timedelta(hours=25)
A_FAILURE = {"Namespace": "Release", "MetricName": "Failures"}
ALARM = {
    "AlarmName": "prod-failures",
    **A_FAILURE,
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 1.0,
    "ComparisonOperator": "GreaterThanOrEqualToThreshold",
    "TreatMissingData": "notBreaching",
}


@pytest.fixture
def world(make_world: MakeWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """An account that is a day and an hour behind."""
    monkeypatch.setattr("sandbox.github.host.TEMPLATE", write_template(tmp_path / "template", FILES))
    services = (CodePipeline, CodeBuild, CodeConnections, CloudWatch, Sns, Logs)
    return make_world(*services, clock=Clock(behind=BEHIND))


def carried_out(lines: Lines) -> str:
    return "\n".join(lines)


def changes(world: World) -> list[tuple[str, timedelta]]:
    """Each change of the alarm's state, and how long after the sandbox's beginning."""
    began = now() - BEHIND
    answer = world.client("cloudwatch").describe_alarm_history(
        AlarmName="prod-failures", HistoryItemType="StateUpdate", ScanBy="TimestampAscending"
    )
    return [(item["HistorySummary"].split()[-1], item["Timestamp"] - began) for item in answer["AlarmHistoryItems"]]


def fail_in(world: World, delay: timedelta) -> None:
    """A failure that is reported for a time to come, as PutMetricData allows up to two hours ahead."""
    at = world.clock.now() + delay
    world.client("cloudwatch").put_metric_data(
        Namespace="Release", MetricData=[{"MetricName": "Failures", "Timestamp": at, "Value": 1.0}]
    )


def test_an_alarm_fires_and_recovers_in_the_minutes_in_which_it_would_have(world: World) -> None:
    world.client("cloudwatch").put_metric_alarm(**ALARM)
    fail_in(world, timedelta(minutes=30))
    carried_out(let_pass(world, "1h"))
    (first, _), (fired, at), (recovered, until) = changes(world)
    assert [first, fired, recovered] == ["OK", "ALARM", "OK"]
    assert timedelta(minutes=29) < at < timedelta(minutes=33)
    assert timedelta(minutes=1) < until - at < timedelta(minutes=5)


def test_an_alarm_on_what_happened_before_is_ok_again_some_minutes_later_not_at_the_end(world: World) -> None:
    cloudwatch: Any = world.client("cloudwatch")
    cloudwatch.put_metric_alarm(**ALARM)
    fail_in(world, timedelta())
    carried_out(let_pass(world, "2h"))
    assert changes(world)[-2][0] == "ALARM"
    assert changes(world)[-1][0] == "OK"
    assert changes(world)[-1][1] < timedelta(minutes=10)


def test_a_day_in_which_nothing_happens_changes_no_alarm(world: World) -> None:
    world.client("cloudwatch").put_metric_alarm(**ALARM)
    carried_out(let_pass(world, "24h"))
    assert [state for state, _ in changes(world)] == ["OK"]


def test_a_release_window_that_opens_lets_the_waiting_execution_in_and_time_waits_for_it(world: World) -> None:
    account = Account(world)
    leap_to(world.clock, (1, time(9, 30)))  # it opens at 10:00
    account.pipeline(window=True)
    account.until(lambda: waits_at_entry(account))
    began = world.clock.now()
    said = carried_out(let_pass(world, "24h"))
    (deploy,) = account.execution().runs[-1].actions
    assert deploy.updated is not None
    assert "Deploy   Succeeded" in said
    assert timedelta(minutes=29) <= deploy.started - began < timedelta(minutes=32)
    assert deploy.updated - deploy.started < timedelta(minutes=2)


def test_who_waits_at_a_closed_window_for_longer_than_the_rule_allows_fails_when_that_is_over(world: World) -> None:
    account = Account(world)
    leap_to(world.clock, MONDAY)
    account.pipeline(window=True)  # its rule waits for an hour
    account.until(lambda: waits_at_entry(account))
    began = world.clock.now()
    carried_out(let_pass(world, "24h"))
    assert account.execution().status is Status.FAILED
    assert timedelta(minutes=59) <= account.execution().updated - began < timedelta(minutes=63)


def test_what_is_at_work_ends_before_time_passes(world: World) -> None:
    account = Account(world)
    account.pipeline()
    began = world.clock.now()
    said = carried_out(let_pass(world, "24h"))
    assert "web: Succeeded" in said
    assert account.execution().updated - began < timedelta(minutes=10)


def test_as_much_time_passes_as_was_asked_for_beyond_the_real_time_too(world: World) -> None:
    began = world.clock.now()
    assert "ahead of the real time" in carried_out(let_pass(world, "30h"))
    assert timedelta() <= world.clock.now() - began - timedelta(hours=30) < timedelta(minutes=1)


def test_the_clock_set_to_real_has_caught_up_to_the_instant(world: World) -> None:
    assert "(real)" in carried_out(clock(world, "real"))
    assert not world.clock.ahead


def test_time_stops_when_nobody_waits_for_it_any_longer(world: World) -> None:
    """Ctrl-C, say: that a command's caller is gone is seen when something is written to it, between two minutes."""
    whole_of_time = clock(world, "9999-12-31T23:59:59")
    for _ in range(3):
        assert next(whole_of_time) == STILL_AT_IT
    whole_of_time.close()
    assert world.clock.ahead == 2 * MINUTE - BEHIND
    carried_out(let_pass(world, "1m"))


@pytest.mark.parametrize("span", ["tomorrow", "-1h"])
def test_what_is_no_span_passes_nothing(world: World, span: str) -> None:
    with pytest.raises(CommandError, match="no length of time"):
        carried_out(let_pass(world, span))
    assert world.clock.ahead == -BEHIND


def test_status_says_what_time_it_is_and_how_far_from_the_real_one(world: World) -> None:
    assert "25h behind the real time" in carried_out(status(world))
    leap_to(world.clock, MONDAY)
    assert re.fullmatch(r"time: Mon .* 02:00 UTC \(.* the real time\)", carried_out(status(world)))
    Account(world).pipeline(window=True)
    assert re.fullmatch(r"time: Mon .* 12:00 AEST \(.* the real time\)", carried_out(status(world)))
