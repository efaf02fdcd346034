"""The CloudFormation stack of the web infrastructure: its state, and the events of one deployment."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from scripts.clients.failures import error_code, error_message
from scripts.evidence.calls import carried

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import StackEventTypeDef

NESTED_STACK = "AWS::CloudFormation::Stack"
PARALLEL_READS = 8


@dataclass(frozen=True)
class Stack:
    """The stack as it is now; `changed` is when its last update, or else its creation, began."""

    id: str
    name: str
    status: str
    status_reason: str
    changed: datetime
    outputs: dict[str, str]


@dataclass(frozen=True)
class Window:
    """The time in which events belong to one deployment; `end` None: no other deployment began since."""

    start: datetime
    end: datetime | None

    def holds(self, moment: datetime) -> bool:
        return self.start <= moment and (self.end is None or moment <= self.end)


@dataclass(frozen=True)
class StackEvent:
    """Something that happened to one resource."""

    stack: str
    stack_id: str
    resource: str
    physical_id: str
    type: str
    status: str
    reason: str
    at: datetime
    hook_warning: str

    @property
    def failed(self) -> bool:
        return self.status.endswith("_FAILED")

    @property
    def is_cascade(self) -> bool:
        """CloudFormation gave it up because another resource had failed."""
        return self.reason.startswith("Resource ") and " cancelled" in self.reason

    @property
    def nested_stack(self) -> str | None:
        """The id of the nested stack that the event is about, seen from its parent."""
        nested = self.type == NESTED_STACK and self.physical_id not in ("", self.stack_id)
        return self.physical_id if nested else None


def read_stack(client: CloudFormationClient, name: str) -> Stack | None:
    """The stack of that name; None if there is none."""
    try:
        stacks = client.describe_stacks(StackName=name).get("Stacks", [])
    except ClientError as problem:
        # CloudFormation has no error code of its own for it
        if error_code(problem) == "ValidationError" and "does not exist" in error_message(problem):
            return None
        raise
    if not stacks:
        return None
    found = stacks[0]
    return Stack(
        id=found.get("StackId", ""),
        name=found["StackName"],
        status=found["StackStatus"],
        status_reason=found.get("StackStatusReason", ""),
        changed=found.get("LastUpdatedTime", found["CreationTime"]),
        outputs={one.get("OutputKey", ""): one.get("OutputValue", "") for one in found.get("Outputs", [])},
    )


def read_events(client: CloudFormationClient, stack: str, window: Window) -> list[StackEvent]:
    """The deployment's events in the stack and in every nested stack that it touched, oldest first.

    Args:
        client: CloudFormation.
        stack: name or id.
        window: events outside it belong to other deployments.
    """
    events: list[StackEvent] = []
    seen: set[str] = set()
    level = [stack]

    def of(name: str) -> list[StackEvent]:
        return list(_events(client, name, window))

    read_one = carried(of)
    with ThreadPoolExecutor(PARALLEL_READS) as pool:
        while level:
            seen.update(level)
            read = [one for found in pool.map(read_one, level) for one in found]
            events += read
            seen.update(one.stack_id for one in read)
            level = sorted({one.nested_stack for one in read if one.nested_stack} - seen)
    return sorted(events, key=lambda one: one.at)


def _events(client: CloudFormationClient, stack: str, window: Window) -> Iterator[StackEvent]:
    for page in client.get_paginator("describe_stack_events").paginate(StackName=stack):
        events = page.get("StackEvents", [])
        yield from (_event(one) for one in events if window.holds(one["Timestamp"]))
        # newest first: after a page that lies wholly before the deployment there is nothing to find
        if events and all(one["Timestamp"] < window.start for one in events):
            return


def _event(event: StackEventTypeDef) -> StackEvent:
    warned = event.get("HookStatus") in ("HOOK_COMPLETE_FAILED", "HOOK_FAILED")
    return StackEvent(
        stack=event["StackName"],
        stack_id=event["StackId"],
        resource=event.get("LogicalResourceId", ""),
        physical_id=event.get("PhysicalResourceId", ""),
        type=event.get("ResourceType", ""),
        status=event.get("ResourceStatus", ""),
        reason=event.get("ResourceStatusReason", ""),
        at=event["Timestamp"],
        hook_warning=f"{event.get('HookType', '')}: {event.get('HookStatusReason', '')}" if warned else "",
    )
