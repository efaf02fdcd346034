"""The engine's side of the protocol, without the engine: each call as Pulumi makes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from pulumi.runtime.proto import provider_pb2 as pb

from sandbox.plugins.provider import ProviderService
from sandbox.plugins.resource import Provider
from sandbox.plugins.values import Properties, Values, encode


class EngineError(Exception):
    """What the engine would print; `metadata` came with it."""

    def __init__(self, message: str, metadata: Any) -> None:
        super().__init__(message)
        self.metadata = metadata


class RejectedError(Exception):
    """Check refused the inputs."""

    def __init__(self, failures: dict[str, str]) -> None:
        super().__init__(str(failures))
        self.failures = failures


class Context:
    """The little of a gRPC context that the service uses."""

    def __init__(self) -> None:
        self.metadata: Any = ()

    def set_trailing_metadata(self, metadata: Any) -> None:
        self.metadata = metadata

    def abort(self, _code: Any, message: str) -> NoReturn:
        raise EngineError(message, self.metadata)


@dataclass
class State:
    """What the engine remembers of one resource."""

    urn: str
    identifier: str
    inputs: Values
    outputs: Values
    secret: set[str] = field(default_factory=set)
    defaults: set[str] = field(default_factory=set)


@dataclass
class Plan:
    """What a preview would show of one resource."""

    changed: list[str]
    replaces: list[str]
    delete_first: bool


class Engine:
    """Drives one configured provider."""

    def __init__(self, provider: Provider, config: Values) -> None:
        self.provider = provider
        self._service = ProviderService(provider)
        self._call("Configure", pb.ConfigureRequest(args=encode(config)))

    def check(
        self, token: str, program: Values, *, name: str = "it", secret: Sequence[str] = (), old: Values | None = None
    ) -> Values:
        return self._checked(token, program, name=name, secret=secret, old=old).values

    def _checked(
        self, token: str, program: Values, *, name: str = "it", secret: Sequence[str] = (), old: Values | None = None
    ) -> Properties:
        request = pb.CheckRequest(
            urn=_urn(token, name), olds=encode(old or {}), news=encode(program, secret), randomSeed=b"seed"
        )
        response = self._call("Check", request)
        if response.failures:
            raise RejectedError({failure.property: failure.reason for failure in response.failures})
        return Properties.decode(response.inputs)

    def preview(self, token: str, program: Values) -> Values:
        """The outputs that a preview of a new resource shows."""
        inputs = self.check(token, program)
        request = pb.CreateRequest(urn=_urn(token, "it"), properties=encode(inputs), preview=True)
        return Properties.decode(self._call("Create", request).properties).values

    def create(self, token: str, program: Values, *, name: str = "it", secret: Sequence[str] = ()) -> State:
        checked = self._checked(token, program, name=name, secret=secret)
        inputs, defaults = checked.values, checked.defaults
        request = pb.CreateRequest(urn=_urn(token, name), properties=encode(inputs, secret, defaults))
        response = self._call("Create", request)
        outputs = Properties.decode(response.properties)
        return State(request.urn, response.id, inputs, outputs.values, outputs.secret, defaults)

    def plan(self, state: State, program: Values) -> Plan:
        checked = self._checked(_token(state.urn), program, name=_name(state.urn), old=state.inputs)
        response = self.diff(state, checked.values, checked.defaults)
        return Plan(sorted(response.detailedDiff), list(response.replaces), response.deleteBeforeReplace)

    def diff(self, state: State, inputs: Values, defaults: set[str]) -> pb.DiffResponse:
        """Diff alone, for inputs that Check would not let through."""
        request = pb.DiffRequest(
            id=state.identifier,
            urn=state.urn,
            olds=encode(state.outputs),
            old_inputs=encode(state.inputs),
            news=encode(inputs, defaults=defaults),
        )
        return self._call("Diff", request)

    def refresh(self, state: State) -> State | None:
        request = pb.ReadRequest(
            id=state.identifier,
            urn=state.urn,
            inputs=encode(state.inputs, state.secret, state.defaults),
            properties=encode(state.outputs, state.secret),
        )
        response = self._call("Read", request)
        if not response.id:
            return None
        outputs = Properties.decode(response.properties)
        inputs = Properties.decode(response.inputs)
        return State(state.urn, response.id, inputs.values, outputs.values, outputs.secret, inputs.defaults)

    def update(self, state: State, program: Values) -> State:
        inputs = self.check(_token(state.urn), program, old=state.inputs)
        request = pb.UpdateRequest(
            id=state.identifier,
            urn=state.urn,
            olds=encode(state.outputs),
            old_inputs=encode(state.inputs),
            news=encode(inputs),
        )
        outputs = Properties.decode(self._call("Update", request).properties)
        return State(state.urn, state.identifier, inputs, outputs.values, outputs.secret)

    def delete(self, state: State) -> None:
        request = pb.DeleteRequest(
            id=state.identifier,
            urn=state.urn,
            properties=encode(state.outputs),
            old_inputs=encode(state.inputs),
        )
        self._call("Delete", request)

    def invoke(self, token: str, arguments: Values) -> Values:
        response = self._call("Invoke", pb.InvokeRequest(tok=token, args=encode(arguments)))
        return Properties.decode(getattr(response, "return")).values

    def _call(self, method: str, request: Any) -> Any:
        return getattr(self._service, method)(request, Context())


def _urn(token: str, name: str) -> str:
    return f"urn:pulumi:test::plugins::{token}::{name}"


def _token(urn: str) -> str:
    return urn.split("::")[2]


def _name(urn: str) -> str:
    return urn.split("::", 3)[3]
