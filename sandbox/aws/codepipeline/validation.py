"""What CodePipeline refuses in a pipeline's structure, beyond the shapes of its model."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from sandbox.aws.codepipeline.actions import APPROVAL_PROVIDERS, BUILD_PROVIDERS, PROVIDERS, SOURCE_PROVIDERS
from sandbox.aws.codepipeline.cron import CronError
from sandbox.aws.codepipeline.rules import window_of
from sandbox.aws.codepipeline.runs import Declaration, Mode
from sandbox.aws.service import AwsError

RULE_PROVIDERS = ("CloudWatchAlarm", "CodeBuild", "Commands", "DeploymentWindow", "LambdaInvoke", "VariableCheck")
_SKIPPABLE_RULES = {"LambdaInvoke", "VariableCheck"}
_RESULTS = {
    "beforeEntry": ("FAIL", "SKIP"),
    "onSuccess": ("ROLLBACK", "FAIL"),
    "onFailure": ("ROLLBACK",),
}
_MAX_CONFIGURATION_KEYS = 50
_MIN_STAGES = 2
_SOURCE_CONFIGURATION = ("ConnectionArn", "FullRepositoryId", "BranchName")
_SOURCE_OPTIONS = {"OutputArtifactFormat": ("CODE_ZIP", "CODEBUILD_CLONE_REF"), "DetectChanges": ("true", "false")}
_BUILD_OPTIONS = {"ProjectName", "PrimarySource", "EnvironmentVariables", "BatchEnabled", "CombineArtifacts"}
_VARIABLE_TYPES = {"PLAINTEXT", "PARAMETER_STORE", "SECRETS_MANAGER"}
_RULE_CONFIGURATION = {"DeploymentWindow": ("Cron",), "CloudWatchAlarm": ("AlarmName",)}


def validate(pipeline: Declaration, region: str) -> None:
    """Refuse a structure as CreatePipeline and UpdatePipeline do.

    Raises:
        AwsError: InvalidStructureException, InvalidStageDeclarationException or
            InvalidActionDeclarationException, whichever is met first.
    """
    _validate_type(pipeline)
    _validate_artifact_store(pipeline, region)
    _validate_stages(pipeline["stages"])
    _validate_wiring(pipeline["stages"])
    for stage in pipeline["stages"]:
        _validate_conditions(stage, pipeline)
        for action in stage["actions"]:
            _validate_action(stage, action)
    for trigger in pipeline.get("triggers", []):
        _validate_trigger(trigger, pipeline["stages"][0])


def _structure(message: str) -> AwsError:
    return AwsError("InvalidStructureException", message)


def _stage(message: str) -> AwsError:
    return AwsError("InvalidStageDeclarationException", message)


def _action(message: str) -> AwsError:
    return AwsError("InvalidActionDeclarationException", message)


def _unsupported(message: str) -> AwsError:
    return AwsError("SandboxUnsupported", message, status=501)


def _validate_type(pipeline: Declaration) -> None:
    if pipeline.get("pipelineType", "V1") == "V2":
        return
    if pipeline.get("executionMode", Mode.SUPERSEDED) != Mode.SUPERSEDED:
        raise _structure(f"Execution mode {pipeline['executionMode']} requires pipeline type V2")
    for key in ("triggers", "variables"):
        if pipeline.get(key):
            raise _structure(f"Pipeline of type V1 does not support {key}; use pipeline type V2")
    for stage in pipeline["stages"]:
        for key in _RESULTS:
            if key in stage:
                raise _structure(
                    f"Stage {stage['name']}: pipeline of type V1 does not support {key} conditions; use V2"
                )


def _validate_artifact_store(pipeline: Declaration, region: str) -> None:
    one, many = pipeline.get("artifactStore"), pipeline.get("artifactStores")
    if (one is None) == (many is None):
        raise _structure("Exactly one of artifactStore and artifactStores must be specified")
    if many is not None and region not in many:
        raise _structure(f"artifactStores has no artifact store for the pipeline's region {region}")


def _validate_stages(stages: list[Declaration]) -> None:
    if len(stages) < _MIN_STAGES:
        raise _structure(f"Pipeline has {len(stages)} stage(s). There should be a minimum of {_MIN_STAGES} stages")
    _validate_unique([stage["name"] for stage in stages], "stage")
    for number, stage in enumerate(stages):
        if not stage["actions"]:
            raise _stage(f"Stage {stage['name']} must have at least one action")
        _validate_unique([action["name"] for action in stage["actions"]], f"action of stage {stage['name']}")
        for action in stage["actions"]:
            is_source = action["actionTypeId"]["category"] == "Source"
            if is_source and number:
                raise _structure(f"Source action {action['name']} is only allowed in the first stage")
            if not is_source and not number:
                raise _structure(f"The first stage may only have Source actions, not {action['name']}")


def _validate_unique(names: list[str], what: str) -> None:
    for name, count in Counter(names).items():
        if count > 1:
            raise _structure(f"Names must be unique: {count} times {what} {name!r}")


def _validate_wiring(stages: list[Declaration]) -> None:
    """Every input is the output of an action that has run before; no artifact is made twice."""
    made: set[str] = set()
    namespaces: set[str] = set()
    for action in (action for stage in stages for action in _in_run_order(stage)):
        for artifact in action.get("inputArtifacts", []):
            if artifact["name"] not in made:
                raise _structure(
                    f"Action {action['name']}: input artifact {artifact['name']!r} is the output of no earlier action"
                )
        for artifact in action.get("outputArtifacts", []):
            if artifact["name"] in made:
                raise _structure(f"Output artifact {artifact['name']!r} is produced by more than one action")
            made.add(artifact["name"])
        namespace = action.get("namespace")
        if namespace in namespaces:
            raise _structure(f"Namespace {namespace!r} is used by more than one action")
        if namespace:
            namespaces.add(namespace)


def _in_run_order(stage: Declaration) -> Iterator[Declaration]:
    yield from sorted(stage["actions"], key=lambda action: action.get("runOrder", 1))


def _validate_action(stage: Declaration, action: Declaration) -> None:
    type_ = action["actionTypeId"]
    provider, name = type_["provider"], f"{stage['name']}/{action['name']}"
    if type_["owner"] != "AWS" or provider not in PROVIDERS or type_["version"] != "1":
        raise _unsupported(
            f"Action {name}: the sandbox carries out {', '.join(PROVIDERS)} (owner AWS, version 1), "
            f"not {type_['owner']} {provider} version {type_['version']}",
        )
    categories = {
        **dict.fromkeys(SOURCE_PROVIDERS, ("Source",)),
        **dict.fromkeys(BUILD_PROVIDERS, ("Build", "Test")),
        **dict.fromkeys(APPROVAL_PROVIDERS, ("Approval",)),
    }[provider]
    if type_["category"] not in categories:
        raise _action(
            f"Action {name}: ActionType (Category: '{type_['category']}', Provider: '{provider}', Owner: 'AWS', "
            "Version: '1') is not available"
        )
    configuration: dict[str, str] = action.get("configuration", {})
    if len(configuration) > _MAX_CONFIGURATION_KEYS:
        raise _action(f"Action {name}: configuration has more than {_MAX_CONFIGURATION_KEYS} keys")
    if provider in SOURCE_PROVIDERS:
        _validate_source(name, action, configuration)
    elif provider in BUILD_PROVIDERS:
        _validate_build(name, action, configuration)


def _validate_source(name: str, action: Declaration, configuration: dict[str, str]) -> None:
    _validate_counts(name, action, inputs=(0, 0), outputs=(1, 1))
    _validate_keys(name, configuration, _SOURCE_CONFIGURATION, {*_SOURCE_CONFIGURATION, *_SOURCE_OPTIONS})
    for key, allowed in _SOURCE_OPTIONS.items():
        if key in configuration and configuration[key] not in allowed:
            raise _action(f"Action {name}: {key} must be one of {', '.join(allowed)}, not {configuration[key]!r}")
    if configuration["FullRepositoryId"].count("/") < 1:
        raise _action(f"Action {name}: FullRepositoryId must be owner/name, not {configuration['FullRepositoryId']!r}")


def _validate_build(name: str, action: Declaration, configuration: dict[str, str]) -> None:
    _validate_counts(name, action, inputs=(1, 5), outputs=(0, 5))
    _validate_keys(name, configuration, ("ProjectName",), _BUILD_OPTIONS)
    for key in ("inputArtifacts", "outputArtifacts"):
        if len(action.get(key, [])) > 1:
            raise _unsupported(f"Action {name}: the sandbox's builds have one of {key}")
    if configuration.get("BatchEnabled", "false") != "false":
        raise _unsupported(f"Action {name}: the sandbox carries out no batch builds")
    _validate_variables(name, configuration.get("EnvironmentVariables", "[]"))


def _validate_variables(name: str, text: str) -> None:
    """A JSON list of objects with name, value and type, as the CodeBuild action's reference has it."""
    try:
        variables = json.loads(text)
    except ValueError as error:
        raise _action(f"Action {name}: EnvironmentVariables is no JSON: {error}") from error
    is_list = isinstance(variables, list) and all(isinstance(each, dict) for each in variables)
    if not is_list or not all({"name", "value"} <= set(each) <= {"name", "value", "type"} for each in variables):
        raise _action(f"Action {name}: EnvironmentVariables must be a list of objects with name, value and type")
    for value in (value for each in variables for value in each.values()):
        if not isinstance(value, str):
            raise _action(f"Action {name}: EnvironmentVariables: {value!r} is no string")
    unknown = {each["type"] for each in variables if "type" in each} - _VARIABLE_TYPES
    if unknown:
        raise _action(f"Action {name}: EnvironmentVariables: type {', '.join(sorted(unknown))} is unknown")


def _validate_counts(name: str, action: Declaration, *, inputs: tuple[int, int], outputs: tuple[int, int]) -> None:
    for key, (low, high) in (("inputArtifacts", inputs), ("outputArtifacts", outputs)):
        count = len(action.get(key, []))
        if not low <= count <= high:
            raise _action(f"Action {name} has {count} {key}; between {low} and {high} are allowed")


def _validate_keys(name: str, configuration: dict[str, str], required: tuple[str, ...], known: set[str]) -> None:
    missing = [key for key in required if key not in configuration]
    if missing:
        raise _action(f"Action {name}: configuration is missing required key(s) {', '.join(missing)}")
    unknown = sorted(set(configuration) - known)
    if unknown:
        raise _action(f"Action {name}: configuration contains unknown key(s) {', '.join(unknown)}")


def _validate_conditions(stage: Declaration, pipeline: Declaration) -> None:
    for key, allowed in _RESULTS.items():
        if key not in stage:
            continue
        declared: Declaration = stage[key]
        where = f"Stage {stage['name']}: {key}"
        conditions: list[Declaration] = declared.get("conditions", [])
        if key != "onFailure" and not conditions:
            raise _stage(f"{where} must have exactly one condition")
        for condition in conditions:
            result = condition.get("result")
            if result not in allowed:
                raise _stage(f"{where} condition result {result!r} must be one of {', '.join(allowed)}")
            for rule in condition.get("rules", []):
                _validate_rule(f"{where} rule {rule['name']}", rule, str(result))
        if key == "onFailure":
            _validate_failure(where, declared, pipeline)


def _validate_failure(where: str, declared: Declaration, pipeline: Declaration) -> None:
    result, conditions = declared.get("result"), declared.get("conditions", [])
    if not result and not conditions:
        raise _stage(f"{where} must have a result or a condition")
    if result and result not in ("ROLLBACK", "RETRY"):
        raise _stage(f"{where} result {result!r} must be one of ROLLBACK, RETRY")
    if result == "RETRY" and conditions:
        raise _stage(f"{where}: automatic retry cannot be combined with conditions")
    if "retryConfiguration" in declared and result != "RETRY":
        raise _stage(f"{where}: retryConfiguration needs the result RETRY")
    rolls_back = result == "ROLLBACK" or conditions
    if rolls_back and pipeline.get("executionMode") == Mode.PARALLEL:
        raise _stage(f"{where}: rollback is not available in PARALLEL mode")


def _validate_rule(where: str, rule: Declaration, result: str) -> None:
    type_ = rule["ruleTypeId"]
    provider = type_["provider"]
    if provider not in RULE_PROVIDERS or type_.get("owner", "AWS") != "AWS" or type_.get("version", "1") != "1":
        raise _stage(f"{where}: rule type {provider!r} is not available")
    if result == "SKIP" and provider not in _SKIPPABLE_RULES:
        raise _stage(f"{where}: result SKIP is only for {', '.join(sorted(_SKIPPABLE_RULES))}, not {provider}")
    configuration: dict[str, Any] = rule.get("configuration", {})
    for key in _RULE_CONFIGURATION.get(provider, ()):
        if key not in configuration:
            raise _stage(f"{where}: configuration is missing required key {key}")
    if provider == "DeploymentWindow":
        try:
            window_of(configuration)
        except CronError as error:
            raise _stage(f"{where}: {error}") from error


def _validate_trigger(trigger: Declaration, source_stage: Declaration) -> None:
    name = trigger["gitConfiguration"]["sourceActionName"]
    if name not in [action["name"] for action in source_stage["actions"]]:
        raise _structure(f"Trigger refers to source action {name!r}, which the pipeline does not have")
