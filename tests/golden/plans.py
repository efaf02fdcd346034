"""Recorded plans of this repository's own stack files, in canonical form.

Policies, event patterns and dashboards are expanded, everything is sorted.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pulumi import FileAsset

from tests.components.recorder import ROOT, Plan, Registration, World, configured, run_program

FOLDER = Path(__file__).parent
STACKS = ("dev", "prod")
MOMENTS = ("before-first-deployment", "deployed")


def path_of(stack: str, moment: str) -> Path:
    """Where the plan of `stack` at that moment is kept."""
    return FOLDER / stack / f"{moment}.yaml"


@cache
def recorded(stack: str, moment: str) -> dict[str, Any]:
    """What stands there, for who only looks at it."""
    return yaml.load(path_of(stack, moment).read_text(), yaml.CSafeLoader)


@cache
def record(stack: str, moment: str, project: Path = ROOT) -> Plan:
    """What the program does for `stack` of a project at that moment, for who only looks at it."""
    config, secrets = configured(stack, project)
    world = World(account=config["release:connectionArn"].split(":")[4], region=config["aws:region"])
    return run_program(stack, world.deployed(stack) if moment == "deployed" else world, config, secrets)


def canonical(plan: Plan) -> dict[str, Any]:
    """The plan as plain data: resources by type and name, and the outputs."""
    resources: dict[str, dict[str, Any]] = {}
    for registration in plan.registrations:
        resources.setdefault(registration.type, {})[registration.name] = _resource(registration)
    return {"resources": resources, "outputs": plan.outputs}


def text(plan: Plan) -> str:
    """The plan as its file has it."""
    return yaml.dump(canonical(plan), Dumper=yaml.CSafeDumper, sort_keys=True, width=110, allow_unicode=True)


def _resource(registration: Registration) -> dict[str, Any]:
    shown: dict[str, Any] = {"parent": registration.parent.rpartition("::")[2]}
    if registration.inputs:
        shown["inputs"] = {key: _expanded(value) for key, value in registration.inputs.items()}
    if registration.secret_outputs:
        shown["secretOutputs"] = sorted(registration.secret_outputs)
    if registration.options:
        shown["options"] = registration.options
    return shown


def _expanded(value: Any) -> Any:
    if isinstance(value, FileAsset):
        return {"file": Path(value.path).name}
    if not isinstance(value, str) or not value.startswith("{"):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value
