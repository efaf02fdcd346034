# ruff: noqa: RUF012 -- the base class declares these tables
"""SNS topics, their policies and subscriptions."""

from __future__ import annotations

import json
from collections.abc import Iterator

from sandbox.plugins.aws.api import Api, ApiError, Params
from sandbox.plugins.aws.encoding import encode
from sandbox.plugins.aws.mapping import COMPUTED
from sandbox.plugins.aws.resource import AwsResource
from sandbox.plugins.aws.tags import TagOperations
from sandbox.plugins.resource import Failure, ProviderError
from sandbox.plugins.values import Values

_TOPIC_ATTRIBUTES = {
    "archivePolicy": "ArchivePolicy",
    "contentBasedDeduplication": "ContentBasedDeduplication",
    "deliveryPolicy": "DeliveryPolicy",
    "displayName": "DisplayName",
    "fifoTopic": "FifoTopic",
    "kmsMasterKeyId": "KmsMasterKeyId",
    "policy": "Policy",
    "signatureVersion": "SignatureVersion",
    "tracingConfig": "TracingConfig",
}
_FEEDBACK = {
    f"{protocol}{feedback}"
    for protocol in ("application", "firehose", "http", "lambda", "sqs")
    for feedback in ("FailureFeedbackRoleArn", "SuccessFeedbackRoleArn", "SuccessFeedbackSampleRate")
}
_SUBSCRIPTION_ATTRIBUTES = {
    "deliveryPolicy": "DeliveryPolicy",
    "filterPolicy": "FilterPolicy",
    "filterPolicyScope": "FilterPolicyScope",
    "rawMessageDelivery": "RawMessageDelivery",
    "redrivePolicy": "RedrivePolicy",
    "subscriptionRoleArn": "SubscriptionRoleArn",
}
_PROTOCOLS = ("application", "email", "email-json", "firehose", "http", "https", "lambda", "sms", "sqs")


class Topic(AwsResource):
    token = "aws:sns/topic:Topic"
    service = "sns"
    request = "CreateTopic"
    renames = {name: f"Attributes.{attribute}" for name, attribute in _TOPIC_ATTRIBUTES.items()}
    # A topic policy is a resource of its own, and shows here as well.
    unset = {"policy": COMPUTED, "deliveryPolicy": COMPUTED, "fifoTopic": False,
             "contentBasedDeduplication": False, "tracingConfig": "PassThrough"}  # fmt: skip
    not_emulated = frozenset({"namePrefix", "fifoThroughputScope", "maximumMessageSize", *_FEEDBACK})
    documents = frozenset({"policy", "deliveryPolicy"})
    computed = {"arn": "Attributes.TopicArn", "owner": "Attributes.Owner"}
    replaces = frozenset({"name", "fifoTopic", "region"})
    autoname = "name"
    kept = frozenset({"policy", "signatureVersion", "tracingConfig"})
    tagging = TagOperations()

    def insert(self, api: Api, document: Params, inputs: Values) -> tuple[str, Params]:
        """Pulumi's own patch refuses a topic that is there, which CreateTopic does not; attributes come after."""
        name = document["Name"]
        try:
            api.call("sns", "GetTopicAttributes", {"TopicArn": self.account.arn("sns", name, api.region)})
        except ApiError as error:
            if not error.not_found:
                raise
        else:
            raise ProviderError(f"SNS Topic ({name}) already exists")
        fifo = {name: value for name, value in document.get("Attributes", {}).items() if name == "FifoTopic"}
        request = {"Name": name, **({"Attributes": fifo} if fifo else {})}
        answer = api.call("sns", "CreateTopic", request | self.request_tags(inputs))
        return answer["TopicArn"], answer

    def find(self, api: Api, identifier: str, inputs: Values) -> Params | None:
        attributes = api.call("sns", "GetTopicAttributes", {"TopicArn": identifier})["Attributes"]
        return {"Name": identifier.rsplit(":", 1)[-1], "Attributes": attributes}

    def change(self, api: Api, identifier: str, document: Params, old: Values, new: Values) -> None:
        """All of it is in the attributes."""

    def settle(self, api: Api, identifier: str, old: Values, new: Values) -> None:
        """One call an attribute."""
        topic = {"TopicArn": identifier}
        wanted = encode(self.mapping, new)[0].get("Attributes", {})
        for name, attribute in _TOPIC_ATTRIBUTES.items():
            left = name not in new and name in self.kept
            if name != "fifoTopic" and not left and old.get(name) != new.get(name):
                value = wanted.get(attribute, "")
                params = {**topic, "AttributeName": attribute, "AttributeValue": value}
                api.call("sns", "SetTopicAttributes", params)

    def remove(self, api: Api, identifier: str, inputs: Values) -> None:
        api.call("sns", "DeleteTopic", {"TopicArn": identifier})


class TopicPolicy(AwsResource):
    token = "aws:sns/topicPolicy:TopicPolicy"
    service = "sns"
    request = "SetTopicAttributes"
    renames = {"arn": "TopicArn", "policy": "AttributeValue"}
    constant = {"AttributeName": "Policy"}
    documents = frozenset({"policy"})
    computed = {"owner": "Owner"}
    replaces = frozenset({"arn", "region"})

    def insert(self, api: Api, document: Params, inputs: Values) -> tuple[str, Params]:
        return inputs["arn"], api.call("sns", "SetTopicAttributes", document)

    def find(self, api: Api, identifier: str, inputs: Values) -> Params | None:
        attributes = api.call("sns", "GetTopicAttributes", {"TopicArn": identifier})["Attributes"]
        return {"TopicArn": identifier, "AttributeValue": attributes.get("Policy"), "Owner": attributes["Owner"]}

    def change(self, api: Api, identifier: str, document: Params, old: Values, new: Values) -> None:
        self.insert(api, document, new)

    def remove(self, api: Api, identifier: str, inputs: Values) -> None:
        """Back to the policy that a topic is born with."""
        initial = {"TopicArn": identifier, "AttributeValue": _initial_policy(identifier)}
        api.call("sns", "SetTopicAttributes", {**self.constant, **initial})


class TopicSubscription(AwsResource):
    token = "aws:sns/topicSubscription:TopicSubscription"
    service = "sns"
    request = "Subscribe"
    renames = {
        "topic": "TopicArn",
        **{name: f"Attributes.{attribute}" for name, attribute in _SUBSCRIPTION_ATTRIBUTES.items()},
    }
    unset = {"rawMessageDelivery": False, "filterPolicyScope": COMPUTED}
    own = frozenset({"confirmationTimeoutInMinutes", "endpointAutoConfirms"})
    not_emulated = frozenset({"replayPolicy"})
    documents = frozenset({"filterPolicy", "deliveryPolicy", "redrivePolicy"})
    computed = {
        "arn": "Attributes.SubscriptionArn",
        "ownerId": "Attributes.Owner",
        "pendingConfirmation": "pending",
        "confirmationWasAuthenticated": "authenticated",
    }
    replaces = frozenset({"topic", "protocol", "endpoint", "region"})

    def insert(self, api: Api, document: Params, inputs: Values) -> tuple[str, Params]:
        answer = api.call("sns", "Subscribe", document | {"ReturnSubscriptionArn": True})
        return answer["SubscriptionArn"], answer

    def find(self, api: Api, identifier: str, inputs: Values) -> Params | None:
        params = {"SubscriptionArn": identifier}
        attributes = api.call("sns", "GetSubscriptionAttributes", params)["Attributes"]
        members = {name: attributes[name] for name in ("TopicArn", "Protocol", "Endpoint")}
        flags = {
            "pending": attributes.get("PendingConfirmation") == "true",
            "authenticated": attributes.get("ConfirmationWasAuthenticated") == "true",
        }
        return {**members, **flags, "Attributes": attributes}

    def change(self, api: Api, identifier: str, document: Params, old: Values, new: Values) -> None:
        wanted = document.get("Attributes", {})
        for name, attribute in _SUBSCRIPTION_ATTRIBUTES.items():
            if old.get(name) != new.get(name):
                value = {"AttributeName": attribute, "AttributeValue": wanted.get(attribute, "")}
                api.call("sns", "SetSubscriptionAttributes", {"SubscriptionArn": identifier, **value})

    def remove(self, api: Api, identifier: str, inputs: Values) -> None:
        try:
            api.call("sns", "Unsubscribe", {"SubscriptionArn": identifier})
        except ApiError as error:
            # Nobody can take back a subscription that still waits for its confirmation; it expires.
            if "pending confirmation" not in str(error).lower():
                raise

    def rules(self, inputs: Values) -> Iterator[Failure]:
        protocol = inputs["protocol"]
        if isinstance(protocol, str) and protocol not in _PROTOCOLS:
            yield Failure("protocol", f"protocol: {protocol!r} is not one of {', '.join(_PROTOCOLS)}")


def _initial_policy(topic: str) -> str:
    account = topic.split(":")[4]
    actions = ("GetTopicAttributes", "SetTopicAttributes", "AddPermission", "RemovePermission", "DeleteTopic",
               "Subscribe", "ListSubscriptionsByTopic", "Publish")  # fmt: skip
    statement = {
        "Sid": "__default_statement_ID",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": [f"SNS:{action}" for action in actions],
        "Resource": topic,
        "Condition": {"StringEquals": {"AWS:SourceOwner": account}},
    }
    policy = {"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [statement]}
    return json.dumps(policy)


TYPES = (Topic, TopicPolicy, TopicSubscription)
