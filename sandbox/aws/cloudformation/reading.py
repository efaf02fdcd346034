"""Operations that only read: stacks, events, resources, exports, templates."""

from __future__ import annotations

from typing import Any

from sandbox.aws.cloudformation import capabilities
from sandbox.aws.cloudformation.engine import Engine
from sandbox.aws.cloudformation.errors import ValidationError
from sandbox.aws.cloudformation.model import ChangeSet, Stack, StackResource
from sandbox.aws.cloudformation.requests import (
    check_body,
    described_stack,
    existing_stack,
    page,
    summarised_stack,
)
from sandbox.aws.cloudformation.template import Template
from sandbox.aws.service import Params


class ReadingOperations:
    """Operations that change nothing."""

    engine: Engine

    def find_change_set(self, request: Params) -> tuple[Stack, ChangeSet]:
        raise NotImplementedError

    def describe_stacks(self, request: Params) -> Params:
        name = request.get("StackName")
        if name:
            return {"Stacks": [described_stack(existing_stack(self.engine, name))]}
        stacks = [stack for stack in self._newest_first() if stack.deleted is None]
        shown, more = page(stacks, request)
        return {"Stacks": [described_stack(stack) for stack in shown], **more}

    def list_stacks(self, request: Params) -> Params:
        wanted = request.get("StackStatusFilter")
        stacks = [stack for stack in self._newest_first() if not wanted or stack.status in wanted]
        shown, more = page(stacks, request)
        return {"StackSummaries": [summarised_stack(stack) for stack in shown], **more}

    def _newest_first(self) -> list[Stack]:
        with self.engine.lock:
            return list(reversed(self.engine.stacks.values()))

    def describe_stack_events(self, request: Params) -> Params:
        stack = existing_stack(self.engine, request["StackName"], message="Stack [{}] does not exist")
        with self.engine.lock:
            events = list(reversed(stack.events))
        shown, more = page(events, request)
        return {"StackEvents": [event.described() for event in shown], **more}

    def describe_stack_resources(self, request: Params) -> Params:
        physical = request.get("PhysicalResourceId")
        if physical:
            stack = self._owner(physical)
        elif request.get("StackName"):
            stack = existing_stack(self.engine, request["StackName"])
        else:
            raise ValidationError("Stack name or physical resource ID must be specified")
        wanted = request.get("LogicalResourceId")
        found = [_resource(stack, r) for r in self._resources(stack) if wanted in (None, r.logical_id)]
        return {"StackResources": found}

    def _owner(self, physical_id: str) -> Stack:
        for stack in self._newest_first():
            if any(record.physical_id == physical_id for record in self._resources(stack)):
                return stack
        raise ValidationError(f"Stack for {physical_id} does not exist")

    def describe_stack_resource(self, request: Params) -> Params:
        stack = existing_stack(self.engine, request["StackName"], message="Stack '{}' does not exist")
        name = request["LogicalResourceId"]
        record = stack.resources.get(name)
        if record is None:
            raise ValidationError(f"Resource {name} does not exist for stack {request['StackName']}")
        shown = _resource(stack, record)
        shown["LastUpdatedTimestamp"] = shown.pop("Timestamp")
        return {"StackResourceDetail": shown}

    def list_stack_resources(self, request: Params) -> Params:
        stack = existing_stack(self.engine, request["StackName"])
        shown, more = page(self._resources(stack), request)
        summaries: list[dict[str, Any]] = []
        for record in shown:
            summary = _resource(stack, record)
            summary["LastUpdatedTimestamp"] = summary.pop("Timestamp")
            summaries.append({k: v for k, v in summary.items() if k not in ("StackName", "StackId")})
        return {"StackResourceSummaries": summaries, **more}

    def _resources(self, stack: Stack) -> list[StackResource]:
        with self.engine.lock:
            return sorted(stack.resources.values(), key=lambda record: record.logical_id)

    def list_exports(self, request: Params) -> Params:
        exports = sorted(self.engine.exports().items())
        shown, more = page(exports, request)
        entries = [
            {"ExportingStackId": stack.stack_id, "Name": name, "Value": output.value} for name, (stack, output) in shown
        ]
        return {"Exports": entries, **more}

    def list_imports(self, request: Params) -> Params:
        name = request["ExportName"]
        names = [stack.name for stack in self.engine.importers(name)]
        if not names:
            raise ValidationError(f"Export '{name}' is not imported by any stack.")
        shown, more = page(names, request)
        return {"Imports": shown, **more}

    def get_template(self, request: Params) -> Params:
        name, change_set = request.get("StackName"), request.get("ChangeSetName")
        if not name and not change_set:
            raise ValidationError("StackName is required if ChangeSetName is not specified.")
        if change_set:
            if not name and not change_set.startswith("arn:"):
                raise ValidationError("StackName is a required parameter.")
            plan = self.find_change_set(request)[1].plan
        else:
            plan = existing_stack(self.engine, request["StackName"]).shown_plan
        if plan is None:
            raise ValidationError(f"Stack with id {name} does not exist")
        return {"TemplateBody": plan.template.body, "StagesAvailable": ["Original", "Processed"]}

    def get_template_summary(self, request: Params) -> Params:
        template = self._template(request)
        types = sorted({resource.type for resource in template.resources.values()})
        answer = _requirements(template)
        return answer | {
            "ResourceTypes": types,
            "Version": "2010-09-09",
            "Parameters": [
                entry
                | {
                    "ParameterType": template.parameters[entry["ParameterKey"]].type,
                    "ParameterConstraints": _constraints(template, entry["ParameterKey"]),
                }
                for entry in answer["Parameters"]
            ],
        }

    def validate_template(self, request: Params) -> Params:
        return _requirements(self._template(request)) | {"DeclaredTransforms": []}

    def _template(self, request: Params) -> Template:
        check_body(request)
        if request.get("StackName"):
            stack = existing_stack(self.engine, request["StackName"])
            if stack.status == "REVIEW_IN_PROGRESS":
                raise ValidationError("GetTemplateSummary cannot be called on REVIEW_IN_PROGRESS stacks.")
            if stack.shown_plan is not None:
                return stack.shown_plan.template
        return self.engine.template(request.get("TemplateBody"), request.get("TemplateURL"))


def _resource(stack: Stack, record: StackResource) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "StackName": stack.name,
        "StackId": stack.stack_id,
        "LogicalResourceId": record.logical_id,
        "ResourceType": record.type,
        "Timestamp": record.updated,
        "ResourceStatus": record.status,
        "DriftInformation": {"StackResourceDriftStatus": "NOT_CHECKED"},
    }
    optional = {"PhysicalResourceId": record.physical_id, "ResourceStatusReason": record.reason}
    return shown | {key: value for key, value in optional.items() if value}


def _requirements(template: Template) -> Params:
    """What a caller must give for a template."""
    needed, types = capabilities.required(template)
    parameters: list[dict[str, Any]] = []
    for parameter in template.parameters.values():
        entry: dict[str, Any] = {
            "ParameterKey": parameter.name,
            "NoEcho": parameter.no_echo,
            "Description": parameter.description,
        }
        if parameter.default is not None:
            entry["DefaultValue"] = parameter.default
        parameters.append(entry)
    answer: Params = {"Parameters": parameters, "Capabilities": needed}
    if needed:
        answer["CapabilitiesReason"] = f"The following resource(s) require capabilities: [{', '.join(types)}]"
    if template.description:
        answer["Description"] = template.description
    return answer


def _constraints(template: Template, name: str) -> dict[str, Any]:
    allowed = template.parameters[name].limits.get("AllowedValues")
    return {"AllowedValues": [str(value) for value in allowed]} if allowed else {}
