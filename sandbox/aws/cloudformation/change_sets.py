"""Change sets: what a deployment would change, made first and executed later."""

from __future__ import annotations

import uuid

from sandbox.aws.access import ACCESS
from sandbox.aws.cloudformation import capabilities
from sandbox.aws.cloudformation.engine import Engine
from sandbox.aws.cloudformation.errors import ValidationError
from sandbox.aws.cloudformation.forecast import expected_changes
from sandbox.aws.cloudformation.lifecycle import start_deployment
from sandbox.aws.cloudformation.model import ChangeSet, Stack
from sandbox.aws.cloudformation.plan import STACK_TYPE, Plan
from sandbox.aws.cloudformation.requests import (
    check_body,
    check_stack_name,
    existing_stack,
    page,
    refuse_unknown,
    tags_of,
)
from sandbox.aws.cloudformation.resources.base import failure_reason
from sandbox.aws.cloudformation.stacks import check_updatable
from sandbox.aws.cloudformation.template import Template
from sandbox.aws.service import AwsError, Params, UnsupportedError

NO_CHANGES = "The submitted information didn't contain changes. Submit different information to create a change set."
_KINDS = ("IMPORT", "UPDATE", "CREATE")
_KNOWN = {
    *("StackName", "ChangeSetName", "ChangeSetType", "TemplateBody", "TemplateURL", "UsePreviousTemplate"),
    *("Parameters", "Capabilities", "RoleARN", "Tags", "ClientToken", "Description"),
}


class ChangeSetOperations:
    """Operations on change sets."""

    engine: Engine

    def template_for_update(self, stack: Stack, request: Params) -> Template:
        raise NotImplementedError

    def create_change_set(self, request: Params) -> Params:
        refuse_unknown(request, _KNOWN)
        check_body(request)
        check_stack_name(request["StackName"])
        kind = request.get("ChangeSetType", "UPDATE")
        with self.engine.lock:
            stack = self._stack_for(kind, request)
            found = stack.change_sets.get(request["ChangeSetName"]) if stack else None
            if found is not None and found.token and found.token == request.get("ClientToken"):
                return {"Id": found.id, "StackId": found.stack_id}
            if found is not None:
                raise AwsError(
                    "AlreadyExistsException",
                    f"ChangeSet {request['ChangeSetName']} cannot be created due to a mismatch "
                    "with existing attribute(s)",
                )
            stack, plan = self._plan(stack, request)
            change_set = self._add(stack, plan, kind, request)
        self.engine.account.background.start(
            f"change set {change_set.name}", lambda: self._compute(stack, change_set, plan)
        )
        return {"Id": change_set.id, "StackId": stack.stack_id}

    def _stack_for(self, kind: str, request: Params) -> Stack | None:
        """The stack that the change set is for; None where CREATE is to begin one."""
        name = request["StackName"]
        stack = self.engine.find(name)
        if kind == "CREATE":
            if stack is not None and stack.status != "REVIEW_IN_PROGRESS":
                raise ValidationError(
                    f"Stack [{name}] already exists and cannot be created again "
                    f"with the changeSet [{request['ChangeSetName']}]."
                )
            if stack is None and name.startswith("arn:"):
                raise ValidationError(f"Stack [{name}] does not exist")
            return stack
        if kind not in _KINDS:
            raise ValidationError(
                f"1 validation error detected: Value '{kind}' at 'changeSetType' failed to satisfy constraint: "
                f"Member must satisfy enum value set: [{', '.join(_KINDS)}]"
            )
        if kind != "UPDATE":
            raise UnsupportedError(f"The sandbox makes CREATE and UPDATE change sets, not {kind}.")
        if stack is None:
            raise ValidationError(f"Stack [{name}] does not exist")
        check_updatable(stack)
        return stack

    def _plan(self, stack: Stack | None, request: Params) -> tuple[Stack, Plan]:
        """The request's plan; a new stack is kept only where it has one."""
        role = request.get("RoleARN") or (stack.role_arn if stack else None)
        if role:
            self.engine.lookups.check_role(role)
        template = (
            self.template_for_update(stack, request)
            if stack is not None
            else self.engine.template(request.get("TemplateBody"), request.get("TemplateURL"))
        )
        capabilities.check(template, request.get("Capabilities", []))
        begun = stack is None
        stack = stack or self.engine.add(request["StackName"])
        tags = tags_of(request) if "Tags" in request else dict(stack.tags)
        try:
            plan = self.engine.plan(stack, template, request.get("Parameters", []), tags)
        except AwsError:
            if begun:
                self.engine.forget(stack)
            raise
        if begun:
            self.engine.set_status(stack, "REVIEW_IN_PROGRESS", "User Initiated")
        return stack, plan

    def _add(self, stack: Stack, plan: Plan, kind: str, request: Params) -> ChangeSet:
        account, name = self.engine.account, request["ChangeSetName"]
        change_set = ChangeSet(
            id=f"arn:aws:cloudformation:{account.region}:{account.account_id}:changeSet/{name}/{uuid.uuid4()}",
            name=name,
            kind=kind,
            stack_id=stack.stack_id,
            plan=plan,
            created=account.clock.now(),
            capabilities=request.get("Capabilities", []),
            role_arn=request.get("RoleARN"),
            description=request.get("Description"),
            token=request.get("ClientToken"),
        )
        stack.change_sets[name] = change_set
        return change_set

    def _compute(self, stack: Stack, change_set: ChangeSet, plan: Plan) -> None:
        change_set.status = "CREATE_IN_PROGRESS"
        try:
            changes = expected_changes(self.engine, stack, plan)
        except Exception as error:
            change_set.reason, change_set.status = failure_reason(error, STACK_TYPE), "FAILED"
            return
        if not changes.any:
            change_set.reason, change_set.status = NO_CHANGES, "FAILED"
            return
        change_set.changes = changes.resources
        change_set.execution_status = "AVAILABLE"
        change_set.status = "CREATE_COMPLETE"

    def describe_change_set(self, request: Params) -> Params:
        stack, change_set = self.find_change_set(request)
        shown, more = page(change_set.changes, request)
        answer: Params = {
            "ChangeSetName": change_set.name,
            "ChangeSetId": change_set.id,
            "StackId": stack.stack_id,
            "StackName": stack.name,
            "CreationTime": change_set.created,
            "ExecutionStatus": change_set.execution_status,
            "Status": change_set.status,
            "NotificationARNs": [],
            "Capabilities": list(change_set.capabilities),
            "Changes": [change.described() for change in shown],
            "IncludeNestedStacks": False,
            "RollbackConfiguration": {},
            **more,
        }
        plan = change_set.plan
        optional = {
            "Description": change_set.description,
            "StatusReason": change_set.reason,
            "Parameters": [value.described() for value in plan.parameters.values()] if plan else None,
            "Tags": [{"Key": k, "Value": v} for k, v in plan.tags.items()] if plan else None,
        }
        return answer | {key: value for key, value in optional.items() if value}

    def execute_change_set(self, request: Params) -> Params:
        refuse_unknown(request, {"StackName", "ChangeSetName", "ClientRequestToken", "DisableRollback"})
        stack, change_set = self.find_change_set(request)
        if change_set.execution_status != "AVAILABLE" or change_set.plan is None:
            raise AwsError(
                "InvalidChangeSetStatus",
                f"ChangeSet [{change_set.id}] cannot be executed in its current status of [{change_set.status}]",
            )
        if change_set.kind == "UPDATE":
            check_updatable(stack)
        with self.engine.lock:
            change_set.execution_status = "EXECUTE_IN_PROGRESS"
            stack.change_sets.clear()
            stack.past_change_sets[change_set.id] = change_set
        stack.updated = self.engine.account.clock.now()
        stack.change_set_id = change_set.id
        stack.role_arn = change_set.role_arn or stack.role_arn
        stack.caller = self.engine.account.reach(ACCESS).caller
        stack.capabilities = change_set.capabilities
        stack.token = request.get("ClientRequestToken")
        stack.disable_rollback = request.get("DisableRollback", False)

        def executed(succeeded: bool) -> None:
            change_set.execution_status = "EXECUTE_COMPLETE" if succeeded else "EXECUTE_FAILED"

        start_deployment(self.engine, stack, change_set.plan, then=executed)
        return {}

    def delete_change_set(self, request: Params) -> Params:
        try:
            stack, change_set = self.find_change_set(request)
        except AwsError as error:
            if error.code == "ChangeSetNotFound":
                return {}
            raise
        if change_set.id in stack.past_change_sets:
            raise AwsError(
                "InvalidChangeSetStatus",
                f"ChangeSet [{change_set.id}] cannot be deleted in its current execution status "
                f"[{change_set.execution_status}]",
            )
        with self.engine.lock:
            stack.change_sets.pop(change_set.name, None)
        return {}

    def list_change_sets(self, request: Params) -> Params:
        stack = existing_stack(self.engine, request["StackName"], message="Stack [{}] does not exist")
        shown, more = page(list(stack.change_sets.values()), request)
        summaries = [
            {
                "StackId": stack.stack_id,
                "StackName": stack.name,
                "ChangeSetId": entry.id,
                "ChangeSetName": entry.name,
                "ExecutionStatus": entry.execution_status,
                "Status": entry.status,
                "CreationTime": entry.created,
                "IncludeNestedStacks": False,
                **({"StatusReason": entry.reason} if entry.reason else {}),
            }
            for entry in shown
        ]
        return {"Summaries": summaries, **more}

    def find_change_set(self, request: Params) -> tuple[Stack, ChangeSet]:
        """A change set by its id, or by its name and its stack."""
        asked = request["ChangeSetName"]
        with self.engine.lock:
            if asked.startswith("arn:"):
                stacks = list(self.engine.stacks.values())
            elif request.get("StackName"):
                stacks = [existing_stack(self.engine, request["StackName"], message="Stack [{}] does not exist")]
            else:
                raise ValidationError("StackName must be specified if ChangeSetName is not specified as an ARN.")
            for stack in stacks:
                if asked in stack.change_sets:
                    return stack, stack.change_sets[asked]
                for change_set in (*stack.change_sets.values(), *stack.past_change_sets.values()):
                    if asked == change_set.id:
                        return stack, change_set
        raise AwsError("ChangeSetNotFound", f"ChangeSet [{asked}] does not exist", status=404)
