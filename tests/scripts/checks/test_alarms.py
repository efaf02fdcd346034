"""SOP 4.4: all promised alarms, as they are now; that they were OK since is in test_alarm_firings."""

from __future__ import annotations

import pytest

from scripts.results import Status
from tests.scripts.prod_stack import ALARMS, COMPOSITE
from tests.scripts.release import Release, alarm

CHECK = "alarms"
OK = dict.fromkeys(ALARMS, "OK")
ALL_OK = {COMPOSITE: "OK"}


def test_all_ok_pass(release: Release) -> None:
    result = release.check(CHECK)
    assert result.status is Status.PASS
    assert result.observed == "4 of 4 alarms OK."


class TestStates:
    def test_alarm_fails_with_its_reason(self, release: Release) -> None:
        """Since an hour before the execution; the deployment ended 13 minutes ago, and it looks back 7."""
        release.alarms(OK | {"prod-cpu": "ALARM"}, ALL_OK)
        result = release.check(CHECK)
        assert result.status is Status.FAIL
        assert result.observed.splitlines() == [
            "prod-cpu is in ALARM since 2026-03-10T00:00:00Z by data of before the deployment ended at "
            "2026-03-10T01:07:00Z, and still is longer after the deployment than data of before its end can keep it: "
            "Threshold Crossed: 5 datapoints were greater than the threshold (80.0).",
            "3 of 4 alarms OK.",
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

    @pytest.mark.parametrize("problem", ["EVALUATION_ERROR", "EVALUATION_FAILURE", "PARTIAL_DATA"])
    def test_an_ok_that_cloudwatch_cannot_evaluate_any_more_is_inconclusive(
        self, release: Release, problem: str
    ) -> None:
        release.alarms(OK, ALL_OK, EvaluationState=problem)
        assert release.check(CHECK).status is Status.INCONCLUSIVE


class TestPromised:
    @pytest.mark.parametrize("missing", [*ALARMS, COMPOSITE])
    def test_a_missing_alarm_fails_by_name(self, release: Release, missing: str) -> None:
        metric = {name: state for name, state in OK.items() if name != missing}
        release.alarms(metric, {} if missing == COMPOSITE else ALL_OK)
        result = release.check(CHECK)
        assert result.status is Status.FAIL
        assert result.observed == f"Missing: {missing}; 3 of 4 promised alarms exist."
        assert "pulumi up --refresh --stack prod" in result.fix  # the state has it still

    def test_no_alarms_at_all_fail(self, release: Release) -> None:
        release.alarms({}, {})
        assert release.check(CHECK).status is Status.FAIL

    def test_outputs_that_promise_none_fail(self, release: Release) -> None:
        release.outputs["alarms"] = {}
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
