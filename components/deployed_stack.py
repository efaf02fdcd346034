"""The web infrastructure's CloudFormation stack, as CloudFormation itself tells of it.

Asked directly: the provider's data source tells no status, and that there is no such stack in its own words only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
from botocore.exceptions import BotoCoreError, ClientError

from components import asking

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
        cloudformation: CloudFormationClient = asking.client("cloudformation", region)
        (found,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
    except (ClientError, BotoCoreError, ValueError) as error:
        if _is_not_there(error):
            return None
        raise pulumi.RunError(f"cannot read the CloudFormation stack {name}: {error}") from None
    outputs = {one.get("OutputKey", ""): one.get("OutputValue", "") for one in found.get("Outputs", [])}
    return DeployedStack(name=found["StackName"], status=found["StackStatus"], outputs=outputs)


def _is_not_there(error: Exception) -> bool:
    """DescribeStacks has no error code of its own for it: the words beside the code leave out every other mistake."""
    answer = error.response.get("Error", {}) if isinstance(error, ClientError) else {}
    return answer.get("Code") == "ValidationError" and "does not exist" in answer.get("Message", "")
