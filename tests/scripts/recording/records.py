"""A release's record, good in every respect; a test changes what it is about."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from scripts.facts.pipeline import Execution
from scripts.recording.changes import Change, Changes, How
from scripts.recording.messages_sent import Told
from scripts.recording.record import Approvals, Happened, Kind, Outcome, Record
from scripts.results import Place, Report, Result, Status
from sop.outputs import StackOutputs
from sop.windows import BUSINESS_HOURS
from tests.scripts.prod_stack import EXECUTION, OUTPUTS, REVISION
from tests.scripts.release import at

BEFORE = "0" * 40


def change(title: str = "Add queue", number: int | None = 5, **more: Any) -> Change:
    url = f"https://github.com/helios/web-infrastructure/pull/{number}"
    made = Change(title, How.MERGED, "sample-engineer", url, number, "dev", (f"{number or 1:040x}",))
    return replace(made, **more)


def result(status: Status = Status.PASS, **more: Any) -> Result:
    made = Result("alarms", "4.4", "Alarms", status, "All alarms OK.", "All OK", "", {})
    return replace(made, **more)


def report(command: str = "verify", *checks: Result, minutes: float = 20) -> Report:
    found = checks or (result(),)
    return Report(command, "prod", EXECUTION, REVISION, at(minutes - 1), at(minutes), 9, found, place=Place())


def record(**more: Any) -> Record:
    execution = Execution(EXECUTION, "Succeeded", "", REVISION, "Bigger", at(0), at(7), "WebhookV2", None, (REVISION,))
    made = Record(
        outputs=StackOutputs.parse(OUTPUTS),
        zone=BUSINESS_HOURS.zone,
        release="pr-12",
        title="Bigger servers",
        url="https://github.com/helios/web-infrastructure/pull/12",
        carried=(),
        execution=execution,
        outcome=Outcome.DEPLOYED,
        deploy=(at(3), at(7)),
        stack_status="UPDATE_COMPLETE",
        before=BEFORE,
        changes=Changes((change(),)),
        timeline=(Happened(at(0), "#12 was merged"), Happened(at(3), "Deploy stage", at(7), Kind.WORK, "Succeeded")),
        reports=(report(), report("observe", minutes=80)),
        asked_anew=False,
        issues=(),
        rollbacks=(),
        messages=(Told("started", "slack", at(3), "Production deployment started", "sent", good=True),),
        approvals=Approvals("the GO that was kept", ("second-engineer: APPROVED.",), kept=True),
        unknown=(),
        made=at(90),
    )
    return replace(made, **more)
