"""The service role that CodeBuild takes, and what it does with it beside the build's own commands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.aws.access import ACCESS, AccessDenied
from sandbox.aws.service import AwsError
from sandbox.iam.calls import Ask

if TYPE_CHECKING:
    from sandbox.aws.access import Session
    from sandbox.aws.codebuild.build import Build
    from sandbox.core.account import Account

PRINCIPAL = "codebuild.amazonaws.com"
_CONNECTION_ACTIONS = ("GetConnectionToken", "GetConnection", "UseConnection")


def take_role(account: Account, build: Build) -> Session:
    """A session of the build's service role.

    Raises:
        AwsError: ACCESS_DENIED, the role is gone or does not trust CodeBuild.
    """
    return assume(account, build.project, f"AWSCodeBuild-{build.log_stream}", "ACCESS_DENIED")


def assume(account: Account, project: dict[str, Any], session: str, code: str) -> Session:
    """A session of a project's service role; an AwsError with `code` where it cannot be taken."""
    role_arn = project["serviceRole"]
    try:
        return account.reach(ACCESS).assume(PRINCIPAL, role_arn, session, source_arn=project["arn"])
    except AccessDenied as error:
        message = f"CodeBuild is not authorized to perform: sts:AssumeRole on service role {role_arn}"
        raise AwsError(code, message) from error


def require_log(account: Account, build: Build, session: Session) -> None:
    """Raises AwsError, ACCESS_DENIED, unless the role may write the build's log."""
    group = f"arn:aws:logs:{build.region}:{build.account_id}:log-group:{build.log_group}"
    groups = account.client("logs").describe_log_groups(logGroupNamePrefix=build.log_group)["logGroups"]
    asks = [
        Ask(f"logs:{action}", f"{group}:log-stream:{build.log_stream}")
        for action in ("CreateLogStream", "PutLogEvents")
    ]
    if build.log_group not in [each["logGroupName"] for each in groups]:
        asks.insert(0, Ask("logs:CreateLogGroup", f"{group}:log-stream:"))
    try:
        account.reach(ACCESS).require(session, asks)
    except AccessDenied as error:
        message = (
            f"Service role {build.project['serviceRole']} does not allow AWS CodeBuild to create Amazon CloudWatch "
            f"Logs log streams for build {build.arn}. Error message: {error.message}"
        )
        raise AwsError("ACCESS_DENIED", message) from error


def require_connection(account: Account, session: Session | None, arn: str) -> None:
    """Raises AwsError, OAuthProviderException, unless the role may use the connection."""
    if session is None:
        return
    try:
        account.reach(ACCESS).require_connection(session, _CONNECTION_ACTIONS, arn, "OAuthProviderException")
    except AccessDenied as error:
        message = f"Access denied to connection {arn}: {error.message}"
        raise AwsError("OAuthProviderException", message) from error
