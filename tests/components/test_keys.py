"""A key is described once: the reader holds to it, and Pulumi.yaml and the reference are made from it."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from components import reference
from components.configuration.key import Key
from components.configuration.keys import GROUPS, KEYS
from components.configuration.mistake import ConfigurationError
from components.configuration.reading import read_settings
from sop.names import Environment
from tests.components.recorder import ROOT
from tests.components.test_settings import the_mistake

every_key = pytest.mark.parametrize("key", KEYS, ids=lambda key: key.name)


def of_an_empty_stack(stack: str) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as raised:
        read_settings(stack, {})
    return raised.value


@pytest.mark.parametrize("environment", list(Environment))
def test_what_an_empty_stack_lacks_is_what_the_descriptions_require(environment: Environment) -> None:
    lacking = {mistake.key for mistake in of_an_empty_stack(environment).mistakes}
    assert lacking == {key.name for key in KEYS if environment in key.required}


def test_the_two_stacks_differ_in_when_they_are_released_alone() -> None:
    assert {key.group for key in KEYS if key.required == {Environment.PROD}} == {
        "release:releaseWindow",
        "release:calendar",
    }


@every_key
def test_a_key_is_required_or_says_what_holds_without_it(key: Key[Any]) -> None:
    assert bool(key.required) != bool(key.otherwise or key.default is not None)


@every_key
def test_a_meaning_is_a_sentence_in_the_message_of_its_mistake(key: Key[Any]) -> None:
    assert key.meaning[0].isupper()
    assert key.meaning.endswith(".")
    assert not key.rule.allowed.endswith(".")
    nonsense = {key.name: "\n"} if not key.group else {key.group: f'{{"{key.member}": "\\n"}}'}
    with pytest.raises(ConfigurationError) as raised:
        read_settings("prod", nonsense, {key.name})
    assert key.meaning in [mistake.meaning for mistake in raised.value.mistakes if mistake.key == key.name]


@every_key
@pytest.mark.parametrize("environment", list(Environment))
def test_what_a_message_offers_is_a_value_or_must_be_filled_in_first(key: Key[Any], environment: Environment) -> None:
    offered = key.example(environment)
    if key.rule.placeholder and not key.examples:
        with pytest.raises(ValueError):  # noqa: PT011 - a rule says no in one way
            key.rule.read(offered)
    else:
        key.rule.read(offered)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("repository", "OWNER/NAME"),
        ("alertEmails", "NAME@DOMAIN"),
        ("branchProtection.bypassActors", "/octocat, /USER"),
    ],
)
def test_a_placeholder_that_was_pasted_as_it_stands_is_a_mistake(key: str, value: str) -> None:
    assert the_mistake({key: value}).key == f"release:{key}"


@pytest.mark.parametrize("stack", list(Environment))
def test_no_message_offers_the_samples_own_values(stack: str) -> None:
    said = str(of_an_empty_stack(stack))
    assert not [own for own in ("helios", "123456789012", "5c0de000") if own in said]


@pytest.mark.parametrize("path", reference.pages(ROOT))
def test_what_is_made_from_the_descriptions_is_current(path: str) -> None:
    assert (ROOT / path).read_text() == reference.pages(ROOT)[path], "if this is meant: make docs"


def test_the_engine_knows_every_key_and_only_these() -> None:
    declared = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    single = {key.name: "string" for key in KEYS if not key.group and key.name.startswith("release:")}
    assert {name: entry["type"] for name, entry in declared.items()} == single | {
        group.name: "object" for group in GROUPS
    }
    # Of a key without a default the engine would say that it is missing, and not how to set it
    assert all(entry["default"] in ("", {}) for entry in declared.values())


def test_every_member_belongs_to_a_group_and_no_name_is_described_twice() -> None:
    assert {key.group for key in KEYS} - {""} == {group.name for group in GROUPS}
    names = [each.name for each in (*KEYS, *GROUPS)]
    assert len(set(names)) == len(names)
