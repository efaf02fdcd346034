"""From the wire to an operation's parameters and back, by botocore's models and moto's parsers."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from botocore.model import ListShape, MapShape, Shape, StructureShape
from botocore.validate import ParamValidator
from moto.core.model import OperationModel, ServiceModel
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.serialize import AttributePickerContext, DefaultAttributePicker, get_serializer_class
from moto.core.utils import get_service_model
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from sandbox.aws.service import AwsError, Params, UnsupportedError

_SCOPE = re.compile(r"Credential=(?P<access_key>[^/]*)/\d{8}/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request")


@dataclass(frozen=True)
class Scope:
    """What a request is signed for."""

    service: str
    region: str
    access_key: str

    @classmethod
    def of(cls, request: Request) -> Scope | None:
        found = _SCOPE.search(request.headers.get("Authorization", ""))
        return cls(found["service"], found["region"], found["access_key"]) if found else None


class Call:
    """One request to a service whose botocore name is known."""

    def __init__(self, service: str, request: Request) -> None:
        self.service = service
        self.request = request
        self._uri_params: dict[str, Any] = {}

    @cached_property
    def model(self) -> ServiceModel:
        return get_service_model(self.service)

    @cached_property
    def protocol(self) -> str | None:
        """None where it is one that the sandbox does not speak."""
        try:
            spoken = determine_request_protocol(self.model, self.request.content_type)
        except NotImplementedError:
            return None
        return spoken if spoken in PROTOCOL_PARSERS else None

    @property
    def _spoken(self) -> str:
        if self.protocol is None:
            told = self.request.content_type or "requests without a Content-Type"
            raise UnsupportedError(f"The sandbox does not speak {told} to {self.service}.")
        return self.protocol

    @cached_property
    def operation(self) -> str:
        """The operation's name. Raises AwsError where the request names none, or is in a protocol not spoken here."""
        _ = self._spoken
        target = self.request.headers.get("X-Amz-Target")
        if target:
            return target.rsplit(".", 1)[-1]
        action = self.request.values.get("Action")
        if action:
            return action
        try:
            model, self._uri_params = get_service_router(self.service).match(self.request)
        except (HTTPException, NotImplementedError) as error:
            raise AwsError("UnknownOperationException", f"{self.request.path} is no operation", 404) from error
        return model.name

    @cached_property
    def operation_model(self) -> OperationModel:
        if self.operation not in self.model.operation_names:
            raise AwsError("InvalidAction", f"{self.operation} is no operation of {self.service}")
        return self.model.operation_model(self.operation)

    def params(self) -> Params:
        """The parameters, valid by the model.

        Raises:
            AwsError: SerializationException (or MalformedInput) for what cannot be read as the model's types,
                ValidationException (or ValidationError) with botocore's own report for what else is wrong.
        """
        parser = PROTOCOL_PARSERS[self._spoken](self.operation_model)
        shape = self.operation_model.input_shape
        is_json = self.protocol in ("json", "json1.0", "json1.1")
        try:
            if is_json and shape is not None and self.request.data:
                _require_types(shape, json.loads(self.request.data), "")
            params: Params = parser.parse(
                {
                    "method": self.request.method,
                    "values": self.request.values,
                    "headers": self.request.headers,
                    "body": self.request.data,
                    "url_path": self.request.path,
                    "url_params": self._uri_params,
                }
            )
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            raise AwsError("SerializationException" if is_json else "MalformedInput", str(error)) from error
        report = ParamValidator().validate(params, shape) if shape is not None else None
        if report is not None and report.has_errors():
            code = "ValidationError" if self.protocol in ("query", "ec2") else "ValidationException"
            raise AwsError(code, report.generate_report())
        return params

    @property
    def _in_xml(self) -> bool:
        return self.protocol in ("query", "ec2", "rest-xml")

    def respond(self, result: Params | AwsError) -> Response:
        """The result, or the error, as this request's protocol writes it."""
        if self.protocol is None:
            return _in_no_protocol(result)
        try:
            operation_model = self.operation_model
        except AwsError:
            operation_model = OperationModel({}, self.model)
        serializer_class = get_serializer_class(self.service, self.protocol)
        serializer = serializer_class(operation_model, value_picker=_PICK_IN_XML if self._in_xml else None)
        answer = serializer.serialize(result)
        headers = {"x-amzn-RequestId": str(uuid4()), **answer["headers"]}
        status = answer["status_code"]
        if isinstance(result, AwsError) and result.status != HTTPStatus.BAD_REQUEST:
            status = result.status
        return Response(answer["body"], status=status, headers=headers)


class _PickInXml(DefaultAttributePicker):
    """In XML an error's message is `Message`, whatever its shape calls it; the serializer has written that already."""

    def __call__(self, context: AttributePickerContext) -> Any:
        if isinstance(context.obj, AwsError) and context.key == "message":
            return None
        return super().__call__(context)


_PICK_IN_XML = _PickInXml()


def _in_no_protocol(refused: Params | AwsError) -> Response:
    """A refusal in CBOR, which a client of the only protocol of AWS's that the sandbox does not speak reads."""
    told = {"__type": refused.code, "message": refused.message} if isinstance(refused, AwsError) else refused
    body = b"\xbf" + b"".join(_cbor_text(str(part)) for pair in told.items() for part in pair) + b"\xff"
    headers = {"Content-Type": "application/cbor", "smithy-protocol": "rpc-v2-cbor", "x-amzn-RequestId": str(uuid4())}
    return Response(body, status=HTTPStatus.NOT_IMPLEMENTED, headers=headers)


def _cbor_text(text: str) -> bytes:
    """RFC 8949: major type 3, its length in four bytes."""
    encoded = text.encode()
    return b"\x7a" + len(encoded).to_bytes(4, "big") + encoded


# What each type is on the wire; a timestamp is a number, or a text that the parser reads.
_ON_THE_WIRE: dict[str, tuple[type, ...]] = {
    "string": (str,), "blob": (str,), "boolean": (bool,), "timestamp": (int, float, str),
    "integer": (int, float), "long": (int, float), "double": (int, float, str), "float": (int, float, str),
}  # fmt: skip


def _require_types(shape: Shape, value: Any, path: str) -> None:
    """Raises TypeError for a JSON value that is of another type than the model's."""
    if value is None:
        return
    if isinstance(shape, StructureShape):
        _require(isinstance(value, dict), shape, value, path)
        for name, member in shape.members.items():
            _require_types(member, value.get(member.serialization.get("name", name)), f"{path}.{name}".lstrip("."))
    elif isinstance(shape, ListShape):
        _require(isinstance(value, list), shape, value, path)
        for number, entry in enumerate(value):
            _require_types(shape.member, entry, f"{path}[{number}]")
    elif isinstance(shape, MapShape):
        _require(isinstance(value, dict), shape, value, path)
        for key, entry in value.items():
            _require_types(shape.value, entry, f"{path}.{key}")
    else:
        is_bool = isinstance(value, bool) and shape.type_name != "boolean"
        _require(not is_bool and isinstance(value, _ON_THE_WIRE[shape.type_name]), shape, value, path)


def _require(fits: bool, shape: Shape, value: Any, path: str) -> None:
    if not fits:
        raise TypeError(f"{type(value).__name__} cannot be converted to {shape.type_name} at {path or 'the top'}")
