"""The build specification, version 0.2. Source: CodeBuild user guide, build specification reference."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import yaml

PHASES = ("install", "pre_build", "build", "post_build")
DEFAULT_NAME = "buildspec.yml"
_TOP_LEVEL = {"version", "run-as", "env", "phases", "artifacts", "cache"}
_ENV = {"shell", "variables", "parameter-store", "secrets-manager", "exported-variables"}
_PHASE = {"commands", "finally", "on-failure", "runtime-versions", "run-as"}
_ARTIFACTS = {"files", "name", "base-directory", "discard-paths", "exclude-paths"}
_ON_FAILURE = ("ABORT", "CONTINUE")


class BuildspecError(ValueError):
    """A specification that CodeBuild answers with YAML_FILE_ERROR, or one the sandbox cannot carry out."""


@dataclass(frozen=True)
class Phase:
    """One phase's commands. `on_failure` is empty where the specification does not say."""

    commands: tuple[str, ...] = ()
    finally_: tuple[str, ...] = ()
    on_failure: str = ""


@dataclass(frozen=True)
class Artifacts:
    """What the build puts out, as glob patterns under the base directory."""

    files: tuple[str, ...]
    excluded: tuple[str, ...] = ()
    base_directory: str = ""
    discard_paths: bool = False


@dataclass(frozen=True)
class Buildspec:
    phases: dict[str, Phase]
    variables: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    exported: tuple[str, ...] = ()
    artifacts: Artifacts | None = None

    @classmethod
    def parse(cls, text: str) -> Buildspec:
        """Read a specification.

        Raises:
            BuildspecError: naming what is wrong.
        """
        try:
            content = yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise BuildspecError(f"YAML_FILE_ERROR: {error}") from error
        if not isinstance(content, dict):
            raise BuildspecError("YAML_FILE_ERROR: the buildspec is empty or not a mapping")
        if str(content.get("version")) != "0.2":
            raise BuildspecError(f"YAML_FILE_ERROR: version {content.get('version')!r} is not 0.2")
        _only(content, _TOP_LEVEL, "buildspec")
        phases = content.get("phases") or {}
        _only(phases, set(PHASES), "phases")
        if not phases:
            raise BuildspecError("YAML_FILE_ERROR: there are no phases")
        env = content.get("env") or {}
        _only(env, _ENV, "env")
        if env.get("shell", "bash") not in ("bash", "/bin/bash", "/bin/sh"):
            raise BuildspecError(f"the sandbox runs builds in bash, not {env['shell']}")
        return cls(
            phases={name: _phase(name, phases[name] or {}) for name in PHASES if name in phases},
            variables=_strings(env, "variables"),
            parameters=_strings(env, "parameter-store"),
            secrets=_strings(env, "secrets-manager"),
            exported=tuple(env.get("exported-variables") or ()),
            artifacts=_artifacts(content.get("artifacts")),
        )


def _phase(name: str, content: dict[str, Any]) -> Phase:
    _only(content, _PHASE, f"phases/{name}")
    on_failure = content.get("on-failure", "")
    if on_failure and on_failure not in _ON_FAILURE:
        raise BuildspecError(f"phases/{name}: on-failure must be one of {', '.join(_ON_FAILURE)} in the sandbox")
    return Phase(_commands(name, content, "commands"), _commands(name, content, "finally"), on_failure)


def _commands(name: str, content: dict[str, Any], key: str) -> tuple[str, ...]:
    commands = content.get(key) or []
    if not isinstance(commands, list) or not all(isinstance(command, str) for command in commands):
        raise BuildspecError(f"YAML_FILE_ERROR: Expected phases/{name}/{key} to be a list of strings")
    return tuple(commands)


def _artifacts(content: dict[str, Any] | None) -> Artifacts | None:
    if not content:
        return None
    _only(content, _ARTIFACTS, "artifacts")
    files = content.get("files")
    if not isinstance(files, list) or not files:
        raise BuildspecError("YAML_FILE_ERROR: artifacts needs files, a list")
    return Artifacts(
        files=tuple(files),
        excluded=tuple(content.get("exclude-paths") or ()),
        base_directory=content.get("base-directory", ""),
        discard_paths=str(content.get("discard-paths", "no")).lower() in ("yes", "true"),
    )


def _strings(env: dict[str, Any], key: str) -> dict[str, str]:
    return {name: str(value) for name, value in (env.get(key) or {}).items()}


def _only(content: Any, known: set[str], where: str) -> None:
    if not isinstance(content, dict):
        raise BuildspecError(f"YAML_FILE_ERROR: {where} must be a mapping")
    unknown = sorted(set(map(str, content)) - known)
    if unknown:
        raise BuildspecError(f"{where}: {', '.join(unknown)} is unknown, or not carried out by the sandbox")
