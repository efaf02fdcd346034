"""The web infrastructure's CloudFormation stack, as CloudFormation itself tells of it.

Asked directly: the provider's data source tells no status, and that there is no such stack in its own words only.
Credentials, profile and endpoint are the environment's, as they are the provider's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import pulumi
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

# Statuses of a stack whose first deployment has not succeeded; any other has been complete once
_NEVER_COMPLETE = frozenset(
    {
        "REVIEW_IN_PROGRESS",
        "CREATE_IN_PROGRESS",
        "CREATE_FAILED",
        "ROLLBACK_IN_PROGRESS",
        "ROLLBACK_FAILED",
        "ROLLBACK_COMPLETE",
    }
)


@dataclass(frozen=True, kw_only=True)
class DeployedStack:
    """A stack that exists: `outputs` by key, none before its first deployment has succeeded."""

    name: str
    status: str
    outputs: Mapping[str, str]

    @property
    def has_been_complete(self) -> bool:
        """Whether a deployment of it has ever succeeded."""
        return self.status not in _NEVER_COMPLETE


def read_stack(name: str, region: str) -> DeployedStack | None:
    """The stack of that name; None if there is none.

    Raises:
        pulumi.RunError: CloudFormation could not be asked, or refused to answer.
    """
    try:
        (found,) = cloudformation(region).describe_stacks(StackName=name)["Stacks"]
    except (ClientError, BotoCoreError, ValueError) as error:
        if _is_not_there(error):
            return None
        raise pulumi.RunError(f"cannot read the CloudFormation stack {name}: {error}") from None
    outputs = {one.get("OutputKey", ""): one.get("OutputValue", "") for one in found.get("Outputs", [])}
    return DeployedStack(name=found["StackName"], status=found["StackStatus"], outputs=outputs)


def cloudformation(region: str) -> CloudFormationClient:
    """A client with standard retries, unless the AWS environment or profile asks for others."""
    session = Session()
    mode = session.get_config_variable("retry_mode")
    config = Config(retries={"mode": "standard" if mode == "legacy" else mode})
    return cast("CloudFormationClient", session.create_client("cloudformation", region_name=region, config=config))


def _is_not_there(error: Exception) -> bool:
    """DescribeStacks has no error code of its own for it: the words beside the code leave out every other mistake."""
    answer = error.response.get("Error", {}) if isinstance(error, ClientError) else {}
    return answer.get("Code") == "ValidationError" and "does not exist" in answer.get("Message", "")
