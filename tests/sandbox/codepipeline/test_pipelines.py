"""Pipelines through boto3: source, builds, waiting, state and history, in the shapes of AWS's model."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from botocore.exceptions import ClientError

from sandbox.aws.codeconnections import AVAILABLE, PENDING
from sandbox.aws.codepipeline.runs import Phase, Status
from tests.sandbox.codepipeline.account import BUCKET, CONNECTION, Account
from tests.sandbox.codepipeline.shapes import assert_fits_model

MONDAY = datetime(2026, 11, 30, 12, 0, tzinfo=ZoneInfo("Australia/Brisbane"))
TUESDAY = datetime(2026, 12, 1, 10, 30, tzinfo=ZoneInfo("Australia/Brisbane"))


def waits_at_entry(account: Account) -> bool:
    current = account.execution().current
    return current is not None and current.phase is Phase.ENTERING and bool(current.conditions)


def refusal(error: pytest.ExceptionInfo[ClientError]) -> str:
    return error.value.response.get("Error", {}).get("Code", "")


def test_a_new_pipeline_runs_by_itself_on_the_branchs_head(account: Account) -> None:
    account.pipeline()
    execution = account.finished()
    assert (execution.status, execution.trigger.type) == (Status.SUCCEEDED, "CreatePipeline")
    revision = execution.artifacts["source"].revision
    assert revision is not None
    assert revision.id == account.github.repository.branches()["main"]


def test_the_source_artifact_is_the_commit_zipped_in_the_bucket(account: Account) -> None:
    account.pipeline()
    artifact = account.finished().artifacts["source"]
    stored = account.world.client("s3").get_object(Bucket=BUCKET, Key=artifact.key)
    with zipfile.ZipFile(io.BytesIO(stored["Body"].read())) as archive:
        assert "buildspec.yml" in archive.namelist()
    assert stored["ServerSideEncryption"] == "aws:kms"


def test_a_push_starts_the_pipeline_of_its_branch_with_its_commit(account: Account) -> None:
    account.pipeline()
    account.finished()
    account.push("notes.txt", "dev only", branch="dev")
    sha = account.push("notes.txt", "hello")
    executions = account.codepipeline.engine.pipelines["web"].executions
    assert len(executions) == 2
    execution = account.finished()
    revision = execution.artifacts["source"].revision
    assert revision is not None
    assert (execution.trigger.type, execution.trigger.detail, revision.id) == ("WebhookV2", CONNECTION, sha)


def test_a_push_starts_nothing_when_changes_are_not_detected(account: Account) -> None:
    pipeline = account.pipeline()
    account.finished()
    pipeline["stages"][0]["actions"][0]["configuration"]["DetectChanges"] = "false"
    account.pipelines.update_pipeline(pipeline=pipeline)
    account.push("notes.txt", "hello")
    assert len(account.codepipeline.engine.pipelines["web"].executions) == 1


def test_a_build_that_fails_fails_its_stage_and_says_why(account: Account) -> None:
    account.pipeline()
    account.finished()
    account.push("broken", "")
    execution = account.finished()
    assert execution.status is Status.FAILED
    assert [run.name for run in execution.runs] == ["Source", "Build"]
    state = account.pipelines.get_pipeline_state(name="web")["stageStates"][1]
    error = state["actionStates"][0]["latestExecution"]["errorDetails"]
    assert error["code"] == "JobFailed"
    assert "Phase: BUILD, Code: COMMAND_EXECUTION_ERROR" in error["message"]
    assert "test ! -e broken. Reason: exit status 1" in error["message"]


def test_the_deploy_build_has_the_projects_variables_and_writes_its_log(account: Account) -> None:
    account.pipeline()
    account.finished()
    assert "prod" in account.logs.lines["/aws/codebuild/web-deploy"]


def test_outside_the_window_the_execution_waits_and_the_clock_lets_it_in(account: Account) -> None:
    account.world.clock.set_window(MONDAY)
    account.pipeline(window=True)
    account.until(lambda: waits_at_entry(account))
    deploy = account.pipelines.get_pipeline_state(name="web")["stageStates"][2]
    assert deploy["beforeEntryConditionState"]["latestExecution"]["status"] == "InProgress"
    rule = deploy["beforeEntryConditionState"]["conditionStates"][0]["ruleStates"][0]
    assert "opens Tue 01 Dec 2026 10:00 AEST" in rule["latestExecution"]["summary"]
    account.world.clock.set_window(TUESDAY)
    account.codepipeline.engine.reconsider()
    assert account.finished().status is Status.SUCCEEDED


def test_override_stage_condition_lets_a_waiting_execution_in(account: Account) -> None:
    account.world.clock.set_window(MONDAY)
    account.pipeline(window=True)
    account.until(lambda: waits_at_entry(account))
    account.pipelines.override_stage_condition(
        pipelineName="web",
        stageName="Deploy",
        pipelineExecutionId=account.execution().id,
        conditionType="BEFORE_ENTRY",
    )
    assert account.finished().status is Status.SUCCEEDED
    deploy = account.pipelines.get_pipeline_state(name="web")["stageStates"][2]
    assert deploy["beforeEntryConditionState"]["latestExecution"]["status"] == "Overridden"


def test_states_and_histories_fit_awss_model(account: Account) -> None:
    account.world.clock.set_window(MONDAY)
    account.pipeline(window=True)
    account.until(lambda: waits_at_entry(account))
    waiting = account.codepipeline
    assert_fits_model("codepipeline", "GetPipelineState", waiting.get_pipeline_state({"name": "web"}))
    account.world.clock.set_window(TUESDAY)
    waiting.engine.reconsider()
    execution = account.finished()
    by_name: dict[str, Any] = {"pipelineName": "web"}
    answers = {
        "GetPipelineState": waiting.get_pipeline_state({"name": "web"}),
        "GetPipeline": waiting.get_pipeline({"name": "web"}),
        "GetPipelineExecution": waiting.get_pipeline_execution({**by_name, "pipelineExecutionId": execution.id}),
        "ListPipelineExecutions": waiting.list_pipeline_executions(by_name),
        "ListActionExecutions": waiting.list_action_executions(by_name),
        "ListRuleExecutions": waiting.list_rule_executions(by_name),
        "ListPipelines": waiting.list_pipelines({}),
        "ListRuleTypes": waiting.list_rule_types({}),
    }
    for operation, answer in answers.items():
        assert_fits_model("codepipeline", operation, answer)


def test_execution_summaries_say_trigger_revision_and_mode(account: Account) -> None:
    account.pipeline()
    account.finished()
    sha = account.push("notes.txt", "hello")
    account.finished()
    newest, oldest = account.pipelines.list_pipeline_executions(pipelineName="web")["pipelineExecutionSummaries"]
    assert newest["sourceRevisions"][0]["revisionId"] == sha
    assert '"CommitMessage":"Change notes.txt"' in newest["sourceRevisions"][0]["revisionSummary"]
    assert (newest["trigger"]["triggerType"], oldest["trigger"]["triggerType"]) == ("WebhookV2", "CreatePipeline")
    assert newest["executionMode"] == "SUPERSEDED"


def test_action_executions_are_newest_first_with_artifacts_and_external_ids(account: Account) -> None:
    account.pipeline()
    execution = account.finished()
    details = account.pipelines.list_action_executions(
        pipelineName="web", filter={"pipelineExecutionId": execution.id}
    )["actionExecutionDetails"]
    assert [detail["actionName"] for detail in details] == ["Rollout", "Lint", "GitHub"]
    assert details[0]["input"]["inputArtifacts"][0]["s3location"]["bucket"] == BUCKET
    assert details[0]["output"]["executionResult"]["externalExecutionId"].startswith("web-deploy:")
    assert details[2]["output"]["outputVariables"]["BranchName"] == "main"


def test_rule_executions_are_there_only_where_rules_ran(account: Account) -> None:
    account.world.clock.set_window(TUESDAY)
    account.pipeline(window=True)
    account.finished()
    details = account.pipelines.list_rule_executions(pipelineName="web")["ruleExecutionDetails"]
    assert [(detail["ruleName"], detail["stageName"], detail["status"]) for detail in details] == [
        ("Gate", "Deploy", "Succeeded")
    ]


def test_lists_come_in_pages(account: Account) -> None:
    account.pipeline()
    account.finished()
    paginator = account.pipelines.get_paginator("list_action_executions")
    pages = list(paginator.paginate(pipelineName="web", PaginationConfig={"PageSize": 2}))
    assert [len(page["actionExecutionDetails"]) for page in pages] == [2, 1]


def test_a_manual_start_may_name_the_commit(account: Account) -> None:
    account.pipeline()
    first = account.github.repository.branches()["main"]
    account.finished()
    account.push("notes.txt", "hello")
    account.finished()
    account.pipelines.start_pipeline_execution(
        name="web",
        sourceRevisions=[{"actionName": "GitHub", "revisionType": "COMMIT_ID", "revisionValue": first}],
    )
    execution = account.finished()
    revision = execution.artifacts["source"].revision
    assert revision is not None
    assert (execution.trigger.type, revision.id) == ("StartPipelineExecution", first)


def test_a_client_request_token_starts_one_execution(account: Account) -> None:
    account.pipeline()
    account.finished()
    ids = {
        account.pipelines.start_pipeline_execution(name="web", clientRequestToken="again")["pipelineExecutionId"]
        for _ in range(2)
    }
    assert len(ids) == 1


def test_a_pending_connection_fails_the_source_action(account: Account) -> None:
    account.world.service("codeconnections").set_status(CONNECTION, PENDING)
    account.pipeline()
    execution = account.finished()
    assert execution.status is Status.FAILED
    outcome = execution.runs[0].actions[0].outcome
    assert outcome is not None
    assert outcome.error_code == "ConnectionNotAvailable"
    account.world.service("codeconnections").set_status(CONNECTION, AVAILABLE)
    account.pipelines.retry_stage_execution(
        pipelineName="web", stageName="Source", pipelineExecutionId=execution.id, retryMode="FAILED_ACTIONS"
    )
    assert account.finished().status is Status.SUCCEEDED


@pytest.mark.parametrize(
    ("missing", "stage"),
    [
        ("codestar-connections:UseConnection", "Source"),
        ("s3:PutObject", "Source"),
        ("codebuild:StartBuild", "Build"),
    ],
)
def test_a_permission_that_the_pipelines_role_lacks_fails_the_action(
    account: Account, missing: str, stage: str
) -> None:
    needed = [
        "codeconnections:UseConnection",
        "codestar-connections:UseConnection",
        "s3:PutObject",
        "codebuild:StartBuild",
        "codebuild:BatchGetBuilds",
    ]
    role = account.role("narrow", "codepipeline", [action for action in needed if action != missing])
    account.pipeline(roleArn=role)
    execution = account.finished()
    assert (execution.status, execution.runs[-1].name) == (Status.FAILED, stage)
    outcome = execution.runs[-1].actions[0].outcome
    assert outcome is not None
    assert f"is not authorized to perform: {missing}" in outcome.error_message


def test_events_tell_pipeline_stage_and_action(account: Account) -> None:
    account.pipeline()
    execution = account.finished()
    account.until(lambda: any(event.detail["state"] == "SUCCEEDED" for event in pipeline_events(account)))
    first = pipeline_events(account)[0]
    assert (first.source, first.detail["pipeline"], first.detail["state"]) == ("aws.codepipeline", "web", "STARTED")
    assert first.detail["execution-id"] == execution.id
    assert first.resources == ["arn:aws:codepipeline:ap-southeast-2:123456789012:web"]
    types = {event.detail_type for event in account.events}
    assert types >= {f"CodePipeline {kind} Execution State Change" for kind in ("Pipeline", "Stage", "Action")}


def pipeline_events(account: Account) -> list[Any]:
    return [event for event in account.events if event.detail_type == "CodePipeline Pipeline Execution State Change"]


def test_an_execution_is_measured(account: Account) -> None:
    account.pipeline()
    account.finished()
    account.push("broken", "")
    account.finished()
    account.until(lambda: measured(account).count("AWS/CodePipeline PipelineDuration") == 2)
    assert measured(account).count("AWS/CodePipeline FailedPipelineExecutions") == 1
    assert measured(account).count("AWS/CodeBuild FailedBuilds") == 1
    assert measured(account).count("AWS/CodeBuild SucceededBuilds") == 2


def measured(account: Account) -> list[str]:
    return [name for name, _, _ in account.metrics.values]


@pytest.mark.parametrize(("state", "status"), [("OK", Status.SUCCEEDED), ("ALARM", Status.FAILED)])
def test_a_cloudwatch_alarm_rule_looks_at_the_alarm(account: Account, state: str, status: Status) -> None:
    pipeline = account.pipeline()
    account.finished()
    account.metrics.alarms["prod-release-health"] = state
    rule = {
        "name": "Health",
        "ruleTypeId": {"category": "Rule", "owner": "AWS", "provider": "CloudWatchAlarm", "version": "1"},
        "configuration": {"AlarmName": "prod-release-health", "WaitTime": "0", "AlarmStates": "ALARM"},
    }
    pipeline["stages"][1]["beforeEntry"] = {"conditions": [{"result": "FAIL", "rules": [rule]}]}
    account.pipelines.update_pipeline(pipeline=pipeline)
    account.pipelines.start_pipeline_execution(name="web")
    assert account.finished().status is status


def test_an_alarm_that_does_not_exist_fails_the_rule(account: Account) -> None:
    pipeline = account.pipeline()
    account.finished()
    rule = {
        "name": "Health",
        "ruleTypeId": {"category": "Rule", "owner": "AWS", "provider": "CloudWatchAlarm", "version": "1"},
        "configuration": {"AlarmName": "misspelt"},
    }
    pipeline["stages"][1]["beforeEntry"] = {"conditions": [{"result": "FAIL", "rules": [rule]}]}
    account.pipelines.update_pipeline(pipeline=pipeline)
    account.pipelines.start_pipeline_execution(name="web")
    assert "no alarm named misspelt" in account.finished().summary


def test_a_manual_approval_waits_for_its_token(account: Account) -> None:
    pipeline = account.pipeline()
    account.finished()
    approval = {
        "name": "Approve",
        "actionTypeId": {"category": "Approval", "owner": "AWS", "provider": "Manual", "version": "1"},
    }
    pipeline["stages"].insert(2, {"name": "Approval", "actions": [approval]})
    account.pipelines.update_pipeline(pipeline=pipeline)
    account.pipelines.start_pipeline_execution(name="web")
    account.until(lambda: account.execution().is_in("Approval"))
    latest = account.pipelines.get_pipeline_state(name="web")["stageStates"][2]["actionStates"][0]["latestExecution"]
    answer = {"pipelineName": "web", "stageName": "Approval", "actionName": "Approve"}
    with pytest.raises(ClientError) as refused:
        account.pipelines.put_approval_result(
            **answer, result={"summary": "ok", "status": "Approved"}, token=account.execution().id
        )
    assert refusal(refused) == "InvalidApprovalTokenException"
    account.pipelines.put_approval_result(
        **answer, result={"summary": "ok", "status": "Approved"}, token=latest["token"]
    )
    assert account.finished().status is Status.SUCCEEDED


def test_a_rollback_deploys_an_earlier_executions_artifact(account: Account) -> None:
    account.pipeline()
    good = account.finished()
    account.push("notes.txt", "hello")
    account.finished()
    account.pipelines.rollback_stage(pipelineName="web", stageName="Deploy", targetPipelineExecutionId=good.id)
    rollback = account.finished()
    assert (rollback.type, rollback.status, [run.name for run in rollback.runs]) == (
        "ROLLBACK",
        Status.SUCCEEDED,
        ["Deploy"],
    )
    assert rollback.runs[0].actions[0].inputs == [good.artifacts["source"]]
    with pytest.raises(ClientError) as refused:
        account.pipelines.rollback_stage(pipelineName="web", stageName="Deploy", targetPipelineExecutionId=rollback.id)
    assert refusal(refused) == "UnableToRollbackStageException"


def test_a_rollback_across_pipeline_versions_is_refused(account: Account) -> None:
    pipeline = account.pipeline()
    good = account.finished()
    pipeline["stages"][1]["actions"][0]["name"] = "Check"
    account.pipelines.update_pipeline(pipeline=pipeline)
    with pytest.raises(ClientError) as refused:
        account.pipelines.rollback_stage(pipelineName="web", stageName="Deploy", targetPipelineExecutionId=good.id)
    assert refusal(refused) == "PipelineExecutionOutdatedException"


def test_what_is_not_there_has_awss_error_codes(account: Account) -> None:
    account.pipeline()
    execution = account.finished()
    some_id = "00000000-0000-4000-8000-000000000000"
    stage = {"pipelineName": "web", "pipelineExecutionId": execution.id}
    calls = {
        "PipelineNotFoundException": lambda: account.pipelines.get_pipeline_state(name="nothing"),
        "PipelineExecutionNotFoundException": lambda: account.pipelines.get_pipeline_execution(
            pipelineName="web", pipelineExecutionId=some_id
        ),
        "StageNotFoundException": lambda: account.pipelines.retry_stage_execution(
            **stage, stageName="Nothing", retryMode="FAILED_ACTIONS"
        ),
        "StageNotRetryableException": lambda: account.pipelines.retry_stage_execution(
            **stage, stageName="Build", retryMode="FAILED_ACTIONS"
        ),
        "NotLatestPipelineExecutionException": lambda: account.pipelines.override_stage_condition(
            pipelineName="web", pipelineExecutionId=some_id, stageName="Build", conditionType="BEFORE_ENTRY"
        ),
        "ConditionNotOverridableException": lambda: account.pipelines.override_stage_condition(
            **stage, stageName="Build", conditionType="BEFORE_ENTRY"
        ),
        "PipelineExecutionNotStoppableException": lambda: account.pipelines.stop_pipeline_execution(**stage),
        "PipelineVersionNotFoundException": lambda: account.pipelines.get_pipeline(name="web", version=9),
        "InvalidNextTokenException": lambda: account.pipelines.list_pipelines(nextToken="nonsense"),
        "ValidationException": lambda: account.pipelines.start_pipeline_execution(
            name="web", variables=[{"name": "unknown", "value": "x"}]
        ),
    }
    for code, call in calls.items():
        with pytest.raises(ClientError) as refused:
            call()
        assert refusal(refused) == code


def test_an_action_type_that_the_sandbox_lacks_is_no_success(account: Account) -> None:
    pipeline = account.pipeline()
    account.finished()
    pipeline["stages"][2]["actions"][0]["actionTypeId"] = {
        "category": "Deploy",
        "owner": "AWS",
        "provider": "CloudFormation",
        "version": "1",
    }
    with pytest.raises(ClientError) as refused:
        account.pipelines.update_pipeline(pipeline=pipeline)
    assert refusal(refused) == "SandboxUnsupported"


def test_update_keeps_earlier_versions_and_an_equal_update_makes_none(account: Account) -> None:
    pipeline = account.pipeline()
    account.finished()
    assert account.pipelines.update_pipeline(pipeline=pipeline)["pipeline"]["version"] == 1
    pipeline["executionMode"] = "QUEUED"
    assert account.pipelines.update_pipeline(pipeline=pipeline)["pipeline"]["version"] == 2
    assert account.pipelines.get_pipeline(name="web", version=1)["pipeline"]["executionMode"] == "SUPERSEDED"


def test_tags_and_deletion(account: Account) -> None:
    account.pipeline()
    account.finished()
    arn = account.pipelines.get_pipeline(name="web")["metadata"]["pipelineArn"]
    account.pipelines.tag_resource(resourceArn=arn, tags=[{"key": "Environment", "value": "prod"}])
    assert account.pipelines.list_tags_for_resource(resourceArn=arn)["tags"] == [
        {"key": "Environment", "value": "prod"}
    ]
    account.pipelines.untag_resource(resourceArn=arn, tagKeys=["Environment"])
    assert account.pipelines.list_tags_for_resource(resourceArn=arn)["tags"] == []
    account.pipelines.delete_pipeline(name="web")
    account.pipelines.delete_pipeline(name="web")
    assert account.pipelines.list_pipelines()["pipelines"] == []


def test_a_bucket_that_denies_what_comes_without_tls_holds_artifacts(account: Account) -> None:
    account.pipeline()
    account.finished()
    arn = f"arn:aws:s3:::{BUCKET}"
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [arn, f"{arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [deny]})
    account.world.client("s3").put_bucket_policy(Bucket=BUCKET, Policy=policy)
    account.push("notes.txt", "hello")
    assert account.finished().status is Status.SUCCEEDED


@pytest.mark.parametrize("trusted", ["codebuild", None])
def test_a_role_that_codepipeline_cannot_assume_is_refused(account: Account, trusted: str | None) -> None:
    arn = account.role("stranger", trusted) if trusted else "arn:aws:iam::123456789012:role/nobody"
    with pytest.raises(ClientError, match="not authorized to perform AssumeRole") as refused:
        account.pipeline(roleArn=arn)
    assert refusal(refused) == "InvalidStructureException"


def test_a_name_is_used_once(account: Account) -> None:
    pipeline = account.pipeline()
    account.finished()
    with pytest.raises(ClientError) as refused:
        account.pipelines.create_pipeline(pipeline=pipeline)
    assert refusal(refused) == "PipelineNameInUseException"
