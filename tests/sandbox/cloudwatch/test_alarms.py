"""Alarms over time: states, reasons, history, composites, actions."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.aws.cloudwatch.alarm import CompositeAlarm, MetricAlarm, State, with_defaults
from sandbox.aws.cloudwatch.alarms import Alarms, Transition
from sandbox.aws.cloudwatch.evaluation import StateValue
from sandbox.aws.cloudwatch.history import History
from sandbox.aws.cloudwatch.reasons import timestamp
from sandbox.aws.cloudwatch.store import Metric, MetricStore

METRIC = Metric.of("N", "M", {})
NOW = datetime(2025, 11, 25, 1, 0, 30, tzinfo=UTC)


class Bench:
    """Alarms with a clock of their own."""

    def __init__(self) -> None:
        self.now = NOW
        self.store = MetricStore()
        self.transitions: list[Transition] = []
        self.alarms = Alarms(self.store, History(), lambda: self.now, self.transitions.append)

    def put(self, name: str = "a", **configuration: Any) -> MetricAlarm:
        defaults = {
            "AlarmName": name,
            "Namespace": "N",
            "MetricName": "M",
            "Dimensions": [],
            "Statistic": "Average",
            "Period": 60,
            "EvaluationPeriods": 1,
            "Threshold": 5.0,
            "ComparisonOperator": "GreaterThanThreshold",
        }
        if "Metrics" in configuration:
            defaults = {
                k: v for k, v in defaults.items() if k not in ("Namespace", "MetricName", "Statistic", "Period")
            }
        if "ExtendedStatistic" in configuration:
            del defaults["Statistic"]
        alarm = MetricAlarm(with_defaults(defaults | configuration), f"arn:{name}", self.now, State.initial(self.now))
        self.alarms.put(alarm)
        return alarm

    def put_composite(self, name: str, rule: str) -> CompositeAlarm:
        configuration = with_defaults({"AlarmName": name, "AlarmRule": rule})
        alarm = CompositeAlarm(configuration, f"arn:{name}", self.now, State.initial(self.now))
        self.alarms.put(alarm)
        return alarm

    def record(self, value: float, minutes_ago: int = 1, times: int = 1) -> None:
        at = (self.now - timedelta(minutes=minutes_ago)).timestamp()
        self.store.record(METRIC, value, at, count=times)

    def pass_minutes(self, number: int) -> None:
        for _ in range(number):
            self.now += timedelta(minutes=1)
            self.alarms.evaluate()

    def summaries(self, name: str) -> list[str]:
        return [item.summary for item in self.alarms.history.items() if item.alarm == name]


@pytest.fixture
def bench() -> Bench:
    return Bench()


def state(alarm: MetricAlarm | CompositeAlarm) -> str:
    return alarm.state.value.value


def test_a_new_alarm_has_insufficient_data_until_it_is_evaluated(bench: Bench) -> None:
    alarm = bench.put()
    assert (state(alarm), alarm.state.reason) == ("INSUFFICIENT_DATA", "Unchecked: Initial alarm creation")
    bench.record(1)
    bench.alarms.evaluate()
    assert state(alarm) == "OK"


def test_it_fires_recovers_and_its_history_says_so(bench: Bench) -> None:
    alarm = bench.put()
    for value in (1, 9, 1):
        bench.record(value)
        bench.pass_minutes(0)
        bench.alarms.evaluate()
        bench.now += timedelta(minutes=1)
    assert bench.summaries("a") == [
        'Alarm "a" created',
        "Alarm updated from INSUFFICIENT_DATA to OK",
        "Alarm updated from OK to ALARM",
        "Alarm updated from ALARM to OK",
    ]
    assert state(alarm) == "OK"


def test_the_reason_is_worded_as_cloudwatch_words_it(bench: Bench) -> None:
    alarm = bench.put()
    bench.record(9.5)
    bench.alarms.evaluate()
    assert alarm.state.reason == (
        "Threshold Crossed: 1 out of the last 1 datapoints [9.5 (25/11/25 00:59:00)] was greater than the threshold "
        "(5.0) (minimum 1 datapoint for OK -> ALARM transition)."
    )
    data = json.loads(alarm.state.data or "")
    assert data["evaluatedDatapoints"] == [
        {"timestamp": "2025-11-25T00:59:00.000+0000", "sampleCount": 1.0, "value": 9.5}
    ]
    assert (data["statistic"], data["period"], data["threshold"]) == ("Average", 60, 5.0)


@pytest.mark.parametrize(
    ("treatment", "expected", "reason"),
    [
        ("missing", "INSUFFICIENT_DATA", "Insufficient Data: 2 datapoints were unknown."),
        ("ignore", "OK", "1.0"),
        (
            "breaching",
            "ALARM",
            "Threshold Crossed: no datapoints were received for 2 periods and 2 missing datapoints were treated as "
            "[Breaching].",
        ),
        ("notBreaching", "OK", "1.0"),
    ],
)
def test_silence_is_treated_as_configured(bench: Bench, treatment: str, expected: str, reason: str) -> None:
    alarm = bench.put(TreatMissingData=treatment, EvaluationPeriods=2)
    bench.record(1, 1)
    bench.record(1, 2)
    bench.alarms.evaluate()
    bench.pass_minutes(8)
    assert state(alarm) == expected
    assert reason in alarm.state.reason


@pytest.mark.parametrize("treatment", ["breaching", "notBreaching", "missing"])
def test_silence_has_its_periods_as_evaluated_datapoints_without_a_value(bench: Bench, treatment: str) -> None:
    alarm = bench.put(TreatMissingData=treatment, EvaluationPeriods=2)
    bench.alarms.set_state("a", StateValue.ALARM if treatment != "breaching" else StateValue.OK, "by hand", None)
    bench.pass_minutes(1)
    data = json.loads(alarm.state.data or "")
    end = bench.now.replace(second=0, microsecond=0)
    periods = [timestamp(end - timedelta(minutes=minutes)) for minutes in (1, 2)]
    assert data["evaluatedDatapoints"] == [{"timestamp": at} for at in periods]
    assert (data["recentDatapoints"], "startDate" in data) == ([], False)


def test_data_that_arrives_late_is_still_in_the_evaluation_range(bench: Bench) -> None:
    alarm = bench.put()
    bench.record(9, minutes_ago=3)
    bench.alarms.evaluate()
    assert state(alarm) == "ALARM"


def test_the_running_minute_is_not_evaluated(bench: Bench) -> None:
    alarm = bench.put()
    bench.record(9, minutes_ago=0)
    bench.alarms.evaluate()
    assert state(alarm) == "INSUFFICIENT_DATA"


def test_an_alarm_on_metric_math(bench: Bench) -> None:
    stat = {"Metric": {"Namespace": "N", "MetricName": "M"}, "Period": 60, "Stat": "Sum"}
    alarm = bench.put(
        Metrics=[
            {"Id": "m", "MetricStat": stat, "ReturnData": False},
            {"Id": "x", "Expression": "FILL(m, 0) * 10", "ReturnData": True},
        ]
    )
    bench.alarms.evaluate()
    assert state(alarm) == "OK"
    bench.record(1)
    bench.alarms.evaluate()
    assert state(alarm) == "ALARM"


def test_an_alarm_on_a_percentile(bench: Bench) -> None:
    alarm = bench.put(ExtendedStatistic="p90")
    bench.record(1, times=85)
    bench.record(9, times=15)
    bench.alarms.evaluate()
    assert state(alarm) == "ALARM"


def test_too_few_samples_for_a_percentile_can_be_ignored(bench: Bench) -> None:
    alarm = bench.put(ExtendedStatistic="p90", EvaluateLowSampleCountPercentile="ignore")
    bench.record(9, times=15)
    bench.alarms.evaluate()
    assert state(alarm) == "INSUFFICIENT_DATA"


def test_a_state_set_by_hand_lasts_until_the_next_evaluation(bench: Bench) -> None:
    alarm = bench.put()
    bench.record(1)
    bench.alarms.evaluate()
    bench.alarms.set_state("a", StateValue.ALARM, "a drill", None)
    bench.alarms.evaluate()
    assert (state(alarm), alarm.state.reason) == ("ALARM", "a drill")
    bench.pass_minutes(1)
    assert state(alarm) == "OK"


def test_configuring_an_alarm_again_keeps_its_state(bench: Bench) -> None:
    bench.put()
    bench.record(9)
    bench.alarms.evaluate()
    alarm = bench.put(Threshold=100.0)
    assert state(alarm) == "ALARM"
    bench.alarms.evaluate()
    assert state(alarm) == "OK"
    assert 'Alarm "a" updated' in bench.summaries("a")


def test_composites_follow_and_may_rest_on_composites(bench: Bench) -> None:
    bench.put()
    outer = bench.put_composite("b-outer", "ALARM(inner)")
    inner = bench.put_composite("inner", "ALARM(a)")
    bench.record(1)
    bench.alarms.evaluate()
    assert (state(inner), state(outer)) == ("OK", "OK")
    bench.record(99)
    bench.alarms.evaluate()
    assert (state(inner), state(outer)) == ("ALARM", "ALARM")
    assert outer.state.reason == "arn:inner transitioned to ALARM at Tuesday 25 November, 2025 01:00:30 UTC"


def test_a_composite_names_the_alarm_that_made_it_fire(bench: Bench) -> None:
    bench.put("fires")
    bench.put("silent", MetricName="Other", TreatMissingData="notBreaching")
    composite = bench.put_composite("c", "ALARM(fires) OR ALARM(silent)")
    bench.record(9)
    bench.alarms.evaluate()
    assert composite.state.reason.startswith("arn:fires transitioned to ALARM")


def test_a_composite_over_a_deleted_alarm_does_not_fire(bench: Bench) -> None:
    bench.put()
    composite = bench.put_composite("c", "ALARM(a)")
    bench.alarms.delete("a")
    bench.alarms.evaluate()
    assert state(composite) == "OK"


def test_every_change_is_told_once(bench: Bench) -> None:
    bench.put()
    bench.record(9)
    bench.alarms.evaluate()
    bench.alarms.evaluate()
    bench.pass_minutes(1)
    assert [(change.old.value, change.new.value) for change in bench.transitions] == [("INSUFFICIENT_DATA", "ALARM")]


def test_a_past_that_has_changed_is_looked_back_on_minute_by_minute(bench: Bench) -> None:
    alarm, untouched = bench.put(), bench.put("other", MetricName="O", TreatMissingData="notBreaching")
    composite = bench.put_composite("all", 'ALARM("a") OR ALARM("other")')
    bench.record(1)
    bench.alarms.evaluate()
    bench.now += timedelta(minutes=30)
    for minutes in range(30, 0, -1):
        bench.record(1, minutes_ago=minutes)
    bench.alarms.evaluate()
    before = len(bench.transitions)
    bench.record(99, minutes_ago=20, times=9)
    bench.alarms.look_back([METRIC], bench.now - timedelta(minutes=20))
    assert bench.summaries("a")[-2:] == ["Alarm updated from OK to ALARM", "Alarm updated from ALARM to OK"]
    fired, recovered = [item.at for item in bench.alarms.history.items() if item.alarm == "all"][-2:]
    begun = bench.now.replace(second=0, microsecond=0) - timedelta(minutes=20)
    assert (fired - begun, recovered - begun) == (timedelta(minutes=1), timedelta(minutes=2))
    assert {state(each) for each in (alarm, untouched, composite)} == {"OK"}
    assert [change.alarm.name for change in bench.transitions[before:]] == ["a", "all", "a", "all"]
    assert bench.summaries("other")[-1] == "Alarm updated from INSUFFICIENT_DATA to OK"


def test_an_alarm_did_not_see_what_was_before_it(bench: Bench) -> None:
    bench.put()
    bench.record(1)
    bench.alarms.evaluate()
    bench.record(99, minutes_ago=20)
    bench.alarms.look_back([METRIC], bench.now - timedelta(minutes=20))
    assert bench.summaries("a") == ['Alarm "a" created', "Alarm updated from INSUFFICIENT_DATA to OK"]


def test_history_is_in_the_order_of_time_whenever_it_was_written(bench: Bench) -> None:
    alarm = bench.put()
    bench.alarms.history.configured(alarm, "Update", bench.now - timedelta(hours=1))
    assert bench.summaries("a") == ['Alarm "a" updated', 'Alarm "a" created']
