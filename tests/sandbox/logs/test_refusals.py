"""What CloudWatch Logs was recorded to refuse, and what the sandbox does not act on."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.aws.cloudwatch import CloudWatch
from sandbox.aws.logs import Logs
from tests.sandbox.conftest import MakeWorld

TRANSFORMATION = {"metricNamespace": "n", "metricName": "m", "metricValue": "1"}
FILTER = {"filterName": "f", "filterPattern": "", "metricTransformations": [TRANSFORMATION], "logGroupName": "group"}


@pytest.fixture
def client(make_world: MakeWorld) -> Any:
    client: Any = make_world(Logs, CloudWatch).client("logs")
    client.create_log_group(logGroupName="group")
    client.create_log_stream(logGroupName="group", logStreamName="stream")
    return client


def refusal(client: Any, operation: str, request: dict[str, Any]) -> str:
    with pytest.raises(ClientError) as refused:
        getattr(client, operation)(**request)
    error: Any = refused.value.response
    return error["Error"]["Code"]


@pytest.mark.parametrize(
    ("operation", "request_", "code"),
    [
        ("filter_log_events", {"logGroupName": "group", "limit": 10_001}, "InvalidParameterException"),
        ("put_metric_filter", FILTER | {"filterName": "X" * 513}, "InvalidParameterException"),
        ("put_metric_filter", FILTER | {"filterPattern": "X" * 1025}, "InvalidParameterException"),
        ("put_metric_filter", FILTER | {"metricTransformations": [TRANSFORMATION] * 2}, "InvalidParameterException"),
        ("delete_metric_filter", {"logGroupName": "group", "filterName": "X" * 513}, "InvalidParameterException"),
        ("describe_metric_filters", {"filterNamePrefix": "X" * 513}, "InvalidParameterException"),
        ("describe_metric_filters", {"nextToken": "page two"}, "InvalidParameterException"),
        ("create_log_group", {"logGroupName": "a b"}, "InvalidParameterException"),
        ("describe_log_groups", {"logGroupNamePrefix": "a", "logGroupNamePattern": "b"}, "InvalidParameterException"),
        ("describe_log_streams", {"logGroupName": "a", "logGroupIdentifier": "a"}, "ValidationException"),
        ("describe_log_streams", {}, "InvalidParameterException"),
        ("create_log_stream", {"logGroupName": "group", "logStreamName": "stream"}, "ResourceAlreadyExistsException"),
        ("get_log_events", {"logGroupName": "group", "logStreamName": "none"}, "ResourceNotFoundException"),
        ("get_log_events", {"logGroupName": "none", "logStreamName": "stream"}, "ResourceNotFoundException"),
        ("put_resource_policy", {"policyName": "p", "policyDocument": "{"}, "InvalidParameterException"),
        ("delete_resource_policy", {"policyName": "none"}, "ResourceNotFoundException"),
        ("get_delivery_source", {"name": "none"}, "ResourceNotFoundException"),
        (
            "put_delivery_source",
            {"name": "s", "resourceArn": "arn:aws:s3:::bucket", "logType": "ACCESS_LOGS"},
            "ResourceNotFoundException",
        ),
        ("put_delivery_source", {"name": "s", "resourceArn": "x", "logType": "ACCESS_LOGS"}, "ValidationException"),
        (
            "put_delivery_destination",
            {
                "name": "d",
                "outputFormat": "foobar",
                "deliveryDestinationConfiguration": {"destinationResourceArn": "arn:aws:s3:::bucket"},
            },
            "ValidationException",
        ),
    ],
)
def test_what_aws_refuses_is_refused_with_its_code(
    client: Any, operation: str, request_: dict[str, Any], code: str
) -> None:
    assert refusal(client, operation, request_) == code


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("put_metric_filter", FILTER | {"applyOnTransformedLogs": True}),
        ("create_log_group", {"logGroupName": "g", "logGroupClass": "INFREQUENT_ACCESS"}),
        ("create_log_group", {"logGroupName": "g", "deletionProtectionEnabled": True}),
        (
            "put_delivery_source",
            {"name": "s", "resourceArn": "arn:aws:cloudfront::123456789012:distribution/E1", "logType": "ACCESS_LOGS"},
        ),
        (
            "put_delivery_destination",
            {"name": "d", "deliveryDestinationConfiguration": {"destinationResourceArn": "arn:aws:s3:::bucket"}},
        ),
    ],
)
def test_what_nothing_here_acts_on_is_no_verdict_of_aws(client: Any, operation: str, request_: dict[str, Any]) -> None:
    assert refusal(client, operation, request_) == "SandboxUnsupported"


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("start_query", {"logGroupName": "group", "startTime": 0, "endTime": 1, "queryString": "fields @message"}),
        (
            "put_subscription_filter",
            {"logGroupName": "group", "filterName": "f", "filterPattern": "", "destinationArn": "arn:aws:lambda:x"},
        ),
    ],
)
def test_what_is_only_kept_and_never_run_is_unknown(client: Any, operation: str, request_: dict[str, Any]) -> None:
    assert refusal(client, operation, request_) == "SandboxUnknownOperation"


def test_log_groups_are_found_by_a_part_of_their_name(client: Any) -> None:
    client.create_log_group(logGroupName="/app/web")
    (found,) = client.describe_log_groups(logGroupNamePattern="web")["logGroups"]
    described = (found["logGroupName"], found["logGroupClass"], found["deletionProtectionEnabled"])
    assert described == ("/app/web", "STANDARD", False)
