"""What has run, in the shapes of GetPipelineExecution and the List…Executions operations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sandbox.aws.codepipeline.model import Execution
from sandbox.aws.codepipeline.runs import ActionRun, Artifact, ConditionRun, Mode, RuleRun, Status


def execution_detail(execution: Execution) -> dict[str, Any]:
    """GetPipelineExecution's pipelineExecution."""
    detail: dict[str, Any] = {
        "pipelineName": execution.pipeline,
        "pipelineVersion": execution.version,
        **_common(execution),
        "artifactRevisions": [
            {
                "name": artifact.name,
                "revisionId": artifact.revision.id,
                "revisionSummary": artifact.revision.summary,
                "revisionUrl": artifact.revision.url,
            }
            for artifact in _source_artifacts(execution).values()
            if artifact.revision
        ],
        "variables": [{"name": name, "resolvedValue": value} for name, value in execution.variables.items()],
    }
    return detail


def execution_summary(execution: Execution) -> dict[str, Any]:
    """One of ListPipelineExecutions."""
    summary: dict[str, Any] = {
        **_common(execution),
        "startTime": execution.started,
        "lastUpdateTime": execution.updated,
        "sourceRevisions": [
            {
                "actionName": action,
                "revisionId": artifact.revision.id,
                "revisionSummary": artifact.revision.summary,
                "revisionUrl": artifact.revision.url,
            }
            for action, artifact in _source_artifacts(execution).items()
            if artifact.revision
        ],
    }
    if execution.stop_reason is not None:
        summary["stopTrigger"] = {"reason": execution.stop_reason}
    return summary


def _common(execution: Execution) -> dict[str, Any]:
    common: dict[str, Any] = {
        "pipelineExecutionId": execution.id,
        "status": execution.status,
        "trigger": {"triggerType": execution.trigger.type, "triggerDetail": execution.trigger.detail},
        "executionMode": Mode(execution.mode),
        "executionType": execution.type,
    }
    if execution.summary:
        common["statusSummary"] = execution.summary
    if execution.is_rollback:
        common["rollbackMetadata"] = {"rollbackTargetPipelineExecutionId": execution.rollback_target}
    return common


def _source_artifacts(execution: Execution) -> dict[str, Artifact]:
    """The artifacts of the source actions, by action; a rollback has its target's."""
    return {
        action["name"]: execution.artifacts[output["name"]]
        for action in execution.stages[0]["actions"]
        for output in action.get("outputArtifacts", [])
        if output["name"] in execution.artifacts
    }


def action_details(execution: Execution, region: str) -> list[dict[str, Any]]:
    """The execution's part of ListActionExecutions, newest first."""
    return [_action_detail(execution, action, region) for action in reversed(list(execution.actions()))]


def _action_detail(execution: Execution, action: ActionRun, region: str) -> dict[str, Any]:
    declared = action.declaration
    given: dict[str, Any] = {
        "actionTypeId": declared["actionTypeId"],
        "configuration": declared.get("configuration", {}),
        "resolvedConfiguration": action.configuration,
        "region": region,
        "inputArtifacts": [_location(artifact) for artifact in action.inputs],
    }
    for key in ("namespace", "roleArn"):
        if key in declared:
            given[key] = declared[key]
    result: dict[str, Any] = {
        "externalExecutionId": action.external_id,
        "externalExecutionUrl": action.external_url,
    }
    output: dict[str, Any] = {"outputArtifacts": [], "outputVariables": {}}
    if action.outcome is not None:
        result["externalExecutionSummary"] = action.outcome.summary
        output["outputArtifacts"] = [_location(artifact) for artifact in action.outcome.outputs]
        output["outputVariables"] = dict(action.outcome.variables)
    if action.outcome is not None and action.outcome.error_code:
        result["errorDetails"] = {
            "code": action.outcome.error_code,
            "message": action.outcome.error_message,
        }
    output["executionResult"] = {key: value for key, value in result.items() if value}
    detail = {
        "pipelineExecutionId": execution.id,
        "actionExecutionId": action.id,
        "pipelineVersion": execution.version,
        "stageName": action.stage,
        "actionName": action.name,
        "startTime": action.started,
        "lastUpdateTime": action.updated or action.started,
        "status": action.status,
        "input": given,
        "output": output,
    }
    return detail | ({"updatedBy": action.updated_by} if action.updated_by else {})


def _location(artifact: Artifact) -> dict[str, Any]:
    return {"name": artifact.name, "s3location": {"bucket": artifact.bucket, "key": artifact.key}}


def rule_details(execution: Execution, region: str) -> list[dict[str, Any]]:
    """The execution's part of ListRuleExecutions, newest first."""
    details = [
        _rule_detail(execution, stage, rule, region)
        for stage, condition in _conditions(execution)
        for rule in condition.rules
    ]
    return details[::-1]


def _conditions(execution: Execution) -> Iterator[tuple[str, ConditionRun]]:
    seen: set[int] = set()
    for run in execution.runs:
        for condition in run.conditions.values():
            if id(condition) not in seen:  # a retry keeps the entry condition it passed
                seen.add(id(condition))
                yield run.name, condition


def _rule_detail(execution: Execution, stage: str, rule: RuleRun, region: str) -> dict[str, Any]:
    configuration = rule.declaration.get("configuration", {})
    result: dict[str, Any] = {}
    if rule.summary:
        result["externalExecutionSummary"] = rule.summary
    if rule.error_code:
        result["errorDetails"] = {"code": rule.error_code, "message": rule.summary}
    return {
        "pipelineExecutionId": execution.id,
        "ruleExecutionId": rule.id,
        "pipelineVersion": execution.version,
        "stageName": stage,
        "ruleName": rule.name,
        "startTime": rule.started,
        "lastUpdateTime": rule.updated,
        "status": Status(rule.status),
        "input": {
            "ruleTypeId": rule.declaration["ruleTypeId"],
            "configuration": configuration,
            "resolvedConfiguration": configuration,
            "region": rule.declaration.get("region", region),
            "inputArtifacts": [],
        },
        "output": {"executionResult": result},
    }
