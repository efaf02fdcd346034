"""All configuration of one stack, and all that is wrong with it, told at once."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence, Set
from typing import Any, NoReturn

from components.configuration.mistake import ConfigurationError, Mistake
from components.configuration.section import Section

PROJECT = "release"
# Of these nothing goes unread: a key that no one reads is a mistake. Other namespaces are the engine's or a policy's.
OWN_NAMESPACES = (PROJECT, "aws", "github")


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
