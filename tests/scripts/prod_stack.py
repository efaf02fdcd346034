"""The stack that the tests release to: its names, and its outputs as `pulumi stack output --json` gives them."""

from __future__ import annotations

import json
import types
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from typing import Any, Union, get_args, get_origin, get_type_hints

from sop.alarms import canonical
from sop.digest import json_digest
from sop.outputs import EXPECTED_STACK_OUTPUTS, StackOutputs
from sop.policies import policy_digest
from sop.wire import camel_case
from tests.scripts.fake_aws import ACCOUNT, REGION

EXECUTION = "3f0c0000-0000-4000-8000-000000000001"
REVISION = "9b1d5e0f2c7a4b3d8e6f1a2b3c4d5e6f7a8b9c0d"
BEGIN = datetime(2026, 3, 10, 1, 0, tzinfo=UTC)  # a Tuesday, 11:00 in Brisbane
STACK_ID = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/web-infrastructure-prod/11111111"
NESTED_ID = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/web-infrastructure-prod-Servers-1A2B/22222222"
TARGET_GROUP = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:targetgroup/web-prod/0123456789abcdef"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:prod-alerts"
TOPIC_KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/0c0de000-0000-4000-8000-000000000002"
TOPIC_POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "Publish",
            "Effect": "Allow",
            "Principal": {"Service": ["cloudwatch.amazonaws.com", "events.amazonaws.com"]},
            "Action": ["sns:Publish"],
            "Resource": [TOPIC],
        }
    ],
}
TOPIC_KEY_POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "PublishersEncrypt",
            "Effect": "Allow",
            "Principal": {"Service": ["cloudwatch.amazonaws.com", "events.amazonaws.com"]},
            "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
            "Resource": ["*"],
        }
    ],
}
CONNECTION = f"arn:aws:codeconnections:{REGION}:{ACCOUNT}:connection/5c0de000-0000-4000-8000-000000000001"
DEPLOYER = f"arn:aws:sts::{ACCOUNT}:assumed-role/web-pipeline-prod-cloudformation/AWSCloudFormation"
ALARMS = ["prod-cpu", "prod-error-rate", "prod-pipeline-failed"]
COMPOSITE = "prod-release-health"
LOAD_BALANCER = f"web-prod-1234567890.{REGION}.elb.amazonaws.com"
LOAD_BALANCER_NAME = "app/web-prod/0123456789abcdef"
STACK_OUTPUTS = {
    "TargetGroupArn": TARGET_GROUP,
    "AutoScalingGroupName": "web-prod",
    "LoadBalancerDnsName": LOAD_BALANCER,
    "LoadBalancerFullName": LOAD_BALANCER_NAME,
    "ApplicationLogGroupName": "/aws/ec2/web-server",
}

_ACTIONS = {"AlarmActions": [TOPIC], "OKActions": [TOPIC]}
# As CloudWatch has them; each looks at five minutes
ALARM_ON_A_METRIC: dict[str, Any] = {
    "ActionsEnabled": True,
    **_ACTIONS,
    "InsufficientDataActions": [],
    "Namespace": "AWS/EC2",
    "MetricName": "CPUUtilization",
    "Dimensions": [{"Name": "AutoScalingGroupName", "Value": "web-prod"}],
    "Statistic": "Average",
    "Period": 60,
    "EvaluationPeriods": 5,
    "DatapointsToAlarm": 5,
    "Threshold": 80.0,
    "ComparisonOperator": "GreaterThanOrEqualToThreshold",
    "TreatMissingData": "missing",
}
ALARM_ON_ALARMS: dict[str, Any] = {
    "ActionsEnabled": True,
    **_ACTIONS,
    "InsufficientDataActions": [],
    "AlarmRule": " OR ".join(f'ALARM("{name}")' for name in ALARMS),
}
ALARM_DEFINITIONS: dict[str, dict[str, Any]] = {
    **dict.fromkeys(ALARMS, ALARM_ON_A_METRIC),
    "prod-pipeline-failed": {
        **ALARM_ON_A_METRIC,
        "Namespace": "AWS/CodePipeline",
        "MetricName": "FailedPipelineExecutions",
    },
    COMPOSITE: ALARM_ON_ALARMS,
}

DASHBOARD: dict[str, Any] = {
    "widgets": [
        {"type": "text", "properties": {"markdown": "## web-infrastructure-prod"}},
        {
            "type": "metric",
            "properties": {
                "title": "CPU",
                "region": REGION,
                "period": 300,
                "metrics": [["AWS/EC2", "CPUUtilization", "AutoScalingGroupName", "web-prod", {"stat": "Average"}]],
            },
        },
    ]
}

# What no check reads yet is filled in by its type.
GIVEN: dict[str, Any] = {
    "contract": 1,
    "stack": "prod",
    "environment": "prod",
    "service": "web",
    "region": REGION,
    "accountId": ACCOUNT,
    "repository": "helios/web-infrastructure",
    "branch": "main",
    "operationsManager": "helios/operations-manager",
    "managerCounts": False,
    "connectionArn": CONNECTION,
    "connectionStatus": "AVAILABLE",
    "pipelineName": "web-pipeline-prod",
    "pipelineStages": ["Source", "Build", "Deploy"],
    "buildProjectName": "web-pipeline-prod-build",
    "deployProjectName": "web-pipeline-prod-deploy",
    "pullRequestProjectName": "web-pipeline-prod-pull-request",
    "artifactBucketName": "web-pipeline-prod-artifacts",
    "cloudformationStackName": "web-infrastructure-prod",
    "expectedStackOutputs": list(EXPECTED_STACK_OUTPUTS),
    "topicArn": TOPIC,
    "topicPolicyDigest": policy_digest(json.dumps(TOPIC_POLICY)),
    "topicKeyArn": TOPIC_KEY,
    "topicKeyPolicyDigest": policy_digest(json.dumps(TOPIC_KEY_POLICY)),
    "alertEmails": ["operations@helios.id"],
    "dashboardName": "prod-infrastructure-dashboard",
    "dashboardDigest": json_digest(json.dumps(DASHBOARD)),
    "alarms": {name: canonical(definition) for name, definition in ALARM_DEFINITIONS.items()},
    "compositeAlarmName": COMPOSITE,
    "applicationLogGroupName": "/aws/ec2/web-server",
    "metricNamespace": "WebInfrastructure/prod",
    "accessLogGroupName": "/aws/elasticloadbalancing/app",
    "statusCheck": "CFN-Lint",
    "runbooks": "https://github.com/helios/web-infrastructure/blob/main/docs/runbooks",
    "thresholds": {
        "pipelineExpectedMinutes": 10,
        "pipelineAlertMinutes": 15,
        "responseTimeSeconds": 1,
        "cpuPercent": 80,
        "errorRatePercent": 5,
        "unhealthyHosts": 0,
        "applicationErrors": 5,
        "devObservationHours": 24,
    },
    "releaseWindow": {
        "days": ["TUE", "WED", "THU"],
        "opens": "10:00",
        "closes": "14:00",
        "timeZone": "Australia/Brisbane",
        "cron": "* * 10-13 ? * TUE-THU *",
    },
    "calendar": {
        "holidays": ["AU-QLD"],
        "halfDays": False,
        "workingDays": [],
        "quarterEndDays": 3,
        "freezes": {},
    },
    "announcements": {
        "required": ["mail"],
        "mail": {"sender": "operations@helios.id", "audiences": {"operations": ["operations@helios.id"]}},
        "slack": {"channel": "C0123456789"},
        "statusPage": {"page": "kctbh9vrtdwd", "components": ["8kbf7d35c070"]},
        "releaseManager": {"name": "Ayu Lestari", "email": "ayu@helios.id", "phone": "+62 21 5550 101"},
        "onCall": {"name": "Budi Santoso", "email": "budi@helios.id", "phone": "+62 21 5550 102"},
        "incidentCommander": {"name": "Citra Dewi", "email": "citra@helios.id", "phone": "+62 21 5550 103"},
        "secretArn": None,
    },
    "workload": {
        "loadBalancerDnsName": LOAD_BALANCER,
        "loadBalancerFullName": LOAD_BALANCER_NAME,
        "targetGroupArn": TARGET_GROUP,
        "targetGroupFullName": "targetgroup/web-prod/0123456789abcdef",
        "autoScalingGroupName": "web-prod",
    },
}


def _example(contract: Any, given: Any) -> Any:
    """`given`, completed to an example of the contract; what is optional stays away unless given."""
    if get_origin(contract) in (types.UnionType, Union):
        if given is None:
            return None
        contract = get_args(contract)[0]
    if is_dataclass(contract):
        hints = get_type_hints(contract)
        keys = {camel_case(field.name): hints[field.name] for field in fields(contract)}
        return {key: _example(hint, (given or {}).get(key)) for key, hint in keys.items()}
    return given if given is not None else {str: "text", float: 1.0, int: 1, bool: True}.get(contract, [])


OUTPUTS: dict[str, Any] = _example(StackOutputs, GIVEN)
