"""Metric data over the wire: written, read, paged, refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.world import World
from tests.clock import this_minute
from tests.sandbox.cloudwatch.shapes import code_of, query


def put(client: Any, values: list[float], metric: str = "M") -> None:
    """One value a minute, the last for the minute before now."""
    first = this_minute() - timedelta(minutes=len(values))
    data = [
        {"MetricName": metric, "Value": value, "Timestamp": first + timedelta(minutes=index)}
        for index, value in enumerate(values)
    ]
    client.put_metric_data(Namespace="N", MetricData=data)


def get(client: Any, queries: list[dict[str, Any]], **request: Any) -> dict[str, Any]:
    return client.get_metric_data(
        MetricDataQueries=queries, StartTime=this_minute() - timedelta(minutes=10), EndTime=this_minute(), **request
    )


def test_metric_data_newest_first_unless_asked_otherwise(client: Any) -> None:
    put(client, [1, 2, 3])
    assert get(client, [query()])["MetricDataResults"][0]["Values"] == [3, 2, 1]
    ascending = get(client, [query()], ScanBy="TimestampAscending")["MetricDataResults"][0]
    assert ascending["Values"] == [1, 2, 3]
    assert ascending["Timestamps"][0] == this_minute() - timedelta(minutes=3)
    assert (ascending["Label"], ascending["StatusCode"]) == ("M", "Complete")


def test_metric_data_pages_until_the_token_is_gone(client: Any) -> None:
    put(client, [1, 2, 3, 4, 5])
    put(client, [7], "O")
    pages = list(
        client.get_paginator("get_metric_data").paginate(
            MetricDataQueries=[query(), query("O")],
            StartTime=this_minute() - timedelta(minutes=10),
            EndTime=this_minute(),
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
    before = this_minute() - timedelta(minutes=2)
    data = [
        {"MetricName": "M", "Values": [1.0, 3.0], "Counts": [1.0, 3.0], "Timestamp": before},
        {
            "MetricName": "M",
            "StatisticValues": {"SampleCount": 2, "Sum": 10, "Minimum": 2, "Maximum": 8},
            "Timestamp": this_minute() - timedelta(minutes=1),
        },
    ]
    client.put_metric_data(Namespace="N", MetricData=data)
    (point,) = client.get_metric_statistics(
        Namespace="N",
        MetricName="M",
        StartTime=this_minute() - timedelta(minutes=5),
        EndTime=this_minute(),
        Period=300,
        Statistics=["Average", "Sum", "SampleCount", "Minimum", "Maximum"],
    )["Datapoints"]
    assert point["Timestamp"] == this_minute() - timedelta(minutes=5)
    assert {key: point[key] for key in ("Sum", "SampleCount", "Minimum", "Maximum")} == {
        "Sum": 20,
        "SampleCount": 6,
        "Minimum": 1,
        "Maximum": 8,
    }


def test_extended_statistics(client: Any) -> None:
    client.put_metric_data(
        Namespace="N",
        MetricData=[{"MetricName": "M", "Values": [1.0, 9.0], "Counts": [90.0, 10.0], "Timestamp": this_minute()}],
    )
    (point,) = client.get_metric_statistics(
        Namespace="N",
        MetricName="M",
        StartTime=this_minute(),
        EndTime=this_minute() + timedelta(minutes=1),
        Period=60,
        ExtendedStatistics=["p90", "p91"],
    )["Datapoints"]
    assert point["ExtendedStatistics"] == {"p90": 1, "p91": 9}


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"Period": 60, "StartTime": timedelta(days=2)}, "InvalidParameterCombination"),
        ({"Period": 1, "StartTime": timedelta(days=1)}, "InvalidParameterCombination"),
        ({"StartTime": timedelta()}, "InvalidParameterValue"),
        ({"Period": 90}, "InvalidParameterValue"),
        ({"Statistics": []}, "InvalidParameterCombination"),
        ({"ExtendedStatistics": ["p90"]}, "InvalidParameterCombination"),
        ({"Statistics": [], "ExtendedStatistics": ["p101"]}, "InvalidParameterValue"),
        ({"Statistics": ["Median"]}, "ValidationError"),
        ({"Statistics": ["Sum"] * 6}, "ValidationError"),
        ({"Period": 30}, "SandboxUnsupported"),
    ],
)
def test_statistics_that_aws_refuses(client: Any, request_: dict[str, Any], code: str) -> None:
    good = {"StartTime": timedelta(hours=1), "EndTime": this_minute(), "Period": 300, "Statistics": ["Sum"]}
    given = {key: value for key, value in (good | request_).items() if value != []}
    given["StartTime"] = given["EndTime"] - given["StartTime"]
    with pytest.raises(ClientError) as failure:
        client.get_metric_statistics(Namespace="N", MetricName="M", **given)
    assert code_of(failure) == code


def test_1440_datapoints_are_not_too_many_whatever_the_seconds(client: Any) -> None:
    start = this_minute() - timedelta(days=1, seconds=-7)
    asked = {"StartTime": start, "EndTime": start + timedelta(days=1), "Period": 60, "Statistics": ["Sum"]}
    assert client.get_metric_statistics(Namespace="N", MetricName="M", **asked)["Datapoints"] == []
    with pytest.raises(ClientError, match="up to 86400 datapoints, which exceeds the limit of 1440"):
        client.get_metric_statistics(Namespace="N", MetricName="M", **(asked | {"Period": 1}))


SET = {"SampleCount": 10, "Sum": 55, "Minimum": 1, "Maximum": 10}


@pytest.mark.parametrize(
    ("datum", "code", "message"),
    [
        (
            {"Value": 1.5, "Values": [1.0, 10.0]},
            "InvalidParameterCombination",
            "The parameters MetricData.member.2.Value and MetricData.member.2.Values are mutually exclusive and you "
            "have specified both.",
        ),
        (
            {"Value": 1.5, "StatisticValues": SET},
            "InvalidParameterCombination",
            "The parameters MetricData.member.2.Value and MetricData.member.2.StatisticValues are mutually exclusive "
            "and you have specified both.",
        ),
        (
            {"Values": [1.0, 10.0], "Counts": [2, 4, 5]},
            "InvalidParameterValue",
            "The parameters MetricData.member.2.Values and MetricData.member.2.Counts must be of the same size.",
        ),
    ],
)
def test_a_datum_with_two_kinds_of_values_is_refused_and_nothing_of_its_request_kept(
    client: Any, datum: dict[str, Any], code: str, message: str
) -> None:
    data = [{"MetricName": "good", "Value": 1}, {"MetricName": "M", **datum}]
    with pytest.raises(ClientError) as failure:
        client.put_metric_data(Namespace="N", MetricData=data)
    assert (code_of(failure), message in str(failure.value)) == (code, True)
    assert client.list_metrics(Namespace="N")["Metrics"] == []


def test_values_beside_a_statistic_set_are_accepted_as_aws_does(client: Any) -> None:
    client.put_metric_data(Namespace="N", MetricData=[{"MetricName": "M", "Values": [1.0], "StatisticValues": SET}])


def test_other_dimensions_are_another_metric(world: World, client: Any) -> None:
    cloudwatch = world.service("cloudwatch")
    cloudwatch.record("AWS/ApplicationELB", "RequestCount", {"LoadBalancer": "app/web-prod/1"}, 5, unit="Count")
    listed = client.list_metrics(Namespace="AWS/ApplicationELB")["Metrics"]
    assert [metric["Dimensions"] for metric in listed] == [[{"Name": "LoadBalancer", "Value": "app/web-prod/1"}]]
    by_dns_name = client.get_metric_statistics(
        Namespace="AWS/ApplicationELB",
        MetricName="RequestCount",
        Dimensions=[{"Name": "LoadBalancer", "Value": "web-prod-1.elb.amazonaws.com"}],
        StartTime=this_minute() - timedelta(hours=1),
        EndTime=this_minute() + timedelta(hours=1),
        Period=3600,
        Statistics=["Sum"],
    )
    assert by_dns_name["Datapoints"] == []


def test_data_in_aws_namespaces_is_aws_own(client: Any) -> None:
    with pytest.raises(ClientError, match="AWS/"):
        client.put_metric_data(Namespace="AWS/EC2", MetricData=[{"MetricName": "M", "Value": 1}])
