"""What a target receives of an event, and which targets EventBridge or the sandbox refuses."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from sandbox.aws.events.transformer import at_path, check_path, check_transformer, transformed
from sandbox.aws.invoking import project_of
from sandbox.aws.service import AwsError, Params, UnsupportedError

_ARN = re.compile(r"arn:aws[\w-]*:[\w-]+:[\w-]*:\d*:.+")
_INPUTS = ("Input", "InputPath", "InputTransformer")
_SERVED = {"Id", "Arn", "RoleArn", "RetryPolicy", *_INPUTS}


def check_target(target: Params) -> None:
    """Refuse what AWS refuses, then what only AWS delivers to.

    Raises:
        AwsError: ValidationException; SandboxUnsupported for another target than a topic or a CodeBuild project.
    """
    identifier, arn = target["Id"], target["Arn"]
    if not _ARN.fullmatch(arn):
        raise _invalid(f"Parameter {arn} is not valid. Reason: Provided Arn is not in correct format.")
    if sum(key in target for key in _INPUTS) > 1:
        raise _invalid(f"Only one of Input, InputPath, or InputTransformer must be provided for target {identifier}.")
    if "Input" in target and not _is_json(target["Input"]):
        raise _invalid(f"JSON syntax error in Input for target {identifier}.")
    if "InputTransformer" in target:
        check_transformer(target["InputTransformer"], identifier)
    if "InputPath" in target:
        check_path(target["InputPath"])
    project = project_of(arn)
    if not project and not arn.startswith("arn:aws:sns:"):
        message = f"The sandbox delivers events to SNS topics and CodeBuild projects only, not to {arn}; AWS does."
        raise UnsupportedError(message)
    if project and "RoleArn" not in target:
        raise _invalid(f"RoleArn is required for target {identifier}.")
    if not project and "RoleArn" in target:
        raise _invalid(f"RoleArn is not supported for target {identifier}.")
    if extra := sorted(set(target) - _SERVED):
        raise UnsupportedError(f"The sandbox does not act on {', '.join(extra)} of a target; AWS does.")


def target_input(target: Mapping[str, Any], event: Mapping[str, Any], predefined: Mapping[str, str]) -> str:
    """What a target receives of an event: all of it, its Input, its InputPath or its InputTransformer."""
    if "Input" in target:
        return target["Input"]
    if "InputPath" in target:
        return json.dumps(at_path(event, target["InputPath"]))
    if "InputTransformer" in target:
        return transformed(target["InputTransformer"], event, predefined)
    return json.dumps(event)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _invalid(message: str) -> AwsError:
    return AwsError("ValidationException", message)
