"""SOP 4.4: which stays in ALARM are this release's. Its deployment ended at minute 7, the command runs at 20.

The alarms judge 5 periods of a minute, so they look back 7, and metrics are up to 3 late: what is in ALARM after 17
cannot be so by data of before.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from scripts.results import Result, Status
from tests.scripts.checks.alarm_changes import began, by_data, change, fired
from tests.scripts.fake_aws import Params, Refusal
from tests.scripts.prod_stack import ALARMS, COMPOSITE, EXECUTION
from tests.scripts.release import (
    BUILD_SUCCEEDED,
    GOOD_ACTIONS,
    SOURCE_SUCCEEDED,
    Release,
    action,
    at,
    execution,
)

CHECK = "alarms"
FAIL, INCONCLUSIVE, ERROR, PASS = Status.FAIL, Status.INCONCLUSIVE, Status.ERROR, Status.PASS
OK = dict.fromkeys(ALARMS, "OK")
ALL_OK = {COMPOSITE: "OK"}


def check(release: Release, *items: Params, on: tuple[str, ...] = ()) -> Result:
    """With that history; the alarms that are `on` are in ALARM since its last entry."""
    release.history(*items)
    release.alarms(
        OK | dict.fromkeys(set(on) - {COMPOSITE}, "ALARM"), {COMPOSITE: "ALARM" if COMPOSITE in on else "OK"}
    )
    return release.check(CHECK)


class TestPast:
    def test_fired_after_the_deployment_and_recovered_fails_with_when_and_how_long(self, release: Release) -> None:
        result = check(release, *fired("prod-error-rate", 9, 14))
        assert result.status is FAIL
        assert result.observed.splitlines() == [
            "prod-error-rate fired after the deployment, from 2026-03-10T01:09:00Z to 2026-03-10T01:14:00Z, 5 min: "
            "Threshold Crossed",
            "4 of 4 alarms OK.",
        ]

    def test_data_of_before_the_end_are_not_this_releases_though_the_alarm_is_later(self, release: Release) -> None:
        result = check(release, *fired("prod-cpu", 9, 16.9, newest=6))
        assert result.status is PASS
        assert (
            "prod-cpu fired by data of before the deployment ended at 2026-03-10T01:07:00Z, from 2026-03-10T01:09:00Z "
            "to 2026-03-10T01:16:54Z, 7.9 min" in result.observed
        )

    def test_one_data_point_of_after_among_those_of_before_is_enough(self, release: Release) -> None:
        assert check(release, *fired("prod-cpu", 8.5, 10, newest=7)).status is FAIL

    @pytest.mark.parametrize("begins", [6.1, 6.9])
    def test_a_data_point_over_the_deployments_end_is_inconclusive(self, release: Release, begins: float) -> None:
        result = check(release, *fired("prod-cpu", 8.5, 10, newest=begins))
        assert result.status is INCONCLUSIVE
        assert "by data partly of before and partly of after the deployment ended" in result.observed
        assert result.fix.startswith("See in the alarm's graph")
        assert result.again_at is None

    def test_a_period_that_cloudwatch_looked_at_before_the_end_is_of_before(self, release: Release) -> None:
        assert check(release, *fired("prod-cpu", 6.95, 10, newest=6.5)).status is PASS

    def test_what_fired_while_deploying_is_told_and_passes(self, release: Release) -> None:
        result = check(release, *fired("prod-cpu", 4, 6))
        assert result.status is PASS
        assert "prod-cpu fired by data of before the deployment ended" in result.observed

    @pytest.mark.parametrize(("until", "expected"), [(17, PASS), (17.1, FAIL)])
    def test_what_outlasts_all_data_of_before_fails_whoever_fired_it(
        self, release: Release, until: float, expected: Status
    ) -> None:
        """Of 5 periods 7 are looked at, and 3 minutes are for metrics and their evaluation."""
        assert check(release, *fired("prod-cpu", 6, until)).status is expected

    @pytest.mark.parametrize(
        ("at_minute", "expected"), [(6.9, PASS), (7.1, INCONCLUSIVE), (10.9, INCONCLUSIVE), (11, FAIL)]
    )
    def test_without_data_the_last_period_before_the_change_counts(
        self, release: Release, at_minute: float, expected: Status
    ) -> None:
        items = change("prod-cpu", at_minute, "OK", "ALARM"), change("prod-cpu", at_minute + 1, "ALARM", "OK")
        assert check(release, *items).status is expected

    @pytest.mark.parametrize(("missing", "expected"), [("breaching", INCONCLUSIVE), ("missing", PASS)])
    def test_where_missing_data_count_as_bad_those_that_came_are_not_all(
        self, release: Release, missing: str, expected: Status
    ) -> None:
        data = by_data(4, points=2)
        release.history(change("prod-cpu", 8, "OK", "ALARM", data), change("prod-cpu", 10, "ALARM", "OK"))
        release.alarms(OK, ALL_OK, TreatMissingData=missing)
        assert release.check(CHECK).status is expected

    def test_missing_data_that_cloudwatch_lists_by_their_time_count_by_it(self, release: Release) -> None:
        listed = by_data(5)
        listed["evaluatedDatapoints"] = [{"timestamp": one["timestamp"]} for one in listed["evaluatedDatapoints"]]
        release.history(change("prod-cpu", 8, "OK", "ALARM", listed), change("prod-cpu", 10, "ALARM", "OK"))
        release.alarms(OK, ALL_OK, TreatMissingData="breaching")
        assert release.check(CHECK).status is PASS

    @pytest.mark.parametrize(
        "data", ["text", ["list"], {"evaluatedDatapoints": 1}, {"evaluatedDatapoints": [{"a": 1}]}]
    )
    def test_data_that_somebody_made_up_are_none(self, release: Release, data: object) -> None:
        given: Params = {"stateReasonData": data}
        item = change("prod-cpu", 12, "OK", "ALARM", given["stateReasonData"])
        assert check(release, item, change("prod-cpu", 13, "ALARM", "OK")).status is FAIL

    def test_an_alarm_that_was_made_anew_ends_the_firing_of_the_one_before(self, release: Release) -> None:
        items = *began("prod-cpu", 4), change("prod-cpu", 7.2, "INSUFFICIENT_DATA", "OK")
        result = check(release, *items)
        assert result.status is PASS
        assert "from 2026-03-10T01:04:00Z to 2026-03-10T01:07:12Z" in result.observed

    def test_from_before_the_execution_until_within_it_passes(self, release: Release) -> None:
        result = check(release, change("prod-cpu", 2, "ALARM", "OK"))
        assert result.status is PASS
        assert "from before this execution until 2026-03-10T01:02:00Z" in result.observed

    def test_from_before_until_long_after_fails(self, release: Release) -> None:
        assert check(release, change("prod-cpu", 17.5, "ALARM", "OK")).status is FAIL

    def test_every_firing_counts_not_only_the_last(self, release: Release) -> None:
        result = check(release, *fired("prod-cpu", 9, 10), *fired("prod-cpu", 3, 4))
        assert result.status is FAIL
        assert "by data of before" in result.observed

    def test_insufficient_data_and_back_is_no_firing(self, release: Release) -> None:
        to, back = ("OK", "INSUFFICIENT_DATA"), ("INSUFFICIENT_DATA", "OK")
        assert check(release, change("prod-cpu", 9, *to), change("prod-cpu", 10, *back)).status is PASS

    def test_left_to_insufficient_data_is_the_end_of_a_firing(self, release: Release) -> None:
        assert (
            check(release, *began("prod-cpu", 9), change("prod-cpu", 10, "ALARM", "INSUFFICIENT_DATA")).status is FAIL
        )

    @pytest.mark.parametrize("name", ["dev-cpu", "prod-of-somebody-else", "prod-cpu-that-is-gone"])
    def test_other_alarms_histories_decide_nothing(self, release: Release, name: str) -> None:
        result = check(release, *fired(name, 9, 14))
        assert result.observed == "4 of 4 alarms OK."
        assert release.aws.called("DescribeAlarmHistory") == []

    def test_history_of_before_the_execution_does_not_count(self, release: Release) -> None:
        assert check(release, *fired("prod-cpu", -60, -50)).status is PASS
        assert check(release, *fired("prod-cpu", -60, -50), *fired("prod-cpu", 3, 4)).observed.count("prod-cpu") == 1

    def test_history_is_asked_for_from_the_executions_beginning_and_with_composites(self, release: Release) -> None:
        check(release, *fired("prod-cpu", 9, 14))
        (asked,) = release.aws.called("DescribeAlarmHistory")
        assert (asked["AlarmName"], asked["StartDate"]) == ("prod-cpu", at(0))
        assert set(asked["AlarmTypes"]) == {"MetricAlarm", "CompositeAlarm"}

    def test_firings_on_every_page_count(self, release: Release) -> None:
        start, end = fired("prod-cpu", 9, 14)
        release.history(start, end)
        release.aws.pages(
            "DescribeAlarmHistory",
            {"AlarmHistoryItems": [start]},
            {"AlarmHistoryItems": []},
            {"AlarmHistoryItems": [end]},
        )
        assert "5 min" in release.check(CHECK).observed

    @pytest.mark.parametrize("data", ["not JSON", "[]", "{}", '{"newState": 1}'])
    def test_history_that_cannot_be_read_is_an_error(self, release: Release, data: str) -> None:
        result = check(release, change("prod-cpu", 9, "OK", "ALARM") | {"HistoryData": data})
        assert result.status is ERROR
        assert "prod-cpu" in result.observed

    def test_an_alarm_that_recovers_while_it_is_looked_at_has_just_ended(self, release: Release) -> None:
        result = check(release, *began("prod-cpu", 9))
        assert result.status is FAIL
        assert (
            "prod-cpu fired after the deployment, from 2026-03-10T01:09:00Z to 2026-03-10T01:20:00Z" in result.observed
        )


class TestBurning:
    def test_after_the_deployment_fails_and_is_told_once(self, release: Release) -> None:
        result = check(release, *began("prod-cpu", 12), on=("prod-cpu",))
        assert result.status is FAIL
        assert result.observed.count("prod-cpu") == 1
        assert "prod-cpu is in ALARM since 2026-03-10T01:12:00Z after the deployment" in result.observed

    def burning_since_before(self, release: Release, now: float) -> Result:
        release.now = at(now)
        release.alarms(OK | {"prod-cpu": "ALARM"}, ALL_OK)
        return release.check(CHECK)

    def test_by_data_of_before_it_is_inconclusive_as_long_as_they_can_keep_it(self, release: Release) -> None:
        """An alarm that burned before a hotfix, a minute after the hotfix."""
        result = self.burning_since_before(release, 8)
        assert result.status is INCONCLUSIVE
        assert result.again_at == at(17)
        assert result.fix == "Run the same command again after 2026-03-10T01:17:00Z."

    @pytest.mark.parametrize(("now", "expected"), [(16.9, INCONCLUSIVE), (17.1, FAIL)])
    def test_past_all_data_of_before_it_fails_whoever_fired_it(
        self, release: Release, now: float, expected: Status
    ) -> None:
        assert self.burning_since_before(release, now).status is expected

    def test_while_deploying_it_is_inconclusive(self, release: Release) -> None:
        release.executions(execution("InProgress"))
        release.actions(SOURCE_SUCCEEDED)
        result = check(release, *began("prod-cpu", 2), on=("prod-cpu",))
        assert result.status is INCONCLUSIVE
        assert result.fix == "Run the same command again when the execution has ended."

    def test_by_the_data_that_the_alarm_itself_gives(self, release: Release) -> None:
        """Its state is younger than its data; the history is not needed for that."""
        release.now = at(12)
        data = change("prod-cpu", 9, "OK", "ALARM", by_data(5))
        release.history(data)
        release.alarms(OK | {"prod-cpu": "ALARM"}, ALL_OK, StateReasonData='{"evaluatedDatapoints": "cut off')
        assert release.check(CHECK).status is INCONCLUSIVE


class TestComposite:
    def test_what_follows_from_an_alarm_is_told_with_it(self, release: Release) -> None:
        result = check(release, *fired("prod-cpu", 9, 14), *fired(COMPOSITE, 9, 14))
        assert result.status is FAIL
        assert result.observed.splitlines()[1:] == ["4 of 4 alarms OK."]
        assert f"5 min, and with it {COMPOSITE}: Threshold Crossed" in result.observed

    def test_it_is_as_little_this_releases_as_the_alarm_under_it(self, release: Release) -> None:
        result = check(release, *fired("prod-cpu", 9, 14, newest=5), *fired(COMPOSITE, 9, 14))
        assert result.status is PASS
        assert f"and with it {COMPOSITE}" in result.observed

    def test_in_alarm_with_the_alarm_under_it_it_is_one_finding(self, release: Release) -> None:
        items = *began("prod-cpu", 12), *began(COMPOSITE, 12)
        result = check(release, *items, on=("prod-cpu", COMPOSITE))
        assert result.observed.splitlines()[1:] == ["2 of 4 alarms OK."]
        assert f"after the deployment, and with it {COMPOSITE}: " in result.observed

    @pytest.mark.parametrize(("start", "expected"), [(7.5, INCONCLUSIVE), (10.9, INCONCLUSIVE), (11.1, FAIL)])
    def test_without_an_alarm_under_it_its_own_change_counts(
        self, release: Release, start: float, expected: Status
    ) -> None:
        result = check(release, *fired(COMPOSITE, start, start + 2))
        assert (result.status, COMPOSITE in result.observed) == (expected, True)

    def test_it_burns_on_when_the_alarm_under_it_has_recovered_and_is_told_itself(self, release: Release) -> None:
        items = *fired("prod-cpu", 4, 6), *began(COMPOSITE, 4)
        result = check(release, *items, on=(COMPOSITE,))
        assert result.status is FAIL
        assert f"{COMPOSITE} is in ALARM" in result.observed


def other(status: str, start: float, end: float) -> Params:
    summary = execution(status, minutes=end, pipelineExecutionId="a colleague's", startTime=at(start))
    return summary | {"sourceRevisions": [{"actionName": "GitHub", "revisionId": "c0ffee"}]}


class TestPipelineFailed:
    FAILED = "prod-pipeline-failed"

    def test_of_this_execution_fails(self, release: Release) -> None:
        release.executions(execution("Failed"))
        result = check(release, *began(self.FAILED, 8, newest=6.5), on=(self.FAILED,))
        assert result.status is FAIL
        assert f"{self.FAILED} is in ALARM since 2026-03-10T01:08:00Z because this execution failed" in result.observed

    def test_of_the_execution_before_it_is_told_and_passes_once_over(self, release: Release) -> None:
        release.executions(execution(), other("Failed", -10, 0.5))
        result = check(release, *fired(self.FAILED, 2, 9, newest=0))
        assert result.status is PASS
        assert "because of another execution: a colleague's (revision c0ffee) failed then" in result.observed

    def test_of_a_push_that_failed_in_lint_after_the_deployment_is_told_and_passes_once_over(
        self, release: Release
    ) -> None:
        release.executions(other("Failed", 9, 10.5), execution())
        release.execution_id = EXECUTION
        assert check(release, *fired(self.FAILED, 12, 18, newest=10)).status is PASS

    def test_of_a_push_that_failed_in_lint_is_inconclusive_while_it_burns_and_never_fails(
        self, release: Release
    ) -> None:
        release.executions(other("Failed", 9, 10.5), execution())
        release.execution_id = EXECUTION
        items = began(self.FAILED, 12, newest=10)
        result = check(release, *items, on=(self.FAILED,))
        assert (result.status, result.again_at) == (INCONCLUSIVE, at(20.5))
        release.now = at(60)
        assert check(release, *items, on=(self.FAILED,)).status is INCONCLUSIVE

    def test_of_an_attempt_before_in_this_execution_is_told_and_passes_once_over(self, release: Release) -> None:
        release.actions(*GOOD_ACTIONS[:2], action("Deploy", "Failed", 2.5, 3), GOOD_ACTIONS[2])
        result = check(release, *fired(self.FAILED, 5, 10, newest=2.5))
        assert result.status is PASS
        assert (
            "because of an attempt before in this execution: Deploy failed at 2026-03-10T01:03:00Z" in result.observed
        )

    def test_of_nobody_known_is_inconclusive(self, release: Release) -> None:
        result = check(release, *fired(self.FAILED, 12, 15, newest=10))
        assert result.status is INCONCLUSIVE
        assert "no execution is found that failed then" in result.observed

    def test_of_this_one_and_another_fails(self, release: Release) -> None:
        release.executions(other("Failed", 5, 7.5), execution("Failed"))
        assert check(release, *fired(self.FAILED, 8, 15, newest=6.5)).status is FAIL

    def test_of_one_that_failed_at_another_time_is_of_nobody(self, release: Release) -> None:
        release.executions(execution(), other("Failed", -90, -80))
        assert check(release, *fired(self.FAILED, 12, 15, newest=10)).status is INCONCLUSIVE


class TestPipelineDuration:
    def check(self, release: Release, minute: float) -> Result:
        release.history(
            change("prod-cpu", minute, "OK", "ALARM", by_data(minute - 60, points=1, period=3600)),
            change("prod-cpu", minute + 1, "ALARM", "OK"),
        )
        release.alarms(OK, ALL_OK, Namespace="AWS/CodeBuild", MetricName="Duration", Period=3600, EvaluationPeriods=1)
        return release.check(CHECK)

    def test_of_this_execution_fails_though_its_data_are_of_before_its_end(self, release: Release) -> None:
        release.actions(SOURCE_SUCCEEDED, action("Build", "Succeeded", 1, 14), action("Deploy", "Succeeded", 14, 18))
        result = self.check(release, 17)
        assert result.status is FAIL
        assert "prod-cpu fired because this execution built and deployed for 17 min" in result.observed

    def test_of_another_is_told_and_passes_once_over(self, release: Release) -> None:
        release.executions(execution(), other("Succeeded", -40, -10))
        assert self.check(release, 10).status is INCONCLUSIVE  # it looks at an hour
        release.now = at(70)
        result = self.check(release, 10)
        assert result.status is PASS
        assert "but this execution built and deployed in 6 min; a colleague's" in result.observed

    def test_of_nobody_known_is_inconclusive(self, release: Release) -> None:
        assert self.check(release, 10).status is INCONCLUSIVE


class TestLaterDeployment:
    def test_data_of_after_another_deployment_began_are_not_this_ones(self, release: Release) -> None:
        later = action("Deploy", "Succeeded", 8, 10) | {"pipelineExecutionId": "later"}
        own = list(GOOD_ACTIONS)

        def actions(request: Params) -> Params:
            return {"actionExecutionDetails": own if "filter" in request else [later, *own]}

        release.aws.answer("ListActionExecutions", actions)
        result = check(release, *fired("prod-cpu", 12, 15))
        assert result.status is PASS
        assert "when execution later had begun to deploy at 2026-03-10T01:08:00Z" in result.observed
        assert check(release, *fired("prod-cpu", 9, 15, newest=7)).status is FAIL


class TestUnreadable:
    @pytest.mark.parametrize("operation", ["DescribeAlarmHistory", "ListPipelineExecutions", "ListActionExecutions"])
    def test_where_no_alarm_is_on_it_is_an_error_with_the_iam_action(self, release: Release, operation: str) -> None:
        release.aws.answer(operation, Refusal("AccessDenied"))
        release.history(*fired("prod-cpu", 9, 14))
        if operation == "DescribeAlarmHistory":
            release.aws.answer(operation, Refusal("AccessDenied"))
        result = release.check(CHECK)
        assert result.status is ERROR
        assert f":{operation} is not allowed" in result.observed

    @pytest.mark.parametrize("code", ["AccessDenied", "Throttling", "ExpiredToken", "InternalServiceFault"])
    def test_an_alarm_that_is_on_fails_all_the_same(self, release: Release, code: str) -> None:
        release.history(*fired("prod-error-rate", 9, 14))
        release.alarms(OK | {"prod-cpu": "ALARM", "prod-error-rate": "INSUFFICIENT_DATA"}, ALL_OK)
        release.aws.answer("DescribeAlarmHistory", Refusal(code))
        result = release.check(CHECK)
        assert result.status is FAIL
        burning, _, unread, good = result.observed.splitlines()
        assert good == "2 of 4 alarms OK."
        assert burning.startswith("prod-cpu is in ALARM since 2026-03-10T00:00:00Z")
        assert unread.startswith("When alarms fired since the deployment could not be read: ")
        assert "runbook" in result.fix

    def test_whose_an_alarm_is_that_is_on_cannot_be_said_without_the_execution(self, release: Release) -> None:
        release.alarms(OK | {"prod-cpu": "ALARM"}, ALL_OK)
        release.aws.answer("ListPipelineExecutions", Refusal("AccessDenied"))
        result = release.check(CHECK)
        assert result.status is INCONCLUSIVE
        assert "prod-cpu is in ALARM" in result.observed
        assert "ListPipelineExecutions is not allowed" in result.observed

    def test_history_that_is_garbled_hides_no_alarm_that_is_on(self, release: Release) -> None:
        garbled = change("prod-cpu", 12, "OK", "ALARM") | {"HistoryData": "not JSON"}
        assert check(release, garbled, on=("prod-cpu",)).status is FAIL

    def test_a_missing_alarm_fails_all_the_same(self, release: Release) -> None:
        release.alarms(OK, {})
        release.aws.answer("DescribeAlarmHistory", Refusal("AccessDenied"))
        assert release.check(CHECK).status is FAIL

    def test_insufficient_data_is_not_known_to_be_bad(self, release: Release) -> None:
        release.history(change("prod-cpu", 9, "OK", "INSUFFICIENT_DATA"))
        release.alarms(OK | {"prod-cpu": "INSUFFICIENT_DATA"}, ALL_OK)
        release.aws.answer("DescribeAlarmHistory", Refusal("AccessDenied"))
        assert release.check(CHECK).status is ERROR


class TestDeployment:
    def test_until_the_deployment_has_ended_ok_is_inconclusive(self, release: Release) -> None:
        release.executions(execution("InProgress"))
        release.actions(SOURCE_SUCCEEDED)
        result = release.check(CHECK)
        assert result.status is INCONCLUSIVE
        assert result.fix == "Run the same command again when the execution has ended."

    def test_longer_ago_than_cloudwatch_remembers_is_inconclusive(self, release: Release) -> None:
        release.now = at(7) + timedelta(days=30, minutes=1)
        assert release.check(CHECK).status is INCONCLUSIVE

    def test_no_execution_is_inconclusive(self, release: Release) -> None:
        release.executions()
        assert release.check(CHECK).status is INCONCLUSIVE

    def test_an_execution_that_did_not_deploy_counts_from_its_end(self, release: Release) -> None:
        release.executions(execution("Failed", minutes=2))
        release.actions(SOURCE_SUCCEEDED, BUILD_SUCCEEDED)
        assert check(release, *fired("prod-cpu", 4, 5)).status is FAIL

    def test_the_deployment_ends_with_its_stage_not_with_the_execution(self, release: Release) -> None:
        release.executions(execution(minutes=15))
        assert check(release, *fired("prod-cpu", 9, 10)).status is FAIL
