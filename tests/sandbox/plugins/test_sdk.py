"""The tables name properties as the SDK does: a misspelt one would never be met."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import pytest
from pulumi._types import input_type_py_to_pulumi_names, resource_py_to_pulumi_names

from sandbox.plugins.aws.account import Account
from sandbox.plugins.aws.api import Models
from sandbox.plugins.aws.resource import AwsResource
from sandbox.plugins.aws.types import TYPES

ACCOUNT = Account(Models())


def _sdk_class(token: str) -> Any:
    package, module, name = token.split(":")
    return getattr(importlib.import_module(f"pulumi_{package}.{module.split('/')[0]}"), name)


def _inputs(kind: type[AwsResource]) -> set[str]:
    """The inputs, from the arguments' class in the resource's own module; a nested block may be its namesake."""
    resource = _sdk_class(kind.token)
    module = sys.modules[resource.__module__]
    arguments = getattr(module, f"{resource.__name__}InitArgs", None) or getattr(module, f"{resource.__name__}Args")
    return set(input_type_py_to_pulumi_names(arguments).values())


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.token)
def test_tables_name_inputs_of_the_sdk(kind: type[AwsResource]) -> None:
    tables: dict[str, set[str]] = {
        "own": set(kind.own),
        "not_emulated": set(kind.not_emulated),
        "settings": set(kind.settings),
        "documents": set(kind.documents),
        "replaces": set(kind.replaces),
        "autoname": {kind.autoname} if kind.autoname else set(),
        "renames": {path.split(".")[0] for path in kind.renames},
        "unset": {path.split(".")[0] for path in kind.unset},
        "unordered": {path.split(".")[0] for path in kind.unordered},
    }
    mapping = kind(ACCOUNT).mapping
    of_the_api = {name for name, _ in mapping.properties(mapping.shape, "")}
    known = _inputs(kind) | of_the_api
    assert {table: names - known for table, names in tables.items() if names - known} == {}


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.token)
def test_outputs_are_those_of_the_sdk(kind: type[AwsResource]) -> None:
    assert set(kind.computed) <= set(resource_py_to_pulumi_names(_sdk_class(kind.token)).values())


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.token)
def test_each_input_is_mapped_kept_or_refused(kind: type[AwsResource]) -> None:
    mapping = kind(ACCOUNT).mapping
    kept = mapping.own | kind.not_emulated
    unmapped = {name for name in _inputs(kind) - kept if mapping.steps(mapping.shape, name, name) is None}
    assert unmapped == set()
