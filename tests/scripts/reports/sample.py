"""A report with everything in it that a format must render."""

from __future__ import annotations

import io
from datetime import timedelta

from scripts.links import place_of
from scripts.reports import Format, writer
from scripts.results import Place, Report, Result, Status
from sop.outputs import StackOutputs
from tests.scripts.prod_stack import EXECUTION, OUTPUTS, REVISION
from tests.scripts.release import NOW

LINK = "https://console.example/builds?a=1&b=2"


def result(check_id: str, status: Status, observed: str = "As it is.\nIn detail.", **evidence: object) -> Result:
    fix = "" if status in (Status.PASS, Status.SKIPPED) else f"Mend `{check_id}`."
    return Result(check_id, "4.2", f"The {check_id}", status, observed, "As it should be", fix, evidence)


GOOD = result("good", Status.PASS)
BROKEN = result("broken", Status.FAIL, f"1 | 2 <b>*failed*</b>\nlog: {LINK}.", since=NOW)
UNKNOWN = result("unknown", Status.INCONCLUSIVE)
UNSEEN = result("unseen", Status.ERROR)
LEFT_OUT = result("left-out", Status.SKIPPED)
EVERY = (GOOD, UNKNOWN, UNSEEN, BROKEN, LEFT_OUT)


def report(*results: Result, stack: str | None = "prod") -> Report:
    pins = (EXECUTION, REVISION) if stack else (None, None)
    place = place_of(StackOutputs.parse(OUTPUTS), *pins) if stack else Place()
    return Report("verify", stack, *pins, NOW, NOW + timedelta(seconds=2), 9, results, place=place)


def rendered(report_format: Format, *results: Result, stack: str | None = "prod") -> str:
    target = io.StringIO()
    writer(report_format)(report(*results, stack=stack), target)
    return target.getvalue()
