"""One life for each resource type: how it is made, disturbed behind Pulumi's back, and changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.plugins.values import UNKNOWN, Values
from tests.sandbox.plugins.engine import Engine, State

Disturb = Callable[..., Any]


@dataclass(frozen=True)
class Case:
    """`inputs` is what a program writes; in it, `{name}` stands for a need of that name (its id)."""

    inputs: Values
    update: Values
    """What the next version of the program says otherwise."""
    drift: Callable[[Disturb, str], Any]
    """Called with `behind` and the resource's id."""
    seen: str
    """The property in which a refresh must show the drift."""
    needs: Mapping[str, tuple[str, Values]] = field(default_factory=dict)
    """Other resources that must be there, by name: type and inputs."""

    gone: str = ""
    """What the provider says where it is to delete what is gone already; mostly nothing."""
    leaves: bool = False
    """AWS has no way to take it away entirely."""

    def programs(self, engine: Engine) -> tuple[Values, Values, list[State]]:
        """The program before and after its change, with all needs created and filled in; and these needs."""
        made: dict[str, str | None] = {}
        states: list[State] = []
        for name, (token, inputs) in self.needs.items():
            states.append(engine.create(token, _filled(inputs, made)))
            made[name] = states[-1].identifier
        before = _filled(self.inputs, made)
        return before, before | _filled(self.update, made), states

    def planned(self) -> Values:
        """The program as a preview has it, when none of its needs exists."""
        return _filled(self.inputs, dict.fromkeys(self.needs))


def _filled(value: Any, made: Mapping[str, str | None]) -> Any:
    if isinstance(value, str):
        for name, identifier in made.items():
            if identifier is None and f"{{{name}}}" in value:
                return UNKNOWN
            value = value.replace(f"{{{name}}}", identifier or "")
        return value
    if isinstance(value, dict):
        return {key: _filled(item, made) for key, item in value.items()}
    return [_filled(item, made) for item in value] if isinstance(value, list) else value
