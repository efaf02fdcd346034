"""SOP 4.3: all instances run what the group starts, pass their status checks, stopped ones looked at, too."""

from __future__ import annotations

import pytest

from scripts.results import Status
from tests.scripts.fake_aws import Params, Refusal
from tests.scripts.release import Release, at, member, started_from

CHECK = "instance-status"
GOOD = ("running", "ok", "ok")


@pytest.mark.parametrize(
    ("other", "status"),
    [
        (("running", "ok", "ok"), Status.PASS),
        (("running", "initializing", "ok"), Status.INCONCLUSIVE),
        (("running", "insufficient-data", "ok"), Status.INCONCLUSIVE),
        (("pending", "not-applicable", "not-applicable"), Status.INCONCLUSIVE),
        (("running", "impaired", "ok"), Status.FAIL),
        (("running", "ok", "impaired"), Status.FAIL),
        (("running", "impaired", "initializing"), Status.FAIL),
        (("running", "something new", "ok"), Status.FAIL),
        (("stopped", "not-applicable", "not-applicable"), Status.FAIL),
        (("stopping", "not-applicable", "not-applicable"), Status.FAIL),
        (("shutting-down", "not-applicable", "not-applicable"), Status.FAIL),
        (("terminated", "not-applicable", "not-applicable"), Status.FAIL),
        (("something new", "ok", "ok"), Status.FAIL),
    ],
)
def test_states(release: Release, other: tuple[str, str, str], status: Status) -> None:
    release.instances(i_0a=GOOD, i_0b=other)
    assert release.check(CHECK).status is status


def test_what_is_wrong_is_named(release: Release) -> None:
    release.instances(i_0a=("running", "impaired", "initializing"), i_0b=("stopped", "not-applicable", "ok"))
    assert release.check(CHECK).observed.splitlines() == [
        "0 of 2 instances ok.",
        "i-0a runs: instance check impaired and system check initializing",
        "i-0b is stopped",
    ]


def test_the_group_starts_another_by_the_command_that_is_given(release: Release) -> None:
    release.instances(i_0a=GOOD, i_0b=("stopped", "not-applicable", "ok"))
    command = "terminate-instance-in-auto-scaling-group --instance-id i-0b --no-should-decrement-desired-capacity"
    assert f"`aws autoscaling {command} --region ap-southeast-2`" in release.check(CHECK).fix


def test_ec2_is_asked_for_those_that_do_not_run_too(release: Release) -> None:
    release.check(CHECK)
    (asked,) = release.aws.called("DescribeInstanceStatus")
    assert asked == {"InstanceIds": ["i-0a", "i-0b"], "IncludeAllInstances": True}


def test_an_instance_that_ec2_leaves_out_is_not_taken_for_good(release: Release) -> None:
    release.instances(i_0a=GOOD)
    result = release.check(CHECK)
    assert result.status is Status.FAIL
    assert "i-0b is not-found" in result.observed


def test_an_instance_that_ec2_has_forgotten_does_not_hide_the_others(release: Release) -> None:
    def answer(request: Params) -> Params | Refusal:
        if "i-0b" in request["InstanceIds"]:
            return Refusal("InvalidInstanceID.NotFound", "The instance ID 'i-0b' does not exist")
        ok = {"Status": "ok"}
        running = {"InstanceState": {"Name": "running"}, "InstanceStatus": ok, "SystemStatus": ok}
        return {"InstanceStatuses": [{"InstanceId": "i-0a", **running}]}

    release.aws.answer("DescribeInstanceStatus", answer)
    assert release.check(CHECK).observed.splitlines() == ["1 of 2 instances ok.", "i-0b is not-found"]


def test_no_instance_fails(release: Release) -> None:
    release.group(wanted=0)
    assert release.check(CHECK).status is Status.FAIL


def test_fewer_instances_than_wanted_fail(release: Release) -> None:
    release.group(("i-0a", "InService"), ("i-0b", "InService"), wanted=3)
    result = release.check(CHECK)
    assert result.status is Status.FAIL
    assert result.observed.splitlines() == ["2 of 3 instances ok.", "web-prod has 2 instances in service, and wants 3."]


def test_one_that_leaves_the_group_is_named_and_does_not_count(release: Release) -> None:
    release.group(("i-0a", "InService"), ("i-0b", "InService"), ("i-0c", "Terminating:Wait"))
    release.instances(i_0a=GOOD, i_0b=GOOD, i_0c=("shutting-down", "ok", "ok"))
    result = release.check(CHECK)
    assert (result.status, result.observed) == (Status.PASS, "2 of 2 instances ok; i-0c Terminating:Wait.")


@pytest.mark.parametrize("lifecycle", ["Standby", "EnteringStandby", "Quarantined"])
def test_an_instance_that_stands_by_serves_nobody(release: Release, lifecycle: str) -> None:
    release.group(("i-0a", "InService"), ("i-0b", lifecycle))
    result = release.check(CHECK)
    assert (result.status, result.observed.splitlines()) == (
        Status.FAIL,
        [f"1 of 2 instances ok; i-0b {lifecycle}.", "web-prod has 1 instance in service, and wants 2."],
    )
    release.group(("i-0a", "InService"), ("i-0b", lifecycle), wanted=1)
    assert release.check(CHECK).status is Status.PASS


@pytest.mark.parametrize("lifecycle", ["Pending", "Pending:Wait", "Pending:Proceed"])
def test_an_instance_on_its_way_into_service_is_inconclusive(release: Release, lifecycle: str) -> None:
    release.group(("i-0a", "InService"), ("i-0b", lifecycle))
    result = release.check(CHECK)
    assert (result.status, result.observed.splitlines()) == (
        Status.INCONCLUSIVE,
        ["1 of 2 instances ok.", f"i-0b is {lifecycle}, not in service yet"],
    )


def test_two_hundred_instances_take_two_calls(release: Release) -> None:
    names = [f"i-{number:03}" for number in range(200)]
    release.group(*((name, "InService") for name in names), wanted=200)

    def answer(request: Params) -> Params:
        ok = {"Status": "ok"}
        return {
            "InstanceStatuses": [
                {"InstanceId": name, "InstanceState": {"Name": "running"}, "InstanceStatus": ok, "SystemStatus": ok}
                for name in request["InstanceIds"]
            ]
        }

    release.aws.answer("DescribeInstanceStatus", answer)
    assert release.check(CHECK).observed == "200 of 200 instances ok."
    assert len(release.aws.called("DescribeInstanceStatus")) == 2


def test_a_missing_group_fails(release: Release) -> None:
    release.aws.answer("DescribeAutoScalingGroups", {"AutoScalingGroups": []})
    result = release.check(CHECK)
    assert (result.status, result.observed) == (Status.FAIL, "The Auto Scaling group web-prod does not exist.")


def test_a_group_that_the_deployment_replaced_is_not_taken_for_the_new_one(release: Release) -> None:
    release.stack(outputs={"AutoScalingGroupName": "web-prod-2"})
    assert release.check(CHECK).status is Status.INCONCLUSIVE


def test_before_the_first_deployment_is_known_it_is_inconclusive(release: Release) -> None:
    release.outputs["workload"] = None
    assert release.check(CHECK).status is Status.INCONCLUSIVE


class TestWhatTheInstancesRun:
    """Healthy is not yet the one that was deployed."""

    @pytest.mark.parametrize("lifecycle", ["InService", "Pending:Wait", "Standby", "EnteringStandby"])
    def test_an_instance_of_an_older_version_fails(self, release: Release, lifecycle: str) -> None:
        old = member("i-0b", lifecycle, version="6")
        release.group(wanted=1, Instances=[member("i-0a", "InService"), old])
        release.aws.answer("DescribeInstanceRefreshes", {"InstanceRefreshes": []})
        result = release.check(CHECK)
        assert result.status is Status.FAIL
        assert "i-0b was started from version 6 of lt-0a, not from version 7 of lt-0a" in result.observed
        command = "aws autoscaling start-instance-refresh --auto-scaling-group-name web-prod --region ap-southeast-2"
        assert result.fix == f"Run `{command}`."

    def test_one_of_an_older_version_that_leaves_is_on_its_way(self, release: Release) -> None:
        old = member("i-0c", "Terminating:Wait", version="6")
        release.group(Instances=[member("i-0a", "InService"), member("i-0b", "InService"), old])
        release.instances(i_0a=GOOD, i_0b=GOOD, i_0c=GOOD)
        assert release.check(CHECK).status is Status.PASS

    def test_a_refresh_that_still_goes_on_is_inconclusive(self, release: Release) -> None:
        release.group(Instances=[member("i-0a", "InService"), member("i-0b", "InService", version="6")])
        release.aws.answer("DescribeInstanceRefreshes", {"InstanceRefreshes": [{"Status": "InProgress"}]})
        assert release.check(CHECK).status is Status.INCONCLUSIVE

    def test_nobody_asks_for_refreshes_where_all_are_alike(self, release: Release) -> None:
        release.check(CHECK)
        assert not release.aws.called("DescribeInstanceRefreshes")

    def test_an_instance_that_the_group_has_not_started_fails(self, release: Release) -> None:
        attached = member("i-0b", "InService")
        del attached["LaunchTemplate"]
        release.group(Instances=[member("i-0a", "InService"), attached])
        release.aws.answer("DescribeInstanceRefreshes", {"InstanceRefreshes": []})
        result = release.check(CHECK)
        assert (result.status, result.observed.splitlines()[0]) == (Status.FAIL, "1 of 2 instances ok.")
        assert "i-0b was not started by its group" in result.observed

    @pytest.mark.parametrize(
        ("follows", "default", "status"),
        [("$Latest", 1, Status.PASS), ("$Default", 7, Status.PASS), ("$Default", 6, Status.FAIL)],
    )
    def test_a_version_that_the_group_follows_is_looked_up(
        self, release: Release, follows: str, default: int, status: Status
    ) -> None:
        release.group(("i-0a", "InService"), ("i-0b", "InService"), LaunchTemplate=started_from(follows))
        release.versions((6, -1000), (7, 4), default=default)
        release.aws.answer("DescribeInstanceRefreshes", {"InstanceRefreshes": []})
        assert release.check(CHECK).status is status

    def test_a_mixed_group_names_its_templates_elsewhere(self, release: Release) -> None:
        policy = {"LaunchTemplate": {"LaunchTemplateSpecification": started_from("7"), "Overrides": [{}]}}
        release.group(("i-0a", "InService"), ("i-0b", "InService"), LaunchTemplate={}, MixedInstancesPolicy=policy)
        assert release.check(CHECK).status is Status.PASS
        policy["LaunchTemplate"]["Overrides"] = [{"LaunchTemplateSpecification": {**started_from("7"), "Version": "6"}}]
        release.group(
            Instances=[member("i-0a", "InService"), member("i-0b", "InService", version="6")],
            LaunchTemplate={},
            MixedInstancesPolicy=policy,
        )
        assert "i-0b was started" not in release.check(CHECK).observed

    def test_a_launch_configuration_is_compared_by_its_name(self, release: Release) -> None:
        of = {"LaunchTemplate": {}, "LaunchConfigurationName": "web-2"}
        members = [{**member(name, "InService"), **of} for name in ("i-0a", "i-0b")]
        release.group(Instances=members, **of)
        assert release.check(CHECK).status is Status.PASS
        release.group(Instances=[members[0], {**members[1], "LaunchConfigurationName": "web-1"}], **of)
        release.aws.answer("DescribeInstanceRefreshes", {"InstanceRefreshes": []})
        assert release.check(CHECK).status is Status.FAIL

    def test_a_group_that_starts_an_older_version_than_the_newest_is_inconclusive(self, release: Release) -> None:
        release.versions((7, 4), (8, 4.1))
        result = release.check(CHECK)
        assert result.status is Status.INCONCLUSIVE
        assert "web-prod starts version 7 of lt-0a, which has a newer version 8." in result.observed

    @pytest.mark.parametrize(
        ("by", "status"),
        [("arn:aws:iam::123456789012:user/mallory", Status.FAIL), ("arn:…/AWSCloudFormation", Status.INCONCLUSIVE)],
    )
    def test_a_version_that_was_made_after_the_deployment_is_not_the_deployed_one(
        self, release: Release, by: str, status: Status
    ) -> None:
        release.versions((6, -1000), (7, 7.1), by=by)
        result = release.check(CHECK)
        assert result.status is status
        assert f"which {by} made at 2026-03-10T01:07:06Z, after the deployment." in result.observed

    def test_a_version_that_is_gone_fails(self, release: Release) -> None:
        release.versions((6, -1000))
        result = release.check(CHECK)
        assert (result.status, "There is no version 7 of lt-0a" in result.observed) == (Status.FAIL, True)

    def test_a_group_that_names_nothing_to_start_from_is_inconclusive(self, release: Release) -> None:
        release.group(("i-0a", "InService"), ("i-0b", "InService"), LaunchTemplate={})
        assert release.check(CHECK).status is Status.INCONCLUSIVE


@pytest.mark.parametrize(("health", "status"), [("Unhealthy", Status.FAIL), ("HEALTHY", Status.PASS)])
def test_an_instance_that_is_unhealthy_to_its_group_fails(release: Release, health: str, status: Status) -> None:
    release.group(Instances=[member("i-0a", "InService"), member("i-0b", "InService", health=health)])
    result = release.check(CHECK)
    assert (result.status, "i-0b is Unhealthy" in result.observed) == (status, status is Status.FAIL)


@pytest.mark.parametrize(
    ("process", "status"),
    [
        *((name, Status.FAIL) for name in ("Launch", "Terminate", "HealthCheck", "ReplaceUnhealthy")),
        ("AddToLoadBalancer", Status.FAIL),
        ("AlarmNotification", Status.INCONCLUSIVE),
        ("ScheduledActions", Status.INCONCLUSIVE),
        ("SomethingNew", Status.INCONCLUSIVE),
        ("AZRebalance", Status.PASS),
        ("InstanceRefresh", Status.PASS),
    ],
)
def test_a_suspended_process_is_named_and_counts_as_it_matters(release: Release, process: str, status: Status) -> None:
    suspended = [{"ProcessName": process, "SuspensionReason": "User suspended at 2026-03-10T01:10:00Z"}]
    release.group(("i-0a", "InService"), ("i-0b", "InService"), SuspendedProcesses=suspended)
    result = release.check(CHECK)
    assert result.status is status
    said = f"web-prod has suspended {process}: User suspended at 2026-03-10T01:10:00Z"
    well = "2 of 2 instances ok."
    assert result.observed.splitlines() == ([well, said] if status is Status.PASS else [said, well])
    if status is not Status.PASS:
        command = f"aws autoscaling resume-processes --auto-scaling-group-name web-prod --scaling-processes {process}"
        assert result.fix == f"Run `{command} --region ap-southeast-2`."


@pytest.mark.parametrize(
    "words",
    [
        "a user request explicitly set group desired capacity changing the desired capacity from 3 to 2",
        "a user request update of AutoScalingGroup constraints to min: 1, max: 2, desired: 2 changing the desired "
        "capacity from 3 to 2",
        "instance i-0c was taken out of service in response to a user request",
        "instance i-0c was detached in response to a user request",
        "instance i-0c was moved to standby in response to a user request",
        "an instance was taken out of service in response to an instance refresh",
    ],
)
@pytest.mark.parametrize(("time", "status"), [("01:06:59", Status.PASS), ("01:07:01", Status.INCONCLUSIVE)])
def test_a_hand_on_the_group_after_the_deployment_is_inconclusive(
    release: Release, words: str, time: str, status: Status
) -> None:
    release.activities(f"At 2026-03-10T{time}Z {words}.  At 2026-03-10T01:08:00Z an instance was taken out of service.")
    result = release.check(CHECK)
    assert (result.status, f"2026-03-10T{time}Z {words}" in result.observed) == (status, status is not Status.PASS)


def test_a_hand_on_the_group_is_seen_behind_a_page_of_what_the_group_does_by_itself(release: Release) -> None:
    def activity(minute: float, cause: str) -> Params:
        named = {"ActivityId": f"{minute}", "AutoScalingGroupName": "web-prod", "StatusCode": "Successful"}
        return {**named, "Cause": cause, "StartTime": at(minute)}

    by_hand = "At 2026-03-10T01:08:00Z instance i-0c was detached in response to a user request."
    release.aws.pages(
        "DescribeScalingActivities",
        {"Activities": [activity(19 - minute / 10, "At 2026-03-10T01:18:00Z a monitor alarm.") for minute in range(9)]},
        {"Activities": [activity(8, by_hand), activity(6, "before the deployment ended")]},
        {"Activities": [activity(5, "not read")]},
    )
    assert release.check(CHECK).status is Status.INCONCLUSIVE
    assert len(release.aws.called("DescribeScalingActivities")) == 2


def test_what_a_policy_scales_is_not_by_hand(release: Release) -> None:
    release.activities(
        "At 2026-03-10T01:09:00Z a monitor alarm TargetTracking-web-prod-AlarmHigh in state ALARM triggered policy "
        "ScaleOnCpu changing the desired capacity from 1 to 2."
    )
    assert release.check(CHECK).status is Status.PASS


def test_a_group_that_is_being_deleted_fails(release: Release) -> None:
    release.group(("i-0a", "InService"), ("i-0b", "InService"), Status="Delete in progress")
    assert release.check(CHECK).status is Status.FAIL
