"""Workload discovery: nothing before the first deployment, no error ever taken for that, nor what is unknown now."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest
from botocore.exceptions import EndpointConnectionError, NoCredentialsError

from components import asking
from sop.outputs import EXPECTED_STACK_OUTPUTS, GROUP_OUTPUT, StackOutputs
from tests.components.recorder import STACK_OUTPUTS, Plan, World, configuration, refusal, run_program
from tests.components.test_settings import the_mistake

NAME = "web-infrastructure-prod"
COULD_NOT_LOOK = [
    refusal("AccessDenied", "User is not authorized to perform: cloudformation:DescribeStacks"),
    refusal("Throttling", "Rate exceeded"),
    refusal("ExpiredToken", "The security token included in the request is expired"),
    refusal("ValidationError", "1 validation error detected: Value at 'stackName' failed to satisfy constraint"),
    refusal("NoSuchBucket", "The specified bucket does not exist"),
    EndpointConnectionError(endpoint_url="https://cloudformation.ap-southeast-2.amazonaws.com/"),
    NoCredentialsError(),
    ValueError("Invalid endpoint: nowhere"),
]
NEVER_COMPLETE = (
    "REVIEW_IN_PROGRESS",
    "CREATE_IN_PROGRESS",
    "CREATE_FAILED",
    "ROLLBACK_IN_PROGRESS",
    "ROLLBACK_FAILED",
    "ROLLBACK_COMPLETE",
)
COMPLETE_ONCE = (
    "CREATE_COMPLETE",
    "UPDATE_IN_PROGRESS",
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
    "UPDATE_COMPLETE",
    "UPDATE_FAILED",
    "UPDATE_ROLLBACK_IN_PROGRESS",
    "UPDATE_ROLLBACK_FAILED",
    "UPDATE_ROLLBACK_COMPLETE",
    "IMPORT_COMPLETE",
    "IMPORT_ROLLBACK_COMPLETE",
    "DELETE_IN_PROGRESS",
    "DELETE_FAILED",
)


def without(*missing: str) -> dict[str, str]:
    return {key: value for key, value in STACK_OUTPUTS.items() if key not in missing}


def test_before_the_first_deployment_one_line_says_what_is_left_out(first: Plan) -> None:
    ((level, text),) = first.messages
    assert level == "INFO"
    assert "\n" not in text
    assert text.startswith(f"{NAME} is not deployed yet; left out are")
    assert "Run pulumi up again" in text
    assert first.outputs.get("workload") is None


@pytest.mark.parametrize("error", COULD_NOT_LOOK, ids=str)
def test_an_error_stops_instead_of_removing_what_watches_the_workload(error: Exception) -> None:
    with pytest.raises(pulumi.RunError, match=f"cannot read the CloudFormation stack {NAME}"):
        run_program("prod", World(error))


@pytest.mark.parametrize("missing", EXPECTED_STACK_OUTPUTS)
@pytest.mark.parametrize("status", ["ROLLBACK_COMPLETE"])
def test_a_stack_that_has_never_been_complete_is_not_watched_yet(status: str, missing: str) -> None:
    plan = run_program("prod", World(without(missing), status))
    ((level, text),) = plan.messages
    assert level == "WARNING"
    assert f"{NAME} is {status}, and no deployment of it has succeeded: it has no {missing} yet; left out are" in text
    assert plan.outputs.get("workload") is None


@pytest.mark.parametrize("status", NEVER_COMPLETE)
def test_before_it_was_complete_a_stack_without_outputs_lets_the_program_go_on(status: str) -> None:
    assert run_program("dev", World({}, status)).outputs.get("workload") is None


@pytest.mark.parametrize("status", [*COMPLETE_ONCE, "A_STATUS_OF_TOMORROW"])
def test_a_missing_output_of_a_stack_that_was_complete_once_is_refused_by_its_name(status: str) -> None:
    with pytest.raises(pulumi.RunError) as refused:
        run_program("prod", World(without("ApplicationLogGroupName", "VpcId"), status))
    said = str(refused.value)
    assert f"{NAME} ({status}) has no output VpcId, ApplicationLogGroupName" in said
    assert "Nothing was changed" in said
    assert "pulumi config set release:workload none --stack prod" in said


def test_workload_none_says_that_the_watched_parts_are_to_go_whatever_the_stack_says() -> None:
    config = configuration("prod") | {"release:workload": "none"}
    plan = run_program("prod", World(refusal("AccessDenied", "it is not even asked")), config)
    ((level, text),) = plan.messages
    assert level == "INFO"
    assert text.startswith(f"release:workload is none: {NAME} is not watched. Without it go its alarms")
    assert plan.outputs.get("workload") is None
    assert not [r for r in plan.of_type("LogGroup") if "access-logs" in r.name]


def test_without_a_load_balancer_the_refusal_says_what_is_wanted() -> None:
    balancer = [output for output in EXPECTED_STACK_OUTPUTS if output.startswith(("LoadBalancer", "TargetGroup"))]
    with pytest.raises(pulumi.RunError) as refused:
        run_program("prod", World(without(*balancer)))
    said = str(refused.value)
    assert f"has no output {', '.join(balancer)}" in said
    assert "wanted: a release is watched and judged by an Application Load Balancer and its target group" in said


TARGETS = configuration("prod") | {"release:workload": "targets"}


@pytest.fixture(scope="module")
def containers() -> Plan:
    return run_program("prod", World(without(GROUP_OUTPUT)), TARGETS)


class TestTargets:
    """release:workload is targets: no Auto Scaling group serves."""

    def test_everything_but_cpu_and_instances_is_watched(self, containers: Plan, prod: Plan) -> None:
        def alarms(plan: Plan) -> set[str]:
            return {alarm.inputs["name"] for alarm in plan.of_type("MetricAlarm")}

        assert alarms(prod) - alarms(containers) == {"prod-cpu"}
        body = containers.only("Dashboard").inputs["dashboardBody"]
        assert "AWS/EC2" not in body
        assert "TargetResponseTime" in body
        assert containers.messages == []

    def test_the_outputs_say_that_no_group_is_expected(self, containers: Plan) -> None:
        outputs = StackOutputs.parse(containers.outputs)
        assert (outputs.has_group, outputs.workload is None) == (False, False)
        assert outputs.expected_stack_outputs == [one for one in EXPECTED_STACK_OUTPUTS if one != GROUP_OUTPUT]
        assert outputs.workload
        assert outputs.workload.auto_scaling_group_name is None

    def test_a_group_in_the_stacks_outputs_is_refused_by_name(self) -> None:
        with pytest.raises(pulumi.RunError) as refused:
            run_program("prod", World(STACK_OUTPUTS | {GROUP_OUTPUT: "web-prod"}), TARGETS)
        said = str(refused.value)
        assert "has the Auto Scaling group web-prod" in said
        assert "pulumi config rm release:workload --stack prod" in said

    def test_a_group_that_vanished_is_not_taken_for_none_but_told_how_to_say_so(self) -> None:
        with pytest.raises(pulumi.RunError, match="pulumi config set release:workload targets --stack prod"):
            run_program("prod", World(without(GROUP_OUTPUT)))

    def test_before_its_first_deployment_no_cpu_is_promised(self) -> None:
        ((_, text),) = run_program("prod", config=TARGETS).messages
        assert "unhealthy hosts, application errors" in text

    def test_another_word_is_no_kind_of_workload(self) -> None:
        assert "instances, targets or none" in the_mistake({"workload": "containers"}).allowed


def test_after_the_first_deployment_nothing_is_left_to_say(prod: Plan) -> None:
    assert prod.messages == []
    assert prod.outputs["workload"]["loadBalancerFullName"] == "app/web-prod/50dc6c495c0c9188"


def test_what_the_provider_looks_up_it_looks_up_with_the_configured_one(prod: Plan) -> None:
    asked = [(token.partition(":")[0], provider) for token, _, provider in prod.invokes]
    of_providers = [one for one in asked if one[0] != "pulumi"]  # that is the engine, asked for the stack's own state
    assert {package for package, _ in of_providers} == {"aws", "github"}
    for package, provider in of_providers:
        assert f"pulumi:providers:{package}::{package}::" in provider


def retries(client: Any) -> str:
    return client.meta.config.retries["mode"]


def test_the_stack_is_looked_up_in_the_configured_region_with_standard_retries(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.delenv("AWS_RETRY_MODE", raising=False)
    client = asking.client("cloudformation", "ap-southeast-2")
    assert client.meta.region_name == "ap-southeast-2"
    assert retries(client) == "standard"


def test_the_stack_is_looked_up_with_the_retries_that_the_environment_asks_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_RETRY_MODE", "adaptive")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    client = asking.client("cloudformation", "ap-southeast-2")
    assert retries(client) == "adaptive"
    assert client.meta.endpoint_url == "http://127.0.0.1:1"
