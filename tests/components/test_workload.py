"""Workload discovery: nothing before the first deployment, and no error ever taken for that."""

from __future__ import annotations

import pulumi
import pytest

from components.workload import is_not_there
from sop.outputs import EXPECTED_STACK_OUTPUTS
from tests.components.recorder import STACK_OUTPUTS, Plan, World, run_program

NAME = "web-infrastructure-prod"
NOT_THERE = [
    f"reading CloudFormation Stack ({NAME}): couldn't find resource",
    f"reading CloudFormation Stack ({NAME}): DELETE_COMPLETE",
    f"reading CloudFormation Stack ({NAME}): empty result",
    f"api error ValidationError: Stack with id {NAME} does not exist",
]
COULD_NOT_LOOK = [
    f"reading CloudFormation Stack ({NAME}): operation error CloudFormation: DescribeStacks, "
    "https response error StatusCode: 403, AccessDenied: not authorized",
    "api error Throttling: Rate exceeded",
    "dial tcp: lookup cloudformation.ap-southeast-2.amazonaws.com: no such host",
    "api error ExpiredToken: The security token included in the request is expired",
    "api error NoSuchBucket: The specified bucket does not exist",
    "couldn't find resource",
]


@pytest.mark.parametrize("message", NOT_THERE)
def test_these_words_of_the_provider_mean_not_deployed_yet(message: str) -> None:
    assert is_not_there(f"invoke of aws:cloudformation/getStack:getStack failed: 1 error occurred: {message}")


@pytest.mark.parametrize("message", COULD_NOT_LOOK)
def test_no_other_error_means_not_deployed_yet(message: str) -> None:
    assert not is_not_there(message)


def test_before_the_first_deployment_one_line_says_what_is_left_out(first: Plan) -> None:
    ((level, text),) = first.messages
    assert level == "INFO"
    assert "\n" not in text
    assert text.startswith("web-infrastructure-prod is not deployed yet; left out are")
    assert "Run pulumi up again" in text
    assert first.outputs.get("workload") is None


@pytest.mark.parametrize("message", COULD_NOT_LOOK)
def test_an_error_stops_instead_of_removing_what_watches_the_workload(message: str) -> None:
    with pytest.raises(pulumi.RunError, match="cannot read the CloudFormation stack web-infrastructure-prod"):
        run_program("prod", World(message))


@pytest.mark.parametrize("missing", EXPECTED_STACK_OUTPUTS)
def test_a_stack_whose_deployment_has_not_succeeded_is_not_watched_yet(missing: str) -> None:
    outputs = {key: value for key, value in STACK_OUTPUTS.items() if key != missing}
    plan = run_program("prod", World(outputs))
    ((level, text),) = plan.messages
    assert level == "WARNING"
    assert f"is being deployed, or its deployment failed: it has no {missing} yet; left out are" in text
    assert plan.outputs.get("workload") is None


def test_a_stack_without_any_outputs_is_being_deployed_for_the_first_time() -> None:
    assert run_program("dev", World({})).outputs.get("workload") is None


def test_after_the_first_deployment_nothing_is_left_to_say(prod: Plan) -> None:
    assert prod.messages == []
    assert prod.outputs["workload"]["loadBalancerFullName"] == "app/web-prod/50dc6c495c0c9188"


def test_the_stack_is_looked_up_with_the_configured_provider(prod: Plan) -> None:
    assert len(prod.invokes) == 3
    assert all("pulumi:providers:aws::aws::" in provider for _, _, provider in prod.invokes)
