"""SOP 4.1: 5-10 minutes, alert above 15, and waiting as one should does not count."""

from __future__ import annotations

import pytest

from scripts.results import Status
from tests.scripts.fake_aws import Params
from tests.scripts.release import BUILD_SUCCEEDED, SOURCE_SUCCEEDED, Release, action, execution, rule

CHECK = "pipeline-duration"


@pytest.mark.parametrize(
    ("minutes", "status"),
    [(0.5, Status.PASS), (7, Status.PASS), (15, Status.PASS), (15.1, Status.FAIL), (600, Status.FAIL)],
)
def test_only_more_than_the_alert_threshold_fails(release: Release, minutes: float, status: Status) -> None:
    release.executions(execution(minutes=minutes))
    assert release.check(CHECK).status is status


def test_the_thresholds_are_those_of_the_outputs(release: Release) -> None:
    release.outputs["thresholds"] |= {"pipelineAlertMinutes": 6.5, "pipelineExpectedMinutes": 5}
    result = release.check(CHECK)
    assert result.status is Status.FAIL
    assert result.expected == "At most 5 min; above 6.5 min is an alert"


def test_between_expected_and_alert_passes_with_a_remark(release: Release) -> None:
    release.executions(execution(minutes=12))
    assert release.check(CHECK).observed == "12 min: longer than usual, below the alert."


def test_time_in_the_release_window_rule_is_set_apart(release: Release) -> None:
    release.executions(execution(minutes=187))
    release.actions(SOURCE_SUCCEEDED, BUILD_SUCCEEDED, action("Deploy", "Succeeded", 183, 187))
    release.rules(rule("Deploy", "Succeeded", 3, 183))
    result = release.check(CHECK)
    assert result.status is Status.PASS
    assert result.observed == "7 min, and apart from that 3 h 00 min waiting for the release window."
    assert result.evidence["waited_seconds"] == 180 * 60


def test_an_open_window_is_not_worth_mentioning(release: Release) -> None:
    release.rules(rule("Deploy", "Succeeded", 3, 3.01))
    assert release.check(CHECK).observed == "7 min."


def test_an_overridden_rule_waits_no_longer_than_until_the_stage_began(release: Release) -> None:
    release.executions(execution(minutes=60))
    release.actions(SOURCE_SUCCEEDED, BUILD_SUCCEEDED, action("Deploy", "Succeeded", 20, 60))
    release.rules(rule("Deploy", "InProgress", 3, 60))
    result = release.check(CHECK)
    assert result.status is Status.FAIL
    assert result.evidence["waited_seconds"] == 17 * 60


def test_other_rules_count_as_the_pipelines_own_time(release: Release) -> None:
    release.executions(execution(minutes=40))
    release.actions(SOURCE_SUCCEEDED, BUILD_SUCCEEDED, action("Deploy", "Succeeded", 36, 40))
    release.rules(rule("Deploy", "Succeeded", 3, 36, provider="CloudWatchAlarm"))
    assert release.check(CHECK).status is Status.FAIL


def test_time_for_an_approval_is_set_apart(release: Release) -> None:
    release.executions(execution(minutes=100))
    approval = action("Deploy", "Succeeded", 3, 96, name="approve", category="Approval")
    release.actions(SOURCE_SUCCEEDED, BUILD_SUCCEEDED, approval, action("Deploy", "Succeeded", 96, 100))
    assert release.check(CHECK).observed == "7 min, and apart from that 1 h 33 min waiting for an approval."


def test_time_until_someone_retried_is_set_apart(release: Release) -> None:
    release.executions(execution(minutes=70))
    release.actions(
        SOURCE_SUCCEEDED,
        BUILD_SUCCEEDED,
        action("Deploy", "Failed", 3, 5),
        action("Deploy", "Succeeded", 65, 70),
    )
    assert release.check(CHECK).observed == "10 min, and apart from that 1 h 00 min waiting for a retry."


def test_time_until_someone_retried_the_window_is_set_apart(release: Release) -> None:
    release.executions(execution(minutes=364))
    release.actions(SOURCE_SUCCEEDED, BUILD_SUCCEEDED, action("Deploy", "Succeeded", 360, 364))
    release.rules(rule("Deploy", "Failed", 3, 63), rule("Deploy", "Succeeded", 359, 360))
    result = release.check(CHECK)
    assert result.status is Status.PASS
    assert result.observed.startswith("7 min, and apart from that 1 h 00 min waiting for the release window")


def test_work_between_two_looks_at_the_window_is_not_waiting(release: Release) -> None:
    release.executions(execution(minutes=50))
    release.actions(
        SOURCE_SUCCEEDED, BUILD_SUCCEEDED, action("Deploy", "Failed", 3, 40), action("Deploy", "Succeeded", 45, 50)
    )
    release.rules(rule("Deploy", "Succeeded", 3, 3), rule("Deploy", "Succeeded", 45, 45))
    assert release.check(CHECK).evidence["waited_seconds"] == 5 * 60


def test_time_in_which_nothing_was_at_work_counts_and_is_named(release: Release) -> None:
    release.executions(execution(minutes=20))
    release.actions(SOURCE_SUCCEEDED, BUILD_SUCCEEDED, action("Deploy", "Succeeded", 16, 20))
    result = release.check(CHECK)
    assert (result.status, result.observed.splitlines()) == (
        Status.FAIL,
        ["20 min.", "Nothing was at work from 2026-03-10T01:03:00Z to 2026-03-10T01:16:00Z, 13 min."],
    )
    assert "transition" in result.fix


def test_waits_that_overlap_count_once(release: Release) -> None:
    release.executions(execution(minutes=100))
    approval = action("Deploy", "Succeeded", 10, 90, name="approve", category="Approval")
    release.actions(SOURCE_SUCCEEDED, approval)
    release.rules(rule("Deploy", "Succeeded", 3, 90), rule("Deploy", "Succeeded", 5, 10))
    assert release.check(CHECK).evidence["waited_seconds"] == 87 * 60


@pytest.mark.parametrize("pages", [1, 3])
def test_rules_on_every_page_count(release: Release, pages: int) -> None:
    release.executions(execution(minutes=100))
    release.actions(SOURCE_SUCCEEDED, BUILD_SUCCEEDED, action("Deploy", "Succeeded", 95, 100))
    empty: Params = {"ruleExecutionDetails": []}
    last: Params = {"ruleExecutionDetails": [rule("Deploy", "Succeeded", 3, 95)]}
    release.aws.pages("ListRuleExecutions", *[empty] * (pages - 1), last, linked_by="nextToken")
    assert release.check(CHECK).status is Status.PASS


class TestUnfinished:
    @pytest.fixture
    def release(self, release: Release) -> Release:
        release.executions(execution("InProgress", minutes=1))
        release.actions(SOURCE_SUCCEEDED, BUILD_SUCCEEDED)
        return release

    def test_waiting_for_the_window_still_is_inconclusive_however_long(self, release: Release) -> None:
        release.rules(rule("Deploy", "InProgress", 3, 3))
        result = release.check(CHECK)
        assert result.status is Status.INCONCLUSIVE
        assert result.observed.startswith("3 min so far, and apart from that 17 min waiting for the release window")

    def test_running_beyond_the_alert_fails_already(self, release: Release) -> None:
        result = release.check(CHECK)
        assert result.status is Status.FAIL
        assert result.observed.splitlines() == [
            "20 min so far.",
            "Nothing was at work from 2026-03-10T01:03:00Z to 2026-03-10T01:20:00Z, 17 min.",
        ]


def test_a_failed_execution_has_no_duration_to_judge(release: Release) -> None:
    release.executions(execution("Failed", minutes=3))
    assert release.check(CHECK).status is Status.SKIPPED


def test_a_failed_execution_beyond_the_alert_still_fails(release: Release) -> None:
    release.executions(execution("Failed", minutes=30))
    assert release.check(CHECK).status is Status.FAIL


def test_never_run_is_inconclusive(release: Release) -> None:
    release.executions()
    assert release.check(CHECK).status is Status.INCONCLUSIVE
