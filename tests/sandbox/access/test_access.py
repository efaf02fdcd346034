"""Calls with a role's credentials: decided, refused in AWS's words, and written down."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from sandbox.aws.access import ACCESS, AccessDenied, Session
from sandbox.aws.cloudformation import CloudFormation
from sandbox.aws.service import AwsError
from sandbox.aws.sns import Sns
from sandbox.iam.calls import Ask
from sandbox.world import World
from tests.sandbox.conftest import MakeWorld

ACCOUNT, REGION = "123456789012", "ap-southeast-2"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/builder"
CODEBUILD = "codebuild.amazonaws.com"
PROJECT = f"arn:aws:codebuild:{REGION}:{ACCOUNT}:project/p"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:t"
Statement = Mapping[str, Any]


def document(*statements: Statement) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trusting(service: str, **more: Any) -> Statement:
    return {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole", **more}


def allow(action: str, resource: str = "*", **more: Any) -> Statement:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    return make_world(CloudFormation, Sns)


def role(world: World, *statements: Statement, trust: Statement | None = None) -> None:
    iam = world.client("iam")
    iam.create_role(RoleName="builder", AssumeRolePolicyDocument=document(trust or trusting(CODEBUILD)))
    if statements:
        iam.put_role_policy(RoleName="builder", PolicyName="own", PolicyDocument=document(*statements))


def taken(world: World, *statements: Statement) -> Session:
    role(world, *statements)
    return world.reach(ACCESS).assume(CODEBUILD, ROLE, "build", source_arn=PROJECT)


def client(world: World, service: str, session: Session, region: str = REGION) -> Any:
    return boto3.client(
        service,  # pyright: ignore[reportArgumentType, reportCallIssue]
        region_name=region,
        endpoint_url=world.endpoint,
        aws_access_key_id=session.access_key,
        aws_secret_access_key=session.secret_key,
        aws_session_token=session.token,
        config=Config(retries={"total_max_attempts": 1}),
    )


@pytest.mark.parametrize(
    ("service", "call", "code", "said"),
    [
        ("s3", ("list_objects_v2", {"Bucket": "artifacts"}), "AccessDenied", 's3:ListBucket on resource: "arn:aws:s3:'),
        (
            "sns",
            ("publish", {"TopicArn": TOPIC, "Message": "m"}),
            "AuthorizationError",
            f"SNS:Publish on resource: {TOPIC}",
        ),
        ("ec2", ("describe_vpcs", {}), "UnauthorizedOperation", "You are not authorized to perform this operation."),
        ("ssm", ("get_parameters", {"Names": ["/a"]}), "AccessDeniedException", "ssm:GetParameters on resource: arn:"),
        ("cloudformation", ("describe_stacks", {}), "AccessDenied", "cloudformation:DescribeStacks on resource: *"),
        ("iam", ("get_role", {"RoleName": "builder"}), "AccessDenied", f"iam:GetRole on resource: {ROLE}"),
    ],
)
def test_a_call_that_nothing_allows_is_refused_as_the_service_words_it(
    world: World, service: str, call: tuple[str, dict[str, Any]], code: str, said: str
) -> None:
    with pytest.raises(ClientError) as refused:
        getattr(client(world, service, taken(world)), call[0])(**call[1])
    error = refused.value.response.get("Error", {})
    assert error.get("Code") == code
    message = error.get("Message", "")
    assert f"User: arn:aws:sts::{ACCOUNT}:assumed-role/builder/build is not authorized to perform: " in message
    assert said in message
    assert "because no identity-based policy allows the" in message


def test_what_a_policy_allows_is_done_and_the_statement_is_written_down(world: World) -> None:
    session = taken(world, allow("ssm:Get*", f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/a", Sid="Read"))
    world.client("ssm").put_parameter(Name="/a", Value="1", Type="String")
    assert client(world, "ssm", session).get_parameters(Names=["/a"])["Parameters"][0]["Value"] == "1"
    (recorded,) = [each for each in world.reach(ACCESS).recorded() if each.decision.request.action.startswith("ssm:")]
    (grant,) = recorded.decision.grants
    assert (grant.policy, grant.statement, grant.action, recorded.times) == ("builder/own", "Read", "ssm:Get*", 1)


def test_a_build_knows_itself_as_the_role_it_has_taken(world: World) -> None:
    identity = client(world, "sts", taken(world)).get_caller_identity()
    assert identity["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/builder/build"


def test_the_accounts_own_people_may_do_everything_that_no_resource_refuses_them(world: World) -> None:
    s3 = world.client("s3")
    s3.create_bucket(Bucket="artifacts", CreateBucketConfiguration={"LocationConstraint": REGION})
    own = boto3.client(
        "s3", region_name=REGION, endpoint_url=world.endpoint, aws_access_key_id="a", aws_secret_access_key="b"
    )
    own.put_object(Bucket="artifacts", Key="k", Body=b"1")
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::artifacts/*"}
    s3.put_bucket_policy(Bucket="artifacts", Policy=document(deny))
    with pytest.raises(ClientError, match="with an explicit deny in a resource-based policy"):
        own.put_object(Bucket="artifacts", Key="k", Body=b"1")


def test_credentials_that_nobody_has_been_given_are_refused(world: World) -> None:
    stranger = boto3.client(
        "ssm",
        region_name=REGION,
        endpoint_url=world.endpoint,
        aws_access_key_id="ASIAUNKNOWN",
        aws_secret_access_key="b",
    )
    with pytest.raises(ClientError, match="security token included in the request is invalid"):
        stranger.describe_parameters()


@pytest.mark.parametrize(
    "trust",
    [
        trusting("codepipeline.amazonaws.com"),
        trusting(CODEBUILD, Effect="Deny"),
        trusting(CODEBUILD, Condition={"StringEquals": {"aws:SourceAccount": "210987654321"}}),
        trusting(CODEBUILD, Condition={"ArnLike": {"aws:SourceArn": "arn:aws:codebuild:*:*:project/other"}}),
    ],
    ids=["another service", "denied", "another account", "another project"],
)
def test_a_service_cannot_take_a_role_that_does_not_trust_it(world: World, trust: Statement) -> None:
    role(world, trust=trust)
    with pytest.raises(AccessDenied, match="sts:AssumeRole"):
        world.reach(ACCESS).assume(CODEBUILD, ROLE, "build", source_arn=PROJECT)


def test_a_role_that_is_not_there_cannot_be_taken(world: World) -> None:
    with pytest.raises(AccessDenied, match="because no role trust policy allows"):
        world.reach(ACCESS).assume(CODEBUILD, ROLE, "build")


def test_a_policy_that_says_what_the_sandbox_does_not_know_is_refused_aloud(world: World) -> None:
    session = taken(world, allow("ssm:*", Condition={"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}))
    with pytest.raises(ClientError, match=r"SandboxUnknownPolicy.*aws:SourceIp") as refused:
        client(world, "ssm", session).get_parameters(Names=["/a"])
    assert refused.value.response.get("ResponseMetadata", {}).get("HTTPStatusCode") == 501


def encrypted_bucket(world: World) -> str:
    s3 = world.client("s3")
    s3.create_bucket(Bucket="artifacts", CreateBucketConfiguration={"LocationConstraint": REGION})
    root = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*", "Resource": "*"}
    key: str = world.client("kms").create_key(Policy=document(root))["KeyMetadata"]["Arn"]
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    s3.put_bucket_encryption(
        Bucket="artifacts",
        ServerSideEncryptionConfiguration={"Rules": [{"ApplyServerSideEncryptionByDefault": default}]},
    )
    return key


@pytest.mark.parametrize(
    ("condition", "may"),
    [
        (None, True),
        ({"StringEquals": {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}}, True),
        ({"StringEquals": {"kms:ViaService": f"sns.{REGION}.amazonaws.com"}}, False),
        ({"StringLike": {"kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::artifacts/*"}}, True),
        ({"StringLike": {"kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::c/*"}}, False),
    ],
)
def test_s3_uses_a_key_with_its_callers_permissions(world: World, condition: Any, may: bool) -> None:
    key = encrypted_bucket(world)
    grant = allow("kms:GenerateDataKey", key, **({"Condition": condition} if condition else {}))
    s3 = client(world, "s3", taken(world, allow("s3:PutObject", "arn:aws:s3:::artifacts/*"), grant))
    if may:
        s3.put_object(Bucket="artifacts", Key="k", Body=b"1")
        return
    with pytest.raises(ClientError, match=f"kms:GenerateDataKey on resource: {key}"):
        s3.put_object(Bucket="artifacts", Key="k", Body=b"1")


def test_an_upload_with_an_acl_needs_a_permission_of_its_own(world: World) -> None:
    world.client("s3").create_bucket(Bucket="artifacts", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3 = client(world, "s3", taken(world, allow("s3:PutObject", "arn:aws:s3:::artifacts/*")))
    s3.put_object(Bucket="artifacts", Key="k", Body=b"1")
    with pytest.raises(ClientError, match="s3:PutObjectAcl"):
        s3.put_object(Bucket="artifacts", Key="k", Body=b"1", ACL="bucket-owner-full-control")


def test_what_a_boundary_leaves_out_is_refused(world: World) -> None:
    session = taken(world, allow("*"))
    iam = world.client("iam")
    arn = iam.create_policy(PolicyName="edge", PolicyDocument=document(allow("s3:*")))["Policy"]["Arn"]
    iam.put_role_permissions_boundary(RoleName="builder", PermissionsBoundary=arn)
    with pytest.raises(AwsError, match="because no permissions boundary allows the ssm:GetParameters action"):
        world.reach(ACCESS).require(session, [Ask("ssm:GetParameters", f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/a")])


def test_a_call_to_another_region_is_asked_for_with_that_region(world: World) -> None:
    elsewhere = {"StringEquals": {"aws:RequestedRegion": "us-west-2"}}
    session = taken(world, allow("ssm:GetParameters", Condition=elsewhere))
    world.client("ssm").put_parameter(Name="/a", Value="1", Type="String")
    with pytest.raises(ClientError, match="ssm:GetParameters"):
        client(world, "ssm", session).get_parameters(Names=["/a"])
    client(world, "ssm", session, "us-west-2").get_parameters(Names=["/a"])


@pytest.fixture
def propagating(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """A change of IAM's takes ten seconds here."""
    monkeypatch.setattr(world.reach(ACCESS).propagation, "span", timedelta(seconds=10))
    return world


def test_a_changed_trust_policy_counts_as_it_was_until_iam_knows_the_change(propagating: World) -> None:
    role(propagating)
    other = trusting("codepipeline.amazonaws.com")
    propagating.client("iam").update_assume_role_policy(RoleName="builder", PolicyDocument=document(other))
    propagating.reach(ACCESS).assume(CODEBUILD, ROLE, "build")
    propagating.clock.leap(timedelta(seconds=11))
    with pytest.raises(AccessDenied, match="sts:AssumeRole"):
        propagating.reach(ACCESS).assume(CODEBUILD, ROLE, "build")


def test_a_managed_policys_new_version_counts_once_iam_knows_it(propagating: World) -> None:
    session = taken(propagating)
    iam = propagating.client("iam")
    arn = iam.create_policy(PolicyName="wide", PolicyDocument=document(allow("s3:*")))["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="builder", PolicyArn=arn)
    propagating.clock.leap(timedelta(seconds=11))
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=document(allow("ssm:*")), SetAsDefault=True)
    ask = [Ask("ssm:GetParameters", f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/a")]
    with pytest.raises(AccessDenied, match="ssm:GetParameters"):
        propagating.reach(ACCESS).require(session, ask)
    propagating.clock.leap(timedelta(seconds=11))
    propagating.reach(ACCESS).require(session, ask)
