"""The three CodeBuild projects."""

from __future__ import annotations

import re

import pulumi
import pytest

from tests.components.recorder import Plan, World, configuration, run_program

IN_PIPELINE = {"build": "buildspec-test.yml", "deploy": "buildspec.yml"}


@pytest.mark.parametrize(("part", "buildspec"), IN_PIPELINE.items())
def test_source_and_artifacts_of_a_pipeline_project_are_both_codepipeline(
    prod: Plan, part: str, buildspec: str
) -> None:
    project = prod.only("Project", f"delivery-{part}").inputs
    # No report_build_status: an error on a pipeline's project
    assert project["source"] == {"type": "CODEPIPELINE", "buildspec": buildspec}
    assert project["artifacts"] == {"type": "CODEPIPELINE"}
    assert project["name"] == f"web-pipeline-prod-{part}"


def test_timeouts_are_within_5_to_2160_minutes(prod: Plan) -> None:
    assert all(5 <= project.inputs["buildTimeout"] <= 2160 for project in prod.of_type("Project"))


def test_the_deploy_project_gets_its_variables_on_the_project(prod: Plan, dev: Plan) -> None:
    role = "arn:aws:iam::123456789012:role/web-pipeline-{}-cloudformation-ap-southeast-2"
    for plan, environment in ((prod, "prod"), (dev, "dev")):
        given = plan.only("Project", "delivery-deploy").inputs["environment"]["environmentVariables"]
        assert {variable["name"]: variable["value"] for variable in given} == {
            "ENVIRONMENT": environment,
            "STACK_NAME": f"web-infrastructure-{environment}",
            "ARTIFACT_BUCKET": f"web-pipeline-{environment}-artifacts-123456789012-ap-southeast-2",
            "CLOUDFORMATION_ROLE_ARN": role.format(environment),
        }


def test_builds_log_to_groups_that_expire_and_that_destroy_removes(prod: Plan) -> None:
    groups = {group.inputs["name"]: group.inputs for group in prod.of_type("LogGroup")}
    for project in prod.of_type("Project"):
        name = project.inputs["logsConfig"]["cloudwatchLogs"]["groupName"]
        assert name == f"/aws/codebuild/{project.inputs['name']}"
        assert groups[name]["retentionInDays"] > 0


def test_the_pull_request_check_clones_over_https_with_the_connection(prod: Plan) -> None:
    project = prod.only("Project", "pull-request").inputs
    source = project["source"]
    assert (source["type"], source["buildspec"]) == ("GITHUB", "buildspec-test.yml")
    assert source["location"] == "https://github.com/helios/web-infrastructure.git"
    assert source["auth"] == {"type": "CODECONNECTIONS", "resource": prod.outputs["connectionArn"]}
    assert project["artifacts"] == {"type": "NO_ARTIFACTS"}


def test_the_pull_request_check_reports_the_status_that_branch_protection_asks_for(prod: Plan) -> None:
    source = prod.only("Project", "pull-request").inputs["source"]
    assert source["reportBuildStatus"] is True
    assert source["buildStatusConfig"] == {"context": "CFN-Lint"}
    (checks,) = prod.only("BranchProtection").inputs["requiredStatusChecks"]
    assert checks["contexts"] == [source["buildStatusConfig"]["context"]] == [prod.outputs["statusCheck"]]


def test_the_pull_request_checks_policy_is_attached_before_the_project_is_created(prod: Plan) -> None:
    assert prod.only("RolePolicy", "pull-request").urn in prod.only("Project", "pull-request").depends_on


@pytest.mark.parametrize("part", IN_PIPELINE)
def test_a_pipeline_projects_policy_is_attached_before_it_is_created(prod: Plan, part: str) -> None:
    policy = prod.only("RolePolicy", f"delivery-{part}-service")
    assert policy.urn in prod.only("Project", f"delivery-{part}").depends_on


def test_pull_requests_to_this_environments_branch_start_the_check(prod: Plan, dev: Plan) -> None:
    for plan, branch in ((prod, "main"), (dev, "dev")):
        (group,) = plan.only("Webhook").inputs["filterGroups"]  # groups are OR, filters in a group AND
        assert group["filters"] == [
            {
                "type": "EVENT",
                "pattern": "PULL_REQUEST_CREATED, PULL_REQUEST_UPDATED, PULL_REQUEST_REOPENED",
            },
            {"type": "BASE_REF", "pattern": f"^refs/heads/{branch}$"},
        ]
        assert "branchFilter" not in plan.only("Webhook").inputs


def test_a_branch_with_characters_of_regular_expressions_is_matched_literally() -> None:
    plan = run_program("prod", config=configuration("prod") | {"release:branch": "release/1.0+x"})
    (group,) = plan.only("Webhook").inputs["filterGroups"]
    pattern = group["filters"][1]["pattern"]
    assert re.search(pattern, "refs/heads/release/1.0+x")
    assert not re.search(pattern, "refs/heads/release/100x")


def test_the_webhooks_secret_is_one_in_the_state(prod: Plan) -> None:
    assert set(prod.only("Webhook").secret_outputs) >= {"secret", "payloadUrl"}


def test_a_pull_request_of_a_bot_is_built_and_a_forks_waits_for_a_comment_of_somebody_with_write_access(
    prod: Plan,
) -> None:
    assert prod.only("Webhook").inputs["pullRequestBuildPolicy"] == {
        "requiresCommentApproval": "FORK_PULL_REQUESTS",
        "approverRoles": ["GITHUB_WRITE", "GITHUB_MAINTAIN", "GITHUB_ADMIN"],
    }


@pytest.mark.parametrize("status", ["PENDING", "ERROR"])
def test_no_check_before_the_connection_is_available_and_a_word_about_it(status: str) -> None:
    plan = run_program("prod", World(connection=status))
    assert not [each for each in plan.registrations if "pull-request" in each.name]
    assert plan.outputs.get("pullRequestProjectName") is None
    assert (plan.outputs["connectionStatus"], plan.outputs["pullRequestWebhook"]) == (status, False)
    (warning,) = [text for level, text in plan.messages if level == "WARNING"]
    assert status in warning
    assert "handshake in the console" in warning


@pytest.mark.parametrize("status", ["PENDING", "ERROR"])
def test_a_check_that_exists_is_not_deleted_because_its_connection_broke(status: str) -> None:
    with pytest.raises(pulumi.RunError, match=f"is {status}, and web-pipeline-prod-pull-request checks") as refused:
        run_program("prod", World(connection=status, projects=("web-pipeline-prod-pull-request",)))
    assert "handshake in the console" in str(refused.value)
    assert "release:pullRequestCheck.webhook false --stack prod" in str(refused.value)


@pytest.mark.parametrize("status", ["AVAILABLE", "PENDING"])
def test_no_check_when_it_is_switched_off(status: str) -> None:
    config = configuration("dev") | {"release:pullRequestCheck": '{"webhook": false}'}
    plan = run_program("dev", World(connection=status, projects=("web-pipeline-dev-pull-request",)), config)
    assert not [each for each in plan.registrations if "pull-request" in each.name]
    assert plan.outputs["pullRequestWebhook"] is False


def test_policies_of_ones_own_are_attached_to_cloudformations_role_besides_ours() -> None:
    arns = "arn:aws:iam::aws:policy/AmazonSQSFullAccess,arn:aws:iam::123456789012:policy/team/queues"
    plan = run_program("prod", config=configuration("prod") | {"release:workloadPolicies": arns})
    attached = {(a.inputs["role"], a.inputs["policyArn"]) for a in plan.of_type("RolePolicyAttachment")}
    role = "web-pipeline-prod-cloudformation-ap-southeast-2"
    assert attached == {(role, arn) for arn in arns.split(",")}
    assert plan.only("RolePolicy", "cloudformation").inputs["role"] == role


def test_a_pattern_that_cloudwatch_logs_refuses_stops_a_preview() -> None:
    world = World(refused_patterns=("ERROR(",))
    config = configuration("prod") | {"release:applicationErrorPattern": "ERROR("}
    with pytest.raises(pulumi.RunError, match="CloudWatch Logs refuses release:applicationErrorPattern 'ERROR") as told:
        run_program("prod", world, config)
    assert "pulumi config set release:applicationErrorPattern" in str(told.value)


def test_what_production_cannot_lose_is_protected_and_development_goes_at_once(prod: Plan, dev: Plan) -> None:
    protected = {(r.type.rpartition(":")[2], r.name) for r in prod.registrations if r.options.get("protect")}
    assert protected == {
        ("Key", "alerts-key"),
        ("Key", "delivery-artifacts-key"),
        ("Bucket", "delivery-artifacts-bucket"),
        ("Key", "records-key"),
        ("Bucket", "records-bucket"),
        ("BranchProtection", "branch-protection"),
    }
    assert not [r for r in dev.registrations if r.options.get("protect")]
