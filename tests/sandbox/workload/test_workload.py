"""The deployed site: its past, its pace, its dimensions, its logs."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from sandbox.workload.conditions import Conditions
from sandbox.workload.traffic import Visit, cpu_percent, visits
from sandbox.workload.workload import BACKFILL
from sop.names import Environment
from tests.clock import now, this_minute
from tests.sandbox.conftest import MakeWorld
from tests.sandbox.workload.deployed import Deployed, deploy

ALB, EC2 = "AWS/ApplicationELB", "AWS/EC2"
GOOD_DAY = Conditions()
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


def _visits(site: Deployed, minute: int) -> tuple[Visit, ...]:
    return visits(Environment.PROD, minute, GOOD_DAY, tuple(site.instances))
