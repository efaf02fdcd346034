"""What CreatePipeline refuses, each structure with AWS's code and a word that names the mistake."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.aws.codepipeline.validation import validate
from sandbox.aws.constraints import check
from sandbox.aws.service import AwsError
from tests.sandbox.codepipeline.harness import build_action, condition, source_action, three_stages

REGION = "ap-southeast-2"
Declaration = dict[str, Any]


def rule_of(pipeline: Declaration) -> Declaration:
    return pipeline["stages"][2]["beforeEntry"]["conditions"][0]["rules"][0]


def gated() -> Declaration:
    return three_stages(deploy={"beforeEntry": condition("FAIL")})


def changed(change: Callable[[Declaration], object], pipeline: Declaration | None = None) -> Declaration:
    declared = pipeline or gated()
    change(declared)
    return declared


def test_the_structure_of_the_sop_is_accepted() -> None:
    validate(gated(), REGION)


V1 = {"pipelineType": "V1"}
TRIGGER = {"providerType": "CodeStarSourceConnection", "gitConfiguration": {"sourceActionName": "Checkout"}}


@pytest.mark.parametrize(
    ("pipeline", "code", "words"),
    [
        (three_stages(**V1, triggers=[TRIGGER]), "InvalidStructureException", "V1 does not support triggers"),
        (three_stages(**V1, variables=[{"name": "x"}]), "InvalidStructureException", "V1 does not support variables"),
        (three_stages(**V1, deploy={"beforeEntry": condition("FAIL")}), "InvalidStructureException", "V1"),
        (three_stages(**V1, executionMode="QUEUED"), "InvalidStructureException", "QUEUED requires pipeline type V2"),
        (
            three_stages(triggers=[{**TRIGGER, "gitConfiguration": {"sourceActionName": "checkout"}}]),
            "InvalidStructureException",
            "source action 'checkout'",
        ),
        (changed(lambda p: p.pop("artifactStore")), "InvalidStructureException", "Exactly one of artifactStore"),
        (changed(lambda p: p["stages"].__delitem__(slice(1, 3))), "InvalidStructureException", "minimum of 2 stages"),
        (changed(lambda p: p["stages"][1].update(name="Source")), "InvalidStructureException", "must be unique"),
        (changed(lambda p: p["stages"][1].update(actions=[])), "InvalidStageDeclarationException", "at least one"),
        (
            changed(lambda p: p["stages"][1]["actions"].append(source_action())),
            "InvalidStructureException",
            "only allowed in the first stage",
        ),
        (
            changed(lambda p: p["stages"][0]["actions"].append(build_action("Lint", "lint"))),
            "InvalidStructureException",
            "first stage may only have Source",
        ),
        (
            changed(lambda p: p["stages"][1]["actions"][0].update(inputArtifacts=[{"name": "sauce"}])),
            "InvalidStructureException",
            "'sauce' is the output of no earlier action",
        ),
        (
            changed(lambda p: p["stages"][1]["actions"][0].update(outputArtifacts=[{"name": "source"}])),
            "InvalidStructureException",
            "more than one action",
        ),
        (
            changed(lambda p: p["stages"][2]["actions"][0]["actionTypeId"].update(category="Deploy")),
            "InvalidActionDeclarationException",
            "Category: 'Deploy', Provider: 'CodeBuild'",
        ),
        (
            changed(lambda p: p["stages"][0]["actions"][0]["configuration"].pop("BranchName")),
            "InvalidActionDeclarationException",
            "missing required key.s. BranchName",
        ),
        (
            changed(lambda p: p["stages"][0]["actions"][0]["configuration"].update(Branch="main")),
            "InvalidActionDeclarationException",
            "unknown key.s. Branch",
        ),
        (
            changed(lambda p: p["stages"][0]["actions"][0]["configuration"].update(DetectChanges="yes")),
            "InvalidActionDeclarationException",
            "DetectChanges must be one of true, false",
        ),
        (
            changed(lambda p: p["stages"][0]["actions"][0].update(outputArtifacts=[])),
            "InvalidStructureException",
            "no earlier action",
        ),
        (
            changed(lambda p: p["stages"][1]["actions"][0].update(inputArtifacts=[])),
            "InvalidActionDeclarationException",
            "0 inputArtifacts",
        ),
    ],
)
def test_a_wrong_structure(pipeline: Declaration, code: str, words: str) -> None:
    with pytest.raises(AwsError, match=words) as refused:
        validate(pipeline, REGION)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("place", "declared", "words"),
    [
        ("beforeEntry", condition("ROLLBACK"), "must be one of FAIL, SKIP"),
        ("beforeEntry", condition("SKIP"), "SKIP is only for LambdaInvoke, VariableCheck, not DeploymentWindow"),
        ("beforeEntry", {"conditions": []}, "exactly one condition"),
        ("onSuccess", condition("SKIP"), "must be one of ROLLBACK, FAIL"),
        ("onSuccess", condition("RETRY"), "must be one of ROLLBACK, FAIL"),
        ("onFailure", condition("FAIL"), "must be one of ROLLBACK"),
        ("onFailure", {"result": "SKIP"}, "must be one of ROLLBACK, RETRY"),
        ("onFailure", {}, "must have a result or a condition"),
        ("onFailure", {"result": "RETRY", **condition("ROLLBACK")}, "cannot be combined with conditions"),
        ("onFailure", {"result": "ROLLBACK", "retryConfiguration": {"retryMode": "ALL_ACTIONS"}}, "needs the result"),
        ("beforeEntry", condition("FAIL", "ReleaseWindow"), "rule type 'ReleaseWindow' is not available"),
        ("beforeEntry", condition("FAIL", Cron="* 10-13 ? * TUE-THU"), "5 fields"),
        ("beforeEntry", condition("FAIL", Cron="* * 10-13 ? * TUE-THU", TimeZone="AEST"), "'AEST' is neither"),
        ("beforeEntry", condition("FAIL", TimeZone="Australia/Brisbane"), "missing required key Cron"),
        ("beforeEntry", condition("FAIL", "CloudWatchAlarm", WaitTime="1"), "missing required key AlarmName"),
    ],
)
def test_a_wrong_condition(place: str, declared: Declaration, words: str) -> None:
    with pytest.raises(AwsError, match=words) as refused:
        validate(three_stages(deploy={place: declared}), REGION)
    assert refused.value.code == "InvalidStageDeclarationException"


def test_parallel_executions_cannot_roll_back() -> None:
    with pytest.raises(AwsError, match="PARALLEL"):
        validate(three_stages(executionMode="PARALLEL", deploy={"onFailure": {"result": "ROLLBACK"}}), REGION)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda p: p.update(name="web pipeline"), "pattern"),
        (lambda p: p.update(name="w" * 101), "less than or equal to 100"),
        (lambda p: p["stages"][0].update(name="Quelle!"), "pipeline.stages.1.member.name"),
        (lambda p: p["stages"][0]["actions"][0]["outputArtifacts"][0].update(name="a.b"), "outputArtifacts"),
        (lambda p: p["stages"][0]["actions"][0]["configuration"].update(BranchName=""), "BranchName"),
        (lambda p: p["stages"][0]["actions"][0]["configuration"].update(BranchName="b" * 1001), "1000"),
        (lambda p: rule_of(p).update(timeoutInMinutes=4), "greater than or equal to 5"),
        (lambda p: rule_of(p).update(timeoutInMinutes=86401), "less than or equal to 86400"),
        (lambda p: p.update(executionMode="FIFO"), "enum value set: \\[QUEUED, SUPERSEDED, PARALLEL\\]"),
        (lambda p: p.update(roleArn="web"), "roleArn"),
        (lambda p: p["stages"][2]["beforeEntry"]["conditions"].append({}), "less than or equal to 1"),
    ],
)
def test_what_the_model_forbids(change: Callable[[Declaration], object], words: str) -> None:
    with pytest.raises(AwsError, match=words) as refused:
        check("codepipeline", "CreatePipeline", {"pipeline": changed(change)})
    assert refused.value.code == "ValidationException"


def test_all_violations_are_told_at_once() -> None:
    wrong = changed(lambda p: p.update(name="web pipeline", executionMode="FIFO"))
    with pytest.raises(AwsError, match="2 validation errors detected"):
        check("codepipeline", "CreatePipeline", {"pipeline": wrong})
