"""Projects, webhooks and builds through boto3."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.aws.access import ACCESS
from sandbox.aws.codebuild.build import Build
from sandbox.aws.codeconnections import PENDING
from tests.clock import PATIENCE, until
from tests.sandbox.codebuild.processes import goes_on
from tests.sandbox.codepipeline.account import CONNECTION, Account, environment, github_source
from tests.sandbox.codepipeline.shapes import assert_fits_model

PULL_REQUESTS = [
    [
        {"type": "EVENT", "pattern": "PULL_REQUEST_CREATED, PULL_REQUEST_UPDATED, PULL_REQUEST_REOPENED"},
        {"type": "BASE_REF", "pattern": "^refs/heads/dev$"},
    ]
]
CONNECTION_ACTIONS = [
    f"{service}:{action}"
    for service in ("codeconnections", "codestar-connections")
    for action in ("GetConnectionToken", "GetConnection", "UseConnection")
]
LOG_ACTIONS = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]


def refusal(error: pytest.ExceptionInfo[ClientError]) -> str:
    return error.value.response.get("Error", {}).get("Code", "")


def ended(account: Account, build_id: str = "") -> Build:
    """The build, or the newest one, once it is over."""
    build = account.codebuild.builds.get(build_id) if build_id else account.codebuild.builds.newest_first()[0]
    assert build is not None
    assert build.done.wait(PATIENCE)
    return build


def test_a_project_keeps_every_field_and_gets_awss_defaults(account: Account) -> None:
    created = account.project("web-build", "buildspec-test.yml", description="Lints", timeoutInMinutes=15)
    (project,) = account.builds.batch_get_projects(names=["web-build"])["projects"]
    assert project == created
    assert (project["description"], project["timeoutInMinutes"]) == ("Lints", 15)
    assert project["queuedTimeoutInMinutes"] == 480
    assert project["environment"]["environmentVariables"] == [
        {"name": "ENVIRONMENT", "value": "prod", "type": "PLAINTEXT"}
    ]
    assert project["encryptionKey"].endswith(":alias/aws/s3")
    assert account.builds.batch_get_projects(names=["other"])["projectsNotFound"] == ["other"]


def test_an_update_changes_what_it_names(account: Account) -> None:
    account.project("web-build", "buildspec-test.yml", description="Lints")
    account.builds.update_project(name="web-build", timeoutInMinutes=30)
    (project,) = account.builds.batch_get_projects(names=["web-build"])["projects"]
    assert (project["description"], project["timeoutInMinutes"]) == ("Lints", 30)
    account.builds.delete_project(name="web-build")
    assert account.builds.list_projects()["projects"] == []


PIPELINE = {"type": "CODEPIPELINE"}


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"artifacts": {"type": "NO_ARTIFACTS"}}, "CODEPIPELINE goes with CODEPIPELINE"),
        ({"source": github_source()}, "CODEPIPELINE goes with CODEPIPELINE"),
        ({"source": {**PIPELINE, "reportBuildStatus": True}}, "reportBuildStatus is not supported"),
        ({"source": {**PIPELINE, "buildStatusConfig": {"context": "x"}}}, "buildStatusConfig is not supported"),
        ({"timeoutInMinutes": 2161}, "less than or equal to 2160"),
        ({"description": "d" * 256}, "less than or equal to 255"),
        ({"serviceRole": "arn:aws:iam::123456789012:role/nobody"}, "sts:AssumeRole"),
        ({"environment": {**environment(), "type": "LINUX"}}, "enum value set"),
        (
            {"environment": {**environment(), "environmentVariables": [{"name": "A", "value": "1"}] * 2}},
            "Duplicate environment variables: A",
        ),
    ],
)
def test_a_project_that_codebuild_refuses(account: Account, wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(ClientError, match=words) as refused:
        account.project("web-build", "buildspec-test.yml", **wrong)
    assert refusal(refused) == "InvalidInputException"


@pytest.mark.parametrize("missing", CONNECTION_ACTIONS)
def test_a_github_project_needs_the_connection_permissions_when_it_is_created(account: Account, missing: str) -> None:
    role = account.role("narrow", "codebuild", [action for action in CONNECTION_ACTIONS if action != missing])
    with pytest.raises(ClientError, match=f"not authorized to perform: {missing}"):
        account.pull_request_project(serviceRole=role)


def test_the_connection_permissions_are_enough(account: Account) -> None:
    account.pull_request_project(serviceRole=account.role("narrow", "codebuild", CONNECTION_ACTIONS))


def test_a_github_project_is_refused_before_iam_knows_the_roles_policy_and_made_after_the_wait(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account.world.reach(ACCESS).propagation, "span", timedelta(seconds=10))
    role = account.role("narrow", "codebuild", CONNECTION_ACTIONS)
    with pytest.raises(ClientError, match="no identity-based policy allows the code") as refused:
        account.pull_request_project(serviceRole=role)
    assert refusal(refused) == "OAuthProviderException"
    account.world.clock.leap(timedelta(seconds=11))
    account.pull_request_project("waited", serviceRole=role)


def test_a_changed_policy_counts_as_it_was_until_iam_knows_the_change(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    role = account.role("narrow", "codebuild", CONNECTION_ACTIONS)
    monkeypatch.setattr(account.world.reach(ACCESS).propagation, "span", timedelta(seconds=10))
    iam = account.world.client("iam")
    (policy,) = iam.list_role_policies(RoleName="narrow")["PolicyNames"]
    iam.delete_role_policy(RoleName="narrow", PolicyName=policy)
    account.pull_request_project(serviceRole=role)
    account.world.clock.leap(timedelta(seconds=11))
    with pytest.raises(ClientError, match="OAuthProviderException"):
        account.pull_request_project("later", serviceRole=role)


def test_a_github_project_of_an_unknown_connection_is_refused(account: Account) -> None:
    source = github_source(auth={"type": "CODECONNECTIONS", "resource": CONNECTION.replace("5c0de", "00000")})
    with pytest.raises(ClientError, match="not found") as refused:
        account.pull_request_project(source=source)
    assert refusal(refused) == "InvalidInputException"


def test_a_webhook_shows_its_secret_once(account: Account) -> None:
    account.pull_request_project()
    created = account.builds.create_webhook(projectName="web-pull-request", filterGroups=PULL_REQUESTS)["webhook"]
    assert created["secret"]
    (project,) = account.builds.batch_get_projects(names=["web-pull-request"])["projects"]
    assert "secret" not in project["webhook"]
    assert project["webhook"]["filterGroups"] == PULL_REQUESTS
    with pytest.raises(ClientError) as refused:
        account.builds.create_webhook(projectName="web-pull-request", filterGroups=PULL_REQUESTS)
    assert refusal(refused) == "ResourceAlreadyExistsException"
    rotated = account.builds.update_webhook(projectName="web-pull-request", rotateSecret=True)["webhook"]
    assert rotated["secret"] != created["secret"]
    assert rotated["filterGroups"] == PULL_REQUESTS
    account.builds.delete_webhook(projectName="web-pull-request")
    with pytest.raises(ClientError) as refused:
        account.builds.delete_webhook(projectName="web-pull-request")
    assert refusal(refused) == "ResourceNotFoundException"


def test_a_webhook_needs_an_available_connection(account: Account) -> None:
    account.pull_request_project()
    account.world.service("codeconnections").set_status(CONNECTION, PENDING)
    with pytest.raises(ClientError, match="PENDING") as refused:
        account.builds.create_webhook(projectName="web-pull-request", filterGroups=PULL_REQUESTS)
    assert refusal(refused) == "OAuthProviderException"


def test_a_webhook_on_a_pipelines_project_is_refused(account: Account) -> None:
    account.project("web-build", "buildspec-test.yml")
    with pytest.raises(ClientError, match="CODEPIPELINE") as refused:
        account.builds.create_webhook(projectName="web-build", filterGroups=PULL_REQUESTS)
    assert refusal(refused) == "InvalidInputException"


def test_branch_filter_and_filter_groups_exclude_each_other(account: Account) -> None:
    account.pull_request_project()
    with pytest.raises(ClientError, match="cannot be used together"):
        account.builds.create_webhook(projectName="web-pull-request", filterGroups=PULL_REQUESTS, branchFilter="dev")


def test_a_pull_request_gets_its_check_and_each_new_head_another(account: Account) -> None:
    account.pull_request_project()
    account.builds.create_webhook(projectName="web-pull-request", filterGroups=PULL_REQUESTS)
    broken = account.push("broken", "", branch="feature/one")
    account.github.open_pull(title="One", head="feature/one", base="dev", author="sample-engineer")
    build = ended(account)
    assert (build.status, build.source_version, build.revision) == ("FAILED", "pr/1", broken)
    assert [(status.context, status.state) for status in account.github.statuses(broken)] == [
        ("CFN-Lint", "pending"),
        ("CFN-Lint", "failure"),
    ]

    def mend(checkout: Any) -> str:
        (checkout / "broken").unlink()
        return "Mend it"

    mended = account.github.repository.commit_change(broken, mend)
    account.github.push("feature/one", mended, "sample-engineer")
    assert ended(account).status == "SUCCEEDED"
    assert account.github.statuses(mended)[-1].state == "success"


def test_a_pull_request_to_another_branch_starts_nothing(account: Account) -> None:
    account.pull_request_project()
    account.builds.create_webhook(projectName="web-pull-request", filterGroups=PULL_REQUESTS)
    account.push("notes.txt", "hello", branch="feature/two")
    before = account.codebuild.builds.newest_first()
    account.github.open_pull(title="Two", head="feature/two", base="main", author="sample-engineer")
    assert account.codebuild.builds.newest_first() == before


def test_start_build_on_a_branch_with_overrides(account: Account) -> None:
    account.pull_request_project()
    spec = "version: 0.2\nphases:\n  build:\n    commands:\n      - echo $COLOUR\n"
    started = account.builds.start_build(
        projectName="web-pull-request",
        sourceVersion="dev",
        buildspecOverride=spec,
        environmentVariablesOverride=[{"name": "COLOUR", "value": "green"}],
    )["build"]
    build = ended(account, started["id"])
    assert (build.status, list(build.tail)) == ("SUCCEEDED", ["green"])
    shown = account.codebuild.batch_get_builds({"ids": [build.id]})
    assert_fits_model("codebuild", "BatchGetBuilds", shown)
    assert [phase["phaseType"] for phase in shown["builds"][0]["phases"]] == [
        "SUBMITTED", "QUEUED", "PROVISIONING", "DOWNLOAD_SOURCE", "INSTALL", "PRE_BUILD", "BUILD", "POST_BUILD",
        "UPLOAD_ARTIFACTS", "FINALIZING", "COMPLETED",
    ]  # fmt: skip
    assert account.builds.list_builds_for_project(projectName="web-pull-request")["ids"][0] == build.id
    again = account.builds.retry_build(id=build.id)["build"]
    assert ended(account, again["id"]).status == "SUCCEEDED"


def test_a_build_sees_what_codebuild_tells_it(account: Account) -> None:
    account.pull_request_project()
    spec = "version: 0.2\nphases:\n  build:\n    commands:\n      - env\n      - test $PWD = $CODEBUILD_SRC_DIR\n"
    started = account.builds.start_build(projectName="web-pull-request", buildspecOverride=spec)["build"]
    build = ended(account, started["id"])
    assert build.status == "SUCCEEDED"
    lines = account.logs.lines["/aws/codebuild/web-pull-request"]
    seen = dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("["))
    assert seen["CODEBUILD_BUILD_ID"] == build.id
    assert seen["CODEBUILD_RESOLVED_SOURCE_VERSION"] == account.github.repository.branches()["main"]
    assert (seen["AWS_REGION"], seen["AWS_DEFAULT_REGION"]) == ("ap-southeast-2", "ap-southeast-2")
    assert seen["AWS_ENDPOINT_URL"] == account.world.endpoint
    assert seen["CODEBUILD_BUILD_NUMBER"] == str(build.number)
    assert str(account.world.paths.builds) in seen["HOME"]


@pytest.mark.parametrize(
    ("override", "phase", "code"),
    [
        ({"buildspecOverride": "missing.yml"}, "DOWNLOAD_SOURCE", "YAML_FILE_ERROR"),
        ({"buildspecOverride": "version: 0.2\nphases: {}\n"}, "DOWNLOAD_SOURCE", "YAML_FILE_ERROR"),
        ({"sourceVersion": "nowhere"}, "DOWNLOAD_SOURCE", "CLIENT_ERROR"),
    ],
)
def test_a_build_that_cannot_begin_says_why(account: Account, override: dict[str, Any], phase: str, code: str) -> None:
    account.pull_request_project()
    started = account.builds.start_build(projectName="web-pull-request", **override)["build"]
    failed = ended(account, started["id"]).failed_phase
    assert failed is not None
    assert (failed.type, failed.code) == (phase, code)


@pytest.mark.parametrize("missing", LOG_ACTIONS)
def test_a_service_role_that_may_not_write_the_log_fails_the_build(account: Account, missing: str) -> None:
    allowed = [*CONNECTION_ACTIONS, *(action for action in LOG_ACTIONS if action != missing)]
    account.pull_request_project(serviceRole=account.role("narrow", "codebuild", allowed))
    started = account.builds.start_build(projectName="web-pull-request")["build"]
    failed = ended(account, started["id"]).failed_phase
    assert failed is not None
    assert (failed.type, failed.code) == ("PROVISIONING", "ACCESS_DENIED")
    assert missing in failed.message


def test_stop_build(account: Account) -> None:
    account.pull_request_project()
    spec = "version: 0.2\nphases:\n  build:\n    commands:\n      - sleep 60\n"
    started = account.builds.start_build(projectName="web-pull-request", buildspecOverride=spec)["build"]
    account.builds.stop_build(id=started["id"])
    assert ended(account, started["id"]).status == "STOPPED"


def test_a_pipelines_project_is_started_by_its_pipeline_only(account: Account) -> None:
    account.project("web-build", "buildspec-test.yml")
    with pytest.raises(ClientError, match="only its pipeline") as refused:
        account.builds.start_build(projectName="web-build")
    assert refusal(refused) == "InvalidInputException"


def test_what_is_not_there(account: Account) -> None:
    for call in (
        lambda: account.builds.start_build(projectName="other"),
        lambda: account.builds.stop_build(id="other:1"),
        lambda: account.builds.update_project(name="other"),
    ):
        with pytest.raises(ClientError) as refused:
            call()
        assert refusal(refused) == "ResourceNotFoundException"
    assert account.builds.batch_get_builds(ids=["other:1"])["buildsNotFound"] == ["other:1"]


def test_events_tell_start_and_end(account: Account) -> None:
    account.pull_request_project()
    build = ended(account, account.builds.start_build(projectName="web-pull-request")["build"]["id"])
    told = [event for event in account.events if event.source == "aws.codebuild" and build.arn in event.resources]
    assert [event.detail["build-status"] for event in told] == ["IN_PROGRESS", "SUCCEEDED"]
    assert {event.detail_type for event in told} == {"CodeBuild Build State Change"}


def test_when_the_sandbox_goes_down_no_process_of_a_build_is_left(account: Account) -> None:
    account.pull_request_project()
    spec = "version: 0.2\nphases:\n  build:\n    commands:\n      - sleep 62 & echo $! && wait\n"
    build_id = account.builds.start_build(projectName="web-pull-request", buildspecOverride=spec)["build"]["id"]
    build = account.codebuild.builds.get(build_id)
    assert build is not None
    until(lambda: bool(build.tail))
    account.codebuild.builds._stop_all()
    assert not goes_on(int(build.tail[0]))
    assert ended(account, build_id).status == "STOPPED"
