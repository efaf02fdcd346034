"""The deployed site: its past, its pace, its dimensions, its logs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from sandbox.workload.conditions import Conditions, conditions_at
from sandbox.workload.lines import request_line
from sandbox.workload.traffic import FORBIDDEN_PAGE, Visit, cpu_percent, visits
from sandbox.workload.workload import BACKFILL
from sop.names import Environment
from tests.clock import now, this_minute
from tests.sandbox.conftest import MakeWorld
from tests.sandbox.workload.deployed import HALF_AN_HOUR, Deployed, deploy

ALB, EC2 = "AWS/ApplicationELB", "AWS/EC2"
GOOD_DAY = Conditions()
OF_LOGS = ("errors-in-logs", "logs-silent", "high-error-rate", "target-unhealthy", "no-traffic", "access-logs-silent")
MINUTE = int(datetime(2026, 3, 10, 12, 30, tzinfo=UTC).timestamp())


@pytest.fixture
def site(make_world: MakeWorld) -> Deployed:
    return deploy(make_world)


def test_the_same_minute_has_the_same_visits() -> None:
    targets = ("i-1", "i-2")
    assert visits(Environment.PROD, MINUTE, GOOD_DAY, targets) == visits(Environment.PROD, MINUTE, GOOD_DAY, targets)
    assert visits(Environment.PROD, MINUTE, GOOD_DAY, targets) != visits(Environment.DEV, MINUTE, GOOD_DAY, targets)
    assert visits(Environment.PROD, MINUTE, GOOD_DAY, targets) != visits(
        Environment.PROD, MINUTE + 60, GOOD_DAY, targets
    )


def test_visits_fall_within_their_minute_and_come_in_order() -> None:
    times = [visit.at for visit in visits(Environment.PROD, MINUTE, GOOD_DAY, ("i-1",))]
    assert times == sorted(times)
    assert MINUTE <= times[0] < times[-1] < MINUTE + 60


@pytest.mark.parametrize("hour", range(0, 24, 3))
def test_a_good_day_is_within_the_sops_limits(hour: int) -> None:
    minute = MINUTE // 86_400 * 86_400 + hour * 3600
    seen = visits(Environment.PROD, minute, GOOD_DAY, ("i-1",))
    assert len(seen) >= 40
    assert sum(visit.seconds for visit in seen) / len(seen) < 0.5
    assert not [visit for visit in seen if visit.status >= 500]
    assert 0 < cpu_percent(Environment.PROD, minute, "i-1", GOOD_DAY) < 60


def test_three_hours_of_past_are_there_at_first_sight(make_world: MakeWorld) -> None:
    site = deploy(make_world, past=BACKFILL)
    requests = site.series(f"{ALB}/RequestCount", site.load_balancer, minutes=200)
    assert len(requests) == 180 - 2
    assert min(requests) > 40


def test_nothing_before_the_first_deployment_and_nothing_of_another_environment(make_world: MakeWorld) -> None:
    site = deploy(make_world, first=False)
    site.pass_time(minutes=5)
    assert site.series(f"{ALB}/RequestCount", site.load_balancer) == []
    site.world.service("cloudformation").known["web-infrastructure-prod"] = site.stack
    site.pass_time(minutes=1)
    assert site.series(f"{ALB}/RequestCount", site.load_balancer) != []
    assert site.world.workload.deployment(Environment.DEV) is None


@pytest.mark.parametrize("status", ["CREATE_IN_PROGRESS", "ROLLBACK_COMPLETE", "DELETE_COMPLETE", "REVIEW_IN_PROGRESS"])
def test_a_stack_that_is_not_deployed_has_no_site(site: Deployed, status: str) -> None:
    site.stack.status = status
    assert site.world.workload.deployment(Environment.PROD) is None


@pytest.mark.parametrize("status", ["UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE", "UPDATE_COMPLETE"])
def test_a_site_goes_on_through_updates(site: Deployed, status: str) -> None:
    site.stack.status = status
    assert site.world.workload.deployment(Environment.PROD) is not None


def test_a_deleted_site_stops(site: Deployed) -> None:
    site.stack.status = "DELETE_COMPLETE"
    site.pass_time(minutes=10)
    assert len(site.series(f"{ALB}/RequestCount", site.load_balancer, minutes=9)) == 0


def test_load_balancer_data_arrives_two_minutes_late_instance_data_one(site: Deployed) -> None:
    full_minutes = 10
    requests = site.series(f"{ALB}/RequestCount", site.load_balancer, minutes=full_minutes)
    cpu = site.series(f"{EC2}/CPUUtilization", {"InstanceId": site.instances[0]}, minutes=full_minutes)
    # eleven started minutes: the running one, and those still on their way
    assert (len(requests), len(cpu)) == (11 - 3, 11 - 2)


def test_each_metric_is_under_aws_own_dimensions_and_no_other(site: Deployed) -> None:
    for name in ("RequestCount", "TargetResponseTime", "HTTPCode_Target_2XX_Count", "HTTPCode_Target_4XX_Count"):
        assert site.series(f"{ALB}/{name}", site.load_balancer)
        assert site.series(f"{ALB}/{name}", site.target_group)
    assert site.series(f"{ALB}/UnHealthyHostCount", site.load_balancer) == []
    assert set(site.series(f"{ALB}/UnHealthyHostCount", site.target_group, "Maximum")) == {0}
    assert set(site.series(f"{ALB}/HealthyHostCount", site.target_group, "Minimum")) == {2}
    arn = {"LoadBalancer": f"arn:aws:elasticloadbalancing:::loadbalancer/{site.load_balancer['LoadBalancer']}"}
    assert site.series(f"{ALB}/RequestCount", arn) == []
    for instance in site.instances:
        assert set(site.series(f"{EC2}/StatusCheckFailed", {"InstanceId": instance}, "Maximum")) == {0}
    assert site.series(f"{EC2}/CPUUtilization", {"AutoScalingGroupName": "web-prod"}, "Average")


def test_errors_that_do_not_happen_are_not_reported_as_zero(site: Deployed) -> None:
    assert site.series(f"{ALB}/HTTPCode_Target_5XX_Count", site.load_balancer) == []
    assert site.series(f"{ALB}/HTTPCode_ELB_5XX_Count", site.load_balancer) == []


def test_what_no_target_could_answer_is_the_load_balancers_own_error_and_no_request(site: Deployed) -> None:
    before = site.series(f"{ALB}/RequestCount", site.load_balancer)
    site.world.faults.activate("no-targets")
    refused = site.series(f"{ALB}/HTTPCode_ELB_503_Count", site.load_balancer)
    assert refused == site.series(f"{ALB}/HTTPCode_ELB_5XX_Count", site.load_balancer)
    assert len(refused) == len(before) - len(site.series(f"{ALB}/RequestCount", site.load_balancer)) > 0


def test_counts_agree_with_each_other(site: Deployed) -> None:
    by_class = [site.series(f"{ALB}/HTTPCode_Target_{each}XX_Count", site.load_balancer) for each in (2, 4)]
    assert sum(map(sum, by_class)) == sum(site.series(f"{ALB}/RequestCount", site.load_balancer))
    times = site.series(f"{ALB}/TargetResponseTime", site.load_balancer, "SampleCount")
    assert times == site.series(f"{ALB}/RequestCount", site.load_balancer)


def test_response_times_have_percentiles(site: Deployed) -> None:
    median, slow = (site.series(f"{ALB}/TargetResponseTime", site.load_balancer, p) for p in ("p50", "p99"))
    assert all(m < s for m, s in zip(median, slow, strict=True))


def test_time_passing_adds_each_minute_once(site: Deployed) -> None:
    before = site.series(f"{ALB}/RequestCount", site.load_balancer, minutes=30)
    site.pass_time(minutes=5)
    site.pass_time(seconds=0)
    after = site.series(f"{ALB}/RequestCount", site.load_balancer, minutes=35)
    assert after[: len(before)] == before
    assert len(after) == len(before) + 5


def test_the_application_logs_its_start_and_each_request(site: Deployed) -> None:
    assert any("start worker processes" in line for line in site.lines())
    requests = site.lines(pattern='"GET "')
    assert len(requests) > 30 * 40
    assert site.lines(pattern='?ERROR ?CRITICAL ?FATAL ?"[error]" ?"[crit]"') == []


def test_an_update_starts_the_servers_anew(site: Deployed) -> None:
    starts = len(site.lines(pattern='"start worker processes"'))
    site.pass_time(minutes=1)
    site.stack.updated, site.stack.status = site.moment.now + timedelta(seconds=5), "UPDATE_COMPLETE"
    site.pass_time(seconds=10)
    assert len(site.lines(pattern='"start worker processes"')) == 2 * starts


def test_log_lines_come_without_delay_and_only_once(site: Deployed) -> None:
    before = len(site.lines())
    for _ in range(6):
        site.pass_time(seconds=10)
    added = len(site.lines()) - before
    first, minute = now().timestamp(), int(this_minute().timestamp())
    halves = [visit for each in (minute, minute + 60) for visit in _visits(site, each)]
    assert added == len([visit for visit in halves if first <= visit.at < first + 60])


def test_access_logs_land_once_they_are_delivered(site: Deployed) -> None:
    group = site.deliver_access_logs()
    assert site.lines(group) == []
    site.pass_time(seconds=30)
    entries = [json.loads(line) for line in site.lines(group)]
    assert len(entries) > 20
    assert {entry["elb"] for entry in entries} == {site.load_balancer["LoadBalancer"]}
    assert {entry["elb_status_code"] for entry in entries} <= {"200", "404"}


@pytest.mark.parametrize("seed", range(3))
def test_whenever_one_looks_there_are_the_lines_of_every_minute_as_faults_have_it(
    make_world: MakeWorld, seed: int
) -> None:
    random = Random(seed)  # noqa: S311 - days, not secrets
    site = deploy(make_world)
    began = int((site.moment.now - timedelta(seconds=HALF_AN_HOUR)).timestamp()) // 60 * 60
    group = site.deliver_access_logs()
    delivered = site.moment.now.timestamp()
    for _ in range(12):
        name = random.choice(OF_LOGS)
        if site.world.faults.active(name):
            site.world.faults.heal(name)
        elif random.random() < 0.4:
            site.world.faults.activate(name)
        site.pass_time(seconds=random.choice((1, 17, 60, 61, 600, 5_000)))
        now = site.moment.now.timestamp()
        happened = list(_happened(site, began, now))
        asked = [(visit, conditions) for visit, conditions in happened if conditions.application_logs and visit.target]
        assert sorted(site.lines(pattern='"HTTP/1.1\\" "')) == sorted(request_line(visit) for visit, _ in asked)
        entries = [visit for visit, conditions in happened if conditions.access_logs and visit.at >= delivered]
        assert len(site.lines(group)) == len(entries)
        errors = [visit for visit, _ in asked if visit.path == FORBIDDEN_PAGE]
        assert len(site.lines(pattern='"[error]"')) == len(errors)


def test_a_stream_is_read_by_its_pages_as_it_is_searched(site: Deployed) -> None:
    site.pass_time(minutes=20)
    logs: Any = site.world.client("logs")
    stream = f"{site.instances[0]}/access"
    found = logs.filter_log_events(logGroupName=site.log_group, logStreamNames=[stream])["events"]
    named = {"logGroupName": site.log_group, "logStreamName": stream}
    read: list[dict[str, Any]] = []
    more: dict[str, Any] = {}
    while page := logs.get_log_events(**named, startFromHead=True, limit=400, **more):
        read += page["events"]
        if not page["events"]:
            break
        more = {"nextToken": page["nextForwardToken"]}
    assert [each["message"] for each in read] == [each["message"] for each in found]
    (described,) = logs.describe_log_streams(logGroupName=site.log_group, logStreamNamePrefix=stream)["logStreams"]
    ends = described["firstEventTimestamp"], described["lastEventTimestamp"]
    assert ends == (found[0]["timestamp"], found[-1]["timestamp"])
    assert len({each["eventId"] for each in found}) == len(found)
    within = logs.get_log_events(**named, startTime=ends[0] + 60_000, endTime=ends[0] + 120_000)["events"]
    first = ends[0] + 60_000
    assert [each["timestamp"] for each in within] == [
        each["timestamp"] for each in found if first <= each["timestamp"] <= first + 60_000
    ]


def test_a_log_group_has_the_bytes_of_its_lines(site: Deployed) -> None:
    site.pass_time(minutes=5)
    (group,) = site.world.client("logs").describe_log_groups(logGroupNamePrefix=site.log_group)["logGroups"]
    assert group["storedBytes"] == sum(len(line) for line in site.lines())


@pytest.mark.parametrize("pattern", ['"[error]"', '?"GET" ?"[error]"', '"404"', "GET -mobile", "%catalogue%"])
def test_a_metric_filter_counts_the_lines_that_match_minute_by_minute(site: Deployed, pattern: str) -> None:
    site.world.client("logs").put_metric_filter(
        logGroupName=site.log_group,
        filterName="f",
        filterPattern=pattern,
        metricTransformations=[
            {"metricName": "Lines", "metricNamespace": "Site", "metricValue": "1", "defaultValue": 0.0}
        ],
    )
    made = site.moment.now.timestamp() * 1000
    for fault in (None, "errors-in-logs", None):
        if fault:
            site.world.faults.activate(fault)
        for _ in range(3):
            site.pass_time(seconds=50)
        site.pass_time(minutes=3)
        events = site.world.client("logs").filter_log_events(logGroupName=site.log_group, startTime=int(made))["events"]
        matching = set(site.lines(pattern=pattern))
        counted: dict[int, int] = {}
        for event in (event for event in events if event["timestamp"] >= made):
            minute = event["timestamp"] // 60_000
            counted[minute] = counted.get(minute, 0) + (event["message"] in matching)
        ended = [minute for minute in sorted(counted) if minute < site.moment.now.timestamp() // 60]
        assert site.series("Site/Lines", {})[: len(ended)] == [counted[minute] for minute in ended]


def _happened(site: Deployed, since: int, until: float) -> Iterator[tuple[Visit, Conditions]]:
    """The visits of a time, each with what holds for it."""
    deployment = site.world.workload.deployment(Environment.PROD)
    assert deployment is not None
    for minute in range(since, int(until) + 1, 60):
        conditions = conditions_at(site.world, deployment, minute)
        answering = tuple(each for each in site.instances if each != conditions.unhealthy)
        for visit in visits(Environment.PROD, minute, conditions, answering):
            if visit.at < until:
                yield visit, conditions


def _visits(site: Deployed, minute: int) -> tuple[Visit, ...]:
    return visits(Environment.PROD, minute, GOOD_DAY, tuple(site.instances))
