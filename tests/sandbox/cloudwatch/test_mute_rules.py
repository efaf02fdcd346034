"""Alarm mute rules: an alarm's state changes, its actions wait."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.clock import now
from tests.sandbox.cloudwatch.shapes import ALARM, code_of

WITH_ACTION: dict[str, Any] = {**ALARM, "AlarmActions": ["arn:aws:automate:ap-southeast-2:ec2:stop"]}
NAME = WITH_ACTION["AlarmName"]


def rule(start: float = -5, duration: str = "PT1H", **more: Any) -> dict[str, Any]:
    """A rule that begins to hold so many minutes from now."""
    at = now() + timedelta(minutes=start)
    schedule = {"Expression": f"at({at:%Y-%m-%dT%H:%M})", "Duration": duration}
    return {"Name": "night", "Rule": {"Schedule": schedule}, "MuteTargets": {"AlarmNames": [NAME]}, **more}


def statuses(client: Any, **of: Any) -> list[str]:
    return [one["Status"] for one in client.list_alarm_mute_rules(**of)["AlarmMuteRuleSummaries"]]


@pytest.fixture
def muted(client: Any) -> Any:
    client.put_metric_alarm(**WITH_ACTION)
    client.put_alarm_mute_rule(**rule())
    return client


def acted(client: Any) -> int:
    history = client.describe_alarm_history(AlarmName=NAME, HistoryItemType="Action")
    return len(history["AlarmHistoryItems"])


@pytest.mark.parametrize(
    ("start", "duration", "status"),
    [(-5, "PT1H", "ACTIVE"), (-5, "PT1M", "EXPIRED"), (5, "P1D", "SCHEDULED"), (-90, "P1DT2H30M", "ACTIVE")],
)
def test_a_rule_holds_in_its_time(client: Any, start: float, duration: str, status: str) -> None:
    client.put_metric_alarm(**WITH_ACTION)
    client.put_alarm_mute_rule(**rule(start, duration))
    assert statuses(client) == statuses(client, AlarmName=NAME, Statuses=[status]) == [status]
    assert statuses(client, AlarmName="another") == []
    told = client.get_alarm_mute_rule(AlarmMuteRuleName="night")
    assert (told["Name"], told["Status"], told["MuteTargets"]) == ("night", status, {"AlarmNames": [NAME]})


def test_its_actions_wait_until_the_rule_is_gone(muted: Any) -> None:
    muted.set_alarm_state(AlarmName=NAME, StateValue="ALARM", StateReason="a drill")
    assert muted.describe_alarms(AlarmNames=[NAME])["MetricAlarms"][0]["StateValue"] == "ALARM"
    assert acted(muted) == 0
    muted.delete_alarm_mute_rule(AlarmMuteRuleName="night")
    assert acted(muted) == 1
    assert statuses(muted) == []


def test_they_wait_until_it_is_over(muted: Any) -> None:
    muted.set_alarm_state(AlarmName=NAME, StateValue="ALARM", StateReason="a drill")
    muted.put_alarm_mute_rule(**rule(duration="PT1M"))
    assert acted(muted) == 1


def test_what_recovered_meanwhile_does_nothing_of_its_alarm(muted: Any) -> None:
    for state in ("ALARM", "OK"):
        muted.set_alarm_state(AlarmName=NAME, StateValue=state, StateReason="a drill")
    muted.delete_alarm_mute_rule(AlarmMuteRuleName="night")
    assert acted(muted) == 0


def test_what_recurs_is_refused_in_no_words_of_aws(client: Any) -> None:
    recurring = {"Schedule": {"Expression": "cron(0 2 * * *)", "Duration": "PT1H"}}
    with pytest.raises(ClientError) as failure:
        client.put_alarm_mute_rule(Name="night", Rule=recurring)
    assert code_of(failure) == "SandboxUnsupported"


def test_an_unknown_rule_is_none_and_deleting_it_no_error(client: Any) -> None:
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        client.get_alarm_mute_rule(AlarmMuteRuleName="none")
    client.delete_alarm_mute_rule(AlarmMuteRuleName="none")
