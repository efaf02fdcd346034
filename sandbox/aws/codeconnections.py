"""CodeConnections, under both its names. A new connection is PENDING until a person completes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar
from uuid import uuid4

from sandbox.aws.paging import make_token, read_token
from sandbox.aws.service import AwsError, Params, Service

if TYPE_CHECKING:
    from sandbox.core.account import Account

AVAILABLE = "AVAILABLE"
PENDING = "PENDING"


class CodeConnections(Service):
    """The account's connections. Those that the stack files name are there and AVAILABLE."""

    name = "codeconnections"
    aliases: ClassVar[tuple[str, ...]] = ("codestar-connections",)
    constraint_codes = ("ValidationException",)

    def __init__(self, account: Account) -> None:
        super().__init__(account)
        self._tags: dict[str, list[dict[str, str]]] = {}
        self._connections: dict[str, Params] = {}
        for arn in account.configured.connections:
            self._add(account.configured.repository.partition("/")[2], "GitHub", arn, AVAILABLE)

    def create_connection(self, request: Params) -> Params:
        provider = request.get("ProviderType")
        if provider is None and "HostArn" not in request:
            raise AwsError("ValidationException", "ProviderType or HostArn is required")
        arn = f"arn:aws:codeconnections:{self.account.region}:{self.account.account_id}:connection/{uuid4()}"
        connection = self._add(request["ConnectionName"], provider or "GitHub", arn, PENDING)
        self._tags[connection["ConnectionArn"]] = list(request.get("Tags", []))
        return {"ConnectionArn": connection["ConnectionArn"], "Tags": request.get("Tags", [])}

    def get_connection(self, request: Params) -> Params:
        return {"Connection": dict(self._connection(request["ConnectionArn"]))}

    def list_connections(self, request: Params) -> Params:
        provider = request.get("ProviderTypeFilter")
        connections = [
            dict(connection)
            for connection in self._connections.values()
            if provider in (None, connection["ProviderType"])
        ]
        first = read_token(request.get("NextToken"))
        last = first + (request.get("MaxResults") or len(connections) or 1)
        answer: Params = {"Connections": connections[first:last]}
        if last < len(connections):
            answer["NextToken"] = make_token(last)
        return answer

    def delete_connection(self, request: Params) -> Params:
        arn = self._connection(request["ConnectionArn"])["ConnectionArn"]
        del self._connections[arn]
        self._tags.pop(arn, None)
        return {}

    def list_tags_for_resource(self, request: Params) -> Params:
        arn = self._connection(request["ResourceArn"])["ConnectionArn"]
        return {"Tags": list(self._tags.get(arn, []))}

    def tag_resource(self, request: Params) -> Params:
        arn = self._connection(request["ResourceArn"])["ConnectionArn"]
        given = {tag["Key"] for tag in request["Tags"]}
        kept = [tag for tag in self._tags.get(arn, []) if tag["Key"] not in given]
        self._tags[arn] = [*kept, *request["Tags"]]
        return {}

    def untag_resource(self, request: Params) -> Params:
        arn = self._connection(request["ResourceArn"])["ConnectionArn"]
        self._tags[arn] = [tag for tag in self._tags.get(arn, []) if tag["Key"] not in request["TagKeys"]]
        return {}

    def is_available(self, arn: str) -> bool:
        """In process: whether this connection reaches GitHub."""
        connection = self._connections.get(_canonical(arn))
        return connection is not None and connection["ConnectionStatus"] == AVAILABLE

    def require_available(self, arn: str) -> None:
        """In process, for those who read through the connection.

        Raises:
            AwsError: ResourceNotFoundException; ConnectionNotAvailable while it is not AVAILABLE.
        """
        status = self._connection(arn)["ConnectionStatus"]
        if status != AVAILABLE:
            raise AwsError(
                "ConnectionNotAvailable",
                f"Connection {arn} is {status}; complete it in the console (Developer Tools, Connections)",
            )

    def set_status(self, arn: str, status: str) -> None:
        """In process: what the handshake in the console does, or a broken installation of the GitHub app."""
        self._connection(arn)["ConnectionStatus"] = status

    def _connection(self, arn: str) -> Params:
        try:
            return self._connections[_canonical(arn)]
        except KeyError as error:
            raise AwsError("ResourceNotFoundException", f"Connection {arn} not found") from error

    def _add(self, name: str, provider: str, arn: str, status: str) -> Params:
        self._connections[_canonical(arn)] = connection = {
            "ConnectionName": name,
            "ConnectionArn": arn,
            "ProviderType": provider,
            "OwnerAccountId": self.account.account_id,
            "ConnectionStatus": status,
        }
        return connection


def _canonical(arn: str) -> str:
    return arn.replace(":codestar-connections:", ":codeconnections:", 1)
