"""What CreatePipeline refuses beyond its model (CodePipeline's structure reference)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sandbox.plugins.resource import Failure
from sandbox.plugins.values import UNKNOWN, Values

_CONFIGURATION_KEYS = 50
_RULE_PROVIDERS = ("CloudWatchAlarm", "CodeBuild", "Commands", "DeploymentWindow", "LambdaInvoke", "VariableCheck")
_SKIPPING_PROVIDERS = ("LambdaInvoke", "VariableCheck")
_RESULTS = {"beforeEntry": ("FAIL", "SKIP"), "onSuccess": ("ROLLBACK", "FAIL"), "onFailure": ("ROLLBACK",)}
_FAILURE_RESULTS = ("ROLLBACK", "RETRY")
_CATEGORIES = {"CodeBuild": ("Build", "Test"), "CodeStarSourceConnection": ("Source",)}
_STAGES = 2
_TIMEOUTS = range(5, 86401)


def pipeline_failures(inputs: Values) -> Iterator[Failure]:
    """Every rule that the pipeline breaks; unknown parts are passed over."""
    stages = inputs["stages"]
    if not isinstance(stages, list):
        return
    if len(stages) < _STAGES:
        yield _failure("stages", f"at least {_STAGES} stages are needed, found {len(stages)}")
    yield from _duplicates("stages", stages)
    for index, stage in enumerate(stages):
        if isinstance(stage, dict):
            yield from _stage_failures(f"stages[{index}]", stage, first=index == 0)
    if inputs.get("pipelineType", "V1") == "V1":
        yield from _v2_only(inputs, stages)


def _stage_failures(path: str, stage: Values, *, first: bool) -> Iterator[Failure]:
    actions = stage["actions"] if isinstance(stage["actions"], list) else []
    yield from _duplicates(f"{path}.actions", actions)
    for index, action in enumerate(actions):
        if isinstance(action, dict):
            yield from _action_failures(f"{path}.actions[{index}]", action, first=first)
    for holder, allowed in _RESULTS.items():
        block = stage.get(holder)
        if block == {}:
            yield _failure(f"{path}.{holder}", "must not be empty")
        elif isinstance(block, dict):
            yield from _condition_failures(f"{path}.{holder}.condition", block.get("condition"), allowed)
    yield from _on_failure(f"{path}.onFailure", stage.get("onFailure"))


def _action_failures(path: str, action: Values, *, first: bool) -> Iterator[Failure]:
    category, provider = action["category"], action["provider"]
    allowed = _CATEGORIES.get(provider) if isinstance(provider, str) else None
    if allowed and isinstance(category, str) and category not in allowed:
        yield _failure(f"{path}.category", f"{provider} is for {' or '.join(allowed)}, found {category!r}")
    if isinstance(category, str) and (category == "Source") != first:
        reason = "must be Source in the first stage" if first else "Source is for the first stage only"
        yield _failure(f"{path}.category", f"{reason}, found {category!r}")
    if category == "Source" and action.get("inputArtifacts"):
        yield _failure(f"{path}.inputArtifacts", "a source action has no input")
    yield from _configuration(f"{path}.configuration", action.get("configuration"))


def _configuration(path: str, configuration: Any) -> Iterator[Failure]:
    if isinstance(configuration, dict) and len(configuration) > _CONFIGURATION_KEYS:
        yield _failure(path, f"at most {_CONFIGURATION_KEYS} keys are allowed, found {len(configuration)}")


def _condition_failures(path: str, condition: Any, allowed: tuple[str, ...]) -> Iterator[Failure]:
    if not isinstance(condition, dict):
        return
    result = condition.get("result", UNKNOWN)
    if result is not UNKNOWN and result not in allowed:
        yield _failure(f"{path}.result", f"{result!r} is not one of {', '.join(allowed)} here")
    rules = condition.get("rules")
    for index, rule in enumerate(rules if isinstance(rules, list) else []):
        provider = rule["ruleTypeId"]["provider"] if isinstance(rule, dict) else UNKNOWN
        here = f"{path}.rules[{index}]"
        if provider is not UNKNOWN and provider not in _RULE_PROVIDERS:
            choices = ", ".join(_RULE_PROVIDERS)
            yield _failure(f"{here}.ruleTypeId.provider", f"{provider!r} is not one of {choices}")
        elif result == "SKIP" and provider not in _SKIPPING_PROVIDERS:
            yield _failure(f"{path}.result", f"SKIP is for {' and '.join(_SKIPPING_PROVIDERS)} only")
        if isinstance(rule, dict):
            yield from _configuration(f"{here}.configuration", rule.get("configuration"))
            minutes = rule.get("timeoutInMinutes", UNKNOWN)
            if minutes is not UNKNOWN and minutes not in _TIMEOUTS:
                yield _failure(f"{here}.timeoutInMinutes", f"5 to 86400 minutes are allowed, found {minutes}")


def _on_failure(path: str, block: Any) -> Iterator[Failure]:
    if not isinstance(block, dict):
        return
    result = block.get("result")
    if isinstance(result, str) and result not in _FAILURE_RESULTS:
        yield _failure(f"{path}.result", f"{result!r} is not one of {', '.join(_FAILURE_RESULTS)}")
    if result == "RETRY" and "condition" in block:
        yield _failure(f"{path}.result", "an automatic RETRY cannot be combined with a condition")


def _v2_only(inputs: Values, stages: list[Any]) -> Iterator[Failure]:
    held = [holder for stage in stages if isinstance(stage, dict) for holder in _RESULTS if holder in stage]
    for name in [name for name in ("triggers", "variables") if inputs.get(name)] + held[:1]:
        yield _failure("pipelineType", f"{name} needs a pipeline of type V2; the default is V1")


def _duplicates(path: str, items: list[Any]) -> Iterator[Failure]:
    names = [item["name"] for item in items if isinstance(item, dict) and isinstance(item["name"], str)]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield _failure(path, f"the name {name!r} is used more than once")


def _failure(path: str, reason: str) -> Failure:
    return Failure(path, f"{path}: {reason}")
