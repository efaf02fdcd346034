"""One life for each resource type: how it is made, disturbed behind Pulumi's back, and changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.plugins.values import Values
from sandbox.world import ACCOUNT_ID, REGION
from tests.sandbox.plugins.engine import Engine

Disturb = Callable[..., Any]

ROOT = f"arn:aws:iam::{ACCOUNT_ID}:root"
ROLE = f"arn:aws:iam::{ACCOUNT_ID}:role/release"
CONNECTION = f"arn:aws:codeconnections:{REGION}:{ACCOUNT_ID}:connection/5c0de000-0000-4000-8000-000000000001"


def policy(action: str, resource: str = "*") -> str:
    statement = {"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": action, "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def grant(action: str) -> str:
    """A policy of a role, which names no principal."""
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]})


def trust(service: str) -> str:
    principal = {"Service": f"{service}.amazonaws.com"}
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@dataclass(frozen=True)
class Case:
    """`inputs` is what a program writes; in it, `{name}` stands for a need of that name (its id)."""

    inputs: Values
    update: Values
    """What the next version of the program says otherwise."""
    drift: Callable[[Disturb, str], Any]
    """Called with `behind` and the resource's id."""
    seen: str
    """The property in which a refresh must show the drift."""
    needs: Mapping[str, tuple[str, Values]] = field(default_factory=dict)
    """Other resources that must be there, by name: type and inputs."""

    def program(self, engine: Engine) -> Values:
        """The inputs with all needs created and filled in."""
        made: dict[str, str] = {}
        for name, (token, inputs) in self.needs.items():
            made[name] = engine.create(token, _filled(inputs, made)).identifier
        return _filled(self.inputs, made)


def _filled(value: Any, made: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        for name, identifier in made.items():
            value = value.replace(f"{{{name}}}", identifier)
        return value
    if isinstance(value, dict):
        return {key: _filled(item, made) for key, item in value.items()}
    return [_filled(item, made) for item in value] if isinstance(value, list) else value


BUCKET = "aws:s3/bucket:Bucket"
KEY = "aws:kms/key:Key"
TOPIC = "aws:sns/topic:Topic"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
ROLE_TYPE = "aws:iam/role:Role"
RULE = "aws:cloudwatch/eventRule:EventRule"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
PROJECT = "aws:codebuild/project:Project"
SOURCE = "aws:cloudwatch/logDeliverySource:LogDeliverySource"
DESTINATION = "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination"

LOAD_BALANCER = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT_ID}:loadbalancer/app/web/0123456789abcdef"
RULE_PATTERN = json.dumps({"source": ["aws.codepipeline"]})

ONE_METRIC: Values = {
    "comparisonOperator": "GreaterThanThreshold",
    "evaluationPeriods": 2,
    "metricName": "CPUUtilization",
    "namespace": "AWS/EC2",
    "period": 60,
    "statistic": "Average",
    "threshold": 80.5,
    "treatMissingData": "breaching",
    "dimensions": {"AutoScalingGroupName": "web"},
}

PIPELINE: Values = {
    "name": "life-pipeline",
    "pipelineType": "V2",
    "executionMode": "QUEUED",
    "roleArn": ROLE,
    "artifactStores": [
        {"location": "life-artifacts", "type": "S3", "encryptionKey": {"id": "alias/x", "type": "KMS"}}
    ],
    "stages": [
        {
            "name": "Source",
            "actions": [
                {
                    "name": "GitHub",
                    "category": "Source",
                    "owner": "AWS",
                    "provider": "CodeStarSourceConnection",
                    "version": "1",
                    "outputArtifacts": ["source"],
                    "configuration": {
                        "ConnectionArn": CONNECTION,
                        "FullRepositoryId": "helios/web-infrastructure",
                        "BranchName": "dev",
                        "DetectChanges": "true",
                    },
                }
            ],
        },
        {
            "name": "Deploy",
            "actions": [
                {
                    "name": "Deploy",
                    "category": "Build",
                    "owner": "AWS",
                    "provider": "CodeBuild",
                    "version": "1",
                    "inputArtifacts": ["source"],
                    "configuration": {"ProjectName": "web-deploy-dev"},
                }
            ],
            "beforeEntry": {
                "condition": {
                    "result": "FAIL",
                    "rules": [
                        {
                            "name": "window",
                            "timeoutInMinutes": 11520,
                            "ruleTypeId": {"category": "Rule", "provider": "DeploymentWindow"},
                            "configuration": {"Cron": "* * 10-13 ? * TUE-THU *", "TimeZone": "Australia/Brisbane"},
                        }
                    ],
                }
            },
        },
    ],
}

BUILD: Values = {
    "name": "life-build",
    "description": "Builds",
    "serviceRole": ROLE,
    "buildTimeout": 15,
    "artifacts": {"type": "CODEPIPELINE"},
    "source": {"type": "CODEPIPELINE", "buildspec": "buildspec-test.yml"},
    "environment": {
        "computeType": "BUILD_GENERAL1_SMALL",
        "image": "aws/codebuild/amazonlinux-x86_64-standard:5.0",
        "type": "LINUX_CONTAINER",
        "environmentVariables": [
            {"name": "ENVIRONMENT", "value": "dev", "type": "PLAINTEXT"},
            {"name": "STACK_NAME", "value": "web-infrastructure-dev"},
        ],
    },
    "logsConfig": {"cloudwatchLogs": {"groupName": "/aws/codebuild/life", "status": "ENABLED"}},
}

PULL_REQUEST_BUILD: Values = {
    **BUILD,
    "name": "life-pull-request",
    "artifacts": {"type": "NO_ARTIFACTS"},
    "source": {
        "type": "GITHUB",
        "location": "https://github.com/helios/web-infrastructure.git",
        "buildspec": "buildspec-test.yml",
        "gitCloneDepth": 1,
        "reportBuildStatus": True,
        "buildStatusConfig": {"context": "CFN-Lint"},
        "auth": {"type": "CODECONNECTIONS", "resource": CONNECTION},
    },
}


def filters(branch: str) -> list[Values]:
    events = "PULL_REQUEST_CREATED, PULL_REQUEST_UPDATED, PULL_REQUEST_REOPENED"
    return [{"filters": [{"type": "EVENT", "pattern": events}, {"type": "BASE_REF", "pattern": f"^refs/heads/{branch}$"}]}]


def widgets(threshold: int) -> str:
    annotation = {"horizontal": [{"value": threshold}]}
    properties = {"metrics": [["AWS/EC2", "CPUUtilization"]], "region": REGION, "annotations": annotation}
    widget = {"type": "metric", "x": 0, "y": 0, "width": 12, "height": 6, "properties": properties}
    return json.dumps({"widgets": [widget]})


def _renamed_first_action(behind: Disturb, identifier: str) -> None:
    pipeline = behind("codepipeline", "get_pipeline", name=identifier)["pipeline"]
    pipeline["stages"][0]["actions"][0]["configuration"]["BranchName"] = "main"
    behind("codepipeline", "update_pipeline", pipeline=pipeline)


CASES: dict[str, Case] = {
    BUCKET: Case(
        inputs={"bucket": "life-bucket", "forceDestroy": True, "tags": {"Kind": "artifacts"}},
        update={"tags": {"Kind": "other"}},
        drift=lambda behind, bucket: behind(
            "s3", "put_bucket_tagging", Bucket=bucket, Tagging={"TagSet": [{"Key": "Kind", "Value": "changed"}]}
        ),
        seen="tags.Kind",
    ),
    "aws:s3/bucketVersioning:BucketVersioning": Case(
        needs={"bucket": (BUCKET, {"bucket": "life-versioning"})},
        inputs={"bucket": "{bucket}", "versioningConfiguration": {"status": "Enabled"}},
        update={"versioningConfiguration": {"status": "Suspended"}},
        drift=lambda behind, bucket: behind(
            "s3", "put_bucket_versioning", Bucket=bucket, VersioningConfiguration={"Status": "Suspended"}
        ),
        seen="versioningConfiguration.status",
    ),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": Case(
        needs={"bucket": (BUCKET, {"bucket": "life-encryption"}), "key": (KEY, {})},
        inputs={
            "bucket": "{bucket}",
            "rules": [
                {
                    "applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": "{key}"},
                    "bucketKeyEnabled": True,
                }
            ],
        },
        update={"rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}]},
        drift=lambda behind, bucket: behind(
            "s3",
            "put_bucket_encryption",
            Bucket=bucket,
            ServerSideEncryptionConfiguration={
                "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
            },
        ),
        seen="rules[0].applyServerSideEncryptionByDefault.sseAlgorithm",
    ),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": Case(
        needs={"bucket": (BUCKET, {"bucket": "life-public"})},
        inputs={
            "bucket": "{bucket}",
            "blockPublicAcls": True,
            "blockPublicPolicy": True,
            "ignorePublicAcls": True,
            "restrictPublicBuckets": True,
        },
        update={"ignorePublicAcls": False},
        drift=lambda behind, bucket: behind("s3", "delete_public_access_block", Bucket=bucket),
        seen="(gone)",
    ),
    "aws:s3/bucketPolicy:BucketPolicy": Case(
        needs={"bucket": (BUCKET, {"bucket": "life-policy"})},
        inputs={"bucket": "{bucket}", "policy": policy("s3:GetObject", "arn:aws:s3:::life-policy/*")},
        update={"policy": policy("s3:PutObject", "arn:aws:s3:::life-policy/*")},
        drift=lambda behind, bucket: behind(
            "s3", "put_bucket_policy", Bucket=bucket, Policy=policy("s3:*", "arn:aws:s3:::life-policy/*")
        ),
        seen="policy",
    ),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": Case(
        needs={"bucket": (BUCKET, {"bucket": "life-lifecycle"})},
        inputs={
            "bucket": "{bucket}",
            "rules": [
                {
                    "id": "expire",
                    "status": "Enabled",
                    "filter": {"prefix": ""},
                    "expiration": {"days": 90},
                    "noncurrentVersionExpiration": {"noncurrentDays": 30},
                    "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7},
                }
            ],
        },
        update={"rules": [{"id": "expire", "status": "Enabled", "filter": {"prefix": "x/"}, "expiration": {"days": 9}}]},
        drift=lambda behind, bucket: behind(
            "s3",
            "put_bucket_lifecycle_configuration",
            Bucket=bucket,
            LifecycleConfiguration={
                "Rules": [{"ID": "expire", "Status": "Disabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 90}}]
            },
        ),
        seen="rules[0].status",
    ),
    KEY: Case(
        inputs={
            "description": "Artifacts",
            "enableKeyRotation": True,
            "deletionWindowInDays": 7,
            "policy": policy("kms:*"),
            "tags": {"Kind": "artifacts"},
        },
        update={"description": "Alerts", "policy": policy("kms:Decrypt")},
        drift=lambda behind, key: behind("kms", "disable_key_rotation", KeyId=key),
        seen="enableKeyRotation",
    ),
    "aws:kms/alias:Alias": Case(
        needs={"key": (KEY, {}), "other": (KEY, {})},
        inputs={"name": "alias/life", "targetKeyId": "{key}"},
        update={"targetKeyId": "{other}"},
        drift=lambda behind, alias: behind(
            "kms", "update_alias", AliasName=alias, TargetKeyId=behind("kms", "create_key")["KeyMetadata"]["KeyId"]
        ),
        seen="targetKeyId",
    ),
    ROLE_TYPE: Case(
        inputs={"name": "life-role", "assumeRolePolicy": trust("codebuild"), "description": "Builds"},
        update={"assumeRolePolicy": trust("codepipeline"), "description": "Releases"},
        drift=lambda behind, role: behind("iam", "update_role", RoleName=role, Description="changed"),
        seen="description",
    ),
    "aws:iam/rolePolicy:RolePolicy": Case(
        needs={"role": (ROLE_TYPE, {"name": "life-policy-role", "assumeRolePolicy": trust("codebuild")})},
        inputs={"role": "{role}", "name": "build", "policy": grant("s3:GetObject")},
        update={"policy": grant("s3:PutObject")},
        drift=lambda behind, identifier: behind(
            "iam",
            "put_role_policy",
            RoleName=identifier.split(":")[0],
            PolicyName="build",
            PolicyDocument=grant("s3:*"),
        ),
        seen="policy",
    ),
    "aws:codepipeline/pipeline:Pipeline": Case(
        inputs=PIPELINE,
        update={"executionMode": "SUPERSEDED", "tags": {"Kind": "pipeline"}},
        drift=_renamed_first_action,
        seen="stages[0].actions[0].configuration.BranchName",
    ),
    PROJECT: Case(
        inputs=BUILD,
        update={"buildTimeout": 20, "environment": {**BUILD["environment"], "environmentVariables": []}},
        drift=lambda behind, arn: behind("codebuild", "update_project", name="life-build", description="changed"),
        seen="description",
    ),
    "aws:codebuild/webhook:Webhook": Case(
        needs={"project": (PROJECT, PULL_REQUEST_BUILD)},
        inputs={"projectName": "life-pull-request", "buildType": "BUILD", "filterGroups": filters("dev")},
        update={"filterGroups": filters("main")},
        drift=lambda behind, project: behind(
            "codebuild",
            "update_webhook",
            projectName=project,
            filterGroups=[[{"type": "EVENT", "pattern": "PULL_REQUEST_CREATED"}]],
        ),
        seen="filterGroups[0].filters[0].pattern",
    ),
    TOPIC: Case(
        needs={"key": (KEY, {})},
        inputs={"name": "life-topic", "displayName": "Alerts", "kmsMasterKeyId": "{key}", "tags": {"Kind": "alerts"}},
        update={"displayName": "Releases", "tags": {}},
        drift=lambda behind, arn: behind("sns", "untag_resource", ResourceArn=arn, TagKeys=["Kind"]),
        seen="tags.Kind",
    ),
    "aws:sns/topicPolicy:TopicPolicy": Case(
        needs={"topic": (TOPIC, {"name": "life-topic-policy"})},
        inputs={"arn": "{topic}", "policy": policy("sns:Publish", "{topic}")},
        update={"policy": policy("sns:Subscribe", "{topic}")},
        drift=lambda behind, arn: behind(
            "sns",
            "set_topic_attributes",
            TopicArn=arn,
            AttributeName="Policy",
            AttributeValue=policy("sns:GetTopicAttributes", arn),
        ),
        seen="policy",
    ),
    "aws:sns/topicSubscription:TopicSubscription": Case(
        needs={"topic": (TOPIC, {"name": "life-subscription"})},
        inputs={"topic": "{topic}", "protocol": "email", "endpoint": "operations@helios.id"},
        update={"filterPolicy": json.dumps({"state": ["ALARM"]})},
        drift=lambda behind, arn: behind(
            "sns",
            "set_subscription_attributes",
            SubscriptionArn=arn,
            AttributeName="FilterPolicy",
            AttributeValue=json.dumps({"state": ["OK"]}),
        ),
        seen="filterPolicy",
    ),
    ALARM: Case(
        needs={"topic": (TOPIC, {"name": "life-alarm"})},
        inputs={"name": "life-alarm", "alarmDescription": "CPU", "alarmActions": ["{topic}"], **ONE_METRIC},
        update={"threshold": 90, "okActions": ["{topic}"], "tags": {"Kind": "alarm"}},
        drift=lambda behind, name: behind("cloudwatch", "disable_alarm_actions", AlarmNames=[name]),
        seen="actionsEnabled",
    ),
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": Case(
        needs={"alarm": (ALARM, {"name": "life-part", **ONE_METRIC})},
        inputs={"alarmName": "life-composite", "alarmDescription": "Health", "alarmRule": 'ALARM("life-part")'},
        update={"alarmRule": 'NOT ALARM("life-part")'},
        drift=lambda behind, name: behind("cloudwatch", "disable_alarm_actions", AlarmNames=[name]),
        seen="actionsEnabled",
    ),
    "aws:cloudwatch/dashboard:Dashboard": Case(
        inputs={"dashboardName": "life-dashboard", "dashboardBody": widgets(80)},
        update={"dashboardBody": widgets(90)},
        drift=lambda behind, name: behind(
            "cloudwatch", "put_dashboard", DashboardName=name, DashboardBody=widgets(70)
        ),
        seen="dashboardBody",
    ),
    RULE: Case(
        inputs={"name": "life-rule", "description": "Failures", "eventPattern": RULE_PATTERN},
        update={"description": "Ends"},
        drift=lambda behind, name: behind("events", "disable_rule", Name=name),
        seen="state",
    ),
    "aws:cloudwatch/eventTarget:EventTarget": Case(
        needs={
            "topic": (TOPIC, {"name": "life-target"}),
            "rule": (RULE, {"name": "life-target-rule", "eventPattern": RULE_PATTERN}),
        },
        inputs={"rule": "{rule}", "targetId": "alerts", "arn": "{topic}", "inputPath": "$.detail"},
        update={"inputPath": "$.detail.state"},
        drift=lambda behind, _identifier: behind(
            "events",
            "put_targets",
            Rule="life-target-rule",
            Targets=[{"Id": "alerts", "Arn": f"arn:aws:sns:{REGION}:{ACCOUNT_ID}:life-target"}],
        ),
        seen="inputPath",
    ),
    LOG_GROUP: Case(
        inputs={"name": "/life/group", "retentionInDays": 30, "tags": {"Kind": "logs"}},
        update={"retentionInDays": 90},
        drift=lambda behind, name: behind("logs", "delete_retention_policy", logGroupName=name),
        seen="retentionInDays",
    ),
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": Case(
        needs={"group": (LOG_GROUP, {"name": "/life/filter"})},
        inputs={
            "name": "life-filter",
            "logGroupName": "{group}",
            "pattern": "?ERROR ?FATAL",
            "metricTransformation": {
                "name": "ApplicationErrors",
                "namespace": "Release/dev",
                "value": "1",
                "defaultValue": "0",
            },
        },
        update={"pattern": "?ERROR"},
        drift=lambda behind, name: behind(
            "logs",
            "put_metric_filter",
            logGroupName="/life/filter",
            filterName=name,
            filterPattern="?ERROR ?FATAL",
            metricTransformations=[
                {"metricName": "ApplicationErrors", "metricNamespace": "Release/dev", "metricValue": "2"}
            ],
        ),
        seen="metricTransformation.value",
    ),
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": Case(
        inputs={"policyName": "life-logs", "policyDocument": policy("logs:PutLogEvents")},
        update={"policyDocument": policy("logs:CreateLogStream")},
        drift=lambda behind, name: behind(
            "logs", "put_resource_policy", policyName=name, policyDocument=policy("logs:*")
        ),
        seen="policyDocument",
    ),
    SOURCE: Case(
        inputs={"name": "life-source", "logType": "ALB_ACCESS_LOGS", "resourceArn": LOAD_BALANCER},
        update={"tags": {"Kind": "logs"}},
        drift=lambda behind, name: behind("logs", "delete_delivery_source", name=name),
        seen="(gone)",
    ),
    DESTINATION: Case(
        needs={"group": (LOG_GROUP, {"name": "/life/destination"})},
        inputs={
            "name": "life-destination",
            "deliveryDestinationConfiguration": {
                "destinationResourceArn": f"arn:aws:logs:{REGION}:{ACCOUNT_ID}:log-group:/life/destination"
            },
        },
        update={"tags": {"Kind": "logs"}},
        drift=lambda behind, name: behind("logs", "delete_delivery_destination", name=name),
        seen="(gone)",
    ),
    "aws:cloudwatch/logDelivery:LogDelivery": Case(
        needs={
            "group": (LOG_GROUP, {"name": "/life/delivery"}),
            "source": (SOURCE, {"name": "life-delivered", "logType": "ALB_ACCESS_LOGS", "resourceArn": LOAD_BALANCER}),
            "destination": (
                DESTINATION,
                {
                    "name": "life-delivered-to",
                    "deliveryDestinationConfiguration": {
                        "destinationResourceArn": f"arn:aws:logs:{REGION}:{ACCOUNT_ID}:log-group:/life/delivery"
                    },
                },
            ),
        },
        inputs={
            "deliverySourceName": "{source}",
            "deliveryDestinationArn": f"arn:aws:logs:{REGION}:{ACCOUNT_ID}:delivery-destination:life-delivered-to",
        },
        update={"tags": {"Kind": "logs"}},
        drift=lambda behind, identifier: behind("logs", "delete_delivery", id=identifier),
        seen="(gone)",
    ),
    "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration": Case(
        needs={"topic": (TOPIC, {"name": "life-chat"})},
        inputs={
            "configurationName": "life-chat",
            "iamRoleArn": ROLE,
            "slackChannelId": "C0123456789",
            "slackTeamId": "T0123456789",
            "loggingLevel": "ERROR",
            "snsTopicArns": ["{topic}"],
            "guardrailPolicyArns": ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
        },
        update={"loggingLevel": "INFO", "slackChannelId": "C9876543210"},
        drift=lambda behind, arn: behind(
            "chatbot",
            "update_slack_channel_configuration",
            ChatConfigurationArn=arn,
            SlackChannelId="C0123456789",
            LoggingLevel="NONE",
        ),
        seen="loggingLevel",
    ),
}
