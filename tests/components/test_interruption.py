"""A change of the pipeline's definition, in preview and in up: never while something is under way."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pulumi
import pytest
from botocore.exceptions import EndpointConnectionError

from components import interruption
from tests.components.recorder import Plan

STAGES = {"stages": [{"name": "Source"}]}
OTHERS = {"stages": [{"name": "Source"}, {"name": "Build"}]}


class Hook:
    """The hook's callback, with a CodePipeline that answers as told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *statuses: str, allowed: bool = False) -> None:
        made: dict[str, Any] = {}

        def register(name: str, callback: Any, options: pulumi.ResourceHookOptions) -> SimpleNamespace:
            made.update(name=name, callback=callback, options=options)
            return SimpleNamespace()

        found = [{"pipelineExecutionId": f"e{at}", "status": status} for at, status in enumerate(statuses)]
        client = SimpleNamespace(list_pipeline_executions=lambda **_: {"pipelineExecutionSummaries": found})
        monkeypatch.setattr(pulumi, "ResourceHook", register)
        monkeypatch.setattr(pulumi, "get_stack", lambda: "prod")
        monkeypatch.setattr(interruption.asking, "client", lambda *_: client)
        interruption.refused_while_at_work("pipeline", "web-pipeline-prod", "ap-southeast-2", allowed=allowed)
        self.options, self._callback = made["options"], made["callback"]

    def __call__(self, old: dict[str, Any], new: dict[str, Any]) -> None:
        self._callback(SimpleNamespace(old_inputs=old, new_inputs=new))


def test_the_pipeline_has_it_and_a_preview_asks_it_too(monkeypatch: pytest.MonkeyPatch, prod: Plan) -> None:
    (asked,) = (one.options["beforeUpdate"] for one in prod.of_type("Pipeline"))
    assert asked == ["delivery-release-pipeline-refused-while-at-work"]
    assert Hook(monkeypatch).options.on_dry_run


@pytest.mark.parametrize("status", ["InProgress", "Stopping"])
def test_while_an_execution_works_waits_or_stops_the_change_is_refused_with_what_mends_it(
    monkeypatch: pytest.MonkeyPatch, status: str
) -> None:
    with pytest.raises(pulumi.RunError) as refused:
        Hook(monkeypatch, "Succeeded", status)(STAGES, OTHERS)
    assert "while execution e1 is under way" in str(refused.value)
    assert "pulumi config set release:interruptExecutions true --stack prod" in str(refused.value)


def test_with_nothing_under_way_the_definition_may_change(monkeypatch: pytest.MonkeyPatch) -> None:
    Hook(monkeypatch, "Succeeded", "Failed", "Superseded", "Stopped", "Cancelled")(STAGES, OTHERS)
    Hook(monkeypatch)(STAGES, OTHERS)


def test_tags_change_no_definition(monkeypatch: pytest.MonkeyPatch) -> None:
    Hook(monkeypatch, "InProgress")({**STAGES, "tagsAll": {"a": "b"}}, {**STAGES, "tagsAll": {}})


def test_the_configuration_may_allow_it(monkeypatch: pytest.MonkeyPatch) -> None:
    Hook(monkeypatch, "InProgress", allowed=True)(STAGES, OTHERS)


def test_what_cannot_be_asked_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    hook = Hook(monkeypatch)

    def unreachable(*_: str) -> None:
        raise EndpointConnectionError(endpoint_url="https://codepipeline")

    monkeypatch.setattr(interruption.asking, "client", unreachable)
    with pytest.raises(pulumi.RunError, match="cannot ask CodePipeline"):
        hook(STAGES, OTHERS)
