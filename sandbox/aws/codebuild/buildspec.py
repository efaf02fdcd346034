"""The build specification, version 0.2. Source: CodeBuild user guide, build specification reference.

What that reference has and the sandbox does not carry out, and what it does not have, is the sandbox's own refusal:
only what CodeBuild is known to answer with YAML_FILE_ERROR is told as that.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import yaml

PHASES = ("install", "pre_build", "build", "post_build")
DEFAULT_NAME = "buildspec.yml"
_TOP_LEVEL = {"version", "env", "phases", "artifacts", "cache"}  # a build on a new machine finds no cache
_ENV = {"shell", "variables", "parameter-store", "secrets-manager", "exported-variables"}
_PHASE = {"commands", "finally", "on-failure", "runtime-versions"}
_ARTIFACTS = {"files", "name", "base-directory", "discard-paths", "exclude-paths"}
_ON_FAILURE = ("ABORT", "CONTINUE")


class BuildspecError(ValueError):
    """A specification that CodeBuild answers with YAML_FILE_ERROR."""


class UnsupportedBuildspecError(ValueError):
    """A specification that the sandbox does not carry out; what CodeBuild makes of it is not said."""


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
            UnsupportedBuildspecError: naming what the sandbox lacks.
        """
        try:
            content = yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise BuildspecError(f"YAML_FILE_ERROR: {error}") from error
        content = _mapping(content, "buildspec")
        if str(content.get("version")) == "0.1":
            raise _unsupported("version 0.1")
        if str(content.get("version")) != "0.2":
            raise BuildspecError(f"YAML_FILE_ERROR: version {content.get('version')!r} is not 0.2")
        _only(content, _TOP_LEVEL, "")
        phases = _mapping(content.get("phases"), "phases")
        _only(phases, set(PHASES), "phases/")
        env = _mapping(content.get("env") or {}, "env")
        _only(env, _ENV, "env/")
        if env.get("shell", "bash") not in ("bash", "/bin/bash", "/bin/sh"):
            raise _unsupported(f"env/shell {env['shell']}")
        return cls(
            phases={name: _phase(name, _mapping(phases[name] or {}, name)) for name in PHASES if name in phases},
            variables=_strings(env, "variables"),
            parameters=_strings(env, "parameter-store"),
            secrets=_strings(env, "secrets-manager"),
            exported=_texts(env, "exported-variables", "env/"),
            artifacts=_artifacts(_mapping(content.get("artifacts") or {}, "artifacts")),
        )


def _phase(name: str, content: dict[str, Any]) -> Phase:
    where = f"phases/{name}/"
    _only(content, _PHASE, where)
    on_failure = content.get("on-failure", "")
    if on_failure and on_failure not in _ON_FAILURE:
        raise _unsupported(f"{where}on-failure {on_failure}")
    return Phase(_texts(content, "commands", where), _texts(content, "finally", where), on_failure)


def _artifacts(content: dict[str, Any]) -> Artifacts | None:
    if not content:
        return None
    _only(content, _ARTIFACTS, "artifacts/")
    files = _texts(content, "files", "artifacts/")
    if not files:
        raise BuildspecError("YAML_FILE_ERROR: artifacts needs files, a list")
    return Artifacts(
        files=files,
        excluded=_texts(content, "exclude-paths", "artifacts/"),
        base_directory=str(content.get("base-directory") or ""),
        discard_paths=str(content.get("discard-paths", "no")).lower() in ("yes", "true"),
    )


def _texts(content: dict[str, Any], key: str, where: str) -> tuple[str, ...]:
    values = content.get(key) or []
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise BuildspecError(f"YAML_FILE_ERROR: Expected {where}{key} to be a list of strings")
    return tuple(values)


def _strings(env: dict[str, Any], key: str) -> dict[str, str]:
    return {str(name): str(value) for name, value in _mapping(env.get(key) or {}, f"env/{key}").items()}


def _mapping(content: Any, where: str) -> dict[Any, Any]:
    if not isinstance(content, dict) or (not content and where in ("buildspec", "phases")):
        raise BuildspecError(f"YAML_FILE_ERROR: {where} is empty or not a mapping")
    return content


def _only(content: dict[Any, Any], known: set[str], where: str) -> None:
    unknown = sorted(set(map(str, content)) - known)
    if unknown:
        raise _unsupported(", ".join(f"{where}{name}" for name in unknown))


def _unsupported(what: str) -> UnsupportedBuildspecError:
    return UnsupportedBuildspecError(f"The sandbox does not carry out {what} of a buildspec; AWS may.")
