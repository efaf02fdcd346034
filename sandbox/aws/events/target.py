"""What a target receives of an event, and which targets EventBridge or the sandbox refuses."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from sandbox.aws.service import AwsError, Params, UnsupportedError

_PLACEHOLDER = re.compile(r"<([A-Za-z0-9_.-]+)>")
_ARN = re.compile(r"arn:aws[\w-]*:[\w-]+:[\w-]*:\d*:.+")
_INPUTS = ("Input", "InputPath", "InputTransformer")
_SERVED = {"Id", "Arn", "RetryPolicy", *_INPUTS}


def check_target(target: Params) -> None:
    """Refuse what AWS refuses, then what only AWS delivers to.

    Raises:
        AwsError: ValidationException; SandboxUnsupported for another target than a topic.
    """
    identifier, arn = target["Id"], target["Arn"]
    if not _ARN.fullmatch(arn):
        raise _invalid(f"Parameter {arn} is not valid. Reason: Provided Arn is not in correct format.")
    if sum(key in target for key in _INPUTS) > 1:
        raise _invalid(f"Only one of Input, InputPath, or InputTransformer must be provided for target {identifier}.")
    if "Input" in target and not _is_json(target["Input"]):
        raise _invalid(f"JSON syntax error in Input for target {identifier}.")
    if "InputTransformer" in target:
        known = target["InputTransformer"].get("InputPathsMap", {})
        for name in _PLACEHOLDER.findall(target["InputTransformer"]["InputTemplate"]):
            if name not in known and not name.startswith("aws.events."):
                raise _invalid(f"InputTemplate for target {identifier} contains invalid placeholder {name}.")
    if not arn.startswith("arn:aws:sns:"):
        raise UnsupportedError(f"The sandbox delivers events to SNS topics only, not to {arn}; AWS does.")
    if "RoleArn" in target:
        raise _invalid(f"RoleArn is not supported for target {identifier}.")
    if extra := sorted(set(target) - _SERVED):
        raise UnsupportedError(f"The sandbox does not act on {', '.join(extra)} of a target; AWS does.")


def target_input(target: Mapping[str, Any], event: Mapping[str, Any], predefined: Mapping[str, str]) -> str:
    """What a target receives of an event: all of it, its Input, its InputPath or its InputTransformer."""
    if "Input" in target:
        return target["Input"]
    if "InputPath" in target:
        return json.dumps(_at_path(event, target["InputPath"]))
    transformer = target.get("InputTransformer")
    if transformer is None:
        return json.dumps(event)
    paths = transformer.get("InputPathsMap", {})
    values = {name: _at_path(event, path) for name, path in paths.items()}
    values |= {**predefined, "aws.events.event": event, "aws.events.event.json": event}

    def replacement(found: re.Match[str]) -> str:
        name = found[1]
        if name not in values:
            return found[0]
        value = values[name]
        return value if isinstance(value, str) else "" if value is None else json.dumps(value)

    text = _PLACEHOLDER.sub(replacement, transformer["InputTemplate"])
    # A template that is one quoted string arrives without its quotes
    return json.loads(text) if text.startswith('"') and _is_json(text) else text


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _at_path(event: Mapping[str, Any], path: str) -> Any:
    """The value at a JSONPath of names and indexes, `$.detail.items[0]`; None where there is none."""
    value: Any = event
    for name, index in re.findall(r"\.([A-Za-z0-9_-]+)|\[(\d+)\]", path.removeprefix("$")):
        if name:
            value = value.get(name) if isinstance(value, Mapping) else None
        else:
            value = value[int(index)] if isinstance(value, list) and int(index) < len(value) else None
    return value


def _invalid(message: str) -> AwsError:
    return AwsError("ValidationException", message)
