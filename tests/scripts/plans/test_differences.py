"""Where two values differ, by table and by property."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.plans.differences import ABSENT, Difference, differences

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=12,
)


def found(before: Any, after: Any) -> list[tuple[str, Any, Any]]:
    return [(one.path, one.before, one.after) for one in differences(before, after)]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"a": 1}, {"a": 2}, [("a", 1, 2)]),
        ({"a": 1}, {}, [("a", 1, ABSENT)]),
        ({}, {"a": None}, [("a", ABSENT, None)]),
        ({"a": {"b": [1, 2, 3]}}, {"a": {"b": [1, 3]}}, [("a.b[1]", 2, ABSENT)]),
        ({"a": 1}, {"a": True}, [("a", 1, True)]),
        ({"a": 80}, {"a": 80.0}, []),
        ({"p": '{"x": 1}'}, {"p": '{"x": 2}'}, [("p.x", 1, 2)]),
        ({"p": '{"x": 1}'}, {"p": '{ "x": 1 }'}, []),
        ({"p": "{x"}, {"p": "{y"}, [("p", "{x", "{y")]),
        ({"p": '{"x": 1}'}, {"p": "[1]"}, [("p", '{"x": 1}', "[1]")]),
    ],
)
def test_each_difference_is_named_by_its_place(before: Any, after: Any, expected: list[Any]) -> None:
    assert found(before, after) == expected


def test_statements_are_compared_by_their_sid_wherever_they_stand() -> None:
    before = {"Statement": [{"Sid": "Read", "Action": ["a"]}, {"Sid": "Write", "Action": ["b"]}]}
    after = {"Statement": [{"Sid": "New", "Action": ["c"]}, {"Sid": "Read", "Action": ["a", "x"]}]}
    assert found(json.dumps(before), json.dumps(after)) == [
        ("Statement[Sid=Read].Action[1]", ABSENT, "x"),
        ("Statement[Sid=Write]", {"Sid": "Write", "Action": ["b"]}, ABSENT),
        ("Statement[Sid=New]", ABSENT, {"Sid": "New", "Action": ["c"]}),
    ]


def test_an_order_that_changes_is_a_difference() -> None:
    stages = [{"name": "Source"}, {"name": "Build"}]
    assert found(stages, stages[::-1]) == [(" in order", ["Source", "Build"], ["Build", "Source"])]


def test_widgets_are_named_by_their_title() -> None:
    def body(limit: int) -> dict[str, Any]:
        return {"widgets": [{"type": "alarm"}, {"properties": {"title": "CPU", "value": limit}}]}

    assert found(body(80), body(70)) == [("widgets[1: CPU].properties.value", 80, 70)]


@given(JSON)
def test_a_value_does_not_differ_from_itself(value: Any) -> None:
    assert found(value, json.loads(json.dumps(value))) == []


@given(JSON, JSON)
def test_two_values_differ_if_something_is_found(before: Any, after: Any) -> None:
    same = json.dumps(before, sort_keys=True) == json.dumps(after, sort_keys=True)
    assert same or found(before, after)


@given(JSON)
def test_everything_of_a_new_value_is_told(value: Any) -> None:
    assert list(differences(ABSENT, value, "a")) == [Difference("a", ABSENT, value)]
