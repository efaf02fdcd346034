"""A build that a service starts for a rule or a schedule, with the role that it was given for that."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from sandbox.aws.access import ACCESS
from sandbox.aws.service import AwsError

if TYPE_CHECKING:
    from sandbox.core.account import Account

_PROJECT = re.compile(r"arn:aws:codebuild:[\w-]+:\d{12}:project/(?P<name>.+)")


def project_of(arn: str) -> str | None:
    """The CodeBuild project that an ARN names; None for any other ARN."""
    found = _PROJECT.fullmatch(arn)
    return found["name"] if found else None


def parameters_of(text: str) -> dict[str, Any]:
    """StartBuild's parameters as a target's input has them. Raises ValueError."""
    given = json.loads(text or "{}")
    if not isinstance(given, dict):
        raise ValueError(text)  # noqa: TRY004 - a text that is no such JSON
    return given


def start_build(
    account: Account, principal: str, role_arn: str, parameters: dict[str, Any], *, session: str, source_arn: str
) -> str | None:
    """Take the role for the source and start the build; the error, if there was one."""
    try:
        taken = account.reach(ACCESS).assume(principal, role_arn, session, source_arn=source_arn)
        with account.reach(ACCESS).acting(taken):
            account.client("codebuild").start_build(**parameters)
    except (AwsError, ClientError, BotoCoreError) as error:
        return str(error)
    return None
