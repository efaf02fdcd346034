"""A stack's settings as its own files have them, without an engine."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from components.configuration.reading import read_settings
from components.configuration.settings import Settings

# What is encrypted stays so: the policies depend only on its being there
_UNREAD = {
    "release:slackWorkspaceId": "T00000000",
    "release:slackChannelId": "C00000000",
    "release:slackToken": "xoxb-encrypted",
}


def stack_settings(stack: str, folder: Path) -> Settings:
    """What Pulumi.yaml and Pulumi.<stack>.yaml in the folder configure.

    Raises:
        ConfigurationError: all that is wrong with it.
        OSError: a file cannot be read.
    """
    declared = yaml.safe_load((folder / "Pulumi.yaml").read_text())["config"]
    given = yaml.safe_load((folder / f"Pulumi.{stack}.yaml").read_text())["config"]
    values = {key: entry["default"] for key, entry in declared.items()} | given
    secrets = {key for key, value in given.items() if isinstance(value, dict) and set(value) == {"secure"}}
    read = {key: engine_text(value) for key, value in values.items() if key not in secrets}
    unread = {key: _UNREAD.get(key, "encrypted") for key in secrets}
    return read_settings(stack, read | unread, secrets)


def engine_text(value: Any) -> str:
    """A value of a stack file as the engine hands it over, groups as JSON and nothing as no text."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, default=_timestamp)


def _timestamp(value: Any) -> str:
    """What YAML takes for a day, as Go writes it: `2026-12-24 00:00:00 +0000 UTC`. Raises TypeError for all else."""
    if type(value) is not date:
        raise TypeError(f"{value!r} is not of a stack file")
    return f"{value} 00:00:00 +0000 UTC"
