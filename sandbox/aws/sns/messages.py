"""What SNS refuses of a message, and how a subscriber sees it."""

from __future__ import annotations

import json
import re
from typing import Any

from sandbox.aws.service import AwsError, Params
from sandbox.aws.sns.checks import invalid

LARGEST = 262_144  # bytes of a message with its attributes, or of a batch
BATCH = 10
_LONGEST_SUBJECT = 100
_LONGEST_NAME = 256
_LONGEST_ID = 80
_TYPE = re.compile(r"(?P<kind>String|Number|Binary)(\..+)?")
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_.-]")


def check_message(message: Params) -> None:
    """Raises AwsError InvalidParameter, or ParameterValueInvalid for an attribute."""
    if not message.get("Message"):
        raise invalid("Empty message")
    if "Subject" in message:
        subject = message["Subject"]
        if not subject.strip() or len(subject) > _LONGEST_SUBJECT or not subject.isprintable():
            raise invalid("Subject")
    for name, attribute in message.get("MessageAttributes", {}).items():
        _check_name(name)
        _check_attribute(name, attribute)
    if size(message) > LARGEST:
        raise invalid("Message too long")
    if message.get("MessageStructure") == "json":
        _check_structure(message["Message"])


def check_batch(entries: list[Params]) -> None:
    """Raises AwsError for what is wrong with the batch, whatever its messages."""
    if not entries:
        raise AwsError("EmptyBatchRequest", "The batch request doesn't contain any entries.")
    if len(entries) > BATCH:
        raise AwsError("TooManyEntriesInBatchRequest", "The batch request contains more entries than permissible.")
    for entry in entries:
        identifier = entry["Id"]
        if len(identifier) > _LONGEST_ID:
            raise _bad_id(f"is too long: {identifier}")
        if not re.fullmatch(r"[A-Za-z0-9_-]+", identifier):
            raise _bad_id(f"contains an impermissible character: {identifier}")
    if len({entry["Id"] for entry in entries}) < len(entries):
        raise AwsError("BatchEntryIdsNotDistinct", "Two or more batch entries in the request have the same Id.")
    if sum(size(entry) for entry in entries) > LARGEST:
        raise AwsError("BatchRequestTooLong", "The length of all the messages put together is more than the limit.")


def size(message: Params) -> int:
    """Bytes of a message and its attributes."""
    attributes = message.get("MessageAttributes", {})
    return len(message["Message"].encode()) + sum(
        len(name.encode()) + len(each["DataType"].encode()) + len(_bytes(each)) for name, each in attributes.items()
    )


def text(message: Params, protocol: str) -> str:
    """What a subscriber by `protocol` gets of it."""
    if message.get("MessageStructure") != "json":
        return message["Message"]
    by_protocol = json.loads(message["Message"])
    return by_protocol.get(protocol) or by_protocol["default"]


def attributes(message: Params) -> Params:
    """A message's attributes in moto's own form, which its filter policies look at."""
    return {
        name: {"Type": each["DataType"], "Value": each.get("StringValue") or each.get("BinaryValue")}
        for name, each in message.get("MessageAttributes", {}).items()
    }


def _bytes(attribute: Params) -> bytes:
    binary = attribute.get("BinaryValue", b"")
    return attribute.get("StringValue", "").encode() + (binary if isinstance(binary, bytes) else binary.encode())


def _check_structure(body: str) -> None:
    try:
        content: Any = json.loads(body)
    except ValueError:
        raise invalid("Message Structure - JSON message body failed to parse") from None
    if not isinstance(content, dict) or not isinstance(content.get("default"), str):
        raise invalid("Message Structure - No default entry in JSON message body")


def _check_name(name: str) -> None:
    if len(name.encode()) > _LONGEST_NAME:
        raise _bad_attribute("Length of message attribute name must be less than 256 bytes.")
    if found := _NOT_IN_A_NAME.search(name):
        raise _bad_attribute(
            f"Invalid non-alphanumeric character '#x{ord(found[0]):X}' was found in the message attribute name. Can "
            "only include alphanumeric characters, hyphens, underscores, or dots."
        )
    for place, wrong in (("starting", name.startswith(".")), ("ending", name.endswith("."))):
        if wrong:
            raise _bad_attribute(f"Invalid message attribute name {place} with character '.' was found.")
    if ".." in name:
        raise _bad_attribute("Message attribute name can not have successive '.' character.")


def _check_attribute(name: str, attribute: Params) -> None:
    data_type = attribute["DataType"]
    found = _TYPE.fullmatch(data_type)
    if found is None:
        raise _bad_attribute(
            f"The message attribute '{name}' has an invalid message attribute type, the set of supported type "
            "prefixes is Binary, Number, and String."
        )
    wanted = "Binary" if found["kind"] == "Binary" else "String"
    other = "String" if wanted == "Binary" else "Binary"
    if attribute.get(f"{other}Value"):
        raise _bad_attribute(f"The message attribute '{name}' with type '{data_type}' must use field '{wanted}'.")
    if not attribute.get(f"{wanted}Value"):
        raise _bad_attribute(
            f"The message attribute '{name}' must contain non-empty message attribute value for message attribute "
            f"type '{data_type}'."
        )
    if found["kind"] == "Number" and not _is_number(attribute["StringValue"]):
        raise _bad_attribute(f"Could not cast message attribute '{name}' value to number.")


def _is_number(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True


def _bad_attribute(message: str) -> AwsError:
    return AwsError("ParameterValueInvalid", message)


def _bad_id(what: str) -> AwsError:
    return AwsError("InvalidBatchEntryId", f"The Id of a batch entry in the batch request {what}")
