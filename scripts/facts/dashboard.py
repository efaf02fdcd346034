"""A CloudWatch dashboard as it is now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from scripts.clients.failures import error_code
from scripts.errors import PromisedResourceMissingError
from scripts.facts.required import required

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient


def read_body(client: CloudWatchClient, name: str) -> str:
    """The dashboard's body, as JSON.

    Raises:
        PromisedResourceMissingError: there is no dashboard of that name.
    """
    try:
        return required(client.get_dashboard(DashboardName=name).get("DashboardBody"), "DashboardBody")
    except ClientError as problem:
        # several of CloudWatch's errors share this code, so botocore's own class for it is not this one's
        if error_code(problem) != "ResourceNotFound":
            raise
        raise PromisedResourceMissingError(f"The dashboard {name} does not exist.") from None
