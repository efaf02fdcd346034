"""Reads what a release's record is made of, each fact by itself: what cannot be told is noted, and costs no other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from scripts.checks.context import Context
from scripts.checks.deployed import entered_deploy
from scripts.clients.failures import AWS_FAILURES, translate
from scripts.errors import ReleaseError, UndeterminedError
from scripts.facts.alarm_history import HISTORY_KEPT, Firing, read_firings_of_many
from scripts.facts.pipeline import Execution, Pin, find_execution, read_actions, stage_run
from scripts.gate.go import go_of
from scripts.gate.reading import read_reviews
from scripts.ledger import store
from scripts.recording import kept as keeping
from scripts.recording.agreement import of_go, of_reviews
from scripts.recording.changes import Changes
from scripts.recording.comparing import read_changes
from scripts.recording.record import Approvals, Outcome, zone_of
from scripts.results import Report
from sop.calendar.calendar import OBSERVATION
from sop.names import Stage
from sop.times import shown

if TYPE_CHECKING:
    from scripts.clients.aws import Aws
    from scripts.clients.github import GitHub
    from scripts.facts.operations import Operation
    from scripts.gate.pull_request import PullRequest
    from scripts.ledger.ledger import Ledger
    from sop.outputs import StackOutputs

T = TypeVar("T")

PERMISSIONS = (
    "cloudformation:DescribeStackEvents",
    "cloudformation:DescribeStacks",
    "cloudformation:ListStackResources",
    "cloudwatch:DescribeAlarmHistory",
    "codepipeline:ListActionExecutions",
    "codepipeline:ListPipelineExecutions",
    "codepipeline:ListRuleExecutions",
    *store.PERMISSIONS,
)


@dataclass
class Reading:
    """One stack, and whom to ask about its releases.

    Attributes:
        ledger: None where the stack has none; what it holds is unknown then.
        verify: asks verify's checks about an execution.
        keep: whether what it says is kept for later.
    """

    outputs: StackOutputs
    aws: Aws
    github: GitHub
    ledger: Ledger | None
    now: datetime
    dev: str
    verify: Callable[[str], Report]
    keep: bool = False
    unknown: list[str] = field(default_factory=list[str])

    def before(self, execution: Execution, until: datetime) -> str | None:
        """The revision that was deployed when the execution's own Deploy began."""
        client, names = self.aws.codepipeline, (self.outputs.pipeline_name, self.outputs.repository)
        for one in entered_deploy(client, names[0]):
            if one == execution.id:
                continue
            stage = stage_run(Stage.DEPLOY, read_actions(client, names[0], one))
            if stage.status == "Succeeded" and stage.ended and stage.ended <= until:
                found = find_execution(client, *names, Pin(one)).chosen
                return found.revision if found else None
        return None

    def changes(self, before: str | None, execution: Execution) -> Changes | None:
        """What lies between what was deployed before and the execution's commit."""
        if execution.revision is None:
            self.unknown.append(f"AWS does not say which commit {execution.id} was of.")
            return None
        if before is None:
            self.unknown.append("No earlier deployment is known: of what was there before nothing is told.")
            return None
        try:
            return read_changes(self.github, before, execution.revision, self.dev)
        except UndeterminedError as problem:
            self.unknown.append(f"Which changes were deployed is not known: {problem.message}")
            return None

    def reports(
        self, release: str, execution: Execution, outcome: Outcome, files: Sequence[Path]
    ) -> tuple[tuple[Report, ...], bool]:
        """What was verified and observed of it, and whether verify was asked for that just now."""
        given = keeping.read_reports(files, self.outputs.stack, execution.id)
        held = self.kept("which reports were kept", lambda one: keeping.kept_reports(one, release, execution.id), ())
        found = keeping.newest([*held, *given])
        if not outcome.is_deployed or any(one.command == "verify" for one in found):
            return found, False
        newest = next(entered_deploy(self.aws.codepipeline, self.outputs.pipeline_name), None)
        if newest != execution.id:
            self.unknown.append(
                "How it was verified is not known: no report was kept, and something newer is deployed."
            )
            return found, False
        report = self.verify(execution.id)
        if self.keep:
            self.kept("whether its report was kept", lambda one: keeping.keep(one, release, report), otherwise=False)
        return keeping.newest([*found, report]), True

    def firings(self, deploy: tuple[datetime, datetime] | None, reports: Sequence[Report]) -> list[Firing]:
        """What fired from Deploy's beginning until the end of the observation."""
        if deploy is None:
            return []
        if self.now - deploy[0] > HISTORY_KEPT:
            self.unknown.append("Which alarms fired is not known: CloudWatch keeps that for 30 days.")
            return []
        observed = [one.finished_at for one in reports if one.command == "observe"]
        until = max([deploy[1] + OBSERVATION, *observed])
        own = set(self.outputs.alarms)
        try:
            found = read_firings_of_many(self.aws.cloudwatch, own, deploy[0])
        except AWS_FAILURES as problem:
            self.unknown.append(f"Which alarms fired is not known: {translate(problem, PERMISSIONS).message}")
            return []
        return [one for one in found if one.started and one.started <= until]

    def operations(self, context: Context) -> tuple[Operation, ...]:
        """What CloudFormation did while Deploy was at work."""
        try:
            return context.history.during
        except (ReleaseError, *AWS_FAILURES) as problem:
            told = problem if isinstance(problem, ReleaseError) else translate(problem, PERMISSIONS)
            self.unknown.append(f"What CloudFormation did is not known: {told.message}")
            return ()

    def approvals(self, release: str, pull: PullRequest | None) -> Approvals | None:
        """Who agreed; None where nobody had to, or that is not known."""
        if pull is None:
            return None
        if go := self.kept("by which GO it went", lambda one: go_of(one, release), None):
            return of_go(go, self.when)
        try:
            return of_reviews(read_reviews(self.github, pull.number), self.when)
        except UndeterminedError as problem:
            self.unknown.append(f"Who approved is not known: {problem.message}")
            return None

    def kept(self, what: str, read: Callable[[Ledger], T], otherwise: T) -> T:
        """What the ledger says; `otherwise` where there is none, or it cannot be read."""
        if self.ledger is None:
            return otherwise
        try:
            return read(self.ledger)
        except UndeterminedError as problem:
            self.unknown.append(f"From the ledger it is not known {what}: {problem.message}")
            return otherwise

    def when(self, moment: datetime) -> str:
        """A moment for a person, on the clock of the release window's zone."""
        return shown(moment, zone_of(self.outputs))

    @staticmethod
    def asked(read: Callable[[], T]) -> T:
        """What AWS says. Raises UndeterminedError where it does not."""
        try:
            return read()
        except AWS_FAILURES as problem:
            raise translate(problem, PERMISSIONS) from problem
