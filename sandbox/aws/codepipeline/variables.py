"""Pipeline variables: `#{namespace.NAME}` in an action's configuration."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sandbox.aws.codepipeline.model import Execution

_REFERENCE = re.compile(r"#\{(?P<namespace>[A-Za-z0-9@\-_]+)\.(?P<name>[A-Za-z0-9@\-_]+)\}")


class UnresolvedVariableError(ValueError):
    """A reference to a variable that no action has set."""


def resolve(configuration: Mapping[str, str], execution: Execution) -> dict[str, str]:
    """The configuration with every reference replaced.

    Raises:
        UnresolvedVariableError: naming the reference.
    """
    namespaces = {
        **execution.namespaces,
        "variables": execution.variables,
        "codepipeline": {"PipelineExecutionId": execution.id},
    }

    def value(match: re.Match[str]) -> str:
        try:
            return namespaces[match["namespace"]][match["name"]]
        except KeyError as error:
            raise UnresolvedVariableError(f"{match[0]} is set by no action that has run") from error

    return {key: _REFERENCE.sub(value, text) for key, text in configuration.items()}
