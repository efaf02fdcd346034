"""The CloudFormation stack of the web infrastructure: its state, and what has happened to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from scripts.clients.failures import error_code, error_message
from scripts.evidence.calls import carried
from scripts.evidence.redaction import redacted_text

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import StackEventTypeDef, StackResourceSummaryTypeDef

NESTED_STACK = "AWS::CloudFormation::Stack"
PARALLEL_READS = 12  # a dozen of calls is what a stack with five nested in it takes


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
    token: str

    @property
    def of_the_stack(self) -> bool:
        """About the stack as such, not about one of its resources."""
        return self.physical_id == self.stack_id

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
        nested = self.type == NESTED_STACK and bool(self.physical_id) and not self.of_the_stack
        return self.physical_id if nested else None


@dataclass(frozen=True)
class Drift:
    """A resource that CloudFormation found to be otherwise than its template says, when it was last asked to look."""

    stack: str
    resource: str
    type: str
    deleted: bool
    found: datetime | None


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
        status_reason=redacted_text(found.get("StackStatusReason", "")),
        changed=found.get("LastUpdatedTime", found["CreationTime"]),
        outputs={one.get("OutputKey", ""): one.get("OutputValue", "") for one in found.get("Outputs", [])},
    )


def read_events(client: CloudFormationClient, stack: str, since: datetime) -> list[StackEvent]:
    """What happened to the stack and to every stack nested in it, oldest first; see read_history."""
    return read_history(client, stack, since)[0]


def read_own_resources(client: CloudFormationClient, stack: str) -> tuple[StackResourceSummaryTypeDef, ...]:
    """The stack's resources, without those of the stacks nested in it."""
    return tuple(_resources(client, stack))


def read_history(
    client: CloudFormationClient,
    stack: str,
    since: datetime,
    own: Sequence[StackResourceSummaryTypeDef] | None = None,
) -> tuple[list[StackEvent], list[Drift]]:
    """What happened to the stack and to every stack nested in it, oldest first, and which resources have drifted.

    A nested stack that somebody updates by itself leaves no trace in the stack above: each is read.

    Args:
        client: CloudFormation.
        stack: name or id.
        since: everything from then on is read, and what was before as far as it stands on the same pages: at least
            the end of the newest operation.
        own: the stack's own resources, where they are known: then nobody waits for its events to read the next.
    """
    events: list[StackEvent] = []
    drifted: list[Drift] = []
    seen: set[str] = set()
    level = [stack, *sorted(_nested(own or ()))]

    def happened(name: str) -> list[StackEvent]:
        return list(_events(client, name, since))

    def below(name: str) -> Sequence[StackResourceSummaryTypeDef]:
        return own if name == stack and own is not None else read_own_resources(client, name)

    history, made = carried(happened), carried(below)
    with ThreadPoolExecutor(PARALLEL_READS) as pool:
        while level:
            histories, inside = pool.map(history, level), dict(zip(level, pool.map(made, level), strict=True))
            read = [one for found in histories for one in found]
            drifted += [drift for name, of in inside.items() for one in of if (drift := _drift(name, one))]
            events += read
            seen.update(level, (one.stack_id for one in read))
            touched = {one.nested_stack for one in read if one.nested_stack and one.at >= since}
            level = sorted(touched.union(*map(_nested, inside.values())) - seen)
    return sorted(events, key=lambda one: one.at), drifted


def read_resources(client: CloudFormationClient, stack: str) -> frozenset[tuple[str, str]]:
    """Type and physical id of all that the stack and those nested in it have made."""
    found: set[tuple[str, str]] = set()
    level, seen = [stack], set[str]()
    with ThreadPoolExecutor(PARALLEL_READS) as pool:
        while level:
            seen.update(level)
            told = pool.map(carried(lambda name: list(_resources(client, name))), level)
            inside = [
                (one["ResourceType"], physical_id)
                for of in told
                for one in of
                if (physical_id := one.get("PhysicalResourceId"))
            ]
            found.update(inside)
            level = sorted({physical_id for kind, physical_id in inside if kind == NESTED_STACK} - seen)
    return frozenset(found)


def _events(client: CloudFormationClient, stack: str, since: datetime) -> Iterator[StackEvent]:
    """Oldest first, also among those of the same millisecond."""
    found: list[StackEventTypeDef] = []
    for page in client.get_paginator("describe_stack_events").paginate(StackName=stack):
        found += page.get("StackEvents", [])
        # newest first: after one from before the deployment there is nothing to find
        if found and found[-1]["Timestamp"] < since:
            break
    yield from (_event(one) for one in reversed(found))


def _resources(client: CloudFormationClient, stack: str) -> Iterator[StackResourceSummaryTypeDef]:
    for page in client.get_paginator("list_stack_resources").paginate(StackName=stack):
        yield from page.get("StackResourceSummaries", [])


def _nested(resources: Iterable[StackResourceSummaryTypeDef]) -> set[str]:
    """The ids of the stacks among them."""
    return {one.get("PhysicalResourceId", "") for one in resources if one["ResourceType"] == NESTED_STACK} - {""}


def _drift(stack: str, resource: StackResourceSummaryTypeDef) -> Drift | None:
    told = resource.get("DriftInformation")
    if told is None or told.get("StackResourceDriftStatus") not in ("MODIFIED", "DELETED"):
        return None
    deleted = told["StackResourceDriftStatus"] == "DELETED"
    return Drift(
        stack, resource["LogicalResourceId"], resource["ResourceType"], deleted, told.get("LastCheckTimestamp")
    )


def _event(event: StackEventTypeDef) -> StackEvent:
    warned = event.get("HookStatus") in ("HOOK_COMPLETE_FAILED", "HOOK_FAILED")
    return StackEvent(
        stack=event["StackName"],
        stack_id=event["StackId"],
        resource=event.get("LogicalResourceId", ""),
        physical_id=event.get("PhysicalResourceId", ""),
        type=event.get("ResourceType", ""),
        status=event.get("ResourceStatus", ""),
        reason=redacted_text(event.get("ResourceStatusReason", "")),
        at=event["Timestamp"],
        hook_warning=f"{event.get('HookType', '')}: {event.get('HookStatusReason', '')}" if warned else "",
        token=event.get("ClientRequestToken", ""),
    )
