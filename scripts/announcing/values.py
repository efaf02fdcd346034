"""What the templates fill in, from facts (SOP 5.1-5.4). Pure: the same facts give the same words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from scripts.announcing.facts import (
    Application,
    Deployed,
    End,
    Failure,
    Observed,
    Occurrence,
    Plan,
    Postponement,
    Progress,
    Release,
    Seen,
    Start,
    TakenBack,
    Verification,
)
from scripts.announcing.wording import reason, title
from scripts.channels.text import one_line
from scripts.results import Status
from scripts.text import count
from sop.console import Console
from sop.outputs import ContactOutput, StackOutputs
from sop.times import clock, shown
from sop.windows import BUSINESS_HOURS

NOT_NAMED = "not named in the configuration"
# The SOP's lines of what was verified, and the checks behind each
VERIFIED_BY: Mapping[str, tuple[str, ...]] = {
    "All CloudFormation resources deployed": ("stack-status", "stack-events", "stack-outputs"),
    "All targets healthy": ("target-health", "instance-status"),
    "All alarms in OK state": ("alarms",),
    "Application responding normally": ("endpoint",),
    "Performance metrics within range": ("dashboard-data", "alarms"),
}
SUMMARIES: Mapping[End, str] = {
    End.ROLLED_BACK: "The production release has failed and automatic rollback initiated.",
    End.NOTHING_DEPLOYED: "The production release has failed before anything was deployed. Production is unchanged.",
    End.NOT_ROLLED_BACK: "The production release has failed. Nothing takes it back by itself.",
    End.IN_VERIFICATION: "The production release was deployed, and its verification has failed. "
    "Nothing takes it back by itself.",
    End.IN_OBSERVATION: "The production release was deployed, and its observation has failed: found in observation. "
    "Nothing takes it back by itself.",
}
IMPACTS: Mapping[Application, str] = {
    Application.OPERATIONAL: "None known: the application answers",
    Application.DEGRADED: "Some servers do not answer",
    Application.DOWN: "The application does not answer",
    Application.UNKNOWN: "Not known yet",
}


@dataclass(frozen=True)
class Contact:
    """A person, as a message names them."""

    name: str
    email: str = ""
    phone: str = ""

    @classmethod
    def of(cls, configured: ContactOutput | None) -> Contact:
        return cls(configured.name, configured.email, configured.phone) if configured else cls(NOT_NAMED)

    @property
    def told(self) -> str:
        """`[Name] - [Email] - [Phone]`."""
        return " - ".join(part for part in (self.name, self.email, self.phone) if part)


@dataclass(frozen=True)
class Place:
    """The stack that is released to, as messages speak of it."""

    outputs: StackOutputs

    @property
    def zone(self) -> ZoneInfo:
        window = self.outputs.release_window
        return ZoneInfo(window.time_zone) if window else BUSINESS_HOURS.zone

    def values(self, release: Release) -> dict[str, Any]:
        """Those of every announcement."""
        outputs, described = self.outputs, release.described
        named = outputs.announcements
        return {
            "title": title(release.title),
            "url": release.url,
            "environment": f"Production ({outputs.region})",
            "pipeline": outputs.pipeline_name,
            "dashboard": self._console.dashboard(outputs.dashboard_name) if self._console else outputs.dashboard_name,
            "dashboard_name": outputs.dashboard_name,
            "changes": described.changes,
            "downtime": described.downtime,
            "users": described.users,
            "what_users_see": described.what_users_see,
            "performance": described.performance,
            "rollback": described.rollback,
            "rollback_time": described.rollback_time,
            "release_manager": Contact.of(named and named.release_manager),
            "on_call": Contact.of(named and named.on_call),
            "incident_commander": Contact.of(named and named.incident_commander),
        }

    def execution(self, execution_id: str) -> str:
        """Where it is to be seen; its id where the console has no address."""
        return self._console.pipeline(self.outputs.pipeline_name, execution_id) if self._console else execution_id

    def date(self, moment: datetime) -> str:
        return f"{moment.astimezone(self.zone):%Y-%m-%d}"

    def clock(self, moment: datetime) -> str:
        """`11:00 AEST`."""
        return clock(moment, self.zone)

    def moment(self, moment: datetime) -> str:
        """`2026-03-12 11:00 AEST`."""
        return f"{self.date(moment)} {self.clock(moment)}"

    @property
    def _console(self) -> Console | None:
        return Console.of(self.outputs.topic_arn.split(":")[1], self.outputs.region)


def values_of(place: Place, release: Release, what: Occurrence) -> dict[str, Any]:
    """All that the templates of that announcement ask for."""
    return {**place.values(release), **_OWN[type(what)](place, what)}


def _postponed(place: Place, what: Postponement) -> dict[str, Any]:
    earliest = shown(what.earliest, place.zone) if what.earliest else "not known"
    was = {"date": place.date(what.was), "was": place.moment(what.was)}
    return {**was, "why": one_line(what.why), "earliest": earliest}


def _progress(what: Progress) -> dict[str, Any]:
    at_work = minutes(what.at_work) if what.at_work else ""
    return {"stage": what.stage, "complete": what.complete, "at_work": at_work, "observed": False}


def _planned(place: Place, plan: Plan) -> dict[str, Any]:
    return {
        "date": place.date(plan.begins),
        "time": place.clock(plan.begins),
        "duration": f"{minutes(plan.takes)}, then 1 hour of observation",
        "takes": minutes(plan.takes),
        "validated": plan.validated,
        "approved": {"by": plan.approved.by, "date": place.date(plan.approved.at)},
        "emergency": plan.emergency,
    }


def _ran(place: Place, ran: Deployed | TakenBack) -> dict[str, Any]:
    return {
        "date": place.date(ran.began),
        "start_time": place.clock(ran.began),
        "end_time": place.clock(ran.ended),
        "duration": minutes(ran.ended - ran.began),
        "stack_status": ran.stack_status,
        "execution": place.execution(ran.execution_id),
    }


def _failed(place: Place, failure: Failure) -> dict[str, Any]:
    nothing = failure.end is End.NOTHING_DEPLOYED
    ended = nothing or (failure.rolled_back is True and failure.application is Application.OPERATIONAL)
    return {
        "date": place.date(failure.began),
        "summary": SUMMARIES[failure.end],
        "start_time": place.clock(failure.began),
        "failure_time": place.clock(failure.failed),
        "stack_status": (f"{failure.stack_status} (not touched)" if nothing else failure.stack_status).strip()
        or "not known yet",
        "reason": reason(failure.reason),
        "application": "Not touched by this release" if nothing else failure.application,
        "rollback": _rollback(failure),
        "impact": "None: what ran before runs on" if nothing else IMPACTS[failure.application],
        "incident": failure.incident,
        "post_mortem": place.moment(failure.post_mortem) if failure.post_mortem else "not yet scheduled",
        "execution": place.execution(failure.execution_id),
        "ended": ended,
    }


def _rollback(failure: Failure) -> str:
    if failure.end is End.NOTHING_DEPLOYED:
        return "Not needed: nothing was deployed"
    if failure.stack_status.endswith("ROLLBACK_FAILED"):
        return "Failed: docs/runbooks/rollback.md"
    if failure.rolled_back is None:
        return "None: nothing takes it back by itself, docs/runbooks/rollback.md"
    return "Complete" if failure.rolled_back else "In Progress"


def verified_lines(seen: Sequence[Seen]) -> list[str]:
    """The SOP's lines, each as far as checks stand behind it, and how many checks passed in all."""
    of = {one.id: one for one in seen}
    lines = [_line(said, [of[check] for check in checks if check in of]) for said, checks in VERIFIED_BY.items()]
    passed = [one for one in seen if one.status is Status.PASS]
    asked = [one for one in seen if one.status is not Status.SKIPPED]
    return [*lines, f"{len(passed)} of {count(len(asked), 'check')} passed (release verify)"]


def _line(said: str, behind: Iterable[Seen]) -> str:
    answered = [one for one in behind if one.status is not Status.SKIPPED]
    if answered and all(one.status is Status.PASS for one in answered):
        return f"✅ {said}"
    wrong = next((one.headline for one in answered if one.status is not Status.PASS), "not looked at on this stack")
    return f"– {said}: {one_line(wrong)}"


def application_of(seen: Sequence[Seen]) -> Application:
    """How the application is, by what verification has seen of it."""
    of = {one.id: one.status for one in seen}
    answers, targets = of.get("endpoint"), of.get("target-health")
    if answers is Status.FAIL:
        return Application.DOWN
    if targets is Status.FAIL:
        return Application.DEGRADED if answers is Status.PASS else Application.UNKNOWN
    return Application.OPERATIONAL if (answers, targets) == (Status.PASS, Status.PASS) else Application.UNKNOWN


def minutes(span: timedelta) -> str:
    """`7 minutes`, at least one: what took seconds took a part of a minute."""
    return count(max(1, round(span / timedelta(minutes=1))), "minute")


_OWN: Mapping[type[Occurrence], Callable[[Place, Any], dict[str, Any]]] = {
    Plan: _planned,
    Postponement: _postponed,
    Start: lambda place, what: {"date": place.date(what.at)},
    Progress: lambda _, what: _progress(what),
    Observed: lambda *_: {"stage": "", "complete": True, "at_work": "", "observed": True},
    Deployed: _ran,
    Verification: lambda place, what: {**_ran(place, what.deployed), "verified": verified_lines(what.seen)},
    Failure: _failed,
    TakenBack: lambda place, what: {**_ran(place, what), "revision": what.revision[:12], "why": one_line(what.why)},
}
