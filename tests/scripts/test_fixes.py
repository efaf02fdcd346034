"""A fix mends what it is about when it is typed by somebody who has selected another stack and another region."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from scripts.checks import all_checks
from scripts.checks.context import Context
from scripts.checks.framework import Check
from scripts.fixes import of_command, of_stack
from sop.outputs import StackOutputs
from tests.scripts.prod_stack import OUTPUTS
from tests.scripts.release import Release

API = replace(
    StackOutputs.parse(OUTPUTS), stack="api-prod", region="us-east-1", runbooks="https://wiki.example/runbooks"
)


@pytest.mark.parametrize(
    ("fix", "typed"),
    [
        ("Run `pulumi up --refresh`, then.", "Run `pulumi up --refresh --stack api-prod`, then."),
        ("`release verify --wait` stays.", "`release verify --wait --stack api-prod` stays."),
        ("`release verify --stack dev`", "`release verify --stack dev`"),
        ("`release verify --stack=dev`", "`release verify --stack=dev`"),
        ("`release validate PATH`, `pulumi login s3://BUCKET`", "`release validate PATH`, `pulumi login s3://BUCKET`"),
        ("`aws elbv2 delete-rule --rule-arn x`", "`aws elbv2 delete-rule --rule-arn x --region us-east-1`"),
        ("`aws ec2 run --region eu-west-1`", "`aws ec2 run --region eu-west-1`"),
        ("`aws sso login`, `git push`", "`aws sso login`, `git push`"),
        ("Follow docs/runbooks/rollback.md.", "Follow https://wiki.example/runbooks/rollback.md."),
    ],
)
def test_each_command_names_stack_and_region_and_each_runbook_is_a_link(fix: str, typed: str) -> None:
    assert of_stack(fix, API) == typed
    assert of_stack(typed, API) == typed


@pytest.mark.parametrize("check", all_checks(), ids=lambda check: check.id)
def test_what_the_checks_declare_has_no_command_that_may_be_about_another_stack(check: Check[Context]) -> None:
    fix = of_stack(check.fix, API)
    for command in re.findall(r"`((?:release|pulumi) (?!validate)[^`]+)`", fix):
        assert "--stack " in command


def test_a_check_says_its_fix_so(release: Release) -> None:
    release.aws.answer("GetDashboard", {"DashboardBody": "{}"})
    assert "`pulumi up --refresh --stack prod`" in release.check("dashboard").fix


def test_a_command_says_its_fix_for_the_stack_that_it_was_asked_about() -> None:
    assert of_command("`release start`", ["start", "-s", "api-prod"]) == "`release start --stack api-prod`"
    assert of_command("`release start`", ["start", "--stack=api-prod"]) == "`release start --stack api-prod`"
    assert of_command("`release start`, `aws ec2 x`", ["start"]) == "`release start`, `aws ec2 x`"
