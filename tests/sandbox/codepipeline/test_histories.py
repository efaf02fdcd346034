"""What CodePipeline tells of executions: states, histories, events and metrics, in the shapes of AWS's model."""

from __future__ import annotations

from typing import Any

from tests.sandbox.codepipeline.account import BUCKET, MONDAY, TUESDAY, Account, leap_to, waits_at_entry
from tests.sandbox.codepipeline.shapes import assert_fits_model


def test_states_and_histories_fit_awss_model(account: Account) -> None:
    leap_to(account.world.clock, MONDAY)
    account.pipeline(window=True)
    account.until(lambda: waits_at_entry(account))
    waiting = account.codepipeline
    assert_fits_model("codepipeline", "GetPipelineState", waiting.get_pipeline_state({"name": "web"}))
    leap_to(account.world.clock, TUESDAY)
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
    leap_to(account.world.clock, TUESDAY)
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
