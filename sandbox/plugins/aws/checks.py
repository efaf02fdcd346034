"""Check: what a preview shows of everything that AWS would refuse."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sandbox.plugins.aws import tags
from sandbox.plugins.aws.encoding import encode
from sandbox.plugins.aws.validation import boolean_problem, scalar_problem
from sandbox.plugins.resource import Failure, Previous
from sandbox.plugins.values import UNKNOWN, Values, contains_unknown

if TYPE_CHECKING:
    from sandbox.plugins.aws.resource import AwsResource

_RANDOM_DIGITS = 7


def check(resource: AwsResource, name: str, inputs: Values, previous: Previous) -> tuple[Values, list[Failure]]:
    """The inputs with name and tags completed, and every reason for which they cannot be."""
    checked = _named(resource, name, inputs, previous)
    for document in resource.documents & checked.keys():
        checked[document] = _json_text(checked[document])
    if resource.regional:
        checked.setdefault("region", resource.account.region)
    if resource.tags_shape is not None:
        merged = resource.account.merged_tags(checked.get("tags"))
        if merged:
            checked["tagsAll"] = merged
    failures = list(_problems(resource, checked))
    return checked, failures or list(resource.rules(checked))


def _named(resource: AwsResource, name: str, inputs: Values, previous: Previous) -> Values:
    """A name left out is the old one, or the resource's own with a random end, as Pulumi has it."""
    property_name = resource.autoname
    if property_name is None or property_name in inputs:
        return dict(inputs)
    random = hashlib.sha256(previous.seed or name.encode()).hexdigest()[:_RANDOM_DIGITS]
    return {**inputs, property_name: previous.inputs.get(property_name, f"{name}-{random}")}


def _problems(resource: AwsResource, checked: Values) -> Iterator[Failure]:
    beyond = resource.not_emulated & checked.keys()
    for name in sorted(beyond):
        yield Failure(name, f"{name}: is not emulated by the sandbox")
    for document in sorted(resource.documents & checked.keys()):
        yield from _json_problems(document, checked[document])
    if resource.tags_shape is not None:
        yield from tags.problems(checked.get("tagsAll", {}), resource.tags_shape)
    elif "tags" in checked:
        yield Failure("tags", "tags: the AWS API has no tags for this type")
    yield from _setting_problems(resource, checked)
    yield from encode(resource.mapping, {k: v for k, v in checked.items() if k not in beyond})[1]


def _setting_problems(resource: AwsResource, checked: Values) -> Iterator[Failure]:
    for name, setting in resource.settings.items():
        value = checked.get(name, UNKNOWN)
        if value is UNKNOWN:
            continue
        if setting.member is None:
            problem = boolean_problem(value)
        else:
            operation, member = setting.member
            request = resource.account.models.request(resource.service, operation)
            _, problem = scalar_problem(value, request.members[member])
        if problem:
            yield Failure(name, f"{name}: {problem}")


def _json_text(value: Any) -> Any:
    if isinstance(value, dict):
        return UNKNOWN if contains_unknown(value) else json.dumps(value, separators=(",", ":"))
    return value


def _json_problems(name: str, value: Any) -> Iterator[Failure]:
    if isinstance(value, str):
        try:
            json.loads(value)
        except ValueError as error:
            yield Failure(name, f"{name}: is no JSON document: {error}")
