"""A workload of containers: a load balancer, targets by address, and no Auto Scaling group, as configured."""

from __future__ import annotations

import pytest

from scripts.checks import all_checks
from scripts.checks.workload import unneeded
from scripts.iam import actions_of, policy
from scripts.reports.summary import tally
from scripts.results import Status
from sop.outputs import OutputsError, StackOutputs
from tests.scripts.fake_aws import Params, Refusal
from tests.scripts.prod_stack import TARGET_GROUP
from tests.scripts.release import Release, line, request
from tests.scripts.test_verify import run

FIRST, SECOND = "10.0.0.11", "10.0.1.12"
GROUP = "AWS::AutoScaling::AutoScalingGroup"


@pytest.fixture(autouse=True)
def containers(release: Release) -> None:
    release.without_group(FIRST, SECOND)
    release.logs(application=[line("started", 8, "web/one"), line("started", 9, "web/two")], access=[request(18)])


def test_a_good_release_passes_and_its_verdict_counts_what_the_configuration_skips(release: Release) -> None:
    report = run(release)
    skipped = [result.id for result in report.checks if result.status is Status.SKIPPED]
    assert (report.verdict, skipped) == (Status.PASS, ["instance-status"])
    assert tally(report) == f"{len(report.checks) - 1} PASS, 1 skipped by configuration"


def test_no_instance_and_no_group_is_asked_for(release: Release) -> None:
    run(release)
    asked = {operation for operation, _ in release.aws.calls}
    assert not asked & {"DescribeAutoScalingGroups", "DescribeInstanceStatus", "DescribeScalingActivities"}


class TestInstanceStatus:
    def test_a_group_that_the_stack_has_all_the_same_is_named(self, release: Release) -> None:
        release.resources(**{GROUP: "web-prod"})
        result = release.check("instance-status")
        assert result.status is Status.INCONCLUSIVE
        assert result.observed.endswith("but the stack has made web-prod.")
        assert "pulumi config rm release:workload --stack prod" in result.fix

    def test_a_group_in_the_stacks_outputs_is_named(self, release: Release) -> None:
        release.stack()
        result = release.check("instance-status")
        assert (result.status, "web-prod" in result.observed) == (Status.INCONCLUSIVE, True)

    def test_resources_that_cannot_be_listed_are_an_error(self, release: Release) -> None:
        release.aws.answer("ListStackResources", Refusal("AccessDenied"))
        assert release.check("instance-status").status is Status.ERROR


class TestTargetHealth:
    def test_a_second_port_of_a_container_gets_visitors_too_and_that_fails(self, release: Release) -> None:
        one, two = ({"Id": FIRST, "Port": port} for port in (8080, 9000))
        known = [{"Target": each, "TargetHealth": {"State": "healthy"}} for each in (one, {"Id": SECOND, "Port": 8080})]
        release.aws.answer("DescribeTargetHealth", {"TargetHealthDescriptions": known})
        assert release.check("target-health").status is Status.PASS  # a port of their own is theirs to choose
        known.append({"Target": two, "TargetHealth": {"State": "healthy"}})
        result = release.check("target-health")
        assert result.status is Status.FAIL
        assert (
            f"Registered more than once, so that another program may answer visitors, too: {FIRST}:8080"
            in result.observed
        )

    def test_addresses_of_the_stacks_own_interfaces_pass(self, release: Release) -> None:
        result = release.check("target-health")
        assert (result.status, result.headline) == (Status.PASS, "2 targets healthy.")
        (asked,) = release.aws.called("DescribeNetworkInterfaces")
        assert asked["Filters"] == [{"Name": "group-id", "Values": ["sg-0a"]}]

    def test_a_stranger_among_them_fails_with_the_command_that_takes_it_out(self, release: Release) -> None:
        release.targets((FIRST, "healthy"), (SECOND, "healthy"), ("10.9.9.9", "healthy"))
        result = release.check("target-health")
        assert result.status is Status.FAIL
        assert "no interface with a security group of the stack's: 10.9.9.9." in result.observed
        assert f"deregister-targets --target-group-arn {TARGET_GROUP} --targets Id=10.9.9.9" in result.fix

    def test_what_runs_alike_and_is_no_target_is_inconclusive(self, release: Release) -> None:
        release.targets((FIRST, "healthy"))
        result = release.check("target-health")
        assert result.status is Status.INCONCLUSIVE
        assert f"not registered as a target: eni-1 ({SECOND})." in result.observed

    def test_an_interface_that_nothing_uses_need_not_be_a_target(self, release: Release) -> None:
        release.targets((FIRST, "healthy"))
        release.interfaces(("eni-0", FIRST), ("eni-1", SECOND), status="available")
        assert release.check("target-health").status is Status.PASS

    @pytest.mark.parametrize("made", [{}, {"AWS::EC2::SecurityGroup": "sg-0a"}], ids=["no group", "another's"])
    def test_addresses_of_which_nothing_is_the_stacks_are_inconclusive(
        self, release: Release, made: dict[str, str]
    ) -> None:
        release.resources(**made)
        release.interfaces()
        result = release.check("target-health")
        assert result.status is Status.INCONCLUSIVE
        assert f"nobody knows {FIRST} and {SECOND}." in result.observed

    def test_a_target_by_instance_contradicts_the_configuration(self, release: Release) -> None:
        release.targets((FIRST, "healthy"), (SECOND, "healthy"), ("i-0a", "healthy"))
        result = release.check("target-health")
        assert result.status is Status.FAIL
        assert "Registered by instance, though no group of instances serves: i-0a." in result.observed

    @pytest.mark.parametrize("targets", [(), ((FIRST, "unhealthy"),), ((FIRST, "draining"),)], ids=str)
    def test_targets_that_are_ill_or_none_fail(self, release: Release, targets: tuple[tuple[str, str], ...]) -> None:
        release.targets(*targets)
        assert release.check("target-health").status is Status.FAIL

    def test_interfaces_that_cannot_be_read_are_an_error(self, release: Release) -> None:
        release.aws.answer("DescribeNetworkInterfaces", Refusal("UnauthorizedOperation"))
        assert release.check("target-health").status is Status.ERROR


class TestApplicationLogs:
    def test_a_stream_for_each_target_passes(self, release: Release) -> None:
        result = release.check("application-logs")
        assert result.status is Status.PASS
        assert "2 streams for 2 targets wrote" in result.observed

    def test_fewer_streams_than_targets_are_inconclusive(self, release: Release) -> None:
        release.logs(application=[line("started", 8, "web/one"), line("again", 9, "web/one")])
        result = release.check("application-logs")
        assert result.status is Status.INCONCLUSIVE
        assert "1 stream for 2 targets had a line" in result.observed

    def test_without_a_target_nobody_need_write_and_nothing_is_good(self, release: Release) -> None:
        release.targets()
        assert release.check("application-logs").status is Status.INCONCLUSIVE

    def test_an_error_line_fails(self, release: Release) -> None:
        release.logs(
            application=[line("started", 8, "web/one"), line("started", 9, "web/two")],
            errors=[line("ERROR no", 8, "web/one")],
        )
        assert release.check("application-logs").status is Status.FAIL


class TestOutputs:
    def test_a_group_that_is_absent_by_mistake_is_not_taken_for_none(self, release: Release) -> None:
        edited: Params = {**release.outputs, "expectedStackOutputs": ["AutoScalingGroupName"]}
        with pytest.raises(OutputsError, match=r"workload\.autoScalingGroupName: expected a string"):
            StackOutputs.parse(edited)

    def test_a_group_that_is_not_expected_is_an_edit(self, release: Release) -> None:
        edited = {**release.outputs, "workload": {**release.outputs["workload"], "autoScalingGroupName": "web-prod"}}
        with pytest.raises(OutputsError, match="expected nothing, as expectedStackOutputs has no group"):
            StackOutputs.parse(edited)


def test_the_policy_of_who_verifies_leaves_out_what_only_a_group_takes(release: Release) -> None:
    outputs = StackOutputs.parse(release.outputs)
    document = policy(actions_of(all_checks(), "prod") - unneeded(outputs), outputs)
    allowed = {action for statement in document["Statement"] for action in statement["Action"]}
    assert not [action for action in allowed if action.startswith("autoscaling:")]
    assert "ec2:DescribeNetworkInterfaces" in allowed
    assert "ec2:DescribeInstanceStatus" not in allowed
