"""SOP 4.3: all instances of the group run and pass their status checks, stopped ones looked at, too."""

from __future__ import annotations

import pytest

from scripts.results import Status
from tests.scripts.fake_aws import Params, Refusal
from tests.scripts.release import Release

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
