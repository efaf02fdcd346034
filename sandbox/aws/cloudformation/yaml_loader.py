"""CloudFormation's YAML: the short forms of functions, no dates, and well-formedness as AWS reports it.

It is YAML 1.1, read as by the Java library that AWS uses: `011` is 9, and digits that are no octal number after a
leading zero are a float, as are `1e3` and `.5`.
"""

from __future__ import annotations

import json
import re
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
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9][0-9_]*(\.[0-9_]*)?)([eE][-+]?[0-9]+)?$")
for _first in "-+.0123456789":
    _known = TemplateLoader.yaml_implicit_resolvers.setdefault(_first, [])
    _known.append(("tag:yaml.org,2002:float", _FLOAT))  # last: what is an integer stays one


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
        except json.JSONDecodeError as error:
            try:
                return yaml.load(body, Loader=TemplateLoader)  # noqa: S506 - a flow mapping begins alike
            except yaml.YAMLError:
                where = f"(line {error.lineno}, column {error.colno + 1})"
                raise ValidationError(f"Template format error: JSON not well-formed. {where}") from error
    try:
        return yaml.load(body, Loader=TemplateLoader)  # noqa: S506 - a safe loader with AWS's own tags
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"(line {mark.line + 1}, column {mark.column + 1})" if mark else ""
        raise ValidationError(f"Template format error: YAML not well-formed. {where}".rstrip()) from error
    except yaml.YAMLError as error:
        raise ValidationError("Template format error: YAML not well-formed.") from error
