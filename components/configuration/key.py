"""The description of one configuration key: messages, Pulumi.yaml and the reference say what stands here."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Set
from dataclasses import dataclass, field, replace
from typing import Any, Generic, cast

from components.configuration.rule import Rule, T_co
from sop.names import Environment

EVERYWHERE = frozenset(Environment)
_NONE = cast("Any", None)  # of a required key


@dataclass(frozen=True, kw_only=True)
class Key(Generic[T_co]):
    """One value of the configuration.

    `name` is what `pulumi config set` takes; a member of a group has its path (`release:accessLogs.deliver`).
    Where it is not `required`, not being set means `default`, which `otherwise` puts into words if the value does not.
    Of values by name it is one `entry` that a command sets: what its path has after the key's.
    """

    name: str
    meaning: str
    rule: Rule[T_co]
    sop: str = ""
    required: Set[Environment] = frozenset()
    unless: str = ""  # what makes a required key needless
    default: T_co = _NONE
    otherwise: str = ""
    secret: bool = False
    entry: str = ""
    examples: Mapping[Environment, str] = field(default_factory=dict[Environment, str])

    @property
    def group(self) -> str:
        """The group's name that it is a member of, or nothing."""
        head, dot, _ = self.name.partition(".")
        return head if dot else ""

    @property
    def member(self) -> str:
        """Its name without namespace and group."""
        return self.name.replace(":", ".").rpartition(".")[2]

    def example(self, environment: Environment) -> str:
        """What stands in a command that sets it: the SOP's value for the environment, or a placeholder."""
        return self.examples.get(environment, self.rule.example)

    def set_command(self, value: str, stack: str) -> str:
        """The command that gives it a value."""
        option = ["--secret"] if self.secret else _path(self.name)
        return shlex.join(["pulumi", "config", "set", *option, f"{self.name}{self.entry}", value, "--stack", stack])

    def of_entry(self, name: str) -> Key[T_co]:
        """The one value of that name."""
        return replace(self, name=f"{self.name}[{json.dumps(name, ensure_ascii=False)}]", entry="")

    def remove_command(self, stack: str) -> str:
        """The command that takes its value away."""
        return remove_command(self.name, stack)


@dataclass(frozen=True, kw_only=True)
class Group:
    """Keys that belong together, one object in the stack's file; `environments` are those that it is for."""

    name: str
    meaning: str
    sop: str = ""
    environments: Set[Environment] = EVERYWHERE


def remove_command(name: str, stack: str) -> str:
    """The command that takes away what is set by that name, known or not."""
    return shlex.join(["pulumi", "config", "rm", *_path(name), name, "--stack", stack])


def _path(name: str) -> list[str]:
    return ["--path"] if "." in name else []
