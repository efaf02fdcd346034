"""What CloudFormation keeps: stacks, their resources, events and change sets."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sandbox.aws.access import Session
from sandbox.aws.cloudformation.plan import STACK_TYPE, Plan, PropertyChange
from sandbox.aws.cloudformation.template import Resource

if TYPE_CHECKING:
    from sandbox.aws.cloudformation.deployment import Deployment


@dataclass(eq=False)
class StackResource:
    """One resource of a stack as it is."""

    logical_id: str
    type: str
    definition: Resource
    status: str
    updated: datetime
    physical_id: str = ""
    properties: dict[str, Any] = field(default_factory=dict)  # as last applied
    reason: str = ""
    depends_on: frozenset[str] = frozenset()
    intact: bool = True  # False while a failed update may have left it half changed


@dataclass(frozen=True)
class StackEvent:
    """One line of a stack's history."""

    stack_id: str
    stack_name: str
    logical_id: str
    physical_id: str
    type: str
    status: str
    reason: str
    properties: str
    token: str | None
    at: datetime
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def described(self) -> dict[str, Any]:
        """As DescribeStackEvents shows it."""
        shown: dict[str, Any] = {
            "StackId": self.stack_id,
            "EventId": self.id,
            "StackName": self.stack_name,
            "LogicalResourceId": self.logical_id,
            "PhysicalResourceId": self.physical_id,
            "ResourceType": self.type,
            "Timestamp": self.at,
            "ResourceStatus": self.status,
        }
        optional = {
            "ResourceStatusReason": self.reason,
            "ResourceProperties": self.properties,
            "ClientRequestToken": self.token,
        }
        return shown | {key: value for key, value in optional.items() if value}


@dataclass(frozen=True)
class StackOutput:
    """One output's value."""

    key: str
    value: str
    description: str | None
    export_name: str | None

    def described(self) -> dict[str, str]:
        shown = {
            "OutputKey": self.key,
            "OutputValue": self.value,
            "Description": self.description,
            "ExportName": self.export_name,
        }
        return {key: value for key, value in shown.items() if value is not None}


@dataclass(frozen=True)
class ResourceChange:
    """One line of a change set."""

    action: str
    logical_id: str
    physical_id: str
    type: str
    properties: Sequence[PropertyChange] = ()
    replacement: str | None = None
    attributes: Sequence[str] = ()  # beside the properties: Metadata and the policies

    def described(self) -> dict[str, Any]:
        change: dict[str, Any] = {
            "Action": self.action,
            "LogicalResourceId": self.logical_id,
            "ResourceType": self.type,
            "Scope": [],
            "Details": [],
        }
        if self.physical_id:
            change["PhysicalResourceId"] = self.physical_id
        if self.replacement is not None:
            change["Replacement"] = self.replacement
            is_tags = {entry.name in ("Tags",) for entry in self.properties}
            change["Scope"] = (["Properties"] if False in is_tags else []) + (["Tags"] if True in is_tags else [])
            change["Scope"] += self.attributes
            change["Details"] = [_detail(entry) for entry in self.properties] + [
                {
                    "ChangeSource": "DirectModification",
                    "Evaluation": "Static",
                    "Target": {"Attribute": attribute, "RequiresRecreation": "Never"},
                }
                for attribute in self.attributes
            ]
        if self.type == STACK_TYPE and self.action == "Modify" and not self.properties:
            change["Details"] = [
                {
                    "ChangeSource": "Automatic",
                    "Evaluation": "Dynamic",
                    "Target": {"Attribute": "Properties", "RequiresRecreation": "Never"},
                }
            ]
        return {"Type": "Resource", "ResourceChange": change}


def _detail(change: PropertyChange) -> dict[str, Any]:
    target = {"Attribute": "Tags", "RequiresRecreation": str(change.recreation)}
    if change.name != "Tags":
        target |= {"Attribute": "Properties", "Name": change.name}
    return {
        "ChangeSource": "DirectModification" if change.known else "ResourceAttribute",
        "Evaluation": "Static" if change.known else "Dynamic",
        "Target": target,
    }


@dataclass
class ChangeSet:
    """A change to a stack that waits to be executed."""

    id: str
    name: str
    kind: str  # CREATE or UPDATE
    stack_id: str
    plan: Plan | None
    created: datetime
    capabilities: Sequence[str]
    role_arn: str | None
    description: str | None = None
    token: str | None = None
    status: str = "CREATE_PENDING"
    execution_status: str = "UNAVAILABLE"
    reason: str = ""
    changes: Sequence[ResourceChange] = ()


@dataclass(eq=False)
class Stack:
    """One stack. `status`, `outputs`, `stack_id`, `created`, `updated`, `resources` are read by others."""

    name: str
    stack_id: str
    created: datetime
    plan: Plan | None = None  # what was last deployed whole
    status: str = ""
    reason: str = ""
    updated: datetime | None = None
    deletion_begun: datetime | None = None  # also by rolling back a creation
    deleted: datetime | None = None
    role_arn: str | None = None
    caller: Session | None = None  # whose permissions count where there is no role
    capabilities: Sequence[str] = ()
    notification_arns: Sequence[str] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    disable_rollback: bool = False
    on_failure: str = "ROLLBACK"
    timeout_minutes: int | None = None
    termination_protection: bool = False
    parent_id: str | None = None
    root_id: str | None = None
    token: str | None = None
    change_set_id: str | None = None
    resources: dict[str, StackResource] = field(default_factory=dict)
    output_values: dict[str, StackOutput] = field(default_factory=dict)
    imports: frozenset[str] = frozenset()
    events: list[StackEvent] = field(default_factory=list)
    change_sets: dict[str, ChangeSet] = field(default_factory=dict)  # by name, until one is executed
    past_change_sets: dict[str, ChangeSet] = field(default_factory=dict)  # by id: executed, or obsolete
    deployment: Deployment | None = None  # the newest

    @property
    def outputs(self) -> dict[str, str]:
        """The outputs' values by key."""
        return {key: output.value for key, output in self.output_values.items()}

    @property
    def shown_plan(self) -> Plan | None:
        """What is deployed, or is being deployed for the first time."""
        if self.plan is None and self.deployment is not None:
            return self.deployment.plan
        return self.plan

    @property
    def in_progress(self) -> bool:
        return self.status.endswith("_IN_PROGRESS") and self.status != "REVIEW_IN_PROGRESS"
