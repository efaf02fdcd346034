"""What CodePipeline tells others: EventBridge events and CloudWatch metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.aws.codepipeline.model import Execution
from sandbox.aws.codepipeline.progress import Change
from sandbox.aws.codepipeline.runs import ActionRun, Status
from sandbox.aws.ports import METRICS

if TYPE_CHECKING:
    from sandbox.core.account import Account

NAMESPACE = "AWS/CodePipeline"
_TIME = "%Y-%m-%dT%H:%M:%S.%fZ"
_MEASURED = {status.upper(): status for status in (Status.SUCCEEDED, Status.FAILED)}


class Telling:
    """Publishes every state change, and measures executions when they end."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def __call__(self, change: Change) -> None:
        if change.action is not None:
            kind, detail = "Action", self._action_detail(change, change.action)
        elif change.stage is not None:
            kind, detail = "Stage", {"stage": change.stage.name}
        else:
            kind, detail = "Pipeline", self._execution_detail(change)
        execution = change.execution
        arn = f"arn:aws:codepipeline:{self._account.region}:{self._account.account_id}:{execution.pipeline}"
        self._account.events.publish(
            "aws.codepipeline",
            f"CodePipeline {kind} Execution State Change",
            {
                "pipeline": execution.pipeline,
                "execution-id": execution.id,
                "start-time": execution.started.strftime(_TIME),
                "state": change.state,
                "version": float(execution.version),
                **detail,
            },
            [arn],
        )
        if kind == "Pipeline" and change.state in _MEASURED:
            self._measure(execution, _MEASURED[change.state])

    def _execution_detail(self, change: Change) -> dict[str, Any]:
        trigger = change.execution.trigger
        return {"execution-trigger": {"trigger-type": trigger.type, "trigger-detail": trigger.detail}}

    def _action_detail(self, change: Change, action: ActionRun) -> dict[str, Any]:
        detail: dict[str, Any] = {
            "stage": action.stage,
            "action": action.name,
            "action-execution-id": action.id,
            "region": self._account.region,
            "type": action.declaration["actionTypeId"],
            "input-artifacts": [
                {"name": artifact.name, "s3location": {"bucket": artifact.bucket, "key": artifact.key}}
                for artifact in action.inputs
            ],
        }
        if action.outcome is not None:
            result = {
                "external-execution-id": action.external_id,
                "external-execution-url": action.external_url,
                "external-execution-summary": action.outcome.error_message or action.outcome.summary,
                "error-code": action.outcome.error_code,
            }
            detail["execution-result"] = {key: value for key, value in result.items() if value}
        return detail

    def _measure(self, execution: Execution, status: Status) -> None:
        record = self._account.reach(METRICS).record
        dimensions = {"PipelineName": execution.pipeline}
        for metric, (value, unit) in measured(execution, status).items():
            record(NAMESPACE, metric, dimensions, value, at=execution.updated, unit=unit)


def measured(execution: Execution, status: Status) -> dict[str, tuple[float, str]]:
    """The metrics of an execution that has ended in this status: value and unit of each, at its end."""
    if status not in _MEASURED.values():
        return {}
    seconds = (execution.updated - execution.started).total_seconds()
    failed = {"FailedPipelineExecutions": (1.0, "Count")} if status is Status.FAILED else {}
    return {"PipelineDuration": (seconds, "Seconds"), **failed}
