"""What CodeBuild refuses in a project, and the defaults it fills in."""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING, Any

from sandbox.aws.codebuild.role import assume, require_connection
from sandbox.aws.ports import CONNECTIONS
from sandbox.aws.service import AwsError

if TYPE_CHECKING:
    from sandbox.core.account import Account

Project = dict[str, Any]
_SOURCES = ("CODEPIPELINE", "GITHUB", "NO_SOURCE")
_GITHUB = re.compile(r"https://github\.com/(?P<repository>[^/]+/[^/]+?)(\.git)?")
UNSUPPORTED = "SandboxUnsupported"
# Members of a project that would change what a build does, and that the sandbox does not carry out.
_NOT_CARRIED_OUT = ("secondarySources", "secondaryArtifacts", "secondarySourceVersions", "fileSystemLocations")


def refused(message: str) -> AwsError:
    return AwsError("InvalidInputException", message)


def unsupported(what: str) -> AwsError:
    return AwsError(UNSUPPORTED, f"The sandbox does not carry out {what}; AWS does.", status=501)


def complete(project: Project, account: Account) -> Project:
    """The project with AWS's defaults."""
    completed: Project = {
        "timeoutInMinutes": 60,
        "queuedTimeoutInMinutes": 480,
        "encryptionKey": f"arn:aws:kms:{account.region}:{account.account_id}:alias/aws/s3",
        "cache": {"type": "NO_CACHE"},
        "projectVisibility": "PRIVATE",
        **copy.deepcopy({key: value for key, value in project.items() if value is not None}),
    }
    completed["badge"] = {"badgeEnabled": bool(completed.pop("badgeEnabled", False))}
    completed["source"].setdefault("insecureSsl", False)
    environment = completed["environment"]
    environment.setdefault("privilegedMode", False)
    environment.setdefault("imagePullCredentialsType", "CODEBUILD")
    for variable in environment.setdefault("environmentVariables", []):
        variable.setdefault("type", "PLAINTEXT")
    completed["arn"] = f"arn:aws:codebuild:{account.region}:{account.account_id}:project/{project['name']}"
    return completed


def validate(project: Project, account: Account) -> None:
    """Raises AwsError, InvalidInputException where AWS would and SandboxUnsupported where only the sandbox does."""
    source, artifacts = project["source"], project["artifacts"]
    kind = source["type"]
    if (kind == "CODEPIPELINE") != (artifacts["type"] == "CODEPIPELINE"):
        raise refused(
            f"Invalid artifacts: source type {kind} cannot be combined with artifacts type {artifacts['type']}; "
            "CODEPIPELINE goes with CODEPIPELINE"
        )
    if kind not in _SOURCES:
        raise unsupported(f"builds with source type {kind}")
    if kind == "NO_SOURCE" and "\n" not in source.get("buildspec", ""):
        raise refused("Invalid source: a buildspec is required for source type NO_SOURCE, written out")
    if kind == "NO_SOURCE" and project.get("sourceVersion"):
        raise refused("Invalid source: sourceVersion is not supported for source type NO_SOURCE")
    if artifacts["type"] == "S3":
        raise unsupported("artifacts of type S3")
    _require_carried_out(project)
    if kind == "CODEPIPELINE":
        for key in ("reportBuildStatus", "buildStatusConfig", "location", "auth"):
            if source.get(key):
                raise refused(f"Invalid source: {key} is not supported for source type CODEPIPELINE")
    names = [variable["name"] for variable in project["environment"].get("environmentVariables", [])]
    duplicates = sorted({name for name in names if names.count(name) > 1})
    if duplicates:
        raise refused(f"Duplicate environment variables: {', '.join(duplicates)}")
    assume(account, project, "validation", "InvalidInputException")
    if kind == "GITHUB":
        _validate_github(project, account)


def _require_carried_out(project: Project) -> None:
    for key in _NOT_CARRIED_OUT:
        if project.get(key):
            raise unsupported(f"builds with {key}")
    if project.get("autoRetryLimit"):
        raise unsupported("builds that are retried by themselves (autoRetryLimit)")
    if project.get("logsConfig", {}).get("s3Logs", {}).get("status") == "ENABLED":
        raise unsupported("build logs in S3")
    if project["source"].get("buildspec", "").startswith("arn:"):
        raise unsupported("buildspecs in S3")
    if project["environment"]["type"].startswith("WINDOWS"):
        raise unsupported(f"environments of type {project['environment']['type']}")


def repository_of(project: Project) -> str:
    """owner/name of a GITHUB project; empty for any other."""
    found = _GITHUB.fullmatch(project["source"].get("location", ""))
    return found["repository"] if found else ""


def connection_of(project: Project) -> str | None:
    auth = project["source"].get("auth", {})
    return auth.get("resource") if auth.get("type") == "CODECONNECTIONS" else None


def _validate_github(project: Project, account: Account) -> None:
    if not repository_of(project):
        raise refused(f"Invalid GitHub source location: {project['source'].get('location')!r}")
    arn = connection_of(project)
    if arn is None:
        raise unsupported("GITHUB sources without a connection (auth type CODECONNECTIONS)")
    require_connection(account, assume(account, project, "validation", "InvalidInputException"), arn)
    try:
        account.reach(CONNECTIONS).get_connection({"ConnectionArn": arn})
    except AwsError as error:
        raise refused(f"Failed to get access token from {arn}: {error.message}") from error
