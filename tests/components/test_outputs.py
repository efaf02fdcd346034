"""What is exported is the contract: no key more, no key less, at any depth."""

from __future__ import annotations

import pytest

from sop.outputs import ReleaseWindowOutput, StackOutputs, WorkloadOutput, wire_names
from sop.thresholds import Thresholds
from tests.components.recorder import Plan


@pytest.mark.parametrize("plan_name", ["prod", "dev", "first"])
def test_the_exported_keys_are_the_contracts(plan_name: str, request: pytest.FixtureRequest) -> None:
    outputs = request.getfixturevalue(plan_name).outputs
    optional = ("workload", "releaseWindow", "endpointUrl", "chatTopicArn", "chatTopicPolicyDigest")
    absent = {key for key in optional if outputs.get(key) is None}
    assert set(outputs) | absent == wire_names(StackOutputs)


def test_nested_keys_are_the_contracts_too(prod: Plan) -> None:
    assert set(prod.outputs["thresholds"]) == wire_names(Thresholds)
    assert set(prod.outputs["releaseWindow"]) == wire_names(ReleaseWindowOutput)
    assert set(prod.outputs["workload"]) == wire_names(WorkloadOutput)


def test_the_command_reads_what_the_program_exports(prod: Plan, dev: Plan, first: Plan) -> None:
    assert StackOutputs.parse(prod.outputs).thresholds.cpu_percent == 80
    assert StackOutputs.parse(dev.outputs).release_window is None
    assert StackOutputs.parse(first.outputs).workload is None
