"""Which names AWS accepts: checked before anything is touched, because the provider finds out only at apply."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sop.names import EVENT_SUBJECTS, RUNNER_SUBJECTS, Names

_ACCOUNT_DIGITS = 12


@dataclass(frozen=True)
class NameRule:
    """How one kind of AWS resource may be called."""

    kind: str
    longest: int
    alphabet: str  # of a regular expression's class
    shortest: int = 1
    first: str | None = None  # of the first character, where it is narrower

    def accepts(self, name: str) -> bool:
        first = self.first or self.alphabet
        return (
            self.shortest <= len(name) <= self.longest
            and re.fullmatch(f"[{first}][{self.alphabet}]*", name) is not None
        )

    def __str__(self) -> str:
        return f"{self.kind}: {self.shortest} to {self.longest} of [{self.alphabet}]"


PIPELINE = NameRule("pipeline", 100, r"A-Za-z0-9.@\-_")
PROJECT = NameRule("CodeBuild project", 150, r"A-Za-z0-9\-_", shortest=2, first="A-Za-z0-9")
ROLE = NameRule("IAM role", 64, r"A-Za-z0-9+=,.@\-_")
EVENT_RULE = NameRule("EventBridge rule", 64, r"A-Za-z0-9.\-_")
SCHEDULE_GROUP = NameRule("schedule group", 64, r"A-Za-z0-9.\-_")
TOPIC = NameRule("SNS topic", 256, r"A-Za-z0-9\-_")
DASHBOARD = NameRule("CloudWatch dashboard", 255, r"A-Za-z0-9\-_")
# CloudFormation takes 128, and cuts the role names that it makes from them to 64: beyond 40 the stack's own name no
# longer begins them, and its role may not touch them
STACK = NameRule("CloudFormation stack", 40, r"A-Za-z0-9\-", first="A-Za-z")
BUCKET = NameRule("S3 bucket", 63, r"a-z0-9\-", shortest=3, first="a-z0-9")

ROLE_PARTS = ("pipeline", "build", "deploy", "pull-request", "cloudformation", "chat", "runner", "schedules", "events")


def unusable(names: Names) -> Iterator[tuple[str, str, NameRule]]:
    """Each name that AWS would refuse: what it is made from (one of RENAMEABLE), the name, the rule it breaks."""
    for source, name, rule in _all_names(names):
        if not rule.accepts(name):
            yield source, name, rule


def _all_names(names: Names) -> Iterator[tuple[str, str, NameRule]]:
    yield "pipeline", names.pipeline, PIPELINE
    for project in (names.build_project, names.deploy_project, names.pull_request_project, names.runner_project):
        yield "pipeline", project, PROJECT
    for part in ROLE_PARTS:
        yield "pipeline", names.role(part), ROLE
    yield "pipeline", names.schedule_group, SCHEDULE_GROUP
    for subject in (*EVENT_SUBJECTS, *RUNNER_SUBJECTS):
        yield "pipeline", names.event_rule(subject), EVENT_RULE
    for topic in (names.topic, names.chat_topic):
        yield "topic", topic, TOPIC
    yield "dashboard", names.dashboard, DASHBOARD
    yield "cloudformation_stack", names.cloudformation_stack, STACK
    for bucket in (names.bucket_in, names.records_in):
        yield "artifact_bucket", bucket("0" * _ACCOUNT_DIGITS), BUCKET
