"""Tags: the provider's default tags, and the calls by which each service keeps them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from botocore.model import ListShape, StructureShape

from sandbox.plugins.aws.api import Api, Params
from sandbox.plugins.aws.mapping import pair_members
from sandbox.plugins.aws.validation import scalar_problem, size_problem
from sandbox.plugins.difference import join
from sandbox.plugins.resource import Failure
from sandbox.plugins.values import UNKNOWN

Tags = dict[str, str]


@dataclass(frozen=True)
class TagOperations:
    """A service's own calls for the tags of a resource."""

    read: str = "ListTagsForResource"
    add: str = "TagResource"
    remove: str = "UntagResource"

    def fetch(self, api: Api, service: str, resource: str) -> Tags:
        name = api.request(service, self.read).required_members[0]
        return plain(_member(api.call(service, self.read, {name: resource}), "tags"))

    def make(self, api: Api, service: str, resource: str, wanted: Tags) -> None:
        """Change the tags of `resource`, whatever they are, to the wanted ones."""
        present = self.fetch(api, service, resource)
        gone = sorted(present.keys() - wanted.keys())
        if gone:
            name, keys = api.request(service, self.remove).required_members[:2]
            api.call(service, self.remove, {name: resource, keys: gone})
        changed = {key: value for key, value in wanted.items() if present.get(key) != value}
        if changed:
            shape = api.request(service, self.add)
            name, tags = shape.required_members[:2]
            api.call(service, self.add, {name: resource, tags: written(changed, shape.members[tags])})


def tags_member(shape: StructureShape) -> str | None:
    """Where a request takes tags, if it does."""
    return next((name for name in shape.members if name.lower() == "tags"), None)


def written(tags: Tags, shape: Any) -> Any:
    """Tags as this shape has them: a map, or a list of pairs."""
    pair = pair_members(shape)
    return [{pair[0]: key, pair[1]: value} for key, value in tags.items()] if pair else dict(tags)


def plain(tags: Any) -> Tags:
    """Tags of any service as a map; those that AWS itself sets left out."""
    if isinstance(tags, list):
        tags = {_member(tag, "key", "tagkey"): _member(tag, "value", "tagvalue") for tag in tags}
    return {key: value for key, value in (tags or {}).items() if not key.startswith("aws:")}


def problems(tags: Any, shape: Any) -> Iterator[Failure]:
    """Why the service would refuse these tags."""
    if tags is UNKNOWN:
        return
    too_many = size_problem(len(tags), shape) if tags else None
    if too_many:
        yield Failure("tags", f"tags: {too_many}")
    pair = pair_members(shape)
    if pair and isinstance(shape, ListShape):
        key_shape, value_shape = (shape.member.members[name] for name in pair)  # type: ignore[attr-defined]
    else:
        key_shape, value_shape = shape.key, shape.value
    for key, value in tags.items():
        path = join("tags", key)
        _, reason = scalar_problem(key, key_shape)
        if not reason and value is not UNKNOWN:
            _, reason = scalar_problem(value, value_shape)
        if not reason and key.lower().startswith("aws:"):
            reason = "names that start with aws: are AWS's own"
        if reason:
            yield Failure(path, f"{path}: {reason}")


def _member(answer: Params, *names: str) -> Any:
    return next((value for key, value in answer.items() if key.lower() in names), None)
