"""What calls ask of IAM."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import botocore.session
import pytest

from sandbox.iam.calls import Ask, asks_of_action, asks_of_operation, prefix_of
from sandbox.iam.context import Circumstances, request
from sandbox.iam.request import Principal, UnknownToSandboxError, Value

REGION, ACCOUNT = "ap-southeast-2", "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/deploy"
LOAD_BALANCER = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:loadbalancer/app/web/1"
CONNECTION_ID = "connection/5c0de000-0000-4000-8000-000000000001"
CONNECTION = f"arn:aws:codeconnections:{REGION}:{ACCOUNT}:{CONNECTION_ID}"
_session = botocore.session.Session()


class Account:
    """One key under an alias, one stack, one tagged network."""

    region, account_id = REGION, ACCOUNT
    _named: Mapping[tuple[str, str], str] = {
        ("kms", "alias/artifacts"): f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1",
        ("cloudformation", "web"): f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/web/77",
        ("iam", "server"): f"arn:aws:iam::{ACCOUNT}:role/web/server",
    }

    def arn(self, service: str, kind: str, name: str) -> str | None:
        return self._named.get((service, name))

    def tags(self, arn: str) -> Mapping[str, str]:
        return {"Environment": "dev"} if arn.endswith("vpc/vpc-00000001") else {}


def asked(service: str, operation: str, **params: Any) -> list[Ask]:
    model = _session.get_service_model(service)
    return list(asks_of_operation(prefix_of(model), model.operation_model(operation), params, Account()))


def short(asks: list[Ask]) -> list[str]:
    """`service:Action kind/name`; `aws's kind/name` for what belongs to no account."""
    own = re.compile(rf"arn:aws:[^:]+:({REGION})?:{ACCOUNT}:|arn:aws:s3:::")
    public = f"arn:aws:(ssm|ec2):{REGION}::"
    return [f"{ask.action} {re.sub(public, 'aws: ', own.sub('', ask.resource))}" for ask in asks]


@pytest.mark.parametrize(
    ("service", "operation", "params", "expected"),
    [
        ("s3", "GetObject", {"Bucket": "b", "Key": "x/y"}, ["s3:GetObject b/x/y"]),
        (
            "kms",
            "CreateAlias",
            {"AliasName": "alias/a", "TargetKeyId": "1"},
            ["kms:CreateAlias alias/a", "kms:CreateAlias key/1"],
        ),
        (
            "kms",
            "DeleteAlias",
            {"AliasName": "alias/artifacts"},
            ["kms:DeleteAlias alias/artifacts", "kms:DeleteAlias key/1"],
        ),
        ("events", "PutRule", {"Name": "r"}, ["events:PutRule rule/r"]),
        ("events", "DescribeRule", {"Name": "r"}, ["events:DescribeRule rule/r"]),
        ("codepipeline", "CreatePipeline", {"pipeline": {"name": "p"}}, ["codepipeline:CreatePipeline p"]),
        ("logs", "GetDelivery", {"id": "d1"}, ["logs:GetDelivery delivery:d1"]),
        (
            "codestar-connections",
            "GetConnection",
            {"ConnectionArn": CONNECTION},
            [f"codeconnections:GetConnection {CONNECTION_ID}", f"codestar-connections:GetConnection {CONNECTION_ID}"],
        ),
        (
            "iam",
            "CreateRole",
            {"RoleName": "r", "Tags": [{"Key": "a", "Value": "b"}]},
            ["iam:CreateRole role/r", "iam:TagRole role/r"],
        ),
        ("iam", "CreateRole", {"RoleName": "r"}, ["iam:CreateRole role/r"]),
        ("kms", "CreateKey", {"Tags": [{"TagKey": "a", "TagValue": "b"}]}, ["kms:CreateKey *", "kms:TagResource *"]),
        (
            "s3",
            "CreateBucket",
            {"Bucket": "b", "CreateBucketConfiguration": {"Tags": [{"Key": "a", "Value": "b"}]}},
            ["s3:CreateBucket b", "s3:TagResource b"],
        ),
        ("s3", "HeadObject", {"Bucket": "b", "Key": "k"}, ["s3:GetObject b/k"]),
        ("s3", "DeleteObjects", {"Bucket": "b", "Delete": {"Objects": [{"Key": "k"}]}}, ["s3:DeleteObject b/*"]),
        (
            "s3",
            "DeleteObjects",
            {"Bucket": "b", "Delete": {"Objects": [{"Key": "k", "VersionId": "1"}]}},
            ["s3:DeleteObject b/*", "s3:DeleteObjectVersion b/*"],
        ),
        ("s3", "GetObject", {"Bucket": "b", "Key": "k", "VersionId": "1"}, ["s3:GetObjectVersion b/k"]),
        ("s3", "ListObjectsV2", {"Bucket": "b"}, ["s3:ListBucket b"]),
        (
            "sesv2",
            "SendEmail",
            {"Content": {"Raw": {"Data": b"From: Ops <ops@helios.id>\r\nTo: a@helios.id\r\n\r\nx"}}},
            ["ses:SendEmail identity/ops@helios.id", "ses:SendRawEmail identity/ops@helios.id"],
        ),
        (
            "sesv2",
            "SendEmail",
            {"FromEmailAddress": "ops@helios.id", "Content": {"Simple": {}}},
            ["ses:SendEmail identity/ops@helios.id"],
        ),
        ("s3", "UploadPart", {"Bucket": "b", "Key": "k"}, ["s3:PutObject b/k"]),
        (
            "s3",
            "PutObject",
            {"Bucket": "b", "Key": "k", "ACL": "private", "Tagging": "a=b"},
            ["s3:PutObject b/k", "s3:PutObjectAcl b/k", "s3:PutObjectTagging b/k"],
        ),
        ("s3", "ListBuckets", {}, ["s3:ListAllMyBuckets *"]),
        ("sts", "GetCallerIdentity", {}, []),
        ("sts", "AssumeRole", {"RoleArn": ROLE, "RoleSessionName": "x"}, ["sts:AssumeRole role/deploy"]),
        ("cloudformation", "DescribeStacks", {}, ["cloudformation:DescribeStacks *"]),
        ("cloudformation", "DescribeStacks", {"StackName": "web"}, ["cloudformation:DescribeStacks stack/web/77"]),
        ("cloudformation", "DescribeStacks", {"StackName": "api"}, ["cloudformation:DescribeStacks stack/api/*"]),
        (
            "cloudformation",
            "CreateChangeSet",
            {"StackName": "web", "ChangeSetName": "c", "RoleARN": ROLE},
            ["cloudformation:CreateChangeSet stack/web/77", "iam:PassRole role/deploy"],
        ),
        ("codebuild", "StartBuild", {"projectName": "p"}, ["codebuild:StartBuild project/p"]),
        ("codebuild", "BatchGetBuilds", {"ids": ["p:1-2"]}, ["codebuild:BatchGetBuilds project/p"]),
        (
            "codebuild",
            "CreateProject",
            {"name": "p", "serviceRole": ROLE},
            ["codebuild:CreateProject project/p", "iam:PassRole role/deploy"],
        ),
        ("codepipeline", "StartPipelineExecution", {"name": "p"}, ["codepipeline:StartPipelineExecution p"]),
        (
            "ssm",
            "GetParameters",
            {"Names": ["/aws/service/ami", "/web/dev/agent"]},
            ["ssm:GetParameters aws: parameter/aws/service/ami", "ssm:GetParameters parameter/web/dev/agent"],
        ),
        ("iam", "PutRolePolicy", {"RoleName": "server"}, ["iam:PutRolePolicy role/web/server"]),
        ("iam", "CreateRole", {"RoleName": "other"}, ["iam:CreateRole role/other"]),
        (
            "iam",
            "CreateServiceLinkedRole",
            {"AWSServiceName": "autoscaling.amazonaws.com"},
            ["iam:CreateServiceLinkedRole role/aws-service-role/autoscaling.amazonaws.com/*"],
        ),
        (
            "iam",
            "AddRoleToInstanceProfile",
            {"InstanceProfileName": "i", "RoleName": "server"},
            ["iam:AddRoleToInstanceProfile instance-profile/i", "iam:PassRole role/web/server"],
        ),
        ("kms", "Decrypt", {"KeyId": "alias/artifacts"}, ["kms:Decrypt key/1"]),
        ("sns", "Publish", {"TopicArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:t"}, ["sns:Publish t"]),
        ("sns", "CreateTopic", {"Name": "t"}, ["sns:CreateTopic t"]),
        ("logs", "CreateLogGroup", {"logGroupName": "/g"}, ["logs:CreateLogGroup log-group:/g:log-stream:"]),
        (
            "logs",
            "PutLogEvents",
            {"logGroupName": "/g", "logStreamName": "s"},
            ["logs:PutLogEvents log-group:/g:log-stream:s"],
        ),
        (
            "logs",
            "TagResource",
            {"resourceArn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/g"},
            ["logs:TagResource log-group:/g"],
        ),
        ("ec2", "DescribeVpcs", {"VpcIds": ["vpc-00000001"]}, ["ec2:DescribeVpcs *"]),
        (
            "ec2",
            "CreateSubnet",
            {"VpcId": "vpc-00000001"},
            ["ec2:CreateSubnet vpc/vpc-00000001", "ec2:CreateSubnet subnet/*"],
        ),
        (
            "ec2",
            "RunInstances",
            {"ImageId": "ami-00000001"},
            [
                "ec2:RunInstances aws: image/ami-00000001",
                *(
                    f"ec2:RunInstances {kind}/*"
                    for kind in ("instance", "network-interface", "security-group", "subnet")
                ),
            ],
        ),
        (
            "elbv2",
            "CreateLoadBalancer",
            {"Name": "web"},
            ["elasticloadbalancing:CreateLoadBalancer loadbalancer/app/web/*"],
        ),
        (
            "elbv2",
            "CreateListener",
            {"LoadBalancerArn": LOAD_BALANCER},
            ["elasticloadbalancing:CreateListener loadbalancer/app/web/1"],
        ),
        (
            "elbv2",
            "AddTags",
            {"ResourceArns": [LOAD_BALANCER.replace("loadbalancer/app", "targetgroup")]},
            ["elasticloadbalancing:AddTags targetgroup/web/1"],
        ),
        (
            "autoscaling",
            "UpdateAutoScalingGroup",
            {"AutoScalingGroupName": "g"},
            ["autoscaling:UpdateAutoScalingGroup autoScalingGroup:*:autoScalingGroupName/g"],
        ),
        ("cloudwatch", "PutMetricData", {"Namespace": "n"}, ["cloudwatch:PutMetricData *"]),
    ],
)
def test_a_call_asks_for_these_actions_on_these_resources(
    service: str, operation: str, params: dict[str, Any], expected: list[str]
) -> None:
    assert sorted(short(asked(service, operation, **params))) == sorted(expected)


def test_an_action_that_aws_does_not_list_is_refused_aloud() -> None:
    with pytest.raises(UnknownToSandboxError, match="s3:SelectObjectContent"):
        asked("s3", "SelectObjectContent", Bucket="b", Key="k")


def test_what_is_being_made_is_the_resource_where_nothing_else_is() -> None:
    (ask,) = asks_of_action("ec2:CreateTags", {}, Account(), own="vpc")
    assert ask.resource == f"arn:aws:ec2:{REGION}:{ACCOUNT}:vpc/*"


KEYS = {
    "a parameter": (
        ("iam", "AttachRolePolicy", {"RoleName": "r", "PolicyArn": "arn:aws:iam::aws:policy/P"}),
        "iam:PolicyARN",
        "arn:aws:iam::aws:policy/P",
    ),
    "a parameter by its name on the wire": (
        ("s3", "PutObject", {"Bucket": "b", "Key": "k", "ACL": "private"}),
        "s3:x-amz-acl",
        "private",
    ),
    "a parameter of another operation than the action": (
        ("s3", "ListObjectsV2", {"Bucket": "b", "Prefix": "templates/"}),
        "s3:prefix",
        "templates/",
    ),
    "tags of the request": (
        ("ec2", "CreateTags", {"Resources": ["vpc-00000001"], "Tags": [{"Key": "Environment", "Value": "prod"}]}),
        "aws:RequestTag/Environment",
        "prod",
    ),
    "tags of what the request makes": (
        ("ec2", "CreateVpc", {"TagSpecifications": [{"Tags": [{"Key": "Environment", "Value": "prod"}]}]}),
        "aws:RequestTag/Environment",
        "prod",
    ),
    "the keys of the tags": (
        ("sns", "CreateTopic", {"Name": "t", "Tags": [{"Key": "a", "Value": "b"}]}),
        "aws:TagKeys",
        ("a",),
    ),
    "tags of the resource": (("ec2", "DeleteVpc", {"VpcId": "vpc-00000001"}), "aws:ResourceTag/Environment", "dev"),
    "the service that a role is passed to": (
        ("codepipeline", "CreatePipeline", {"pipeline": {"name": "p", "roleArn": ROLE}}),
        "iam:PassedToService",
        "codepipeline.amazonaws.com",
    ),
}


@pytest.mark.parametrize(("call", "key", "value"), KEYS.values(), ids=KEYS)
def test_condition_keys_come_from_the_call(call: tuple[str, str, dict[str, Any]], key: str, value: Any) -> None:
    service, operation, params = call
    assert value in [ask.keys.get(key) for ask in asked(service, operation, **params)]


@pytest.mark.parametrize(
    ("key", "known"),
    [
        ("s3:x-amz-acl", True),  # a parameter that was not given
        ("kms:ViaService", True),  # another service's: AWS doesn't supply it here
        ("aws:RequestTag/x", True),
        ("s3:TlsVersion", False),  # AWS supplies it; the sandbox cannot tell
        ("s3:x-amz-alc", False),  # no service has it
    ],
)
def test_a_key_without_a_value_is_known_where_aws_has_none_either(key: str, known: bool) -> None:
    (ask,) = asked("s3", "PutObject", Bucket="b", Key="k")
    assert ask.is_known(key) is known


NOW = datetime(2026, 12, 1, 10, 30, tzinfo=UTC)
SESSION = Principal.of_session(ROLE, "s1")
EVENTS = Principal.of_service("events.amazonaws.com")


def key_of(principal: Principal, key: str, **how: Any) -> Value | None:
    topic = f"arn:aws:sns:{REGION}:{ACCOUNT}:t"
    circumstances = Circumstances(NOW, REGION, ACCOUNT, **how)
    return request(principal, Ask("sns:Publish", topic), circumstances).keys.get(key)


@pytest.mark.parametrize(
    ("principal", "key", "value"),
    [
        (SESSION, "aws:PrincipalArn", ROLE),
        (SESSION, "aws:PrincipalAccount", ACCOUNT),
        (SESSION, "aws:PrincipalTag/team", "ops"),
        (SESSION, "aws:PrincipalTag/other", None),
        (SESSION, "aws:userid", "AROA1:s1"),
        (SESSION, "aws:username", None),
        (SESSION, "aws:SourceAccount", None),
        (SESSION, "aws:PrincipalIsAWSService", "false"),
        (EVENTS, "aws:PrincipalIsAWSService", "true"),
        (EVENTS, "aws:PrincipalServiceName", "events.amazonaws.com"),
        (EVENTS, "aws:PrincipalArn", None),
        (EVENTS, "aws:SourceAccount", None),
        (EVENTS, "aws:CurrentTime", "2026-12-01T10:30:00Z"),
        (EVENTS, "aws:SecureTransport", "true"),
        (EVENTS, "aws:PrincipalOrgID", None),
    ],
)
def test_the_global_keys_are_those_that_aws_supplies_to_this_caller(
    principal: Principal, key: str, value: Value | None
) -> None:
    assert key_of(principal, key, tags={"team": "ops"}, role_id="AROA1") == value


def test_a_service_adds_keys_of_its_own() -> None:
    assert (
        key_of(
            Principal.of_service("cloudwatch.amazonaws.com"), "aws:SourceAccount", keys={"aws:SourceAccount": ACCOUNT}
        )
        == ACCOUNT
    )


@pytest.mark.parametrize("key", ["aws:SourceIp", "aws:SourceAcount", "aws:UserAgent", "aws:NoSuchKey"])
def test_a_global_key_that_the_sandbox_cannot_tell_is_refused_aloud(key: str) -> None:
    with pytest.raises(UnknownToSandboxError, match=key):
        key_of(SESSION, key)
