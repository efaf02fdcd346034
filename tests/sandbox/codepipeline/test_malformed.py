"""No request that AWS's model lets through ends in an error of the sandbox's own making."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape
from botocore.validate import ParamValidator
from moto.core.utils import get_service_model

from sandbox.aws.codebuild import CodeBuild
from sandbox.aws.codepipeline import CodePipeline
from sandbox.aws.constraints import check
from sandbox.aws.service import AwsError, Service
from tests.sandbox.codepipeline.account import Account, declared, environment

ODD = ("", "x", "web", "main", "☃", "#{variables.A}", "[{", "arn:aws:x", "0", "x" * 3000)
NAMED = {"name": "web", "pipelineName": "web", "stageName": "Build", "actionName": "Lint"}
DEEP = 6


def operations() -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    services: tuple[type[Service], ...] = (CodePipeline, CodeBuild)
    for service in services:
        names = get_service_model(service.name).operation_names
        known = [name for name in names if hasattr(service, get_method(name))]
        found += [(service.name, name) for name in known]
    return found


def get_method(operation: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in operation).lstrip("_")


def sample(shape: Shape, name: str, known: dict[str, str], *, whole: bool, depth: int = 0) -> Any:
    """A value of that shape: with every member, or only with those that must be there."""
    if isinstance(shape, StructureShape):
        wanted = shape.members if whole and depth < DEEP else {n: shape.members[n] for n in shape.required_members}
        return {n: sample(member, n, known, whole=whole, depth=depth + 1) for n, member in wanted.items()}
    if isinstance(shape, ListShape):
        least = int(shape.metadata.get("min", 0))
        return [sample(shape.member, name, known, whole=whole, depth=depth + 1)] * max(least, int(whole))
    if isinstance(shape, MapShape):
        return (
            {sample(shape.key, name, known, whole=whole): sample(shape.value, name, known, whole=whole)}
            if whole
            else {}
        )
    if isinstance(shape, StringShape):
        return known.get(name) or (shape.enum[0] if shape.enum else "web")
    values = {"boolean": True, "timestamp": datetime(2026, 1, 1, tzinfo=UTC), "blob": b"x"}
    return values.get(shape.type_name, max(1, int(shape.metadata.get("min", 1))))


def variations(value: Any) -> Iterator[Any]:
    """The value with one thing in it changed: another string, a member less, a list that is empty or doubled."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield {other: each for other, each in value.items() if other != key}
            for changed in variations(inner):
                yield {**value, key: changed}
    elif isinstance(value, list):
        yield []
        yield value * 2
        for number, inner in enumerate(value):
            for changed in variations(inner):
                yield [*value[:number], changed, *value[number + 1 :]]
    elif isinstance(value, str):
        yield from (odd for odd in ODD if odd != value)


def bases(known: dict[str, str], service: str, operation: str) -> Iterator[dict[str, Any]]:
    shape = get_service_model(service).operation_model(operation).input_shape
    for whole in (False, True):
        yield sample(shape, "", known, whole=whole) if shape is not None else {}
    if operation in ("CreatePipeline", "UpdatePipeline"):
        yield {"pipeline": declared("web", "arn:aws:iam::123456789012:role/web-pipeline", window=True)}
    if operation in ("CreateProject", "UpdateProject"):
        role = "arn:aws:iam::123456789012:role/web-build"
        source, artifacts = {"type": "CODEPIPELINE", "buildspec": "b"}, {"type": "CODEPIPELINE"}
        yield {
            "name": "web-2",
            "source": source,
            "artifacts": artifacts,
            "environment": environment(A="b"),
            "serviceRole": role,
        }


@pytest.mark.parametrize(("service", "operation"), operations())
def test_a_malformed_request_is_refused_with_a_code(account: Account, service: str, operation: str) -> None:
    account.pipeline()
    account.pull_request_project("web-checked")
    execution = account.finished()
    build = execution.runs[1].actions[0].external_id
    known = {
        **NAMED,
        "projectName": "web-checked" if operation.endswith("Webhook") else "web-build",
        "pipelineExecutionId": execution.id,
        "targetPipelineExecutionId": execution.id,
        "id": build,
        "ids": build,
        "resourceArn": account.codepipeline.arn("web"),
    }
    shape = get_service_model(service).operation_model(operation).input_shape
    carry_out = account.world.service(service).operation(operation)
    assert carry_out is not None
    for base in bases(known, service, operation):
        for request in (base, *variations(base)):
            if shape is None or not ParamValidator().validate(request, shape).has_errors():
                with suppress(AwsError):  # a refusal with a code; whatever else is raised fails this
                    check(service, operation, request)
                    carry_out(copy.deepcopy(request))
