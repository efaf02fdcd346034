"""Every way in which an execution can end is told as what it is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scripts.announcing.occasions import Event
from scripts.clients.github import GitHubError
from scripts.watching.ends import End, ending
from scripts.watching.happenings import state
from tests.scripts.fake_aws import Params, Refusal
from tests.scripts.prod_stack import EXECUTION, NESTED_ID, REVISION
from tests.scripts.release import action, at, event, execution, rule, update
from tests.scripts.watching.watched import BUILD, FAILED_LOG, SOURCE, Line, Scene, deploying, root

DEPLOYED = action("Deploy", "Succeeded", 3, 7)
NEXT, OTHER = "b" * 40, "c" * 40


def lint_failed(scene: Scene) -> None:
    contexts = [{"statusCode": "COMMAND_EXECUTION_ERROR", "message": "Error while executing: cfn-lint. Reason: 4"}]
    phases = [{"phaseType": "BUILD", "phaseStatus": "FAILED", "contexts": contexts}]
    scene.release.aws.answer("BatchGetBuilds", {"builds": [{"id": "lint:1", "phases": phases}]})
    failed = action("Build", "Failed", 1, 3, **FAILED_LOG, externalExecutionSummary="Build terminated")
    scene.ends("Failed", SOURCE, failed, minutes=3)


def test_succeeded_names_the_stacks_status_and_is_exit_code_0(scene: Scene) -> None:
    scene.ends("Succeeded", SOURCE, BUILD, DEPLOYED)
    ended = scene.ending()
    assert (ended.end, ended.code, ended.stack_status) == (End.SUCCEEDED, 0, "UPDATE_COMPLETE")
    assert "web-infrastructure-prod is UPDATE_COMPLETE" in ended.text
    assert scene.told()[-1].event is Event.COMPLETE


def test_a_deploy_that_changed_nothing_is_told_as_that(scene: Scene) -> None:
    scene.ends("Succeeded", SOURCE, BUILD, DEPLOYED)
    scene.release.events(*update(-60, -50))
    ended = scene.ending()
    assert (ended.end, ended.code, ended.deployed) == (End.UNCHANGED, 0, False)
    assert "changed nothing" in ended.text


def test_a_stack_that_another_changed_meanwhile_is_not_this_executions_success(scene: Scene) -> None:
    scene.ends("Succeeded", SOURCE, BUILD, DEPLOYED)
    scene.release.events(*update(token=f"release-{OTHER}-3"))
    ended = scene.ending()
    assert (ended.end, ended.code) == (End.UNKNOWN, 4)
    assert OTHER[:12] in ended.text


def test_without_a_commit_in_the_events_a_success_says_so(scene: Scene) -> None:
    scene.ends("Succeeded", SOURCE, BUILD, DEPLOYED)
    scene.release.events(*update(token=""))
    assert "of which commit its events do not say" in scene.ending().text


def test_a_success_without_deploy_is_none(scene: Scene) -> None:
    scene.ends("Succeeded", SOURCE, BUILD)
    ended = scene.ending()
    assert (ended.end, ended.code) == (End.FAILED, 3)
    assert "nothing was deployed" in ended.text


def test_a_success_whose_stack_was_rolled_back_is_a_rollback(scene: Scene) -> None:
    scene.ends("Succeeded", SOURCE, BUILD, DEPLOYED)
    scene.rolls_back(root("UPDATE_ROLLBACK_COMPLETE", 5))
    assert (scene.ending().end, scene.ending().code) == (End.ROLLED_BACK, 3)


def test_a_lint_failure_on_main_is_never_told_as_a_rollback(scene: Scene) -> None:
    lint_failed(scene)
    scene.release.events(*update(-60, -50, status="UPDATE_ROLLBACK_COMPLETE"))
    ended = scene.ending()
    assert (ended.end, ended.code, ended.stage, ended.deployed) == (End.FAILED, 3, "Build", False)
    assert "nothing was deployed" in ended.text
    assert "cfn-lint" in ended.cause
    assert "https://log" in ended.cause
    assert not any("roll" in text.lower() for text in scene.texts())
    assert scene.release.aws.called("DescribeStackEvents") == []


def test_a_role_that_may_not_see_builds_still_tells_what_codepipeline_says(scene: Scene) -> None:
    lint_failed(scene)
    scene.release.aws.answer("BatchGetBuilds", Refusal("AccessDeniedException"))
    assert "Build terminated" in scene.ending().cause


def test_a_rollback_is_told_with_its_first_cause_and_not_with_what_was_given_up_because_of_it(scene: Scene) -> None:
    scene.ends("Failed", SOURCE, BUILD, action("Deploy", "Failed", 3, 7))
    scene.rolls_back(root("UPDATE_ROLLBACK_COMPLETE", 5))
    ended = scene.ending()
    assert (ended.end, ended.code, ended.stage) == (End.ROLLED_BACK, 3, "Deploy")
    assert ended.stack_status == "UPDATE_ROLLBACK_COMPLETE"
    assert ended.cause.startswith("Listener (AWS::X::Listener) in web-infrastructure-prod")
    assert "Port is taken" in ended.cause
    assert scene.told()[-1].event is Event.FAILED
    assert "Rule" not in ended.text


def test_the_first_cause_in_a_nested_stack_is_its_resource(scene: Scene) -> None:
    scene.ends("Failed", SOURCE, BUILD, action("Deploy", "Failed", 3, 7))
    above = event(
        "Servers", "UPDATE_FAILED", minute=4.5, physical_id=NESTED_ID, reason="Embedded stack was not updated"
    )
    nested = [
        *update(4.1, 5, status="UPDATE_ROLLBACK_COMPLETE", stack_id=NESTED_ID),
        event("Group", "UPDATE_FAILED", minute=4.5, kind="AWS::X::G", reason="Too small", stack_id=NESTED_ID),
    ]
    begins = event("Servers", "UPDATE_IN_PROGRESS", minute=4.05, physical_id=NESTED_ID)
    operation = [
        root("UPDATE_IN_PROGRESS", 4),
        begins,
        above,
        root("UPDATE_ROLLBACK_IN_PROGRESS", 4.7),
        root("UPDATE_ROLLBACK_COMPLETE", 5.5),
    ]
    scene.release.events(*operation, nested=nested)
    assert "Group (AWS::X::G)" in scene.ending().cause
    assert "Too small" in scene.ending().cause


def test_a_cancelled_update_is_told_with_the_stacks_own_reason(scene: Scene) -> None:
    scene.ends("Failed", SOURCE, BUILD, action("Deploy", "Failed", 3, 7))
    cancelled = root("UPDATE_ROLLBACK_IN_PROGRESS", 5, "User Initiated")
    scene.release.events(root("UPDATE_IN_PROGRESS", 4), cancelled, root("UPDATE_ROLLBACK_COMPLETE", 6))
    assert scene.ending().cause == "User Initiated"


def test_a_rollback_that_fails_is_none_and_says_what_goes_on(scene: Scene) -> None:
    scene.ends("Failed", SOURCE, BUILD, action("Deploy", "Failed", 3, 7))
    scene.rolls_back(root("UPDATE_ROLLBACK_FAILED", 5))
    ended = scene.ending()
    assert (ended.end, ended.stack_status) == (End.FAILED, "UPDATE_ROLLBACK_FAILED")
    assert "continue-update-rollback" in ended.fix


def test_a_rollback_is_followed_to_its_end_also_where_the_execution_ended_before(scene: Scene) -> None:
    scene.ends("Failed", SOURCE, BUILD, action("Deploy", "Failed", 3, 5))
    scene.rolls_back()
    assert ending(scene.read()) is None
    assert scene.names()[-2:] == ["rollback", "deploy-failed"]
    assert "CloudFormation goes on" in state(scene.read())
    scene.rolls_back(root("UPDATE_ROLLBACK_COMPLETE", 9))
    assert scene.ending().at == at(9)


def test_a_failed_build_whose_stack_was_updated_says_that_it_runs(scene: Scene) -> None:
    scene.ends("Failed", SOURCE, BUILD, action("Deploy", "Failed", 3, 7, externalExecutionSummary="timed out"))
    ended = scene.ending()
    assert (ended.end, ended.stack_status) == (End.FAILED, "UPDATE_COMPLETE")
    assert "what was deployed runs" in ended.text
    assert "timed out" in ended.cause


def test_a_rule_that_keeps_it_out_for_good_is_named(scene: Scene) -> None:
    scene.ends("Failed", SOURCE, BUILD, minutes=5)
    scene.release.rules(rule("Deploy", "Failed", 3, 5, summary="Timed out"))
    ended = scene.ending()
    assert (ended.end, ended.stage, ended.code) == (End.FAILED, "Deploy", 3)
    assert "release-window" in ended.text
    assert "Timed out" in ended.text


def test_stopped_says_what_codepipeline_knows_and_where_who_it_was_is_found(scene: Scene) -> None:
    scene.ends("Stopped", SOURCE, BUILD, minutes=5, stopTrigger={"reason": "wrong \x1b[31mcommit"})
    ended = scene.ending()
    assert (ended.end, ended.code, ended.stage) == (End.STOPPED, 3, "Deploy")
    assert "before Deploy" in ended.text
    assert r"wrong \\x1b[31mcommit" in ended.text
    assert "StopPipelineExecution" in ended.fix
    assert "nothing was deployed" in ended.text


def test_stopped_in_deploy_says_how_the_stack_was_left(scene: Scene) -> None:
    scene.ends("Stopped", SOURCE, BUILD, action("Deploy", "Abandoned", 3, 5), minutes=5)
    assert "the stack is UPDATE_COMPLETE" in scene.ending().text


def test_cancelled_says_that_the_pipeline_was_changed(scene: Scene) -> None:
    was = {**BUILD, "pipelineVersion": 3}
    scene.ends("Cancelled", SOURCE, was, minutes=5)
    scene.release.aws.answer("GetPipelineState", {"pipelineVersion": 4, "stageStates": []})
    ended = scene.ending()
    assert (ended.end, ended.code) == (End.CANCELLED, 3)
    assert "structure was changed (version 3, and now 4)" in ended.text
    assert "release start" in ended.fix


def superseded(scene: Scene, *later: tuple[str, str, float | None], revision: str = NEXT) -> None:
    """Superseded at 12; of the later ones id, status, and when they were through Build."""
    one = execution("Superseded", minutes=12)
    made = [one]
    through: dict[str, list[Params]] = {EXECUTION: [SOURCE, BUILD]}
    for number, (name, status, minute) in enumerate(later, 5):
        newer = execution(status, pipelineExecutionId=name) | {"startTime": at(number)}
        newer["sourceRevisions"] = [{"actionName": "Source", "revisionId": revision}]
        made.append(newer)
        build = action("Build", "Succeeded" if minute else "Failed", number, minute or 6)
        through[name] = [{**build, "pipelineExecutionId": name}]
    scene.release.executions(*made[::-1])

    def actions(request: Params) -> Params:
        return {"actionExecutionDetails": through[request["filter"]["pipelineExecutionId"]]}

    scene.release.aws.answer("ListActionExecutions", actions)


def test_superseded_names_which_one_took_its_place_and_not_one_that_failed_on_its_way(scene: Scene) -> None:
    scene.github = Line(REVISION, NEXT)
    superseded(scene, ("broken", "Failed", None), ("next", "InProgress", 12), ("later", "InProgress", 17))
    ended = scene.ending()
    assert (ended.end, ended.successor) == (End.SUPERSEDED, "next")
    assert "next" in ended.text
    assert scene.told()[-1].event is None


def test_a_rollback_supersedes_nobody(scene: Scene) -> None:
    scene.github = Line(REVISION, NEXT)
    superseded(scene, ("back", "Succeeded", 11))
    executions = scene.release.aws.aws.codepipeline.list_pipeline_executions(pipelineName="web-pipeline-prod")
    newer, one = executions["pipelineExecutionSummaries"]
    scene.release.executions({**newer, "executionType": "ROLLBACK"}, {**one})
    assert scene.ending().successor == ""


def test_a_successor_without_its_commit_is_told_and_not_followed(scene: Scene) -> None:
    scene.github = Line(NEXT, REVISION)
    superseded(scene, ("next", "InProgress", 12))
    ended = scene.ending()
    assert (ended.successor, ended.code) == ("", 4)
    assert "does not have this one's in it" in ended.text


def test_where_github_does_not_say_what_the_successor_has_it_is_undetermined(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: str) -> None:
        raise GitHubError("GitHub cannot be reached")

    scene.github = Line(REVISION, NEXT)
    monkeypatch.setattr(scene.github, "compare", refuse)
    superseded(scene, ("next", "InProgress", 12))
    ended = scene.ending()
    assert (ended.successor, ended.code) == ("", 4)
    assert "--execution-id next" in ended.fix


def test_superseded_by_nobody_knows_whom_is_undetermined(scene: Scene) -> None:
    superseded(scene, ("broken", "Failed", None))
    ended = scene.ending()
    assert (ended.end, ended.code, ended.successor) == (End.SUPERSEDED, 4, "")
    assert "does not say" in ended.text


def test_a_way_to_end_that_nobody_knows_is_undetermined(scene: Scene) -> None:
    found = scene.read()

    strange = replace(found, execution=replace(found.execution, status="Vanished", ended=at(7)))
    ended = ending(strange)
    assert ended is not None
    assert (ended.end, ended.code) == (End.UNKNOWN, 4)


def test_an_end_that_the_list_of_actions_has_not_yet_is_waited_for(scene: Scene) -> None:
    scene.ends("Succeeded", SOURCE, BUILD, deploying())
    assert ending(scene.read()) is None


def test_a_retry_that_changed_nothing_is_not_told_as_the_rollback_of_the_try_before(scene: Scene) -> None:
    first, second = action("Deploy", "Failed", 3, 7), action("Deploy", "Succeeded", 9, 12)
    scene.ends("Succeeded", SOURCE, BUILD, first, second, minutes=12)
    scene.rolls_back(root("UPDATE_ROLLBACK_COMPLETE", 5))
    assert scene.ending().end is End.UNCHANGED


def test_a_stage_that_fails_after_deploy_says_that_what_was_deployed_runs(scene: Scene) -> None:
    smoke = action("Smoke", "Failed", 7, 8, externalExecutionSummary="no answer")
    scene.ends("Failed", SOURCE, BUILD, DEPLOYED, smoke, minutes=8)
    ended = scene.ending()
    assert (ended.end, ended.deployed, ended.stack_status) == (End.FAILED, True, "UPDATE_COMPLETE")
    assert "Failed in Smoke" in ended.text
    assert "what was deployed runs" in ended.text


def test_after_a_retry_the_last_time_in_deploy_decides(scene: Scene) -> None:
    first, second = action("Deploy", "Failed", 3, 7), action("Deploy", "Succeeded", 9, 12)
    scene.ends("Succeeded", SOURCE, BUILD, first, second, minutes=12)
    scene.rolls_back(root("UPDATE_ROLLBACK_COMPLETE", 5), *update(10, 11))
    assert scene.ending().end is End.SUCCEEDED
    assert [one.key.removeprefix(f"{EXECUTION}-") for one in scene.told()][-4:] == [
        "deploy-failed",
        "deploy-began-2",
        "deploy-2",
        "end-2",
    ]
    assert scene.told()[-1].occasion == f"{EXECUTION}-2"
