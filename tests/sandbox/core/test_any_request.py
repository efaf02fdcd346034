"""Whatever the model allows a caller to send, the sandbox answers: with AWS's error or its own, never by failing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore import xform_name
from botocore.model import ListShape, MapShape, Shape, StructureShape
from botocore.validate import ParamValidator
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto.core.utils import get_service_model

from sandbox.aws.chatbot import Chatbot
from sandbox.aws.cloudwatch import CloudWatch
from sandbox.aws.codeconnections import CodeConnections
from sandbox.aws.constraints import check
from sandbox.aws.events import Events
from sandbox.aws.logs import Logs
from sandbox.aws.service import AsMotoAnswersError, AwsError, Service
from sandbox.aws.sns import Sns
from sandbox.world import World
from tests.sandbox.served import served

SERVICES = (Chatbot, CloudWatch, CodeConnections, Events, Logs, Sns)
EXAMPLES = 20
# Names that exist, names that cannot, and what a careless caller writes where AWS expects an ARN or JSON
TEXTS = (
    *("", "a", "name", "prod", "a/b", "x" * 300, "é\n\0", "*", "-1", "page two"),
    *(
        "arn:aws",
        "arn:aws:sns:ap-southeast-2:123456789012:prod",
        "arn:aws:logs:ap-southeast-2:123456789012:log-group:a:*",
    ),
    *("{", "{}", "[]", "null", "1", '"text"', '{"a": [{"prefix": 1}]}', '{"Statement": "x"}', "[w1, w2", "{ $.a = "),
    *("email", "https", "https://a", "a@b", "json", "SUM(METRICS())", "m1 / 0", "p101", 'ALARM("a")', "rate(1 minute)"),
)
_SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "integer": st.sampled_from([-1, 0, 1, 59, 60, 61, 2**31]),
    "long": st.sampled_from([-1, 0, 1, 2**53]),
    "float": st.sampled_from([-1.0, 0.0, float("nan"), float("inf")]),
    "double": st.sampled_from([-1.0, 0.0, 1.5, float("nan"), float("inf")]),
    "boolean": st.booleans(),
    "timestamp": st.sampled_from(
        [datetime(1970, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)]
    ),
    "blob": st.sampled_from([b"", b"\xff"]),
}


def requests(shape: Shape, depth: int = 0) -> st.SearchStrategy[Any]:
    """Values of a shape: what it requires, and any of the rest."""
    if isinstance(shape, StructureShape):
        members = {name: requests(member, depth + 1) for name, member in shape.members.items()}
        optional = (
            {} if depth > 3 else {name: each for name, each in members.items() if name not in shape.required_members}
        )
        return st.fixed_dictionaries({name: members[name] for name in shape.required_members}, optional=optional)
    if isinstance(shape, ListShape):
        return st.lists(requests(shape.member, depth + 1), max_size=2)
    if isinstance(shape, MapShape):
        return st.dictionaries(requests(shape.key, depth + 1), requests(shape.value, depth + 1), max_size=2)
    enum = getattr(shape, "enum", None)
    return st.sampled_from([*enum, "none of these"]) if enum else _SCALARS.get(shape.type_name, st.sampled_from(TEXTS))


def operations() -> list[Any]:
    return list(_operations())


def _operations() -> Iterator[Any]:
    for service in SERVICES:
        for name in get_service_model(service.name).operation_names:
            if hasattr(service, xform_name(name)):
                yield pytest.param(service, name, id=f"{service.name}:{name}")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    home: Path = tmp_path_factory.mktemp("any_request")
    with served(home, *SERVICES) as world:
        world.client("sns").create_topic(Name="prod")
        world.client("logs").create_log_group(logGroupName="a")
        world.client("events").put_rule(Name="a", EventPattern='{"source": ["a"]}')
        yield world


@pytest.mark.parametrize(("service", "name"), operations())
def test_an_operation_answers_whatever_its_model_allows(world: World, service: type[Service], name: str) -> None:
    operation = world.service(service.name).operation(name)
    shape = get_service_model(service.name).operation_model(name).input_shape

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    @given(requests(shape) if shape is not None else st.just({}))
    def answers(request: dict[str, Any]) -> None:
        if shape is not None and ParamValidator().validate(request, shape).has_errors():
            return  # which the sandbox says before any operation
        with suppress(AwsError, AsMotoAnswersError):
            if service.constraint_codes:
                check(service.name, name, request, service.constraint_codes[0])
            operation(request)

    answers()
