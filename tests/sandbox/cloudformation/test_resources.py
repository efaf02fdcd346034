"""What single resource types do beyond being made and deleted, and what AWS refuses of them."""

from __future__ import annotations

import pytest

from sandbox.aws.cloudformation.errors import ValidationError
from tests.sandbox.cloudformation.conftest import Stacks, template
from tests.sandbox.cloudformation.samples import (
    ALLOW,
    ASG,
    BALANCER,
    GROUP,
    HTTP,
    IMAGE,
    JSON,
    LISTENER,
    LOAD_BALANCING,
    NETWORK,
    SCALING,
    SUBNET,
    TARGETS,
    TEMPLATE,
    TRUST,
    VPC,
    of,
)


def test_a_launch_template_has_a_version_more_after_a_change(stacks: Stacks) -> None:
    output = {"V": {"Value": {"Fn::GetAtt": ["Launch", "LatestVersionNumber"]}}}
    stack = stacks.create("s", template(Launch=TEMPLATE, outputs=output))
    changed = of("AWS::EC2::LaunchTemplate", LaunchTemplateData={"ImageId": IMAGE, "InstanceType": "t3.small"})
    stacks.update("s", template(Launch=changed, outputs=output))
    assert stack.outputs == {"V": "2"}


def test_a_rolling_update_replaces_every_instance_and_its_target(stacks: Stacks) -> None:
    policies = {
        "CreationPolicy": {"ResourceSignal": {"Count": 2, "Timeout": "PT5M"}},
        "UpdatePolicy": {
            "AutoScalingRollingUpdate": {
                "MinInstancesInService": 1,
                "MaxBatchSize": 1,
                "PauseTime": "PT5M",
                "WaitOnResourceSignals": True,
            }
        },
    }
    group = {
        **ASG,
        **policies,
        "Properties": {**ASG["Properties"], "MinSize": 2, "TargetGroupARNs": [{"Ref": "Targets"}]},
    }
    resources = {**LOAD_BALANCING, "Launch": TEMPLATE, "Group": group}
    stack = stacks.create("s", template(**resources))
    targets = stack.resources["Targets"].physical_id

    def registered() -> set[str]:
        health = stacks.world.client("elbv2").describe_target_health(TargetGroupArn=targets)
        return {entry["Target"]["Id"] for entry in health["TargetHealthDescriptions"]}

    before = registered()
    signals = [e.reason for e in stack.events if "Received SUCCESS signal" in e.reason]
    assert len(before) == len(signals) == 2
    begun = len(stack.events)
    changed = of("AWS::EC2::LaunchTemplate", LaunchTemplateData={"ImageId": IMAGE, "InstanceType": "t3.small"})
    stacks.update("s", template(**{**resources, "Launch": changed}))

    assert len(registered()) == 2
    assert not registered() & before
    reasons = [event.reason for event in stack.events[begun:] if event.logical_id == "Group" and event.reason]
    assert reasons[0] == (
        "Rolling update initiated. Terminating 2 obsolete instance(s) in batches of 1, while keeping at least 1 "
        "instance(s) in service. Waiting on resource signals with a timeout of PT5M when new instances are added "
        "to the autoscaling group."
    )
    assert sum(reason.startswith("Received SUCCESS signal") for reason in reasons) == 2
    assert reasons[-3].endswith("(Progress 100%).")


def test_fewer_instances_than_signals_asked_for_fail_the_creation(stacks: Stacks) -> None:
    group = {**ASG, "CreationPolicy": {"ResourceSignal": {"Count": 2}}}
    stack = stacks.create("s", template(**{**SCALING, "Group": group}))
    (reason,) = [e.reason for e in stack.events if e.status == "CREATE_FAILED"]
    assert reason.startswith("Received 1 SUCCESS signal(s) out of 2.")


@pytest.mark.parametrize(
    ("resources", "reason"),
    [
        (
            {**LOAD_BALANCING, "Second": {**LISTENER, "DependsOn": "Listener"}},
            "A listener already exists on this port for this load balancer",
        ),
        (
            {
                "Vpc": VPC,
                "Targets": {**TARGETS, "Properties": {**TARGETS["Properties"], "HealthCheckTimeoutSeconds": 30}},
            },
            "Health check timeout '30' must be smaller than the interval '30'",
        ),
        ({"Vpc": VPC, "A": SUBNET, "B": {**SUBNET, "DependsOn": "A"}}, "conflicts with another subnet"),
        (
            {
                "A": of("AWS::SSM::Parameter", Name="/same", Type="String", Value="1"),
                "B": {**of("AWS::SSM::Parameter", Name="/same", Type="String", Value="2"), "DependsOn": "A"},
            },
            "/same already exists",
        ),
        (
            {
                **NETWORK,
                "A": {**BALANCER, "Properties": {**BALANCER["Properties"], "Name": "web"}},
                "B": {**BALANCER, "Properties": {**BALANCER["Properties"], "Name": "web"}, "DependsOn": "A"},
            },
            "A load balancer with the same name 'web' exists",
        ),
        (
            {
                "A": of("AWS::Logs::LogGroup", LogGroupName="/g"),
                "B": {**of("AWS::Logs::LogGroup", LogGroupName="/g"), "DependsOn": "A"},
            },
            "already exists",
        ),
    ],
    ids=["listener port", "health check", "subnet range", "parameter name", "load balancer name", "log group"],
)
def test_what_aws_refuses_fails_the_resource_with_its_reason(stacks: Stacks, resources: JSON, reason: str) -> None:
    stack = stacks.create("s", template(**resources))
    assert stack.status == "ROLLBACK_COMPLETE"
    (found,) = [e.reason for e in stack.events if e.status == "CREATE_FAILED"]
    assert reason in found


def test_a_desired_capacity_outside_the_limits_fails_the_update(stacks: Stacks) -> None:
    stacks.create("s", template(**SCALING))
    group = {**ASG, "Properties": {**ASG["Properties"], "DesiredCapacity": 5}}
    stack = stacks.update("s", template(**{**SCALING, "Group": group}))
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    (reason,) = [e.reason for e in stack.events if e.status == "UPDATE_FAILED"]
    assert "Desired capacity:5 must be between the specified min size:1 and max size:2" in reason


def test_a_load_balancer_has_a_dns_name_like_those_of_aws(stacks: Stacks) -> None:
    named = {**BALANCER, "Properties": {**BALANCER["Properties"], "Name": "web-prod"}}
    outputs = {
        "Dns": {"Value": {"Fn::GetAtt": ["Balancer", "DNSName"]}},
        "Full": {"Value": {"Fn::GetAtt": ["Balancer", "LoadBalancerFullName"]}},
    }
    stack = stacks.create("s", template(**{**NETWORK, "Balancer": named}, outputs=outputs))
    name, number = stack.outputs["Dns"].split(".")[0].rsplit("-", 1)
    assert (name, len(number), number.isdigit()) == ("web-prod", 10, True)
    assert stack.outputs["Dns"].endswith(".ap-southeast-2.elb.amazonaws.com")
    assert stack.outputs["Full"].startswith("app/web-prod/")


def test_a_rule_of_its_own_takes_away_the_default_way_out(stacks: Stacks) -> None:
    egress = of("AWS::EC2::SecurityGroupEgress", GroupId={"Ref": "Group"}, **HTTP)
    stack = stacks.create("s", template(Vpc=VPC, Group=GROUP, Egress=egress))
    group = stack.resources["Group"].physical_id
    (found,) = stacks.world.client("ec2").describe_security_groups(GroupIds=[group])["SecurityGroups"]
    assert [rule["IpProtocol"] for rule in found["IpPermissionsEgress"]] == ["tcp"]


def test_parameters_of_aws_types_must_exist_and_public_images_do(stacks: Stacks) -> None:
    body = template(P=of("AWS::SSM::Parameter", Type="String", Value={"Ref": "Image"}))
    image = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
    body["Parameters"] = {
        "Image": {"Type": "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>", "Default": image},
        "Vpc": {"Type": "AWS::EC2::VPC::Id", "Default": "vpc-none"},
    }
    with pytest.raises(ValidationError, match="parameter value vpc-none for parameter name Vpc does not exist"):
        stacks.create("s", body)
    del body["Parameters"]["Vpc"]
    stack = stacks.create("s", body)
    assert stacks.parameter(stack.resources["P"].physical_id) == IMAGE
    shown = stacks.service.describe_stacks({"StackName": "s"})["Stacks"][0]["Parameters"][0]
    assert (shown["ParameterValue"], shown["ResolvedValue"]) == (image, IMAGE)


def test_an_update_refused_halfway_is_restored(stacks: Stacks) -> None:
    first = of(
        "AWS::IAM::Role", AssumeRolePolicyDocument=TRUST, Policies=[{"PolicyName": "a", "PolicyDocument": ALLOW}]
    )
    stack = stacks.create("s", template(Role=first), Capabilities=["CAPABILITY_IAM"])
    wrong = [{"PolicyName": "b", "PolicyDocument": ALLOW}, {"PolicyName": "c", "PolicyDocument": {"Statement": []}}]
    second = of("AWS::IAM::Role", AssumeRolePolicyDocument=TRUST, Policies=wrong)
    stacks.update("s", template(Role=second), Capabilities=["CAPABILITY_IAM"])
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    role = stack.resources["Role"].physical_id
    assert stacks.world.client("iam").list_role_policies(RoleName=role)["PolicyNames"] == ["a"]
