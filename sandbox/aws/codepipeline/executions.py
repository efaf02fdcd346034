"""Operations on executions and stages: start, stop, retry, roll back, override, look."""

from __future__ import annotations

from typing import Any

from sandbox.aws.codepipeline.definitions import DefinitionOperations
from sandbox.aws.codepipeline.history import action_details, execution_detail, execution_summary, rule_details
from sandbox.aws.codepipeline.model import Execution, Pipeline, Transition, Trigger
from sandbox.aws.codepipeline.runs import ConditionType, Outcome, Phase, StageRun, Status
from sandbox.aws.codepipeline.state import pipeline_state
from sandbox.aws.paging import answer_page
from sandbox.aws.service import AwsError, Params


class ExecutionOperations(DefinitionOperations):
    """Part of `CodePipeline`."""

    def start_pipeline_execution(self, request: Params) -> Params:
        pipeline = self.pipeline(request["name"])
        token = request.get("clientRequestToken")
        with self.engine.changing():
            if token in pipeline.tokens:
                return {"pipelineExecutionId": pipeline.tokens[token]}
            execution = self.engine.start(
                pipeline,
                Trigger("StartPipelineExecution", self.caller_arn),
                variables=_variables(pipeline, request.get("variables", [])),
                source_revisions=_source_revisions(pipeline, request.get("sourceRevisions", [])),
            )
            if token:
                pipeline.tokens[token] = execution.id
        return {"pipelineExecutionId": execution.id}

    def stop_pipeline_execution(self, request: Params) -> Params:
        pipeline = self.pipeline(request["pipelineName"])
        execution = pipeline.execution(request["pipelineExecutionId"])
        if execution is None:
            raise AwsError(
                "PipelineExecutionNotStoppableException",
                f"Pipeline '{pipeline.name}' has no execution {request['pipelineExecutionId']}",
            )
        self.engine.stop(execution, request.get("reason", ""), abandon=request.get("abandon", False))
        return {"pipelineExecutionId": execution.id}

    def get_pipeline_state(self, request: Params) -> Params:
        with self.engine.changed:
            return pipeline_state(self.pipeline(request["name"]), self.account.region)

    def get_pipeline_execution(self, request: Params) -> Params:
        with self.engine.changed:
            pipeline = self.pipeline(request["pipelineName"])
            return {"pipelineExecution": execution_detail(_execution(pipeline, request["pipelineExecutionId"]))}

    def list_pipeline_executions(self, request: Params) -> Params:
        with self.engine.changed:
            pipeline = self.pipeline(request["pipelineName"])
            stage = request.get("filter", {}).get("succeededInStage", {}).get("stageName")
            summaries = [
                execution_summary(execution)
                for execution in reversed(pipeline.executions)
                if stage is None or (_succeeded_in(execution, stage) and execution.version == pipeline.version)
            ]
            return answer_page(summaries, "pipelineExecutionSummaries", request)

    def list_action_executions(self, request: Params) -> Params:
        with self.engine.changed:
            details = [
                detail
                for execution in self._filtered(request)
                for detail in action_details(execution, self.account.region)
            ]
            return answer_page(details, "actionExecutionDetails", request)

    def list_rule_executions(self, request: Params) -> Params:
        with self.engine.changed:
            details = [
                detail
                for execution in self._filtered(request)
                for detail in rule_details(execution, self.account.region)
            ]
            return answer_page(details, "ruleExecutionDetails", request)

    def retry_stage_execution(self, request: Params) -> Params:
        pipeline = self.pipeline(request["pipelineName"])
        with self.engine.changing():
            execution, run = self._in_stage(pipeline, request)
            if run.status not in (Status.FAILED, Status.STOPPED) or execution.version != pipeline.version:
                raise AwsError(
                    "StageNotRetryableException",
                    "Unable to retry. The stage has not failed, or the pipeline structure has changed.",
                )
            self.engine.retry(execution, run, all_actions=request["retryMode"] == "ALL_ACTIONS")
        return {"pipelineExecutionId": execution.id}

    def override_stage_condition(self, request: Params) -> Params:
        pipeline = self.pipeline(request["pipelineName"])
        with self.engine.changing():
            execution, run = self._in_stage(pipeline, request)
            self.engine.override(execution, run, ConditionType(request["conditionType"]))
        return {}

    def rollback_stage(self, request: Params) -> Params:
        pipeline = self.pipeline(request["pipelineName"])
        stage = self._stage(pipeline, request["stageName"])
        with self.engine.changing():
            target = _execution(pipeline, request["targetPipelineExecutionId"])
            if any(execution.is_in(stage) for execution in pipeline.executions):
                raise AwsError("UnableToRollbackStageException", f"Stage {stage} is currently running.")
            if pipeline.stage_index(stage) == 0:
                raise AwsError("UnableToRollbackStageException", "The source stage cannot be rolled back.")
            if target.version != pipeline.version:
                raise AwsError(
                    "PipelineExecutionOutdatedException",
                    "The pipeline structure has changed since the target execution.",
                )
            if target.is_rollback or not _succeeded_in(target, stage):
                raise AwsError(
                    "UnableToRollbackStageException",
                    f"Execution {target.id} is a rollback or has not succeeded in stage {stage}.",
                )
            execution = self.engine.roll_back(pipeline, stage, target, automated=False)
        return {"pipelineExecutionId": execution.id}

    def disable_stage_transition(self, request: Params) -> Params:
        return self._set_transition(request, enabled=False)

    def enable_stage_transition(self, request: Params) -> Params:
        return self._set_transition(request, enabled=True)

    def put_approval_result(self, request: Params) -> Params:
        pipeline = self.pipeline(request["pipelineName"])
        stage = self._stage(pipeline, request["stageName"])
        with self.engine.changing():
            latest = pipeline.latest_in(stage)
            run = latest.latest_run(stage) if latest else None
            named = [action for action in run.actions if action.name == request["actionName"]] if run else []
            if not named:
                raise AwsError("ActionNotFoundException", f"Action {request['actionName']} has not run")
            (action,) = named
            if action.status is not Status.IN_PROGRESS:
                raise AwsError("ApprovalAlreadyCompletedException", "The approval is already completed.")
            if action.token != request["token"]:
                raise AwsError("InvalidApprovalTokenException", "The approval token is not valid.")
            result = request["result"]
            approved = result["status"] == "Approved"
            action.updated_by = self.caller_arn
            error = {} if approved else {"error_code": "ApprovalRejected", "error_message": result["summary"]}
            self.engine.finish(action, Outcome(approved, result["summary"], **error))
        return {"approvedAt": self.now()}

    def _set_transition(self, request: Params, *, enabled: bool) -> Params:
        pipeline = self.pipeline(request["pipelineName"])
        stage = self._stage(pipeline, request["stageName"])
        if request["transitionType"] != "Inbound":
            raise AwsError("ValidationException", "Only inbound transitions can be changed.")
        transition = Transition(enabled, request.get("reason", ""), self.caller_arn, self.now())
        self.engine.set_transition(pipeline, stage, transition)
        return {}

    def _filtered(self, request: Params) -> list[Execution]:
        pipeline = self.pipeline(request["pipelineName"])
        wanted = request.get("filter", {})
        execution_id = wanted.get("pipelineExecutionId") or wanted.get("latestInPipelineExecution", {}).get(
            "pipelineExecutionId"
        )
        return [_execution(pipeline, execution_id)] if execution_id else pipeline.executions[::-1]

    def _stage(self, pipeline: Pipeline, stage: str) -> str:
        if pipeline.stage_index(stage) is None:
            raise AwsError("StageNotFoundException", f"Pipeline '{pipeline.name}' has no stage '{stage}'")
        return stage

    def _in_stage(self, pipeline: Pipeline, request: Params) -> tuple[Execution, StageRun]:
        """The execution and its run of the stage, when no later execution has been there."""
        stage = self._stage(pipeline, request["stageName"])
        latest = pipeline.latest_in(stage)
        run = latest.latest_run(stage) if latest else None
        if latest is None or run is None or latest.id != request["pipelineExecutionId"]:
            raise AwsError(
                "NotLatestPipelineExecutionException",
                f"Execution {request['pipelineExecutionId']} is not the latest in stage {stage}.",
            )
        return latest, run


def _execution(pipeline: Pipeline, execution_id: str) -> Execution:
    execution = pipeline.execution(execution_id)
    if execution is None:
        raise AwsError(
            "PipelineExecutionNotFoundException", f"Pipeline '{pipeline.name}' has no execution {execution_id}"
        )
    return execution


def _succeeded_in(execution: Execution, stage: str) -> bool:
    run = execution.latest_run(stage)
    return run is not None and run.phase is Phase.OVER and run.status is Status.SUCCEEDED


def _variables(pipeline: Pipeline, given: list[dict[str, str]]) -> dict[str, str]:
    declared = {variable["name"]: variable for variable in pipeline.declaration.get("variables", [])}
    values = {variable["name"]: variable["value"] for variable in given}
    unknown = sorted(set(values) - set(declared))
    if unknown:
        raise AwsError("ValidationException", f"Pipeline '{pipeline.name}' has no variable {', '.join(unknown)}")
    missing = [name for name in declared if "defaultValue" not in declared[name] and name not in values]
    if missing:
        raise AwsError("ValidationException", f"Variables without a value: {', '.join(missing)}")
    return values


def _source_revisions(pipeline: Pipeline, given: list[dict[str, Any]]) -> dict[str, str]:
    sources = [action["name"] for action in pipeline.stages[0]["actions"]]
    for override in given:
        if override["actionName"] not in sources:
            raise AwsError("ValidationException", f"There is no source action '{override['actionName']}'")
        if override["revisionType"] != "COMMIT_ID":
            raise AwsError("ValidationException", f"{override['revisionType']} does not fit a GitHub source")
    return {override["actionName"]: override["revisionValue"] for override in given}
