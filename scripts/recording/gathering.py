"""Gathers a release's record: from the pipeline, the stack's events, GitHub, the ledger and the reports that were kept.

What cannot be told is said in the record, and costs only itself; without the execution, or what it is of, there is
none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from scripts.checks.context import Context
from scripts.checks.deployed import entered_deploy
from scripts.clients.failures import AWS_FAILURES, translate
from scripts.errors import ConfigurationError, ReleaseError, UndeterminedError
from scripts.facts.alarm_history import HISTORY_KEPT, Firing, read_firings_of_many
from scripts.facts.pipeline import Execution, Pin, find_execution, read_actions, read_executions, stage_run
from scripts.gate.go import go_of
from scripts.gate.reading import read_pull_request, read_reviews
from scripts.ledger import store
from scripts.recording import issues, kept, timeline
from scripts.recording.agreement import of_go, of_reviews
from scripts.recording.changes import Changes
from scripts.recording.comparing import read_changes
from scripts.recording.messages_sent import read_told
from scripts.recording.record import Approvals, Outcome, Record
from scripts.releases import identity
from scripts.results import Report
from sop.names import Stage
from sop.times import shown
from sop.windows import BUSINESS_HOURS, ReleaseWindow

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

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
OBSERVED = timedelta(hours=1)  # SOP 4.6
SUPERSEDED = "Superseded"


class NotYetError(ReleaseError):
    """There is nothing to record before it has ended."""

    exit_code = 5


@dataclass
class Gathering:
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

    def of_pull(self, number: int, reports: Sequence[Path] = ()) -> Record:
        """The record of the release of that pull request.

        Raises:
            ConfigurationError: there is none, or it was not merged.
            NotYetError: its execution has not begun, or not ended.
            UndeterminedError: it cannot be told which execution that is.
        """
        pull = read_pull_request(self.github, number)
        if pull.merged_at is None or pull.base != self.outputs.branch:
            raise ConfigurationError(
                f"--pr {number}: {pull.url} was not merged into {self.outputs.branch}: there is nothing to record.",
                "A release is recorded once its deployment has ended.",
            )
        found = self._asked(lambda: identity.attempts_of(self.github, self.outputs, self.aws, pull))
        if not found:
            raise NotYetError(
                f"No execution of {self.outputs.pipeline_name} has the commit of #{number} yet.",
                f"`release start --stack {self.outputs.stack} --reason rerun-failed` starts it where nothing does.",
            )
        return self._of(found[-1], reports)

    def of_execution(self, execution_id: str, reports: Sequence[Path] = ()) -> Record:
        """The record of the release that an execution belongs to. Raises as `of_pull`."""
        names = self.outputs.pipeline_name, self.outputs.repository
        found = self._asked(lambda: find_execution(self.aws.codepipeline, *names, Pin(execution_id)))
        chosen = found.chosen
        if chosen is None or chosen.is_rollback:
            raise ConfigurationError(
                f"--execution-id {execution_id} is a rollback, which is told in the record of what it took back.",
                f"Name the execution that it took back: `release history --stack {self.outputs.stack}` shows them.",
            )
        if chosen.revision is None:
            return self._record((chosen,), reports)
        later = [one for one in found.read if one.started >= chosen.started]
        attempts = identity.attempts(later, self._contains(chosen.revision))
        return self._of(attempts[-1] if chosen.status == SUPERSEDED and attempts else chosen, reports)

    def _of(self, execution: Execution, reports: Sequence[Path]) -> Record:
        """The record of the release that an execution stands for: the same one, whatever was asked for."""
        number = identity.number_of(identity.release_of(self.github, self.outputs, execution))
        if number is None:
            return self._record((execution,), reports)
        pull = read_pull_request(self.github, number)
        attempts = self._asked(lambda: identity.attempts_of(self.github, self.outputs, self.aws, pull))
        return self._record(attempts if execution in attempts else (execution,), reports)

    def _contains(self, commit: str) -> Callable[[str], bool]:
        return lambda revision: revision == commit or self.github.compare(commit, revision).behind == 0

    def _record(self, attempts: Sequence[Execution], files: Sequence[Path]) -> Record:
        execution = attempts[-1]
        if execution.ended is None:
            raise NotYetError(
                f"Execution {execution.id} is {execution.status}: it is recorded once it has ended.",
                f"`release verify --stack {self.outputs.stack} --execution-id {execution.id} --wait` waits for it.",
            )
        release = identity.release_of(self.github, self.outputs, execution)
        number = identity.number_of(release)
        pull = read_pull_request(self.github, number) if number else None
        context = Context(outputs=self.outputs, aws=self.aws, now=self.now, execution_id=execution.id)
        deploy = self._asked(lambda: context.deploy)
        ended = (deploy.started, deploy.ended) if deploy.started and deploy.ended else None
        began = deploy.started or execution.ended
        before = self._asked(lambda: self._before(execution, began))
        changes = self._changes(before, execution)
        outcome = _outcome(deploy.status, ended is not None, changes)
        reports, asked_anew = self._reports(release, execution, outcome, files)
        firings = self._firings(ended, reports)
        operations = self._operations(context) if ended else ()
        carried = _carried(release, changes, self.outputs.branch)
        messages = self._kept("what people were told", lambda one: read_told(one, release, *carried), ())
        later = self._asked(
            lambda: read_executions(self.aws.codepipeline, self.outputs.pipeline_name, execution.started)
        )
        return Record(
            outputs=self.outputs,
            zone=zone_of(self.outputs),
            release=release,
            title=pull.title if pull else execution.revision_summary.partition("\n")[0] or "A commit without a title",
            url=pull.url if pull else "",
            carried=carried,
            execution=execution,
            outcome=outcome,
            deploy=ended,
            stack_status=operations[-1].status if operations else "",
            before=before,
            changes=changes,
            timeline=timeline.in_order(
                [
                    *timeline.of_merge(pull),
                    *timeline.of_earlier(attempts[:-1]),
                    *timeline.of_execution(execution, context.actions, self._asked(lambda: context.rules), self.now),
                    *timeline.of_stack(operations),
                    *timeline.of_reports(reports),
                    *timeline.of_alarms(firings),
                ]
            ),
            reports=reports,
            asked_anew=asked_anew,
            issues=tuple(issues.issues(attempts, context.actions, reports, firings, messages, when=self._when)),
            rollbacks=(
                *issues.by_cloudformation(operations, self._when),
                *issues.by_pipeline(execution, later, self._when),
            ),
            messages=messages,
            approvals=self._approvals(release, pull),
            unknown=tuple(self.unknown),
            made=self.now,
        )

    def _before(self, execution: Execution, until: datetime) -> str | None:
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

    def _changes(self, before: str | None, execution: Execution) -> Changes | None:
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

    def _reports(
        self, release: str, execution: Execution, outcome: Outcome, files: Sequence[Path]
    ) -> tuple[tuple[Report, ...], bool]:
        given = kept.read_reports(files, self.outputs.stack, execution.id)
        held = self._kept("which reports were kept", lambda one: kept.kept_reports(one, release, execution.id), ())
        found = kept.newest([*held, *given])
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
            self._kept("whether its report was kept", lambda one: kept.keep(one, release, report), otherwise=False)
        return kept.newest([*found, report]), True

    def _firings(self, deploy: tuple[datetime, datetime] | None, reports: Sequence[Report]) -> list[Firing]:
        """What fired from Deploy's beginning until the end of the observation."""
        if deploy is None:
            return []
        if self.now - deploy[0] > HISTORY_KEPT:
            self.unknown.append("Which alarms fired is not known: CloudWatch keeps that for 30 days.")
            return []
        observed = [one.finished_at for one in reports if one.command == "observe"]
        until = max([deploy[1] + OBSERVED, *observed])
        own = set(self.outputs.alarms)
        try:
            found = read_firings_of_many(self.aws.cloudwatch, own, deploy[0])
        except AWS_FAILURES as problem:
            self.unknown.append(f"Which alarms fired is not known: {translate(problem, PERMISSIONS).message}")
            return []
        return [one for one in found if one.started and one.started <= until]

    def _operations(self, context: Context) -> tuple[Operation, ...]:
        """What CloudFormation did while Deploy was at work."""
        try:
            return context.history.during
        except (ReleaseError, *AWS_FAILURES) as problem:
            told = problem if isinstance(problem, ReleaseError) else translate(problem, PERMISSIONS)
            self.unknown.append(f"What CloudFormation did is not known: {told.message}")
            return ()

    def _approvals(self, release: str, pull: PullRequest | None) -> Approvals | None:
        if pull is None:
            return None
        if go := self._kept("by which GO it went", lambda one: go_of(one, release), None):
            return of_go(go, self._when)
        try:
            return of_reviews(read_reviews(self.github, pull.number), self._when)
        except UndeterminedError as problem:
            self.unknown.append(f"Who approved is not known: {problem.message}")
            return None

    def _kept(self, what: str, read: Callable[[Ledger], T], otherwise: T) -> T:
        if self.ledger is None:
            return otherwise
        try:
            return read(self.ledger)
        except UndeterminedError as problem:
            self.unknown.append(f"From the ledger it is not known {what}: {problem.message}")
            return otherwise

    def _when(self, moment: datetime) -> str:
        return shown(moment, zone_of(self.outputs))

    @staticmethod
    def _asked(read: Callable[[], T]) -> T:
        try:
            return read()
        except AWS_FAILURES as problem:
            raise translate(problem, PERMISSIONS) from problem


def zone_of(outputs: StackOutputs) -> ZoneInfo:
    """Whose days and hours a release's are: those of its window, else the business hours'."""
    return ReleaseWindow.of(outputs.release_window).zone if outputs.release_window else BUSINESS_HOURS.zone


def _outcome(status: str, entered: bool, changes: Changes | None) -> Outcome:
    if not entered:
        return Outcome.NOT_DEPLOYED
    if status != "Succeeded":
        return Outcome.FAILED
    nothing = changes is not None and not (changes.deployed or changes.undone or changes.carriers or changes.merges)
    return Outcome.UNCHANGED if nothing else Outcome.DEPLOYED


def _carried(release: str, changes: Changes | None, branch: str) -> tuple[str, ...]:
    """Other releases in the same deployment: those that were superseded, say."""
    found = (*changes.deployed, *changes.undone, *changes.carriers) if changes else ()
    ids = (identity.of_pull(one.number) for one in found if one.number and one.into == branch)
    return tuple(sorted({one for one in ids if one != release}, key=lambda one: (len(one), one)))
