from __future__ import annotations

from typing import Any

import pytest

from sandbox.aws.cloudformation.intrinsics import UNKNOWN
from sandbox.aws.cloudformation.plan import Recreation, differences
from sandbox.aws.cloudformation.resources.base import HANDLERS
from sandbox.aws.cloudformation.schema import ResourceSchema, resource_schema


def schema(type_name: str) -> ResourceSchema:
    found = resource_schema("ap-southeast-2", type_name)
    assert found is not None
    return found


def test_aws_has_every_type_that_is_made_here_and_every_attribute_of_it() -> None:
    for type_name, handler in HANDLERS.items():
        known = schema(type_name)
        attributes = {name.split(".")[0] for name in handler.attributes}
        assert attributes <= {*known.properties, *(name.split(".")[0] for name in known.read_only)}, type_name
        assert handler.updaters.keys() | handler.replaces_on <= known.properties.keys(), type_name
        assert not handler.updaters.keys() & (known.create_only | handler.replaces_on), type_name
        assert all(hasattr(handler, method) for method in handler.updaters.values()), type_name


def test_a_type_that_aws_does_not_have_has_no_schema() -> None:
    assert resource_schema("ap-southeast-2", "AWS::EC2::Vpc") is None


@pytest.mark.parametrize(
    ("type_name", "properties", "conforming"),
    [
        ("AWS::EC2::VPC", {"CidrBlock": "10.0.0.0/16", "EnableDnsSupport": "true"}, {"EnableDnsSupport": True}),
        ("AWS::Logs::LogGroup", {"RetentionInDays": "14"}, {"RetentionInDays": 14}),
        (
            "AWS::AutoScaling::AutoScalingGroup",
            {"MinSize": 1, "MaxSize": 2, "InstanceId": "i-1"},
            {"MinSize": "1", "MaxSize": "2"},
        ),
        (
            "AWS::ElasticLoadBalancingV2::TargetGroup",
            {"Port": "80", "Matcher": {"HttpCode": 200}},
            {"Port": 80, "Matcher": {"HttpCode": "200"}},
        ),
    ],
)
def test_values_take_the_schema_types(type_name: str, properties: dict[str, Any], conforming: dict[str, Any]) -> None:
    found, problems = schema(type_name).conform(properties)
    assert problems == []
    assert found == {**properties, **conforming}


@pytest.mark.parametrize(
    ("type_name", "properties", "problem"),
    [
        ("AWS::Logs::LogGroup", {"Retention": 1}, "#: extraneous key [Retention] is not permitted"),
        ("AWS::Logs::LogGroup", {"RetentionInDays": 2}, "#/RetentionInDays: 2 is not a valid enum value"),
        ("AWS::SSM::Parameter", {"Type": "String"}, "#: required key [Value] not found"),
        ("AWS::EC2::VPC", {"CidrBlock": {"a": 1}}, "#/CidrBlock: expected type: String, found: JSONObject"),
        ("AWS::EC2::VPC", {"EnableDnsSupport": "maybe"}, "#/EnableDnsSupport: expected type: Boolean, found: String"),
        (
            "AWS::ElasticLoadBalancingV2::TargetGroup",
            {"Matcher": {"Code": "200"}},
            "#/Matcher: extraneous key [Code] is not permitted",
        ),
        (
            "AWS::ElasticLoadBalancingV2::TargetGroup",
            {"HealthCheckTimeoutSeconds": 1000},
            "#/HealthCheckTimeoutSeconds: failed validation constraint for keyword [maximum]",
        ),
    ],
)
def test_what_does_not_conform_is_told(type_name: str, properties: dict[str, Any], problem: str) -> None:
    assert problem in schema(type_name).conform(properties)[1]


def test_what_is_not_known_yet_conforms() -> None:
    assert schema("AWS::EC2::VPC").conform({"CidrBlock": UNKNOWN}) == ({"CidrBlock": UNKNOWN}, [])


@pytest.mark.parametrize(
    ("type_name", "before", "after", "recreation"),
    [
        ("AWS::EC2::VPC", {"CidrBlock": "10.0.0.0/16"}, {"CidrBlock": "10.1.0.0/16"}, Recreation.ALWAYS),
        ("AWS::EC2::VPC", {}, {"EnableDnsSupport": True}, Recreation.NEVER),
        ("AWS::EC2::VPC", {"InstanceTenancy": "default"}, {"InstanceTenancy": "dedicated"}, Recreation.ALWAYS),
        ("AWS::SSM::Parameter", {"Name": "/a"}, {"Name": "/b"}, Recreation.ALWAYS),
        ("AWS::SSM::Parameter", {"Value": "1"}, {"Value": "2"}, Recreation.NEVER),
        ("AWS::EC2::Subnet", {"VpcId": "vpc-1"}, {"VpcId": UNKNOWN}, Recreation.CONDITIONALLY),
        ("AWS::SSM::Parameter", {"Value": "1", "Tier": "Standard"}, {"Value": "1"}, Recreation.NEVER),
    ],
)
def test_a_changed_property_replaces_as_aws_says(
    type_name: str, before: dict[str, Any], after: dict[str, Any], recreation: Recreation
) -> None:
    (change,) = differences(schema(type_name), HANDLERS[type_name].replaces_on, before, after)
    assert change.recreation is recreation


def test_equal_properties_do_not_differ() -> None:
    assert differences(schema("AWS::EC2::VPC"), frozenset(), {"CidrBlock": "x"}, {"CidrBlock": "x"}) == []
