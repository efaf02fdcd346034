"""How each type of resource is found at AWS before it is created, and by which id it is imported.

What creation does where something is there is the provider's: most of CloudWatch, EventBridge and CloudWatch Logs is
written over without a word (`Put…`), the rest is refused, in the middle of an `up`. Both are told before. Ids are those
of `pulumi import` (https://www.pulumi.com/registry/packages/aws/, "Import" of each resource).
"""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import jmespath
from botocore.exceptions import ClientError

from components.chat import REGION as CHAT_REGION


@dataclass(frozen=True, kw_only=True)
class Lookup:
    """One question to AWS. What stands in braces is the resource's input of that name, or the account's.

    `found` is the JMESPath of what is there, in each page of the answer; `id` is how it is imported.
    """

    service: str
    operation: str
    params: Mapping[str, Any] = field(default_factory=dict[str, Any])
    found: str
    id: str = "{found}"
    gone: frozenset[str] = frozenset()
    """The error codes that say there is none."""
    region: str | None = None
    """Where it is asked, if not in the resource's own region."""

    @property
    def names(self) -> frozenset[str]:
        """The inputs that say which one it is."""
        return frozenset(_fields([self.params, self.found, self.id])) - {"found", *ACCOUNT}

    def ask(self, client: Any, values: Mapping[str, str]) -> str | None:
        """The id of what is there; None where nothing is.

        Raises:
            ClientError, BotoCoreError: AWS could not be asked, or did not say.
        """
        params = _filled(self.params, values)
        try:
            for page in self._pages(client, params):
                found = jmespath.search(self.found.format_map(values), page)
                for one in found if isinstance(found, list) else [found]:
                    if one:
                        return self.id.format_map({**values, "found": one})
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") not in self.gone:
                raise
        return None

    def _pages(self, client: Any, params: Mapping[str, Any]) -> Iterator[Any]:
        if client.can_paginate(self.operation):
            yield from client.get_paginator(self.operation).paginate(**params)
        else:
            yield getattr(client, self.operation)(**params)


ACCOUNT = frozenset({"partition", "region", "account", "repository"})


def _fields(template: Any) -> Iterator[str]:
    if isinstance(template, str):
        yield from (name for _, name, _, _ in string.Formatter().parse(template) if name)
    elif isinstance(template, Mapping):
        yield from _fields(list(template.values()))
    elif isinstance(template, list):
        for one in template:
            yield from _fields(one)


def _filled(template: Any, values: Mapping[str, str]) -> Any:
    if isinstance(template, str):
        return template.format_map(values)
    if isinstance(template, Mapping):
        return {key: _filled(value, values) for key, value in template.items()}
    return [_filled(one, values) for one in template]


_NOT_FOUND = frozenset({"ResourceNotFoundException"})
_NO_ENTITY = frozenset({"NoSuchEntity"})
_NO_BUCKET = frozenset({"404", "NoSuchBucket"})


def _alarm(kind: str, name: str) -> Lookup:
    return Lookup(
        service="cloudwatch",
        operation="describe_alarms",
        params={"AlarmNames": [f"{{{name}}}"], "AlarmTypes": [kind]},
        found=f"{kind}s[].AlarmName",
    )


def _delivery_end(end: str) -> Lookup:
    return Lookup(
        service="logs",
        operation=f"get_delivery_{end.lower()}",
        params={"name": "{name}"},
        found=f"delivery{end}.name",
        gone=_NOT_FOUND,
    )


def _of_bucket(operation: str, found: str, gone: str | None = None) -> Lookup:
    return Lookup(
        service="s3",
        operation=operation,
        params={"Bucket": "{bucket}"},
        found=found,
        id="{bucket}",
        gone=_NO_BUCKET | ({gone} if gone else frozenset()),
    )


BRANCH_PROTECTION = "github:index/branchProtection:BranchProtection"

LOOKUPS: Mapping[str, Lookup] = {
    "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration": Lookup(
        service="chatbot",
        operation="describe_slack_channel_configurations",
        found="SlackChannelConfigurations[?ConfigurationName=='{configurationName}'].ChatConfigurationArn",
        region=CHAT_REGION,
    ),
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": _alarm("CompositeAlarm", "alarmName"),
    "aws:cloudwatch/dashboard:Dashboard": Lookup(
        service="cloudwatch",
        operation="get_dashboard",
        params={"DashboardName": "{dashboardName}"},
        found="DashboardName",
        gone=frozenset({"ResourceNotFound"}),
    ),
    "aws:cloudwatch/eventRule:EventRule": Lookup(
        service="events", operation="describe_rule", params={"Name": "{name}"}, found="Name", gone=_NOT_FOUND
    ),
    "aws:cloudwatch/eventTarget:EventTarget": Lookup(
        service="events",
        operation="list_targets_by_rule",
        params={"Rule": "{rule}"},
        found="Targets[?Id=='{targetId}'].Id",
        id="{rule}/{targetId}",
        gone=_NOT_FOUND,
    ),
    "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination": _delivery_end("Destination"),
    "aws:cloudwatch/logDeliverySource:LogDeliverySource": _delivery_end("Source"),
    "aws:cloudwatch/logGroup:LogGroup": Lookup(
        service="logs",
        operation="describe_log_groups",
        params={"logGroupNamePrefix": "{name}"},
        found="logGroups[?logGroupName=='{name}'].logGroupName",
    ),
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": Lookup(
        service="logs",
        operation="describe_metric_filters",
        params={"logGroupName": "{logGroupName}", "filterNamePrefix": "{name}"},
        found="metricFilters[?filterName=='{name}'].filterName",
        id="{logGroupName}:{name}",
        gone=_NOT_FOUND,
    ),
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": Lookup(
        service="logs",
        operation="describe_resource_policies",
        found="resourcePolicies[?policyName=='{policyName}'].policyName",
    ),
    "aws:cloudwatch/metricAlarm:MetricAlarm": _alarm("MetricAlarm", "name"),
    "aws:codebuild/project:Project": Lookup(
        service="codebuild", operation="batch_get_projects", params={"names": ["{name}"]}, found="projects[].arn"
    ),
    "aws:codebuild/webhook:Webhook": Lookup(
        service="codebuild",
        operation="batch_get_projects",
        params={"names": ["{projectName}"]},
        found="projects[?webhook].name",
    ),
    "aws:codepipeline/pipeline:Pipeline": Lookup(
        service="codepipeline",
        operation="get_pipeline",
        params={"name": "{name}"},
        found="pipeline.name",
        gone=frozenset({"PipelineNotFoundException"}),
    ),
    "aws:iam/role:Role": Lookup(
        service="iam", operation="get_role", params={"RoleName": "{name}"}, found="Role.RoleName", gone=_NO_ENTITY
    ),
    "aws:iam/rolePolicy:RolePolicy": Lookup(
        service="iam",
        operation="get_role_policy",
        params={"RoleName": "{role}", "PolicyName": "{name}"},
        found="PolicyName",
        id="{role}:{name}",
        gone=_NO_ENTITY,
    ),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": Lookup(
        service="iam",
        operation="list_attached_role_policies",
        params={"RoleName": "{role}"},
        found="AttachedPolicies[?PolicyArn=='{policyArn}'].PolicyArn",
        id="{role}/{policyArn}",
        gone=_NO_ENTITY,
    ),
    "aws:kms/alias:Alias": Lookup(
        service="kms", operation="list_aliases", found="Aliases[?AliasName=='{name}'].AliasName"
    ),
    "aws:s3/bucket:Bucket": _of_bucket("head_bucket", "ResponseMetadata.HTTPStatusCode"),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": _of_bucket(
        "get_bucket_lifecycle_configuration", "Rules", "NoSuchLifecycleConfiguration"
    ),
    "aws:s3/bucketPolicy:BucketPolicy": _of_bucket("get_bucket_policy", "Policy", "NoSuchBucketPolicy"),
    "aws:s3/bucketVersioning:BucketVersioning": _of_bucket("get_bucket_versioning", "Status"),
    "aws:secretsmanager/secret:Secret": Lookup(
        service="secretsmanager",
        operation="describe_secret",
        params={"SecretId": "{name}"},
        found="ARN",
        gone=_NOT_FOUND,
    ),
    "aws:scheduler/schedule:Schedule": Lookup(
        service="scheduler",
        operation="get_schedule",
        params={"GroupName": "{groupName}", "Name": "{name}"},
        found="Name",
        id="{groupName}/{name}",
        gone=_NOT_FOUND,
    ),
    "aws:scheduler/scheduleGroup:ScheduleGroup": Lookup(
        service="scheduler", operation="get_schedule_group", params={"Name": "{name}"}, found="Name", gone=_NOT_FOUND
    ),
    "aws:sns/topic:Topic": Lookup(
        service="sns",
        operation="get_topic_attributes",
        params={"TopicArn": "arn:{partition}:sns:{region}:{account}:{name}"},
        found="Attributes.TopicArn",
        gone=frozenset({"NotFound"}),
    ),
    "aws:sns/topicPolicy:TopicPolicy": Lookup(
        service="sns",
        operation="get_topic_attributes",
        params={"TopicArn": "{arn}"},
        # SNS gives every new topic a policy of its own
        found="Attributes.Policy && !contains(Attributes.Policy, '__default_policy_ID')",
        id="{arn}",
        gone=frozenset({"NotFound"}),
    ),
    BRANCH_PROTECTION: Lookup(
        service="github",
        operation="branch_protection_rules",
        found="rules[?pattern=='{pattern}'].pattern",
        id="{repository}:{pattern}",
        region="",
    ),
}

# What is not looked for, and why nothing of anybody else's can be lost by its creation
NOT_LOOKED_FOR: Mapping[str, str] = {
    "aws:cloudwatch/logDelivery:LogDelivery": "refused between ends that have one; both ends are looked for",
    "aws:kms/key:Key": "a key has no name: creation makes another one",
    "aws:s3/bucketObjectv2:BucketObjectv2": "of a bucket that keeps versions; the bucket itself is looked for",
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": "S3 gives one to every bucket, with the same values",
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": (
        "S3 gives one to every bucket; the bucket itself is looked for"
    ),
    "aws:secretsmanager/secretVersion:SecretVersion": "a version more; the secret itself is looked for",
    "aws:sns/topicSubscription:TopicSubscription": (
        "SNS answers with the one that is there, unchanged; the topic itself is looked for"
    ),
}
