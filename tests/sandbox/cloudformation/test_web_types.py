"""Alarms, metric filters, rules, instances, inline policies and records: what is particular to each."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.aws.cloudformation.model import Stack
from sandbox.aws.cloudformation.resources.base import failure_reason
from tests.sandbox.cloudformation.conftest import Stacks, parameter, template
from tests.sandbox.cloudformation.samples import (
    ALARM,
    ALLOW,
    FILTER,
    GROUP,
    INSTANCE,
    JSON,
    LOG_GROUP,
    POLICY,
    PUBLIC_SUBNET,
    RECORD,
    ROLE,
    RULE,
    TOPIC,
    VPC,
    ZONE,
    of,
)

IAM = {"Capabilities": ["CAPABILITY_IAM"]}
SERVER = {"Vpc": VPC, "Subnet": PUBLIC_SUBNET, "Group": GROUP, "Server": INSTANCE}
FAILS = {**parameter("ssm-name"), "DependsOn": "It"}  # Parameter Store refuses the name


def with_(resource: JSON, **properties: Any) -> JSON:
    return {**resource, "Properties": {**resource["Properties"], **properties}}


def reasons(stack: Stack) -> list[str]:
    return [event.reason for event in stack.events if event.status.endswith("_FAILED") and event.reason]


def get_att(name: str, attribute: str) -> JSON:
    return {"Value": {"Fn::GetAtt": [name, attribute]}}


@pytest.fixture(autouse=True)
def zone(stacks: Stacks) -> str:
    """The id of a hosted zone."""
    created = stacks.world.client("route53").create_hosted_zone(Name=ZONE, CallerReference="1")
    return created["HostedZone"]["Id"].rsplit("/", 1)[-1]


def alarm(stacks: Stacks, name: str) -> JSON | None:
    found = stacks.world.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return found[0] if found else None


def records(stacks: Stacks, zone: str) -> dict[tuple[str, str], JSON]:
    listed = stacks.world.client("route53").list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    return {(each["Name"], each["Type"]): each for each in listed if each["Type"] not in ("NS", "SOA")}


# -- what Ref and GetAtt give -----------------------------------------------------------------------------


def test_an_alarm_is_referred_to_by_its_name_and_has_an_arn(stacks: Stacks) -> None:
    outputs = {"Ref": {"Value": {"Ref": "It"}}, "Arn": get_att("It", "Arn")}
    stack = stacks.create("s", template(It=with_(ALARM, AlarmName="prod-cpu"), outputs=outputs))
    found = alarm(stacks, "prod-cpu")
    assert found is not None
    assert stack.outputs == {"Ref": "prod-cpu", "Arn": found["AlarmArn"]}
    assert (found["Threshold"], found["EvaluationPeriods"]) == (80, 3)


def test_a_rule_is_referred_to_by_its_name_and_has_an_arn(stacks: Stacks) -> None:
    outputs = {"Ref": {"Value": {"Ref": "It"}}, "Arn": get_att("It", "Arn"), "Name": get_att("It", "RuleName")}
    stack = stacks.create("s", template(Topic=TOPIC, It=with_(RULE, Name="changes"), outputs=outputs))
    rule = stacks.world.client("events").describe_rule(Name="changes")
    assert stack.outputs == {"Ref": "changes", "Arn": rule["Arn"], "Name": "changes"}
    assert json.loads(rule["EventPattern"]) == {"source": ["aws.codepipeline"]}
    (target,) = stacks.world.client("events").list_targets_by_rule(Rule="changes")["Targets"]
    assert target == {"Id": "topic", "Arn": stack.resources["Topic"].physical_id}


def test_an_instance_tells_its_addresses_and_state(stacks: Stacks) -> None:
    names = ("PrivateIp", "PublicIp", "AvailabilityZone", "VpcId", "State.Name", "State.Code")
    outputs = {name.replace(".", ""): get_att("Server", name) for name in names}
    stack = stacks.create("s", template(**SERVER, outputs=outputs))
    assert stack.status == "CREATE_COMPLETE", reasons(stack)
    described = stacks.world.client("ec2").describe_instances(InstanceIds=[stack.resources["Server"].physical_id])
    instance = described["Reservations"][0]["Instances"][0]
    assert stack.outputs == {
        "PrivateIp": instance["PrivateIpAddress"],
        "PublicIp": instance["PublicIpAddress"],
        "AvailabilityZone": "ap-southeast-2a",
        "VpcId": stack.resources["Vpc"].physical_id,
        "StateName": "running",
        "StateCode": "16",
    }


def test_user_data_reach_the_instance_as_the_template_has_them_now_and_after_a_change(stacks: Stacks) -> None:
    def user_data(stack: Stack) -> str:
        instance = stack.resources["Server"].physical_id
        told = stacks.world.client("ec2").describe_instance_attribute(InstanceId=instance, Attribute="userData")
        return base64.b64decode(told["UserData"]["Value"]).decode()

    stack = stacks.create("s", template(**SERVER))
    assert user_data(stack) == "echo"
    changed = with_(INSTANCE, UserData={"Fn::Base64": "echo more"})
    stacks.update("s", template(**{**SERVER, "Server": changed}))
    assert user_data(stack) == "echo more"


def test_a_metric_filter_counts_what_is_written_after_it_was_made(stacks: Stacks) -> None:
    stack = stacks.create("s", template(Logs=LOG_GROUP, It=FILTER))
    group = stack.resources["Logs"].physical_id
    (found,) = stacks.world.client("logs").describe_metric_filters(logGroupName=group)["metricFilters"]
    assert found["filterName"] == stack.resources["It"].physical_id
    assert found["metricTransformations"] == [
        {"metricName": "Errors", "metricNamespace": "App", "metricValue": "1", "defaultValue": 0}
    ]


def test_a_policy_is_put_into_every_role_that_it_names(stacks: Stacks) -> None:
    both = with_(POLICY, Roles=[{"Ref": "Role"}, {"Ref": "Other"}])
    stack = stacks.create("s", template(Role=ROLE, Other=ROLE, It=both), **IAM)
    iam = stacks.world.client("iam")
    for name in ("Role", "Other"):
        role = stack.resources[name].physical_id
        assert iam.get_role_policy(RoleName=role, PolicyName="read")["PolicyDocument"] == ALLOW
    stacks.update("s", template(Role=ROLE, Other=ROLE, It=with_(POLICY, PolicyName="list")), **IAM)
    policies = {
        name: iam.list_role_policies(RoleName=stack.resources[name].physical_id)["PolicyNames"]
        for name in ("Role", "Other")
    }
    assert policies == {"Role": ["list"], "Other": []}


@pytest.mark.parametrize("named_by", ["HostedZoneName", "HostedZoneId"])
def test_a_record_stands_in_its_zone_however_that_is_named(stacks: Stacks, zone: str, named_by: str) -> None:
    record = with_(RECORD, **{named_by: zone if named_by == "HostedZoneId" else ZONE})
    if named_by == "HostedZoneId":
        del record["Properties"]["HostedZoneName"]
    stack = stacks.create("s", template(It=record))
    assert stack.resources["It"].physical_id == "www.example.org"
    found = records(stacks, zone)["www.example.org.", "A"]
    assert (found["TTL"], found["ResourceRecords"]) == (300, [{"Value": "192.0.2.1"}])
    stacks.delete("s")
    assert records(stacks, zone) == {}


def test_a_record_of_another_type_takes_the_place_of_the_one_before(stacks: Stacks, zone: str) -> None:
    stacks.create("s", template(It=RECORD))
    stack = stacks.update("s", template(It=with_(RECORD, Type="TXT", ResourceRecords=['"v"'])))
    assert stack.status == "UPDATE_COMPLETE", reasons(stack)
    assert list(records(stacks, zone)) == [("www.example.org.", "TXT")]


# -- replacement ------------------------------------------------------------------------------------------

REPLACED: list[tuple[JSON, JSON, JSON]] = [
    ({}, with_(ALARM, AlarmName="one"), {"AlarmName": "two"}),
    ({"Logs": LOG_GROUP, "Other": LOG_GROUP}, FILTER, {"LogGroupName": {"Ref": "Other"}}),
    ({"Topic": TOPIC}, with_(RULE, Name="one"), {"Name": "two"}),
    ({"Vpc": VPC, "Subnet": PUBLIC_SUBNET}, INSTANCE, {"ImageId": "ami-0c35bfbf1cbf92ff4"}),
    ({}, RECORD, {"Name": "web.example.org"}),
]


@pytest.mark.parametrize(("needs", "resource", "change"), REPLACED, ids=[r["Type"] for _, r, _ in REPLACED])
def test_what_cannot_change_in_place_is_replaced(stacks: Stacks, needs: JSON, resource: JSON, change: JSON) -> None:
    stack = stacks.create("s", template(**needs, It=resource))
    before = stack.resources["It"].physical_id
    stacks.update("s", template(**needs, It=with_(resource, **change)))
    assert stack.status == "UPDATE_COMPLETE", reasons(stack)
    assert stack.resources["It"].physical_id != before
    happened = [event.status for event in stack.events if event.physical_id == before]
    assert happened[-2:] == ["DELETE_IN_PROGRESS", "DELETE_COMPLETE"]


# -- rollback ---------------------------------------------------------------------------------------------


def test_a_failed_update_brings_alarm_rule_policy_and_record_back(stacks: Stacks, zone: str) -> None:
    resources = {
        "Topic": TOPIC,
        "Role": ROLE,
        "Alarm": with_(ALARM, AlarmName="cpu"),
        "Rule": with_(RULE, Name="restored"),
        "Policy": POLICY,
        "It": RECORD,
    }
    stack = stacks.create("s", template(**resources), **IAM)
    assert stack.status == "CREATE_COMPLETE", reasons(stack)
    changed = {
        **resources,
        "Alarm": with_(resources["Alarm"], Threshold=99),
        "Rule": with_(resources["Rule"], State="DISABLED", Targets=[{"Id": "else", "Arn": {"Ref": "Topic"}}]),
        "Policy": with_(POLICY, PolicyName="list"),
        "It": with_(RECORD, TTL="60"),
        "Bad": FAILS,
    }
    stacks.update("s", template(**changed), **IAM)
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE", reasons(stack)
    restored = alarm(stacks, "cpu")
    assert restored is not None
    assert restored["Threshold"] == 80
    events = stacks.world.client("events")
    assert events.describe_rule(Name="restored")["State"] == "ENABLED"
    assert [target["Id"] for target in events.list_targets_by_rule(Rule="restored")["Targets"]] == ["topic"]
    role = stack.resources["Role"].physical_id
    assert stacks.world.client("iam").list_role_policies(RoleName=role)["PolicyNames"] == ["read"]
    assert records(stacks, zone)["www.example.org.", "A"]["TTL"] == 300


def test_a_creation_that_fails_halfway_leaves_nothing(stacks: Stacks) -> None:
    policy = with_(POLICY, Roles=[{"Ref": "Role"}, "nobody"])
    stack = stacks.create("s", template(Role=ROLE, It=policy), **IAM)
    assert "nobody" in reasons(stack)[0]
    assert stack.status == "ROLLBACK_COMPLETE", reasons(stack)
    assert stacks.world.client("iam").list_roles()["Roles"] == []


# -- refusals ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("resources", "reason"),
    [
        ({"It": with_(ALARM, Nonsense=1)}, "extraneous key [Nonsense] is not permitted"),
        ({"It": with_(ALARM, EvaluationPeriods="many")}, "EvaluationPeriods: expected type"),
        ({"It": with_(RECORD, HostedZoneName="elsewhere.org.")}, "No hosted zones named elsewhere.org. found"),
        ({"It": with_(POLICY, Roles=["nobody"])}, "nobody"),
        ({"It": with_(FILTER, LogGroupName="/none")}, "The specified log group does not exist"),
        (
            {"It": with_(ALARM, AlarmName="a"), "Same": {**with_(ALARM, AlarmName="a"), "DependsOn": "It"}},
            "Resource of type 'AWS::CloudWatch::Alarm' with identifier 'a' already exists.",
        ),
        ({"Topic": TOPIC, "It": with_(RULE, EventBusName="ours")}, "ours"),
        ({"It": RECORD, "Same": {**RECORD, "DependsOn": "It"}}, "but it already exists"),
    ],
)
def test_what_aws_refuses_fails_the_creation_with_its_reason(stacks: Stacks, resources: JSON, reason: str) -> None:
    stack = stacks.create("s", template(**resources), **IAM)
    assert stack.status == "ROLLBACK_COMPLETE", reasons(stack)
    assert reason in reasons(stack)[0]


def test_a_property_that_the_sandbox_does_not_apply_is_refused_in_its_own_words(stacks: Stacks) -> None:
    stack = stacks.create("s", template(It=of("AWS::EC2::Instance", ImageId="ami-1", Tenancy="dedicated")))
    assert reasons(stack)[0] == "The sandbox does not apply ['Tenancy'] of AWS::EC2::Instance; AWS does."


def test_a_call_that_the_sandbox_lacks_is_not_worded_as_a_handlers_verdict() -> None:
    answer: Any = {"Error": {"Code": "SandboxUnknownOperation", "Message": "The sandbox does not know ec2:Do"}}
    assert failure_reason(ClientError(answer, "Do"), "AWS::EC2::Instance") == "The sandbox does not know ec2:Do"


# -- removed by hand --------------------------------------------------------------------------------------


def test_what_somebody_removed_is_no_hindrance_to_deleting_the_stack(stacks: Stacks) -> None:
    resources = {"Logs": LOG_GROUP, "Filter": FILTER, "Topic": TOPIC, "Rule": RULE, "Alarm": ALARM, "It": RECORD}
    stack = stacks.create("s", template(**resources))
    world = stacks.world
    world.client("logs").delete_log_group(logGroupName=stack.resources["Logs"].physical_id)
    rule = stack.resources["Rule"].physical_id
    world.client("events").remove_targets(Rule=rule, Ids=["topic"])
    world.client("events").delete_rule(Name=rule)
    world.client("cloudwatch").delete_alarms(AlarmNames=[stack.resources["Alarm"].physical_id])
    stacks.delete("s")
    assert stack.status == "DELETE_COMPLETE", reasons(stack)
