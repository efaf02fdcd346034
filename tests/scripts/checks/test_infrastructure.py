"""SOP 4.3: every registered target is healthy, and there is one."""

from __future__ import annotations

import pytest

from scripts.results import Status
from tests.scripts.fake_aws import Params, Refusal
from tests.scripts.prod_stack import TARGET_GROUP
from tests.scripts.release import Release, target

CHECK = "target-health"


@pytest.mark.parametrize(
    ("targets", "status"),
    [
        ([("i-0a", "healthy"), ("i-0b", "healthy")], Status.PASS),
        ([("i-0a", "healthy"), ("i-0b", "draining")], Status.FAIL),
        ([("i-0a", "healthy"), ("i-0b", "unhealthy.draining")], Status.FAIL),
        ([("i-0a", "healthy")], Status.FAIL),
        ([("10.0.0.1", "healthy")], Status.INCONCLUSIVE),
        ([("i-0a", "healthy"), ("i-0b", "healthy"), ("i-0c", "healthy")], Status.FAIL),
        ([("i-0a", "healthy"), ("i-0b", "healthy"), ("i-0c", "draining")], Status.PASS),
        ([("i-0a", "initial"), ("i-0b", "healthy"), ("i-0c", "healthy")], Status.FAIL),
        ([("i-0a", "healthy"), ("i-0b", "initial")], Status.INCONCLUSIVE),
        ([("i-0a", "initial")], Status.FAIL),  # i-0b is in service and gets no requests
        ([("i-0a", "healthy"), ("i-0b", "unhealthy")], Status.FAIL),
        ([("i-0a", "initial"), ("i-0b", "unhealthy")], Status.FAIL),
        ([("i-0a", "unused")], Status.FAIL),
        ([("i-0a", "unavailable")], Status.FAIL),
        ([("i-0a", "healthy"), ("i-0b", "something new")], Status.FAIL),
        ([("i-0a", "draining"), ("i-0b", "unhealthy.draining")], Status.FAIL),
        ([], Status.FAIL),
    ],
)
def test_states(release: Release, targets: list[tuple[str, str]], status: Status) -> None:
    release.targets(*targets)
    assert release.check(CHECK).status is status


def test_the_unhealthy_one_is_named_with_its_reason(release: Release) -> None:
    release.targets(("i-0a", "healthy"), ("i-0b", "unhealthy"))
    assert release.check(CHECK).observed.splitlines() == [
        "1 of 2 targets healthy.",
        "i-0b:80 unhealthy: Target.ResponseCodeMismatch Health checks failed with these codes: [500]",
    ]


def test_one_that_drains_while_its_instance_leaves_is_named(release: Release) -> None:
    release.targets(("i-0a", "healthy"), ("i-0b", "draining"))
    release.group(("i-0a", "InService"), ("i-0b", "Terminating"))
    result = release.check(CHECK)
    assert (result.status, result.headline) == (Status.PASS, "1 target healthy; i-0b:80 draining.")


@pytest.mark.parametrize("others", [[], [("i-0b", "draining")]])
def test_an_instance_in_service_that_gets_no_requests_is_named(release: Release, others: list[tuple[str, str]]) -> None:
    release.targets(("i-0a", "healthy"), *others)
    result = release.check(CHECK)
    assert result.status is Status.FAIL
    assert result.observed.splitlines()[1:] == ["In service, but not registered as a target: i-0b."]


def test_a_group_that_cannot_be_read_is_an_error_and_hides_no_unhealthy_target(release: Release) -> None:
    release.aws.answer("DescribeAutoScalingGroups", Refusal("AccessDenied"))
    result = release.check(CHECK)
    assert result.status is Status.ERROR
    assert "autoscaling:DescribeAutoScalingGroups" in result.observed
    release.targets(("i-0a", "healthy"), ("i-0b", "unhealthy"))
    assert release.check(CHECK).status is Status.FAIL


def test_one_instance_on_two_ports_is_two_targets(release: Release) -> None:
    healthy = {"State": "healthy"}
    release.aws.answer(
        "DescribeTargetHealth",
        {
            "TargetHealthDescriptions": [
                {"Target": {"Id": "i-0a", "Port": 80}, "TargetHealth": healthy},
                {"Target": {"Id": "i-0a", "Port": 81}, "TargetHealth": {"State": "unused"}},
            ]
        },
    )
    result = release.check(CHECK)
    assert result.status is Status.FAIL
    assert result.evidence["targets"] == {"i-0a:80": "healthy", "i-0a:81": "unused"}


def test_a_healthy_second_port_of_an_instance_gets_visitors_too_and_that_fails(release: Release) -> None:
    """Somebody's own program on a server of ours answered every third visitor, and all targets were healthy."""
    known = [target("i-0a", "healthy"), target("i-0b", "healthy")]
    other = {"Target": {"Id": "i-0a", "Port": 9000}, "TargetHealth": {"State": "healthy"}}
    release.aws.answer("DescribeTargetHealth", {"TargetHealthDescriptions": [*known, other]})
    result = release.check(CHECK)
    assert result.status is Status.FAIL
    assert result.observed.splitlines()[1:] == [
        "On another port than the target group's own 80, where another program may answer: i-0a:9000."
    ]
    assert f"--target-group-arn {TARGET_GROUP} --targets Id=ID,Port=PORT" in result.fix
    other["TargetHealth"]["State"] = "draining"
    assert release.check(CHECK).status is Status.PASS


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "200 to /health"),
        ({"Matcher": {"HttpCode": "200-499"}, "HealthCheckPath": "/"}, "200-499 to /"),
        ({"HealthCheckPort": "9000"}, "200 to /health on port 9000"),
        ({"Matcher": {"GrpcCode": "12"}}, "12 to /health"),
        ({"Matcher": {}}, "a connection"),
    ],
)
def test_a_pass_names_what_healthy_means(release: Release, changes: Params, words: str) -> None:
    """A check that takes every answer for a healthy one was told in the words of one that does not."""
    release.target_group(**changes)
    result = release.check(CHECK)
    assert (result.status, result.observed) == (Status.PASS, f"2 targets healthy.\nHealthy is what answers {words}.")


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("no_override", Status.PASS),
        ("unknown", Status.PASS),
        ("zonal_shift_active", Status.INCONCLUSIVE),
        ("zonal_shift_delegated_to_dns", Status.INCONCLUSIVE),
    ],
)
def test_a_healthy_target_that_a_zonal_shift_keeps_visitors_from_is_inconclusive(
    release: Release, state: str, status: Status
) -> None:
    away = {**target("i-0b", "healthy"), "AdministrativeOverride": {"State": state}}
    release.aws.answer("DescribeTargetHealth", {"TargetHealthDescriptions": [target("i-0a", "healthy"), away]})
    result = release.check(CHECK)
    assert (result.status, "keeps visitors away from i-0b:80." in result.observed) == (
        status,
        status is not Status.PASS,
    )


def test_a_group_that_somebody_took_off_the_target_group_fails_though_its_instances_are_targets(
    release: Release,
) -> None:
    release.group(("i-0a", "InService"), ("i-0b", "InService"), TargetGroupARNs=["arn:of:another"])
    result = release.check(CHECK)
    assert result.status is Status.FAIL
    assert "web-prod registers no instance with the target group" in result.observed
    assert "attach-load-balancer-target-groups --auto-scaling-group-name web-prod" in result.fix
    assert TARGET_GROUP in result.fix
    attached = [{"Identifier": TARGET_GROUP, "Type": "elbv2"}]
    release.group(("i-0a", "InService"), ("i-0b", "InService"), TargetGroupARNs=[], TrafficSources=attached)
    assert release.check(CHECK).status is Status.PASS


def test_before_the_first_deployment_is_known_pulumi_up_is_the_fix(release: Release) -> None:
    release.outputs["workload"] = None
    result = release.check(CHECK)
    assert result.status is Status.INCONCLUSIVE
    assert result.fix == "Run `pulumi up --stack prod`."


def test_a_target_group_that_the_deployment_replaced_is_not_taken_for_the_new_one(release: Release) -> None:
    release.stack(outputs={"TargetGroupArn": "arn:of:another"})
    result = release.check(CHECK)
    assert result.status is Status.INCONCLUSIVE
    assert "arn:of:another is deployed" in result.observed


def test_a_missing_target_group_fails(release: Release) -> None:
    release.aws.answer("DescribeTargetHealth", Refusal("TargetGroupNotFound", "One or more target groups not found"))
    assert release.check(CHECK).status is Status.FAIL


def test_a_target_that_is_no_instance_of_the_group_is_named_and_how_it_goes(release: Release) -> None:
    release.targets(("i-0a", "healthy"), ("i-0b", "healthy"), ("i-0c", "healthy"))
    result = release.check(CHECK)
    assert result.observed.splitlines()[1:] == ["Registered as a target, but no instance of web-prod: i-0c."]
    command = f"aws elbv2 deregister-targets --target-group-arn {TARGET_GROUP} --targets Id=i-0c"
    assert result.fix == f"Run `{command} --region ap-southeast-2`, once you know whose it is."


def test_a_target_whose_instance_is_not_in_service_yet_is_a_member_all_the_same(release: Release) -> None:
    release.group(("i-0a", "InService"), ("i-0b", "Pending"))
    assert release.check(CHECK).status is Status.PASS


def test_without_the_group_nobody_knows_whose_the_targets_are(release: Release) -> None:
    release.aws.answer("DescribeAutoScalingGroups", {"AutoScalingGroups": []})
    assert release.check(CHECK).status is Status.INCONCLUSIVE
