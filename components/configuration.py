"""Reads Pulumi configuration values one by one and collects every mistake, so that all are told at once."""

from __future__ import annotations

import difflib
import json
import shlex
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any, Generic, NoReturn, TypeVar, cast

T = TypeVar("T")
D = TypeVar("D")

PROJECT = "release"
# Of these nothing goes unread: a key that no one reads is a mistake. Other namespaces are the engine's or a policy's.
OWN_NAMESPACES = (PROJECT, "aws", "github")


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """One configuration value that cannot be used, and the command that mends it."""

    key: str
    value: str
    allowed: str
    mend: str

    def __str__(self) -> str:
        return f"\n  {self.key} is {self.value}\n    allowed: {self.allowed}\n    mend:    {self.mend}"


class ConfigurationError(ValueError):
    """The stack's configuration cannot be used; `mistakes` has all that is wrong with it."""

    def __init__(self, stack: str, mistakes: list[Mistake]) -> None:
        count = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
        heading = f"the configuration of stack {stack} has {count}; nothing was touched"
        super().__init__("\n".join([heading, *map(str, mistakes)]))
        self.mistakes = mistakes


@dataclass(frozen=True, kw_only=True)
class Rule(Generic[T]):
    """What one value must be: `parse` raises ValueError for what is not `allowed`, `example` stands in the mend."""

    allowed: str
    example: str
    parse: Callable[[Any], T]


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


class Configuration:
    """All configuration of one stack, `values` by full key as the engine hands them over."""

    def __init__(self, stack: str, values: Mapping[str, str], secrets: Set[str] = frozenset()) -> None:
        self.stack = stack
        self.mistakes: list[Mistake] = []
        self._secrets = secrets
        self._sections: list[Section] = []
        by_namespace: dict[str, dict[str, Any]] = {namespace: {} for namespace in OWN_NAMESPACES}
        for key, value in values.items():
            namespace, _, name = key.partition(":")
            if namespace in by_namespace:
                by_namespace[namespace][name] = value
        self.namespaces = {
            namespace: self.section(f"{namespace}:", by_namespace[namespace]) for namespace in OWN_NAMESPACES
        }

    def section(self, prefix: str, values: Mapping[str, Any]) -> Section:
        """A level whose keys begin with `prefix`; its unread names are mistakes too."""
        section = Section(self, prefix, values)
        self._sections.append(section)
        return section

    def wrong_stack(self, known: Sequence[str]) -> NoReturn:
        """The stack itself has no meaning, so nothing can be judged.

        Raises:
            ConfigurationError: always.
        """
        mistake = Mistake(
            key="the stack's name",
            value=json.dumps(self.stack),
            allowed=" or ".join([*known, *(f"LABEL-{each}" for each in known)]),
            mend=f"pulumi stack select {known[0]}",
        )
        raise ConfigurationError(self.stack, [mistake])

    def is_secret(self, key: str) -> bool:
        """Whether the engine keeps `key`, or the group it belongs to, encrypted."""
        return key.partition(".")[0] in self._secrets

    def finish(self) -> None:
        """End the reading.

        Raises:
            ConfigurationError: everything that was wrong.
        """
        for section in self._sections:
            section.report_unknown()
        if self.mistakes:
            raise ConfigurationError(self.stack, self.mistakes)


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
