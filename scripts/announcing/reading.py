"""What is to be announced of an execution, read from AWS, GitHub and the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from scripts.announcing.executions import occurrences
from scripts.announcing.facts import Application, End, Failure, Occurrence, Release, Seen
from scripts.announcing.releases import release_of_execution
from scripts.announcing.values import application_of
from scripts.calendar.schedule import calendar_of
from scripts.checks.context import Context
from scripts.checks.endpoint import endpoint
from scripts.checks.infrastructure import target_health
from scripts.clients.failures import AWS_FAILURES
from scripts.clients.github import GitHub
from scripts.errors import ReleaseError, UndeterminedError
from scripts.facts.pipeline import Execution, read_executions
from scripts.facts.stack import read_stack
from scripts.gate.reading import read_pull_request
from scripts.releases.identity import attempts_of
from scripts.releases.verdicts import OBSERVE, VERIFY, verdict_of
from scripts.verify import run_check
from scripts.watching.reading import PERMISSIONS as WATCHING
from scripts.watching.reading import Reader

if TYPE_CHECKING:
    from scripts.clients.aws import Aws
    from scripts.ledger.ledger import Ledger
    from scripts.watching.snapshot import Snapshot
    from sop.outputs import StackOutputs

_LOOKS = (endpoint, target_health)  # how the application is
_TOLD_OF = (End.ROLLED_BACK, End.NOT_ROLLED_BACK)
PERMISSIONS = (*WATCHING, *(action for check in _LOOKS for action in check.permissions))


@dataclass(frozen=True)
class Executions:
    """One stack's, as they are announced."""

    outputs: StackOutputs
    aws: Aws
    github: GitHub
    ledger: Ledger

    def of_pull(self, number: int) -> str:
        """The execution that a merged pull request stands with.

        Raises:
            UndeterminedError: it has started none.
        """
        found = attempts_of(self.github, self.outputs, self.aws, read_pull_request(self.github, number))
        if not found:
            raise UndeterminedError(
                f"#{number} has started no execution.", "It is not merged, or see `release watch --pr` for why."
            )
        return found[-1].id

    def read(self, execution_id: str) -> tuple[Release, Snapshot, list[Occurrence]]:
        """The release, how its execution is, and all that is to be told of it, in order.

        Raises:
            ConfigurationError: there is no such execution.
            UndeterminedError: it cannot be told how it is.
        """
        calendar = calendar_of(self.outputs)
        reader = Reader(self.outputs, self.aws, self.github, self.ledger.clock, lambda: calendar)
        snapshot = reader.read(execution_id)
        release = release_of_execution(self.github, self.ledger, self.outputs, self._released(snapshot.execution))
        verified, observed = (
            verdict_of(self.ledger, release.id, command, execution_id) for command in (VERIFY, OBSERVE)
        )
        found = occurrences(snapshot, verified=verified, observed=observed, stack_status=self._stack_status())
        return release, snapshot, [self._looked_at(one) for one in found]

    def _released(self, execution: Execution) -> Execution:
        """Of a rollback the execution that it takes back: it is an event of that one's release."""
        if not execution.is_rollback:
            return execution
        return taken_back(
            read_executions(self.aws.codepipeline, self.outputs.pipeline_name, execution.started), execution
        )

    def _stack_status(self) -> str:
        try:
            stack = read_stack(self.aws.cloudformation, self.outputs.cloudformation_stack_name)
        except (*AWS_FAILURES, ReleaseError):
            return ""  # a failure is told all the same
        return stack.status if stack else ""

    def _looked_at(self, what: Occurrence) -> Occurrence:
        """A failure with how the application is."""
        if not isinstance(what, Failure) or what.end not in _TOLD_OF or what.application is not Application.UNKNOWN:
            return what
        context = Context(outputs=self.outputs, aws=self.aws, now=self.ledger.clock(), execution_id=what.execution_id)
        return replace(what, application=application_of(Seen.of([run_check(one, context) for one in _LOOKS])))


def taken_back(executions: Sequence[Execution], rollback: Execution) -> Execution:
    """The newest one that succeeded before the rollback; the rollback itself where none is known."""
    before = [one for one in executions if one.started < rollback.started and one.status == "Succeeded"]
    others = [one for one in before if not one.is_rollback and one.id != rollback.rolls_back_to]
    return max(others, key=lambda one: one.started, default=rollback)
