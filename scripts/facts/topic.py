"""Who is told of alerts, and who may tell them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scripts.errors import PromisedResourceMissingError
from scripts.facts.required import required

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sns.type_defs import SubscriptionTypeDef

_NO_FILTER = ("", "{}", "null")


@dataclass(frozen=True)
class Topic:
    """The topic as it is now; `key` is what it is encrypted with, empty for nothing."""

    policy: str
    key: str


@dataclass(frozen=True)
class Key:
    """A KMS key as it is now; only an `Enabled` one encrypts."""

    state: str
    policy: str


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


def read_topic(client: SNSClient, topic: str) -> Topic:
    """The topic's policy and key.

    Raises:
        PromisedResourceMissingError: there is no such topic.
    """
    try:
        attributes = client.get_topic_attributes(TopicArn=topic).get("Attributes", {})
    except client.exceptions.NotFoundException:
        raise PromisedResourceMissingError(f"The topic {topic} does not exist.") from None
    return Topic(required(attributes.get("Policy"), "Policy"), attributes.get("KmsMasterKeyId", ""))


def read_filter(client: SNSClient, subscription: str) -> str:
    """The subscription's filter policy; empty where everything comes through."""
    attributes = client.get_subscription_attributes(SubscriptionArn=subscription).get("Attributes", {})
    found = attributes.get("FilterPolicy", "")
    return "" if found.strip() in _NO_FILTER else found


def read_key(client: KMSClient, key: str) -> Key:
    """The key's state and policy.

    Raises:
        PromisedResourceMissingError: there is no such key.
    """
    try:
        state = client.describe_key(KeyId=key)["KeyMetadata"].get("KeyState", "unknown")
        return Key(state, required(client.get_key_policy(KeyId=key, PolicyName="default").get("Policy"), "Policy"))
    except client.exceptions.NotFoundException:
        raise PromisedResourceMissingError(f"The key {key} does not exist.") from None
