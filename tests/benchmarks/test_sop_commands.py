"""What is typed in the benchmark is what stands in the SOP."""

from __future__ import annotations

import shlex

import pytest

from benchmarks.sop_commands import COMMANDS, filled_in

VALUES = {
    "target-group-arn": "arn:tg",
    "instance-id": "i-0a i-0b",
    "alb-dns-name": "web.example",
    "sns-topic-arn": "arn:topic",
    "five-minutes-ago": "1764547200",
}
ASKED = [
    "get-pipeline-state",
    *("describe-stacks", "describe-stack-events", "describe-stacks"),
    *("describe-target-health", "describe-instance-status", "-I"),
    *("get-dashboard", "describe-alarms", "list-subscriptions-by-topic"),
    *("filter-log-events", "filter-log-events"),
]


def test_each_command_of_the_sections_is_typed_once_in_their_order() -> None:
    typed = [shlex.split(command) for command in COMMANDS.strip().split("\n\n")]
    assert [words[2] if words[0] == "aws" else words[1] for words in typed] == ASKED


def test_every_placeholder_is_filled_in() -> None:
    script = filled_in(VALUES)
    assert "<" not in script
    assert "--instance-ids i-0a i-0b \\\n" in script


def test_a_placeholder_without_a_value_is_no_command() -> None:
    with pytest.raises(KeyError, match="sns-topic-arn"):
        filled_in({name: value for name, value in VALUES.items() if name != "sns-topic-arn"})


def test_a_command_that_fails_ends_the_typing() -> None:
    assert filled_in(VALUES).startswith("set -e\n")
