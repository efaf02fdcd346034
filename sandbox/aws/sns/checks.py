"""What SNS refuses of topics and subscriptions, in its own words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from sandbox.aws.service import AwsError, Params, UnsupportedError

CONFIRMED_BY_A_PERSON = ("email", "email-json")
CONFIRMED_BY_THE_ENDPOINT = ("http", "https")
SERVED = (*CONFIRMED_BY_A_PERSON, *CONFIRMED_BY_THE_ENDPOINT)

_ARN_ELEMENTS = 6
_TOPIC_NAME = re.compile(r"[A-Za-z0-9_-]{1,256}")
_FIFO_NAME = re.compile(r"[A-Za-z0-9_-]{1,251}\.fifo")
_FIFO_ATTRIBUTES = ("ContentBasedDeduplication", "FifoThroughputScope", "ArchivePolicy")
_FEEDBACK = re.compile(r"(Application|Firehose|HTTP|Lambda|SQS)(Success|Failure)Feedback(RoleArn|SampleRate)")
_TOPIC_VALUES = {"SignatureVersion": ("1", "2"), "TracingConfig": ("PassThrough", "Active")}
_TOPIC_ATTRIBUTES = {"DisplayName", "Policy", "KmsMasterKeyId", "DeliveryPolicy", *_TOPIC_VALUES}
_LONGEST_DISPLAY_NAME = 100
_SUBSCRIPTION_ATTRIBUTES = {
    *("DeliveryPolicy", "FilterPolicy", "FilterPolicyScope", "RawMessageDelivery"),
    *("RedrivePolicy", "ReplayPolicy", "SubscriptionRoleArn"),
}
_JSON = ("DeliveryPolicy", "FilterPolicy", "RedrivePolicy", "ReplayPolicy")
_ENDPOINT_ARNS = {"sqs": "SQS", "lambda": "Lambda", "firehose": "Firehose", "application": "Application"}
_PHONE_NUMBER = re.compile(r"\+?\d(?:[./-]?\d){4,}")


def invalid(what: str) -> AwsError:
    return AwsError("InvalidParameter", f"Invalid parameter: {what}")


def not_found(what: str) -> AwsError:
    return AwsError("NotFound", f"{what} does not exist", 404)


def check_arn(arn: str, parameter: str, account: str, region: str) -> None:
    """Raises AwsError InvalidParameter for what is no ARN of SNS in this account and region."""
    elements = arn.split(":")
    if len(elements) < _ARN_ELEMENTS:
        raise invalid(f"{parameter} Reason: An ARN must have at least {_ARN_ELEMENTS} elements, not {len(elements)}")
    if elements[:5] != ["arn", "aws", "sns", region, account] or not elements[5]:
        raise invalid(parameter)


def check_topic_name(name: str, attributes: Params) -> None:
    """Raises AwsError InvalidParameter; SandboxUnsupported for a FIFO topic, which takes queues only."""
    fifo = attributes.get("FifoTopic") == "true"
    if not (_FIFO_NAME if fifo else _TOPIC_NAME).fullmatch(name):
        raise invalid("Topic Name")
    if fifo:
        raise UnsupportedError("The sandbox does not have FIFO topics; AWS does.")


def check_topic_attribute(name: str, value: str) -> None:
    """Raises AwsError InvalidParameter; SandboxUnsupported for what nothing here acts on."""
    if name in _FIFO_ATTRIBUTES or _FEEDBACK.fullmatch(name):
        raise UnsupportedError(f"The sandbox does not act on a topic's {name}; AWS does.")
    if name not in _TOPIC_ATTRIBUTES:
        raise invalid("AttributeName")
    if name in _TOPIC_VALUES and value not in _TOPIC_VALUES[name]:
        raise invalid(name)
    if name == "DisplayName" and len(value) > _LONGEST_DISPLAY_NAME:
        raise invalid("DisplayName")
    if name == "Policy" and not _is_policy(value):
        raise invalid("Policy Error: null")
    if name == "DeliveryPolicy" and value:
        _read_json(name, value)


def check_tags(tags: Iterable[Params]) -> None:
    """Raises AwsError InvalidParameter."""
    keys = [tag["Key"] for tag in tags]
    if len(set(keys)) < len(keys):
        raise invalid("Duplicated keys are not allowed.")


def check_endpoint(protocol: str, endpoint: str) -> None:
    """Raises AwsError InvalidParameter; SandboxUnsupported for a protocol that only AWS delivers by."""
    if protocol in CONFIRMED_BY_A_PERSON:
        if "@" not in endpoint:
            raise invalid("Email address")
    elif protocol in CONFIRMED_BY_THE_ENDPOINT:
        if not endpoint.startswith(f"{protocol}://"):
            raise invalid("Endpoint must match the specified protocol")
    elif protocol in _ENDPOINT_ARNS:
        if not endpoint.startswith("arn:") or endpoint.count(":") < _ARN_ELEMENTS - 1:
            raise invalid(f"{_ENDPOINT_ARNS[protocol]} endpoint ARN")
    elif protocol == "sms":
        if not _PHONE_NUMBER.fullmatch(endpoint):
            raise AwsError("InvalidParameter", f"Invalid SMS endpoint: {endpoint}")
    else:
        raise invalid(f"Amazon SNS does not support this protocol string: {protocol}")
    if protocol not in SERVED:
        raise UnsupportedError(f"The sandbox does not deliver by {protocol}; AWS does.")


def check_subscription_attribute(name: str, value: str, protocol: str) -> None:
    """Raises AwsError InvalidParameter; SandboxUnsupported for what nothing here acts on."""
    if name not in _SUBSCRIPTION_ATTRIBUTES:
        raise invalid("AttributeName")
    if name == "RawMessageDelivery":
        if value.lower() not in ("true", "false"):
            raise invalid(f"RawMessageDelivery: Invalid value [{value}]. Must be true or false.")
        if value.lower() == "true" and protocol in CONFIRMED_BY_A_PERSON:
            raise invalid(f"Delivery protocol [{protocol}] does not support raw message delivery.")
    if name == "FilterPolicyScope" and value not in ("MessageAttributes", "MessageBody"):
        raise invalid(f"FilterPolicyScope: Invalid value [{value}]. Please use either MessageBody or MessageAttributes")
    content = _read_json(name, value) if name in _JSON and value else None
    if name == "RedrivePolicy" and value:
        target = content.get("deadLetterTargetArn", "") if isinstance(content, dict) else ""
        if not isinstance(target, str) or target.count(":") < _ARN_ELEMENTS - 1:
            raise invalid("RedrivePolicy: deadLetterTargetArn is an invalid arn")
    if name in ("RedrivePolicy", "ReplayPolicy", "SubscriptionRoleArn") and value:
        raise UnsupportedError(f"The sandbox does not act on a subscription's {name}; AWS does.")


def as_attributes(error: AwsError) -> AwsError:
    """How CreateTopic and Subscribe word what is wrong with one of their Attributes."""
    reason = error.message.removeprefix("Invalid parameter: ")
    return error if error.code != "InvalidParameter" else invalid(f"Attributes Reason: {reason}")


def _read_json(name: str, value: str) -> Any:
    try:
        content = json.loads(value)
    except ValueError as error:
        raise invalid(f"{name}: failed to parse JSON. {error}") from None
    if not isinstance(content, dict):
        raise invalid(f"{name}: must be a JSON object")
    return content


def _is_policy(text: str) -> bool:
    try:
        policy = json.loads(text)
    except ValueError:
        return False
    if not isinstance(policy, dict) or "Statement" not in policy:
        return False
    statements: Any = policy["Statement"] if isinstance(policy["Statement"], list) else [policy["Statement"]]
    return all(
        isinstance(each, dict)
        and each.get("Effect") in ("Allow", "Deny")
        and isinstance(each.get("Principal", each.get("NotPrincipal")), str | dict)
        and isinstance(each.get("Action", each.get("NotAction")), str | list)
        and isinstance(each.get("Condition", {}), dict)
        and all(isinstance(tests, dict) for tests in each.get("Condition", {}).values())
        for each in statements
    )
