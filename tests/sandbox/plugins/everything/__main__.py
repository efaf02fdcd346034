"""Declares what resources.json lists: `{name, token, inputs, secret, deleteBeforeReplace}`.

`{other}` in a text is another's id.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pulumi

listed = json.loads(Path("resources.json").read_text())
providers = {
    name: pulumi.ProviderResource(name, name, config, pulumi.ResourceOptions(version=listed["versions"][name]))
    for name, config in listed["providers"].items()
}
made: dict[str, pulumi.CustomResource] = {}


def filled(value: Any) -> Any:
    if isinstance(value, str):
        named = [name for name in made if f"{{{name}}}" in value]
        for name in named:
            identifier = made[name].id
            return identifier.apply(lambda known, name=name: value.replace(f"{{{name}}}", known))
        return value
    if isinstance(value, dict):
        return {key: filled(item) for key, item in value.items()}
    return [filled(item) for item in value] if isinstance(value, list) else value


for resource in listed["resources"]:
    inputs = filled(resource["inputs"])
    for name in resource.get("secret", []):
        inputs[name] = pulumi.Output.secret(inputs[name])
    package = resource["token"].split(":")[0]
    options = pulumi.ResourceOptions(
        provider=providers[package],
        depends_on=[made[name] for name in resource.get("after", [])],
        delete_before_replace=resource.get("deleteBeforeReplace"),
    )
    made[resource["name"]] = pulumi.CustomResource(resource["token"], resource["name"], inputs, options)
