"""SOP 4.4: all promised alarms, OK now and OK since the deployment ended at minute 7."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from scripts.results import Result, Status
from tests.scripts.fake_aws import Params, Refusal
from tests.scripts.prod_stack import ALARMS, COMPOSITE
from tests.scripts.release import SOURCE_SUCCEEDED, Release, alarm, at, execution

CHECK = "alarms"
OK = dict.fromkeys(ALARMS, "OK")
ALL_OK = {COMPOSITE: "OK"}


def change(name: str, minute: float, old: str, new: str) -> Params:
    """One entry of an alarm's history."""
    data = {
        "version": "1.0",
        "oldState": {"stateValue": old, "stateReason": "before"},
        "newState": {"stateValue": new, "stateReason": "Threshold Crossed"},
    }
    return {
        "AlarmName": name,
        "AlarmType": "CompositeAlarm" if name == COMPOSITE else "MetricAlarm",
        "Timestamp": at(minute),
        "HistoryItemType": "StateUpdate",
        "HistorySummary": f"Alarm updated from {old} to {new}",
        "HistoryData": json.dumps(data),
    }


def fired(name: str, start: float, end: float) -> list[Params]:
    return [change(name, start, "OK", "ALARM"), change(name, end, "ALARM", "OK")]


def test_all_ok_pass(release: Release) -> None:
    result = release.check(CHECK)
    assert result.status is Status.PASS
    assert result.observed == "4 of 4 alarms OK."


class TestStates:
    def test_alarm_fails_with_its_reason(self, release: Release) -> None:
        release.alarms(OK | {"prod-cpu": "ALARM"}, ALL_OK)
        result = release.check(CHECK)
        assert result.status is Status.FAIL
        assert result.observed.splitlines() == [
            "3 of 4 alarms OK; 1 finding.",
            "prod-cpu is in ALARM since 2026-03-10T00:00:00Z, before this execution began: Threshold Crossed: 5 "
            "datapoints were greater than the threshold (80.0).",
        ]

    def test_insufficient_data_is_inconclusive(self, release: Release) -> None:
        release.alarms(OK | {"prod-cpu": "INSUFFICIENT_DATA"}, ALL_OK)
        result = release.check(CHECK)
        assert result.status is Status.INCONCLUSIVE
        assert result.fix.startswith("See whether the alarm's metric has data")

    def test_alarm_is_worse_than_insufficient_data(self, release: Release) -> None:
        release.alarms(OK | {"prod-cpu": "INSUFFICIENT_DATA", "prod-error-rate": "ALARM"}, ALL_OK)
        result = release.check(CHECK)
        assert result.status is Status.FAIL
        assert result.observed.index("prod-error-rate") < result.observed.index("prod-cpu")

    def test_the_composite_counts(self, release: Release) -> None:
        release.alarms(OK, {COMPOSITE: "ALARM"})
        assert release.check(CHECK).status is Status.FAIL

    def test_composites_are_asked_for_by_type(self, release: Release) -> None:
        release.check(CHECK)
        (asked,) = release.aws.called("DescribeAlarms")
        assert set(asked["AlarmTypes"]) == {"MetricAlarm", "CompositeAlarm"}
        (history,) = release.aws.called("DescribeAlarmHistory")
        assert set(history["AlarmTypes"]) == {"MetricAlarm", "CompositeAlarm"}

    @pytest.mark.parametrize("problem", ["EVALUATION_ERROR", "EVALUATION_FAILURE", "PARTIAL_DATA"])
    def test_an_ok_that_cloudwatch_cannot_evaluate_any_more_is_inconclusive(
        self, release: Release, problem: str
    ) -> None:
        release.alarms(OK, ALL_OK, EvaluationState=problem)
        assert release.check(CHECK).status is Status.INCONCLUSIVE

    def test_disabled_actions_are_named(self, release: Release) -> None:
        release.alarms(OK, ALL_OK, ActionsEnabled=False)
        result = release.check(CHECK)
        assert result.status is Status.PASS
        assert (
            "Actions are disabled, nobody is told: prod-cpu, prod-error-rate and prod-pipeline-failed"
            in result.observed
        )


class TestPromised:
    @pytest.mark.parametrize("missing", [*ALARMS, COMPOSITE])
    def test_a_missing_alarm_fails_by_name(self, release: Release, missing: str) -> None:
        metric = {name: state for name, state in OK.items() if name != missing}
        release.alarms(metric, {} if missing == COMPOSITE else ALL_OK)
        result = release.check(CHECK)
        assert result.status is Status.FAIL
        assert result.observed == f"Missing: {missing}; 3 of 4 promised alarms exist."
        assert "pulumi up --stack prod" in result.fix

    def test_no_alarms_at_all_fail(self, release: Release) -> None:
        release.alarms({}, {})
        assert release.check(CHECK).status is Status.FAIL

    def test_outputs_that_promise_none_fail(self, release: Release) -> None:
        release.outputs |= {"alarmNames": [], "compositeAlarmName": ""}
        assert release.check(CHECK).status is Status.FAIL

    def test_an_alarm_nobody_promised_is_named_and_counts_when_it_fires(self, release: Release) -> None:
        release.alarms(OK | {"prod-by-hand": "OK"}, ALL_OK)
        assert "Not among the promised alarms: prod-by-hand" in release.check(CHECK).observed
        assert release.check(CHECK).status is Status.PASS
        release.alarms(OK | {"prod-by-hand": "ALARM"}, ALL_OK)
        assert release.check(CHECK).status is Status.FAIL

    def test_alarms_on_every_page_count(self, release: Release) -> None:
        metric = [alarm(name, "OK") for name in ALARMS]
        release.aws.pages(
            "DescribeAlarms",
            {"MetricAlarms": metric[:1]},
            {"MetricAlarms": [], "CompositeAlarms": []},
            {"MetricAlarms": metric[1:], "CompositeAlarms": [alarm(COMPOSITE, "OK")]},
        )
        assert release.check(CHECK).status is Status.PASS


class TestHistory:
    def check(self, release: Release, *items: Params) -> Result:
        release.history(*items)
        return release.check(CHECK)

    def test_fired_after_the_deployment_and_recovered_fails_with_when_and_how_long(self, release: Release) -> None:
        result = self.check(release, *fired("prod-error-rate", 9, 14))
        assert result.status is Status.FAIL
        assert (
            "prod-error-rate fired after the deployment, from 2026-03-10T01:09:00Z to 2026-03-10T01:14:00Z, 5.0 min: "
            "Threshold Crossed" in result.observed
        )

    def test_a_composite_that_fired_and_recovered_fails(self, release: Release) -> None:
        assert self.check(release, *fired(COMPOSITE, 9, 14)).status is Status.FAIL

    def test_fired_only_while_deploying_is_named_and_passes(self, release: Release) -> None:
        result = self.check(release, *fired("prod-cpu", 4, 6))
        assert result.status is Status.PASS
        assert "prod-cpu fired while deploying, from 2026-03-10T01:04:00Z to 2026-03-10T01:06:00Z" in result.observed

    @pytest.mark.parametrize(("needed", "latest"), [(5, 11), (3, 13), (1, 15)])
    def test_an_alarm_may_be_as_late_as_good_data_need_to_end_it(
        self, release: Release, needed: int, latest: float
    ) -> None:
        """Of 5 periods of a minute `needed` bad ones make it fire; 3 minutes are for metrics and their evaluation."""
        release.alarms(OK, ALL_OK, DatapointsToAlarm=needed)
        assert self.check(release, *fired("prod-cpu", 6, latest)).status is Status.PASS
        outlasted = self.check(release, *fired("prod-cpu", 6, latest + 0.1))
        assert outlasted.status is Status.FAIL
        assert f"outlasted the deployment by {latest + 0.1 - 7:.1f} min" in outlasted.observed

    def test_a_composite_may_be_as_late_as_the_alarms_that_fire_beside_it(self, release: Release) -> None:
        cpu = fired("prod-cpu", 6, 11)
        assert self.check(release, *cpu, *fired(COMPOSITE, 6, 11)).status is Status.PASS
        assert self.check(release, *cpu, *fired(COMPOSITE, 6, 11.1)).status is Status.FAIL

    def test_a_composite_is_not_as_late_as_alarms_that_have_not_fired(self, release: Release) -> None:
        assert self.check(release, *fired(COMPOSITE, 6, 10)).status is Status.PASS
        assert self.check(release, *fired(COMPOSITE, 6, 10.1)).status is Status.FAIL

    def test_an_alarm_that_fired_and_was_deleted_since_fails(self, release: Release) -> None:
        result = self.check(release, *fired("prod-cpu-high", 9, 50))
        assert result.status is Status.FAIL
        assert "prod-cpu-high fired after the deployment" in result.observed
        assert "it exists no longer" in result.observed

    def test_a_firing_ends_where_the_alarm_was_made_anew(self, release: Release) -> None:
        items = change("prod-cpu", 4, "OK", "ALARM"), change("prod-cpu", 7.2, "INSUFFICIENT_DATA", "OK")
        result = self.check(release, *items)
        assert result.status is Status.PASS
        assert "from 2026-03-10T01:04:00Z to 2026-03-10T01:07:12Z" in result.observed

    def test_firing_from_before_the_execution_until_within_it_passes(self, release: Release) -> None:
        result = self.check(release, change("prod-cpu", 2, "ALARM", "OK"))
        assert result.status is Status.PASS
        assert "from before this execution until 2026-03-10T01:02:00Z" in result.observed

    def test_firing_from_before_until_long_after_fails(self, release: Release) -> None:
        assert self.check(release, change("prod-cpu", 16, "ALARM", "OK")).status is Status.FAIL

    def test_every_firing_counts_not_only_the_last(self, release: Release) -> None:
        result = self.check(release, *fired("prod-cpu", 8, 9), *fired("prod-cpu", 3, 4))
        assert result.status is Status.FAIL
        assert "fired while deploying" in result.observed

    def test_insufficient_data_and_back_is_no_firing(self, release: Release) -> None:
        to, back = ("OK", "INSUFFICIENT_DATA"), ("INSUFFICIENT_DATA", "OK")
        assert self.check(release, change("prod-cpu", 9, *to), change("prod-cpu", 10, *back)).status is Status.PASS

    def test_left_to_insufficient_data_is_the_end_of_a_firing(self, release: Release) -> None:
        items = change("prod-cpu", 9, "OK", "ALARM"), change("prod-cpu", 10, "ALARM", "INSUFFICIENT_DATA")
        assert self.check(release, *items).status is Status.FAIL

    def test_other_alarms_of_the_account_do_not_count(self, release: Release) -> None:
        assert self.check(release, *fired("dev-cpu", 9, 14)).status is Status.PASS

    def test_history_of_before_the_execution_does_not_count(self, release: Release) -> None:
        assert self.check(release, *fired("prod-cpu", -60, -50)).status is Status.PASS

    def test_history_is_asked_for_from_the_executions_beginning(self, release: Release) -> None:
        release.check(CHECK)
        assert release.aws.called("DescribeAlarmHistory")[0]["StartDate"] == at(0)

    def test_firings_on_every_page_count(self, release: Release) -> None:
        start, end = fired("prod-cpu", 9, 14)
        release.aws.pages(
            "DescribeAlarmHistory",
            {"AlarmHistoryItems": [start]},
            {"AlarmHistoryItems": []},
            {"AlarmHistoryItems": [end]},
        )
        assert "5.0 min" in release.check(CHECK).observed

    @pytest.mark.parametrize("data", ["not JSON", "[]", "{}", '{"newState": 1}'])
    def test_history_that_cannot_be_read_is_an_error(self, release: Release, data: str) -> None:
        result = self.check(release, change("prod-cpu", 9, "OK", "ALARM") | {"HistoryData": data})
        assert result.status is Status.ERROR
        assert "prod-cpu" in result.observed

    def test_an_alarm_that_begins_or_ends_while_it_is_looked_at_fails(self, release: Release) -> None:
        result = self.check(release, change("prod-cpu", 9, "OK", "ALARM"))
        assert result.status is Status.FAIL
        assert (
            "prod-cpu fired after the deployment, from 2026-03-10T01:09:00Z to 2026-03-10T01:20:00Z" in result.observed
        )

    def test_an_alarm_that_still_fires_is_told_once(self, release: Release) -> None:
        release.alarms(OK | {"prod-cpu": "ALARM"}, ALL_OK)
        result = self.check(release, change("prod-cpu", 9, "OK", "ALARM"))
        assert result.observed.count("prod-cpu") == 1


class TestUnreadableHistory:
    @pytest.mark.parametrize("operation", ["DescribeAlarmHistory", "ListPipelineExecutions", "ListActionExecutions"])
    def test_where_no_alarm_is_on_it_is_an_error_with_the_iam_action(self, release: Release, operation: str) -> None:
        release.aws.answer(operation, Refusal("AccessDenied"))
        result = release.check(CHECK)
        assert result.status is Status.ERROR
        assert f":{operation} is not allowed" in result.observed

    @pytest.mark.parametrize("code", ["AccessDenied", "Throttling", "ExpiredToken", "InternalServiceFault"])
    def test_an_alarm_that_is_on_fails_all_the_same(self, release: Release, code: str) -> None:
        release.alarms(OK | {"prod-cpu": "ALARM", "prod-error-rate": "INSUFFICIENT_DATA"}, ALL_OK)
        release.aws.answer("DescribeAlarmHistory", Refusal(code))
        result = release.check(CHECK)
        assert result.status is Status.FAIL
        headline, burning, *_, unread = result.observed.splitlines()
        assert headline == "2 of 4 alarms OK; 3 findings."
        assert burning.startswith("prod-cpu is in ALARM since 2026-03-10T00:00:00Z")
        assert unread.startswith("When alarms fired since the deployment could not be read: ")
        assert "runbook" in result.fix

    def test_history_that_is_garbled_hides_no_alarm_that_is_on(self, release: Release) -> None:
        release.alarms(OK | {"prod-cpu": "ALARM"}, ALL_OK)
        release.history(change("prod-cpu", 9, "OK", "ALARM") | {"HistoryData": "not JSON"})
        assert release.check(CHECK).status is Status.FAIL

    def test_a_missing_alarm_fails_all_the_same(self, release: Release) -> None:
        release.alarms(OK, {})
        release.aws.answer("DescribeAlarmHistory", Refusal("AccessDenied"))
        assert release.check(CHECK).status is Status.FAIL

    def test_insufficient_data_is_not_known_to_be_bad(self, release: Release) -> None:
        release.alarms(OK | {"prod-cpu": "INSUFFICIENT_DATA"}, ALL_OK)
        release.aws.answer("DescribeAlarmHistory", Refusal("AccessDenied"))
        assert release.check(CHECK).status is Status.ERROR


class TestDeployment:
    def test_until_the_deployment_has_ended_ok_is_inconclusive(self, release: Release) -> None:
        release.executions(execution("InProgress"))
        release.actions(SOURCE_SUCCEEDED)
        result = release.check(CHECK)
        assert result.status is Status.INCONCLUSIVE
        assert result.fix == "Run the same command again when the execution has ended."

    def test_an_alarm_while_deploying_fails_already(self, release: Release) -> None:
        release.executions(execution("InProgress"))
        release.actions(SOURCE_SUCCEEDED)
        release.alarms(OK | {"prod-cpu": "ALARM"}, ALL_OK)
        assert release.check(CHECK).status is Status.FAIL

    def test_longer_ago_than_cloudwatch_remembers_is_inconclusive(self, release: Release) -> None:
        release.now = at(7) + timedelta(days=30, minutes=1)
        assert release.check(CHECK).status is Status.INCONCLUSIVE

    def test_no_execution_is_inconclusive(self, release: Release) -> None:
        release.executions()
        assert release.check(CHECK).status is Status.INCONCLUSIVE

    def test_an_execution_that_did_not_deploy_counts_from_its_end(self, release: Release) -> None:
        release.executions(execution("Failed", minutes=2))
        release.actions(SOURCE_SUCCEEDED)
        release.history(*fired("prod-cpu", 3, 4))
        assert release.check(CHECK).status is Status.FAIL

    def test_the_deployment_ends_with_its_stage_not_with_the_execution(self, release: Release) -> None:
        release.executions(execution(minutes=15))
        release.history(*fired("prod-cpu", 9, 10))
        assert release.check(CHECK).status is Status.FAIL
