"""Branch protection, as GitHub reads it (SOP 1.2)."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pulumi
import pytest

from components.existing import guard
from components.existing.lookups import BRANCH_PROTECTION
from tests.components.recorder import Plan, configuration, run_program


def reviews(plan: Plan) -> dict[str, Any]:
    (only,) = plan.only("BranchProtection").inputs["requiredPullRequestReviews"]
    return only


def checks(plan: Plan) -> dict[str, Any]:
    (only,) = plan.only("BranchProtection").inputs["requiredStatusChecks"]
    return only


def test_the_repository_is_given_by_its_node_id_as_an_import_stores_it(prod: Plan) -> None:
    assert prod.only("BranchProtection").inputs["repositoryId"] == "R_web-infrastructure"


def test_dev_asks_for_one_approval_and_the_check(dev: Plan) -> None:
    assert dev.only("BranchProtection").inputs["pattern"] == "dev"
    assert reviews(dev)["requiredApprovingReviewCount"] == 1 == dev.outputs["requiredApprovals"]
    assert checks(dev) == {"contexts": ["CFN-Lint"], "strict": False}


def test_main_asks_for_two_approvals_the_check_and_an_up_to_date_branch(prod: Plan) -> None:
    assert prod.only("BranchProtection").inputs["pattern"] == "main"
    assert reviews(prod)["requiredApprovingReviewCount"] == 2 == prod.outputs["requiredApprovals"]
    assert checks(prod) == {"contexts": ["CFN-Lint"], "strict": True}


def test_the_operations_manager_counts_only_where_code_owner_reviews_are_required(prod: Plan, dev: Plan) -> None:
    assert reviews(prod)["requireCodeOwnerReviews"] is True
    assert reviews(dev)["requireCodeOwnerReviews"] is False


def test_an_approval_is_of_the_commit_that_was_read(prod: Plan) -> None:
    assert reviews(prod)["dismissStaleReviews"] is True


def test_nobody_bypasses_unless_configured(prod: Plan, dev: Plan) -> None:
    assert "pullRequestBypassers" not in reviews(prod)
    assert "pullRequestBypassers" not in reviews(dev)


def test_configured_actors_bypass_the_review_and_not_the_check() -> None:
    protection = {**json.loads(configuration("prod")["release:branchProtection"])}
    protection["bypassActors"] = "helios/on-call, /octocat"
    plan = run_program("prod", config=configuration("prod") | {"release:branchProtection": json.dumps(protection)})
    assert reviews(plan)["pullRequestBypassers"] == ["helios/on-call", "/octocat"]
    assert checks(plan)["contexts"] == ["CFN-Lint"]
    assert "restrictPushes" not in plan.only("BranchProtection").inputs


def test_administrators_are_bound_too_and_history_stays(prod: Plan) -> None:
    inputs = prod.only("BranchProtection").inputs
    assert (inputs["enforceAdmins"], inputs["allowsForcePushes"], inputs["allowsDeletions"]) == (
        True,
        False,
        False,
    )


def test_the_repository_is_named_without_its_owner_whom_the_provider_knows(prod: Plan) -> None:
    (provider,) = [r for r in prod.registrations if r.type == "pulumi:providers:github"]
    asked = [arguments for token, arguments, _ in prod.invokes if token.endswith(":getRepository")]
    assert asked == [{"name": "web-infrastructure"}]
    assert provider.inputs["owner"] == "helios"


def test_no_token_is_in_the_plan(prod: Plan) -> None:
    (provider,) = [r for r in prod.registrations if r.type == "pulumi:providers:github"]
    assert "token" not in provider.inputs


def test_a_branch_that_another_stack_protects_is_left_alone_and_the_stack_says_so() -> None:
    plan = run_program("prod", config=configuration("prod") | {"release:branchProtection": '{"manage": false}'})
    assert plan.of_type("BranchProtection") == []
    assert "getRepository" not in str(plan.invokes)
    assert plan.outputs.get("requiredApprovals") is None
    ((_, said),) = [told for told in plan.messages if "branchProtection" in told[1]]
    assert said.startswith("release:branchProtection.manage is false: branch main of helios/web-infrastructure")


def test_a_stack_that_protects_the_branch_is_not_told_to_leave_it_without_a_word(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    urn = "urn:pulumi:prod::release::release:index:ProtectedBranch$github:index/branchProtection:BranchProtection::rule"
    monkeypatch.setattr(guard, "read_state", lambda: {urn: {"type": BRANCH_PROTECTION, "outputs": {}}})
    left = configuration("prod") | {"release:branchProtection": '{"manage": false}'}
    with pytest.raises(pulumi.RunError, match="an update would delete the rule") as refused:
        run_program("prod", config=left)
    command = str(refused.value).splitlines()[-1]
    assert shlex.split(command) == ["pulumi", "state", "delete", urn, "--force", "--stack", "prod"]
    assert run_program("prod").only("BranchProtection")


def test_nothing_else_changes_where_another_stack_protects_the_branch(first: Plan) -> None:
    left = run_program("prod", config=configuration("prod") | {"release:branchProtection": '{"manage": false}'})
    without, usual = ({registration.urn for registration in plan.registrations} for plan in (left, first))
    assert {urn.rpartition("::")[2] for urn in usual ^ without} == {"branch", "branch-protection"}
