"""What the program's resources take of whoever runs it: what reads them, and what changes them.

The calls are the AWS provider's, and the program's own questions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from components.configuration.settings import Settings
from components.deployers.resources import StackResources as Own
from components.runner.files import may_run


class Scope(StrEnum):
    """What narrows a grant besides its resources."""

    RESOURCE = "the resource alone"
    REGION = "the stack's region"
    CHAT = "the stack's region and that in which Amazon Q answers for all"
    NEW_KEY = "a key made with the stack's tags"
    OWN_KEY = "a key that has the stack's tags"


@dataclass(frozen=True, kw_only=True)
class Grant:
    """What may be done with some resources, `where` the configuration has them.

    `passed_to` may be given a role, without `.amazonaws.com`; chatbot where there is a Slack channel.
    """

    sid: str
    resources: Callable[[Own], list[str]]
    reads: Sequence[str] = ()
    changes: Sequence[str] = ()
    scope: Scope = Scope.RESOURCE
    passed_to: Sequence[str] = ()
    where: Callable[[Settings], object] = lambda _: True


def _of(service: str, names: str) -> list[str]:
    return [f"{service}:{name}" for name in names.split()]


def _with_slack(settings: Settings) -> object:
    return settings.slack


def _with_runner(settings: Settings) -> object:
    return may_run(settings)


def _with_records(settings: Settings) -> object:
    return settings.keep_records


_BOTH_NAMES = ("codeconnections", "codestar-connections")  # the service's present name, and its former

GRANTS = (
    Grant(
        sid="Pipeline",
        resources=Own.pipeline,
        reads=_of("codepipeline", "GetPipeline ListPipelineExecutions ListTagsForResource"),
        changes=_of("codepipeline", "CreatePipeline DeletePipeline TagResource UntagResource UpdatePipeline"),
    ),
    Grant(
        sid="Projects",
        resources=Own.projects,
        reads=_of("codebuild", "BatchGetProjects"),
        changes=_of("codebuild", "CreateProject CreateWebhook DeleteProject DeleteWebhook UpdateProject UpdateWebhook"),
    ),
    Grant(
        sid="Roles",
        resources=Own.roles,
        reads=_of("iam", "GetRole GetRolePolicy ListAttachedRolePolicies ListRolePolicies ListRoleTags"),
        changes=_of(
            "iam",
            "AttachRolePolicy CreateRole DeleteRole DeleteRolePolicy DetachRolePolicy ListInstanceProfilesForRole "
            "PutRolePolicy TagRole UntagRole UpdateAssumeRolePolicy UpdateRoleDescription",
        ),
    ),
    Grant(
        sid="GiveRoles",
        # Which service takes which is in the roles themselves: each trusts one
        resources=Own.roles,
        changes=["iam:PassRole"],
        passed_to=("chatbot", "codebuild", "codepipeline", "events", "scheduler"),
    ),
    Grant(sid="NewKeys", resources=Own.anything, changes=_of("kms", "CreateKey TagResource"), scope=Scope.NEW_KEY),
    Grant(
        sid="Keys",
        resources=Own.keys,
        reads=_of("kms", "DescribeKey GetKeyPolicy GetKeyRotationStatus ListResourceTags"),
        changes=_of(
            "kms",
            # GenerateDataKey: S3 asks for it on behalf of whoever puts an object
            "CreateAlias DeleteAlias EnableKeyRotation GenerateDataKey PutKeyPolicy ScheduleKeyDeletion TagResource "
            "UntagResource UpdateAlias UpdateKeyDescription",
        ),
        scope=Scope.OWN_KEY,
    ),
    Grant(sid="Aliases", resources=Own.aliases, changes=_of("kms", "CreateAlias DeleteAlias UpdateAlias")),
    Grant(
        sid="Bucket",
        resources=Own.buckets,
        reads=_of(
            "s3",
            "GetAccelerateConfiguration GetBucketAcl GetBucketCORS GetBucketLogging GetBucketObjectLockConfiguration "
            "GetBucketPolicy GetBucketPublicAccessBlock GetBucketRequestPayment GetBucketTagging GetBucketVersioning "
            "GetBucketWebsite GetEncryptionConfiguration GetLifecycleConfiguration GetReplicationConfiguration "
            "ListBucket",
        ),
        changes=_of(
            "s3",
            "CreateBucket DeleteBucket DeleteBucketPolicy ListBucketVersions PutBucketPolicy "
            "PutBucketPublicAccessBlock PutBucketTagging PutBucketVersioning PutEncryptionConfiguration "
            "PutLifecycleConfiguration TagResource",
        ),
    ),
    Grant(sid="Artifacts", resources=Own.objects, changes=_of("s3", "DeleteObject DeleteObjectVersion")),
    Grant(
        sid="Command",
        resources=Own.command,
        reads=_of("s3", "GetObject GetObjectTagging"),
        changes=_of("s3", "DeleteObjectVersion PutObject PutObjectTagging"),
        where=_with_records,
    ),
    Grant(
        sid="Topic",
        resources=Own.topics,
        reads=_of("sns", "GetTopicAttributes ListTagsForResource"),
        changes=_of("sns", "CreateTopic DeleteTopic SetTopicAttributes Subscribe TagResource UntagResource"),
    ),
    Grant(
        sid="ChannelSecret",
        resources=Own.channel_secret,
        reads=_of("secretsmanager", "DescribeSecret GetResourcePolicy GetSecretValue"),
        changes=_of(
            "secretsmanager", "CreateSecret DeleteSecret PutSecretValue TagResource UntagResource UpdateSecret"
        ),
        where=lambda settings: settings.channel_secrets,
    ),
    Grant(sid="AlarmTags", resources=Own.alarms_by_prefix, reads=_of("cloudwatch", "ListTagsForResource")),
    Grant(
        sid="Alarms",
        resources=Own.alarms,
        changes=_of("cloudwatch", "DeleteAlarms PutCompositeAlarm PutMetricAlarm TagResource UntagResource"),
    ),
    Grant(
        sid="Dashboard",
        resources=Own.dashboard,
        reads=_of("cloudwatch", "GetDashboard"),
        changes=_of("cloudwatch", "DeleteDashboards PutDashboard"),
    ),
    Grant(
        sid="Rules",
        resources=Own.rules,
        reads=_of("events", "DescribeRule ListTagsForResource ListTargetsByRule"),
        changes=_of("events", "DeleteRule PutRule PutTargets RemoveTargets TagResource UntagResource"),
    ),
    Grant(
        sid="ScheduleGroup",
        resources=Own.schedule_group,
        reads=_of("scheduler", "GetScheduleGroup ListTagsForResource"),
        changes=_of("scheduler", "CreateScheduleGroup DeleteScheduleGroup TagResource UntagResource"),
        where=_with_runner,
    ),
    Grant(
        sid="Schedules",
        resources=Own.schedules,
        reads=_of("scheduler", "GetSchedule"),
        changes=_of("scheduler", "CreateSchedule DeleteSchedule UpdateSchedule"),
        where=_with_runner,
    ),
    Grant(
        sid="LogGroups",
        resources=Own.log_groups,
        reads=_of("logs", "ListTagsForResource"),
        changes=_of("logs", "CreateLogGroup DeleteLogGroup PutRetentionPolicy TagResource UntagResource"),
    ),
    Grant(
        sid="MetricFilter",
        resources=Own.filtered_log_group,
        reads=_of("logs", "DescribeMetricFilters"),
        changes=_of("logs", "DeleteMetricFilter PutMetricFilter"),
    ),
    Grant(
        sid="Delivery",
        resources=Own.deliveries,
        reads=_of("logs", "GetDelivery GetDeliveryDestination GetDeliverySource ListTagsForResource"),
        changes=_of(
            "logs",
            "CreateDelivery DeleteDelivery DeleteDeliveryDestination DeleteDeliverySource PutDeliveryDestination "
            "PutDeliverySource TagResource UntagResource",
        ),
    ),
    Grant(
        sid="Connection",
        resources=Own.connection,
        reads=[action for name in _BOTH_NAMES for action in _of(name, "GetConnection ListTagsForResource")],
    ),
    Grant(sid="WhatIsDeployed", resources=Own.stack, reads=_of("cloudformation", "DescribeStacks")),
    Grant(
        sid="WhatHasNoNarrowerScope",
        resources=Own.anything,
        reads=[
            "cloudwatch:DescribeAlarms",  # composite alarms are left out of every narrower one
            "kms:ListAliases",
            *_of("logs", "DescribeLogGroups DescribeResourcePolicies TestMetricFilter"),
            "sns:GetSubscriptionAttributes",
        ],
        changes=[
            "elasticloadbalancing:AllowVendedLogDeliveryForResource",
            *_of("logs", "DeleteResourcePolicy PutResourcePolicy"),
            "sns:Unsubscribe",
        ],
        scope=Scope.REGION,
    ),
    Grant(
        sid="SlackChannels",
        resources=Own.anything,
        reads=_of("chatbot", "DescribeSlackChannelConfigurations ListTagsForResource"),
        changes=_of("chatbot", "CreateSlackChannelConfiguration"),
        scope=Scope.CHAT,
        where=_with_slack,
    ),
    Grant(
        sid="SlackChannel",
        resources=Own.chat,
        changes=_of(
            "chatbot", "DeleteSlackChannelConfiguration TagResource UntagResource UpdateSlackChannelConfiguration"
        ),
        where=_with_slack,
    ),
)
