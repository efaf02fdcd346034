"""A release carried on in one process: GitHub, AWS, the ledger and the channels, with time that a test lets pass.

What the gate, the verification and the observation say is given; all else is as `release run` does it.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from sandbox.github.pulls import PullRequest
from scripts.announcing.announce import Desk
from scripts.announcing.facts import Approved, Plan, Release, Validated
from scripts.announcing.releases import release_of_pull
from scripts.clients.clock import AwsClock
from scripts.gate.checks.announcement import announcement
from scripts.gate.context import GateContext
from scripts.gate.reading import read_pull_request
from scripts.results import Report, Result, Status
from scripts.running import before, hands, run
from scripts.running.course import Ended, carry_on
from scripts.running.hands import Carrying
from scripts.running.reading import Reading
from scripts.running.site import Site
from scripts.running.steps import Name, Standing, Step
from scripts.runs import Asked
from scripts.watching.opening import Closings, Opened
from scripts.watching.shown import Screen
from sop.channels import Channel as Kind
from tests.scripts.announcing.desk import Office
from tests.scripts.announcing.samples import mail
from tests.scripts.gate.place import FIRST, MANAGER, SECOND
from tests.scripts.ledger.memory import Memory, ledger_of
from tests.scripts.prod_stack import EXECUTION
from tests.scripts.recording.records import report, result
from tests.scripts.recording.test_gathering import LATER, World
from tests.scripts.release import Release as Account
from tests.scripts.release import at, update

DAY_BEFORE = at(-26 * 60)  # a Monday, 9:00 in Brisbane
FAILED_CHECK = result(Status.FAIL, observed="2 of 3 alarms are in ALARM")


class Carried:
    """One release, and those who carry it on."""

    def __init__(self, account: Account, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.office = Office()
        self.time = self.office.time
        self.time.now = DAY_BEFORE
        self.world = World(account, folder / "place")
        self.world.place.host.now = self.time
        self.folder = folder
        self.outputs: Any = replace(self.office.outputs, records_bucket=None)
        self.account = account
        self.verdicts: dict[str, Result] = {}
        self.status = "Succeeded"
        self.runs_by_itself = True  # what is merged is deployed
        self.said: list[tuple[Name, Standing]] = []
        self.slept: list[float] = []
        self.meanwhile: list[Callable[[], object]] = []  # what others do while it sleeps
        self.asked: Counter[str] = Counter()
        self.pull = self.reviewed("dev")
        account.aws.answer("ListPipelineExecutions", lambda _: self._executions())
        monkeypatch.chdir(folder)
        monkeypatch.setattr(before, "gate", self._gate)
        monkeypatch.setattr(before, "planned", self._planned)
        monkeypatch.setattr(hands, "verify", lambda *_, **asked: self._report("verify", asked["execution_id"]))
        monkeypatch.setattr(hands, "observe", lambda settings, *_: self._report("observe", settings.execution_id))

    @property
    def store(self) -> Memory:
        return self.office.store

    def reviewed(self, head: str) -> PullRequest:
        pull = self.world.place.pull(head)
        for login in (FIRST, SECOND, MANAGER):
            self.world.place.review(pull, login)
        return pull

    def merged(self) -> None:
        """By hand, at the time it was announced for."""
        self.world.place.host.merge(self.pull, FIRST)

    def deploys(self, name: str = EXECUTION, status: str = "", minutes: float = 0, deploy: str = "") -> None:
        """An execution of what main has: a failed one fails in Build, unless Deploy is told how it ended."""
        world, sha, status = self.world, self.world.main, status or self.status
        world.executions.append(world.execution(name, sha, status, minutes=minutes))
        found = world.stages(name, minutes, deploy or ("Succeeded" if status == "Succeeded" else ""))
        if status == "Failed" and not deploy:
            found[-1]["status"] = "Failed"
        world.details += found if status in ("Succeeded", "Failed") else found[:1]
        self.account.events(*update(minutes + 4, minutes + 6.5, token=f"release-{sha}-1"))

    def site(self, who: str = "ada", wait: timedelta | None = None) -> Site:
        aws = self.account.aws.aws
        clock = AwsClock(self.time)
        ledger = ledger_of(who, self.store, self.time)
        closings = Closings(self.outputs, aws, ledger.by, self.time)
        opened = Opened(
            self.outputs, lambda: aws, aws, clock, self.world.place.github, closings, timedelta(seconds=60), self._sleep
        )
        desk = Desk(self.outputs, ledger, self.office.desk(who).channels) if self.outputs.announcements else None
        return Site(opened, Asked(None, None, timedelta(seconds=60)), ledger, desk, None, None, wait)

    def run(
        self, who: str = "ada", *, number: int | None = None, execution: str | None = None, wait: float | None = None
    ) -> Ended:
        """`release run`, by that person."""
        carrying, site = self.carrying(who, number=number, execution=execution, wait=wait)
        self.said.clear()
        carrying.settle()
        return run.stay(lambda: carry_on(carrying.reading.facts, carrying.hands(), self._say), site)

    def carrying(
        self, who: str = "ada", *, number: int | None = None, execution: str | None = None, wait: float | None = None
    ) -> tuple[Carrying, Site]:
        site = self.site(who, timedelta(minutes=wait) if wait else None)
        asked = None if execution else number or self.pull.number
        reading: Reading = run.reading_of(site, asked, execution)
        screen = Screen(Console(file=io.StringIO()), lambda _: None)
        return Carrying(reading, screen, None, self.folder / "journal", f"release run --pr {asked}"), site

    def to(self, moment: datetime) -> None:
        """Time passes until then."""
        self.time.now = max(self.time.now, moment)

    def whole(self, who: str = "ada", **which: Any) -> Ended:
        """Carried on at each time that is told, as somebody does who types what is printed."""
        ended = self.run(who, **which)
        for _ in range(3):
            if ended.code != 5 or ended.again_at is None:
                break
            self.to(ended.again_at)
            ended = self.run(who, **which)
        return ended

    def sent(self) -> Counter[str]:
        """Everything that left, and how often: mail by its subject and whom it is to."""
        mails = (mail(one.decode()) for one in self.office.mail.sent)
        others = (one.decode() for kind in (Kind.SLACK, Kind.STATUS_PAGE) for one in self.office.channels[kind].sent)
        return Counter([*(f"{one['Subject']} to {one['Bcc'] or one['To']}" for one in mails), *others])

    def subjects(self) -> list[str]:
        """Of the mail to operations, in order: without the date and the title."""
        mails = (mail(one.decode()) for one in self.office.mail.sent)
        return [one["Subject"].partition(" - ")[0] for one in mails if "operations@" in (one["Bcc"] or one["To"])]

    def told(self) -> list[str]:
        """The announcements of the ledger: `pr-1/complete/ID/verified`."""
        keys = (key.removeprefix("releases/").removesuffix(".json") for key in self.store.content)
        return sorted(one for one in keys if one.rpartition("/")[2] in ("announcement", "verified"))

    def states(self) -> dict[Name, str]:
        return {name: f"{how.state}: {how.told}" for name, how in self.said}

    @property
    def number(self) -> int:
        return self.pull.number

    def _say(self, step: Step, standing: Standing) -> None:
        self.said.append((step.name, standing))

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time.passes(timedelta(seconds=seconds))
        if self.meanwhile:
            self.meanwhile.pop(0)()

    def _executions(self) -> dict[str, Any]:
        known = {one["sourceRevisions"][0]["revisionId"] for one in self.world.executions}
        if self.runs_by_itself and self.world.main not in known:
            name = LATER if any(one["pipelineExecutionId"] == EXECUTION for one in self.world.executions) else EXECUTION
            self.deploys(name, minutes=(self.time.now - at(0)) / timedelta(minutes=1))
            self.time.passes(timedelta(minutes=8))
        return {"pipelineExecutionSummaries": self.world.executions[::-1]}

    def _planned(self, context: GateContext, begins: datetime | None) -> tuple[Release, Plan]:
        assert begins
        validated = Validated("since 2026-03-08", "CFN-Lint succeeded", "All OK")
        release = release_of_pull(context.github, context.ledger, context.number)  # type: ignore[arg-type]
        return release, Plan(
            context.pull.content, begins, timedelta(minutes=10), validated, Approved(MANAGER, context.now)
        )

    def _gate(self, *_: Any, number: int, **asked: Any) -> Report:
        """That people were told is asked as the gate asks it."""
        self.asked["gate"] += 1
        pull = read_pull_request(self.world.place.github, number)
        known = {name: asked[name] for name in ("outputs", "aws", "github", "ledger")}
        told = announcement.run(GateContext(**known, number=number, now=self.time(), at=self.time()))
        found = report(
            "gate",
            result(id="merge-flow", evidence={"content": pull.content}),
            result(told.status, id=announcement.id, observed=told.observed, again_at=told.again_at),
            *([self.verdicts["gate"]] if "gate" in self.verdicts else []),
        )
        found = replace(found, again_at=told.again_at)
        return replace(found, revision=pull.head_sha, started_at=self.time(), finished_at=self.time())

    def _report(self, command: str, execution: str | None) -> Report:
        self.asked[command] += 1
        checks = [self.verdicts[command]] if command in self.verdicts else []
        found = report(command, *checks)
        return replace(found, execution_id=execution, started_at=self.time(), finished_at=self.time())
