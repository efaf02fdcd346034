"""The recorded plans, and what a change of the configuration may change in them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from sop.thresholds import Thresholds
from sop.wire import camel_case
from tests.components.recorder import Plan, configuration, deployed, run_program, sample_plan
from tests.golden import plans

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
OUTPUTS = "aws:s3/bucketObjectv2:BucketObjectv2"  # their file
DASHBOARD = "aws:cloudwatch/dashboard:Dashboard"
# Which alarm each threshold belongs to; the others are the verification's alone
WITH_ALARM = {
    "pipelineAlertMinutes": "pipeline-duration",
    "responseTimeSeconds": "response-time",
    "cpuPercent": "cpu",
    "errorRatePercent": "error-rate",
    "unhealthyHosts": "unhealthy-hosts",
    "applicationErrors": "application-errors",
}
# What AWS has once an account, or once a region and account
UNIQUE = (
    "name",
    "bucket",
    "alarmName",
    "dashboardName",
    "configurationName",
    "policyName",
    "pattern",
)


@pytest.mark.parametrize("moment", plans.MOMENTS)
@pytest.mark.parametrize("stack", plans.STACKS)
def test_the_plan_is_as_recorded(stack: str, moment: str) -> None:
    recorded = plans.path_of(stack, moment).read_text()
    now = plans.text(plans.record(stack, moment))
    assert now == recorded, "if this is meant: python -m tests.golden --update"


@pytest.mark.parametrize("threshold", sorted(WITH_ALARM))
def test_changing_one_threshold_changes_the_alarm_the_line_and_the_outputs_and_nothing_else(
    threshold: str,
) -> None:
    # 14 minutes instead of 15 leave the period in which one execution's builds meet as it is
    before, after = changed(threshold, 14 if threshold == "pipelineAlertMinutes" else 7)
    subject = WITH_ALARM[threshold]
    places = set(differences(before, after))
    graph = {place for place in places if place[:2] == ("resources", DASHBOARD)}
    assert places - graph - {place for place in places if place[:2] == ("resources", OUTPUTS)} == {
        ("resources", ALARM, f"monitoring-alarms-{subject}", "inputs", "threshold"),
        ("outputs", "alarms", f"prod-{subject}", "Threshold"),
        ("outputs", "thresholds", threshold),
        ("outputs", "dashboardDigest"),
    }
    assert {place[-4:] for place in graph} == {
        ("annotations", "horizontal", 0, "label"),
        ("annotations", "horizontal", 0, "value"),
    }
    assert len({place[:-1] for place in graph}) == 1, "one line on one graph"


@pytest.mark.parametrize("threshold", ["pipelineExpectedMinutes", "devObservationHours"])
def test_a_threshold_of_the_verification_alone_changes_the_outputs_alone(threshold: str) -> None:
    assert set(differences(*changed(threshold, 7))) == {
        ("outputs", "thresholds", threshold),
        ("resources", OUTPUTS, "outputs-object", "inputs", "content", "thresholds", threshold),
    }


def test_the_least_traffic_changes_the_error_rates_expression_wherever_it_stands() -> None:
    before, after = changed("errorRateMinimumRequests", 7)
    places = [place for place in differences(before, after) if place[0] == "resources" and place[1] != OUTPUTS]
    assert {place[2] for place in places} == {"monitoring-alarms-error-rate", "monitoring-overview-dashboard"}
    assert {place[-1] for place in places} == {"expression", "alarmDescription"}


def test_every_threshold_is_covered_here() -> None:
    others = {"pipelineExpectedMinutes", "devObservationHours", "errorRateMinimumRequests"}
    assert set(WITH_ALARM) | others == {camel_case(name) for name in Thresholds.__dataclass_fields__}


def test_dev_and_prod_share_no_name_so_that_both_live_in_one_account_and_region() -> None:
    dev, prod = (set(names(plans.record(stack, "deployed"))) for stack in plans.STACKS)
    assert len(dev) > 30
    assert dev.isdisjoint(prod)


def test_dev_and_prod_differ_in_nothing_but_names_window_and_branch_rules() -> None:
    dev, prod = (plans.canonical(sample_plan(stack)) for stack in plans.STACKS)
    types = {type_: len(found) for type_, found in dev["resources"].items()}
    assert types == {type_: len(found) for type_, found in prod["resources"].items()}


@pytest.mark.parametrize("stack", plans.STACKS)
def test_the_first_deployment_only_adds_and_touches_nothing_but_dashboard_composite_and_outputs(stack: str) -> None:
    before, after = (plans.canonical(sample_plan(stack, is_deployed=there)) for there in (False, True))
    touched = {place[1] for place in differences(before, after) if place[0] == "resources" and place[-1] != "added"}
    assert touched == {DASHBOARD, OUTPUTS, "aws:cloudwatch/compositeAlarm:CompositeAlarm"}


def changed(threshold: str, value: float) -> tuple[dict[str, Any], dict[str, Any]]:
    """Prod's plan before and after one threshold is set."""
    # Else the alert would come before the expected time is over
    base = {"pipelineExpectedMinutes": 3} if threshold == "pipelineAlertMinutes" else {}
    before = prod_with(base) if base else sample_plan("prod")
    return plans.canonical(before), plans.canonical(prod_with(base | {threshold: value}))


def prod_with(thresholds: Mapping[str, float]) -> Plan:
    config = configuration("prod")
    given = json.loads(config["release:thresholds"]) | thresholds
    return run_program("prod", deployed("prod"), config | {"release:thresholds": json.dumps(given)})


def differences(before: Any, after: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The places where two plans differ; what only the second has ends in `added`."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted({*before, *after}):
            if key not in before:
                yield (*place, key, "added")
            else:
                yield from differences(before[key], after.get(key), (*place, key))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from differences(one, other, (*place, index))
    elif before != after:
        yield place


def names(plan: Plan) -> Iterator[tuple[str, str]]:
    for registration in plan.registrations:
        if registration.type.startswith(("aws:", "github:")):
            for key in UNIQUE:
                if isinstance(registration.inputs.get(key), str) and (
                    key != "pattern" or registration.type.startswith("github:")
                ):
                    yield registration.type, registration.inputs[key]
