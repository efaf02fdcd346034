"""What is exported is the contract: no key more, no key less, at any depth."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, get_args, get_type_hints

import pytest

from components.contract import export
from sop.outputs import (
    AnnouncementsOutput,
    CalendarOutput,
    ContactOutput,
    MailOutput,
    ReleaseWindowOutput,
    SlackOutput,
    StackOutputs,
    StatusPageOutput,
    WorkloadOutput,
)
from sop.thresholds import Thresholds
from sop.wire import wire_names
from tests.components.recorder import Plan


@pytest.mark.parametrize("plan_name", ["prod", "dev", "first"])
def test_the_exported_keys_are_the_contracts(plan_name: str, request: pytest.FixtureRequest) -> None:
    outputs = request.getfixturevalue(plan_name).outputs
    of_prod = ("releaseWindow", "calendar", "announcements")
    optional = ("workload", "endpointUrl", "chatTopicArn", "chatTopicPolicyDigest", "runner")
    absent = {key for key in (*of_prod, *optional) if outputs.get(key) is None}
    assert set(outputs) | absent == wire_names(StackOutputs)


def test_nested_keys_are_the_contracts_too(prod: Plan) -> None:
    assert set(prod.outputs["thresholds"]) == wire_names(Thresholds)
    assert set(prod.outputs["releaseWindow"]) == wire_names(ReleaseWindowOutput)
    assert set(prod.outputs["calendar"]) == wire_names(CalendarOutput)
    not_in_the_sample = {"slack", "statusPage", "releaseManager", "onCall", "incidentCommander", "secretArn"}
    assert set(prod.outputs["announcements"]) | not_in_the_sample == wire_names(AnnouncementsOutput)
    assert set(prod.outputs["announcements"]["mail"]) == wire_names(MailOutput)
    assert set(prod.outputs["workload"]) == wire_names(WorkloadOutput)


def test_the_command_reads_what_the_program_exports(prod: Plan, dev: Plan, first: Plan) -> None:
    assert StackOutputs.parse(prod.outputs).thresholds.cpu_percent == 80
    assert StackOutputs.parse(dev.outputs).release_window is None
    assert StackOutputs.parse(first.outputs).workload is None


EVERY = {field.name: "x" for field in fields(StackOutputs)}


@pytest.mark.parametrize(
    ("parts", "wrong"),
    [
        (({name: "x" for name in EVERY if name != "branch"},), "branch"),
        ((EVERY, {"branch": "y"}), "branch"),
        ((EVERY, {"colour": "red"}), "colour"),
    ],
    ids=["missing", "twice", "unknown"],
)
def test_an_output_that_nobody_or_two_or_not_the_contract_names_is_a_fault_of_the_program(
    parts: tuple[dict[str, Any], ...], wrong: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    exported: list[str] = []
    monkeypatch.setattr("pulumi.export", lambda key, _: exported.append(key))
    with pytest.raises(ValueError, match=f": {wrong}$"):
        export(*parts)
    assert exported == []


@pytest.mark.parametrize(
    "contract",
    [
        *(StackOutputs, ReleaseWindowOutput, CalendarOutput, WorkloadOutput),
        *(AnnouncementsOutput, MailOutput, SlackOutput, StatusPageOutput, ContactOutput),
    ],
)
def test_every_key_of_the_contract_has_a_type_and_a_meaning(contract: type) -> None:
    for name, annotated in get_type_hints(contract, include_extras=True).items():
        _, meaning = get_args(annotated)
        assert meaning[0].isupper() or meaning.startswith("dev"), name
        assert not meaning.endswith("."), name
