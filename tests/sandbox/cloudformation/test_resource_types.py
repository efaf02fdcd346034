"""Every resource type: made, left alone by the same template, changed, and gone after the stack."""

from __future__ import annotations

import pytest

from sandbox.aws.cloudformation.errors import ValidationError
from sandbox.aws.cloudformation.resources.base import HANDLERS, Context
from tests.sandbox.cloudformation.conftest import Stacks, template
from tests.sandbox.cloudformation.samples import (
    ALARM,
    ALLOW,
    ASG,
    ATTACHMENT,
    BALANCER,
    FILTER,
    FORWARD,
    GATEWAY,
    GROUP,
    HTTP,
    HTTPS,
    IMAGE,
    INSTANCE,
    JSON,
    LISTENER,
    LOAD_BALANCING,
    LOG_GROUP,
    MORE_TAGS,
    NETWORK,
    POLICY,
    PROFILE,
    PUBLIC_SUBNET,
    RECORD,
    ROLE,
    RULE,
    SCALING,
    SUBNET,
    TABLE,
    TAGS,
    TARGETS,
    TEMPLATE,
    TOPIC,
    TRUST,
    VPC,
    ZONE,
    of,
)

# name of the resource under test, what it needs, itself, and properties that change in place
CASES: list[tuple[str, JSON, JSON, JSON]] = [
    ("Vpc", {}, VPC, {"EnableDnsHostnames": True, "Tags": TAGS}),
    ("Subnet", {"Vpc": VPC}, SUBNET, {"MapPublicIpOnLaunch": True, "Tags": TAGS}),
    ("Gateway", {}, {**GATEWAY, "Properties": {"Tags": TAGS}}, {"Tags": MORE_TAGS}),
    ("Attachment", {"Vpc": VPC, "Gateway": GATEWAY}, ATTACHMENT, {}),
    ("Table", {"Vpc": VPC}, TABLE, {"Tags": TAGS}),
    (
        "Route",
        {"Vpc": VPC, "Gateway": GATEWAY, "Attachment": ATTACHMENT, "Table": TABLE, "Other": GATEWAY},
        {
            **of(
                "AWS::EC2::Route",
                RouteTableId={"Ref": "Table"},
                DestinationCidrBlock="0.0.0.0/0",
                GatewayId={"Ref": "Gateway"},
            ),
            "DependsOn": "Attachment",
        },
        {"GatewayId": {"Ref": "Other"}},
    ),
    (
        "Association",
        {"Vpc": VPC, "Subnet": SUBNET, "Table": TABLE},
        of("AWS::EC2::SubnetRouteTableAssociation", SubnetId={"Ref": "Subnet"}, RouteTableId={"Ref": "Table"}),
        {},
    ),
    ("Address", {}, of("AWS::EC2::EIP", Domain="vpc"), {"Tags": TAGS}),
    (
        "Nat",
        {"Vpc": VPC, "Subnet": SUBNET, "Address": of("AWS::EC2::EIP", Domain="vpc")},
        of(
            "AWS::EC2::NatGateway",
            SubnetId={"Ref": "Subnet"},
            AllocationId={"Fn::GetAtt": ["Address", "AllocationId"]},
        ),
        {"Tags": TAGS},
    ),
    (
        "Group",
        {"Vpc": VPC},
        {**GROUP, "Properties": {**GROUP["Properties"], "SecurityGroupIngress": [HTTP], "SecurityGroupEgress": [HTTP]}},
        {"SecurityGroupIngress": [HTTPS], "SecurityGroupEgress": [HTTPS], "Tags": TAGS},
    ),
    (
        "Ingress",
        {"Vpc": VPC, "Group": GROUP},
        of("AWS::EC2::SecurityGroupIngress", GroupId={"Ref": "Group"}, **HTTP),
        {},
    ),
    (
        "Egress",
        {"Vpc": VPC, "Group": GROUP},
        of("AWS::EC2::SecurityGroupEgress", GroupId={"Ref": "Group"}, **HTTP),
        {},
    ),
    (
        "Balancer",
        NETWORK,
        BALANCER,
        {"LoadBalancerAttributes": [{"Key": "idle_timeout.timeout_seconds", "Value": "90"}], "Tags": TAGS},
    ),
    (
        "Targets",
        {"Vpc": VPC},
        TARGETS,
        {
            "HealthCheckPath": "/health",
            "TargetGroupAttributes": [{"Key": "deregistration_delay.timeout_seconds", "Value": "30"}],
            "Tags": TAGS,
        },
    ),
    ("Listener", {k: v for k, v in LOAD_BALANCING.items() if k != "Listener"}, LISTENER, {"Port": 81, "Tags": TAGS}),
    (
        "Rule",
        LOAD_BALANCING,
        of(
            "AWS::ElasticLoadBalancingV2::ListenerRule",
            ListenerArn={"Ref": "Listener"},
            Priority=1,
            Actions=FORWARD,
            Conditions=[{"Field": "path-pattern", "Values": ["/a"]}],
        ),
        {"Conditions": [{"Field": "path-pattern", "Values": ["/b"]}], "Priority": 2},
    ),
    (
        "Launch",
        {},
        TEMPLATE,
        {"LaunchTemplateData": {"ImageId": IMAGE, "InstanceType": "t3.small", "UserData": "ZWNobw=="}},
    ),
    (
        "Group",
        {k: v for k, v in SCALING.items() if k != "Group"},
        ASG,
        {"MaxSize": 3, "Cooldown": 60, "MetricsCollection": [{"Granularity": "1Minute"}]},
    ),
    (
        "Policy",
        SCALING,
        of(
            "AWS::AutoScaling::ScalingPolicy",
            AutoScalingGroupName={"Ref": "Group"},
            PolicyType="TargetTrackingScaling",
            TargetTrackingConfiguration={
                "PredefinedMetricSpecification": {"PredefinedMetricType": "ASGAverageCPUUtilization"},
                "TargetValue": 60,
            },
        ),
        {"EstimatedInstanceWarmup": 60},
    ),
    (
        "Role",
        {},
        ROLE,
        {
            "Description": "d",
            "Policies": [{"PolicyName": "p", "PolicyDocument": ALLOW}],
            "AssumeRolePolicyDocument": {**TRUST, "Id": "2"},
            "Tags": TAGS,
        },
    ),
    (
        "Profile",
        {"Role": ROLE, "Other": ROLE},
        PROFILE,
        {"Roles": [{"Ref": "Other"}]},
    ),
    ("Logs", {}, of("AWS::Logs::LogGroup", RetentionInDays=7, Tags=TAGS), {"RetentionInDays": 14, "Tags": MORE_TAGS}),
    (
        "Parameter",
        {},
        of("AWS::SSM::Parameter", Type="String", Value="1", Tags={"Environment": "dev"}),
        {"Value": "2", "Description": "d", "Tags": {"New": "1"}},
    ),
    (
        "Bucket",
        {},
        of("AWS::S3::Bucket", VersioningConfiguration={"Status": "Enabled"}),
        {"PublicAccessBlockConfiguration": {"BlockPublicAcls": True}, "Tags": TAGS},
    ),
    (
        "Policy",
        {"Bucket": of("AWS::S3::Bucket")},
        of("AWS::S3::BucketPolicy", Bucket={"Ref": "Bucket"}, PolicyDocument=ALLOW),
        {"PolicyDocument": {**ALLOW, "Id": "2"}},
    ),
    ("Topic", {}, of("AWS::SNS::Topic", DisplayName="a"), {"DisplayName": "b", "Tags": TAGS}),
    ("Handle", {}, of("AWS::CloudFormation::WaitConditionHandle"), {}),
    (
        "Alarm",
        {"Topic": TOPIC},
        {**ALARM, "Properties": {**ALARM["Properties"], "Tags": TAGS}},
        {"Threshold": 90, "AlarmActions": [{"Ref": "Topic"}], "TreatMissingData": "breaching", "Tags": MORE_TAGS},
    ),
    ("Filter", {"Logs": LOG_GROUP}, FILTER, {"FilterPattern": "FATAL"}),
    (
        "Rule",
        {"Topic": TOPIC},
        {**RULE, "Properties": {**RULE["Properties"], "Tags": TAGS}},
        {
            "State": "DISABLED",
            "EventPattern": {"source": ["aws.cloudformation"]},
            "Targets": [{"Id": "other", "Arn": {"Ref": "Topic"}}],
            "Tags": MORE_TAGS,
        },
    ),
    (
        "Server",
        {"Vpc": VPC, "Subnet": PUBLIC_SUBNET, "Group": GROUP, "Role": ROLE, "Profile": PROFILE},
        INSTANCE,
        {
            "InstanceType": "t3.small",
            "UserData": {"Fn::Base64": "echo more"},
            "SecurityGroupIds": [{"Ref": "Group"}],
            "IamInstanceProfile": {"Ref": "Profile"},
            "SourceDestCheck": False,
            "Tags": TAGS,
        },
    ),
    ("Policy", {"Role": ROLE, "Other": ROLE}, POLICY, {"PolicyName": "list", "Roles": [{"Ref": "Other"}]}),
    ("Record", {}, RECORD, {"TTL": "60", "ResourceRecords": ["192.0.2.2"], "Comment": "moved"}),
]


@pytest.fixture(autouse=True)
def _zone(stacks: Stacks) -> None:
    """Records stand in a zone that is there before any stack."""
    stacks.world.client("route53").create_hosted_zone(Name=ZONE, CallerReference="1")


def test_every_type_has_a_case() -> None:
    tested = {resource["Type"] for _, _, resource, _ in CASES}
    assert tested == HANDLERS.keys() - {"AWS::CloudFormation::Stack"}  # that one has a module of tests


@pytest.mark.parametrize(("name", "needs", "resource", "change"), CASES, ids=[c[2]["Type"] for c in CASES])
def test_a_type_lives_its_whole_life(stacks: Stacks, name: str, needs: JSON, resource: JSON, change: JSON) -> None:
    acknowledged = {"Capabilities": ["CAPABILITY_IAM"]}
    body = template(**{**needs, name: resource})
    stack = stacks.create("s", body, **acknowledged)
    assert stack.status == "CREATE_COMPLETE", [event.reason for event in stack.events if "FAILED" in event.status]
    physical = stack.resources[name].physical_id
    assert physical

    with pytest.raises(ValidationError, match="No updates are to be performed"):
        stacks.update("s", body, **acknowledged)

    for attribute in HANDLERS[resource["Type"]].attributes:
        handler = HANDLERS[resource["Type"]]
        context = Context(stacks.service.engine, stack, stack.resources[name])
        assert handler.attribute(context, physical, attribute) not in (None, ""), attribute

    if change:
        changed = {**resource, "Properties": {**resource["Properties"], **change}}
        stacks.update("s", template(**{**needs, name: changed}), **acknowledged)
        assert stack.status == "UPDATE_COMPLETE", [e.reason for e in stack.events if "FAILED" in e.status]
        assert stack.resources[name].physical_id == physical

    stacks.delete("s")
    assert stack.status == "DELETE_COMPLETE", [e.reason for e in stack.events if "FAILED" in e.status]
