"""What starts the runner, and what it then does: a row each."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pulumi_aws as aws

from components.runner.buildspec import ARGUMENTS, DEV_OUTPUTS, KEEP_AS, KEPT
from sop.calendar.closures import period
from sop.names import Names, Stage
from sop.outputs import CalendarOutput
from sop.windows import WEEKDAYS, ReleaseWindow

KEEPER = f"door --apply --dev-outputs {DEV_OUTPUTS}"
CARRY, SWEEP = "run --execution-id <execution>", "run --unfinished"
QUARTER = 15  # minutes between two looks of the keeper
_MIDNIGHT = 24
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_EXECUTION = {"execution": "$.detail.execution-id"}
_REPORTS = f"--output json={KEPT}/report.json --output html={KEPT}/report.html --evidence {KEPT}/evidence"


def started_with(arguments: str, keep_as: str = "") -> str:
    """The input of a target that starts the runner: StartBuild's parameters."""
    variables = {ARGUMENTS: arguments, KEEP_AS: keep_as}
    overrides = [{"name": name, "value": value, "type": "PLAINTEXT"} for name, value in variables.items() if value]
    return json.dumps({"environmentVariablesOverride": overrides})


@dataclass(frozen=True, kw_only=True)
class Trigger:
    """An event that starts `release` with `arguments`, in which `<placeholders>` stand for values at `paths` in it.

    Only what AWS gives a fixed form may be in `paths`: EventBridge does not escape a value.
    """

    subject: str
    description: str
    pattern: Mapping[str, Any]
    arguments: str
    keep_as: str = ""
    paths: Mapping[str, str] = field(default_factory=dict[str, str])

    def input(self) -> aws.cloudwatch.EventTargetInputTransformerArgs:
        """How EventBridge writes what the build is started with."""
        template = started_with(self.arguments, self.keep_as)
        return aws.cloudwatch.EventTargetInputTransformerArgs(input_paths=self.paths, input_template=template)


def triggers(names: Names) -> Sequence[Trigger]:
    """What happens, and what the runner does then."""
    return (
        Trigger(
            subject="built",
            description=f"{names.pipeline} has built something, which waits before the door",
            pattern=_of(names, "Stage", "SUCCEEDED", stage=[Stage.BUILD]),
            arguments=KEEPER,
        ),
        Trigger(
            subject="alarm",
            description=f"{names.composite_alarm} has changed: the door may open, or must not",
            pattern={
                "source": ["aws.cloudwatch"],
                "detail-type": ["CloudWatch Alarm State Change"],
                "detail": {"alarmName": [names.composite_alarm]},
            },
            arguments=KEEPER,
        ),
        Trigger(
            subject="deployed",
            description=f"{names.pipeline} has deployed something, which is verified (SOP 4)",
            pattern=_of(names, "Stage", "SUCCEEDED", stage=[Stage.DEPLOY]),
            arguments=f"verify --execution-id <execution> --wait {_REPORTS}",
            keep_as="<execution>",
            paths=_EXECUTION,
        ),
        Trigger(
            subject="deploying",
            description=f"{names.pipeline} deploys something, which is carried through to its record (SOP 5)",
            # The action's: whether a stage is said to have begun while its rule still waits is not documented
            pattern=_of(names, "Action", "STARTED", stage=[Stage.DEPLOY]),
            arguments=f"{CARRY} --wait --dev-outputs {DEV_OUTPUTS}",
            paths=_EXECUTION,
        ),
        Trigger(
            subject="ended",
            description=f"{names.pipeline} has ended without a deployment, which is told and recorded (SOP 5.3)",
            pattern=_of(names, "Pipeline", "FAILED", "STOPPED", "SUPERSEDED"),
            arguments=f"{CARRY} --dev-outputs {DEV_OUTPUTS}",
            paths=_EXECUTION,
        ),
    )


def _of(names: Names, what: str, *states: str, **more: Sequence[str]) -> Mapping[str, Any]:
    return {
        "source": ["aws.codepipeline"],
        "detail-type": [f"CodePipeline {what} Execution State Change"],
        "detail": {"pipeline": [names.pipeline], **more, "state": list(states)},
    }


@dataclass(frozen=True)
class Times:
    """When the clock of a zone starts the runner; nothing in it changes with the date."""

    name: str
    description: str
    expression: str
    arguments: str = KEEPER


def daily(window: ReleaseWindow | None) -> Times:
    """Once a day, when all is over: events may be lost, and who was to hear of an end then hears of it."""
    hour = window.closes % _MIDNIGHT if window else 0
    return Times("sweep", "Carries on what ended and nobody saw", f"cron(45 {hour} ? * * *)", SWEEP)


def times(window: ReleaseWindow, calendar: CalendarOutput | None) -> Sequence[Times]:
    """When the keeper looks: from an hour before an opening until its end, and when a freeze begins between two looks.

    All else that closes begins at midnight, where it closes nothing before the keeper's first look of a day.
    """
    looks = "Looks who may go into production"
    first = window.opens - 1
    hours = f"{max(first, 0)}-{window.closes - 1}"
    found = [Times("keeper", looks, f"cron(0/{QUARTER} {hours} ? * {_days(window)} *)")]
    if first < 0:
        found.append(Times("keeper-before", looks, f"cron(0/{QUARTER} 23 ? * {_days(window, -1)} *)"))
    ends, days = (0, _days(window, 1)) if window.closes == _MIDNIGHT else (window.closes, _days(window))
    found.append(Times("keeper-end", "Closes when the window does", f"cron(0 {ends} ? * {days} *)"))
    zone = ZoneInfo(window.time_zone)
    freezes = calendar.freezes if calendar else {}
    begins = {period(name, text, zone).begins.astimezone(zone) for name, text in freezes.items()}
    return [*found, *(_freeze(begin) for begin in sorted(begins) if begin.minute % QUARTER)]


def _freeze(begin: datetime) -> Times:
    # Every year: that it does so once more does no harm, and AWS tells nowhere what becomes of a year that is past
    when = f"{begin.minute} {begin.hour} {begin.day} {_MONTHS[begin.month - 1]} ? *"
    return Times(f"freeze-{begin:%m%d-%H%M}", "Closes when a freeze begins", f"cron({when})")


def _days(window: ReleaseWindow, later: int = 0) -> str:
    shifted = {(WEEKDAYS.index(day) + later) % len(WEEKDAYS) for day in window.days}
    return ",".join(WEEKDAYS[day] for day in sorted(shifted))
