"""Event patterns as EventBridge was recorded to read them, and as it was recorded to refuse them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.aws.events.expression import EventPatternError
from sandbox.aws.events.pattern import EventPattern


def matches(pattern: dict[str, Any], detail: dict[str, Any]) -> bool:
    return EventPattern.parse(json.dumps({"detail": pattern})).matches({"detail": detail, "source": "web"})


@pytest.mark.parametrize(
    ("condition", "picked", "left"),
    [
        ({"prefix": ""}, ["a", ""], [1, None]),
        ({"prefix": {"equals-ignore-case": "WEB-"}}, ["web-pipeline"], ["a-web-"]),
        ({"suffix": ".png"}, ["a.png"], ["a.PNG"]),
        ({"equals-ignore-case": ""}, [""], ["a"]),
        ({"wildcard": "dir/*.txt"}, ["dir/a/b.txt"], ["dir/a.txt.bak"]),
        ({"wildcard": r"a\*b"}, ["a*b"], ["axb"]),
        ({"wildcard": ""}, [""], ["a"]),
        ({"numeric": ["=", 300]}, [300, 300.0], ["300", None, 301]),
        ({"numeric": [">", 0, "<=", 5]}, [5, 0.1], [0, 5.1]),
        ({"cidr": "10.0.0.0/24"}, ["10.0.0.255"], ["10.0.1.0", "xx.11.xx", 10]),
        ({"cidr": "2001:db8::/64"}, ["2001:db8::1"], ["2001:db9::1"]),
        ({"anything-but": "stopped"}, ["running", None, 1, True], ["stopped"]),
        ({"anything-but": 0}, [1, "0"], [0]),
        ({"anything-but": ["a", "b"]}, ["c", None], ["a", "b"]),
        ({"anything-but": {"prefix": ["init", "test"]}}, ["running", 1, None], ["initial", "tests"]),
        ({"anything-but": {"equals-ignore-case": "Stopped"}}, ["running"], ["STOPPED"]),
        ({"anything-but": {"wildcard": "*/dir/*"}}, ["a/b", 1], ["a/dir/b"]),
        ({"exists": True}, [None, "", 0, False], [[], {"below": 1}]),
        ({"exists": False}, [[], {"below": 1}], [None, ""]),
        ("null", ["null"], [None]),
        (None, [None], ["null", []]),
        (True, [True], [1, "true"]),
        (1, [1, 1.0], [True, "1"]),
    ],
)
def test_a_condition_picks_values_as_aws_does(condition: Any, picked: list[Any], left: list[Any]) -> None:
    assert [matches({"field": [condition]}, {"field": value}) for value in picked] == [True] * len(picked)
    assert [matches({"field": [condition]}, {"field": value}) for value in left] == [False] * len(left)


def test_a_field_that_is_missing_is_picked_by_exists_false_alone() -> None:
    assert matches({"field": [{"exists": False}]}, {"other": 1})
    assert not matches({"field": [{"anything-but": "x"}]}, {"other": 1})
    assert not matches({"field": [None]}, {"other": 1})


def test_of_an_array_one_value_is_enough() -> None:
    assert matches({"tags": ["a", "z"]}, {"tags": ["b", ["a"]]})
    assert not matches({"tags": ["z"]}, {"tags": ["b", "a"]})


def test_fields_of_an_arrays_object_hold_together() -> None:
    pairs = {"pairs": [{"name": "a", "value": 1}, {"name": "b", "value": 2}]}
    assert matches({"pairs": {"name": ["a"], "value": [1]}}, pairs)
    assert not matches({"pairs": {"name": ["a"], "value": [2]}}, pairs)


def test_a_dot_in_a_name_is_a_step_of_the_path_on_both_sides() -> None:
    assert matches({"a.b": ["x"]}, {"a": {"b": "x"}})
    assert matches({"a": {"b": ["x"]}}, {"a.b": "x"})
    assert not matches({"a.b": ["x"]}, {"a": {"c": "x"}})


def test_or_takes_one_of_its_branches_beside_the_other_fields() -> None:
    pattern = {"state": ["FAILED"], "$or": [{"tries": [{"numeric": [">", 2]}]}, {"last": [True]}]}
    assert matches(pattern, {"state": "FAILED", "last": True})
    assert matches(pattern, {"state": "FAILED", "tries": 3})
    assert not matches(pattern, {"state": "STOPPED", "tries": 3})
    assert not matches(pattern, {"state": "FAILED", "tries": 2, "last": False})


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ('["a"]', "Filter is not an object"),
        ("this is no JSON", "Not valid JSON"),
        ("{}", "Empty objects are not allowed"),
        ('{"a": {}}', "Empty objects are not allowed"),
        ('{"a": 42}', '"a" must be an object or an array'),
        ('{"a": "b"}', '"a" must be an object or an array'),
        ('{"a": []}', "Empty arrays are not allowed"),
        ('{"a": [["b"]]}', "Match value must be String, number, true, false, or null"),
        ('{"a": [{}]}', "Match expression name not found"),
        ('{"a": [{"EXISTS": true}]}', "Unrecognized match type EXISTS"),
        ('{"a": [{"exists": "true"}]}', "exists match pattern must be either true or false."),
        ('{"a": [{"prefix": "a", "suffix": "b"}]}', "Only one key allowed in match expression"),
        ('{"a": [{"prefix": 123}]}', "prefix match pattern must be a string"),
        ('{"a": [{"suffix": [".png"]}]}', "suffix match pattern must be a string"),
        ('{"a": [{"equals-ignore-case": ["b"]}]}', "equals-ignore-case match pattern must be a string"),
        ('{"a": [{"wildcard": 123}]}', "wildcard match pattern must be a string"),
        ('{"a": [{"wildcard": "arn:aws:events::**:x"}]}', "Consecutive wildcard characters at pos"),
        ('{"a": [{"wildcard": "*:*:*:*:*:event-bus/*"}]}', "Rule is too complex"),
        ('{"a": [{"wildcard": "a\\\\b"}]}', "Invalid escape character"),
        ('{"a": [{"numeric": 10}]}', "Value of numeric must be an array."),
        ('{"a": [{"numeric": [">", 0, ">", 0]}]}', "Bad numeric range operator: >"),
        ('{"a": [{"numeric": [">", 0, "<"]}]}', "Value of < must be numeric"),
        ('{"a": [{"numeric": ["=", "5"]}]}', "Value of equals must be numeric"),
        ('{"a": [{"numeric": ["!", 5]}]}', "Unrecognized numeric range operator: !"),
        ('{"a": [{"numeric": []}]}', "Invalid member in numeric match"),
        ('{"a": [{"numeric": [">", 5, "<", 5]}]}', "Bottom must be less than top"),
        ('{"a": [{"cidr": "bad"}]}', "Malformed CIDR, one '/' required"),
        ('{"a": [{"cidr": "10.0.0.0/xx"}]}', "Malformed CIDR, mask bits must be an integer"),
        ('{"a": [{"cidr": "xx.11.xx/8"}]}', "Nonstandard IP address: xx.11.xx"),
        ('{"a": [{"cidr": ["10.0.0.0/8"]}]}', "prefix match pattern must be a string"),
        ('{"a": [{"anything-but": null}]}', "Value of anything-but must be an array or single string/number value."),
        ('{"a": [{"anything-but": ["a", null]}]}', "Inside anything but list, start|null|boolean is not supported."),
        ('{"a": [{"anything-but": ["a", 1]}]}', "mixed type is not supported"),
        ('{"a": [{"anything-but": {"exists": true}}]}', "Unsupported anything-but pattern: exists"),
        ('{"a": [{"anything-but": {"prefix": ""}}]}', "Null prefix/suffix not allowed"),
        ('{"a": [{"anything-but": {"suffix": [null]}}]}', "prefix/suffix match pattern must be a string"),
        ('{"a": [{"anything-but": {"equals-ignore-case": [1]}}]}', "number|start|null|boolean is not supported."),
        ('{"$or": {"a": ["b"]}}', "It must be an Array followed with $or."),
        ('{"$or": [{"a": ["b"]}]}', "There must have at least 2 Objects in $or relationship."),
        ('{"$or": ["a", "b"]}', "Only JSON object is allowed in array of $or relationship."),
    ],
)
def test_a_pattern_that_aws_refuses_is_refused_for_its_reason(pattern: str, reason: str) -> None:
    with pytest.raises(EventPatternError) as refused:
        EventPattern.parse(pattern)
    assert reason in str(refused.value)
