"""CloudWatch over the wire, as boto3 and the AWS CLI ask it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from sandbox.aws.cloudwatch import CloudWatch
from sandbox.world import World
from tests.sandbox.conftest import MakeWorld

NOW = datetime.now(UTC).replace(second=0, microsecond=0)
AWS = Path(sys.executable).with_name("aws")


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    return make_world(CloudWatch)


@pytest.fixture
def client(world: World) -> Any:
    return world.client("cloudwatch")


def query(metric: str = "M", **stat: Any) -> dict[str, Any]:
    shape = {"Metric": {"Namespace": "N", "MetricName": metric}, "Period": 60, "Stat": "Sum"}
    return {"Id": metric.lower(), "MetricStat": shape | stat}


def put(client: Any, values: list[float], metric: str = "M") -> None:
    """One value a minute, the last for the minute before now."""
    first = NOW - timedelta(minutes=len(values))
    data = [
        {"MetricName": metric, "Value": value, "Timestamp": first + timedelta(minutes=index)}
        for index, value in enumerate(values)
    ]
    client.put_metric_data(Namespace="N", MetricData=data)


def get(client: Any, queries: list[dict[str, Any]], **request: Any) -> dict[str, Any]:
    return client.get_metric_data(
        MetricDataQueries=queries, StartTime=NOW - timedelta(minutes=10), EndTime=NOW, **request
    )


def code_of(failure: pytest.ExceptionInfo[ClientError]) -> str:
    return failure.value.response["Error"]["Code"]  # pyright: ignore[reportTypedDictNotRequiredAccess]


def test_metric_data_newest_first_unless_asked_otherwise(client: Any) -> None:
    put(client, [1, 2, 3])
    assert get(client, [query()])["MetricDataResults"][0]["Values"] == [3, 2, 1]
    ascending = get(client, [query()], ScanBy="TimestampAscending")["MetricDataResults"][0]
    assert ascending["Values"] == [1, 2, 3]
    assert ascending["Timestamps"][0] == NOW - timedelta(minutes=3)
    assert (ascending["Label"], ascending["StatusCode"]) == ("M", "Complete")


def test_metric_data_pages_until_the_token_is_gone(client: Any) -> None:
    put(client, [1, 2, 3, 4, 5])
    put(client, [7], "O")
    pages = list(
        client.get_paginator("get_metric_data").paginate(
            MetricDataQueries=[query(), query("O")],
            StartTime=NOW - timedelta(minutes=10),
            EndTime=NOW,
            MaxDatapoints=2,
        )
    )
    told = [[(r["Id"], r["Values"], r["StatusCode"]) for r in page["MetricDataResults"]] for page in pages]
    assert told[0][0] == ("m", [5, 4], "PartialData")
    values = {identifier: [] for identifier in ("m", "o")}
    for identifier, part, _ in (result for page in told for result in page):
        values[identifier] += part
    assert values == {"m": [5, 4, 3, 2, 1], "o": [7]}


def test_a_metric_without_data_is_an_empty_result_not_an_error(client: Any) -> None:
    (result,) = get(client, [query("Nothing")])["MetricDataResults"]
    assert (result["Values"], result["StatusCode"]) == ([], "Complete")


@pytest.mark.parametrize(
    ("queries", "problem"),
    [
        ([query(Stat="p101")], "not supported"),
        ([query(Period=90)], "multiple of 60"),
        ([{"Id": "e", "Expression": "r +"}], "unexpected the end"),
        ([query(f"M{number}") for number in range(501)], "size greater than 500"),
    ],
)
def test_wrong_queries_are_refused(client: Any, queries: list[dict[str, Any]], problem: str) -> None:
    with pytest.raises(ClientError, match=problem) as failure:
        get(client, queries)
    assert code_of(failure) == "ValidationError"


def test_statistics_of_values_counts_and_sets(client: Any) -> None:
    data = [
        {"MetricName": "M", "Values": [1.0, 3.0], "Counts": [1.0, 3.0], "Timestamp": NOW - timedelta(minutes=2)},
        {
            "MetricName": "M",
            "StatisticValues": {"SampleCount": 2, "Sum": 10, "Minimum": 2, "Maximum": 8},
            "Timestamp": NOW - timedelta(minutes=1),
        },
    ]
    client.put_metric_data(Namespace="N", MetricData=data)
    (point,) = client.get_metric_statistics(
        Namespace="N",
        MetricName="M",
        StartTime=NOW - timedelta(minutes=5),
        EndTime=NOW,
        Period=300,
        Statistics=["Average", "Sum", "SampleCount", "Minimum", "Maximum"],
    )["Datapoints"]
    assert point["Timestamp"] == NOW - timedelta(minutes=5)
    assert {key: point[key] for key in ("Sum", "SampleCount", "Minimum", "Maximum")} == {
        "Sum": 20,
        "SampleCount": 6,
        "Minimum": 1,
        "Maximum": 8,
    }


def test_extended_statistics(client: Any) -> None:
    client.put_metric_data(
        Namespace="N",
        MetricData=[{"MetricName": "M", "Values": [1.0, 9.0], "Counts": [90.0, 10.0], "Timestamp": NOW}],
    )
    (point,) = client.get_metric_statistics(
        Namespace="N",
        MetricName="M",
        StartTime=NOW,
        EndTime=NOW + timedelta(minutes=1),
        Period=60,
        ExtendedStatistics=["p90", "p91"],
    )["Datapoints"]
    assert point["ExtendedStatistics"] == {"p90": 1, "p91": 9}


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"Period": 60, "StartTime": NOW - timedelta(days=2)}, "InvalidParameterCombination"),
        ({"StartTime": NOW}, "InvalidParameterValue"),
        ({"Statistics": []}, "InvalidParameterCombination"),
    ],
)
def test_statistics_that_aws_refuses(client: Any, request_: dict[str, Any], code: str) -> None:
    good = {"StartTime": NOW - timedelta(hours=1), "EndTime": NOW, "Period": 300, "Statistics": ["Sum"]}
    given = {key: value for key, value in (good | request_).items() if value != []}
    with pytest.raises(ClientError) as failure:
        client.get_metric_statistics(Namespace="N", MetricName="M", **given)
    assert code_of(failure) == code


def test_other_dimensions_are_another_metric(world: World, client: Any) -> None:
    cloudwatch = world.service("cloudwatch")
    cloudwatch.record("AWS/ApplicationELB", "RequestCount", {"LoadBalancer": "app/web-prod/1"}, 5, unit="Count")
    listed = client.list_metrics(Namespace="AWS/ApplicationELB")["Metrics"]
    assert [metric["Dimensions"] for metric in listed] == [[{"Name": "LoadBalancer", "Value": "app/web-prod/1"}]]
    by_dns_name = client.get_metric_statistics(
        Namespace="AWS/ApplicationELB",
        MetricName="RequestCount",
        Dimensions=[{"Name": "LoadBalancer", "Value": "web-prod-1.elb.amazonaws.com"}],
        StartTime=NOW - timedelta(hours=1),
        EndTime=NOW + timedelta(hours=1),
        Period=3600,
        Statistics=["Sum"],
    )
    assert by_dns_name["Datapoints"] == []


def test_data_in_aws_namespaces_is_aws_own(client: Any) -> None:
    with pytest.raises(ClientError, match="AWS/"):
        client.put_metric_data(Namespace="AWS/EC2", MetricData=[{"MetricName": "M", "Value": 1}])


ALARM = {
    "AlarmName": "prod-a",
    "Namespace": "N",
    "MetricName": "M",
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 5.0,
    "ComparisonOperator": "GreaterThanThreshold",
}


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
    later = many.describe_alarm_history(AlarmName="prod-1", StartDate=datetime.now(UTC) + timedelta(minutes=1))
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


def test_tags_of_an_alarm(client: Any) -> None:
    client.put_metric_alarm(**ALARM, Tags=[{"Key": "Environment", "Value": "prod"}])
    (alarm,) = client.describe_alarms()["MetricAlarms"]
    arn = alarm["AlarmArn"]
    client.tag_resource(ResourceARN=arn, Tags=[{"Key": "Project", "Value": "web"}])
    client.untag_resource(ResourceARN=arn, TagKeys=["Environment"])
    assert client.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "Project", "Value": "web"}]


def metric_widget(**properties: Any) -> dict[str, Any]:
    good = {"region": "ap-southeast-2", "metrics": [["N", "M", "D", "V"]]}
    kept = {key: value for key, value in (good | properties).items() if value is not None}
    return {"type": "metric", "x": 0, "y": 0, "width": 12, "height": 6, "properties": kept}


def put_dashboard(client: Any, *widgets: dict[str, Any]) -> list[dict[str, str]]:
    body = json.dumps({"widgets": widgets})
    return client.put_dashboard(DashboardName="d", DashboardBody=body)["DashboardValidationMessages"]


def test_a_dashboard_is_kept_word_for_word(client: Any) -> None:
    assert put_dashboard(client, metric_widget()) == []
    body = json.dumps({"widgets": [metric_widget()]})
    assert client.get_dashboard(DashboardName="d")["DashboardBody"] == body
    (entry,) = client.list_dashboards(DashboardNamePrefix="d")["DashboardEntries"]
    assert entry["Size"] == len(body)
    client.delete_dashboards(DashboardNames=["d"])
    with pytest.raises(ClientError, match="does not exist") as failure:
        client.get_dashboard(DashboardName="d")
    assert code_of(failure) == "ResourceNotFound"


@pytest.mark.parametrize(
    ("widget", "path"),
    [
        (metric_widget(region=None), "/widgets/0/properties"),
        (metric_widget(metrics=None), "/widgets/0/properties"),
        (metric_widget(metrics=[["N"]]), "/widgets/0/properties/metrics/0"),
        (metric_widget(metrics=[[".", "M"]]), "/widgets/0/properties/metrics/0"),
        (metric_widget(metrics=[["N", 5]]), "/widgets/0/properties/metrics/0"),
        (metric_widget(view="clock"), "/widgets/0/properties/view"),
        (metric_widget() | {"x": 24}, "/widgets/0/x"),
        (metric_widget() | {"width": 25}, "/widgets/0/width"),
        ({"type": "picture", "properties": {}}, "/widgets/0/type"),
        ({"type": "text", "properties": {}}, "/widgets/0/properties"),
        ({"type": "text"}, "/widgets/0"),
    ],
)
def test_a_wrong_widget_is_refused_with_its_path(client: Any, widget: dict[str, Any], path: str) -> None:
    with pytest.raises(ClientError, match="dashboard body is invalid") as failure:
        put_dashboard(client, widget)
    assert f'"dataPath": "{path}"' in str(failure.value)


def test_a_doubtful_widget_is_kept_with_a_message(client: Any) -> None:
    (message,) = put_dashboard(client, metric_widget(period=61))
    assert message["DataPath"] == "/widgets/0/properties/period"


@pytest.mark.parametrize("body", ["no json", "[]", "{}"])
def test_a_body_that_is_no_dashboard_is_refused(client: Any, body: str) -> None:
    with pytest.raises(ClientError, match="validation errors"):
        client.put_dashboard(DashboardName="d", DashboardBody=body)


def test_the_aws_cli_reads_the_same(world: World, client: Any) -> None:
    client.put_metric_alarm(**ALARM)
    environment = {
        **os.environ,
        "AWS_ENDPOINT_URL": world.endpoint,
        "AWS_ACCESS_KEY_ID": "sandbox",
        "AWS_SECRET_ACCESS_KEY": "sandbox",
        "AWS_DEFAULT_REGION": world.region,
    }
    command = ["cloudwatch", "describe-alarms", "--alarm-name-prefix", "prod-", "--query", "MetricAlarms[*].AlarmName"]
    done = subprocess.run([AWS, *command], env=environment, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == ["prod-a"]


@pytest.mark.parametrize(
    ("headers", "body", "expected"),
    [
        (
            {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"},
            "Action=DescribeAlarms&Version=2010-08-01&AlarmNamePrefix=prod-",
            "<AlarmName>prod-a</AlarmName>",
        ),
        (
            {
                "Content-Type": "application/x-amz-json-1.0",
                "X-Amz-Target": "GraniteServiceVersion20100801.DescribeAlarms",
            },
            '{"AlarmNamePrefix": "prod-"}',
            '"AlarmName": "prod-a"',
        ),
    ],
)
def test_older_clients_ask_in_older_protocols(
    world: World, client: Any, headers: dict[str, str], body: str, expected: str
) -> None:
    client.put_metric_alarm(**ALARM)
    scope = f"20251125/{world.region}/monitoring/aws4_request"
    signed = {"Authorization": f"AWS4-HMAC-SHA256 Credential=sandbox/{scope}, SignedHeaders=host, Signature=0"}
    answer = httpx.post(world.endpoint, headers=headers | signed, content=body, trust_env=False)
    assert answer.status_code == 200
    assert expected in answer.text
