"""What requests have in common: paging, stack lookup, tags, and parameters that are not known here."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Any, TypeVar

from sandbox.aws.cloudformation.engine import Engine
from sandbox.aws.cloudformation.errors import ValidationError
from sandbox.aws.cloudformation.model import Stack
from sandbox.aws.service import Params, UnsupportedError

PAGE_SIZE = 100
_LONGEST_BODY = 51_200
Item = TypeVar("Item")


def page(items: Sequence[Item], request: Params, size: int = PAGE_SIZE) -> tuple[list[Item], Params]:
    """One page of `items`, and the NextToken to go on with where there is more.

    Raises:
        ValidationError: the token is not one that was given out.
    """
    token = request.get("NextToken", "0")
    if not token.isdigit() or int(token) > len(items):
        raise ValidationError(f"Invalid NextToken: {token}")
    start = int(token)
    more = {"NextToken": str(start + size)} if start + size < len(items) else {}
    return list(items[start : start + size]), more


def refuse_unknown(request: Params, known: Collection[str]) -> None:
    """Refuse a request parameter that would be left out."""
    unknown = sorted(name for name, value in request.items() if name not in known and value not in (None, [], False))
    if unknown:
        raise UnsupportedError(f"The sandbox does not know the request parameters {unknown}; AWS does.")


def check_body(request: Params) -> None:
    body = request.get("TemplateBody") or ""
    if len(body.encode()) > _LONGEST_BODY:
        raise ValidationError(
            "1 validation error detected: Value at 'templateBody' failed to satisfy constraint: "
            f"Member must have length less than or equal to {_LONGEST_BODY}"
        )


_STACK_NAME = re.compile(r"[a-zA-Z][-a-zA-Z0-9]*|arn:[-a-zA-Z0-9:/._+]*")
_LONGEST_NAME = 128


def check_stack_name(name: str) -> None:
    """Refuse what no stack is called.

    Raises:
        ValidationError: in AWS's words.
    """
    complaint = None
    if not _STACK_NAME.fullmatch(name):
        complaint = f"Member must satisfy regular expression pattern: {_STACK_NAME.pattern}"
    elif len(name) > _LONGEST_NAME and not name.startswith("arn:"):
        complaint = f"Member must have length less than or equal to {_LONGEST_NAME}"
    if complaint:
        raise ValidationError(
            f"1 validation error detected: Value '{name}' at 'stackName' failed to satisfy constraint: {complaint}"
        )


def tags_of(request: Params) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in request.get("Tags", [])}


def existing_stack(engine: Engine, name: str, *, message: str = "Stack with id {} does not exist") -> Stack:
    """A stack by name or id.

    Raises:
        ValidationError: there is none.
    """
    stack = engine.find(name)
    if stack is None:
        raise ValidationError(message.format(name))
    return stack


def described_stack(stack: Stack) -> dict[str, Any]:
    """A stack as DescribeStacks shows it."""
    plan = stack.shown_plan
    shown: dict[str, Any] = {
        "StackId": stack.stack_id,
        "StackName": stack.name,
        "CreationTime": stack.created,
        "StackStatus": stack.status,
        "DisableRollback": stack.disable_rollback,
        "NotificationARNs": list(stack.notification_arns),
        "RollbackConfiguration": {},
        "Tags": [{"Key": key, "Value": value} for key, value in stack.tags.items()],
        "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"},
    }
    if stack.deleted is None:
        shown["EnableTerminationProtection"] = stack.termination_protection
    optional = {
        "ChangeSetId": None if stack.deletion_begun else stack.change_set_id,
        "Description": plan.template.description if plan else None,
        "Parameters": [value.described() for value in plan.parameters.values()] if plan else None,
        "LastUpdatedTime": stack.updated,
        "DeletionTime": stack.deletion_begun,
        "StackStatusReason": stack.reason,
        "Capabilities": list(stack.capabilities),
        "Outputs": [output.described() for output in stack.output_values.values()],
        "RoleARN": stack.role_arn,
        "ParentId": stack.parent_id,
        "RootId": stack.root_id,
    }
    return shown | {key: value for key, value in optional.items() if value}


def summarised_stack(stack: Stack) -> dict[str, Any]:
    """A stack as ListStacks shows it."""
    keys = (
        *("StackId", "StackName", "CreationTime", "LastUpdatedTime", "DeletionTime", "StackStatus"),
        *("StackStatusReason", "ParentId", "RootId", "DriftInformation"),
    )
    shown = described_stack(stack)
    summary = {key: shown[key] for key in keys if key in shown}
    return summary | ({"TemplateDescription": shown["Description"]} if "Description" in shown else {})
