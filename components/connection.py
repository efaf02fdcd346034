"""The connection to GitHub, which a person must have completed in the console."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

AVAILABLE = "AVAILABLE"
HANDSHAKE = (
    "complete its handshake in the console (Developer Tools, Settings, Connections, Update pending connection), then "
    "run pulumi up again"
)


@dataclass(frozen=True)
class Connection:
    """A CodeConnections connection and its status: AVAILABLE, PENDING (handshake missing) or ERROR."""

    arn: str
    status: str

    @property
    def is_available(self) -> bool:
        return self.status == AVAILABLE


def read_connection(arn: str, opts: pulumi.InvokeOptions) -> Connection:
    """The connection as it is now, with a warning when nothing can come through it.

    Raises:
        pulumi.RunError: it could not be read.
    """
    try:
        status = aws.codestarconnections.get_connection(arn=arn, opts=opts).connection_status
    except Exception as error:
        raise pulumi.RunError(f"cannot read the connection {arn}: {error}") from None
    connection = Connection(arn, status)
    if not connection.is_available:
        pulumi.log.warn(
            f"The connection {arn} is {status}: no push starts the pipeline and no pull request is checked. Somebody "
            f"must {HANDSHAKE}."
        )
    return connection
