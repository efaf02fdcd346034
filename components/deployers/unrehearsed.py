"""What the policies allow though no rehearsal needs it, and who says that it is needed.

The provider is read in terraform-provider-aws 6.x, the source of pulumi-aws 7.
"""

from __future__ import annotations

from collections.abc import Mapping

_BUCKET_READ = "the provider reads all of a bucket's settings (`resourceBucketRead`)"
_ROLE_READ = "the provider reads a role's other policies, too (`resourceRoleRead`)"
_ROLE_DELETE = "the provider looks for instance profiles first (`deleteRoleInstanceProfiles`)"
_TAGGED_BUCKET = "the provider makes a bucket with its tags (`resourceBucketCreate`); S3 wants this for it"
_VENDED = "CloudWatch Logs' guide: the source's service must allow the delivery (service-specific permissions [V2])"
_CHANGE = "the provider's update, for a change of the program"
_UNDER_WAY = "the program asks whether an execution is under way before the pipeline's definition changes"
_TAGS = "a tag with another value (`release:repository`), or one that a later version of the program drops"
_WORKLOAD_POLICIES = "`release:workloadPolicies`, which the rehearsal does not set"
_NEW_KEY = "the alias is led to the key that is made for one that somebody deleted"


def _each(sid: str, service: str, names: str, reason: str) -> dict[tuple[str, str], str]:
    return {(sid, f"{service}:{name}"): reason for name in names.split()}


# By the statement's Sid and the action
UNREHEARSED: Mapping[tuple[str, str], str] = {
    **_each("Alarms", "cloudwatch", "UntagResource", _TAGS),
    **_each("Aliases", "kms", "UpdateAlias", _NEW_KEY),
    **_each(
        "Bucket",
        "s3",
        "GetAccelerateConfiguration GetBucketAcl GetBucketCORS GetBucketLogging GetBucketRequestPayment "
        "GetBucketWebsite GetReplicationConfiguration",
        _BUCKET_READ,
    ),
    **_each("Bucket", "s3", "TagResource", _TAGGED_BUCKET),
    **_each("Delivery", "logs", "TagResource UntagResource", _TAGS),
    **_each("Keys", "kms", "PutKeyPolicy UpdateKeyDescription", _CHANGE),
    **_each("Keys", "kms", "TagResource UntagResource", _TAGS),
    **_each("Keys", "kms", "UpdateAlias", _NEW_KEY),
    **_each("LogGroups", "logs", "UntagResource", _TAGS),
    **_each("Pipeline", "codepipeline", "TagResource UntagResource", _TAGS),
    **_each("Pipeline", "codepipeline", "ListPipelineExecutions", _UNDER_WAY),
    **_each("Pipeline", "codepipeline", "UpdatePipeline", _CHANGE),
    **_each("Projects", "codebuild", "UpdateProject UpdateWebhook", _CHANGE),
    **_each("Roles", "iam", "AttachRolePolicy DetachRolePolicy", _WORKLOAD_POLICIES),
    **_each("Roles", "iam", "ListAttachedRolePolicies ListRolePolicies", _ROLE_READ),
    **_each("Roles", "iam", "ListInstanceProfilesForRole", _ROLE_DELETE),
    **_each("Roles", "iam", "UntagRole", _TAGS),
    **_each("Roles", "iam", "UpdateAssumeRolePolicy UpdateRoleDescription", _CHANGE),
    **_each("Rules", "events", "UntagResource", _TAGS),
    **_each("Topic", "sns", "UntagResource", _TAGS),
    **_each("WhatHasNoNarrowerScope", "elasticloadbalancing", "AllowVendedLogDeliveryForResource", _VENDED),
}
