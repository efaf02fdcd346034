"""The house style of components, held over every one of them."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil

import pulumi
import pytest

import components
from components.account import Account
from tests.components.recorder import ROOT, Plan

MODULES = [importlib.import_module(module.name) for module in pkgutil.walk_packages(components.__path__, "components.")]
COMPONENTS = sorted(
    {
        member
        for module in MODULES
        for _, member in inspect.getmembers(module, inspect.isclass)
        if issubclass(member, pulumi.ComponentResource) and member.__module__.startswith("components.")
    },
    key=lambda component: component.__name__,
)
every_component = pytest.mark.parametrize("component", COMPONENTS, ids=lambda c: c.__name__)


def test_there_are_components() -> None:
    assert len(COMPONENTS) > 10


@every_component
def test_its_arguments_are_a_frozen_dataclass_of_keywords(component: type) -> None:
    arguments = getattr(importlib.import_module(component.__module__), f"{component.__name__}Args")
    parameters = arguments.__dataclass_params__
    assert parameters.frozen
    assert all(field.kw_only for field in dataclasses.fields(arguments))


@every_component
def test_its_public_attributes_are_annotated_outputs(component: type) -> None:
    for name, annotation in inspect.get_annotations(component).items():
        # A role's policy is there for others to depend on; the contract is what the command reads
        assert annotation.startswith("pulumi.Output[") or name in ("policy", "contract"), name


@every_component
def test_its_docstring_lists_what_it_creates(component: type) -> None:
    assert "Creates" in (component.__doc__ or "") or "Makes" in (component.__doc__ or "")


@every_component
def test_it_registers_its_outputs_last(component: type) -> None:
    source = inspect.getsource(component.__init__)
    assert source.count("self.register_outputs(") == 1
    after = source.rpartition("self.register_outputs(")[2]
    assert " = " not in after


@every_component
def test_it_has_its_token_and_is_built_in_one_of_the_plans(component: type, everything: Plan) -> None:
    assert any(r.type == f"release:index:{component.__name__}" for r in everything.registrations)


def test_children_are_named_after_their_component_and_have_it_as_parent(everything: Plan) -> None:
    for registration in everything.registrations:
        if not registration.is_component and not registration.type.startswith("pulumi:"):
            parent = registration.parent.rpartition("::")[2]
            assert "release:index:" in registration.parent
            assert registration.name.startswith(f"{parent}-")


def test_every_resource_goes_through_the_one_explicit_provider(everything: Plan) -> None:
    assert len([r for r in everything.registrations if r.type.startswith("pulumi:providers:")]) == 2
    for registration in everything.registrations:
        if registration.type.startswith(("aws:", "github:")):
            package = registration.type.partition(":")[0]
            assert f"pulumi:providers:{package}::{package}::" in registration.provider


def test_credentials_of_another_account_than_the_connections_are_refused(prod: Plan) -> None:
    (provider,) = [r for r in prod.registrations if r.type == "pulumi:providers:aws"]
    assert provider.inputs["allowedAccountIds"] == '["123456789012"]'


@pytest.mark.parametrize("partition", ["aws-cn", "aws-us-gov"])
def test_arns_are_of_the_accounts_own_partition(partition: str) -> None:
    account = Account(account_id="123456789012", region="cn-north-1", partition=partition)
    arns = [account.arn("sns", "x"), account.global_arn("iam", "root"), account.root, account.aws_policy("X")]
    assert all(arn.startswith(f"arn:{partition}:") for arn in arns)


def test_no_component_writes_a_partition_into_an_arn() -> None:
    written = [path.name for path in (ROOT / "components").rglob("*.py") if '"arn:aws:' in path.read_text()]
    assert written == ["rules.py"]  # an example in a message


def test_the_program_itself_is_well_under_80_lines() -> None:
    assert len((ROOT / "__main__.py").read_text().splitlines()) < 75
