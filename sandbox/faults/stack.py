"""Faults of the CloudFormation stack: it was rolled back, or one of its outputs is gone."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from sandbox.aws.cloudformation.model import StackEvent
from sandbox.aws.cloudformation.plan import STACK_TYPE
from sandbox.aws.cloudformation.template import Template
from sandbox.faults.fault import Fault, FaultError
from sandbox.faults.pipeline import fail_deploy, run_of, succeeded
from sandbox.faults.record import Record, StackRecord
from sandbox.faults.story import tells
from sop.names import Stage

if TYPE_CHECKING:
    from sandbox.core.account import Account

LOST_OUTPUT = "VpcId"  # expected
UPDATING, UPDATED, FAILED = "UPDATE_IN_PROGRESS", "UPDATE_COMPLETE", "UPDATE_FAILED"
# The form is that of a resource type's handler
REASON = 'Resource handler returned message: "Rate exceeded" (HandlerErrorCode: Throttling)'


@dataclass
class _Deployment:
    """What one deployment did to one stack: its events of that time, oldest first."""

    record: StackRecord
    events: list[StackEvent]
    kept: list[StackEvent] = field(default_factory=list[StackEvent])  # of a failed one: up to the failure

    @property
    def of_resources(self) -> list[StackEvent]:
        return [event for event in self.events if event.physical_id != event.stack_id]

    def named(self, logical_id: str) -> list[StackEvent]:
        return [event for event in self.of_resources if event.logical_id == logical_id]

    def itself(self, status: str, reason: str = "") -> StackEvent:
        """An event of the stack as such."""
        own = next(event for event in self.events if event.physical_id == event.stack_id)
        return replace(own, status=status, reason=reason)


class _Rollback:
    """The same deployment, failed in the last resource that it really updated, and rolled back.

    What CloudFormation does then is in `told`, in order: it fails, the stacks above it fail, and each brings its
    resources back. The rolling update of the servers that really was is the one that brought the old version back.
    """

    def __init__(self, deployments: Mapping[str, _Deployment]) -> None:
        self._deployments = deployments
        self.told: list[StackEvent] = []
        self._rolling: set[str] = set()  # ids of the stacks that are rolling back

    def fail(self, deployment: _Deployment) -> str:
        """Let the last resource fail, in a nested stack if that is what it is. The reason that the stack gives."""
        last = deployment.of_resources[-1]
        first = deployment.named(last.logical_id)[0]
        deployment.kept = deployment.events[: deployment.events.index(first) + 1]
        nested = self._deployments.get(last.physical_id)
        if nested is not None:
            below = self.fail(nested)
            reason = (
                f"Embedded stack {last.physical_id} was not successfully updated. Currently in "
                f"UPDATE_ROLLBACK_IN_PROGRESS with reason: {below}"
            )
        else:
            reason = REASON
        self.told.append(replace(last, status=FAILED, reason=reason))
        why = f"The following resource(s) failed to update: [{last.logical_id}]. "
        self.told.append(deployment.itself("UPDATE_ROLLBACK_IN_PROGRESS", why))
        self._rolling.add(last.stack_id)
        return why

    def restore(self, deployment: _Deployment) -> None:
        """Bring back what the stack had updated, in the same order."""
        stack_id = deployment.record.stack.stack_id
        if stack_id not in self._rolling:
            self.told.append(deployment.itself("UPDATE_ROLLBACK_IN_PROGRESS"))
        failed = bool(deployment.kept)
        begun = {event.logical_id: event for event in deployment.kept if event.physical_id != event.stack_id}
        names = list(begun) if failed else list(dict.fromkeys(each.logical_id for each in deployment.of_resources))
        for name in names:
            first, *others = deployment.named(name)
            nested = self._deployments.get(first.physical_id)
            self.told.append(first)
            if nested is not None:
                self.restore(nested)
            self.told += others
        self.told.append(deployment.itself("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"))
        self.told.append(deployment.itself("UPDATE_ROLLBACK_COMPLETE"))


def _stack_rolled_back(_account: Account, record: Record) -> None:
    """Deploy's update of the stack failed in one resource and was rolled back; Deploy reported that and failed.

    Outputs, parameters and template are those of before. What the resources themselves hold stays as it is: the
    servers that run are those that the rollback started.
    """
    run = run_of(succeeded(record), Stage.DEPLOY)
    deployments = _deployments(record, run.started)
    root = deployments[record.root.stack.stack_id]
    begin, end = root.events[0].at, root.events[-1].at
    rollback = _Rollback(deployments)
    rollback.fail(root)
    rollback.restore(root)
    touched = {event.stack_id for event in rollback.told}
    _spread(rollback, deployments, touched, end)
    for stack_id in touched:
        _roll_back(deployments[stack_id])
    paths = {stack_id: _path(record, stack_id) for stack_id in record.stacks}
    events = sorted(
        (event for each in record.stacks.values() for event in each.events if begin <= event.at <= end),
        key=lambda event: event.at,
    )
    fail_deploy(record, told=1, said=list(_said(record.root.stack.name, paths, events)))


def _deployments(record: Record, since: datetime) -> dict[str, _Deployment]:
    """By stack, what was done to it since a time. Raises FaultError unless it is updates in place."""
    found: dict[str, _Deployment] = {}
    for stack_id, stack in record.stacks.items():
        events = [event for event in stack.events if event.at >= since]
        if events:
            found[stack_id] = _Deployment(stack, events)
    root = found.get(record.root.stack.stack_id)
    if root is None or not root.of_resources:
        raise FaultError("the newest execution changed nothing in the stack; `sandbox push` deploys another version")
    statuses = {event.status for each in found.values() for event in each.of_resources}
    if not statuses <= {UPDATING, UPDATED} or any(
        each.record.deployment is None or each.record.deployment.before.plan is None for each in found.values()
    ):
        raise FaultError(
            "the newest execution created, replaced or deleted resources of the stack; a rolled-back update needs one "
            "that changes what is there: `sandbox push` once more"
        )
    return found


def _spread(rollback: _Rollback, deployments: Mapping[str, _Deployment], touched: set[str], end: datetime) -> None:
    """Give what is told times from the failure to the end of the deployment that really was."""
    begin = max(event.at for each in deployments.values() for event in each.kept)
    step = (end - begin) / (len(rollback.told) + 1)
    told = [
        replace(event, at=end if number == len(rollback.told) else begin + number * step, id=_id(event, number))
        for number, event in enumerate(rollback.told, 1)
    ]
    for stack_id in touched:
        deployment = deployments[stack_id]
        own = [event for event in told if event.stack_id == stack_id]
        before = deployment.record.events[: -len(deployment.events)]
        kept = deployment.kept or []
        deployment.record.events = [*before, *kept, *own]
        for event in own:
            if event.logical_id in deployment.record.resources:
                facts = {"status": event.status, "reason": event.reason, "updated": event.at}
                deployment.record.resources[event.logical_id] = facts


def _id(event: StackEvent, number: int) -> str:
    """An id of its own, the same whenever it is told."""
    return f"{event.id[:-4]}{number:04x}"


def _roll_back(deployment: _Deployment) -> None:
    """What DescribeStacks shows is what was before the deployment, but for the status."""
    record, before = deployment.record, deployment.record.deployment
    if before is not None:
        record.facts |= {
            "plan": before.before.plan,
            "output_values": dict(before.before.outputs),
            "imports": before.before.imports,
            "tags": before.before.tags,
        }
    record.facts |= {"status": "UPDATE_ROLLBACK_COMPLETE", "reason": ""}
    if record.carried_out is not None:
        record.carried_out = "EXECUTE_FAILED"


def _path(record: Record, stack_id: str) -> str:
    """The names of the nested stacks that lead to a stack, each with a slash."""
    for other_id, other in record.stacks.items():
        for name, resource in other.stack.resources.items():
            if resource.physical_id == stack_id and resource.type == STACK_TYPE:
                return f"{_path(record, other_id)}{name}/"
    return ""


def _said(name: str, paths: Mapping[str, str], events: list[StackEvent]) -> Iterator[str]:
    """What the sample's deploy.py prints of a deployment that was rolled back."""
    failures: deque[str] = deque()
    for event in events:
        reason = f": {event.reason}" if event.reason else ""
        line = f"{event.status} {paths[event.stack_id]}{event.logical_id} ({event.type}){reason}"
        yield f"{event.at:%H:%M:%S} {line}"
        if event.status.endswith("_FAILED"):
            failures.append(line)
    yield ""
    yield f"{name}: UPDATE_ROLLBACK_COMPLETE. What failed:"
    yield from (f"  {line}" for line in failures)


def _stack_output_missing(account: Account, record: Record) -> None:
    """The template that was deployed has not the output, so the stack has not got it, nor exports it."""
    root = record.root
    output, plan = root.facts["output_values"].get(LOST_OUTPUT), root.facts["plan"]
    if output is None or plan is None:
        raise FaultError(f"{root.stack.name} has no output {LOST_OUTPUT} that could go missing")
    users = account.service("cloudformation").engine.importers(output.export_name) if output.export_name else []
    if users:
        names = ", ".join(stack.name for stack in users)
        raise FaultError(
            f"CloudFormation lets no output go that is in use: {output.export_name} is imported by {names}"
        )
    template = Template.parse(_without(plan.template.body, LOST_OUTPUT))
    root.facts["plan"] = replace(plan, template=template)
    root.facts["output_values"] = {
        key: value for key, value in root.facts["output_values"].items() if key != LOST_OUTPUT
    }


def _without(body: str, output: str) -> str:
    """A template in YAML without one output: its key in the last section, and what is indented below it."""
    head, section, outputs = body.partition("\nOutputs:\n")
    return head + section + re.sub(rf"^  {output}:.*\n(?:    .*\n|\n)*", "", outputs, flags=re.MULTILINE)


FAULTS = (
    Fault(
        "stack-rolled-back",
        "the deployment's update of the stack failed and was rolled back; Deploy failed with it",
        "stack-status",
        tells(_stack_rolled_back),
    ),
    Fault(
        "stack-output-missing", f"the stack has no output {LOST_OUTPUT}", "stack-outputs", tells(_stack_output_missing)
    ),
)
