"""Puts a release's record together: of the execution that it stands with, whichever way it was asked for.

What cannot be told is said in the record; without the execution, or what it is of, there is none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from scripts.checks.context import Context
from scripts.errors import ConfigurationError, ReleaseError
from scripts.facts.alarm_history import HISTORY_KEPT
from scripts.facts.pipeline import Execution, Pin, find_execution, read_executions
from scripts.gate.reading import read_pull_request
from scripts.recording import issues, timeline
from scripts.recording.changes import Changes
from scripts.recording.messages_sent import read_told
from scripts.recording.reading import Reading
from scripts.recording.record import Outcome, Record, zone_of
from scripts.releases import identity

if TYPE_CHECKING:
    pass

T = TypeVar("T")

SUPERSEDED = "Superseded"


class NotYetError(ReleaseError):
    """There is nothing to record before it has ended."""

    exit_code = 5


class Gathering(Reading):
    """Finds the execution that a release stands with, and puts its record together."""

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
        found = self.asked(lambda: identity.attempts_of(self.github, self.outputs, self.aws, pull))
        if not found:
            raise NotYetError(
                f"No execution of {self.outputs.pipeline_name} has the commit of #{number} yet.",
                f"`release start --stack {self.outputs.stack} --reason rerun-failed` starts it where nothing does.",
            )
        return self._of(found[-1], reports)

    def of_execution(self, execution_id: str, reports: Sequence[Path] = ()) -> Record:
        """The record of the release that an execution belongs to. Raises as `of_pull`."""
        names = self.outputs.pipeline_name, self.outputs.repository
        found = self.asked(lambda: find_execution(self.aws.codepipeline, *names, Pin(execution_id)))
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
        attempts = self.asked(lambda: identity.attempts_of(self.github, self.outputs, self.aws, pull))
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
        deploy = self.asked(lambda: context.deploy)
        ended = (deploy.started, deploy.ended) if deploy.started and deploy.ended else None
        began = deploy.started or execution.ended
        before = self.asked(lambda: self.before(execution, began))
        changes = self.changes(before, execution)
        outcome = _outcome(deploy.status, ended is not None, changes)
        reports, asked_anew = self.reports(release, execution, outcome, files)
        firings = self.firings(ended, reports)
        operations = self.operations(context) if ended else ()
        carried = _carried(release, changes, self.outputs.branch)
        messages = self.kept("what people were told", lambda one: read_told(one, release, *carried), ())
        approvals = self.approvals(release, pull)
        later = self.asked(
            lambda: read_executions(self.aws.codepipeline, self.outputs.pipeline_name, execution.started)
        )
        happened = [
            *timeline.of_merge(pull),
            *timeline.of_earlier(attempts[:-1]),
            *timeline.of_execution(execution, context.actions, self.asked(lambda: context.rules), self.now),
            *timeline.of_stack(operations),
            *timeline.of_reports(reports),
            *timeline.of_alarms(firings),
        ]
        return Record(
            outputs=self.outputs,
            zone=zone_of(self.outputs),
            release=release,
            title=(pull.title if pull else execution.subject) or "A commit without a title",
            url=pull.url if pull else "",
            carried=carried,
            execution=execution,
            outcome=outcome,
            deploy=ended,
            stack_status=operations[-1].status if operations else "",
            before=before,
            changes=changes,
            timeline=timeline.in_order(happened),
            reports=reports,
            asked_anew=asked_anew,
            issues=(
                *issues.missed(pull is not None, approvals, messages, with_ledger=self.ledger is not None),
                *issues.issues(attempts, context.actions, reports, firings, messages, when=self.when),
            ),
            rollbacks=(
                *issues.by_cloudformation(operations, self.when),
                *issues.by_pipeline(execution, later, self.when),
            ),
            messages=messages,
            approvals=approvals,
            unknown=tuple(self.unknown),
            made=self.now,
            forgotten=ended is not None and self.now - ended[0] > HISTORY_KEPT,
        )


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
