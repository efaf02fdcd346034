"""Two resource policies are the same when IAM reads the same in them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sop.policies import denials, policy_digest

PUBLISH: dict[str, Any] = {
    "Sid": "Publish",
    "Effect": "Allow",
    "Principal": {"Service": ["a.amazonaws.com", "b.amazonaws.com"]},
    "Action": "sns:Publish",
    "Resource": "arn:aws:sns:x:123456789012:t",
    "Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}},
}
ADMIN: dict[str, Any] = {
    "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
    "Action": ["sns:Subscribe", "sns:GetTopicAttributes"],
    "Resource": "*",
}


def digest(*statements: Any) -> str:
    return policy_digest(json.dumps({"Version": "2012-10-17", "Statement": list(statements)}))


@given(st.permutations([PUBLISH, ADMIN]))
def test_the_order_of_statements_means_nothing(statements: list[Any]) -> None:
    assert digest(*statements) == digest(PUBLISH, ADMIN)


@pytest.mark.parametrize(
    "same",
    [
        PUBLISH | {"Action": ["sns:Publish"]},
        PUBLISH | {"Principal": {"Service": ["b.amazonaws.com", "a.amazonaws.com"]}},
        PUBLISH | {"Condition": {"StringEquals": {"aws:SourceAccount": ["123456789012"]}}},
        dict(reversed(PUBLISH.items())),
    ],
)
def test_a_list_of_one_and_another_order_are_the_same(same: dict[str, Any]) -> None:
    assert digest(same) == digest(PUBLISH)


def test_an_account_and_its_root_are_the_same_principal() -> None:
    assert digest(ADMIN | {"Principal": {"AWS": "123456789012"}}) == digest(ADMIN)


def test_a_policy_of_one_statement_needs_no_list() -> None:
    assert policy_digest(json.dumps({"Statement": PUBLISH})) == digest(PUBLISH)


@pytest.mark.parametrize(
    "changed",
    [
        PUBLISH | {"Effect": "Deny"},
        PUBLISH | {"Principal": "*"},
        PUBLISH | {"Principal": {"Service": "a.amazonaws.com"}},
        PUBLISH | {"Action": "sns:Publis"},
        PUBLISH | {"Resource": "arn:aws:sns:x:123456789012:other"},
        PUBLISH | {"Condition": {"StringEquals": {"aws:SourceAccount": "210987654321"}}},
        PUBLISH | {"Condition": {"StringNotEquals": {"aws:SourceAccount": "123456789012"}}},
        {key: value for key, value in PUBLISH.items() if key != "Condition"},
    ],
)
def test_what_lets_others_in_or_shuts_some_out_differs(changed: dict[str, Any]) -> None:
    assert digest(changed) != digest(PUBLISH)


def test_a_statement_more_differs_and_one_that_denies_is_named() -> None:
    deny = {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}
    assert digest(PUBLISH, deny) != digest(PUBLISH)
    assert denials(json.dumps({"Statement": [PUBLISH, deny, deny | {"Sid": "Quiet"}]})) == ["2", "Quiet"]


@pytest.mark.parametrize("text", ["", "{", "{}", "[]", '{"Statement": ["x"]}', "<html>"])
def test_what_is_no_policy_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - what JSON and this module say
        policy_digest(text)
