"""What can be done with pipelines through boto3, and what is refused with AWS's own codes."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.aws.codepipeline.runs import Status
from tests.sandbox.codepipeline.account import Account

DEPLOY = {"pipelineName": "web", "stageName": "Deploy", "transitionType": "Inbound"}


def refusal(error: pytest.ExceptionInfo[ClientError]) -> str:
    return error.value.response.get("Error", {}).get("Code", "")


def test_a_client_request_token_starts_one_execution(account: Account) -> None:
    account.pipeline()
    account.finished()
    ids = {
        account.pipelines.start_pipeline_execution(name="web", clientRequestToken="again")["pipelineExecutionId"]
        for _ in range(2)
    }
    assert len(ids) == 1


def test_a_disabled_transition_is_no_part_of_the_definition_and_outlives_its_update(account: Account) -> None:
    pipeline = account.pipeline()
    account.finished()
    before = account.pipelines.get_pipeline(name="web")["pipeline"]
    account.pipelines.disable_stage_transition(**DEPLOY, reason="incident 42 (see chat)")
    assert account.pipelines.get_pipeline(name="web")["pipeline"] == before
    account.pipelines.update_pipeline(pipeline=pipeline)
    *_, deploy = account.pipelines.get_pipeline_state(name="web")["stageStates"]
    told = deploy["inboundTransitionState"]
    assert (told["enabled"], told["disabledReason"]) == (False, "incident 42 (see chat)")
    assert told["lastChangedBy"].startswith("arn:aws:iam::")
    assert "lastChangedAt" in told


@pytest.mark.parametrize("reason", ["x" * 301, "incident: 42", "Störung", "a_b", "two\nlines"])
def test_a_reason_that_aws_does_not_take_disables_nothing(account: Account, reason: str) -> None:
    account.pipeline()
    account.finished()
    with pytest.raises(ClientError) as refused:
        account.pipelines.disable_stage_transition(**DEPLOY, reason=reason)
    assert refusal(refused) == "ValidationException"
    *_, deploy = account.pipelines.get_pipeline_state(name="web")["stageStates"]
    assert deploy["inboundTransitionState"]["enabled"]


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


def test_a_rollback_across_pipeline_versions_is_refused_and_its_target_not_listed(account: Account) -> None:
    pipeline = account.pipeline()
    good = account.finished()
    listing: Any = {"pipelineName": "web", "filter": {"succeededInStage": {"stageName": "Deploy"}}}
    listed = account.pipelines.list_pipeline_executions(**listing)["pipelineExecutionSummaries"]
    assert [one["pipelineExecutionId"] for one in listed] == [good.id]
    pipeline["stages"][1]["actions"][0]["name"] = "Check"
    account.pipelines.update_pipeline(pipeline=pipeline)
    with pytest.raises(ClientError) as refused:
        account.pipelines.rollback_stage(pipelineName="web", stageName="Deploy", targetPipelineExecutionId=good.id)
    assert refusal(refused) == "PipelineExecutionOutdatedException"
    assert account.pipelines.list_pipeline_executions(**listing)["pipelineExecutionSummaries"] == []


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
