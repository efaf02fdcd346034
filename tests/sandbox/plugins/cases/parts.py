"""What several lives need: types, names and small policy documents."""

from __future__ import annotations

import json

from sandbox.plugins.values import Values
from tests.sandbox.sample import ACCOUNT_ID, REGION

BUCKET = "aws:s3/bucket:Bucket"
KEY = "aws:kms/key:Key"
TOPIC = "aws:sns/topic:Topic"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
ROLE = "aws:iam/role:Role"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
OTHERS_POLICY = "life-policy"  # of the account, and no stack's
RULE = "aws:cloudwatch/eventRule:EventRule"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
GROUP = "aws:scheduler/scheduleGroup:ScheduleGroup"
PROJECT = "aws:codebuild/project:Project"
SOURCE = "aws:cloudwatch/logDeliverySource:LogDeliverySource"
DESTINATION = "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination"

LOAD_BALANCER = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT_ID}:loadbalancer/app/web/0123456789abcdef"
RULE_PATTERN = json.dumps({"source": ["aws.codepipeline"]})

ROOT = f"arn:aws:iam::{ACCOUNT_ID}:root"
CONNECTION = f"arn:aws:codeconnections:{REGION}:{ACCOUNT_ID}:connection/5c0de000-0000-4000-8000-000000000001"


def policy(action: str, resource: str = "*") -> str:
    statement = {"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": action, "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def grant(*actions: str) -> str:
    """A policy of a role, which names no principal."""
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def trust(service: str) -> str:
    principal = {"Service": f"{service}.amazonaws.com"}
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def role_arn(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT_ID}:role/{name}"


def role(name: str, service: str) -> tuple[str, Values]:
    """A need: a role that `service` may take."""
    return ROLE, {"name": name, "assumeRolePolicy": trust(service)}
