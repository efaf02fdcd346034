"""How one resource type is created, updated, deleted and asked for its attributes."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from botocore.exceptions import ClientError, ParamValidationError

from sandbox.aws.cloudformation.errors import ResourceError, StackError
from sandbox.aws.cloudformation.schema import ResourceSchema, resource_schema
from sandbox.aws.service import AwsError

if TYPE_CHECKING:
    from sandbox.aws.cloudformation.engine import Engine
    from sandbox.aws.cloudformation.model import Stack, StackResource

log = logging.getLogger("sandbox.cloudformation")

Properties = dict[str, Any]

_SERVICE_NAMES = {"EC2": "Ec2", "IAM": "Iam", "SSM": "Ssm", "Logs": "CloudWatchLogs"}
# What a resource handler reports for an API's error code; the API's own code is not shown by CloudFormation.
_HANDLER_CODES = (
    ("AlreadyExists", ("Duplicate", "AlreadyExists", "EntityAlreadyExists", "Conflict")),
    ("NotFound", ("NotFound", "NoSuch")),
    ("AccessDenied", ("AccessDenied", "Unauthorized")),
    ("ServiceLimitExceeded", ("LimitExceeded", "TooMany")),
    ("Throttling", ("Throttl",)),
)


@dataclass(frozen=True)
class Context:
    """Where a handler works: the stack, the resource, and the account's APIs."""

    engine: Engine
    stack: Stack
    record: StackResource
    creation_policy: Mapping[str, Any] = field(default_factory=dict)
    update_policy: Mapping[str, Any] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        return self.engine.account.client(service)

    @property
    def region(self) -> str:
        return self.engine.account.region

    @property
    def account_id(self) -> str:
        return self.engine.account.account_id

    @property
    def schema(self) -> ResourceSchema:
        schema = resource_schema(self.region, self.record.type)
        if schema is None:
            raise ResourceError(f"{self.region} has no resources of type {self.record.type}")
        return schema

    def name(self, longest: int = 128) -> str:
        """A generated physical name."""
        return self.engine.generated_name(self.stack, self.record.logical_id, longest)

    def exists(self, physical_id: str) -> None:
        """From here on it is there: should the rest of its creation fail, what there is of it is deleted."""
        self.record.physical_id = physical_id

    def note(self, reason: str) -> None:
        """An event of the resource at work, with what it is doing."""
        self.engine.set_resource_status(self.stack, self.record, self.record.status, reason)


class Handler:
    """One resource type. A property that a handler does not apply is a failure, never left out."""

    type_name: ClassVar[str]
    attributes: ClassVar[tuple[str, ...]] = ()
    replaces_on: ClassVar[frozenset[str]] = frozenset()  # beyond the schema's create-only properties
    updaters: ClassVar[Mapping[str, str]] = {}  # property -> the method that changes it in place
    stack_tag: ClassVar[Mapping[str, Any]] = {}  # what a stack's tag has beyond Key and Value here

    def create(self, context: Context, properties: Properties) -> str:
        """Create it and return its physical id. `properties` may be consumed."""
        raise NotImplementedError

    def settle(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Wait until it is of use after `create` or `update`."""

    def update(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        """Change what differs, in place."""
        changed = [name for name in {**old, **new} if old.get(name) != new.get(name)]
        unknown = sorted(name for name in changed if name not in self.updaters)
        if unknown:
            raise ResourceError(f"The sandbox does not change {unknown} of {self.type_name} in place; AWS does.")
        for method in dict.fromkeys(self.updaters[name] for name in changed):
            getattr(self, method)(context, physical_id, old, new)

    def restore(self, context: Context, physical_id: str, now: Properties, then: Properties) -> None:
        """Undo an update while its stack rolls back."""
        self.update(context, physical_id, now, then)

    def commit(self, context: Context, physical_id: str) -> None:
        """The whole update has succeeded."""

    def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        raise NotImplementedError

    def reference(self, physical_id: str) -> str:
        """What Ref gives."""
        return physical_id

    def attribute(self, context: Context, physical_id: str, name: str) -> Any:
        """What Fn::GetAtt gives for one of `attributes`."""
        raise ResourceError(f"{self.type_name} has no attribute {name}")

    def refuse_rest(self, properties: Properties) -> None:
        """Fail on properties that `create` has not consumed."""
        if properties:
            raise ResourceError(f"The sandbox does not apply {sorted(properties)} of {self.type_name}; AWS does.")


HANDLERS: dict[str, Handler] = {}


def handles(handler: type[Handler]) -> type[Handler]:
    """Register the handler of a resource type."""
    HANDLERS[handler.type_name] = handler()
    return handler


def failure_reason(error: Exception, type_name: str) -> str:
    """A resource's failure as its event words it."""
    if isinstance(error, ClientError):
        return _refused(error, type_name)
    if isinstance(error, ParamValidationError):
        if "Unknown parameter" in str(error):  # which the registry's schema knows, else it had been refused
            return f"The sandbox does not apply all properties of {type_name}; AWS does. {error}"
        return (
            f'Resource handler returned message: "{error}" '
            f"(RequestToken: {uuid.uuid4()}, HandlerErrorCode: InvalidRequest)"
        )
    if isinstance(error, AwsError):
        return error.message
    if isinstance(error, ResourceError | StackError):
        return str(error)
    log.error("a %s failed in the sandbox itself", type_name, exc_info=error)
    return f"Internal Failure: the sandbox itself failed, {error!r}"


def _refused(error: ClientError, type_name: str) -> str:
    """An API's refusal as a resource handler words it; what the sandbox says of itself stays as it is."""
    details = error.response.get("Error", {})
    metadata = error.response.get("ResponseMetadata", {})
    code = str(details.get("Code", ""))
    if code.startswith("Sandbox"):
        return str(details.get("Message", ""))
    status = metadata.get("HTTPStatusCode", 400)
    request_id = metadata.get("RequestId") or uuid.uuid4()
    part = type_name.split("::")[1]
    return (
        f'Resource handler returned message: "{details.get("Message", "")} '
        f'(Service: {_SERVICE_NAMES.get(part, part)}, Status Code: {status}, Request ID: {request_id})" '
        f"(RequestToken: {uuid.uuid4()}, HandlerErrorCode: {_handler_code(code)})"
    )


def is_gone(error: Exception) -> bool:
    """Whether an API has refused because the resource is not there, which is as good as deleted."""
    return (
        isinstance(error, ClientError) and _handler_code(str(error.response.get("Error", {}).get("Code"))) == "NotFound"
    )


def _handler_code(code: str) -> str:
    for handler_code, parts in _HANDLER_CODES:
        if any(part in code for part in parts):
            return handler_code
    return "InvalidRequest"


def already_exists(type_name: str, identifier: str) -> ResourceError:
    """A creation that meets one of the same name."""
    return ResourceError(
        f"Resource of type '{type_name}' with identifier '{identifier}' already exists. "
        f"(RequestToken: {uuid.uuid4()}, HandlerErrorCode: AlreadyExists)"
    )


def changed_tags(old: Properties, new: Properties) -> tuple[list[dict[str, str]], list[str]]:
    """The tags that are wanted, and the keys of those that are no longer."""
    wanted: list[dict[str, str]] = new.get("Tags", [])
    keys = {tag["Key"] for tag in wanted}
    return wanted, [tag["Key"] for tag in old.get("Tags", []) if tag["Key"] not in keys]


def api_error(operation: str, code: str, message: str, status: int = 400) -> ClientError:
    """An API's refusal that moto does not make and AWS does."""
    response: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(response, operation)
