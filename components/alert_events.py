"""What EventBridge tells of a release without an alarm, and the mail that a person reads of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi_aws as aws

from components.account import Account
from sop.console import Console
from sop.names import Names


@dataclass(frozen=True, kw_only=True)
class AlertEvent:
    """An event by its `pattern`, and its mail: `lines` with `<placeholders>`, whose values are at `paths` in the event.

    Only what AWS gives a fixed form may be in `paths`: EventBridge does not escape a value, and a quote in one, of a
    status reason say, would spoil the message.
    """

    subject: str
    description: str
    pattern: Mapping[str, Any]
    lines: Sequence[str]
    paths: Mapping[str, str]

    def mail(self) -> aws.cloudwatch.EventTargetInputTransformerArgs:
        """How EventBridge writes the mail: a text a line, each of which arrives in its quotes."""
        return aws.cloudwatch.EventTargetInputTransformerArgs(
            input_paths=self.paths,
            input_template="\n".join(json.dumps(line, ensure_ascii=False) for line in self.lines),
        )


def alert_events(
    account: Account, names: Names, runbooks: str, stack: str, *, runner: bool = False
) -> Sequence[AlertEvent]:
    """An execution that ended badly, a rollback, and a run of the runner that failed, where there is one.

    `stack` is the Pulumi stack's name, for the command to type.
    """
    console = Console.of(account.partition, account.region)
    where = f"{account.region}, account {account.account_id}"
    after = (f"What to do: {runbooks}/rollback.md", f"What is wrong now: release verify --stack {stack}")
    execution = AlertEvent(
        subject="execution",
        description=f"An execution of {names.pipeline} ended badly",
        pattern={
            "source": ["aws.codepipeline"],
            "detail-type": ["CodePipeline Pipeline Execution State Change"],
            "detail": {"pipeline": [names.pipeline], "state": ["FAILED", "STOPPED"]},
        },
        lines=(
            f"{names.pipeline}: execution <execution> is <state> since <time> ({where}).",
            *([f"Which stage, and why: {console.pipeline(names.pipeline, '<execution>')}"] if console else []),
            *after,
        ),
        paths={"execution": "$.detail.execution-id", "state": "$.detail.state", "time": "$.time"},
    )
    rollback = AlertEvent(
        subject="rollback",
        description=f"{names.cloudformation_stack} rolls back (SOP 7.1)",
        pattern={
            "source": ["aws.cloudformation"],
            "detail-type": ["CloudFormation Stack Status Change"],
            "detail": {
                # With the slash, another stack's name does not begin so
                "stack-id": [{"prefix": account.arn("cloudformation", f"stack/{names.cloudformation_stack}/")}],
                "status-details": {
                    "status": [
                        "ROLLBACK_IN_PROGRESS",
                        "ROLLBACK_FAILED",
                        "UPDATE_ROLLBACK_IN_PROGRESS",
                        "UPDATE_ROLLBACK_FAILED",
                    ]
                },
            },
        },
        lines=(
            f"{names.cloudformation_stack}: its last change failed, the stack is <status> since <time> ({where}).",
            *([f"Which resource, and why: {console.stack_events('<stack>')}"] if console else []),
            *after,
        ),
        paths={"status": "$.detail.status-details.status", "stack": "$.detail.stack-id", "time": "$.time"},
    )
    return (execution, rollback, *([_failed_run(names, runbooks, stack, where)] if runner else []))


def _failed_run(names: Names, runbooks: str, stack: str, where: str) -> AlertEvent:
    project = names.runner_project
    return AlertEvent(
        subject="runner",
        description=f"A run of {project} failed",
        pattern={
            "source": ["aws.codebuild"],
            "detail-type": ["CodeBuild Build State Change"],
            "detail": {"project-name": [project], "build-status": ["FAILED", "FAULT", "STOPPED", "TIMED_OUT"]},
        },
        lines=(
            f"{project}: what it was to do did not end well: <build> is <status> since <time> ({where}).",
            f"What it said: aws logs filter-log-events --log-group-name /aws/codebuild/{project} "
            "--log-stream-name-prefix with what follows the last colon of that",
            f"What to do: {runbooks}/deployment.md, The runner",
            f"Who keeps the door meanwhile: release door --stack {stack}",
        ),
        paths={"build": "$.detail.build-id", "status": "$.detail.build-status", "time": "$.time"},
    )
