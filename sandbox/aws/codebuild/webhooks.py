"""CodeBuild's webhooks on the sample GitHub: which events start a build."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.aws.codebuild.projects import refused
from sandbox.github.host import GitHub, PullRequestEvent, Push

EVENTS = (
    "PUSH",
    "PULL_REQUEST_CREATED",
    "PULL_REQUEST_UPDATED",
    "PULL_REQUEST_REOPENED",
    "PULL_REQUEST_MERGED",
    "PULL_REQUEST_CLOSED",
    "RELEASED",
    "PRERELEASED",
    "WORKFLOW_JOB_QUEUED",
)
_FILTERS = ("EVENT", "BASE_REF", "HEAD_REF", "ACTOR_ACCOUNT_ID", "FILE_PATH", "COMMIT_MESSAGE")
Filter = dict[str, Any]


@dataclass(frozen=True)
class Delivery:
    """One event as a webhook sees it. `version` is what a build checks out; `variables` what it is told."""

    repository: str
    facts: Mapping[str, list[str]]
    version: str
    variables: Mapping[str, str]


def validate_groups(groups: list[list[Filter]]) -> None:
    """Raises AwsError (InvalidInputException) as CreateWebhook does."""
    for group in groups:
        events = [entry for entry in group if entry["type"] == "EVENT"]
        if len(events) != 1:
            raise refused("Invalid filter group: exactly one EVENT filter is required in each filter group")
        named = _events(events[0])
        unknown = [event for event in named if event not in EVENTS]
        if unknown:
            raise refused(f"Invalid EVENT filter: {', '.join(unknown)} must be among {', '.join(EVENTS)}")
        for entry in group:
            _validate_filter(entry, named)


def _validate_filter(entry: Filter, events: list[str]) -> None:
    if entry["type"] not in _FILTERS:
        raise refused(f"Filter type {entry['type']} is not carried out by the sandbox")
    if entry["type"] == "BASE_REF" and not all(event.startswith("PULL_REQUEST_") for event in events):
        raise refused("Invalid filter group: BASE_REF works with pull request events only")
    try:
        re.compile(entry["pattern"])
    except re.error as error:
        raise refused(f"Invalid pattern {entry['pattern']!r}: {error}") from error


def matches(groups: Iterable[list[Filter]], facts: Mapping[str, list[str]]) -> bool:
    """Groups are alternatives; the filters of a group must all match."""
    return any(all(_filter_matches(entry, facts) for entry in group) for group in groups)


def _filter_matches(entry: Filter, facts: Mapping[str, list[str]]) -> bool:
    values = facts.get(entry["type"], [])
    if entry["type"] == "EVENT":
        return bool(set(values) & set(_events(entry)))
    found = any(re.search(entry["pattern"], value) for value in values)
    return found != bool(entry.get("excludeMatchedPattern"))


def _events(entry: Filter) -> list[str]:
    return [event.strip() for event in entry["pattern"].split(",")]


def of_pull_request(github: GitHub, event: PullRequestEvent) -> Delivery:
    pull = event.pull
    base, head = f"refs/heads/{pull.base}", f"refs/heads/{pull.head}"
    start = github.repository.merge_base(pull.base_sha, pull.head_sha)
    files = [path for _, path in github.repository.changed_files(start, pull.head_sha)]
    return Delivery(
        repository=event.repository,
        facts={
            "EVENT": [event.event],
            "BASE_REF": [base],
            "HEAD_REF": [head],
            "ACTOR_ACCOUNT_ID": [event.actor],
            "FILE_PATH": files,
            "COMMIT_MESSAGE": [github.repository.commit(pull.head_sha).message],
        },
        version=f"pr/{pull.number}",
        variables={
            "CODEBUILD_WEBHOOK_EVENT": event.event,
            "CODEBUILD_WEBHOOK_TRIGGER": f"pr/{pull.number}",
            "CODEBUILD_WEBHOOK_BASE_REF": base,
            "CODEBUILD_WEBHOOK_HEAD_REF": head,
            "CODEBUILD_WEBHOOK_ACTOR_ACCOUNT_ID": event.actor,
        },
    )


def of_push(github: GitHub, push: Push) -> Delivery:
    head = f"refs/heads/{push.branch}"
    return Delivery(
        repository=push.repository,
        facts={
            "EVENT": ["PUSH"],
            "HEAD_REF": [head],
            "FILE_PATH": push.files,
            "COMMIT_MESSAGE": [github.repository.commit(push.after).message],
        },
        version=push.after,
        variables={
            "CODEBUILD_WEBHOOK_EVENT": "PUSH",
            "CODEBUILD_WEBHOOK_TRIGGER": f"branch/{push.branch}",
            "CODEBUILD_WEBHOOK_HEAD_REF": head,
        },
    )
