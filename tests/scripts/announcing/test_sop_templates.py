"""The SOP's own templates (5.1-5.4), field by field: what stands there is what is sent, with facts for brackets."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from scripts.announcing.facts import Occurrence
from tests.scripts.announcing.samples import (
    DEPLOYED,
    DEPLOYING,
    FAILED,
    PLAN,
    POSTPONED,
    SOURCE,
    STARTED,
    VERIFIED,
    mail,
    release,
    rendered,
    text_of,
)

PLANNED = """\
Subject: Production Release - [Date] - [Brief Description]

Release Details:
- Date: [YYYY-MM-DD]
- Time: [HH:MM AEST]
- Duration: [Expected deployment time]
- Environment: Production (ap-southeast-2)

Changes:
- [List of changes from PR description]

Impact:
- Expected downtime: [None/X minutes]
- User-facing changes: [Yes/No - describe]
- Performance impact: [None/describe]

Validation:
- Dev deployment: [Date completed]
- Testing results: [Summary]
- Alarms status: [All OK]

Rollback Plan:
- [Brief description of rollback procedure]
- Estimated rollback time: [X minutes]

Contact:
- Release Manager: [Name] - [Email] - [Phone]
- On-call Engineer: [Name] - [Email] - [Phone]

Approval:
- Operations Manager: [Name] - [Date]
"""
COMPLETE = """\
Subject: Production Release Complete - [Date] - [Brief Description]

The production release has been successfully completed.

Deployment Summary:
- Start Time: [HH:MM AEST]
- End Time: [HH:MM AEST]
- Duration: [X minutes]
- Stack Status: UPDATE_COMPLETE

Verification Results:
✅ All CloudFormation resources deployed
✅ All targets healthy
✅ All alarms in OK state
✅ Application responding normally
✅ Performance metrics within range

Post-Deployment Monitoring:
- 1-hour observation period in progress
- CloudWatch dashboard: [Link]
- On-call engineer monitoring: [Name]

No action required.
"""
FAILURE = """\
Subject: Production Release Failed - [Date] - [Brief Description]

The production release has failed and automatic rollback initiated.

Failure Summary:
- Start Time: [HH:MM AEST]
- Failure Time: [HH:MM AEST]
- Stack Status: ROLLBACK_COMPLETE
- Failure Reason: [Brief description]

Current Status:
- Application: [Operational/Degraded/Down]
- Rollback: [Complete/In Progress]
- Impact: [Description]

Next Steps:
- Root cause analysis in progress
- Incident ticket: [Link]
- Post-mortem scheduled: [Date/Time]

Contact:
- Incident Commander: [Name] - [Email] - [Phone]
"""
FILLED = {
    "[YYYY-MM-DD]": r"2026-03-12",
    "[HH:MM AEST]": r"\d\d:\d\d AEST",
    "[Name] - [Date]": r"operations-lead - 2026-03-10",
    "[Date]": r"2026-03-12",
    "[Name] - [Email] - [Phone]": r"\w+ \w+ - \w+@helios\.id - \+62 21 5550 101",
}


def lines(message: str) -> list[str]:
    """Subject and text, as the template has them."""
    read = mail(message)
    said = text_of(read).partition("\n-- \n")[0]
    return [f"Subject: {read['Subject']}", *(line for line in said.splitlines() if line)]


def pattern(line: str) -> re.Pattern[str]:
    for bracket, filled in FILLED.items():
        line = line.replace(bracket, f"\0{filled}\0")
    parts = re.split(r"\0", line)
    told = "".join(part if index % 2 else re.escape(part) for index, part in enumerate(parts))
    return re.compile(re.sub(r"\\\[.+?\\\]", r"[^\\[\\]]+", told))


@pytest.mark.parametrize(
    ("template", "what"), [(PLANNED, PLAN), (COMPLETE, VERIFIED), (FAILURE, FAILED)], ids=["5.1", "5.3 good", "5.3 bad"]
)
def test_every_line_of_the_template_is_in_the_mail_in_order_and_without_a_bracket(
    template: str, what: Occurrence
) -> None:
    left = lines(rendered(what)["mail-operations"])
    for wanted in filter(None, template.splitlines()):
        found = next((index for index, line in enumerate(left) if pattern(wanted).fullmatch(line)), None)
        assert found is not None, f"{wanted!r} is not in {left}"
        del left[: found + 1]


def test_every_change_of_the_description_has_its_line() -> None:
    said = lines(rendered(PLAN)["mail-operations"])
    first = said.index("Changes:")
    assert said[first + 1 : first + 3] == ["- The site shows version 4", "- Servers wait for nginx"]


DASHBOARD = (
    "https://ap-southeast-2.console.aws.amazon.com/cloudwatch/home?region=ap-southeast-2"
    "#dashboards/dashboard/prod-infrastructure-dashboard"
)


@pytest.mark.parametrize(
    ("what", "text"),
    [
        (
            STARTED,
            "🚀 Production deployment started - Raise the site to version 4\n"
            f"Pipeline: web-pipeline-prod\nMonitoring: {DASHBOARD}",
        ),
        (SOURCE, "✅ Source stage complete"),
        (replace(SOURCE, stage="Build"), "✅ Build stage complete"),
        (replace(DEPLOYING, at_work=DEPLOYING.at_work * 0), "⏳ Deploy stage in progress"),
        (DEPLOYING, "⏳ Deploy stage in progress (5 minutes)"),
        (
            DEPLOYED,
            "✅ Production deployment complete - Raise the site to version 4\n"
            f"Stack Status: UPDATE_COMPLETE\nVerification: In progress\nDashboard: {DASHBOARD}",
        ),
    ],
)
def test_slack_has_the_words_of_5_2(what: Occurrence, text: str) -> None:
    assert json.loads(rendered(what)["slack"])["text"] == text


@pytest.mark.parametrize(
    ("what", "name"),
    [
        (PLAN, "Scheduled maintenance 2026-03-12 10:00 AEST"),
        (STARTED, "Maintenance in progress"),
        (VERIFIED, "Maintenance complete"),
    ],
)
def test_the_status_page_has_the_words_of_5_4(what: Occurrence, name: str) -> None:
    assert json.loads(rendered(what)["status-page"])["incident"]["name"] == name


def test_a_postponement_says_which_time_does_not_hold() -> None:
    said = "\n".join(lines(rendered(POSTPONED, release())["mail-operations"]))
    assert "Subject: Production Release Postponed - 2026-03-12 - Raise the site to version 4" in said
    assert "- Announced for: 2026-03-12 10:00 AEST" in said
    assert "- the release window closed at 14:00 AEST" in said
