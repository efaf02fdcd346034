"""Reads how a release stands: all that its steps go by, as it is now."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from scripts.announcing.facts import Occurrence, Release, Verification
from scripts.announcing.planned import planned_of
from scripts.announcing.reading import Executions
from scripts.clients.failures import AWS_FAILURES, translate
from scripts.deadlines import within
from scripts.facts.pipeline import Execution, Pin, find_execution
from scripts.gate.checks.announcement import announcement, newest, owing
from scripts.gate.context import GateContext, Kind
from scripts.gate.dev import branch_of
from scripts.gate.go import go_of
from scripts.gate.pull_request import PullRequest
from scripts.gate.reading import read_pull_request
from scripts.observe.deployments import next_deployment
from scripts.observe.windows import METRIC_DELAY
from scripts.recording.back_merge import BackMergeRefusedError, Stands, back_merge
from scripts.recording.gathering import SUPERSEDED
from scripts.releases.identity import attempts, attempts_of, number_of
from scripts.releases.verdicts import OBSERVE, VERIFY, Verdict, verdict_of
from scripts.results import Status
from scripts.running.facts import Facts, Notice
from scripts.running.recorded import recorded_in
from scripts.running.site import Site
from scripts.running.telling import is_judged, owed, untold
from scripts.watching.ends import ending
from scripts.watching.reading import PERMISSIONS
from scripts.watching.snapshot import Snapshot
from sop.calendar.calendar import OBSERVATION
from sop.names import Stage


@dataclass
class Reading:
    """One release of a stack.

    Attributes:
        site: where.
        release: as messages speak of it.
        execution_id: the execution that it stands with, where it has no pull request.
        not_brought_back: why its back-merge could not be asked for.
    """

    site: Site
    release: Release
    execution_id: str | None = None
    not_brought_back: str = ""

    @property
    def number(self) -> int | None:
        return number_of(self.release.id)

    def facts(self) -> Facts:
        """As they are now.

        Raises:
            ReleaseError: they cannot be told.
        """
        try:
            return within(self.site.asked.deadline, self._facts, "AWS and GitHub have not answered")
        except AWS_FAILURES as problem:
            raise translate(problem, PERMISSIONS) from problem

    def context(self) -> GateContext:
        """The pull request as the gate looks at it."""
        site = self.site
        now = site.opened.clock.now()
        return GateContext(
            outputs=site.outputs,
            aws=site.opened.aws,
            github=site.opened.github,
            number=self.number or 0,
            now=now,
            at=now,
            ledger=site.ledger,
            dev=site.dev,
            no_dev=site.no_dev,
        )

    def course(self, execution_id: str) -> tuple[Release, Snapshot, list[Occurrence]]:
        """As which release the execution is told, how it is, and all that is to be told of it by now.

        One that took another's place carries that one's release, too, and is told once, as its own. Raises as `facts`.
        """
        site = self.site
        return Executions(site.outputs, site.opened.aws, site.opened.github, site.ledger).read(execution_id)

    def _facts(self) -> Facts:
        site, release = self.site, self.release.id
        pull = read_pull_request(site.opened.github, self.number) if self.number else None
        begun = Facts(
            now=site.opened.clock.now(),
            release=release,
            pull=pull,
            go=go_of(site.ledger, release),
            stack=site.outputs.stack,
        )
        if pull and not pull.merged:
            return self._before(begun)
        return self._after(begun, pull)

    def _before(self, facts: Facts) -> Facts:
        """Of what isn't merged: whether its announcement holds."""
        outcome = announcement.run(context := self.context())
        if outcome.status is Status.SKIPPED:
            return facts
        holds = outcome.status is Status.PASS or outcome.again_at is not None
        unsent = () if holds else owing(context)
        last = newest(context.planned)
        notice = Notice(last.at, unsent) if last and (holds or unsent) else None
        return replace(facts, notice_needed=True, notice=notice)

    def _after(self, facts: Facts, pull: PullRequest | None) -> Facts:
        """Of what is in the branch: how far it came."""
        site, release = self.site, self.release.id
        told = site.outputs.announcements
        announced = newest(planned_of(site.ledger, release))
        needed = bool(told and told.required) and pull is not None and self._kind() is Kind.RELEASE
        facts = replace(
            facts,
            notice_needed=needed,
            notice=Notice(announced.at) if announced else None,
            attempts=self._attempts(pull),
            runner=site.runner,
        )
        if (execution := facts.execution) is None:
            return facts
        told_as, snapshot, course = self.course(execution.id)
        carrier, how = told_as.id, ending(snapshot)
        facts = replace(facts, carrier=carrier, going_on=how is None, ending=how)
        verified = verdict_of(site.ledger, carrier, VERIFY, execution.id)
        return replace(
            facts,
            untold=self._untold(carrier, course) if how else (),
            owed=tuple(key for one in dict.fromkeys((release, carrier)) for key in owed(site.desk, one)),
            back_merge=self._back_merge(carrier, execution) if facts.succeeded else "",
            not_brought_back=self.not_brought_back,
            overtaken=self._overtaken(snapshot) if facts.succeeded else "",
            verified=verified,
            completed=self._completed(carrier, course, verified),
            observed=verdict_of(site.ledger, carrier, OBSERVE, execution.id),
            observable_at=_observable(snapshot),
            recorded=recorded_in(site.ledger, carrier, execution.id),
        )

    def _kind(self) -> Kind:
        return self.context().kind

    def _attempts(self, pull: PullRequest | None) -> tuple[Execution, ...]:
        site = self.site
        if pull is not None:
            return attempts_of(site.opened.github, site.outputs, site.opened.aws, pull)
        pin = Pin(self.execution_id)
        found = find_execution(site.opened.aws.codepipeline, site.outputs.pipeline_name, site.outputs.repository, pin)
        chosen = found.chosen
        if chosen is None or chosen.status != SUPERSEDED or not (commit := chosen.revision):
            return (chosen,) if chosen else ()
        later = [one for one in found.read if one.started >= chosen.started]
        return attempts(later, lambda one: site.opened.github.compare(commit, one).behind == 0)

    def _overtaken(self, snapshot: Snapshot) -> str:
        """Which execution has been in Deploy since; empty: none."""
        ended, outputs = _deployed(snapshot), self.site.outputs
        if ended is None:
            return ""
        client = self.site.opened.aws.codepipeline
        later = next_deployment(client, outputs.pipeline_name, ended, snapshot.execution.id)
        return later.execution_id if later else ""

    def _untold(self, carrier: str, course: list[Occurrence]) -> tuple[str, ...]:
        """What of the execution itself, before anybody has judged it."""
        own = [one for one in course if not is_judged(one)]
        return tuple(one.event.value for one in untold(self.site.desk, carrier, own, ended=True))

    def _completed(self, carrier: str, course: list[Occurrence], verified: Verdict | None) -> bool:
        if verified is None or not verified.passed:
            return False
        own = [one for one in course if isinstance(one, Verification)]
        return not list(untold(self.site.desk, carrier, own, ended=True))

    def _back_merge(self, carrier: str, execution: Execution) -> str:
        """How it stands; empty: it is yet to be asked for. What people have decided against is theirs."""
        try:
            found = back_merge(
                self.site.opened.github, carrier, execution.revision or "", self.dev_branch, dry_run=True
            )
        except BackMergeRefusedError as refused:
            return refused.message
        told = {Stands.TO_BE_OPENED: "", Stands.CONTAINED: f"{self.dev_branch} has it"}
        return told.get(found.stands, f"asked for: {found.url}")

    @property
    def dev_branch(self) -> str:
        return branch_of(self.site.dev)


def _observable(snapshot: Snapshot) -> datetime | None:
    ended = _deployed(snapshot)
    return ended + OBSERVATION + METRIC_DELAY if ended else None


def _deployed(snapshot: Snapshot) -> datetime | None:
    """When Deploy ended."""
    tried = snapshot.attempts(Stage.DEPLOY)
    return tried[-1].ended if tried else None
