"""SOP 4.1: this execution, all of its stages, and nothing else counts as a release."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from scripts.errors import ConfigurationError
from scripts.results import Status
from tests.scripts.fake_aws import Params, Refusal
from tests.scripts.prod_stack import EXECUTION, REVISION
from tests.scripts.release import (
    BUILD_SUCCEEDED,
    GOOD_ACTIONS,
    SOURCE_SUCCEEDED,
    FakeGitHub,
    Release,
    action,
    at,
    execution,
    rule,
)

CHECK = "pipeline-stages"


def test_three_succeeded_stages_pass(release: Release) -> None:
    result = release.check(CHECK)
    assert result.status is Status.PASS
    assert result.observed == "Source Succeeded, Build Succeeded and Deploy Succeeded."
    assert result.fix == ""


def test_failed_action_is_named_with_its_error_and_its_log(release: Release) -> None:
    release.executions(execution("Failed"))
    failed = action(
        "Deploy", "Failed", 3, 7, errorDetails={"message": "exit status 1"}, externalExecutionUrl="https://log"
    )
    release.actions(SOURCE_SUCCEEDED, BUILD_SUCCEEDED, failed)
    result = release.check(CHECK)
    assert result.status is Status.FAIL
    assert result.observed == "Deploy failed: action Deploy Failed.\nexit status 1\nlog: https://log"


@pytest.mark.parametrize("status", ["Superseded", "Stopped", "Stopping", "Cancelled"])
def test_an_execution_that_was_not_carried_out_fails_even_if_its_stages_are_green(
    release: Release, status: str
) -> None:
    release.executions(execution(status))
    assert release.check(CHECK).status is Status.FAIL
    assert release.check(CHECK).headline.startswith(status)
    rerun = f"`release start --stack prod --reason rerun-failed --execution-id {EXECUTION}`"
    assert (rerun in release.check(CHECK).fix) == (status in ("Stopped", "Cancelled"))


@pytest.mark.parametrize(
    "kind",
    [
        {"executionType": "ROLLBACK"},
        {"trigger": {"triggerType": "ManualRollback"}},
        {"trigger": {"triggerType": "AutomatedRollback"}},
        {"rollbackMetadata": {"rollbackTargetPipelineExecutionId": "older"}},
    ],
)
def test_a_succeeded_rollback_is_no_release(release: Release, kind: Params) -> None:
    release.executions(execution(**kind))
    result = release.check(CHECK)
    assert result.status is Status.FAIL
    assert "rollback to" in result.observed


@pytest.mark.parametrize("status", ["Failed", "Abandoned", "InProgress"])
def test_succeeded_execution_with_a_stage_that_did_not_fails(release: Release, status: str) -> None:
    release.actions(SOURCE_SUCCEEDED, BUILD_SUCCEEDED, action("Deploy", status, 3, 7))
    assert release.check(CHECK).status is Status.FAIL


def test_succeeded_execution_whose_deploy_was_skipped_fails(release: Release) -> None:
    release.actions(SOURCE_SUCCEEDED, BUILD_SUCCEEDED)
    result = release.check(CHECK)
    assert result.status is Status.FAIL
    assert "Deploy not started" in result.observed


def test_a_retried_stage_counts_by_its_last_attempt(release: Release) -> None:
    release.actions(*GOOD_ACTIONS, action("Build", "Failed", 0.5, 0.9))
    result = release.check(CHECK)
    assert result.status is Status.PASS
    assert "Build Succeeded (attempt 2)" in result.observed


def test_no_expected_stages_never_pass(release: Release) -> None:
    release.outputs["pipelineStages"] = []
    assert release.check(CHECK).status is Status.INCONCLUSIVE


def test_a_status_unknown_to_us_never_passes(release: Release) -> None:
    release.executions(execution("Paused"))
    assert release.check(CHECK).status is Status.INCONCLUSIVE


def test_waiting_for_the_release_window_is_inconclusive_and_says_so(release: Release) -> None:
    release.executions(execution("InProgress"))
    release.actions(SOURCE_SUCCEEDED, BUILD_SUCCEEDED)
    release.rules(rule("Deploy", "InProgress", 3, 3))
    result = release.check(CHECK)
    assert result.status is Status.INCONCLUSIVE
    assert (
        "Deploy waits for the release window (TUE/WED/THU 10:00-14:00 Australia/Brisbane) since 2026-03-10T01:03:00Z, "
        "and only its rule holds it: no keeper is configured" in result.observed
    )
    assert f"`release override --stack prod --execution {EXECUTION} --reason" in result.fix
    assert "`release door --stack prod --apply`" in result.fix


def test_waiting_for_another_entry_rule_is_named(release: Release) -> None:
    release.executions(execution("InProgress"))
    release.actions(SOURCE_SUCCEEDED, BUILD_SUCCEEDED)
    release.rules(rule("Deploy", "InProgress", 3, 3, provider="CloudWatchAlarm"))
    assert "entry rule release-window (CloudWatchAlarm)" in release.check(CHECK).observed


def test_waiting_for_an_approval_is_named(release: Release) -> None:
    release.executions(execution("InProgress"))
    waits = action("Deploy", "InProgress", 3, 3, name="operations-manager", category="Approval")
    release.actions(SOURCE_SUCCEEDED, BUILD_SUCCEEDED, waits)
    assert "waits for the approval operations-manager" in release.check(CHECK).observed


def test_a_running_stage_is_named(release: Release) -> None:
    release.executions(execution("InProgress"))
    release.actions(SOURCE_SUCCEEDED, action("Build", "InProgress", 1, 1))
    assert "Build is running since 2026-03-10T01:01:00Z" in release.check(CHECK).observed


OURS = "release door 000007 by ada - checkout is down"
BOB = "arn:aws:sts::123456789012:assumed-role/operator/bob"


def closed(reason: str, **more: Any) -> Params:
    """Deploy, whose door Bob has closed."""
    transition = {"enabled": False, "disabledReason": reason, "lastChangedBy": BOB, "lastChangedAt": at(1), **more}
    return {"stageName": "Deploy", "inboundTransitionState": transition}


def test_before_a_door_that_a_person_has_closed_it_says_whose_it_is_since_when_and_what_opens_it(
    release: Release,
) -> None:
    release.executions(execution("InProgress"))
    release.actions(SOURCE_SUCCEEDED, BUILD_SUCCEEDED)
    release.stages({"stageName": "Build"}, closed("incident 42"))
    result = release.check(CHECK)
    assert result.status is Status.INCONCLUSIVE
    before = "Deploy waits before its closed door, closed by hand since 2026-03-10T01:01:00Z"
    assert f"{before} by {BOB} (incident 42)" in result.observed
    assert "release window" not in result.observed
    assert "`aws codepipeline enable-stage-transition --pipeline-name web-pipeline-prod" in result.fix
    assert "release door" not in result.fix


def test_before_a_door_that_release_door_has_closed_it_says_for_whom_and_that_release_door_opens_it(
    release: Release,
) -> None:
    release.executions(execution("InProgress"))
    release.actions(SOURCE_SUCCEEDED, BUILD_SUCCEEDED)
    release.stages(closed(OURS))
    result = release.check(CHECK)
    assert "closed by `release door` since 2026-03-10T01:01:00Z for ada (checkout is down)" in result.observed
    assert '`release door --stack prod --open "why"` opens it' in result.fix
    assert "enable-stage-transition" not in result.fix


def test_a_lock_whose_reason_only_resembles_ours_is_a_persons(release: Release) -> None:
    release.executions(execution("InProgress"))
    release.actions(SOURCE_SUCCEEDED, BUILD_SUCCEEDED)
    for reason in (f"see {OURS}", OURS.upper(), "release door 7 by ada - x", "release door"):
        release.stages(closed(reason))
        assert f"closed by hand since 2026-03-10T01:01:00Z by {BOB} ({reason})" in release.check(CHECK).observed


@pytest.mark.parametrize("door", [{}, {"enabled": True}])
def test_whom_the_window_rule_keeps_waits_before_no_door(release: Release, door: Params) -> None:
    release.executions(execution("InProgress"))
    release.actions(SOURCE_SUCCEEDED, BUILD_SUCCEEDED)
    release.rules(rule("Deploy", "InProgress", 3, 3))
    release.stages({"stageName": "Deploy", "inboundTransitionState": door})
    result = release.check(CHECK)
    assert "waits for the release window" in result.observed
    assert ("door" in result.observed, "The door:" in result.fix) == (False, False)


def test_where_a_keeper_is_configured_that_it_has_not_closed_the_door_is_told(release: Release) -> None:
    runner = {"projectName": "web-runner-prod", "scheduleGroup": "g", "scheduleRoleArn": "arn:aws:iam::1:role/r"}
    release.outputs["runner"] = runner
    release.executions(execution("InProgress"))
    release.actions(SOURCE_SUCCEEDED, BUILD_SUCCEEDED)
    release.rules(rule("Deploy", "InProgress", 3, 3))
    observed = release.check(CHECK).observed
    assert "only its rule holds it: the keeper, web-runner-prod, has not closed the door" in observed


def test_whom_the_rule_keeps_and_a_door_that_was_closed_behind_is_told_both(release: Release) -> None:
    release.executions(execution("InProgress"))
    release.actions(SOURCE_SUCCEEDED, BUILD_SUCCEEDED)
    release.rules(rule("Deploy", "InProgress", 3, 3))
    release.stages(closed("incident 42"))
    result = release.check(CHECK)
    assert "waits for the release window" in result.observed
    assert f"and its door is closed by hand since 2026-03-10T01:01:00Z by {BOB} (incident 42)" in result.observed
    assert "enable-stage-transition" in result.fix
    assert "release override" in result.fix


def test_whom_the_rule_has_let_in_but_not_the_door_waits_before_the_door(release: Release) -> None:
    release.executions(execution("InProgress"))
    release.actions(SOURCE_SUCCEEDED, BUILD_SUCCEEDED)
    release.rules(rule("Deploy", "Succeeded", 3, 4))
    release.stages(closed("incident 42"))
    assert "Deploy waits before its closed door" in release.check(CHECK).observed


def test_a_door_that_is_closed_for_more_than_30_days_has_lost_what_waits(release: Release) -> None:
    release.executions(execution("InProgress"))
    release.actions(SOURCE_SUCCEEDED, BUILD_SUCCEEDED)
    release.stages(closed("x", lastChangedAt=release.now - timedelta(days=30)))
    assert "longer than AWS keeps" not in release.check(CHECK).observed
    release.stages(closed("x", lastChangedAt=release.now - timedelta(days=30, seconds=1)))
    assert "for longer than AWS keeps what waits" in release.check(CHECK).observed


def test_a_door_closed_by_nobody_for_no_reason_is_told_all_the_same(release: Release) -> None:
    release.executions(execution("InProgress"))
    release.actions(SOURCE_SUCCEEDED, BUILD_SUCCEEDED)
    release.stages({"stageName": "Deploy", "inboundTransitionState": {"enabled": False}})
    assert "closed by hand by somebody (no reason)" in release.check(CHECK).observed


def test_the_door_behind_a_running_stage_keeps_nobody_yet(release: Release) -> None:
    release.executions(execution("InProgress"))
    release.actions(SOURCE_SUCCEEDED, action("Build", "InProgress", 1, 1))
    release.stages(closed("incident 42"))
    result = release.check(CHECK)
    assert "door" not in result.observed + result.fix


def test_a_stage_occupied_by_another_execution_is_named(release: Release) -> None:
    release.executions(execution("InProgress"))
    release.actions(SOURCE_SUCCEEDED, BUILD_SUCCEEDED)
    release.stages({"stageName": "Deploy", "latestExecution": {"pipelineExecutionId": "other", "status": "InProgress"}})
    assert "Deploy is occupied by execution other" in release.check(CHECK).observed


def test_between_two_stages(release: Release) -> None:
    release.executions(execution("InProgress"))
    release.actions(SOURCE_SUCCEEDED)
    release.stages({"stageName": "Build"})
    assert "on its way into Build" in release.check(CHECK).observed


def test_a_failed_entry_rule_is_named_when_no_action_failed(release: Release) -> None:
    release.executions(execution("Failed"))
    release.actions(SOURCE_SUCCEEDED, BUILD_SUCCEEDED)
    release.rules(rule("Deploy", "Failed", 3, 90, summary="timed out"))
    result = release.check(CHECK)
    assert result.status is Status.FAIL
    assert result.observed == "Deploy was not entered: rule release-window Failed.\ntimed out"


def test_a_failed_action_needs_no_permission_to_read_rules(release: Release) -> None:
    release.executions(execution("Failed"))
    release.actions(SOURCE_SUCCEEDED, action("Build", "Failed", 1, 2))
    release.aws.answer("ListRuleExecutions", Refusal("AccessDenied"))
    assert release.check(CHECK).status is Status.FAIL


def test_a_pipeline_that_never_ran_is_inconclusive(release: Release) -> None:
    release.executions()
    result = release.check(CHECK)
    assert result.status is Status.INCONCLUSIVE
    assert "branch main" in result.fix


def test_a_missing_pipeline_fails(release: Release) -> None:
    release.aws.answer("ListPipelineExecutions", Refusal("PipelineNotFoundException"))
    result = release.check(CHECK)
    assert result.status is Status.FAIL
    assert result.observed == "The pipeline web-pipeline-prod does not exist."
    assert "pulumi up --stack prod" in result.fix


class TestSource:
    @pytest.fixture
    def release(self, release: Release) -> Release:
        release.executions(execution("Failed"))
        release.actions(action("Source", "Failed", 0, 1, category="Source", errorDetails={"message": "no access"}))
        return release

    def test_pending_connection_is_the_fix_when_source_fails(self, release: Release) -> None:
        release.aws.answer("GetConnection", {"Connection": {"ConnectionStatus": "PENDING"}})
        fix = release.check(CHECK).fix
        assert fix.startswith("The GitHub connection is PENDING, so no push starts anything: complete its handshake")
        assert release.outputs["connectionArn"] in fix

    def test_available_connection_points_to_repository_and_branch(self, release: Release) -> None:
        release.aws.answer("GetConnection", {"Connection": {"ConnectionStatus": "AVAILABLE"}})
        fix = release.check(CHECK).fix
        assert "helios/web-infrastructure" in fix
        assert "branch main" in fix

    def test_the_outputs_know_the_connection_when_aws_does_not_say(self, release: Release) -> None:
        release.outputs["connectionStatus"] = "PENDING"
        release.aws.answer("GetConnection", Refusal("AccessDeniedException"))
        assert "PENDING" in release.check(CHECK).fix


class TestWhichExecution:
    def test_the_newest_of_a_page_is_taken_whatever_its_order(self, release: Release) -> None:
        old = execution(pipelineExecutionId="old") | {"startTime": at(-100)}
        release.executions(old, execution("Superseded"))
        assert release.check(CHECK).status is Status.FAIL

    def test_an_empty_first_page_is_not_the_end(self, release: Release) -> None:
        release.aws.pages(
            "ListPipelineExecutions",
            {"pipelineExecutionSummaries": []},
            {"pipelineExecutionSummaries": [execution()]},
            linked_by="nextToken",
        )
        assert release.check(CHECK).status is Status.PASS

    def test_a_named_execution_is_found_on_a_later_page(self, release: Release) -> None:
        newer = execution(pipelineExecutionId="newer", status="Failed")
        release.aws.pages(
            "ListPipelineExecutions",
            {"pipelineExecutionSummaries": [newer]},
            {"pipelineExecutionSummaries": []},
            {"pipelineExecutionSummaries": [execution()]},
            linked_by="nextToken",
        )
        release.execution_id = EXECUTION
        assert release.check(CHECK).status is Status.PASS
        (asked,) = release.aws.called("ListActionExecutions")
        assert asked["filter"] == {"pipelineExecutionId": EXECUTION}

    def test_a_named_execution_that_is_not_there_is_wrong_usage(self, release: Release) -> None:
        release.execution_id = "typo"
        with pytest.raises(ConfigurationError, match="typo"):
            release.check(CHECK)

    def test_actions_on_every_page_count(self, release: Release) -> None:
        release.aws.pages(
            "ListActionExecutions",
            {"actionExecutionDetails": [action("Deploy", "Failed", 3, 7)]},
            {"actionExecutionDetails": []},
            {"actionExecutionDetails": [BUILD_SUCCEEDED, SOURCE_SUCCEEDED]},
            linked_by="nextToken",
        )
        assert "Deploy Failed" in release.check(CHECK).observed


class TestConnection:
    @pytest.fixture
    def release(self, release: Release) -> Release:
        release.outputs["connectionStatus"] = "PENDING"
        return release

    def test_a_good_execution_is_no_pass_while_the_connection_is_pending(self, release: Release) -> None:
        release.aws.answer("GetConnection", {"Connection": {"ConnectionStatus": "PENDING"}})
        result = release.check(CHECK)
        assert result.status is Status.INCONCLUSIVE
        assert result.observed.endswith("The GitHub connection is PENDING: a newer push has started nothing.")
        assert "complete its handshake" in result.fix

    def test_a_handshake_completed_since_the_last_pulumi_up_passes(self, release: Release) -> None:
        release.aws.answer("GetConnection", {"Connection": {"ConnectionStatus": "AVAILABLE"}})
        assert release.check(CHECK).status is Status.PASS

    def test_a_pipeline_that_never_ran_is_told_of_the_connection_first(self, release: Release) -> None:
        release.executions()
        release.aws.answer("GetConnection", {"Connection": {"ConnectionStatus": "PENDING"}})
        result = release.check(CHECK)
        assert result.status is Status.INCONCLUSIVE
        assert result.fix.startswith("The GitHub connection is PENDING, so no push starts anything")

    @pytest.mark.parametrize("check", [CHECK, "dev-deployment"])
    def test_one_that_was_available_is_looked_at_all_the_same(self, release: Release, check: str) -> None:
        release.outputs["connectionStatus"] = "AVAILABLE"
        release.aws.answer("GetConnection", {"Connection": {"ConnectionStatus": "ERROR"}})
        assert release.check(check).status is Status.INCONCLUSIVE

    def test_one_that_cannot_be_looked_at_is_no_pass(self, release: Release) -> None:
        release.aws.answer("GetConnection", Refusal("AccessDeniedException"))
        result = release.check(CHECK)
        assert result.status is Status.ERROR
        assert "codeconnections:GetConnection" in result.observed


class TestBranch:
    """A merge that started no execution leaves no trace in AWS."""

    NEWER = "ffffffffffffffffffffffffffffffffffffffff"

    @pytest.fixture
    def release(self, release: Release) -> Release:
        release.github = FakeGitHub(head=self.NEWER)
        return release

    @pytest.mark.parametrize("check", [CHECK, "dev-deployment"])
    def test_a_newer_commit_that_started_nothing_is_inconclusive(self, release: Release, check: str) -> None:
        result = release.check(check)
        assert result.status is Status.INCONCLUSIVE
        assert (
            "Branch main is at ffffffffffff, committed at 2026-03-10T00:59:00Z, which has started no execution: this "
            in (result.observed)
        )
        assert "aws codepipeline start-pipeline-execution --name web-pipeline-prod" in result.fix
        assert result.again_at is None

    def test_in_its_first_minute_it_is_a_matter_of_time(self, release: Release) -> None:
        release.now = at(0.5)
        assert release.check(CHECK).again_at == at(0.75)

    def test_the_newest_commit_is_what_was_released(self, release: Release) -> None:
        release.github = FakeGitHub()
        assert release.check(CHECK).observed == "Source Succeeded, Build Succeeded and Deploy Succeeded."

    @pytest.mark.parametrize("check", [CHECK, "dev-deployment"])
    def test_where_an_older_execution_is_of_it_an_older_commit_runs_and_that_is_inconclusive(
        self, release: Release, check: str
    ) -> None:
        release.executions(execution(), self.older())
        result = release.check(check)
        assert (result.status, result.again_at) == (Status.INCONCLUSIVE, None)
        assert f"which execution older is of: this one is of {REVISION[:12]}." in result.observed
        assert f"--execution-id {EXECUTION}" in result.fix

    def test_where_an_older_execution_is_of_it_and_this_one_was_asked_for_that_is_a_remark(
        self, release: Release
    ) -> None:
        release.executions(execution(), self.older())
        release.execution_id = EXECUTION
        result = release.check(CHECK)
        assert (result.status, "which execution older is of." in result.observed) == (Status.PASS, True)

    def older(self) -> Params:
        of = [{"actionName": "GitHub", "revisionId": self.NEWER}]
        return execution(pipelineExecutionId="older", sourceRevisions=of) | {"startTime": at(-100)}

    @pytest.mark.parametrize("pin", ["execution_id", "revision"])
    def test_of_an_execution_that_was_asked_for_it_is_a_remark(self, release: Release, pin: str) -> None:
        setattr(release, pin, {"execution_id": EXECUTION, "revision": REVISION}[pin])
        result = release.check(CHECK)
        assert (result.status, "has started no execution" in result.observed) == (Status.PASS, True)

    @pytest.mark.parametrize("pin", ["", EXECUTION])
    @pytest.mark.parametrize("check", [CHECK, "dev-deployment"])
    def test_a_commit_that_the_branch_does_not_have_is_no_release_of_it(
        self, release: Release, check: str, pin: str
    ) -> None:
        """Started with a source revision of its own, of a feature branch say: asked for by its id, it passed."""
        release.github, release.execution_id = FakeGitHub(head=self.NEWER, astray=2), pin or None
        result = release.check(check)
        assert result.status is Status.FAIL
        assert f"Revision {REVISION[:12]} is not in branch main, which lacks 2 commits of it." in result.observed

    def test_github_that_cannot_be_asked_is_said_and_no_error(self, release: Release) -> None:
        release.github = FakeGitHub(refusal="GitHub cannot be reached: no route.")
        result = release.check(CHECK)
        assert result.status is Status.PASS
        assert result.observed.endswith(
            "Whether branch main has moved on since is not known: GitHub cannot be reached: no route."
        )

    def test_a_failed_execution_stays_one(self, release: Release) -> None:
        release.executions(execution("Failed"))
        release.actions(SOURCE_SUCCEEDED, action("Build", "Failed", 1, 2))
        assert release.check(CHECK).status is Status.FAIL


class TestRevision:
    def test_the_newest_execution_of_it_is_taken(self, release: Release) -> None:
        newer = execution("Failed", pipelineExecutionId="newer", sourceRevisions=[]) | {"startTime": at(10)}
        release.executions(newer, execution())
        release.revision = REVISION[:7]
        assert release.check(CHECK).status is Status.PASS

    @pytest.mark.parametrize("check", [CHECK, "stack-status", "dev-deployment"])
    def test_while_there_is_none_it_is_a_matter_of_time(self, release: Release, check: str) -> None:
        release.revision = "f" * 40
        result = release.check(check)
        assert result.status is Status.INCONCLUSIVE
        assert result.observed == f"web-pipeline-prod has no execution of {'f' * 40} yet."
        assert result.again_at == at(21)

    def test_of_another_execution_it_is_wrong_usage(self, release: Release) -> None:
        release.execution_id, release.revision = EXECUTION, "f" * 40
        with pytest.raises(ConfigurationError, match="is of 9b1d5e0f2c7a4b3d8e6f1a2b3c4d5e6f7a8b9c0d"):
            release.check(CHECK)

    def test_of_several_sources_it_is_the_repositorys(self, release: Release) -> None:
        link = "https://console.aws.amazon.com/redirect?connectionArn=a%3Ab&FullRepositoryId=helios%2Fweb-infrastructure&Commit=1"
        configuration = {"actionName": "Configuration", "revisionId": "1" * 40, "revisionUrl": "https://s3/x"}
        templates = {"actionName": "GitHub", "revisionId": REVISION, "revisionUrl": link}
        release.executions(execution(sourceRevisions=[configuration, templates]))
        found = release.context().execution
        assert (found and found.revision) == REVISION
        assert release.check("stack-status").status is Status.PASS

    def test_of_several_that_cannot_be_told_apart_it_is_unknown(self, release: Release) -> None:
        release.executions(execution(sourceRevisions=[{"actionName": name, "revisionId": name * 40} for name in "ab"]))
        result = release.check("stack-status")
        assert result.status is Status.INCONCLUSIVE
        assert f"{'a' * 40} and {'b' * 40}" in result.observed


class TestOtherStages:
    def test_a_stage_that_somebody_added_fails_by_name(self, release: Release) -> None:
        release.executions(execution("Failed"))
        release.actions(*GOOD_ACTIONS, action("Smoke", "Failed", 7, 8, errorDetails={"message": "no answer"}))
        result = release.check(CHECK)
        assert result.status is Status.FAIL
        assert result.observed == "Smoke failed: action Smoke Failed.\nno answer"

    def test_one_that_did_not_end_well_in_an_execution_that_did_fails(self, release: Release) -> None:
        release.actions(*GOOD_ACTIONS, action("Smoke", "Abandoned", 7, 8))
        assert release.check(CHECK).status is Status.FAIL

    def test_actions_of_another_execution_do_not_count(self, release: Release) -> None:
        release.actions(*GOOD_ACTIONS[:2], GOOD_ACTIONS[2] | {"pipelineExecutionId": "other"})
        assert "Deploy not started" in release.check(CHECK).observed

    @pytest.mark.parametrize(("now", "status"), [(4, Status.INCONCLUSIVE), (3, Status.FAIL)])
    def test_an_execution_of_an_older_structure_is_told_as_that(
        self, release: Release, now: int, status: Status
    ) -> None:
        release.actions(*(one | {"pipelineVersion": 3} for one in GOOD_ACTIONS[:2]))
        release.aws.answer("GetPipelineState", {"pipelineVersion": now, "stageStates": []})
        assert release.check(CHECK).status is status

    def test_the_option_is_only_spoken_of_where_it_was_given(self, release: Release) -> None:
        release.executions(execution("Stopped"))
        assert "leave --execution-id out" not in release.check(CHECK).fix
        release.execution_id = EXECUTION
        assert "leave --execution-id out" in release.check(CHECK).fix


def told(detail: Params, **configuration: str) -> Params:
    """The same attempt, of an action that is told something else."""
    return detail | {"input": detail["input"] | {"configuration": configuration}}


class TestDeclared:
    """Who changes the pipeline by hand releases something else, and every stage is green."""

    @pytest.mark.parametrize("check", [CHECK, "dev-deployment"])
    @pytest.mark.parametrize(
        ("number", "configuration", "words"),
        [
            (
                0,
                {"FullRepositoryId": "helios/web-infrastructure", "BranchName": "feature/x"},
                "Source took branch feature/x of helios/web-infrastructure, not branch main of helios/",
            ),
            (
                0,
                {"FullRepositoryId": "someone/fork", "BranchName": "main"},
                "Source took branch main of someone/fork, not branch main of helios/web-infrastructure.",
            ),
            (1, {"ProjectName": "no-lint"}, "Build ran no-lint, not web-pipeline-prod-build."),
            (2, {"ProjectName": "by-hand"}, "Deploy ran by-hand, not web-pipeline-prod-deploy."),
        ],
    )
    def test_an_action_that_was_told_something_else_fails(
        self, release: Release, check: str, number: int, configuration: dict[str, str], words: str
    ) -> None:
        actions = list(GOOD_ACTIONS)
        actions[number] = told(actions[number], **configuration)
        release.actions(*actions)
        result = release.check(check)
        assert result.status is Status.FAIL
        assert words in result.observed
        assert result.fix.startswith("Run `pulumi up --refresh --stack prod`")

    def test_what_variables_stand_for_counts(self, release: Release) -> None:
        resolved = {"resolvedConfiguration": {"BranchName": "feature/x"}}
        release.actions(SOURCE_SUCCEEDED | {"input": SOURCE_SUCCEEDED["input"] | resolved}, *GOOD_ACTIONS[1:])
        assert release.check(CHECK).status is Status.FAIL

    @pytest.mark.parametrize("number", [0, 1, 2])
    def test_one_that_does_not_say_is_inconclusive(self, release: Release, number: int) -> None:
        actions = list(GOOD_ACTIONS)
        actions[number] = told(actions[number])
        release.actions(*actions)
        assert release.check(CHECK).status is Status.INCONCLUSIVE

    def test_one_beside_the_declared_ones_changes_nothing(self, release: Release) -> None:
        other = told(action("Source", "Succeeded", 0, 1, name="Configuration"), S3Bucket="configuration")
        smoke = told(action("Deploy", "Succeeded", 6, 7, name="Smoke"), ProjectName="smoke")
        release.actions(*GOOD_ACTIONS, other, smoke)
        assert release.check(CHECK).status is Status.PASS

    @pytest.mark.parametrize("check", [CHECK, "dev-deployment"])
    @pytest.mark.parametrize(
        ("stage", "ran", "words"),
        [
            (
                "Build",
                "version: 0.2\nphases:\n  build:\n    commands: [echo fine]",
                "Build did not run the repository's buildspec-test.yml, but version: 0.2 phases: build: commands:",
            ),
            ("Build", "", "Build did not run the repository's buildspec-test.yml, but buildspec.yml"),
            ("Deploy", "other.yml", "Deploy did not run the repository's buildspec.yml, but other.yml"),
        ],
    )
    def test_a_project_of_that_name_that_ran_something_else_fails(
        self, release: Release, check: str, stage: str, ran: str, words: str
    ) -> None:
        """Its buildspec was emptied for the release: Build was green, and nobody had linted anything."""
        release.buildspecs(**{stage: ran})
        result = release.check(check)
        assert (result.status, words in result.observed) == (Status.FAIL, True)

    def test_a_build_that_codebuild_does_not_know_is_inconclusive(self, release: Release) -> None:
        release.aws.answer("BatchGetBuilds", {"builds": [], "buildsNotFound": ["x"]})
        assert release.check(CHECK).status is Status.INCONCLUSIVE

    def test_builds_that_cannot_be_read_are_an_error_and_hide_no_other_project(self, release: Release) -> None:
        release.aws.answer("BatchGetBuilds", Refusal("AccessDeniedException"))
        result = release.check(CHECK)
        assert (result.status, "codebuild:BatchGetBuilds" in result.observed) == (Status.ERROR, True)
        release.actions(SOURCE_SUCCEEDED, told(BUILD_SUCCEEDED, ProjectName="no-lint"), GOOD_ACTIONS[2])
        assert release.check(CHECK).status is Status.FAIL

    def test_variables_that_somebody_gave_the_action_are_named_and_inconclusive(self, release: Release) -> None:
        given = '[{"name":"LINT","value":"off","type":"PLAINTEXT"}]'
        project = BUILD_SUCCEEDED["input"]["configuration"]["ProjectName"]
        actions = told(BUILD_SUCCEEDED, ProjectName=project, EnvironmentVariables=given)
        release.actions(SOURCE_SUCCEEDED, actions, GOOD_ACTIONS[2])
        result = release.check(CHECK)
        assert result.status is Status.INCONCLUSIVE
        assert result.headline == "Build was given environment variables that were not deployed: LINT."
