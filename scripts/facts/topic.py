"""Who is told of alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scripts.errors import PromisedResourceMissingError

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sns.type_defs import SubscriptionTypeDef


def read_subscriptions(client: SNSClient, topic: str) -> tuple[SubscriptionTypeDef, ...]:
    """Every subscription to the topic, confirmed or not.

    Raises:
        PromisedResourceMissingError: there is no such topic.
    """
    try:
        pages = client.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
        return tuple(one for page in pages for one in page.get("Subscriptions", []))
    except client.exceptions.NotFoundException:
        raise PromisedResourceMissingError(f"The topic {topic} does not exist.") from None
