"""Whatever AWS's own models allow, for tests that hold of every answer."""

from __future__ import annotations

from typing import Any

from botocore.model import ListShape, Shape, StringShape, StructureShape
from hypothesis import strategies as st


def values(shape: Shape) -> st.SearchStrategy[Any]:
    """Values of that shape."""
    if isinstance(shape, StructureShape):
        return _structures(shape)
    if isinstance(shape, ListShape):
        least = shape.metadata.get("min", 0)
        return st.lists(values(shape.member), min_size=least, max_size=least + 2)
    if isinstance(shape, StringShape):
        least = shape.metadata.get("min", 0)
        return st.sampled_from(shape.enum) if shape.enum else st.text(min_size=least, max_size=least + 8)
    return {
        "boolean": st.booleans(),
        "integer": st.integers(shape.metadata.get("min", 0), shape.metadata.get("max", 10_000)),
        "double": st.floats(allow_nan=False, allow_infinity=False),
    }[shape.type_name]


def _structures(shape: StructureShape) -> st.SearchStrategy[dict[str, Any]]:
    members = {name: values(member) for name, member in shape.members.items()}
    if shape.is_tagged_union:
        return st.one_of(*(st.fixed_dictionaries({name: member}) for name, member in members.items()))
    always = {name: member for name, member in members.items() if name in shape.required_members}
    return st.fixed_dictionaries(
        always, optional={name: member for name, member in members.items() if name not in always}
    )
