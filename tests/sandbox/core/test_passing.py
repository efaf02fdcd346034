"""`sandbox pass`: what happens in the time that passes, and when it says that it happened."""

from __future__ import annotations

from datetime import timedelta
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
from sandbox.commands.passing import let_pass, status
from sandbox.control import CommandError, Lines
from sandbox.core.clock import Clock
from sandbox.world import World
from tests.clock import now
from tests.sandbox.codepipeline.account import FILES, MONDAY, TUESDAY, Account, waits_at_entry, write_template
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
    world.clock.set_window(TUESDAY - timedelta(hours=1))  # 9:30; it opens at 10:00
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
    world.clock.set_window(MONDAY)
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


def test_without_a_span_the_sandbox_catches_up_with_the_real_time(world: World) -> None:
    said = carried_out(let_pass(world))
    assert said == "Passed: 25h."
    assert not world.clock.behind


@pytest.mark.parametrize(
    ("span", "why"), [("25h1s", "only 25h can pass"), ("tomorrow", "no length of time"), ("-1h", "no length of time")]
)
def test_more_than_is_left_and_what_is_no_span_pass_nothing(world: World, span: str, why: str) -> None:
    with pytest.raises(CommandError, match=why):
        carried_out(let_pass(world, span))
    assert world.clock.behind == BEHIND


def test_in_a_sandbox_with_the_real_time_none_can_pass_at_once(make_world: MakeWorld) -> None:
    with pytest.raises(CommandError, match="sandbox up --behind"):
        carried_out(let_pass(make_world(CloudWatch), "10m"))


def test_status_says_how_far_behind_it_is_and_what_the_window_sees(world: World) -> None:
    assert "25h behind the real time" in carried_out(status(world))
    world.clock.set_window(MONDAY)
    assert "The release window sees Mon 30 Nov 2026 12:00 AEST" in carried_out(status(world))


def test_status_is_silent_where_all_times_are_the_real_one(make_world: MakeWorld) -> None:
    assert carried_out(status(make_world(CloudWatch))) == ""
