"""What CodePipeline and CodeBuild answer, member by member.

Held against answers of AWS that others published: which members there are, and how links are written.
"""

from __future__ import annotations

import copy
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.aws.codepipeline.runs import Status
from tests.sandbox.codepipeline.account import CONNECTION, Account, declared
from tests.sandbox.codepipeline.shapes import assert_fits_model

REDIRECT = (
    "https://ap-southeast-2.console.aws.amazon.com/codesuite/settings/connections/redirect"
    f"?connectionArn={CONNECTION}&referenceType={{}}&FullRepositoryId=helios/web-infrastructure&{{}}"
)
CODEBUILD = "https://console.aws.amazon.com/codebuild/home?region=ap-southeast-2#"


def stage(account: Account, number: int) -> dict[str, Any]:
    state = account.pipelines.get_pipeline_state(name="web")
    assert_fits_model("codepipeline", "GetPipelineState", {k: v for k, v in state.items() if k != "ResponseMetadata"})
    return state["stageStates"][number]


def test_the_source_stage_as_aws_tells_it(account: Account) -> None:
    account.pipeline()
    execution = account.finished()
    commit = account.github.repository.branches()["main"]
    source = stage(account, 0)
    assert source.keys() == {
        "stageName",
        "inboundExecutions",
        "inboundTransitionState",
        "actionStates",
        "latestExecution",
    }
    assert source["inboundTransitionState"] == {"enabled": True}
    assert source["latestExecution"] == {"pipelineExecutionId": execution.id, "status": "Succeeded"}
    (action,) = source["actionStates"]
    latest = action.pop("latestExecution")
    assert action == {
        "actionName": "GitHub",
        "currentRevision": {"revisionId": commit},
        "entityUrl": REDIRECT.format("BRANCH", "Branch=main"),
        "revisionUrl": REDIRECT.format("COMMIT", f"Commit={commit}"),
    }
    assert latest.keys() == {"actionExecutionId", "status", "summary", "lastStatusChange", "externalExecutionId"}


def test_a_build_stage_as_aws_tells_it(account: Account) -> None:
    account.pipeline()
    account.finished()
    (action,) = stage(account, 1)["actionStates"]
    latest = action["latestExecution"]
    assert action.keys() == {"actionName", "entityUrl", "latestExecution"}
    assert action["entityUrl"] == f"{CODEBUILD}/projects/web-build/view"
    assert latest.keys() == {
        "actionExecutionId",
        "status",
        "lastStatusChange",
        "externalExecutionId",
        "externalExecutionUrl",
    }
    assert latest["externalExecutionUrl"] == f"{CODEBUILD}/builds/{latest['externalExecutionId']}/view/new"


def test_an_action_that_has_not_run_has_its_entity_already(account: Account) -> None:
    account.pipeline()
    account.finished()
    account.push("broken", "")
    assert account.finished().status is Status.FAILED
    pipeline = account.pipelines.get_pipeline(name="web")["pipeline"]
    pipeline["stages"][2]["actions"][0]["name"] = "Another"
    account.pipelines.update_pipeline(pipeline=pipeline)
    assert stage(account, 2)["actionStates"] == [
        {"actionName": "Another", "entityUrl": f"{CODEBUILD}/projects/web-deploy/view"}
    ]


def test_who_updated_an_action_is_told_only_where_somebody_did(account: Account) -> None:
    account.pipeline()
    account.finished()
    details = account.pipelines.list_action_executions(pipelineName="web")["actionExecutionDetails"]
    assert not [detail for detail in details if "updatedBy" in detail]
    assert details[-1]["output"]["executionResult"]["externalExecutionUrl"].startswith("https://ap-southeast-2")


def test_a_builds_phases_and_artifacts_as_aws_tells_them(account: Account) -> None:
    account.pipeline()
    execution = account.finished()
    build = account.builds.batch_get_builds(ids=[execution.runs[1].actions[0].external_id])["builds"][0]
    assert_fits_model("codebuild", "BatchGetBuilds", {"builds": [build]})
    without = [phase["phaseType"] for phase in build["phases"] if "contexts" not in phase]
    assert without == ["SUBMITTED", "QUEUED", "COMPLETED"]
    assert all(
        phase["contexts"] == [{"statusCode": "", "message": ""}] for phase in build["phases"] if "contexts" in phase
    )
    assert build["phases"][-1].keys() == {"phaseType", "startTime"}
    assert build["artifacts"]["encryptionDisabled"] is False
    assert build["secondaryArtifacts"] == []
    assert build["logs"]["s3Logs"]["status"] == "DISABLED"


def test_a_build_that_the_sandbox_does_not_carry_out_says_so_and_not_that_aws_refuses_it(account: Account) -> None:
    account.pipeline()
    account.finished()
    spec = "version: 0.2\nphases: {build: {commands: [make]}}\nreports: {unit: {files: ['*.xml']}}\n"
    account.push("buildspec-test.yml", spec)
    execution = account.finished()
    build = account.builds.batch_get_builds(ids=[execution.runs[1].actions[0].external_id])["builds"][0]
    failed = next(phase for phase in build["phases"] if phase.get("phaseStatus") != "SUCCEEDED")
    assert (build["buildStatus"], failed["phaseType"], failed["phaseStatus"]) == ("FAULT", "DOWNLOAD_SOURCE", "FAULT")
    (context,) = failed["contexts"]
    assert context["statusCode"] == "SandboxUnsupported"
    assert "The sandbox does not carry out reports" in context["message"]
    (action,) = stage(account, 1)["actionStates"]
    assert "SandboxUnsupported" in action["latestExecution"]["errorDetails"]["message"]


@pytest.mark.parametrize(
    ("configuration", "code"),
    [
        ({"EnvironmentVariables": "[{"}, "InvalidActionDeclarationException"),
        ({"EnvironmentVariables": "{}"}, "InvalidActionDeclarationException"),
        ({"EnvironmentVariables": '["A"]'}, "InvalidActionDeclarationException"),
        ({"EnvironmentVariables": '[{"name": "A"}]'}, "InvalidActionDeclarationException"),
        ({"EnvironmentVariables": '[{"name": "A", "value": 1}]'}, "InvalidActionDeclarationException"),
        ({"EnvironmentVariables": '[{"name": "A", "value": "", "type": "B"}]'}, "InvalidActionDeclarationException"),
        ({"BatchEnabled": "true"}, "SandboxUnsupported"),
    ],
)
def test_what_a_build_action_cannot_be_configured_with(
    account: Account, configuration: dict[str, str], code: str
) -> None:
    pipeline = declared("web", account.role("web-pipeline", "codepipeline"))
    pipeline["stages"][1]["actions"][0]["configuration"] |= configuration
    with pytest.raises(ClientError) as refused:
        account.pipelines.create_pipeline(pipeline=pipeline)
    assert refused.value.response.get("Error", {}).get("Code") == code


def test_a_build_action_with_two_inputs_is_not_refused_in_awss_name(account: Account) -> None:
    pipeline = declared("web", account.role("web-pipeline", "codepipeline"))
    first = pipeline["stages"][0]["actions"]
    first.append(copy.deepcopy(first[0]) | {"name": "Second", "outputArtifacts": [{"name": "second"}]})
    pipeline["stages"][1]["actions"][0]["inputArtifacts"] = [{"name": "source"}, {"name": "second"}]
    with pytest.raises(ClientError) as refused:
        account.pipelines.create_pipeline(pipeline=pipeline)
    assert refused.value.response.get("Error", {}).get("Code") == "SandboxUnsupported"


@pytest.mark.parametrize(
    "more",
    [
        {"secondaryArtifacts": [{"type": "NO_ARTIFACTS", "artifactIdentifier": "a"}]},
        {"secondarySources": [{"type": "NO_SOURCE", "sourceIdentifier": "a"}]},
        {"autoRetryLimit": 2},
        {"logsConfig": {"s3Logs": {"status": "ENABLED", "location": "bucket/logs"}}},
        {"source": {"type": "CODEPIPELINE", "buildspec": "arn:aws:s3:::bucket/buildspec.yml"}},
    ],
)
def test_a_project_that_the_sandbox_would_not_build_as_declared_is_its_own_refusal(
    account: Account, more: dict[str, Any]
) -> None:
    with pytest.raises(ClientError) as refused:
        account.project("web", "buildspec.yml", **more)
    assert refused.value.response.get("Error", {}).get("Code") == "SandboxUnsupported"
