"""The base of our own AWS services: operations as methods, AWS's own shapes in and out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from botocore import xform_name
from botocore.exceptions import ClientError
from moto.core.exceptions import ServiceException

if TYPE_CHECKING:
    from sandbox.core.account import Account

Params = dict[str, Any]
Operation = Callable[[Params], Params | None]


class AwsError(ServiceException):
    """An answer that AWS gives with an error code. `status` is the HTTP status where the model names none."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.status = status


class UnknownOperationError(AwsError):
    """The sandbox does not know this call. HTTP 501: no SDK retries it, and nobody takes it for success."""

    def __init__(self, service: str, operation: str) -> None:
        super().__init__(
            "SandboxUnknownOperation",
            f"The sandbox does not know {service}:{operation}; AWS does. See sandbox/README.md.",
            status=501,
        )


class UnsupportedError(AwsError):
    """What AWS would do and the sandbox cannot: never in a code of AWS's, so that nobody takes it for a verdict."""

    def __init__(self, message: str) -> None:
        super().__init__("SandboxUnsupported", message, status=501)

    def __str__(self) -> str:
        return self.message


class AsMotoAnswersError(Exception):
    """Raised by an operation that has nothing to add: moto's answer goes out as it is."""


class Service:
    """One AWS service. A subclass names itself as botocore does and has a method an operation.

    A method is the operation's name in snake case; it takes the request and returns the response in
    AWS's own shapes, and raises `AwsError`. Requests were validated against botocore's model before.
    """

    name: ClassVar[str]
    aliases: ClassVar[tuple[str, ...]] = ()  # other botocore names that reach the same state
    moto_fallback: ClassVar[bool] = False  # operations without a method are moto's
    from_moto: ClassVar[frozenset[str]] = frozenset()  # operations that moto answers as AWS does
    constraint_codes: ClassVar[tuple[str, ...]] = ()  # of what the model's patterns, enums and lengths refuse
    recorded: ClassVar[tuple[str, ...]] = ()  # operations that only keep what they are told

    def __init__(self, account: Account) -> None:
        self.account = account

    def operation(self, name: str) -> Operation | None:
        """The method behind an AWS operation, or None where there is none."""
        return getattr(self, xform_name(name), None)

    def call_moto(self, operation: str, params: Params) -> Params:
        """Moto's own answer to an operation of this service, for methods that add to it.

        Raises:
            AwsError: moto's error, as AWS words it.
        """
        client = self.account.client(self.name, past_us=True)
        try:
            answer: Params = getattr(client, xform_name(operation))(**params)
        except ClientError as error:
            wire: Any = error.response
            status = wire["ResponseMetadata"]["HTTPStatusCode"]
            raise AwsError(wire["Error"]["Code"], wire["Error"]["Message"], status) from error
        answer.pop("ResponseMetadata", None)
        return answer
