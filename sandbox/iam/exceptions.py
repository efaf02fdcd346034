"""Where a call's action isn't its operation, and where AWS asks for more than the operation's name says.

All else follows from AWS's reference and botocore's models.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from email import message_from_bytes
from email.utils import parseaddr
from typing import Any

Params = Mapping[str, Any]

# botocore's signing names that are no IAM prefix
PREFIXES: Mapping[str, str] = {"monitoring": "cloudwatch", "tagging": "tag"}
SERVICES: Mapping[str, str] = {"elasticloadbalancing": "elbv2", "ses": "sesv2"}  # and botocore's names that are none

# Connections have kept their former name: which of the two AWS asks about is not documented, so it is both
SYNONYMS: Mapping[str, Sequence[str]] = dict.fromkeys(
    ("codeconnections", "codestar-connections"), ("codeconnections", "codestar-connections")
)

_S3: Mapping[str, Sequence[str]] = {
    "AbortMultipartUpload": ["AbortMultipartUpload"],
    "CompleteMultipartUpload": ["PutObject"],
    "CreateMultipartUpload": ["PutObject"],
    "DeleteBucketCors": ["PutBucketCORS"],
    "DeleteBucketEncryption": ["PutEncryptionConfiguration"],
    "DeleteBucketLifecycle": ["PutLifecycleConfiguration"],
    "DeleteBucketOwnershipControls": ["PutBucketOwnershipControls"],
    "DeleteBucketTagging": ["PutBucketTagging"],
    "DeleteObjects": ["DeleteObject"],
    "DeletePublicAccessBlock": ["PutBucketPublicAccessBlock"],
    "GetBucketAccelerateConfiguration": ["GetAccelerateConfiguration"],
    "GetBucketEncryption": ["GetEncryptionConfiguration"],
    "GetBucketLifecycle": ["GetLifecycleConfiguration"],
    "GetBucketLifecycleConfiguration": ["GetLifecycleConfiguration"],
    "GetBucketNotificationConfiguration": ["GetBucketNotification"],
    "GetBucketReplication": ["GetReplicationConfiguration"],
    "GetObjectLockConfiguration": ["GetBucketObjectLockConfiguration"],
    "GetPublicAccessBlock": ["GetBucketPublicAccessBlock"],
    "HeadBucket": ["ListBucket"],
    "HeadObject": ["GetObject"],
    "ListBuckets": ["ListAllMyBuckets"],
    "ListMultipartUploads": ["ListBucketMultipartUploads"],
    "ListObjectVersions": ["ListBucketVersions"],
    "ListObjects": ["ListBucket"],
    "ListObjectsV2": ["ListBucket"],
    "ListParts": ["ListMultipartUploadParts"],
    "PutBucketAccelerateConfiguration": ["PutAccelerateConfiguration"],
    "PutBucketEncryption": ["PutEncryptionConfiguration"],
    "PutBucketLifecycle": ["PutLifecycleConfiguration"],
    "PutBucketLifecycleConfiguration": ["PutLifecycleConfiguration"],
    "PutBucketNotificationConfiguration": ["PutBucketNotification"],
    "PutBucketReplication": ["PutReplicationConfiguration"],
    "PutObjectLockConfiguration": ["PutBucketObjectLockConfiguration"],
    "PutPublicAccessBlock": ["PutBucketPublicAccessBlock"],
    "UploadPart": ["PutObject"],
}
# Objects' versions are other actions than the objects themselves
_OF_A_VERSION = ("GetObject", "GetObjectAcl", "GetObjectTagging", "DeleteObject", "PutObjectAcl", "PutObjectTagging")
_GRANTS = ("ACL", "GrantFullControl", "GrantRead", "GrantReadACP", "GrantWriteACP")

OPERATIONS: Mapping[str, Mapping[str, Sequence[str]]] = {
    "s3": _S3,
    "sns": {"PublishBatch": ["Publish"]},
    "sts": {"GetCallerIdentity": []},  # needs no permission
}


# What else a call asks for that gives tags to what it makes: says botocore's text of the parameter, of IAM its guide,
# of CloudFormation the key cloudformation:CreateAction, which TagResource has in AWS's reference
TAGGING: Mapping[str, Mapping[str, str]] = {
    "cloudformation": dict.fromkeys(("CreateChangeSet", "CreateStack", "UpdateStack"), "TagResource"),
    "cloudwatch": {"PutCompositeAlarm": "TagResource", "PutMetricAlarm": "TagResource"},
    "events": {"PutRule": "TagResource"},
    "iam": {"CreateRole": "TagRole"},
    "kms": {"CreateKey": "TagResource"},
    "logs": {"CreateLogGroup": "TagResource"},
    "s3": {"CreateBucket": "TagResource"},
    "sns": {"CreateTopic": "TagResource"},
}


def actions(service: str, operation: str, params: Params) -> Sequence[str]:
    """The names of the actions that an operation asks for, iam:PassRole aside."""
    named = list(OPERATIONS.get(service, {}).get(operation, [operation]))
    if service == "ses" and operation == "SendEmail" and "Raw" in params["Content"]:
        named += ["SendRawEmail"]  # which of the two AWS asks for is not documented, so it is both
    if service == "s3":
        if "VersionId" in params:
            named = [f"{name}Version" if name in _OF_A_VERSION[:3] else name for name in named]
            named = ["DeleteObjectVersion" if name == "DeleteObject" else name for name in named]
        if operation == "DeleteObjects" and any("VersionId" in each for each in params["Delete"]["Objects"]):
            named += ["DeleteObjectVersion"]
        if named == ["PutObject"]:
            named += ["PutObjectAcl"] if any(name in params for name in _GRANTS) else []
            named += ["PutObjectTagging"] if "Tagging" in params else []
    return named


# A variable of an ARN -> the parameters that tell its value, the first that is there, where the names differ
VARIABLES: Mapping[str, Mapping[str, Sequence[str]]] = {
    "autoscaling": {"GroupFriendlyName": ["AutoScalingGroupName"]},
    "events": {"RuleName": ["Rule", "Name"]},
    "kms": {"Alias": ["AliasName"], "KeyId": ["KeyId", "TargetKeyId", "AliasName"]},
    "logs": {"DeliveryName": ["id"]},
    "s3": {"BucketName": ["Bucket"], "ObjectName": ["Key"]},
    "secretsmanager": {"SecretId": ["SecretId", "Name"]},
}
# Values that hold more than the name
VALUES: Mapping[tuple[str, str], Callable[[str], str]] = {
    ("ssm", "ParameterNameWithoutLeadingSlash"): lambda name: name.removeprefix("/"),
    ("kms", "Alias"): lambda name: name.removeprefix("alias/"),
    ("codebuild", "ProjectName"): lambda name: name.partition(":")[0],  # a build's id
}
# ARNs that AWS's reference doesn't tell: both generations of load balancers are under one prefix there, and log
# groups are `…:log-group:NAME:*` in policies, but for their tags
_LOAD_BALANCER = re.compile(r":loadbalancer/([^/]+)$")
_PIPELINES = ("codepipeline:CreatePipeline", "codepipeline:UpdatePipeline")
_SENDING = ("ses:SendEmail", "ses:SendRawEmail")
_TAGGING = ("logs:TagResource", "logs:UntagResource", "logs:ListTagsForResource")


def resource(action: str, arn: str, params: Params) -> str:
    """The ARN that an action is asked on, where it is another than AWS's reference says."""
    if action == "iam:CreateServiceLinkedRole":
        return re.sub(":role/.*", f":role/aws-service-role/{params['AWSServiceName']}/*", arn)
    if action in _PIPELINES:
        return re.sub(r":\*$", f":{params['pipeline']['name']}", arn)
    if action in _SENDING:
        return re.sub(r":identity/\*$", f":identity/{_sender(params)}", arn)
    if action.startswith("elasticloadbalancing:"):
        return _LOAD_BALANCER.sub(r":loadbalancer/app/\1/*", arn)
    if re.fullmatch(r"arn:[^:]+:logs:[^:]*:\d+:log-group:[^:]+", arn) and action not in _TAGGING:
        return f"{arn}:log-stream:"
    return arn


def _sender(params: Params) -> str:
    """The address that a mail is from; a raw one's header says it."""
    raw = params["Content"].get("Raw", {}).get("Data", b"")
    header = params.get("FromEmailAddress") or str(message_from_bytes(raw)["From"] or "")
    return parseaddr(header)[1] or "*"


EC2_KINDS: Mapping[str, str] = {
    "ami": "image",
    "eipalloc": "elastic-ip",
    "eni": "network-interface",
    "i": "instance",
    "igw": "internet-gateway",
    "lt": "launch-template",
    "nat": "natgateway",
    "rtb": "route-table",
    "sg": "security-group",
    "sgr": "security-group-rule",
    "subnet": "subnet",
    "vol": "volume",
    "vpc": "vpc",
}
# The service that gets a role where it isn't the one that is called
PASSED_TO: Mapping[str, str] = {"iam": "ec2.amazonaws.com"}  # a role in an instance profile
ROLE_PARAMETERS = ("ExecutionRoleArn", "IamRoleArn", "RoleARN", "RoleArn", "fleetServiceRole", "roleArn", "serviceRole")
