"""SOP 4.4: every widget shows data, up to now and without a gap; sparse metrics are treated as such."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scripts.checks.dashboard_data import dashboard_data
from scripts.checks.metric_gaps import LOOKED_BACK, first_settles, settled_periods
from scripts.facts.metric_data import Metric
from scripts.facts.widgets import metric_widgets
from scripts.reports.plots import plots_of
from scripts.results import Status
from tests.scripts.fake_aws import Params, Refusal
from tests.scripts.release import REGION, Release, at

CHECK = "dashboard-data"
LATER = at(90)  # 02:30; the deployment ended at 01:07
SETTLED = settled_periods(300, LATER, LOOKED_BACK)
HOUR = SETTLED[-12:]  # 01:25 to 02:20 begin the settled periods of the last hour


def widget(title: str, *rows: list[Any], **properties: Any) -> Params:
    return {
        "type": "metric",
        "properties": {"title": title, "region": REGION, "period": 300, "metrics": list(rows), **properties},
    }


CPU = widget("CPU", ["AWS/EC2", "CPUUtilization", "AutoScalingGroupName", "web-prod", {"stat": "Average"}])
TRAFFIC = widget(
    "Requests",
    ["AWS/ApplicationELB", "RequestCount", "LoadBalancer", "app/web-prod/0", {"stat": "Sum"}],
    [".", "HTTPCode_Target_5XX_Count", ".", ".", {"stat": "Sum"}],
    [{"expression": "100 * m2 / m1"}],
)


@pytest.fixture
def shown(release: Release) -> Release:
    release.dashboard(json.dumps({"widgets": [CPU, TRAFFIC]}))
    release.now = LATER
    having(release, {})
    return release


def reporting(release: Release) -> None:
    """Every metric has data at any time; CloudWatch tells those of the window, in periods counted from its begin."""

    def answer(request: Params) -> Params:
        results: list[Params] = []
        for query in request["MetricDataQueries"]:
            period = timedelta(seconds=query["MetricStat"]["Period"])
            number = -((request["StartTime"] - request["EndTime"]) // period)
            times = [request["StartTime"] + place * period for place in range(number)]
            results.append({"Id": query["Id"], "Timestamps": times, "Values": [1.0] * number, "StatusCode": "Complete"})
        return {"MetricDataResults": results}

    release.aws.answer("GetMetricData", answer)


def having(release: Release, data: dict[str, list[datetime]], status: str = "Complete") -> None:
    """Data of the settled hour for every metric, other than `data` for those that it names."""

    def answer(request: Params) -> Params:
        results: list[Params] = []
        for query in request["MetricDataQueries"]:
            name = query["MetricStat"]["Metric"]["MetricName"]
            usual = [] if "5XX" in name else SETTLED
            times = data.get(name, usual)
            result = {"Id": query["Id"], "Timestamps": times, "Values": [1.0] * len(times), "StatusCode": status}
            results.append(result)
        return {"MetricDataResults": results}

    release.aws.answer("GetMetricData", answer)


def test_data_without_gaps_passes_and_5xx_need_not_report(shown: Release) -> None:
    result = shown.check(CHECK)
    assert (result.status, result.observed) == (Status.PASS, "3 of 3 metrics in 2 widgets as expected.")


def test_what_it_shows_of_cpu_and_errors_can_be_plotted(shown: Release) -> None:
    since_before = [at(minute) for minute in range(-30, 85, 5)]
    having(shown, {"CPUUtilization": since_before, "RequestCount": since_before})
    plots = plots_of(shown.check(CHECK))
    assert {(plot.name, plot.threshold, plot.deployed, plot.judged) for plot in plots} == {
        ("Average CPU", 80, at(7), False),
        ("Share of 5xx", 5, at(7), False),
    }


def test_the_settled_hour_ends_before_what_may_still_arrive() -> None:
    assert (HOUR[0], HOUR[-1], len(HOUR)) == (at(25), at(80), 12)


@pytest.mark.parametrize(
    ("missing", "text"),
    [
        ({3}, "gap 01:40-01:45 UTC"),
        ({3, 4, 5}, "gap 01:40-01:55 UTC"),
        ({3, 5}, "gap 01:40-01:45, 01:50-01:55 UTC"),
        ({10, 11}, "gap 02:15-02:25 UTC"),
        (set(range(12)), "gap 01:25-02:25 UTC"),
        (set(range(-3, 12)), "no data from 01:10 to 02:25 UTC"),
    ],
)
def test_gaps_are_named_by_widget_metric_and_minutes(shown: Release, missing: set[int], text: str) -> None:
    there = [one for place, one in enumerate(SETTLED, start=12 - len(SETTLED)) if place not in missing]
    having(shown, {"CPUUtilization": there})
    result = shown.check(CHECK)
    assert result.status is Status.FAIL
    assert result.observed.splitlines()[1:] == [f"CPU: CPUUtilization: {text}"]


@pytest.mark.parametrize(("began", "status"), [(20, Status.PASS), (25, Status.PASS), (30, Status.FAIL)])
def test_what_the_deployment_made_may_be_silent_for_a_quarter_of_an_hour(
    shown: Release, began: int, status: Status
) -> None:
    having(shown, {"CPUUtilization": [at(minute) for minute in range(began, 85, 5)]})
    result = shown.check(CHECK)
    assert result.status is status
    assert ("CPU: CPUUtilization: gap 01:25-01:30 UTC" in result.observed) == (status is Status.FAIL)


@pytest.mark.parametrize("age", [timedelta(minutes=30), timedelta(hours=4), timedelta(hours=9), timedelta(days=3)])
@pytest.mark.parametrize("periods", [(60,), (300,), (900,), (3600,), (86400,), (60, 420, 3600, 21600)])
def test_what_reports_always_passes_in_every_minute_of_an_hour_however_old_the_deployment_is(
    release: Release, age: timedelta, periods: tuple[int, ...]
) -> None:
    rows = (["AWS/EC2", "CPUUtilization", "InstanceId", f"i-{period}", {"period": period}] for period in periods)
    release.dashboard(json.dumps({"widgets": [widget("CPU", *rows)]}))
    reporting(release)
    context = release.context()
    deployed = context.deploy.ended
    assert deployed is not None
    answers: dict[datetime, str] = {}
    for minute in range(60):
        context.now = deployed + age + timedelta(minutes=minute, seconds=1)
        answers[context.now] = dashboard_data.run(context).status
    first = max(first_settles(period, deployed) for period in periods)
    assert answers == {now: Status.PASS if now >= first else Status.INCONCLUSIVE for now in answers}


@pytest.mark.parametrize(
    ("missing", "status", "said"),
    [
        ({102}, Status.PASS, "gap 03:07-03:08 UTC, a single minute: not counted"),
        ({0}, Status.PASS, "gap 01:25-01:26 UTC, a single minute: not counted"),
        ({102, 103}, Status.FAIL, "gap 03:07-03:09 UTC"),
        ({52, 102}, Status.FAIL, "gap 02:17-02:18, 03:07-03:08 UTC"),
        ({-1}, Status.INCONCLUSIVE, "the last minute: it may come late, or the metric has stopped"),
        ({-2, -1}, Status.FAIL, "gap 05:23-05:25 UTC"),  # stopped
        ({102, -1}, Status.FAIL, "gap 03:07-03:08, 05:24-05:25 UTC"),
    ],
)
def test_a_single_minute_may_be_missing_but_a_metric_that_stopped_fails(
    shown: Release, missing: set[int], status: Status, said: str
) -> None:
    row = ["AWS/EC2", "CPUUtilization", "AutoScalingGroupName", "web-prod", {"period": 60}]
    shown.dashboard(json.dumps({"widgets": [widget("CPU", row)]}))
    shown.now = at(270)
    minutes = settled_periods(60, shown.now, LOOKED_BACK)
    gone = {minutes[place] for place in missing}
    having(shown, {"CPUUtilization": [at(10), *(one for one in minutes if one not in gone)]})
    result = shown.check(CHECK)
    assert (result.status, said in result.observed) == (status, True), result.observed
    assert (result.again_at is not None) == (status is Status.INCONCLUSIVE)


def test_a_gap_two_hours_ago_counts_where_it_came_after_the_deployment(shown: Release) -> None:
    shown.now = at(180)
    usual = settled_periods(300, shown.now, LOOKED_BACK)
    having(shown, {"CPUUtilization": [one for one in usual if one != at(60)], "RequestCount": usual})
    result = shown.check(CHECK)
    assert (result.status, result.observed.splitlines()[1:]) == (
        Status.FAIL,
        ["CPU: CPUUtilization: gap 02:00-02:05 UTC"],
    )


def test_an_hour_without_requests_two_hours_ago_is_no_gap(shown: Release) -> None:
    shown.now = at(180)
    usual = settled_periods(300, shown.now, LOOKED_BACK)
    having(shown, {"CPUUtilization": usual, "RequestCount": [one for one in usual if one != at(60)]})
    assert shown.check(CHECK).status is Status.PASS


def test_a_gap_where_no_request_may_have_come_is_inconclusive(shown: Release) -> None:
    having(shown, {"RequestCount": HOUR[:6]})
    result = shown.check(CHECK)
    assert result.status is Status.INCONCLUSIVE
    assert result.observed.splitlines()[1:] == ["Requests: RequestCount: gap (or no request) 01:55-02:25 UTC"]


def test_a_metric_that_never_reported_fails_once_the_deployment_is_old_enough(shown: Release) -> None:
    having(shown, {"CPUUtilization": [], "RequestCount": settled_periods(300, at(7 + 15))})
    shown.now = at(7 + 14)
    assert shown.check(CHECK).status is Status.INCONCLUSIVE
    shown.now = at(7 + 15)
    assert shown.check(CHECK).status is Status.FAIL


def test_data_from_before_the_deployment_ended_say_nothing_about_it(shown: Release) -> None:
    shown.now = at(19)
    usual = settled_periods(300, at(20))
    having(shown, {"CPUUtilization": usual, "RequestCount": usual})
    result = shown.check(CHECK)
    assert (result.status, result.observed) == (
        Status.INCONCLUSIVE,
        "1 of 3 metrics in 2 widgets as expected.\n"
        "Nothing has settled since the deployment ended at 2026-03-10T01:07:00Z; at 2026-03-10T01:20:00Z it will have.",
    )
    assert result.fix == "Run the same command again after 2026-03-10T01:20:00Z."
    assert result.again_at == at(20)
    shown.now = at(20)
    assert shown.check(CHECK).status is Status.PASS


def test_a_gap_before_the_deployment_ended_is_named_and_does_not_count(shown: Release) -> None:
    shown.now = at(30)
    usual = settled_periods(300, shown.now)
    having(shown, {"CPUUtilization": [one for one in usual if one != at(0)], "RequestCount": usual})
    result = shown.check(CHECK)
    assert (result.status, result.observed.splitlines()[1:]) == (
        Status.PASS,
        ["CPU: CPUUtilization: gap 01:00-01:05 UTC, before the deployment: not counted"],
    )


def test_while_nothing_has_ended_deploying_the_whole_hour_counts(shown: Release) -> None:
    shown.actions()
    shown.now = at(30)
    usual = settled_periods(300, shown.now)
    having(shown, {"CPUUtilization": [one for one in usual if one != at(0)], "RequestCount": usual})
    assert shown.check(CHECK).status is Status.FAIL


@pytest.mark.parametrize("status", ["PartialData", "InternalError", "Forbidden"])
def test_data_that_are_not_complete_are_inconclusive(shown: Release, status: str) -> None:
    having(shown, {}, status)
    result = shown.check(CHECK)
    assert result.status is Status.INCONCLUSIVE
    assert f"CloudWatch answered with {status}" in result.observed
    assert result.fix.startswith("Run the same command again") == (status != "Forbidden")


def test_a_series_on_two_pages_is_one(shown: Release) -> None:
    shown.dashboard(json.dumps({"widgets": [CPU]}))

    def page(times: list[datetime], status: str) -> Params:
        result = {"Id": "m0", "Timestamps": times, "Values": [1.0] * len(times), "StatusCode": status}
        return {"MetricDataResults": [result]}

    empty: Params = {"MetricDataResults": []}
    shown.aws.pages("GetMetricData", page(SETTLED[:5], "PartialData"), empty, page(SETTLED[5:], "Complete"))
    assert shown.check(CHECK).status is Status.PASS


def test_one_call_asks_for_500_metrics_and_none_twice(shown: Release) -> None:
    rows = [["AWS/EC2", "CPUUtilization", "InstanceId", f"i-{number}"] for number in range(501)]
    shown.dashboard(json.dumps({"widgets": [widget("All", *rows), widget("All again", *rows)]}))
    assert shown.check(CHECK).status is Status.PASS
    asked = [len(call["MetricDataQueries"]) for call in shown.aws.called("GetMetricData")]
    assert sorted(asked) == [1, 500]


def test_a_dashboard_of_sparse_metrics_alone_is_no_pass(shown: Release) -> None:
    shown.dashboard(json.dumps({"widgets": [widget("5xx", ["AWS/ApplicationELB", "HTTPCode_Target_5XX_Count"])]}))
    assert shown.check(CHECK).status is Status.INCONCLUSIVE


def test_a_dashboard_without_graphs_is_no_pass(shown: Release) -> None:
    shown.dashboard(json.dumps({"widgets": [{"type": "text", "properties": {"markdown": "empty"}}]}))
    assert shown.check(CHECK).status is Status.INCONCLUSIVE


def test_a_missing_dashboard_is_the_other_checks_failure(shown: Release) -> None:
    shown.aws.answer("GetDashboard", Refusal("ResourceNotFound"))
    assert shown.check(CHECK).status is Status.SKIPPED


def test_a_graph_of_another_region_is_not_taken_for_looked_at(shown: Release) -> None:
    shown.dashboard(json.dumps({"widgets": [CPU, widget("Far", ["AWS/EC2", "CPUUtilization"], region="us-east-1")]}))
    assert shown.check(CHECK).status is Status.INCONCLUSIVE


@pytest.mark.parametrize("body", ["{}", '{"widgets": [{"type": "metric"}]}', '{"widgets": 1}'])
def test_a_body_of_another_form_is_an_error(shown: Release, body: str) -> None:
    shown.dashboard(body)
    assert shown.check(CHECK).status is Status.ERROR


def test_rows_are_written_out_from_the_row_above() -> None:
    body = json.dumps({"widgets": [widget("All", ["N", "M", "A", "1", "B", "2"], ["...", "3"], [".", "O", ".", "4"])]})
    (found,) = metric_widgets(body)
    assert found.metrics == (
        Metric("N", "M", (("A", "1"), ("B", "2")), "Average", 300),
        Metric("N", "M", (("A", "1"), ("B", "3")), "Average", 300),
        Metric("N", "O", (("A", "4"),), "Average", 300),
    )


@pytest.mark.parametrize("period", [60, 300, 3600])
def test_settled_periods_are_aligned_and_cover_an_hour(period: int) -> None:
    now = datetime(2026, 4, 5, 3, 0, tzinfo=UTC)  # daylight saving ends in Sydney
    found = settled_periods(period, now)
    assert all(one.timestamp() % period == 0 for one in found)
    assert len(found) * period == 3600
    assert found[-1] + timedelta(seconds=period) <= now - timedelta(minutes=5)
