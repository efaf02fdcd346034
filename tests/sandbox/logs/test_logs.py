"""CloudWatch Logs: search with pages, metric filters that count, deliveries."""

from __future__ import annotations

import gc
import json
import math
import weakref
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.logs.models import LogEvent

from sandbox.aws.cloudwatch import CloudWatch
from sandbox.aws.logs import Logs
from sandbox.world import World
from tests.clock import now, this_minute
from tests.sandbox.conftest import MakeWorld
from tests.sandbox.sample import ACCOUNT_ID, REGION

GROUP = "/aws/ec2/web-server"


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    world = make_world(CloudWatch, Logs)
    world.client("logs").create_log_group(logGroupName=GROUP)
    return world


@pytest.fixture
def client(world: World) -> Any:
    return world.client("logs")


def write(world: World, *lines: str, stream: str = "i-1/access", minutes_ago: int = 1) -> None:
    world.service("logs").append(GROUP, stream, lines, this_minute() - timedelta(minutes=minutes_ago))


def found(answer: dict[str, Any]) -> list[str]:
    return [event["message"] for event in answer["events"]]


class Heartbeat:
    """A line a second."""

    def __init__(self) -> None:
        self.told = 0

    def __call__(self, since: float, until: float) -> Iterator[tuple[int, str]]:
        for second in range(math.ceil(since), math.ceil(until)):
            self.told += 1
            yield second * 1000, f"beat {second}"

    def kinds(self, since: float, until: float) -> frozenset[str]:
        return frozenset({"beat 1"})


@pytest.mark.parametrize(("pattern", "lines"), [("", 60), ("beat", 60), (r"%beat\s[0-9]%", 60), ("ERROR", 0)])
def test_lines_that_a_pattern_cannot_match_are_not_told(world: World, client: Any, pattern: str, lines: int) -> None:
    ended, beats = this_minute().timestamp(), Heartbeat()
    world.service("logs").tell(GROUP, "i-1/beat", ended - 60, ended, beats)
    beats.told = 0
    assert len(found(client.filter_log_events(logGroupName=GROUP, filterPattern=pattern))) == lines
    assert beats.told == lines


def test_search_goes_over_streams_in_order_of_time(world: World, client: Any) -> None:
    write(world, "third", stream="b", minutes_ago=1)
    write(world, "first", stream="a", minutes_ago=3)
    write(world, "second", stream="c", minutes_ago=2)
    assert found(client.filter_log_events(logGroupName=GROUP)) == ["first", "second", "third"]
    assert found(client.filter_log_events(logGroupName=GROUP, logStreamNames=["a", "c"])) == ["first", "second"]
    since = int((this_minute() - timedelta(minutes=2)).timestamp() * 1000)
    assert found(client.filter_log_events(logGroupName=GROUP, startTime=since, endTime=since)) == ["second"]


def test_search_pages_and_new_lines_do_not_disturb_it(world: World, client: Any) -> None:
    write(world, "1", "2", "3", "4", "5")
    first = client.filter_log_events(logGroupName=GROUP, limit=2)
    write(world, "earlier", minutes_ago=5)
    second = client.filter_log_events(logGroupName=GROUP, limit=2, nextToken=first["nextToken"])
    third = client.filter_log_events(logGroupName=GROUP, limit=2, nextToken=second["nextToken"])
    assert [found(page) for page in (first, second, third)] == [["1", "2"], ["3", "4"], ["5"]]
    assert "nextToken" not in third


def test_a_page_can_be_empty_and_not_the_last(world: World, client: Any) -> None:
    write(world, "line")
    world.faults.activate("empty-pages")
    first = client.filter_log_events(logGroupName=GROUP)
    assert (found(first), "nextToken" in first) == ([], True)
    assert found(client.filter_log_events(logGroupName=GROUP, nextToken=first["nextToken"])) == ["line"]


def test_an_unknown_pattern_or_group_is_an_error(client: Any) -> None:
    with pytest.raises(ClientError, match="Invalid filter pattern"):
        client.filter_log_events(logGroupName=GROUP, filterPattern="error:x")
    with pytest.raises(ClientError, match="log group does not exist"):
        client.filter_log_events(logGroupName="/nowhere")


def put_filter(client: Any, pattern: str = "?ERROR", **transformation: Any) -> None:
    given = {"metricName": "Errors", "metricNamespace": "Web", "metricValue": "1", **transformation}
    client.put_metric_filter(
        logGroupName=GROUP, filterName="errors", filterPattern=pattern, metricTransformations=[given]
    )


def counted(world: World, **request: Any) -> float | None:
    answer = world.client("cloudwatch").get_metric_statistics(
        Namespace="Web",
        MetricName="Errors",
        StartTime=this_minute() - timedelta(minutes=10),
        EndTime=this_minute() + timedelta(minutes=10),
        Period=1200,
        Statistics=["Sum"],
        **request,
    )
    return answer["Datapoints"][0]["Sum"] if answer["Datapoints"] else None


def put_lines(client: Any, *lines: str) -> None:
    client.create_log_stream(logGroupName=GROUP, logStreamName="s")
    at = int(now().timestamp() * 1000)
    events = [{"timestamp": at, "message": line} for line in lines]
    client.put_log_events(logGroupName=GROUP, logStreamName="s", logEvents=events)


def test_a_metric_filter_counts_the_matching_lines(world: World, client: Any) -> None:
    put_filter(client)
    put_lines(client, "ERROR one", "fine", "ERROR two")
    assert counted(world) == 2


def test_lines_from_before_the_filter_do_not_count(world: World, client: Any) -> None:
    write(world, "ERROR before")
    put_filter(client)
    assert counted(world) is None


def test_forgotten_lines_are_not_counted_any_more_not_even_of_the_minute_in_which_the_filter_was_made(
    world: World, client: Any
) -> None:
    put_filter(client)
    put_lines(client, "ERROR one")
    world.service("logs").forget(GROUP, this_minute() - timedelta(minutes=10), lambda _: True)
    assert counted(world) is None


@pytest.fixture
def young() -> Iterator[None]:
    """What is made stays in the youngest generation, which one looks through soon."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("young")
def test_forgotten_lines_leave_the_memory_too(world: World) -> None:
    write(world, "forgotten")
    (line,) = [one for one in gc.get_objects(0) if isinstance(one, LogEvent) and one.message == "forgotten"]
    kept = weakref.ref(line)
    del line
    world.service("logs").forget(GROUP, this_minute() - timedelta(minutes=10), lambda _: True)
    gc.collect(0)
    assert kept() is None


def test_the_default_value_is_for_minutes_with_other_lines_only(world: World, client: Any) -> None:
    put_filter(client, defaultValue=0)
    put_lines(client, "fine", "fine")
    assert counted(world) == 0


def test_a_value_and_a_dimension_taken_from_the_line(world: World, client: Any) -> None:
    put_filter(client, "{ $.took > 0 }", metricValue="$.took", dimensions={"Path": "$.path"})
    put_lines(client, '{"took": 2.5, "path": "/a"}', '{"took": 4, "path": "/b"}', '{"took": -1, "path": "/a"}')
    assert counted(world, Dimensions=[{"Name": "Path", "Value": "/a"}]) == 2.5


def test_metric_filters_are_described_replaced_and_deleted(client: Any) -> None:
    put_filter(client, "ONE")
    put_filter(client, "TWO")
    (described,) = client.describe_metric_filters(logGroupName=GROUP)["metricFilters"]
    assert described["filterPattern"] == "TWO"
    client.delete_metric_filter(logGroupName=GROUP, filterName="errors")
    assert client.describe_metric_filters()["metricFilters"] == []
    with pytest.raises(ClientError, match="does not exist"):
        client.delete_metric_filter(logGroupName=GROUP, filterName="errors")


def test_filters_go_with_their_group(client: Any) -> None:
    put_filter(client)
    client.delete_log_group(logGroupName=GROUP)
    assert client.describe_metric_filters()["metricFilters"] == []


@pytest.mark.parametrize(
    ("transformation", "problem"),
    [({"metricValue": "one"}, "no number"), ({"dimensions": {"A": "$.a"}, "defaultValue": 0}, "exclude each other")],
)
def test_transformations_that_aws_refuses(client: Any, transformation: dict[str, Any], problem: str) -> None:
    with pytest.raises(ClientError, match=problem):
        put_filter(client, **transformation)


BALANCER = "arn:aws:elasticloadbalancing:ap-southeast-2:123456789012:loadbalancer/app/web-prod/1"


@pytest.fixture
def delivery(world: World, client: Any) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "delivery.logs.amazonaws.com"},
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": f"arn:aws:logs:{world.region}:{world.account_id}:log-group:{GROUP}:*",
        "Condition": {"StringEquals": {"aws:SourceAccount": world.account_id}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    client.put_resource_policy(policyName="delivery", policyDocument=policy)
    client.put_delivery_source(name="source", resourceArn=BALANCER, logType="ALB_ACCESS_LOGS", tags={"a": "1"})
    arn = f"arn:aws:logs:{world.region}:{world.account_id}:log-group:{GROUP}"
    destination = client.put_delivery_destination(
        name="destination", deliveryDestinationConfiguration={"destinationResourceArn": f"{arn}:*"}
    )["deliveryDestination"]
    created = client.create_delivery(deliverySourceName="source", deliveryDestinationArn=destination["arn"])
    return created["delivery"]["id"]


def test_a_delivery_says_where_the_load_balancers_log_goes(world: World, delivery: str) -> None:
    (found_,) = world.service("logs").deliveries_of(BALANCER, "ALB_ACCESS_LOGS")
    assert found_.log_group == GROUP
    assert world.service("logs").deliveries_of(f"{BALANCER}0", "ALB_ACCESS_LOGS") == []


def test_a_delivery_that_the_log_groups_policy_does_not_let_in_brings_nothing(
    world: World, client: Any, delivery: str
) -> None:
    client.delete_resource_policy(policyName="delivery")
    assert world.service("logs").deliveries_of(BALANCER, "ALB_ACCESS_LOGS") == []


def test_a_delivery_holds_its_source_and_destination(client: Any, delivery: str) -> None:
    assert client.get_delivery(id=delivery)["delivery"]["deliverySourceName"] == "source"
    with pytest.raises(ClientError, match="delete the delivery first"):
        client.delete_delivery_source(name="source")
    client.delete_delivery(id=delivery)
    client.delete_delivery_source(name="source")
    client.delete_delivery_destination(name="destination")
    assert client.describe_deliveries()["deliveries"] == []
    with pytest.raises(ClientError, match="does not exist"):
        client.get_delivery_source(name="source")


def test_tags_of_deliveries_and_of_groups(client: Any, delivery: str) -> None:
    arn = client.get_delivery_source(name="source")["deliverySource"]["arn"]
    client.tag_resource(resourceArn=arn, tags={"b": "2"})
    client.untag_resource(resourceArn=arn, tagKeys=["a"])
    assert client.list_tags_for_resource(resourceArn=arn)["tags"] == {"b": "2"}
    group = client.describe_log_groups()["logGroups"][0]["logGroupArn"]
    client.tag_resource(resourceArn=group, tags={"c": "3"})
    assert client.list_tags_for_resource(resourceArn=group)["tags"] == {"c": "3"}


def test_a_source_keeps_its_resource(client: Any, delivery: str) -> None:
    with pytest.raises(ClientError, match="new ResourceId"):
        client.put_delivery_source(name="source", resourceArn=f"{BALANCER}0", logType="ALB_ACCESS_LOGS")


def test_a_pattern_can_be_tried_on_messages_before_it_is_used(client: Any) -> None:
    messages = ["ERROR one", "fine", "x ERROR"]
    matches = client.test_metric_filter(filterPattern="ERROR", logEventMessages=messages)["matches"]
    assert [(each["eventNumber"], each["eventMessage"]) for each in matches] == [(1, "ERROR one"), (3, "x ERROR")]
    with pytest.raises(client.exceptions.InvalidParameterException):
        client.test_metric_filter(filterPattern='{ $.x = "', logEventMessages=["x"])


@pytest.mark.parametrize("arn", ["arn:aws:bad", f"arn:aws:logs:{REGION}:{ACCOUNT_ID}:log-group:none"])
def test_what_does_not_exist_has_no_tags_and_gets_none(client: Any, arn: str) -> None:
    for call, more in (
        ("tag_resource", {"tags": {"a": "b"}}),
        ("untag_resource", {"tagKeys": ["a"]}),
        ("list_tags_for_resource", {}),
    ):
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            getattr(client, call)(resourceArn=arn, **more)
