"""Webhook filters: groups are alternatives, filters of a group must all match."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.aws.codebuild.webhooks import matches, validate_groups
from sandbox.aws.service import AwsError

EVENTS = "PULL_REQUEST_CREATED, PULL_REQUEST_UPDATED, PULL_REQUEST_REOPENED"
FACTS = {
    "EVENT": ["PULL_REQUEST_UPDATED"],
    "BASE_REF": ["refs/heads/dev"],
    "HEAD_REF": ["refs/heads/feature/tidy"],
    "ACTOR_ACCOUNT_ID": ["sample-engineer"],
    "FILE_PATH": ["templates/network.yaml", "README.md"],
    "COMMIT_MESSAGE": ["Tidy the network"],
}


def group(*filters: tuple[str, str], exclude: str = "") -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = [{"type": type_, "pattern": pattern} for type_, pattern in filters]
    for entry in entries:
        if entry["type"] == exclude:
            entry["excludeMatchedPattern"] = True
    return entries


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        ([group(("EVENT", EVENTS), ("BASE_REF", "^refs/heads/dev$"))], True),
        ([group(("EVENT", EVENTS), ("BASE_REF", "^refs/heads/main$"))], False),
        ([group(("EVENT", "PUSH")), group(("EVENT", EVENTS))], True),
        ([group(("EVENT", "PULL_REQUEST_CREATED"))], False),
        ([group(("EVENT", EVENTS), ("HEAD_REF", "^refs/heads/hotfix/"))], False),
        ([group(("EVENT", EVENTS), ("BASE_REF", "de"))], True),  # a pattern is found anywhere
        ([group(("EVENT", EVENTS), ("FILE_PATH", "^templates/"))], True),
        ([group(("EVENT", EVENTS), ("FILE_PATH", "^docs/"))], False),
        ([group(("EVENT", EVENTS), ("ACTOR_ACCOUNT_ID", "sample"), exclude="ACTOR_ACCOUNT_ID")], False),
        ([group(("EVENT", EVENTS), ("COMMIT_MESSAGE", "skip"), exclude="COMMIT_MESSAGE")], True),
    ],
)
def test_matching(groups: list[list[dict[str, Any]]], expected: bool) -> None:
    assert matches(groups, FACTS) is expected


@pytest.mark.parametrize(
    ("groups", "words"),
    [
        ([group(("BASE_REF", "^refs/heads/dev$"))], "exactly one EVENT"),
        ([group(("EVENT", "PUSH"), ("EVENT", "RELEASED"))], "exactly one EVENT"),
        ([group(("EVENT", "PULL_REQUEST_OPENED"))], "PULL_REQUEST_OPENED"),
        ([group(("EVENT", "PUSH"), ("BASE_REF", "^refs/heads/dev$"))], "BASE_REF works with pull request events"),
        ([group(("EVENT", EVENTS), ("BASE_REF", "refs/(heads"))], "Invalid pattern"),
        ([group(("EVENT", EVENTS), ("TAG_NAME", "v"))], "TAG_NAME"),
    ],
)
def test_refused(groups: list[list[dict[str, Any]]], words: str) -> None:
    with pytest.raises(AwsError, match=words) as refused:
        validate_groups(groups)
    assert refused.value.code == "InvalidInputException"
