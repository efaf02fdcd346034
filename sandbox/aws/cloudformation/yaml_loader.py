"""CloudFormation's YAML: the short forms of functions, no dates, and well-formedness as AWS reports it."""

from __future__ import annotations

import json
from typing import Any, cast

import yaml

from sandbox.aws.cloudformation.errors import ValidationError

_WITHOUT_PREFIX = {"Ref", "Condition"}
_TIMESTAMP = "tag:yaml.org,2002:timestamp"
_Loader: type[yaml.SafeLoader] = cast("type[yaml.SafeLoader]", getattr(yaml, "CSafeLoader", yaml.SafeLoader))


class TemplateLoader(_Loader):
    """Reads a template; `2010-09-09` stays a string."""


TemplateLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != _TIMESTAMP]
    for first, resolvers in _Loader.yaml_implicit_resolvers.items()
}


def _construct_function(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    """`!GetAtt Vpc.Id` -> `{"Fn::GetAtt": ["Vpc", "Id"]}`, `!Ref Vpc` -> `{"Ref": "Vpc"}`."""
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(cast("yaml.MappingNode", node), deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in _WITHOUT_PREFIX else f"Fn::{suffix}": value}


TemplateLoader.add_multi_constructor("!", _construct_function)


def load(body: str) -> Any:
    """A template's content, from JSON or YAML.

    Raises:
        ValidationError: it is not well-formed.
    """
    if body.lstrip().startswith("{"):
        try:
            return json.loads(body)
        except ValueError:
            pass  # a YAML flow mapping begins alike
    try:
        return yaml.load(body, Loader=TemplateLoader)  # noqa: S506 - a safe loader with AWS's own tags
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"(line {mark.line + 1}, column {mark.column + 1})" if mark else ""
        raise ValidationError(f"Template format error: YAML not well-formed. {where}".rstrip()) from error
    except yaml.YAMLError as error:
        raise ValidationError("Template format error: YAML not well-formed.") from error
