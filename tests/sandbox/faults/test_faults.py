"""Every fault shows where AWS would show it, and healing takes it back."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from sandbox.commands.fault import fault as fault_command
from sandbox.commands.fault import faults as faults_command
from sandbox.commands.fault import heal as heal_command
from sandbox.control import CommandError, Lines
from sandbox.faults import FaultError, others, pipeline, stack
from sandbox.faults.by_hand import FAULTS as BY_HAND
from sandbox.faults.catalogue import CATALOGUE
from sandbox.faults.messaging import FAULTS as MESSAGING
from sop.names import Environment
from tests.sandbox.conftest import MakeWorld
from tests.sandbox.faults.released import SERVICES
from tests.sandbox.workload.deployed import Deployed

ALB, EC2 = "AWS/ApplicationELB", "AWS/EC2"
GROUP = {"AutoScalingGroupName": "web-prod"}
DASHBOARD = "prod-infrastructure-dashboard"
OF_A_DEPLOYMENT = {
    fault.name for fault in (*pipeline.FAULTS, *others.FAULTS, *stack.FAULTS, *BY_HAND)
}  # tested in a world that deploys
ERRORS = '?ERROR ?"[error]" ?"[crit]"'


def alarms(site: Deployed) -> dict[str, str]:
    return {alarm.name: alarm.state.value.value for alarm in site.world.service("cloudwatch").alarms.all()}


def firing(site: Deployed) -> set[str]:
    return {name for name, state in alarms(site).items() if state == "ALARM"}


def health(site: Deployed) -> list[str]:
    answer = site.world.client("elbv2").describe_target_health(TargetGroupArn=site.target_group_arn)
    return sorted(each["TargetHealth"]["State"] for each in answer["TargetHealthDescriptions"])


def instance_status(site: Deployed) -> list[tuple[str, str]]:
    answer = site.world.client("ec2").describe_instance_status(IncludeAllInstances=True)
    return sorted(
        (each["InstanceState"]["Name"], each["InstanceStatus"]["Status"]) for each in answer["InstanceStatuses"]
    )


def subscriptions(site: Deployed) -> list[bool]:
    """Whether each is confirmed."""
    answer = site.world.client("sns").list_subscriptions()
    return [each["SubscriptionArn"].startswith("arn:") for each in answer["Subscriptions"]]


def definition(site: Deployed, name: str) -> dict[str, Any]:
    """An alarm's configuration."""
    answer = site.world.client("cloudwatch").describe_alarms(
        AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"]
    )
    (found,) = [*answer["MetricAlarms"], *answer["CompositeAlarms"]]
    return found


def topic(site: Deployed) -> dict[str, str]:
    """The attributes of the alerts topic."""
    sns = site.world.client("sns")
    (subscription,) = sns.list_subscriptions()["Subscriptions"]
    return sns.get_topic_attributes(TopicArn=subscription["TopicArn"])["Attributes"]


def filters(site: Deployed) -> list[str | None]:
    """The filter policy of each subscription."""
    sns = site.world.service("sns")
    answers = [sns.get_subscription_attributes({"SubscriptionArn": each.arn}) for each in sns.subscriptions()]
    return [answer["Attributes"].get("FilterPolicy") for answer in answers]


def dashboard(site: Deployed) -> str | None:
    cloudwatch = site.world.service("cloudwatch")
    listed = cloudwatch.list_dashboards({})["DashboardEntries"]
    return cloudwatch.get_dashboard({"DashboardName": DASHBOARD})["DashboardBody"] if listed else None


def newest(site: Deployed, metric: str, dimensions: dict[str, str], statistic: str = "Average") -> float | None:
    values = site.series(metric, dimensions, statistic, minutes=10)
    return values[-1] if values else None


def status_checks(site: Deployed) -> tuple[int, bool]:
    """How many minutes have them, and whether ListMetrics names the metric."""
    listed = site.world.service("cloudwatch").list_metrics({"MetricName": "StatusCheckFailed"})["Metrics"]
    return len(site.series(f"{EC2}/StatusCheckFailed", GROUP)), bool(listed)


def writers(site: Deployed) -> int:
    """How many instances have written a line."""
    answer = site.world.service("logs").filter_log_events({"logGroupName": site.log_group, "limit": 10_000})
    return len({event["logStreamName"].partition("/")[0] for event in answer["events"]})


def described(site: Deployed) -> dict[str, Any]:
    answer = site.world.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=["web-prod"])
    return answer["AutoScalingGroups"][0]


def by_hand(site: Deployed) -> bool:
    """Whether somebody has set the group's size."""
    told = site.world.client("autoscaling").describe_scaling_activities(AutoScalingGroupName="web-prod")["Activities"]
    return any("a user request explicitly set group desired capacity" in each["Cause"] for each in told)


def seen(site: Deployed) -> dict[str, Any]:
    """All that a person could look at."""
    balancer, group = site.load_balancer, site.target_group
    return {
        "alarms": alarms(site),
        "history": [item.summary for item in site.world.service("cloudwatch").alarms.history.items()],
        "health": health(site),
        "instances": instance_status(site),
        "subscriptions": subscriptions(site),
        "definitions": {name: definition(site, name) for name in alarms(site)},
        "filters": filters(site),
        "policies": [topic(site)["Policy"] for _ in subscriptions(site)],
        "dashboard": dashboard(site),
        "requests": site.series(f"{ALB}/RequestCount", balancer),
        "times": site.series(f"{ALB}/TargetResponseTime", balancer, "p90"),
        "errors": site.series(f"{ALB}/HTTPCode_Target_5XX_Count", balancer),
        "unhealthy": site.series(f"{ALB}/UnHealthyHostCount", group),
        "cpu": site.series(f"{EC2}/CPUUtilization", GROUP, "Maximum"),
        "status checks": status_checks(site),
        "log": sorted(site.lines()),
        "group": described(site),
        "sized by hand": by_hand(site),
    }


def run(lines: Lines) -> list[str]:
    return list(lines)


def test_healing_takes_every_fault_back(site: Deployed, subtests: pytest.Subtests) -> None:
    before = seen(site)
    for name in [name for name, known in CATALOGUE.items() if not known.intercept and name not in OF_A_DEPLOYMENT]:
        with subtests.test(name):
            site.world.faults.activate(name)
            site.world.faults.heal(name)
            assert seen(site) == before


def test_a_good_day(site: Deployed) -> None:
    assert firing(site) == set()
    assert set(alarms(site).values()) == {"OK"}
    assert health(site) == ["healthy", "healthy"]
    assert instance_status(site) == [("running", "ok")] * 2


# What each fault of the site changes, and which alarms fire because of it.
SHOWN: dict[str, tuple[Callable[[Deployed], object], object, set[str]]] = {
    "slow-responses": (
        lambda site: (newest(site, f"{ALB}/TargetResponseTime", site.load_balancer) or 0) > 1.5,
        True,
        {"prod-response-time"},
    ),
    "high-error-rate": (
        lambda site: (newest(site, f"{ALB}/HTTPCode_Target_5XX_Count", site.load_balancer, "Sum") or 0) > 5,
        True,
        {"prod-errors"},
    ),
    "high-cpu": (
        lambda site: (newest(site, f"{EC2}/CPUUtilization", GROUP) or 0) > 90,
        True,
        {"prod-cpu", "prod-release-health"},
    ),
    "no-traffic": (lambda site: newest(site, f"{ALB}/RequestCount", site.load_balancer, "Sum"), None, set()),
    "errors-in-logs": (lambda site: bool(site.lines(pattern=ERRORS)), True, set()),
    "logs-silent": (lambda site: site.lines(), [], set()),
    "instance-silent": (writers, 1, set()),
    "error-user-agent": (lambda site: bool(site.lines(pattern='"ERROR/1.0"')), True, set()),
    "process-suspended": (
        lambda site: [each["ProcessName"] for each in described(site)["SuspendedProcesses"]],
        ["ReplaceUnhealthy"],
        set(),
    ),
    "launch-template-changed": (lambda site: described(site)["LaunchTemplate"]["Version"], "2", set()),
    "group-resized": (by_hand, True, set()),
    "target-foreign": (health, ["healthy"] * 3, set()),
    "target-unhealthy": (health, ["healthy", "unhealthy"], {"prod-unhealthy-hosts"}),
    "no-targets": (health, [], set()),
    "instance-impaired": (instance_status, [("running", "impaired"), ("running", "ok")], set()),
    "instance-stopped": (
        instance_status,
        [("running", "ok"), ("stopped", "not-applicable")],
        {"prod-unhealthy-hosts"},
    ),
    "alarm-firing": (lambda site: alarms(site)["prod-cpu"], "ALARM", {"prod-cpu", "prod-release-health"}),
    "alarm-insufficient-data": (lambda site: alarms(site)["prod-cpu"], "INSUFFICIENT_DATA", set()),
    "alarm-missing": (lambda site: "prod-cpu" in alarms(site), False, set()),
    "alarm-threshold-raised": (lambda site: definition(site, "prod-cpu")["Threshold"], 1e6, set()),
    "alarm-actions-disabled": (lambda site: definition(site, "prod-release-health")["ActionsEnabled"], False, set()),
    "composite-alarm-never": (lambda site: definition(site, "prod-release-health")["AlarmRule"], "FALSE", set()),
    "alarm-of-others": (lambda site: alarms(site).get("prod-by-hand"), "ALARM", {"prod-by-hand"}),
    "dashboard-missing": (dashboard, None, set()),
    "dashboard-changed": (lambda site: "Changed by hand" in (dashboard(site) or ""), True, set()),
    "subscription-pending": (subscriptions, [False], set()),
    "subscription-none": (subscriptions, [], set()),
    "subscription-filtered": (filters, ['{"severity": ["high"]}'], set()),
    "topic-policy-denies": (lambda site: "Quiet" in topic(site)["Policy"], True, set()),
    "widget-without-data": (status_checks, (0, False), set()),
}


def test_a_fault_shows_where_aws_would_show_it_and_trips_its_alarms_only(
    site: Deployed, subtests: pytest.Subtests
) -> None:
    for name, (look, expected, alarming) in SHOWN.items():
        with subtests.test(name):
            assert look(site) != expected
            site.world.faults.activate(name)
            assert look(site) == expected
            assert firing(site) == alarming
        site.world.faults.heal()


def test_every_fault_has_a_test() -> None:
    tested_alone = {"alarm-fired-and-recovered", "access-logs-silent", "partial-metric-data", "slow-api", "metric-gap"}
    tested_alone |= {"brief-errors", "brief-outage"}
    elsewhere = {
        "endpoint-down",
        "endpoint-500",
        "endpoint-slow",
        "endpoint-redirect-loop",
        "endpoint-elsewhere",
        "empty-pages",
    }
    of_the_api = {"throttling", "access-denied", "expired-credentials", "connection-refused"}
    elsewhere |= {fault.name for fault in MESSAGING}
    with_actions = {"alarm-actions-removed"}  # which this site's alarms have none of: in the fault table
    assert set(CATALOGUE) == set(SHOWN) | tested_alone | with_actions | elsewhere | of_the_api | OF_A_DEPLOYMENT


def test_errors_are_in_the_access_log_too(site: Deployed) -> None:
    group = site.deliver_access_logs()
    site.world.faults.activate("high-error-rate")
    site.pass_time(minutes=1)
    statuses = [json.loads(line)["elb_status_code"] for line in site.lines(group)]
    assert 0.1 < statuses.count("500") / len(statuses) < 0.2
    logged = [line for line in site.lines() if re.search(r'HTTP/1.1" 500 ', line)]
    assert logged


def test_access_logs_fall_silent_alone(site: Deployed) -> None:
    group = site.deliver_access_logs()
    site.world.faults.activate("access-logs-silent")
    site.pass_time(minutes=1)
    assert site.lines(group) == []
    assert site.lines()


def test_a_brief_fault_held_for_five_minutes_of_the_last_hour_and_trips_no_alarm(site: Deployed) -> None:
    def minutes_with(metric: str) -> int:
        return len(site.series(f"{ALB}/{metric}", site.load_balancer, "Sum", minutes=60))

    site.pass_time(minutes=60)
    visited, wrong = minutes_with("RequestCount"), minutes_with("HTTPCode_Target_5XX_Count")
    site.world.faults.activate("brief-errors")
    assert (minutes_with("RequestCount"), minutes_with("HTTPCode_Target_5XX_Count")) == (visited, wrong + 5)
    site.world.faults.heal()
    site.world.faults.activate("brief-outage")
    assert (minutes_with("RequestCount"), minutes_with("HTTPCode_Target_5XX_Count")) == (visited - 5, wrong)
    assert firing(site) == set()


def test_a_fault_lasts_while_time_passes(site: Deployed) -> None:
    site.world.faults.activate("high-cpu")
    site.pass_time(minutes=5)
    site.world.service("cloudwatch").alarms.evaluate()
    assert firing(site) == {"prod-cpu", "prod-release-health"}
    site.world.faults.heal()
    assert firing(site) == set()


def test_an_alarm_held_by_hand_outlasts_evaluations(site: Deployed) -> None:
    site.world.faults.activate("alarm-firing")
    site.pass_time(minutes=5)
    site.world.service("cloudwatch").alarms.evaluate()
    assert "prod-cpu" in firing(site)


def test_an_alarm_that_fired_and_recovered_is_ok_with_a_history(site: Deployed) -> None:
    cloudwatch = site.world.client("cloudwatch")
    before = len(cloudwatch.describe_alarm_history(AlarmName="prod-cpu")["AlarmHistoryItems"])
    site.world.faults.activate("alarm-fired-and-recovered")
    assert firing(site) == set()
    history = cloudwatch.describe_alarm_history(AlarmName="prod-cpu", ScanBy="TimestampAscending")
    told = [item["HistorySummary"] for item in history["AlarmHistoryItems"]][before:]
    assert told == ["Alarm updated from OK to ALARM", "Alarm updated from ALARM to OK"]


def test_healing_one_fault_leaves_the_alarms_to_another_that_began_since(site: Deployed) -> None:
    cloudwatch, faults = site.world.client("cloudwatch"), site.world.faults

    def history() -> list[str]:
        items = cloudwatch.describe_alarm_history(AlarmName="prod-cpu", ScanBy="TimestampAscending")
        return [item["HistorySummary"] for item in items["AlarmHistoryItems"]]

    before = history()
    faults.activate("endpoint-500")
    faults.activate("alarm-fired-and-recovered")
    broken = history()
    faults.heal("endpoint-500")
    assert history() == broken != before
    faults.heal()
    assert history() == before


def test_partial_data_is_half_of_it_and_says_so(site: Deployed) -> None:
    full = site.series(f"{ALB}/RequestCount", site.load_balancer)
    site.world.faults.activate("partial-metric-data")
    assert len(site.series(f"{ALB}/RequestCount", site.load_balancer)) == (len(full) + 1) // 2
    query = {
        "Id": "q",
        "MetricStat": {"Metric": {"Namespace": ALB, "MetricName": "RequestCount"}, "Period": 60, "Stat": "Sum"},
    }
    now = site.moment.now
    answer = site.world.client("cloudwatch").get_metric_data(
        MetricDataQueries=[query], StartTime=now - timedelta(minutes=5), EndTime=now
    )
    assert answer["MetricDataResults"][0]["StatusCode"] == "PartialData"
    assert "NextToken" not in answer


def test_ten_minutes_of_every_half_hour_lack_the_cpu_and_nothing_else(site: Deployed) -> None:
    site.pass_time(hours=1)
    requests = site.series(f"{ALB}/RequestCount", site.load_balancer)
    full = len(site.series(f"{EC2}/CPUUtilization", GROUP))
    site.world.faults.activate("metric-gap")
    assert full - len(site.series(f"{EC2}/CPUUtilization", GROUP)) in (19, 20)  # the newest minutes are still to come
    assert site.series(f"{ALB}/RequestCount", site.load_balancer) == requests
    assert firing(site) == set()
    site.pass_time(hours=1)
    assert full - len(site.series(f"{EC2}/CPUUtilization", GROUP)) in (19, 20)  # the newest minutes are still to come
    site.world.faults.heal()
    assert len(site.series(f"{EC2}/CPUUtilization", GROUP)) == full


def test_breaking_twice_is_breaking_once(site: Deployed) -> None:
    first = site.world.faults.activate("alarm-missing")
    assert site.world.faults.activate("alarm-missing") == first
    site.world.faults.heal()
    assert "prod-cpu" in alarms(site)


def test_faults_of_one_environment_leave_the_other_alone(site: Deployed) -> None:
    with pytest.raises(FaultError, match="nothing is deployed in dev"):
        site.world.faults.activate("high-cpu", Environment.DEV)
    assert site.world.faults.list() == []


def test_several_faults_heal_together(site: Deployed) -> None:
    before = seen(site)
    for name in ("no-targets", "high-cpu", "subscription-none", "alarm-missing", "instance-stopped"):
        site.world.faults.activate(name)
    site.world.faults.heal()
    assert seen(site) == before


def test_a_group_that_would_replace_an_instance_first_is_not_sized_by_hand(site: Deployed) -> None:
    before = seen(site)
    site.world.faults.activate("instance-stopped")
    with pytest.raises(FaultError, match=f"would first replace {min(site.instances)}, which no heal gives back"):
        site.world.faults.activate("group-resized")
    site.world.faults.heal()
    assert seen(site) == before


def test_the_commands(site: Deployed) -> None:
    (broken,) = run(fault_command(site.world, "high-cpu"))
    assert broken.startswith("high-cpu: the instances compute at over 90 % (prod)")
    (listed,) = [line for line in run(faults_command(site.world)) if line.endswith("ACTIVE in prod")]
    assert listed.startswith("high-cpu")
    assert run(heal_command(site.world)) == ["high-cpu: mended (prod)"]
    assert run(heal_command(site.world)) == ["nothing was broken"]
    with pytest.raises(CommandError, match="there is no fault 'rain'"):
        run(fault_command(site.world, "rain"))
    with pytest.raises(CommandError, match="there is no fault 'rain'"):
        run(heal_command(site.world, "rain"))


def test_before_a_pipeline_has_run_there_is_no_deployment_to_tell_differently(make_world: MakeWorld) -> None:
    empty = make_world(*SERVICES)
    for name in OF_A_DEPLOYMENT:
        with pytest.raises(FaultError, match=re.escape("web-pipeline-dev has never run; `pulumi up` makes it")):
            empty.faults.activate(name, Environment.DEV)
    assert empty.faults.list() == []


def test_a_subscription_that_waited_too_long_because_of_a_fault_is_back_once_it_is_healed(site: Deployed) -> None:
    site.world.faults.activate("subscription-pending")
    site.pass_time(hours=49)
    assert subscriptions(site) == []
    site.world.faults.heal()
    assert subscriptions(site) == [True]
