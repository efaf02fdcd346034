"""What leaves this program: the outputs that the release command reads, each named by whoever makes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

import pulumi

from sop.outputs import StackOutputs
from sop.wire import camel_case, to_wire

# Fields of StackOutputs, with what a component has to say of them.
Contract = Mapping[str, pulumi.Input[Any]]


def export(*parts: Contract) -> Mapping[str, Any]:
    """Export the stack's outputs, and return them: the fields of StackOutputs, each from one of the parts.

    Raises:
        ValueError: a field that no part has, or two have, or that the contract has not.
    """
    outputs = _outputs(parts)
    for name, value in outputs.items():
        pulumi.export(name, value)
    return outputs


def _outputs(parts: Sequence[Contract]) -> Mapping[str, Any]:
    told = [name for part in parts for name in part]
    wanted = [field.name for field in fields(StackOutputs)]
    if sorted(told) != sorted(wanted):
        wrong = sorted({name for name in (*told, *wanted) if told.count(name) != wanted.count(name)})
        raise ValueError(f"not once in the parts and once in the contract: {', '.join(wrong)}")
    values = {name: value for part in parts for name, value in part.items()}
    return {camel_case(name): to_wire(values[name]) for name in wanted}
