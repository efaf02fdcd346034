"""SOP 3.3: at least 24 hours in dev, truly observed, with every limit held."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scripts.results import Result, Status
from tests.scripts.fake_aws import Params, Refusal
from tests.scripts.observe.observed import DEPLOYED, GOOD, Observed
from tests.scripts.release import GOOD_ACTIONS, Release, action, execution, line

FAIL, INCONCLUSIVE, ERROR, PASS = Status.FAIL, Status.INCONCLUSIVE, Status.ERROR, Status.PASS
HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)
ENOUGH = DAY + 3 * MINUTE
QUIET = {"percent": 60.0, "values": 2.0, "lines": 0.0}
GROUP = {"logGroupName": "/aws/ec2/web-server", "retentionInDays": 30}
Minutes = Callable[[datetime], dict[str, float]]


class Dev:
    """The good release, looked at some time after its deployment."""

    def __init__(self, release: Release, folder: Path) -> None:
        self.release = release
        self.metrics = Observed(release, folder)
        release.aws.answer("DescribeLogGroups", {"logGroups": [GROUP]})

    def after(self, passed: timedelta, minutes: Minutes | dict[str, float] = GOOD) -> Result:
        """The answer when so much time has passed; `minutes` are a minute's metrics by the hour since then."""
        self.release.now = self.metrics.now = DEPLOYED + passed
        self.metrics.minutes = minutes if callable(minutes) else lambda _: minutes
        return self.release.check("dev-soak")

    def next_deployment(self, after: timedelta) -> None:
        """A later execution deploys so long after ours ended; ours is pinned."""
        minute = 7 + after / MINUTE
        later = action("Deploy", "Succeeded", minute, minute + 4) | {"pipelineExecutionId": "later"}

        def answer(request: Params) -> Params:
            return {"actionExecutionDetails": list(GOOD_ACTIONS) if "filter" in request else [later, *GOOD_ACTIONS]}

        self.release.aws.answer("ListActionExecutions", answer)


@pytest.fixture
def dev(release: Release, tmp_path: Path) -> Dev:
    return Dev(release, tmp_path)


def in_hours(*hours: int, otherwise: dict[str, float] = GOOD, then: dict[str, float]) -> Minutes:
    """`then` in these hours since the deployment."""
    return lambda moment: then if (moment - DEPLOYED) // HOUR in hours else otherwise


def in_minutes(first: int, end: int, *, otherwise: dict[str, float] = GOOD, then: dict[str, float]) -> Minutes:
    """`then` from one minute since the deployment up to another."""
    return lambda moment: then if first <= (moment - DEPLOYED) // MINUTE < end else otherwise


class TestTime:
    def test_a_good_day_passes_and_says_what_it_saw(self, dev: Dev) -> None:
        result = dev.after(ENOUGH)
        assert result.status is PASS
        assert result.observed.splitlines() == [
            "Observed 24.0 h since the deployment ended at 2026-03-10T01:07:00Z; all limits held.",
            "Average response time: 0.2 s, at most 0.2 s; 24 of 24 hours with at least 20 requests",
            "Average CPU: 30 %, at most 30 %; 24 of 24 hours with at least 11 values",
            "Share of 5xx: 0 %, at most 0 %; 24 of 24 hours with at least 20 requests",
            "Application errors: no error line",
        ]
        assert result.expected.startswith("At least 24 h in dev")

    @pytest.mark.parametrize("passed", [timedelta(), MINUTE, HOUR, ENOUGH - timedelta(seconds=1)])
    def test_too_early_fails(self, dev: Dev, passed: timedelta) -> None:
        result = dev.after(passed)
        assert result.status is FAIL
        assert "2026-03-11T01:10:00Z" in result.fix

    def test_too_early_says_how_far_it_is_and_when_it_is_enough(self, dev: Dev) -> None:
        result = dev.after(3.3 * HOUR)
        assert result.observed == (
            "Observed 3.2 of 24 h since the deployment ended at 2026-03-10T01:07:00Z; enough at 2026-03-11T01:10:00Z."
        )

    def test_the_hours_are_the_stacks(self, dev: Dev) -> None:
        dev.release.outputs["thresholds"]["devObservationHours"] = 48
        assert dev.after(ENOUGH).status is FAIL
        assert dev.after(2 * DAY + 3 * MINUTE).status is PASS

    @pytest.mark.parametrize(("hours", "windows"), [(0.05, 1), (0.35, 5), (0.5, 6), (1.5, 18), (2.25, 27)])
    def test_parts_of_hours_are_observed_whole(self, dev: Dev, hours: float, windows: int) -> None:
        dev.release.outputs["thresholds"]["devObservationHours"] = hours
        exactly = hours * HOUR + 3 * MINUTE
        assert dev.after(exactly - timedelta(seconds=1)).status is FAIL
        result = dev.after(exactly)
        assert result.status is PASS
        assert len(result.evidence["indicators"]["cpu"]["windows"]) == windows

    def test_a_fortnight_is_looked_at_a_week_back_and_in_one_call(self, dev: Dev) -> None:
        result = dev.after(14 * DAY)
        assert result.status is PASS
        (asked,) = dev.release.aws.called("GetMetricData")
        assert asked["EndTime"] - asked["StartTime"] == 7 * DAY + 55 * MINUTE  # and what of the next hour is over
        assert asked["MetricDataQueries"][0]["MetricStat"]["Period"] == 60
        assert len(result.evidence["indicators"]["cpu"]["windows"]) == 7 * 24 * 12 + 11

    def test_what_cloudwatch_keeps_no_minutes_of_is_read_by_five_in_one_call(self, dev: Dev) -> None:
        dev.next_deployment(after=2 * DAY)
        result = dev.after(16.5 * DAY, in_minutes(100, 105, then=GOOD | {"errors": 9.0}))
        assert result.status is FAIL
        assert "Share of 5xx: 2026-03-10T02:45:00Z to 2026-03-10T02:55:00Z: 2 windows" in result.observed
        (asked,) = dev.release.aws.called("GetMetricData")
        assert {one["MetricStat"]["Period"] for one in asked["MetricDataQueries"]} == {300}
        assert asked["StartTime"] == datetime(2026, 3, 10, 1, 10, tzinfo=UTC)  # by the clock, as CloudWatch keeps them

    def test_so_do_more_minutes_than_one_page_has(self, dev: Dev) -> None:
        dev.release.outputs["thresholds"]["devObservationHours"] = 240
        assert dev.after(10.5 * DAY).status is PASS
        (asked,) = dev.release.aws.called("GetMetricData")
        assert {one["MetricStat"]["Period"] for one in asked["MetricDataQueries"]} == {300}

    def test_a_deployment_that_ended_too_long_ago_to_be_read_back_is_inconclusive(self, dev: Dev) -> None:
        dev.next_deployment(after=2 * DAY)
        result = dev.after(64 * DAY, QUIET)
        assert result.status is INCONCLUSIVE
        assert "63 days" in result.observed
        assert "later deployment" in result.fix

    @pytest.mark.slow
    def test_more_hours_than_cloudwatch_keeps_never_pass(self, dev: Dev) -> None:
        dev.release.outputs["thresholds"]["devObservationHours"] = 64 * 24
        result = dev.after(65 * DAY)
        assert result.status is INCONCLUSIVE
        assert "devObservationHours" in result.fix

    def test_too_early_says_from_when_on_it_may_be_another_answer(self, dev: Dev) -> None:
        assert dev.after(HOUR).again_at == datetime(2026, 3, 11, 1, 10, tzinfo=UTC)
        assert dev.after(HOUR, GOOD | {"errors": 9.0}).again_at is None


class TestLimits:
    @pytest.mark.parametrize(
        ("metric", "value", "said"),
        [
            ("seconds", 20.0, "Average response time: 1 s"),
            ("percent", 160.0, "Average CPU: 80 %"),
            ("errors", 1.0, "Share of 5xx: 5 %"),
        ],
    )
    def test_one_hour_at_a_limit_fails_by_name(self, dev: Dev, metric: str, value: float, said: str) -> None:
        result = dev.after(ENOUGH, in_hours(20, then=GOOD | {metric: value}))
        assert result.status is FAIL
        what, value_said = said.split(": ")
        run = f"{what}: 2026-03-10T21:07:00Z to 2026-03-10T22:07:00Z: 12 windows, at most {value_said}"
        assert run in result.observed.splitlines()
        assert "merge to dev" in result.fix

    def test_five_bad_minutes_in_a_good_hour_fail_as_they_do_in_observe(self, dev: Dev) -> None:
        busy = {"requests": 600.0, "responses": 600.0, "seconds": 6.0}
        result = dev.after(ENOUGH, in_minutes(600, 605, otherwise=GOOD | busy, then=GOOD | busy | {"errors": 60.0}))
        assert result.status is FAIL
        assert result.observed.splitlines()[1:3] == [
            "Share of 5xx: 0.0347 %, at most 10 %, limit < 5 %: 1 window not below the limit",
            "Share of 5xx: 2026-03-10T11:07:00Z to 2026-03-10T11:12:00Z: 10 %",
        ]

    def test_so_do_five_of_the_hour_that_is_not_over(self, dev: Dev) -> None:
        bad = in_minutes(24 * 60 + 10, 24 * 60 + 15, then=GOOD | {"percent": 190.0})
        result = dev.after(ENOUGH + 20 * MINUTE, bad)
        assert result.status is FAIL
        assert "Average CPU: 2026-03-11T01:17:00Z to 2026-03-11T01:22:00Z: 95 %" in result.observed

    def test_an_hour_of_windows_with_few_requests_each_is_judged_as_a_whole(self, dev: Dev) -> None:
        few = QUIET | {"requests": 1.0, "responses": 1.0, "seconds": 0.1, "errors": 0.5}
        result = dev.after(ENOUGH, in_hours(3, then=few))
        assert result.status is FAIL
        assert "Share of 5xx: 2026-03-10T04:07:00Z to 2026-03-10T05:07:00Z: 50 %" in result.observed

    def test_a_quiet_day_does_not_undo_a_bad_hour_of_the_same_deployment(self, dev: Dev) -> None:
        assert dev.after(3 * DAY, in_hours(2, then=GOOD | {"errors": 5.0})).status is FAIL

    def test_of_many_bad_hours_the_first_are_named_and_the_others_counted(self, dev: Dev) -> None:
        result = dev.after(ENOUGH, in_hours(*range(0, 24, 2), then=GOOD | {"percent": 170.0}))
        lines = [line for line in result.observed.splitlines() if line.startswith("Average CPU")]
        assert (len(lines), lines[-1]) == (8, "Average CPU: and 6 more")

    def test_what_was_before_the_deployment_does_not_count(self, dev: Dev) -> None:
        assert dev.after(ENOUGH, in_hours(-1, -2, then=GOOD | {"errors": 5.0})).status is PASS

    def test_too_early_and_broken_already_says_not_to_wait(self, dev: Dev) -> None:
        result = dev.after(3 * HOUR, in_hours(1, then=GOOD | {"errors": 5.0}))
        assert result.status is FAIL
        assert result.observed.startswith("Observed 2.9 of 24 h")
        assert "12 windows, at most 25 %" in result.observed
        assert "merge to dev" in result.fix

    def test_few_requests_an_hour_are_judged_together(self, dev: Dev) -> None:
        rare = {"lines": 0.0, "requests": 0.25, "responses": 0.25, "errors": 0.125, "seconds": 0.01}
        result = dev.after(ENOUGH, QUIET | rare)
        assert result.status is FAIL
        assert (
            "Share of 5xx: 50 %, at most 50 % (of 1.25 requests), limit < 5 %: the whole not below" in result.observed
        )


class TestNoData:
    """Nothing observed is never good; a night without visitors is not bad."""

    def test_a_night_without_visitors_passes_after_a_day_with_them(self, dev: Dev) -> None:
        result = dev.after(ENOUGH, in_hours(*range(8, 24), then=QUIET))
        assert result.status is PASS
        assert "8 of 24 hours with at least 20 requests" in result.observed

    def test_a_week_end_without_visitors_passes_after_a_friday_with_them(self, dev: Dev) -> None:
        assert dev.after(3 * DAY, in_hours(*range(6, 72), then=QUIET)).status is PASS

    @pytest.mark.parametrize("visited", [0, 1, 5])
    def test_hardly_an_hour_with_requests_is_inconclusive(self, dev: Dev, visited: int) -> None:
        result = dev.after(ENOUGH, in_hours(*range(visited, 24), then=QUIET))
        assert result.status is INCONCLUSIVE
        assert f"Share of 5xx: too little data: {visited} of 24 hours" in result.observed
        assert "at least 20 in each of 6 hours" in result.fix

    def test_an_hour_with_a_handful_of_requests_is_none_with_requests(self, dev: Dev) -> None:
        few = QUIET | {"requests": 0.25, "responses": 0.25, "seconds": 0.01}
        assert dev.after(ENOUGH, few).status is INCONCLUSIVE

    def test_no_data_at_all_are_inconclusive(self, dev: Dev) -> None:
        assert dev.after(ENOUGH, {}).status is INCONCLUSIVE
        assert dev.after(ENOUGH, in_hours(*range(24), then={})).status is INCONCLUSIVE

    @pytest.mark.parametrize(("missing", "status"), [(2, PASS), (3, INCONCLUSIVE)])
    def test_servers_that_did_not_report_for_hours_are_inconclusive(
        self, dev: Dev, missing: int, status: Status
    ) -> None:
        requests_only = {name: value for name, value in GOOD.items() if name not in ("percent", "values")}
        result = dev.after(ENOUGH, in_hours(*range(missing), then=requests_only))
        assert result.status is status
        assert f"{24 - missing} of 24 hours with at least 11 values" in result.observed

    def test_a_hole_in_full_traffic_is_inconclusive_for_a_day(self, dev: Dev) -> None:
        full = GOOD | {"requests": 80.0, "responses": 80.0, "seconds": 8.0}
        down = in_minutes(600, 605, otherwise=full, then=QUIET)
        result = dev.after(ENOUGH, down)
        assert result.status is INCONCLUSIVE
        assert (
            "Share of 5xx: 2026-03-10T11:07:00Z to 2026-03-10T11:12:00Z: hardly any requests in 5 of 5 min, and many "
            "before and after"
        ) in result.observed
        assert "could be reached (a hole counts for 24 h)" in result.fix
        assert dev.after(ENOUGH + 11 * HOUR, down).status is PASS

    def test_a_hole_in_little_traffic_is_none(self, dev: Dev) -> None:
        few = GOOD | {"requests": 8.0, "responses": 8.0, "seconds": 0.8}
        assert dev.after(ENOUGH, in_minutes(600, 605, otherwise=few, then=QUIET)).status is PASS

    def test_servers_that_are_off_now_are_not_saved_by_the_days_before(self, dev: Dev) -> None:
        assert dev.after(7 * DAY, in_hours(*range(160, 168), then={})).status is INCONCLUSIVE

    def test_a_bad_hour_is_worse_than_missing_ones(self, dev: Dev) -> None:
        minutes = in_hours(3, otherwise={}, then=GOOD | {"percent": 170.0})
        assert dev.after(ENOUGH, minutes).status is FAIL


class TestUnreadable:
    @pytest.mark.parametrize("code", ["AccessDenied", "Throttling", "ExpiredToken"])
    def test_metrics_that_cannot_be_read_are_an_error(self, dev: Dev, code: str) -> None:
        dev.metrics.answered = lambda _: Refusal(code)
        assert dev.after(ENOUGH).status is ERROR

    def test_partial_data_are_an_error(self, dev: Dev) -> None:
        def answer(request: Params) -> Params:
            whole = dev.metrics.metrics(request)
            whole["MetricDataResults"][0]["StatusCode"] = "PartialData"
            return whole

        dev.metrics.answered = answer
        assert dev.after(ENOUGH).status is ERROR

    def test_too_early_is_known_without_them(self, dev: Dev) -> None:
        dev.metrics.answered = lambda _: Refusal("AccessDenied")
        result = dev.after(5 * HOUR)
        assert result.status is FAIL
        assert "Its metrics so far could not be read: Access denied: cloudwatch:GetMetricData" in result.observed

    def test_executions_that_cannot_be_read_are_an_error(self, dev: Dev) -> None:
        dev.release.aws.answer("ListActionExecutions", Refusal("AccessDenied"))
        assert dev.after(ENOUGH).status is ERROR


class TestPinned:
    def test_a_later_deployment_ends_the_soak(self, dev: Dev) -> None:
        dev.next_deployment(after=4.5 * HOUR)
        result = dev.after(3 * DAY)
        assert result.status is FAIL
        assert result.observed == ("Observed 4.5 of 24 h: execution later began to deploy at 2026-03-10T05:37:00Z.")
        assert "Leave --execution-id out" in result.fix

    def test_one_that_waited_at_the_door_may_begin_in_the_same_millisecond(self, dev: Dev) -> None:
        dev.next_deployment(after=timedelta())
        result = dev.after(3 * DAY)
        assert result.status is FAIL
        assert result.observed.startswith("Observed 0.0 of 24 h: execution later began")

    def test_what_the_later_one_breaks_is_not_this_ones(self, dev: Dev) -> None:
        dev.next_deployment(after=DAY)
        result = dev.after(3 * DAY, in_hours(*range(24, 72), then=GOOD | {"errors": 9.0}))
        assert result.status is PASS
        assert "until execution later began to deploy" in result.observed
        assert "24 of 24 hours" in result.observed

    @pytest.mark.parametrize(
        ("status", "deploy", "expected"),
        [
            ("InProgress", "InProgress", INCONCLUSIVE),
            ("Failed", "Failed", INCONCLUSIVE),
            ("Stopped", "Abandoned", INCONCLUSIVE),
        ],
    )
    def test_without_a_deployment_there_is_no_soak(self, dev: Dev, status: str, deploy: str, expected: Status) -> None:
        dev.release.executions(execution(status))
        dev.release.actions(*GOOD_ACTIONS[:2], action("Deploy", deploy, 3, 7))
        assert dev.after(3 * DAY).status is expected

    def test_what_did_not_reach_deploy_is_never_good(self, dev: Dev) -> None:
        dev.release.executions(execution("Failed"))
        dev.release.actions(*GOOD_ACTIONS[:1], action("Build", "Failed", 1, 3))
        assert dev.after(3 * DAY).status is Status.SKIPPED

    def test_a_rollback_is_no_soak_of_a_release(self, dev: Dev) -> None:
        dev.release.executions(execution(executionType="ROLLBACK"))
        assert dev.after(3 * DAY).status is INCONCLUSIVE

    def test_an_unknown_workload_is_inconclusive_and_too_early_all_the_same(self, dev: Dev) -> None:
        dev.release.outputs["workload"] = None
        assert dev.after(3 * DAY).status is INCONCLUSIVE
        early = dev.after(HOUR)
        assert early.status is FAIL
        assert "pulumi up" in early.observed


WRONG = in_minutes(600, 602, then=GOOD | {"lines": 2.0})


class TestApplicationErrors:
    """SOP 3.3: no critical issues identified."""

    def test_no_call_more_where_there_are_none(self, dev: Dev) -> None:
        assert dev.after(ENOUGH).status is PASS
        assert not dev.release.aws.called("FilterLogEvents")
        (asked,) = dev.release.aws.called("GetMetricData")
        metric = asked["MetricDataQueries"][-1]["MetricStat"]["Metric"]
        assert metric == {"Namespace": "WebInfrastructure/prod", "MetricName": "ApplicationErrors", "Dimensions": []}

    def test_error_lines_fail_with_the_first_of_them(self, dev: Dev) -> None:
        dev.release.logs(errors=[line("ERROR no connection; password=hunter2", 607), line("ERROR again", 608)])
        result = dev.after(ENOUGH, WRONG)
        assert result.status is FAIL
        assert result.observed.splitlines()[1:4] == [
            "Application errors: 4 error lines in 1 window, the first from 2026-03-10T11:07:00Z to "
            "2026-03-10T11:12:00Z",
            "i-0a/error: ERROR no connection; password=[redacted]",
            "i-0a/error: ERROR again",
        ]

    def test_so_they_do_where_the_lines_cannot_be_read(self, dev: Dev) -> None:
        dev.release.aws.answer("FilterLogEvents", Refusal("AccessDenied"))
        result = dev.after(ENOUGH, WRONG)
        assert result.status is FAIL
        assert "They could not be read: Access denied" in result.observed

    def test_too_early_tells_them_already(self, dev: Dev) -> None:
        result = dev.after(12 * HOUR, WRONG)
        assert (result.status, result.again_at) == (FAIL, None)
        assert "Application errors: 4 error lines" in result.observed

    def test_where_they_are_not_counted_the_log_itself_is_searched(self, dev: Dev) -> None:
        uncounted = {name: value for name, value in GOOD.items() if name != "lines"}
        result = dev.after(ENOUGH, uncounted)
        assert result.status is PASS
        assert "Application errors: no error line in /aws/ec2/web-server since 2026-03-10T01:07:00Z" in result.observed
        dev.release.logs(application=[line("started", 8)], errors=[line("FATAL", 607)])
        result = dev.after(ENOUGH, uncounted)
        assert result.status is FAIL
        assert "i-0a/error: FATAL" in result.observed

    def test_what_was_not_counted_while_somebody_had_deleted_the_filter_is_searched_for(self, dev: Dev) -> None:
        """Two hours in which nothing was counted were covered by the other 22, errors or not."""
        uncounted = {name: value for name, value in GOOD.items() if name != "lines"}
        meanwhile = in_hours(10, 11, then=uncounted)
        dev.release.logs(application=[line("started", 8)], errors=[line("FATAL", 607 + 90)])
        result = dev.after(ENOUGH, meanwhile)
        assert (result.status, "i-0a/error: FATAL" in result.observed) == (FAIL, True)
        dev.release.logs(application=[line("started", 8)])
        assert dev.after(ENOUGH, meanwhile).status is PASS

    @pytest.mark.parametrize("broken", ["silent", "forgotten", "replaced", "no pattern"])
    def test_what_neither_is_counted_nor_can_be_searched_is_inconclusive(self, dev: Dev, broken: str) -> None:
        if broken == "silent":
            dev.release.logs()
        elif broken == "forgotten":
            dev.release.aws.answer("DescribeLogGroups", {"logGroups": [GROUP | {"retentionInDays": 1}]})
        elif broken == "replaced":
            dev.release.stack(outputs={"ApplicationLogGroupName": "/aws/ec2/another"})
        else:
            dev.release.outputs["applicationErrorPattern"] = " "
        uncounted = {name: value for name, value in GOOD.items() if name != "lines"}
        result = dev.after(ENOUGH, uncounted)
        assert result.status is INCONCLUSIVE
        assert "Application errors: " in result.observed


def test_evidence_has_the_figures_of_each_five_minutes(dev: Dev) -> None:
    evidence = dev.after(ENOUGH).evidence
    assert (evidence["asked_for_hours"], evidence["observed_hours"]) == (24, 24)
    assert list(evidence["indicators"]) == ["response-time", "cpu", "error-rate"]
    cpu = evidence["indicators"]["cpu"]
    assert (cpu["what"], cpu["threshold"], cpu["deployed"]) == ("Average CPU", 80, "2026-03-10T01:07:00Z")
    first, *_ = cpu["windows"]
    times = {"start": "2026-03-10T01:07:00Z", "end": "2026-03-10T01:12:00Z"}
    assert first == {**times, "value": 30, "samples": 10, "minutes": 5}
