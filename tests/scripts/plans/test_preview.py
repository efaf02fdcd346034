"""`pulumi preview --json`, recorded from the real engine on the sandbox (recorded/), read as a plan."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scripts.plans.differences import SECRET, UNKNOWN, Difference
from scripts.plans.plan import Operation, Plan, short_type
from scripts.plans.preview import UNKNOWNS, read
from sop.wire import MASK, SIGNATURE

RECORDED = Path(__file__).parent / "recorded"


def recorded(name: str) -> Plan:
    return read((RECORDED / f"{name}.json").read_text(encoding="utf-8"))


def step(op: str, **members: Any) -> dict[str, Any]:
    state = {"custom": True, "type": "aws:sns/topic:Topic"}
    urn = "urn:pulumi:prod::release::release:index:Notifications$aws:sns/topic:Topic::topic"
    return {"op": op, "urn": urn, **{key: {**state, **value} for key, value in members.items()}}


def planned(*steps: dict[str, Any]) -> Plan:
    return read(json.dumps({"steps": steps, "changeSummary": {}}))


def test_a_threshold_that_changes_updates_the_alarm_and_its_line_on_the_dashboard() -> None:
    plan = recorded("threshold")
    assert (plan.stack, plan.problems) == ("prod", ())
    assert [(one.operation, one.resource) for one in plan.changes] == [
        (Operation.UPDATE, "prod-infrastructure-dashboard"),
        (Operation.UPDATE, "prod-cpu"),
    ]
    assert plan.changes[1].differences == (Difference("threshold", 80, 70),)
    place = "dashboardBody.widgets[8: CPU].properties.annotations.horizontal[0]"
    assert plan.changes[0].differences == (
        Difference(f"{place}.label", "alarm from 80 percent", "alarm from 70 percent"),
        Difference(f"{place}.value", 80.0, 70.0),
    )


def test_a_renamed_topic_is_replaced_with_all_that_hangs_on_it_and_each_has_its_reason() -> None:
    replaced = recorded("renamed-topic").of(Operation.REPLACE)
    assert [(one.resource or one.name, one.reasons) for one in replaced] == [
        ("prod-alerts", ("name",)),
        ("alias/prod-alerts", ("name",)),
        ("alerts-email-operations@helios.id", ("topic",)),
        ("alerts-topic-policy", ("arn", "policy")),
    ]
    assert all(one.loses for one in replaced)


def test_a_first_creation_has_every_resource_and_no_component() -> None:
    plan = recorded("first-creation")
    assert len(plan.changes) == len(plan.of(Operation.CREATE)) == 43
    assert not [one for one in plan.changes if one.type.startswith(("release:", "pulumi:pulumi:"))]
    assert plan.remarks[0].startswith("web-infrastructure-prod is not deployed yet")


def test_what_stays_behind_when_pulumi_forgets_it_is_not_lost() -> None:
    deleted = recorded("no-access-logs").of(Operation.DELETE)
    assert {one.resource for one in deleted if not one.loses} == {"/aws/elasticloadbalancing/app"}
    assert len([one for one in deleted if one.loses]) == 4


def test_a_configuration_that_the_program_refuses_is_a_problem_in_its_own_words() -> None:
    plan = recorded("refused-configuration")
    assert plan.changes == ()
    (problem,) = plan.problems
    assert "release:thresholds.cpuPercent is 700" in problem


def test_a_protected_resource_that_would_be_replaced_is_a_problem_and_the_plan_is_told_as_far_as_it_went() -> None:
    plan = recorded("protected-bucket")
    (problem,) = plan.problems
    assert "marked for protection" in problem
    assert [one.resource for one in plan.changes if one.protected and one.loses] == [
        "web-pipeline-prod-artifacts-123456789012-ap-southeast-2"
    ]


def test_drift_is_what_a_refresh_finds_changed_and_gone_and_nothing_that_it_only_read() -> None:
    assert [(one.operation, one.resource or one.name) for one in recorded("drift").changes] == [
        (Operation.DELETE, "alerts-email-operations@helios.id"),
        (Operation.UPDATE, "prod-cpu"),
    ]
    assert [(one.operation, one.resource or one.name) for one in recorded("drift-mended").changes] == [
        (Operation.CREATE, "alerts-email-operations@helios.id"),
        (Operation.UPDATE, "prod-cpu"),
    ]


def test_a_plan_without_steps_has_no_changes() -> None:
    assert recorded("no-changes") == Plan("prod")


@pytest.mark.parametrize(
    "text", ["", "error: no stack named 'prod' found\n", "{", '{"steps": 3}', '{"version": 1}', "[]", "null"]
)
def test_what_is_no_preview_is_a_problem_and_never_no_changes(text: str) -> None:
    plan = read(text, stack="prod")
    assert plan.stack == "prod"
    assert plan.problems == (text.strip() or "Pulumi printed nothing.",)


def test_an_operation_that_nobody_knows_is_a_problem_and_never_left_out() -> None:
    assert planned(step("vanish", newState={})).problems


@pytest.mark.parametrize(
    ("ops", "operation"),
    [
        (["create"], Operation.CREATE),
        (["update"], Operation.UPDATE),
        (["delete"], Operation.DELETE),
        (["replace"], Operation.REPLACE),
        (["create-replacement", "replace", "delete-replaced"], Operation.REPLACE),
        (["delete-replaced", "replace", "create-replacement"], Operation.REPLACE),
        (["import"], Operation.IMPORT),
        (["import-replacement"], Operation.REPLACE),
        (["read"], Operation.READ),
        (["read-replacement"], Operation.REPLACE),
        (["discard"], Operation.FORGET),
        (["refresh", "update"], Operation.UPDATE),
    ],
)
def test_every_operation_of_the_engine_is_one_change(ops: list[str], operation: Operation) -> None:
    states = {"oldState": {"inputs": {"name": "a"}}, "newState": {"inputs": {"name": "b"}}}
    plan = planned(*(step(op, **states) for op in ops))
    assert [one.operation for one in plan.changes] == [operation]


@pytest.mark.parametrize("op", ["same", "remove-pending-replace"])
def test_what_stays_as_it_is_is_no_change(op: str) -> None:
    assert planned(step(op, newState={})).changes == ()


def test_secrets_and_what_is_not_known_yet_are_told_as_that() -> None:
    inputs = {"a": MASK, "b": {SIGNATURE: "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "x"}}
    unknown = {f"u{at}": value for at, value in enumerate(sorted(UNKNOWNS))}
    (change,) = planned(step("create", newState={"inputs": {**inputs, **unknown}})).changes
    values = {one.path: one.after for one in change.differences}
    assert values == {"a": SECRET, "b": SECRET, **dict.fromkeys(unknown, UNKNOWN)}


def test_a_line_that_the_cli_prints_before_the_plan_is_passed_over() -> None:
    text = (RECORDED / "window.json").read_text(encoding="utf-8")
    assert read(f"Previewing update (prod):\n{text}") == read(text)


@pytest.mark.parametrize(
    ("token", "short"),
    [
        ("aws:sns/topic:Topic", "sns.Topic"),
        ("github:index/branchProtection:BranchProtection", "github.BranchProtection"),
        ("release:index:Alarms", "Alarms"),
        ("pulumi:providers:aws", "providers.aws"),
    ],
)
def test_types_are_named_as_the_program_names_them(token: str, short: str) -> None:
    assert short_type(token) == short
