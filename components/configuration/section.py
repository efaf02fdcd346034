"""Reads one level of the configuration, value by value, and notes every mistake."""

from __future__ import annotations

import difflib
import json
import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from components.configuration.mistake import Mistake
from components.configuration.rule import Rule

if TYPE_CHECKING:
    from components.configuration.configuration import Configuration

T = TypeVar("T")
D = TypeVar("D")


class Section:
    """One level of the configuration: a namespace's keys, or the members of one group.

    What a mistaken value is read as is never used: `Configuration.finish` raises before.
    """

    def __init__(self, configuration: Configuration, prefix: str, values: Mapping[str, Any]) -> None:
        self._configuration = configuration
        self._prefix = prefix
        self._values = values
        self._read: set[str] = set()

    def required(self, name: str, rule: Rule[T]) -> T:
        """The value of `name`; a mistake if there is none."""
        value = self._value(name)
        if value is None:
            self.mistake(name, rule.allowed, rule.example)
            return cast("T", None)
        return self._parsed(name, rule, value)

    def optional(self, name: str, rule: Rule[T], default: D) -> T | D:
        """The value of `name`, or `default`."""
        value = self._value(name)
        return default if value is None else self._parsed(name, rule, value)

    def is_set(self, name: str) -> bool:
        """Whether `name` has a value, good or bad."""
        return self._value(name) is not None

    def secret(self, name: str, rule: Rule[T]) -> T | None:
        """The value of `name`, if any, which must be encrypted; its plain text is never shown."""
        value = self._value(name)
        if value is None:
            return None
        if not self._configuration.is_secret(self._prefix + name):
            self.mistake(name, f"a Pulumi secret: {rule.allowed}", rule.example, "--secret", "[plain text]")
            return None
        return self._parsed(name, rule, value)

    def missing_secret(self, name: str, rule: Rule[Any]) -> None:
        """`name` must be set, and encrypted, because its counterpart is."""
        self.mistake(name, f"a Pulumi secret: {rule.allowed}", rule.example, "--secret")

    def group(self, name: str) -> Section:
        """The members of `name`, none if it is not set."""
        value = self._value(name)
        key = self._prefix + name
        members: Any = {}
        try:
            members = json.loads(value) if isinstance(value, str) else value or {}
        except ValueError:
            members = value
        if not isinstance(members, dict):
            self._add(key, self._shown(name), "a group of values", f"pulumi config rm {key}")
            members = {}
        return self._configuration.section(f"{key}.", cast("dict[str, Any]", members))

    def mistake(
        self, name: str, allowed: str, example: str, option: str | None = None, shown: str | None = None
    ) -> None:
        """Note that `name` is not what is `allowed`."""
        key = self._prefix + name
        option = option or ("--path" if "." in key else None)
        command = shlex.join(["pulumi", "config", "set", *([option] if option else []), key, example])
        self._add(key, shown or self._shown(name), allowed, command)

    def not_here(self, name: str, reason: str) -> None:
        """`name` must not be set, for `reason`."""
        if self.is_set(name) and self._value(name) not in ("{}", {}):
            key = self._prefix + name
            self._add(key, self._shown(name), reason, shlex.join(["pulumi", "config", "rm", key]))

    def report_unknown(self) -> None:
        """Every name that is set but was not read is a mistake."""
        for name in sorted(set(self._values) - self._read):
            key = self._prefix + name
            path = ["--path"] if "." in key else []
            remove = shlex.join(["pulumi", "config", "rm", *path, key])
            near = difflib.get_close_matches(name, self._read, n=1)
            if near:
                intended = self._prefix + near[0]
                value = "VALUE" if self._configuration.is_secret(key) else _plain(self._values[name])
                move = shlex.join(["pulumi", "config", "set", *path, intended, value])
                self._add(key, f"not known, perhaps {intended} is meant", self._known(), move, remove)
            else:
                self._add(key, "not known", self._known(), remove)

    def _value(self, name: str) -> Any:
        self._read.add(name)
        value = self._values.get(name)
        return None if value == "" else value

    def _parsed(self, name: str, rule: Rule[T], value: Any) -> T:
        try:
            return rule.parse(value)
        except ValueError:
            self.mistake(name, rule.allowed, rule.example)
            return cast("T", None)

    def _shown(self, name: str) -> str:
        value = self._values.get(name)
        if value in (None, ""):
            return "missing"
        return "[secret]" if self._configuration.is_secret(self._prefix + name) else json.dumps(value)

    def _known(self) -> str:
        return ", ".join(self._prefix + name for name in sorted(self._read)) or "nothing"

    def _add(self, key: str, value: str, allowed: str, *commands: str) -> None:
        stack = self._configuration.stack
        mend = " && ".join(f"{command} --stack {shlex.quote(stack)}" for command in commands)
        self._configuration.mistakes.append(Mistake(key=key, value=value, allowed=allowed, mend=mend))


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
