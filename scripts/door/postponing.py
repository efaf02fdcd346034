"""Takes an execution out that must not go in now, and starts it again with its own commit, to wait before the door.

What is to be done stands in the ledger before (`postponed/<execution>.json`), what came of it after (`.outcome.json`):
the next run of the keeper carries on where one was killed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from botocore.exceptions import ClientError

from scripts.clients.failures import AWS_FAILURES, error_code, translate
from scripts.errors import UndeterminedError
from scripts.facts.pipeline import ActionRun, Execution, Pin, find_execution, read_actions
from scripts.ledger.entries import Entry, incomplete
from scripts.ledger.ledger import Ledger
from scripts.starting.reasons import Wish
from scripts.starting.starts import Starting
from scripts.text import printable
from sop.names import Stage

if TYPE_CHECKING:
    from scripts.clients.aws import Aws
    from sop.outputs import StackOutputs

PERMISSIONS = (
    *("codepipeline:StopPipelineExecution", "codepipeline:StartPipelineExecution"),
    *("codepipeline:ListPipelineExecutions", "codepipeline:ListActionExecutions", "codebuild:StopBuild"),
)
_FOLDER = "postponed/"
_KEY = re.compile(rf"{_FOLDER}(?P<execution>[0-9a-z-]+)\.(?:(?P<outcome>outcome)\.)?json")
_REASON = "postponed"
_LONGEST = 200  # characters of CodePipeline's reason for a stop
_PATIENCE = 10  # looks whether it has stopped
_PAUSE = 2.0  # seconds between two of them
# CodePipeline stops it already, or has nothing left to stop.
_STOPPED_ALREADY = ("DuplicatedStopRequestException", "PipelineExecutionNotStoppableException")


@dataclass(frozen=True, kw_only=True)
class Postponed(Entry):
    """That execution is about to be stopped, and its commit to be started again."""

    kind: ClassVar[str] = "postponed"
    execution: str
    commit: str
    why: str


@dataclass(frozen=True, kw_only=True)
class TurnedOut(Postponed):
    """It has entered in another's place: what it has begun there is abandoned."""

    kind: ClassVar[str] = "turned-out"


@dataclass(frozen=True, kw_only=True)
class StartedAgain(Entry):
    """It waits again, as that execution."""

    kind: ClassVar[str] = "started-again"
    execution: str


@dataclass(frozen=True, kw_only=True)
class NotStartedAgain(Entry):
    """There was nothing to start again."""

    kind: ClassVar[str] = "not-started-again"
    why: str


@dataclass(frozen=True)
class Postponing:
    """One stack's pipeline, and the ledger of what was taken out of it. `pause` waits so many seconds."""

    outputs: StackOutputs
    aws: Aws
    ledger: Ledger
    starting: Starting
    pause: Callable[[float], object]

    def postpone(self, execution: Execution, why: str) -> str:
        """Stop one that waits inside the rule, and start it again; what came of it, in a sentence.

        Raises:
            UndeterminedError: it is not known; the next run carries on.
        """
        return self._begin(execution, Postponed, why)

    def turn_out(self, execution: Execution, why: str) -> str:
        """Stop one that has entered in another's place, whatever it does there; start it again if that was nothing.

        Raises:
            UndeterminedError: it is not known; the next run carries on.
        """
        return self._begin(execution, TurnedOut, why)

    def _begin(self, execution: Execution, kind: type[Postponed], why: str) -> str:
        commit = "" if execution.is_rollback else execution.revision or ""
        self.ledger.add(_key(execution.id), self.ledger.made(kind, execution=execution.id, commit=commit, why=why))
        return self._finish(execution.id)

    def finish(self) -> Iterator[tuple[Postponed, str]]:
        """Carry on with what a run that somebody ended has begun; each, and what came of it in a sentence."""
        keys = self.ledger.store.list(_FOLDER)
        found = [_KEY.fullmatch(key) for key in keys]
        if not all(found):
            raise incomplete(_FOLDER, "what was postponed", "an entry is none")
        begun = {one["execution"] for one in found if one and not one["outcome"]}
        ended = {one["execution"] for one in found if one and one["outcome"]}
        if ended - begun:
            raise incomplete(_FOLDER, "what was postponed")
        for execution_id in sorted(begun - ended):
            yield self._entry(execution_id), self._finish(execution_id)

    def _finish(self, execution_id: str) -> str:
        entry = self._entry(execution_id)
        told, why = f"Execution {execution_id}", printable(entry.why)
        try:
            outcome = self._outcome(entry)
        except AWS_FAILURES as problem:
            raise translate(problem, PERMISSIONS) from problem
        self.ledger.add(_key(execution_id, "outcome"), outcome)
        if isinstance(outcome, StartedAgain):
            return f"{told} was stopped: {why}. It comes to wait again as {outcome.execution}."
        return f"{told} was to be stopped: {why}. It is not started again: {outcome.why}"

    def _entry(self, execution_id: str) -> Postponed:
        entry = self.ledger.find(_key(execution_id), Postponed, TurnedOut)
        if entry is None:
            raise incomplete(_FOLDER, "what was postponed")
        return entry

    def _outcome(self, entry: Postponed) -> StartedAgain | NotStartedAgain:
        found, newer = self._stopped(entry)
        wish = Wish(_REASON, entry.commit, entry.execution)
        if not self.starting.has_begun(wish) and (against := self._against(entry, found, newer)):
            return self.ledger.made(NotStartedAgain, why=against)
        return self.ledger.made(StartedAgain, execution=self.starting.carry_out(wish, newer).execution_id)

    def _against(self, entry: Postponed, found: Execution, newer: Sequence[Execution]) -> str:
        """Why it is not started again."""
        if found.status != "Stopped":
            return f"it is {found.status}."
        if builds := [run for run in self._actions(entry) if run.stage == Stage.DEPLOY]:
            if isinstance(entry, TurnedOut):
                self._stop_builds(builds)
            return "it had begun to deploy. What that left behind `release verify` says."
        if not entry.commit:
            return "it is of no one commit."
        carried = next((one for one in newer if one.status in ("InProgress", "Stopping", "Succeeded")), None)
        return f"{carried.id} is newer, and carries its commit too." if carried else ""

    def _actions(self, entry: Postponed) -> tuple[ActionRun, ...]:
        return read_actions(self.aws.codepipeline, self.outputs.pipeline_name, entry.execution)

    def _stop_builds(self, builds: Sequence[ActionRun]) -> None:
        """CodePipeline leaves an abandoned build at work."""
        for build in builds:
            if build.external_id:
                self.aws.codebuild.stop_build(id=build.external_id)

    def _stopped(self, entry: Postponed) -> tuple[Execution, list[Execution]]:
        """The execution, which is not at work any more, and those that are newer and none of this postponing's own."""
        for _ in range(_PATIENCE):
            found, newer = self._read(entry)
            if found.ended is not None:
                return found, newer
            if found.status == "InProgress" or (isinstance(entry, TurnedOut) and found.status == "Stopping"):
                self._stop(entry)
            self.pause(_PAUSE)
        raise UndeterminedError(
            f"Execution {entry.execution} is being stopped, and has not come to its end yet.",
            f"`release door --stack {self.outputs.stack} --apply` starts it again when it has.",
        )

    def _read(self, entry: Postponed) -> tuple[Execution, list[Execution]]:
        pipeline, repository = self.outputs.pipeline_name, self.outputs.repository
        read = find_execution(self.aws.codepipeline, pipeline, repository, Pin(entry.execution))
        if read.chosen is None:
            raise UndeterminedError(f"AWS does not tell of execution {entry.execution}.")
        return read.chosen, [one for one in read.read if one.started > read.chosen.started and not one.is_rollback]

    def _stop(self, entry: Postponed) -> None:
        try:
            self.aws.codepipeline.stop_pipeline_execution(
                pipelineName=self.outputs.pipeline_name,
                pipelineExecutionId=entry.execution,
                abandon=isinstance(entry, TurnedOut),
                reason=entry.why[:_LONGEST],
            )
        except ClientError as problem:
            if error_code(problem) not in _STOPPED_ALREADY:
                raise


def _key(execution_id: str, what: str = "") -> str:
    return f"{_FOLDER}{execution_id}.{f'{what}.' if what else ''}json"
