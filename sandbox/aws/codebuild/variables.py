"""A build's environment variables, from the project, the buildspec, the parameter store and the secrets."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from sandbox.aws.codebuild.runner import PhaseError
from sandbox.environment import build_environment

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.aws.codebuild.build import Build
    from sandbox.aws.codebuild.buildspec import Buildspec
    from sandbox.core.account import Account

_ARN_PARTS = 7
_MILLISECONDS = 1000


def variables_of(
    account: Account, build: Build, spec: Buildspec, overrides: Iterable[Mapping[str, str]], source: Mapping[str, str]
) -> dict[str, str]:
    """The later wins: machine, buildspec, project, what the build was started with, CodeBuild's own.

    Raises:
        PhaseError: a parameter or secret that cannot be read.
    """
    declared = [*build.project["environment"].get("environmentVariables", []), *overrides]
    read = {
        **{name: _parameter(account, wanted) for name, wanted in spec.parameters.items()},
        **{name: _secret(account, wanted) for name, wanted in spec.secrets.items()},
    }
    given = {variable["name"]: _value(account, variable) for variable in declared}
    machine = build_environment(account) | (build.session.environment() if build.session else {})
    return {**machine, **spec.variables, **read, **given, **source, **_own(account, build)}


def folders(folder: Path) -> dict[str, str]:
    """Where a build is at home: below its own folder, nowhere else."""
    return {
        "CODEBUILD_SRC_DIR": str(folder / "src"),
        "HOME": str(folder / "home"),
        "TMPDIR": str(folder / "tmp"),
    }


def _own(account: Account, build: Build) -> dict[str, str]:
    return {
        "AWS_DEFAULT_REGION": account.region,
        "AWS_REGION": account.region,
        "CI": "true",
        "CODEBUILD_CI": "true",
        "CODEBUILD_BUILD_ARN": build.arn,
        "CODEBUILD_BUILD_ID": build.id,
        "CODEBUILD_BUILD_IMAGE": build.project["environment"]["image"],
        "CODEBUILD_BUILD_NUMBER": str(build.number),
        "CODEBUILD_INITIATOR": build.initiator,
        "CODEBUILD_KMS_KEY_ID": build.project["encryptionKey"],
        "CODEBUILD_LOG_PATH": build.log_stream,
        "CODEBUILD_RESOLVED_SOURCE_VERSION": build.revision,
        "CODEBUILD_START_TIME": str(int(build.started.timestamp() * _MILLISECONDS)),
    }


def _value(account: Account, variable: Mapping[str, str]) -> str:
    kind = variable.get("type", "PLAINTEXT")
    if kind == "PARAMETER_STORE":
        return _parameter(account, variable["value"])
    if kind == "SECRETS_MANAGER":
        return _secret(account, variable["value"])
    return variable["value"]


def _parameter(account: Account, name: str) -> str:
    try:
        return account.client("ssm").get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
    except ClientError as error:
        raise PhaseError("CLIENT_ERROR", f"Error while getting the parameter {name}: {error}") from error


def _secret(account: Account, reference: str) -> str:
    """`secret-id:json-key:version-stage:version-id`; an ARN's own colons belong to the id."""
    parts = reference.split(":")
    id_parts = _ARN_PARTS if reference.startswith("arn:") else 1
    head = ":".join(parts[:id_parts])
    key, stage, version = [*parts[id_parts:], "", "", ""][:3]
    wanted: dict[str, Any] = {"SecretId": head}
    if stage:
        wanted["VersionStage"] = stage
    if version:
        wanted["VersionId"] = version
    try:
        secret = account.client("secretsmanager").get_secret_value(**wanted)["SecretString"]
        return str(json.loads(secret)[key]) if key else secret
    except (ClientError, ValueError, KeyError) as error:
        raise PhaseError("CLIENT_ERROR", f"Error while getting the secret {head}: {error}") from error
