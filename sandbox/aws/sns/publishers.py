"""Whether an AWS service may publish to a topic on its own principal: by the topic's policy, and by its key's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moto.sns.models import Topic

from sandbox.aws.access import ACCESS, AccessDenied
from sandbox.aws.access.encryption import use
from sandbox.iam.calls import Ask
from sandbox.iam.request import Principal

if TYPE_CHECKING:
    from sandbox.core.account import Account

# EventBridge tells SNS and KMS nothing of the rule that it acts for: conditions on aws:Source* never hold
_SAY_NO_SOURCE = ("events.amazonaws.com",)


def refusal(account: Account, topic: Topic, principal: str, source_arn: str) -> str | None:
    """AWS's words for why a service may not publish for a source; None where it may."""
    access, who = account.reach(ACCESS), Principal.of_service(principal)
    keys = {} if principal in _SAY_NO_SOURCE else access.source(source_arn)
    if principal == "cloudwatch.amazonaws.com":
        keys["aws:SourceOwner"] = account.account_id  # why a topic's default policy lets alarms in
    try:
        access.require(who, [Ask("sns:Publish", topic.arn)], keys=keys)
    except AccessDenied as denied:
        return denied.message.replace(f"User: {principal}", f"Resource: {source_arn}", 1)
    key = topic.kms_master_key_id
    try:
        if key:
            access.require(who, _uses_of(account, key, topic.arn), keys=keys)
    except AccessDenied as denied:
        return f"Null AccessDenied: {principal} may not use the key {key} (KMS): {denied.message}"
    return None


def _uses_of(account: Account, key: str, topic_arn: str) -> list[Ask]:
    """What encrypting a message takes. AWS's own key alias/aws/sns knows no other services."""
    where = account.reach(ACCESS).where
    arn = where.arn("kms", "key", key) or key
    return [
        use(action, arn, where, service="sns", context="aws:sns:topicArn", value=topic_arn)
        for action in ("kms:GenerateDataKey", "kms:Decrypt")
    ]
