"""The load balancer's access logs, delivered to the SOP's log group."""

from __future__ import annotations

import json
import re
from dataclasses import replace

from tests.components.recorder import Plan, configuration, deployed, run_program

KINDS = ("LogDeliverySource", "LogDeliveryDestination", "LogDelivery", "LogResourcePolicy")


def test_they_go_from_the_load_balancer_to_the_sops_log_group(prod: Plan) -> None:
    source = prod.only("LogDeliverySource").inputs
    group = prod.only("LogGroup", "access-logs")
    destination = prod.only("LogDeliveryDestination").inputs["deliveryDestinationConfiguration"]
    assert source["logType"] == "ALB_ACCESS_LOGS"
    assert source["resourceArn"] == (
        "arn:aws:elasticloadbalancing:ap-southeast-2:123456789012:loadbalancer/app/web-prod/50dc6c495c0c9188"
    )
    assert group.inputs["name"] == "/aws/elasticloadbalancing/app" == prod.outputs["accessLogGroupName"]
    assert destination["destinationResourceArn"].endswith(":log-group:/aws/elasticloadbalancing/app")
    assert prod.only("LogDelivery").inputs["deliverySourceName"] == source["name"]


def test_their_names_are_at_most_60_of_aws_alphabet(prod: Plan) -> None:
    for kind in ("LogDeliverySource", "LogDeliveryDestination"):
        assert re.fullmatch(r"[\w-]{1,60}", prod.only(kind).inputs["name"])


def test_only_this_accounts_log_delivery_may_write(prod: Plan) -> None:
    (statement,) = json.loads(prod.only("LogResourcePolicy").inputs["policyDocument"])["Statement"]
    assert statement["Principal"] == {"Service": "delivery.logs.amazonaws.com"}
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}
    assert prod.only("LogResourcePolicy").urn in prod.only("LogDelivery").depends_on


def test_without_a_load_balancer_there_is_nothing_to_deliver(first: Plan) -> None:
    assert not any(first.of_type(kind) for kind in KINDS)


def test_they_can_be_switched_off_because_the_provider_may_refuse_the_type() -> None:
    config = configuration("prod") | {"release:accessLogs": '{"deliver": false}'}
    plan = run_program("prod", deployed("prod"), config)
    assert not any(plan.of_type(kind) for kind in KINDS)
    assert "elasticloadbalancing/app" not in plan.only("Dashboard").inputs["dashboardBody"]


def test_what_was_logged_outlives_the_delivery(prod: Plan) -> None:
    options = prod.only("LogGroup", "access-logs").options
    assert options["retainOnDelete"]
    assert "importId" not in options


def test_a_log_group_that_was_kept_is_taken_over(prod: Plan) -> None:
    group = prod.only("LogGroup", "access-logs").inputs["name"]
    plan = run_program("prod", replace(deployed("prod"), log_groups=(f"{group}-of-another", group)))
    options = plan.only("LogGroup", "access-logs").options
    assert options["retainOnDelete"]
    assert options["importId"] == group


def test_a_log_group_whose_name_only_begins_alike_is_left_alone(prod: Plan) -> None:
    group = prod.only("LogGroup", "access-logs").inputs["name"]
    plan = run_program("prod", replace(deployed("prod"), log_groups=(f"{group}-of-another",)))
    assert "importId" not in plan.only("LogGroup", "access-logs").options


def test_source_and_destination_free_their_names_before_a_new_load_balancer_takes_them(prod: Plan) -> None:
    for kind in ("LogDeliverySource", "LogDeliveryDestination"):
        assert prod.only(kind).options["deleteBeforeReplace"] is True
