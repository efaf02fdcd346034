"""Pipelines that run: started by pushes, sourced, built, held up by windows, alarms and permissions."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta

import pytest

from sandbox.aws.access import ACCESS
from sandbox.aws.codeconnections import AVAILABLE, PENDING
from sandbox.aws.codepipeline.runs import Status
from tests.sandbox.codepipeline.account import BUCKET, CONNECTION, MONDAY, TUESDAY, Account, leap_to, waits_at_entry


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
    tuesday = leap_to(account.world.clock, MONDAY) + timedelta(days=1)
    account.pipeline(window=True)
    account.until(lambda: waits_at_entry(account))
    deploy = account.pipelines.get_pipeline_state(name="web")["stageStates"][2]
    assert deploy["beforeEntryConditionState"]["latestExecution"]["status"] == "InProgress"
    rule = deploy["beforeEntryConditionState"]["conditionStates"][0]["ruleStates"][0]
    assert f"opens {tuesday:%a %d %b %Y} 10:00 AEST" in rule["latestExecution"]["summary"]
    leap_to(account.world.clock, TUESDAY)
    account.codepipeline.engine.reconsider()
    assert account.finished().status is Status.SUCCEEDED


def test_override_stage_condition_lets_a_waiting_execution_in(account: Account) -> None:
    leap_to(account.world.clock, MONDAY)
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
        ("s3:PutObjectAcl", "Source"),
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
        "s3:PutObjectAcl",
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


def test_the_first_execution_fails_before_iam_knows_the_roles_policy_and_not_after_the_wait(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program waits before it creates the pipeline (`after_propagation`), because nobody starts this one again."""
    monkeypatch.setattr(account.world.reach(ACCESS).propagation, "span", timedelta(seconds=10))
    account.pipeline()
    execution = account.finished()
    assert (execution.status, execution.runs[-1].name) == (Status.FAILED, "Source")
    outcome = execution.runs[-1].actions[0].outcome
    assert outcome is not None
    assert "because no identity-based policy allows" in outcome.error_message
    account.world.clock.leap(timedelta(seconds=11))
    declaration = account.pipelines.get_pipeline(name="web")["pipeline"]
    account.pipelines.create_pipeline(pipeline={**declaration, "name": "waited"})
    assert account.finished("waited").status is Status.SUCCEEDED


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
