"""The stacks of the account, what they export, and what is at work on them."""

from __future__ import annotations

import json
import random
import re
import string
import threading
import time
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sandbox.aws.access import ACCESS
from sandbox.aws.cloudformation.checks import check_template
from sandbox.aws.cloudformation.errors import ValidationError
from sandbox.aws.cloudformation.lookups import Lookups
from sandbox.aws.cloudformation.model import Stack, StackEvent, StackOutput, StackResource
from sandbox.aws.cloudformation.parameters import check_types, choose, interpret
from sandbox.aws.cloudformation.permissions import session_of
from sandbox.aws.cloudformation.plan import STACK_TYPE, Plan, check_references
from sandbox.aws.cloudformation.resources.base import HANDLERS
from sandbox.aws.cloudformation.schema import resource_schema
from sandbox.aws.cloudformation.template import Template
from sandbox.aws.service import UnsupportedError

if TYPE_CHECKING:
    from sandbox.core.account import Account

# From a resource's first event to its last. AWS takes seconds to minutes; a rehearsal wants to see the order.
PACE_SECONDS = 0.03
_SUFFIX = string.ascii_uppercase + string.digits
_NAME_SUFFIX_LENGTH = 12
# Types and modules that an account may have registered: AWS's own registry does not name them.
_OF_OTHERS = re.compile(r"(?!AWS::)\w+::\w+::\w+(::\w+)?")


class Engine:
    """Keeps stacks and records what happens to them."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.pace = PACE_SECONDS
        self.lookups = Lookups(account)
        self.lock = threading.RLock()
        self.stacks: dict[str, Stack] = {}

    # -- stacks ---------------------------------------------------------------------------------------

    def find(self, name_or_id: str) -> Stack | None:
        """A stack by its id, deleted ones too, or the living one of that name."""
        with self.lock:
            if name_or_id in self.stacks:
                return self.stacks[name_or_id]
            living = [s for s in self.stacks.values() if s.name == name_or_id and s.deleted is None]
            return living[-1] if living else None

    def add(self, name: str, **fields: Any) -> Stack:
        """A new stack with no status yet."""
        stack_id = f"arn:aws:cloudformation:{self.account.region}:{self.account.account_id}:stack/{name}/{uuid.uuid4()}"
        stack = Stack(name=name, stack_id=stack_id, created=self.account.clock.now(), **fields)
        with self.lock:
            self.stacks[stack_id] = stack
        return stack

    def forget(self, stack: Stack) -> None:
        """Take back a stack that was never begun."""
        with self.lock:
            self.stacks.pop(stack.stack_id, None)

    def exports(self) -> dict[str, tuple[Stack, StackOutput]]:
        """Everything exported in the account and region."""
        with self.lock:
            return {
                output.export_name: (stack, output)
                for stack in self.stacks.values()
                if stack.deleted is None
                for output in stack.output_values.values()
                if output.export_name
            }

    def importers(self, export_name: str) -> list[Stack]:
        with self.lock:
            return [stack for stack in self.stacks.values() if stack.deleted is None and export_name in stack.imports]

    # -- templates ------------------------------------------------------------------------------------

    def template(self, body: str | None, url: str | None, parent: Stack | None = None) -> Template:
        """A template from its text or its place in S3, with everything checked that needs no values.

        S3 is read with the caller's permissions; a nested stack's template with those of its `parent`.

        Raises:
            ValidationError: in AWS's words.
            UnsupportedError: the sandbox does not know something of it.
        """
        if bool(body) == bool(url):
            raise ValidationError("Either Template URL or Template Body must be specified.")
        access = self.account.reach(ACCESS)
        session = session_of(self.account, parent) if parent else access.caller
        with access.acting(session):
            template = Template.parse(body or self.lookups.template(url or ""))
        check_types(template.parameters)
        self._check_resource_types(template)
        check_template(template)
        check_references(template, self.has_attribute)
        return template

    def _check_resource_types(self, template: Template) -> None:
        types = {resource.type for resource in template.resources.values()}
        region = self.account.region
        unknown = sorted(
            name for name in types if resource_schema(region, name) is None and not _OF_OTHERS.fullmatch(name)
        )
        if unknown:
            raise ValidationError(f"Template format error: Unrecognized resource types: [{', '.join(unknown)}]")
        missing = sorted(types - HANDLERS.keys())
        if missing:
            raise UnsupportedError(
                f"The sandbox does not know how to make resources of types [{', '.join(missing)}]; AWS does."
            )

    def has_attribute(self, type_name: str, attribute: str) -> bool:
        """Whether a type has an attribute for Fn::GetAtt.

        Raises:
            UnsupportedError: the sandbox's lacks it, and AWS's may have it.
        """
        if attribute in HANDLERS[type_name].attributes:
            return True
        schema = resource_schema(self.account.region, type_name)
        if schema is not None and schema.may_have_attribute(attribute):
            raise UnsupportedError(f"The sandbox does not know the attribute {attribute} of {type_name}; AWS does.")
        return False

    def plan(
        self,
        stack: Stack,
        template: Template,
        given: list[dict[str, Any]],
        tags: Mapping[str, str],
    ) -> Plan:
        """The template with values, for one stack.

        Parameters are looked up with the caller's permissions, a role or not; a nested stack's with its role's.

        Raises:
            ValidationError: a parameter, a condition, a function or a reference is wrong.
            UnsupportedError: the sandbox cannot say what a part of it is worth.
        """
        previous = stack.plan.parameters if stack.plan else {}
        texts = choose(template.parameters, given, previous)
        access = self.account.reach(ACCESS)
        with access.acting(session_of(self.account, stack) if stack.parent_id else access.caller):
            values = interpret(template.parameters, texts, self.lookups.parameter, self.lookups.check_exists)
        plan = Plan(template, values, self._pseudo(stack), dict(tags))
        plan.check()
        return plan

    def _pseudo(self, stack: Stack) -> dict[str, Any]:
        return {
            "AWS::AccountId": self.account.account_id,
            "AWS::NotificationARNs": list(stack.notification_arns),
            "AWS::Partition": "aws",
            "AWS::Region": self.account.region,
            "AWS::StackId": stack.stack_id,
            "AWS::StackName": stack.name,
            "AWS::URLSuffix": "amazonaws.com",
        }

    # -- history --------------------------------------------------------------------------------------

    def set_status(self, stack: Stack, status: str, reason: str = "") -> None:
        """The stack's new status: on the stack, in its events and on the event bus."""
        with self.lock:
            self._append(
                stack,
                logical_id=stack.name,
                physical_id=stack.stack_id,
                type=STACK_TYPE,
                status=status,
                reason=reason,
                properties="",
            )
            stack.status, stack.reason = status, reason  # last: who sees the status finds its event
        self.account.events.publish(
            "aws.cloudformation",
            "CloudFormation Stack Status Change",
            {
                "stack-id": stack.stack_id,
                "status-details": {"status": status, "status-reason": reason},
                "client-request-token": stack.token or "",
            },
            [stack.stack_id],
        )

    def set_resource_status(self, stack: Stack, resource: StackResource, status: str, reason: str = "") -> None:
        """A resource's new status: on the resource and in its stack's events."""
        with self.lock:
            resource.status, resource.reason, resource.updated = status, reason, self.account.clock.now()
            shown = json.dumps(resource.properties, default=str) if resource.properties else ""
            self._append(
                stack,
                logical_id=resource.logical_id,
                physical_id=resource.physical_id,
                type=resource.type,
                status=status,
                reason=reason,
                properties=shown,
            )

    def _append(self, stack: Stack, **fields: str) -> None:
        stack.events.append(
            StackEvent(
                stack_id=stack.stack_id,
                stack_name=stack.name,
                token=stack.token,
                at=self.account.clock.now(),
                **fields,
            )
        )

    # -- pace -----------------------------------------------------------------------------------------

    def wait_until(self, moment: float) -> None:
        """Wait until `moment` on the monotonic clock, or until the sandbox stops."""
        self.account.background.stopping.wait(max(0.0, moment - time.monotonic()))

    def generated_name(self, stack: Stack, logical_id: str, longest: int) -> str:
        """A physical name as CloudFormation makes one: stack, logical id and a random suffix."""
        suffix = "".join(random.choices(_SUFFIX, k=_NAME_SUFFIX_LENGTH))  # noqa: S311 - a name, no secret
        room = longest - len(suffix) - 1
        return f"{f'{stack.name}-{logical_id}'[:room].rstrip('-')}-{suffix}"
