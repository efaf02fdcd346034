"""Healing gives back what it can, says what it cannot, and forgets no fault before all of it is back."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.commands.fault import heal
from sandbox.faults import UnhealedError
from tests.sandbox.workload.deployed import Deployed


def active(site: Deployed) -> list[str]:
    return [each.fault.name for each in site.world.faults.list()]


def targets(site: Deployed) -> dict[str, str]:
    answer = site.world.client("elbv2").describe_target_health(TargetGroupArn=site.target_group_arn)
    return {each["Target"]["Id"]: each["TargetHealth"]["State"] for each in answer["TargetHealthDescriptions"]}


def told(site: Deployed, name: str | None = None) -> tuple[list[str], int | None]:
    """What `sandbox heal` prints, and its exit code."""
    command = heal(site.world, name)
    lines: list[str] = []
    while True:
        try:
            lines.append(next(command))
        except StopIteration as end:
            return lines, end.value


def test_a_target_that_has_ended_is_named_and_the_others_are_registered_again(site: Deployed) -> None:
    ended, stays = site.instances
    site.world.faults.activate("no-targets")
    site.world.client("ec2").terminate_instances(InstanceIds=[ended])
    lines, code = told(site)
    assert code == 1
    assert lines == [
        f"no-targets: NOT mended whole (prod): target {ended}: the instance has been terminated since; it cannot come "
        "back; `sandbox heal no-targets` tries the rest again"
    ]
    assert stays in targets(site)
    assert ended not in targets(site)
    assert active(site) == ["no-targets"]
    assert told(site) == (["no-targets: mended (prod)"], None)
    assert active(site) == []


def test_a_target_that_cannot_be_registered_yet_keeps_the_fault_until_it_can(site: Deployed) -> None:
    stopped, _ = site.instances
    site.world.client("autoscaling").suspend_processes(AutoScalingGroupName="web-prod")
    site.world.faults.activate("no-targets")
    site.world.client("ec2").stop_instances(InstanceIds=[stopped])
    for _ in range(2):
        with pytest.raises(UnhealedError, match=stopped):
            site.world.faults.heal()
        assert active(site) == ["no-targets"]
    site.world.client("ec2").start_instances(InstanceIds=[stopped])
    site.world.faults.heal()
    assert active(site) == []
    assert set(targets(site)) == set(site.instances)


def test_a_fault_that_cannot_be_mended_does_not_keep_the_others(site: Deployed) -> None:
    ended = min(site.instances)
    for name in ("high-cpu", "no-targets", "subscription-none"):
        site.world.faults.activate(name)
    site.world.client("ec2").terminate_instances(InstanceIds=[ended])
    with pytest.raises(UnhealedError) as unhealed:
        site.world.faults.heal()
    assert sorted(each.fault.name for each in unhealed.value.healed) == ["high-cpu", "subscription-none"]
    assert active(site) == ["no-targets"]


def test_a_stopped_instance_that_was_terminated_meanwhile_is_not_brought_back_from_the_dead(site: Deployed) -> None:
    ended = min(site.instances)
    site.world.faults.activate("instance-stopped")
    site.world.client("ec2").terminate_instances(InstanceIds=[ended])
    with pytest.raises(UnhealedError, match=f"instance {ended}: the instance has been terminated"):
        site.world.faults.heal()
    described = site.world.client("ec2").describe_instances(InstanceIds=[ended])
    assert described["Reservations"][0]["Instances"][0]["State"]["Name"] == "terminated"


@pytest.mark.parametrize("fault", ["alarm-firing", "alarm-insufficient-data"])
def test_an_alarm_that_was_deleted_while_it_was_held_is_named(site: Deployed, fault: str) -> None:
    site.world.faults.activate(fault)
    for name in ("prod-release-health", "prod-cpu"):  # the composite first: it depends on the other
        site.world.client("cloudwatch").delete_alarms(AlarmNames=[name])
    with pytest.raises(UnhealedError, match="alarm prod-cpu: it has been deleted since"):
        site.world.faults.heal()


def test_an_alarm_or_dashboard_that_somebody_made_anew_stays_as_it_is(site: Deployed) -> None:
    cloudwatch = site.world.client("cloudwatch")
    alarm = cloudwatch.describe_alarms(AlarmNames=["prod-cpu"])["MetricAlarms"][0]
    site.world.faults.activate("alarm-missing")
    site.world.faults.activate("dashboard-missing")
    names = ("MetricName", "Namespace", "Statistic", "Period", "EvaluationPeriods", "ComparisonOperator")
    cloudwatch.put_metric_alarm(AlarmName="prod-cpu", Threshold=70, **{name: alarm[name] for name in names})
    body = '{"widgets": [{"type": "text", "properties": {"markdown": "New"}}]}'
    cloudwatch.put_dashboard(DashboardName="prod-infrastructure-dashboard", DashboardBody=body)
    site.world.faults.heal()
    assert cloudwatch.describe_alarms(AlarmNames=["prod-cpu"])["MetricAlarms"][0]["Threshold"] == 70
    assert cloudwatch.get_dashboard(DashboardName="prod-infrastructure-dashboard")["DashboardBody"] == body


def test_subscriptions_without_their_topic_are_named_and_those_made_anew_are_not_doubled(site: Deployed) -> None:
    sns = site.world.client("sns")
    topic = sns.list_topics()["Topics"][0]["TopicArn"]
    endpoint = sns.list_subscriptions()["Subscriptions"][0]["Endpoint"]
    site.world.faults.activate("subscription-none")
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=endpoint)
    site.world.faults.heal()
    assert len(sns.list_subscriptions()["Subscriptions"]) == 1
    site.world.faults.activate("subscription-none")
    sns.delete_topic(TopicArn=topic)
    with pytest.raises(UnhealedError, match=f"{endpoint}: its topic has been deleted since"):
        site.world.faults.heal()


def test_a_pending_subscription_that_went_with_its_topic_is_named(site: Deployed) -> None:
    site.world.faults.activate("subscription-pending")
    (subscription,) = site.world.service("sns").subscriptions()
    site.world.client("sns").delete_topic(TopicArn=subscription.topic.arn)
    with pytest.raises(UnhealedError, match="its topic has been deleted since"):
        site.world.faults.heal()


def test_what_fails_halfway_into_a_fault_is_given_back_at_once(site: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    before = targets(site)

    def fail(*_: Any) -> None:
        raise RuntimeError("the site cannot be told anew")

    with monkeypatch.context() as broken:
        broken.setattr(site.world.workload, "rewrite", fail)
        with pytest.raises(RuntimeError):
            site.world.faults.activate("no-targets")
    assert active(site) == []
    assert targets(site) == before
