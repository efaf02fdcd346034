"""The contract between program and command: what is read, and what is refused with all its problems."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sop.outputs import CONTRACT, GROUP_OUTPUT, OutputsError, StackOutputs
from sop.wire import MASK, SIGNATURE, camel_case, to_wire, wire_names

text = st.text().filter(lambda one: one != MASK)
window = st.fixed_dictionaries(
    {
        "days": st.lists(text),
        "opens": text,
        "closes": text,
        "timeZone": text,
        "cron": text,
    }
)


MAY_BE_ABSENT = {
    *("requiredApprovals", "workload", "releaseWindow", "endpointUrl", "pullRequestProjectName"),
    *("chatTopicArn", "chatTopicPolicyDigest", "calendar", "recordsBucket", "recordsKeyArn", "announcements"),
    "runner",
}


def outputs(**changes: Any) -> dict[str, Any]:
    workload = dict.fromkeys(
        [
            "loadBalancerDnsName",
            "loadBalancerFullName",
            "targetGroupArn",
            "targetGroupFullName",
            "autoScalingGroupName",
        ],
        "x",
    )
    thresholds = {
        "pipelineExpectedMinutes": 10,
        "pipelineAlertMinutes": 15,
        "responseTimeSeconds": 0.5,
        "cpuPercent": 80,
        "errorRatePercent": 5,
        "errorRateMinimumRequests": 20.0,
        "unhealthyHosts": 1,
        "applicationErrors": 5,
        "devObservationHours": 24,
    }
    given: dict[str, Any] = dict.fromkeys(wire_names(StackOutputs), "x")
    lists = {"pipelineStages": ["x"], "expectedStackOutputs": [GROUP_OUTPUT], "alertEmails": ["x"]}
    numbers = {
        "contract": CONTRACT,
        "requiredApprovals": 2,
        "managerCounts": False,
        "pullRequestWebhook": True,
        "accessLogsDelivered": True,
    }
    alarms = {"dev-cpu": {"Threshold": 80, "Metrics": {"cpu": {"ReturnData": True}}}}
    given |= {
        **lists,
        **numbers,
        "alarms": alarms,
        "thresholds": thresholds,
        "workload": workload,
        "releaseWindow": None,
        "calendar": None,
        "announcements": None,
        "runner": None,
    }
    return given | changes


def test_outputs_are_read_and_written_alike() -> None:
    read = StackOutputs.parse(outputs())
    assert StackOutputs.parse(json.loads(json.dumps(to_wire(read)))) == read


def test_a_whole_number_may_arrive_as_a_float() -> None:
    minimum = StackOutputs.parse(outputs()).thresholds.error_rate_minimum_requests
    assert (minimum, type(minimum)) == (20, int)


@pytest.mark.parametrize("key", sorted(wire_names(StackOutputs) - MAY_BE_ABSENT))
def test_a_missing_key_is_named(key: str) -> None:
    given = outputs()
    del given[key]
    with pytest.raises(OutputsError) as raised:
        StackOutputs.parse(given)
    assert raised.value.problems == [f"{key}: missing"]


@pytest.mark.parametrize("key", sorted(MAY_BE_ABSENT))
def test_what_may_be_absent_is_none(key: str) -> None:
    given = outputs()
    del given[key]
    assert to_wire(StackOutputs.parse(given))[key] is None


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(OutputsError) as raised:
        StackOutputs.parse(outputs(pipelineStages=["a", 1], requiredApprovals=1.5, thresholds=[], branch=None))
    assert raised.value.problems == [
        "branch: expected a string, found None",
        "requiredApprovals: expected a whole number, found 1.5",
        "pipelineStages[1]: expected a string, found 1",
        "thresholds: expected an object, found []",
    ]


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_what_is_no_number_of_json_is_refused(number: float) -> None:
    thresholds = outputs()["thresholds"] | {"cpuPercent": number}
    with pytest.raises(OutputsError) as raised:
        StackOutputs.parse(outputs(requiredApprovals=number, thresholds=thresholds))
    assert raised.value.problems == [
        f"requiredApprovals: expected a whole number, found {number}",
        f"thresholds.cpuPercent: expected a number, found {number}",
    ]


def test_a_number_beyond_all_measure_is_refused() -> None:
    with pytest.raises(OutputsError, match=r"thresholds\.cpuPercent: expected a number"):
        StackOutputs.parse(outputs(thresholds=outputs()["thresholds"] | {"cpuPercent": 10**400}))


def test_what_is_found_instead_is_shown_in_short() -> None:
    deep: list[Any] = []
    for _ in range(900):
        deep = [deep]
    with pytest.raises(OutputsError) as raised:
        StackOutputs.parse(outputs(branch=deep, pipelineStages="x" * 1000))
    assert all(len(problem) < 100 for problem in raised.value.problems)


@pytest.mark.parametrize("secret", ["[secret]", {SIGNATURE: "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:a"}])
def test_each_output_that_is_secret_is_named(secret: Any) -> None:
    workload = outputs()["workload"] | {"targetGroupArn": secret}
    changed = {"alarms": secret, "alertEmails": ["x", secret], "requiredApprovals": secret, "thresholds": secret}
    with pytest.raises(OutputsError) as raised:
        StackOutputs.parse(outputs(contract=secret, endpointUrl=secret, workload=workload, **changed))
    assert sorted(raised.value.problems) == [
        "alarms: expected an object, found a secret",
        "alertEmails[1]: expected a string, found a secret",
        "contract: expected a whole number, found a secret",
        "endpointUrl: expected a string, found a secret",
        "requiredApprovals: expected a whole number, found a secret",
        "thresholds: expected an object, found a secret",
        "workload.targetGroupArn: expected a string, found a secret",
    ]


def test_what_is_not_of_the_contract_may_be_secret() -> None:
    assert StackOutputs.parse(outputs(token="[secret]")).environment == "x"


def test_another_contract_is_refused_before_anything_else() -> None:
    with pytest.raises(OutputsError, match=f"this command reads {CONTRACT}"):
        StackOutputs.parse({"contract": CONTRACT + 1})


@given(window)
def test_any_window_is_read_as_it_was_written(release_window: dict[str, Any]) -> None:
    read = StackOutputs.parse(outputs(releaseWindow=release_window))
    assert to_wire(read.release_window) == release_window


def test_names_on_the_wire() -> None:
    assert camel_case("composite_alarm_name") == "compositeAlarmName"
