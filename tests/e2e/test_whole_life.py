"""Least privilege over the whole life of the rehearsal's sandbox; the last of the end-to-end tests, so it has seen all.

What CloudFormation's role needs is shown in tests/sandbox/cloudformation, where a life costs less.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from components.deployers.reference import own_policies
from components.deployers.unrehearsed import UNREHEARSED
from sandbox.paths import PROJECT
from sop.names import Environment, Names
from tests.e2e.conftest import SandboxUnderTest, copy_project
from tests.permissions import DEPLOYS_RARELY, Grant, denials, granted, kept, used, used_by_pulumi

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("sandbox")]

ROLES = ("build", "deploy", "pipeline", "pull-request")
# Who acted on its own behalf: an alarm's mail, an event's mail, the load balancer's access log, the mail's encryption
SERVICES = {
    ("cloudwatch.amazonaws.com", "sns:Publish"),
    ("events.amazonaws.com", "sns:Publish"),
    ("delivery.logs.amazonaws.com", "logs:PutLogEvents"),
    ("cloudwatch.amazonaws.com", "kms:GenerateDataKey"),
    ("events.amazonaws.com", "kms:GenerateDataKey"),
}


@pytest.fixture(scope="module")
def decisions(sandbox: SandboxUnderTest, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    taken = sandbox("decisions").data
    if Grant("pull-request", "WriteLog", "logs:PutLogEvents") not in used(taken):  # run alone
        pushed = sandbox("push", "--branch", "feature/alone", "--change", "harmless", "--pull-request", "dev")
        assert pushed.code == 0, pushed.output + pushed.errors
        taken = sandbox("decisions").data
    if ("Pipeline", "codepipeline:DeletePipeline") not in used_by_pulumi(taken, "up"):  # run alone
        project = copy_project(tmp_path_factory.mktemp("project"))
        for command in (
            ("preview",),
            ("refresh", "--yes"),
            ("refresh", "--preview-only"),
            ("up", "--yes", "--skip-preview", "-c", "release:workload=none"),
            ("destroy", "--yes"),
        ):
            ended = sandbox.pulumi(*command, "--stack", "dev", cwd=project)
            assert ended.code == 0, ended.output + ended.errors
        taken = sandbox("decisions").data
    return taken


def test_nothing_that_the_life_needs_is_missing(decisions: list[dict[str, Any]]) -> None:
    # The service of test_existing_resources is given the sample of the SOP's, whose log groups are not its own
    elsewhere = f":role/{Names(Environment.PROD, service='api').pipeline}-"
    assert [denied for denied in denials(decisions) if elsewhere not in denied] == []
    assert {(each["principal"], each["action"]) for each in decisions} >= SERVICES


def test_every_action_of_the_roles_was_needed_or_has_its_reason(decisions: list[dict[str, Any]]) -> None:
    unneeded = granted(*ROLES) - used(decisions)
    with_reason = kept(granted(*ROLES)) | DEPLOYS_RARELY
    assert unneeded == with_reason, sorted(unneeded ^ with_reason)


@pytest.mark.parametrize("purpose", ["preview", "up"])
def test_every_action_of_who_runs_pulumi_was_needed_or_stands_in_the_reference(
    decisions: list[dict[str, Any]], purpose: str
) -> None:
    policy: dict[str, Any] = json.loads(own_policies(PROJECT)[f"{purpose}-dev.json"])
    allowed = {(statement["Sid"], action) for statement in policy["Statement"] for action in statement["Action"]}
    unneeded = allowed - used_by_pulumi(decisions, purpose)
    with_reason = allowed & set(UNREHEARSED)
    assert unneeded == with_reason, sorted(unneeded ^ with_reason)
