"""EC2's status checks in pages."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.aws.ec2 import Ec2
from tests.sandbox.conftest import MakeWorld

RUNNING = 12


@pytest.fixture
def client(make_world: MakeWorld) -> Any:
    client = make_world(Ec2).client("ec2")
    started = client.run_instances(ImageId="ami-12c6146b", MinCount=RUNNING + 1, MaxCount=RUNNING + 1)["Instances"]
    client.stop_instances(InstanceIds=[started[0]["InstanceId"]])
    return client


def test_a_page_has_no_more_than_was_asked_for_and_names_the_next(client: Any) -> None:
    first = client.describe_instance_status(MaxResults=5)
    second = client.describe_instance_status(MaxResults=5, NextToken=first["NextToken"])
    last = client.describe_instance_status(MaxResults=5, NextToken=second["NextToken"])
    pages = [[one["InstanceId"] for one in page["InstanceStatuses"]] for page in (first, second, last)]
    assert [len(page) for page in pages] == [5, 5, 2]
    assert len({name for page in pages for name in page}) == RUNNING
    assert "NextToken" not in last


def test_pages_of_all_instances_have_those_that_do_not_run_too(client: Any) -> None:
    pages = client.get_paginator("describe_instance_status").paginate(
        IncludeAllInstances=True, PaginationConfig={"PageSize": 5}
    )
    states = [one["InstanceState"]["Name"] for page in pages for one in page["InstanceStatuses"]]
    assert sorted(states) == [*["running"] * RUNNING, "stopped"]


def test_without_instances_a_page_is_empty(make_world: MakeWorld) -> None:
    assert make_world(Ec2).client("ec2").describe_instance_status(MaxResults=5)["InstanceStatuses"] == []


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"MaxResults": 4}, "InvalidParameterValue"),
        ({"MaxResults": 1001}, "InvalidParameterValue"),
        ({"MaxResults": 5, "InstanceIds": ["i-0123456789abcdef0"]}, "InvalidParameterCombination"),
        ({"NextToken": "what"}, "InvalidNextToken"),
    ],
)
def test_what_ec2_refuses(client: Any, request_: dict[str, Any], code: str) -> None:
    with pytest.raises(ClientError, match=code):
        client.describe_instance_status(**request_)


def test_an_instance_is_started_from_an_image_or_a_launch_template(client: Any) -> None:
    with pytest.raises(ClientError, match=r"MissingParameter.*must contain the parameter ImageId"):
        client.run_instances(MinCount=1, MaxCount=1)
