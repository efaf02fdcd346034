"""The check that every pull request must pass (SOP 1.2): without it branch protection would block each merge."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from botocore.exceptions import BotoCoreError, ClientError

from components import asking
from components.account import Account
from components.builds import build_environment, build_log_group, build_logs, write_logs
from components.configuration import keys
from components.configuration.settings import Settings
from components.connection import HANDSHAKE, Connection
from components.contract import Contract
from components.policies import Statement
from components.propagation import after_propagation
from components.roles import ServiceRole, ServiceRoleArgs
from sop.names import BUILDSPECS, STATUS_CHECK, Stage

TIMEOUT_MINUTES = 15
PULL_REQUEST_EVENTS = "PULL_REQUEST_CREATED, PULL_REQUEST_UPDATED, PULL_REQUEST_REOPENED"
# CodeBuild's default asks for a comment on bots' requests, too: the required check would never report
_APPROVED_FORKS = aws.codebuild.WebhookPullRequestBuildPolicyArgs(
    requires_comment_approval="FORK_PULL_REQUESTS",
    approver_roles=["GITHUB_WRITE", "GITHUB_MAINTAIN", "GITHUB_ADMIN"],
)
NOT_CHECKED: Contract = {"pull_request_webhook": False, "pull_request_project_name": None}


def pull_requests_are_checked(settings: Settings, connection: Connection) -> bool:
    """Whether this stack has the check: it is configured, and the connection lets CodeBuild in.

    CodeBuild creates neither project nor webhook over another connection than an AVAILABLE one.

    Raises:
        pulumi.RunError: the check is there already, and the connection is not AVAILABLE any more.
    """
    if not settings.pull_request_check or connection.is_available:
        return settings.pull_request_check
    project = settings.names.pull_request_project
    if _project_exists(project, settings.region):
        raise pulumi.RunError(
            f"the connection {connection.arn} is {connection.status}, and {project} checks pull requests through it: "
            f"going on would delete the check that {settings.branch} requires. Nothing was changed.\n"
            f"  mend: {HANDSHAKE}\n"
            f"  if pull requests are to be checked no longer: {keys.WEBHOOK.set_command('false', pulumi.get_stack())}"
        )
    return False


def _project_exists(name: str, region: str) -> bool:
    try:
        return bool(asking.client("codebuild", region).batch_get_projects(names=[name])["projects"])
    except (ClientError, BotoCoreError) as error:
        raise pulumi.RunError(f"cannot ask CodeBuild for the project {name}: {error}") from None


@dataclass(frozen=True, kw_only=True)
class PullRequestCheckArgs:
    """The connection of the settings must be AVAILABLE."""

    account: Account
    settings: Settings


class PullRequestCheck(pulumi.ComponentResource):
    """Lints the head of every pull request to this environment's branch and reports `CFN-Lint`.

    Creates a log group, a role, a CodeBuild project with GitHub as its source, and the webhook that starts it.
    """

    contract: Contract

    def __init__(self, name: str, args: PullRequestCheckArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("release:index:PullRequestCheck", name, None, opts)

        settings, project_name = args.settings, args.settings.names.pull_request_project
        log_group = build_log_group(f"{name}-logs", project_name, self)
        role = ServiceRole(
            f"{name}-service",
            ServiceRoleArgs(
                account=args.account,
                role_name=settings.names.role("pull-request"),
                service="codebuild",
                description=f"What the CodeBuild project {project_name} may do",
                statements=[write_logs(log_group.arn), _use_connection(settings.connection_arn)],
            ),
            pulumi.ResourceOptions(parent=self),
        )
        project = aws.codebuild.Project(
            f"{name}-project",
            name=project_name,
            description=f"Lints pull requests to {settings.branch} (SOP 1.2)",
            service_role=role.arn,
            build_timeout=TIMEOUT_MINUTES,
            source=_source(settings),
            artifacts=aws.codebuild.ProjectArtifactsArgs(type="NO_ARTIFACTS"),
            environment=build_environment({}),
            logs_config=build_logs(log_group),
            # CodeBuild tries the connection with the role when the project is created
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[role.policy],
                hooks=pulumi.ResourceHookBinding(
                    before_create=[after_propagation(f"{name}-project", settings.iam_propagation_seconds)]
                ),
            ),
        )
        aws.codebuild.Webhook(
            f"{name}-webhook",
            project_name=project.name,
            build_type="BUILD",
            filter_groups=[_pull_requests_to(settings.branch)],
            pull_request_build_policy=_APPROVED_FORKS,
            opts=pulumi.ResourceOptions(parent=self, additional_secret_outputs=["secret", "payload_url"]),
        )
        self.contract = {"pull_request_webhook": True, "pull_request_project_name": project.name}
        self.register_outputs(self.contract)


def _source(settings: Settings) -> aws.codebuild.ProjectSourceArgs:
    return aws.codebuild.ProjectSourceArgs(
        type="GITHUB",
        location=f"https://github.com/{settings.repository}.git",
        buildspec=BUILDSPECS[Stage.BUILD],
        git_clone_depth=1,
        auth=aws.codebuild.ProjectSourceAuthArgs(type="CODECONNECTIONS", resource=settings.connection_arn),
        report_build_status=True,
        build_status_config=aws.codebuild.ProjectSourceBuildStatusConfigArgs(context=STATUS_CHECK),
    )


def _pull_requests_to(branch: str) -> aws.codebuild.WebhookFilterGroupArgs:
    """Both filters must hold: it is about a pull request, and the request goes to `branch`."""
    return aws.codebuild.WebhookFilterGroupArgs(
        filters=[
            aws.codebuild.WebhookFilterGroupFilterArgs(type="EVENT", pattern=PULL_REQUEST_EVENTS),
            aws.codebuild.WebhookFilterGroupFilterArgs(type="BASE_REF", pattern=f"^refs/heads/{re.escape(branch)}$"),
        ]
    )


def _use_connection(arn: str) -> Statement:
    services = ("codeconnections", "codestar-connections")
    return Statement(
        sid="UseConnection",
        actions=[
            f"{service}:{action}"
            for service in services
            for action in ("GetConnection", "GetConnectionToken", "UseConnection")
        ],
        resources=[re.sub("codeconnections|codestar-connections", service, arn, count=1) for service in services],
    )


def check_pull_requests(
    settings: Settings, account: Account, connection: Connection, opts: pulumi.ResourceOptions
) -> Contract:
    """Make the check where it can be made: what the outputs say of it."""
    if not pull_requests_are_checked(settings, connection):
        return NOT_CHECKED
    args = PullRequestCheckArgs(account=account, settings=settings)
    return PullRequestCheck("pull-request-check", args, opts).contract
