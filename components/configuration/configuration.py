"""What one stack is given, read key by key, and all that is wrong with it, told at once."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping, Set
from typing import Any, TypeVar, cast

from components.configuration.key import Key, remove_command
from components.configuration.keys import GROUPS, KEYS
from components.configuration.mistake import ConfigurationError, Mistake
from sop.names import Environment

T = TypeVar("T")

# Of these no key goes unread: one that is not described is a mistake. Other namespaces are the engine's or a policy's.
OWN_NAMESPACES = ("release", "aws", "github")
_OF_THE_ENVIRONMENT = "nothing: GITHUB_TOKEN comes from the environment, the owner from the repository"
_KEYS = {key.name: key for key in KEYS}
_GROUPS = {group.name: group for group in GROUPS}


class Configuration:
    """All values of one stack, given by full key as the engine hands them over: text, groups as JSON.

    What a mistaken or missing value is read as is never used: `finish` raises before.
    """

    def __init__(
        self, stack: str, environment: Environment, values: Mapping[str, str], secrets: Set[str] = frozenset()
    ) -> None:
        self._stack = stack
        self._environment = environment
        self._secrets = secrets
        self._mistakes: list[Mistake] = []
        self._given = {name: value for name, value in self._flattened(values) if value not in (None, "")}

    def get(self, key: Key[T], *, required: bool | None = None, example: str = "") -> T:
        """The key's value, or its default.

        A missing one is a mistake where the key is `required`, by its description if nothing else is said; `example`
        is what would be right here, if that is known.
        """
        value = self._given.get(key.name)
        if value is None:
            if self._environment in key.required if required is None else required:
                self.mistake(key, example=example)
            return key.default
        if key.secret and not self._is_secret(key.name):
            self.mistake(key, example=example, shown="[plain text]")
            return key.default
        try:
            return key.rule.read(value)
        except ValueError:
            self.mistake(key, example=example)
            return cast("T", None)

    def is_set(self, key: Key[Any]) -> bool:
        """Whether the key has a value, good or bad."""
        return key.name in self._given

    def mistake(self, key: Key[Any], allowed: str = "", example: str = "", shown: str = "") -> None:
        """Note that the key's value is not what is `allowed`, by its rule if nothing else is said."""
        kind = "a Pulumi secret: " if key.secret else ""
        mend = key.set_command(example or key.example(self._environment), self._stack)
        self._add(key.name, shown or self._shown(key.name), allowed or f"{kind}{key.rule.allowed}", mend, key.meaning)

    def not_here(self, key: Key[Any], reason: str) -> None:
        """Note that the key must not be set, for `reason`."""
        self._add(key.name, self._shown(key.name), reason, key.remove_command(self._stack), key.meaning)

    def finish(self) -> None:
        """End the reading.

        Raises:
            ConfigurationError: everything that was wrong.
        """
        for group in GROUPS:
            if self._environment not in group.environments and any(
                each.startswith(f"{group.name}.") for each in self._given
            ):
                only = " and ".join(sorted(group.environments))
                self._add(
                    group.name, "set", f"nothing: it is for {only} alone", self._removal(group.name), group.meaning
                )
        for name in sorted(self._given.keys() - _KEYS.keys()):
            self._unknown(name)
        if self._mistakes:
            raise ConfigurationError(self._stack, self._mistakes)

    def _flattened(self, values: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
        """Every value by its full name, members of groups by their paths."""
        for name, value in values.items():
            if name.partition(":")[0] not in OWN_NAMESPACES:
                continue
            if name not in _GROUPS or value == "":
                yield name, value
                continue
            try:
                members = json.loads(value)
            except ValueError:
                members = None
            if isinstance(members, dict):
                yield from ((f"{name}.{member}", each) for member, each in cast("dict[str, Any]", members).items())
            else:
                self._add(
                    name, self._told(name, value), "a group of values", self._removal(name), _GROUPS[name].meaning
                )

    def _unknown(self, name: str) -> None:
        near = difflib.get_close_matches(name, known := _known_beside(name), n=1)
        value, mends = "not known", [self._removal(name)]
        if near:
            value = f"not known, perhaps {near[0]} is meant"
            mends = [*self._moves(near[0], name), *mends]
        self._add(name, value, ", ".join(known) or _OF_THE_ENVIRONMENT, " && ".join(mends))

    def _moves(self, meant: str, name: str) -> list[str]:
        """What gives the value of `name` to what is meant, unless it is a whole group's."""
        if meant in _GROUPS:
            return []
        value = self._given[name]
        plain = value if isinstance(value, str) else json.dumps(value)
        hidden = self._is_secret(name) or plain.startswith("-")
        return [_KEYS[meant].set_command("VALUE" if hidden else plain, self._stack)]

    def _removal(self, name: str) -> str:
        return remove_command(name, self._stack)

    def _shown(self, name: str) -> str:
        return self._told(name, self._given[name]) if name in self._given else "missing"

    def _told(self, name: str, value: Any) -> str:
        return "[secret]" if self._is_secret(name) else json.dumps(value)

    def _is_secret(self, name: str) -> bool:
        """Whether the engine keeps it, or the group it belongs to, encrypted."""
        return name.partition(".")[0] in self._secrets

    def _add(self, key: str, value: str, allowed: str, mend: str, meaning: str = "") -> None:
        self._mistakes.append(Mistake(key=key, meaning=meaning, value=value, allowed=allowed, mend=mend))


def _known_beside(name: str) -> list[str]:
    """The names that there are on the same level: a group's members, or a namespace's keys and groups."""
    head, dot, _ = name.rpartition(".")
    if dot:
        return sorted(key.name for key in KEYS if key.group == head)
    namespace = name.partition(":")[0]
    every = [*(key.name for key in KEYS if not key.group), *_GROUPS]
    return sorted(each for each in every if each.startswith(f"{namespace}:"))
