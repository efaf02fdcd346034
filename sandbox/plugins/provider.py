# ruff: noqa: N802 -- the methods' names are the gRPC service's
"""Pulumi's ResourceProvider service over a `Provider`: the protocol, and no knowledge of any cloud."""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Callable, Sequence, Set
from functools import wraps
from typing import Any, TypeVar

import grpc
from google.protobuf import any_pb2, empty_pb2
from pulumi.runtime.proto import plugin_pb2, status_pb2
from pulumi.runtime.proto import provider_pb2 as pb
from pulumi.runtime.proto.provider_pb2_grpc import ResourceProviderServicer

from sandbox.plugins.difference import Change, differences, lasting
from sandbox.plugins.resource import (
    Failure,
    Live,
    PartialCreateError,
    Previous,
    Provider,
    ProviderError,
    Resource,
)
from sandbox.plugins.values import Properties, UnsupportedValueError, Values, encode

Method = TypeVar("Method", bound=Callable[..., Any])

_KINDS = {
    Change.ADD: (pb.PropertyDiff.ADD, pb.PropertyDiff.ADD_REPLACE),
    Change.DELETE: (pb.PropertyDiff.DELETE, pb.PropertyDiff.DELETE_REPLACE),
    Change.UPDATE: (pb.PropertyDiff.UPDATE, pb.PropertyDiff.UPDATE_REPLACE),
}
_PAYLOADS = ("args", "news", "properties", "olds", "inputs", "old_inputs")


def _answering(method: Method) -> Method:
    """Turn what is raised into the one message the engine prints, without the request's secrets."""

    @wraps(method)
    def answer(self: ProviderService, request: Any, context: grpc.ServicerContext) -> Any:
        try:
            return method(self, request, context)
        except PartialCreateError as error:
            inputs = Properties.decode(request.properties)
            context.set_trailing_metadata((("grpc-status-details-bin", _partial(error, inputs)),))
            context.abort(grpc.StatusCode.UNKNOWN, inputs.redact(str(error)))
        except (ProviderError, UnsupportedValueError) as error:
            context.abort(grpc.StatusCode.UNKNOWN, _redacted(request, str(error)))
        except Exception as error:  # the engine must hear of a bug in here, too
            sys.stderr.write(_redacted(request, traceback.format_exc()))
            message = f"the stand-in plugin failed: {type(error).__name__}: {error}"
            context.abort(grpc.StatusCode.INTERNAL, _redacted(request, message))

    return answer  # type: ignore[return-value]


class ProviderService(ResourceProviderServicer):
    """The calls in the order in which the engine makes them."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider

    def Handshake(self, request: Any, context: Any) -> pb.ProviderHandshakeResponse:
        return pb.ProviderHandshakeResponse(accept_secrets=True)

    def GetPluginInfo(self, request: Any, context: Any) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version=self.provider.version)

    @_answering
    def CheckConfig(self, request: pb.CheckRequest, context: Any) -> pb.CheckResponse:
        config = Properties.decode(request.news)
        failures = self.provider.check_config(_unfolded(config.values))
        return pb.CheckResponse(inputs=encode(config.values, config.secret), failures=_failures(failures, config))

    @_answering
    def DiffConfig(self, request: pb.DiffRequest, context: Any) -> pb.DiffResponse:
        old, new = Properties.decode(request.old_inputs), Properties.decode(request.news)
        return _diff_response([(d, False) for d in differences(old.values, new.values)])

    @_answering
    def Configure(self, request: pb.ConfigureRequest, context: Any) -> pb.ConfigureResponse:
        config = _unfolded(Properties.decode(request.args).values)
        self.provider.configure(config)
        return pb.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    @_answering
    def Invoke(self, request: pb.InvokeRequest, context: Any) -> pb.InvokeResponse:
        function = self.provider.functions.get(request.tok)
        if function is None:
            raise ProviderError(self._not_emulated("function", request.tok))
        arguments = Properties.decode(request.args)
        result = function(arguments.values)
        response = pb.InvokeResponse()
        # `return` is a word of Python's own
        getattr(response, "return").CopyFrom(encode(result, set(result) if arguments.secret else ()))
        return response

    @_answering
    def Check(self, request: pb.CheckRequest, context: Any) -> pb.CheckResponse:
        resource = self._resource(request.urn)
        old, new = Properties.decode(request.olds), Properties.decode(request.news)
        previous = Previous(old.values, request.randomSeed)
        inputs, failures = resource.check(_name(request.urn), new.values, previous)
        filled = {resource.autoname or "", "region"} & (inputs.keys() - new.values.keys())
        return pb.CheckResponse(inputs=encode(inputs, new.secret, filled), failures=_failures(failures, new))

    @_answering
    def Diff(self, request: pb.DiffRequest, context: Any) -> pb.DiffResponse:
        resource = self._resource(request.urn)
        old, new = Properties.decode(request.old_inputs).values, Properties.decode(request.news)
        found = [
            difference
            for difference in differences(old, new.values, resource.unordered)
            if difference.change is not Change.DELETE or difference.path not in resource.kept
        ]
        found += lasting(new.values, resource.unsent)
        marked = [(difference, difference.property in resource.replaces) for difference in found]
        named = resource.autoname in new.values and resource.autoname not in new.defaults
        return _diff_response(marked, delete_first=named)

    @_answering
    def Create(self, request: pb.CreateRequest, context: Any) -> pb.CreateResponse:
        resource = self._resource(request.urn)
        inputs = Properties.decode(request.properties)
        if request.preview:
            planned = resource.planned(inputs.values, {})
            return pb.CreateResponse(properties=encode(planned, inputs.secret))
        live = resource.create(inputs.values)
        return pb.CreateResponse(id=live.identifier, properties=_state(live, inputs, resource.sensitive))

    @_answering
    def Read(self, request: pb.ReadRequest, context: Any) -> pb.ReadResponse:
        resource = self._resource(request.urn)
        inputs, state = Properties.decode(request.inputs), Properties.decode(request.properties)
        live = resource.read(request.id, inputs.values, state.values)
        if live is None:
            return pb.ReadResponse(id="")
        return pb.ReadResponse(
            id=live.identifier,
            properties=_state(live, inputs, resource.sensitive | state.secret),
            inputs=encode(live.inputs, inputs.secret, inputs.defaults),
        )

    @_answering
    def Update(self, request: pb.UpdateRequest, context: Any) -> pb.UpdateResponse:
        resource = self._resource(request.urn)
        old, new = Properties.decode(request.old_inputs), Properties.decode(request.news)
        state = Properties.decode(request.olds)
        if request.preview:
            planned = resource.planned(new.values, state.values)
            return pb.UpdateResponse(properties=encode(planned, new.secret))
        live = resource.update(request.id, old.values, new.values, state.values)
        return pb.UpdateResponse(properties=_state(live, new, resource.sensitive | state.secret))

    @_answering
    def Delete(self, request: pb.DeleteRequest, context: Any) -> empty_pb2.Empty:
        resource = self._resource(request.urn)
        inputs = request.old_inputs if request.HasField("old_inputs") else request.properties
        resource.delete(request.id, Properties.decode(inputs).values)
        return empty_pb2.Empty()

    def Cancel(self, request: Any, context: Any) -> empty_pb2.Empty:
        return empty_pb2.Empty()

    def _resource(self, urn: str) -> Resource:
        token = urn.split("::")[2].rsplit("$", 1)[-1]
        resource = self.provider.resources.get(token)
        if resource is None:
            raise ProviderError(self._not_emulated("resource type", token))
        return resource

    def _not_emulated(self, kind: str, token: str) -> str:
        return f"the sandbox's stand-in for the {self.provider.name} plugin does not know the {kind} {token}"


def _name(urn: str) -> str:
    return urn.split("::", 3)[3]


def _unfolded(config: Values) -> Values:
    """Provider configuration, whose nested values arrive as JSON texts."""

    def unfold(value: Any) -> Any:
        if isinstance(value, str) and value[:1] in ("{", "["):
            try:
                return json.loads(value)
            except ValueError:
                return value
        return value

    return {name: unfold(value) for name, value in config.items()}


def _state(live: Live, inputs: Properties, secret: Set[str]) -> Any:
    """The live resource; what the inputs hide stays hidden, and so do these outputs."""
    return encode(live.state, inputs.secret | (secret - inputs.values.keys()))


def _failures(failures: Sequence[Failure], properties: Properties) -> list[pb.CheckFailure]:
    return [pb.CheckFailure(property=f.property, reason=properties.redact(f.reason)) for f in failures]


def _diff_response(found: Sequence[tuple[Any, bool]], *, delete_first: bool = False) -> pb.DiffResponse:
    replaces = sorted({difference.property for difference, replace in found if replace})
    return pb.DiffResponse(
        changes=pb.DiffResponse.DIFF_SOME if found else pb.DiffResponse.DIFF_NONE,
        replaces=replaces,
        diffs=sorted({difference.property for difference, _ in found}),
        detailedDiff={
            difference.path: pb.PropertyDiff(kind=_KINDS[difference.change][replace], inputDiff=True)
            for difference, replace in found
        },
        hasDetailedDiff=True,
        deleteBeforeReplace=bool(replaces) and delete_first,
    )


def _partial(error: PartialCreateError, inputs: Properties) -> bytes:
    """The status by which the engine keeps a half-made resource in its state."""
    message = inputs.redact(str(error))
    detail = any_pb2.Any()
    detail.Pack(
        pb.ErrorResourceInitFailed(
            id=error.identifier,
            properties=encode(error.state, inputs.secret),
            inputs=encode(inputs.values, inputs.secret),
            reasons=[message],
        )
    )
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=message, details=[detail])
    return status.SerializeToString()


def _redacted(request: Any, message: str) -> str:
    for payload in _PAYLOADS:
        if payload in request.DESCRIPTOR.fields_by_name:
            message = Properties.decode(getattr(request, payload)).redact(message)
    return message
