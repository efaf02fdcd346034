"""A stack's settings as its own files have them, without an engine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from components.configuration.reading import read_settings
from components.configuration.settings import Settings

# What is encrypted stays so: the policies depend only on its being there
_UNREAD = {"release:slackWorkspaceId": "T00000000", "release:slackChannelId": "C00000000"}


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
    read = {key: _text(value) for key, value in values.items() if key not in secrets}
    unread = {key: _UNREAD.get(key, "encrypted") for key in secrets}
    return read_settings(stack, read | unread, secrets)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
