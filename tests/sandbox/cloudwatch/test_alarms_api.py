"""Alarms over the wire: kept, listed, paged, refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.clock import now
from tests.sandbox.cloudwatch.shapes import ALARM, code_of, query


@pytest.fixture
def many(client: Any) -> Iterator[Any]:
    for number in range(5):
        client.put_metric_alarm(**(ALARM | {"AlarmName": f"prod-{number}"}))
    client.put_metric_alarm(**(ALARM | {"AlarmName": "dev-0"}))
    client.put_composite_alarm(AlarmName="prod-health", AlarmRule="ALARM(prod-0)")
    return client


def names(answer: dict[str, Any], kind: str = "MetricAlarms") -> list[str]:
    return [alarm["AlarmName"] for alarm in answer[kind]]


def test_alarms_by_prefix_without_composites_unless_asked(many: Any) -> None:
    answer = many.describe_alarms(AlarmNamePrefix="prod-")
    assert (names(answer), names(answer, "CompositeAlarms")) == ([f"prod-{number}" for number in range(5)], [])
    both = many.describe_alarms(AlarmNamePrefix="prod-", AlarmTypes=["CompositeAlarm", "MetricAlarm"])
    assert names(both, "CompositeAlarms") == ["prod-health"]


def test_an_unknown_prefix_is_an_empty_list(many: Any) -> None:
    assert names(many.describe_alarms(AlarmNamePrefix="staging-")) == []


def test_alarms_page(many: Any) -> None:
    pages = list(many.get_paginator("describe_alarms").paginate(PaginationConfig={"PageSize": 2}))
    assert [names(page) for page in pages] == [["dev-0", "prod-0"], ["prod-1", "prod-2"], ["prod-3", "prod-4"]]
    with pytest.raises(ClientError, match="InvalidNextToken"):
        many.describe_alarms(NextToken="nonsense")


def test_history_by_type_and_date(many: Any) -> None:
    many.set_alarm_state(AlarmName="prod-1", StateValue="ALARM", StateReason="a drill")
    (item,) = many.describe_alarm_history(AlarmName="prod-1", HistoryItemType="StateUpdate")["AlarmHistoryItems"]
    assert item["HistorySummary"] == "Alarm updated from INSUFFICIENT_DATA to ALARM"
    assert json.loads(item["HistoryData"])["newState"]["stateReason"] == "a drill"
    later = many.describe_alarm_history(AlarmName="prod-1", StartDate=now() + timedelta(hours=1))
    assert later["AlarmHistoryItems"] == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"Statistic": None}, "Exactly one of Statistic"),
        ({"ExtendedStatistic": "p90"}, "Exactly one of Statistic"),
        ({"Threshold": None}, "Missing required parameter Threshold"),
        ({"DatapointsToAlarm": 2}, "DatapointsToAlarm"),
        ({"TreatMissingData": "notbreaching"}, "TreatMissingData"),
        ({"Period": 61}, "multiple of 60"),
        ({"Period": 300, "EvaluationPeriods": 289}, "more than a day"),
        ({"AlarmActions": ["prod-alerts"]}, "Invalid arn syntax"),
        ({"Metrics": [query()]}, "must not be specified together"),
    ],
)
def test_alarms_that_aws_refuses(client: Any, change: dict[str, Any], problem: str) -> None:
    request = {key: value for key, value in (ALARM | change).items() if value is not None}
    with pytest.raises(ClientError, match=problem) as failure:
        client.put_metric_alarm(**request)
    assert code_of(failure) == "ValidationError"


def test_a_composite_on_an_alarm_that_is_not_there_is_refused(client: Any) -> None:
    with pytest.raises(ClientError, match="do not exist: prod-a"):
        client.put_composite_alarm(AlarmName="c", AlarmRule="ALARM(prod-a)")


def test_a_deleted_alarm_is_gone_and_deleting_an_unknown_one_fails(many: Any) -> None:
    many.delete_alarms(AlarmNames=["prod-1"])
    assert "prod-1" not in names(many.describe_alarms())
    with pytest.raises(ClientError, match="Unknown alarm") as failure:
        many.delete_alarms(AlarmNames=["prod-1", "prod-2"])
    assert code_of(failure) == "ResourceNotFound"
    assert "prod-2" in names(many.describe_alarms())


def test_an_alarm_that_a_composite_names_is_not_deleted_before_it(client: Any) -> None:
    client.put_metric_alarm(**ALARM)
    client.put_composite_alarm(AlarmName="c", AlarmRule=f'ALARM("{ALARM["AlarmName"]}")')
    refused = f"Cannot delete {ALARM['AlarmName']} as there are composite alarm"
    with pytest.raises(ClientError, match=refused) as failure:
        client.delete_alarms(AlarmNames=[ALARM["AlarmName"]])
    assert code_of(failure) == "ValidationError"
    client.delete_alarms(AlarmNames=["c"])
    client.delete_alarms(AlarmNames=[ALARM["AlarmName"]])
    assert names(client.describe_alarms()) == []


def test_tags_of_an_alarm(client: Any) -> None:
    client.put_metric_alarm(**ALARM, Tags=[{"Key": "Environment", "Value": "prod"}])
    (alarm,) = client.describe_alarms()["MetricAlarms"]
    arn = alarm["AlarmArn"]
    client.tag_resource(ResourceARN=arn, Tags=[{"Key": "Project", "Value": "web"}])
    client.untag_resource(ResourceARN=arn, TagKeys=["Environment"])
    assert client.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "Project", "Value": "web"}]


def test_a_states_data_are_json(many: Any) -> None:
    with pytest.raises(ClientError, match=r"\(InvalidFormat\)"):
        many.set_alarm_state(AlarmName="prod-1", StateValue="ALARM", StateReason="a drill", StateReasonData="{")


@pytest.mark.parametrize("data", ["[1]", "5", '{"triggeringAlarms": [1]}', '{"triggeringAlarms": 5}', "{}"])
def test_whatever_json_a_states_data_are_the_alarm_takes_it(many: Any, data: str) -> None:
    many.set_alarm_state(AlarmName="prod-1", StateValue="ALARM", StateReason="a drill", StateReasonData=data)
    (item,) = many.describe_alarm_history(AlarmName="prod-1", HistoryItemType="StateUpdate")["AlarmHistoryItems"]
    assert json.loads(item["HistoryData"])["newState"]["stateReasonData"] == json.loads(data)
