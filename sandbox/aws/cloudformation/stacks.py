"""Operations on whole stacks: create, update, delete, cancel, go on rolling back."""

from __future__ import annotations

from sandbox.aws.access import ACCESS
from sandbox.aws.cloudformation import capabilities
from sandbox.aws.cloudformation.engine import Engine
from sandbox.aws.cloudformation.errors import ValidationError
from sandbox.aws.cloudformation.forecast import expected_changes
from sandbox.aws.cloudformation.lifecycle import start_deletion, start_deployment, start_rollback
from sandbox.aws.cloudformation.model import Stack
from sandbox.aws.cloudformation.requests import check_body, check_stack_name, existing_stack, refuse_unknown, tags_of
from sandbox.aws.cloudformation.template import Template
from sandbox.aws.service import AwsError, Params

NOTHING_TO_DO = "No updates are to be performed."
_UPDATABLE = {
    "CREATE_COMPLETE",
    "UPDATE_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE",
    "UPDATE_FAILED",
    "IMPORT_COMPLETE",
}
_COMMON = {
    *("StackName", "TemplateBody", "TemplateURL", "Parameters", "Capabilities", "RoleARN", "Tags"),
    *("DisableRollback", "ClientRequestToken"),
}


def check_updatable(stack: Stack) -> None:
    """Refuse to update a stack that is at work, or that a failure left for deleting.

    Raises:
        ValidationError: in AWS's words.
    """
    if stack.status not in _UPDATABLE:
        raise ValidationError(f"Stack:{stack.stack_id} is in {stack.status} state and can not be updated.")


def _make_obsolete(stack: Stack) -> None:
    """Change sets that were made for what the stack no longer is; their names are free again."""
    for change_set in stack.change_sets.values():
        change_set.execution_status = "OBSOLETE"
        stack.past_change_sets[change_set.id] = change_set
    stack.change_sets.clear()


class StackOperations:
    """Operations that change stacks at once, without a change set."""

    engine: Engine

    def create_stack(self, request: Params) -> Params:
        refuse_unknown(request, {*_COMMON, "OnFailure", "TimeoutInMinutes", "EnableTerminationProtection"})
        check_body(request)
        check_stack_name(request["StackName"])
        name = request["StackName"]
        with self.engine.lock:
            existing = self.engine.find(name)
            if existing is not None and existing.token and existing.token == request.get("ClientRequestToken"):
                return {"StackId": existing.stack_id}
            if existing is not None and existing.status != "REVIEW_IN_PROGRESS":
                raise AwsError("AlreadyExistsException", f"Stack [{name}] already exists")
            template = self.engine.template(request.get("TemplateBody"), request.get("TemplateURL"))
            capabilities.check(template, request.get("Capabilities", []))
            if request.get("RoleARN"):
                self.engine.lookups.check_role(request["RoleARN"])
            if request.get("OnFailure") and "DisableRollback" in request:
                raise ValidationError("You cannot specify both DisableRollback and OnFailure")
            stack = existing or self.engine.add(name)
            try:
                plan = self.engine.plan(stack, template, request.get("Parameters", []), tags_of(request))
                expected_changes(self.engine, stack, plan)
            except AwsError:
                if existing is None:
                    self.engine.forget(stack)
                raise
            stack.role_arn, stack.capabilities = request.get("RoleARN"), request.get("Capabilities", [])
            stack.caller = self.engine.account.reach(ACCESS).caller
            stack.token = request.get("ClientRequestToken")
            stack.disable_rollback = request.get("DisableRollback", request.get("OnFailure") == "DO_NOTHING")
            stack.on_failure = request.get("OnFailure", "ROLLBACK")
            stack.timeout_minutes = request.get("TimeoutInMinutes")
            stack.termination_protection = request.get("EnableTerminationProtection", False)
            _make_obsolete(stack)
        start_deployment(self.engine, stack, plan)
        return {"StackId": stack.stack_id}

    def update_stack(self, request: Params) -> Params:
        refuse_unknown(request, {*_COMMON, "UsePreviousTemplate"})
        check_body(request)
        stack = existing_stack(self.engine, request["StackName"], message="Stack [{}] does not exist")
        check_updatable(stack)
        template = self.template_for_update(stack, request)
        capabilities.check(template, request.get("Capabilities", []))
        role = request.get("RoleARN") or stack.role_arn
        if role:
            self.engine.lookups.check_role(role)
        tags = tags_of(request) if "Tags" in request else dict(stack.tags)
        plan = self.engine.plan(stack, template, request.get("Parameters", []), tags)
        if not expected_changes(self.engine, stack, plan).any:
            raise ValidationError(NOTHING_TO_DO)
        stack.role_arn, stack.change_set_id = role, None
        stack.caller = self.engine.account.reach(ACCESS).caller
        _make_obsolete(stack)
        stack.capabilities = request.get("Capabilities") or stack.capabilities
        stack.token = request.get("ClientRequestToken")
        stack.disable_rollback = request.get("DisableRollback", False)
        start_deployment(self.engine, stack, plan)
        return {"StackId": stack.stack_id}

    def template_for_update(self, stack: Stack, request: Params) -> Template:
        """The template of an update: given, or the one deployed."""
        if not request.get("UsePreviousTemplate"):
            return self.engine.template(request.get("TemplateBody"), request.get("TemplateURL"))
        if stack.plan is None:
            raise ValidationError(f"Stack [{stack.name}] has no template to use again")
        return stack.plan.template

    def delete_stack(self, request: Params) -> Params:
        refuse_unknown(request, {"StackName", "RetainResources", "RoleARN", "ClientRequestToken"})
        stack = self.engine.find(request["StackName"])
        if stack is None or stack.deleted is not None or stack.status == "DELETE_IN_PROGRESS":
            return {}
        if stack.termination_protection:
            raise ValidationError(f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled")
        if stack.in_progress:
            raise ValidationError(f"Stack:{stack.stack_id} is in {stack.status} state and can not be deleted.")
        retain = request.get("RetainResources", [])
        if retain and stack.status != "DELETE_FAILED":
            raise ValidationError(
                f"Invalid operation on stack [{stack.stack_id}]. "
                "When you delete a stack, specify which resources to retain only when the stack is in the "
                "DELETE_FAILED state."
            )
        role = request.get("RoleARN") or stack.role_arn
        if role:
            self.engine.lookups.check_role(role)
        stack.role_arn, stack.caller = role, self.engine.account.reach(ACCESS).caller
        stack.token = request.get("ClientRequestToken")
        start_deletion(self.engine, stack, retain)
        return {}

    def cancel_update_stack(self, request: Params) -> Params:
        stack = existing_stack(self.engine, request["StackName"], message="Stack [{}] does not exist")
        if stack.status != "UPDATE_IN_PROGRESS" or stack.deployment is None:
            raise ValidationError("CancelUpdateStack cannot be called from current stack status")
        stack.deployment.cancel("User Initiated")
        return {}

    def continue_update_rollback(self, request: Params) -> Params:
        refuse_unknown(request, {"StackName", "RoleARN", "ResourcesToSkip", "ClientRequestToken"})
        stack = existing_stack(self.engine, request["StackName"], message="Stack [{}] does not exist")
        if stack.status != "UPDATE_ROLLBACK_FAILED" or stack.deployment is None:
            raise ValidationError(
                f"Stack:{stack.stack_id} is in {stack.status} state and can not continue update rollback."
            )
        start_rollback(stack.deployment, request.get("ResourcesToSkip", []))
        return {}

    def update_termination_protection(self, request: Params) -> Params:
        stack = existing_stack(self.engine, request["StackName"])
        stack.termination_protection = request["EnableTerminationProtection"]
        return {"StackId": stack.stack_id}
