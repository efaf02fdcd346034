"""GetPipelineState: each stage as it stands now, across executions.

Which members there are, and how links are written, follows answers that AWS gave and others published.
"""

from __future__ import annotations

from typing import Any

from sandbox.aws.codepipeline.links import project_url, source_url
from sandbox.aws.codepipeline.model import Execution, Pipeline, Transition
from sandbox.aws.codepipeline.runs import ActionRun, ConditionRun, ConditionType, Declaration, RuleRun, StageRun, Status

_STATE_KEYS = {
    ConditionType.BEFORE_ENTRY: "beforeEntryConditionState",
    ConditionType.ON_SUCCESS: "onSuccessConditionState",
    ConditionType.ON_FAILURE: "onFailureConditionState",
}


def pipeline_state(pipeline: Pipeline, region: str) -> dict[str, Any]:
    return {
        "pipelineName": pipeline.name,
        "pipelineVersion": pipeline.version,
        "stageStates": [_stage_state(pipeline, stage, region) for stage in pipeline.stages],
        "created": pipeline.created,
        "updated": pipeline.updated,
    }


def _stage_state(pipeline: Pipeline, stage: Declaration, region: str) -> dict[str, Any]:
    name = stage["name"]
    inbound = [
        _stage_execution(execution, execution.status) for execution in pipeline.executions if execution.waits_for(name)
    ]
    state: dict[str, Any] = {"stageName": name, "inboundExecutions": inbound}
    if inbound:
        state["inboundExecution"] = inbound[0]
    state["inboundTransitionState"] = _transition_state(pipeline.transition(name))
    state["actionStates"] = [_action_state(pipeline, name, action, region) for action in stage["actions"]]
    latest = pipeline.latest_in(name)
    run = latest.latest_run(name) if latest else None
    if latest is not None and run is not None:
        state["latestExecution"] = _stage_execution(latest, _stage_status(latest, run))
        for type_, condition in run.conditions.items():
            state[_STATE_KEYS[type_]] = _condition_state(condition)
        if run.last_retry:
            state["retryStageMetadata"] = _retries(run)
    return state


def _stage_execution(execution: Execution, status: Status) -> dict[str, Any]:
    shown: dict[str, Any] = {"pipelineExecutionId": execution.id, "status": status}
    return shown | ({"type": execution.type} if execution.is_rollback else {})


def _stage_status(execution: Execution, run: StageRun) -> Status:
    stopping = execution.status is Status.STOPPING and run.status is Status.IN_PROGRESS
    return Status.STOPPING if stopping else run.status


def _transition_state(transition: Transition) -> dict[str, Any]:
    state: dict[str, Any] = {"enabled": transition.enabled}
    if transition.changed_at is not None:
        state |= {"lastChangedBy": transition.changed_by, "lastChangedAt": transition.changed_at}
    if not transition.enabled:
        state["disabledReason"] = transition.reason
    return state


def _retries(run: StageRun) -> dict[str, Any]:
    attempts = {
        "autoStageRetryAttempt": run.automatic_retries,
        "manualStageRetryAttempt": run.manual_retries,
    }
    return {"latestRetryTrigger": run.last_retry, **{key: count for key, count in attempts.items() if count}}


def _action_state(pipeline: Pipeline, stage: str, declared: Declaration, region: str) -> dict[str, Any]:
    """The action's newest run, whichever execution it belongs to."""
    runs = [
        action
        for execution in pipeline.executions
        for action in execution.actions()
        if action.stage == stage and action.name == declared["name"]
    ]
    state: dict[str, Any] = {"actionName": declared["name"]}
    is_source = declared["actionTypeId"]["category"] == "Source"
    if entity := _entity_url(declared, region):
        state["entityUrl"] = entity
    if not runs:
        return state
    action = max(runs, key=lambda run: run.started)
    state["latestExecution"] = _action_execution(action)
    revision = next((artifact.revision for artifact in _outputs(action) if artifact.revision), None)
    if is_source:
        state["latestExecution"].pop("externalExecutionUrl", None)  # it is the state's revisionUrl
        if revision is not None:
            state["currentRevision"] = {"revisionId": revision.id}
            state["revisionUrl"] = revision.url
    return state


def _entity_url(declared: Declaration, region: str) -> str:
    """Where the console shows what an action works with: a branch, or a project."""
    configuration, provider = declared.get("configuration", {}), declared["actionTypeId"]["provider"]
    if provider == "CodeBuild":
        return project_url(declared.get("region", region), configuration["ProjectName"])
    if provider == "CodeStarSourceConnection":
        return source_url(region, configuration, "BRANCH", configuration["BranchName"])
    return ""


def _outputs(action: ActionRun) -> tuple[Any, ...]:
    return action.outcome.outputs if action.outcome else ()


def _action_execution(action: ActionRun) -> dict[str, Any]:
    execution: dict[str, Any] = {
        "actionExecutionId": action.id,
        "status": action.status,
        "lastStatusChange": action.updated or action.started,
        "externalExecutionId": action.external_id,
        "externalExecutionUrl": action.external_url,
        "token": action.token if action.status is Status.IN_PROGRESS else "",
        "lastUpdatedBy": action.updated_by,
    }
    if action.outcome is not None:
        execution["summary"] = action.outcome.summary
        if action.outcome.error_code:
            execution["errorDetails"] = {
                "code": action.outcome.error_code,
                "message": action.outcome.error_message,
            }
    return {key: value for key, value in execution.items() if value}


def _condition_state(condition: ConditionRun) -> dict[str, Any]:
    execution = {"status": condition.status, **_summary(condition.summary)}
    return {
        "latestExecution": execution,
        "conditionStates": [
            {
                "latestExecution": {**execution, "lastStatusChange": condition.updated},
                "ruleStates": [_rule_state(rule) for rule in condition.rules],
            }
        ],
    }


def _rule_state(rule: RuleRun) -> dict[str, Any]:
    execution: dict[str, Any] = {
        "ruleExecutionId": rule.id,
        "status": rule.status,
        "lastStatusChange": rule.updated,
        **_summary(rule.summary),
    }
    if rule.error_code:
        execution["errorDetails"] = {"code": rule.error_code, "message": rule.summary}
    return {"ruleName": rule.name, "latestExecution": execution}


def _summary(text: str) -> dict[str, str]:
    return {"summary": text} if text else {}
