"""Opens the door for one, and closes it behind them, whatever happens in between.

What the keeper changes stands in the ledger as the keeper's (`scripts.door.changes`). A lock that a person has set, by
hand or by `release door --close`, is left alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from scripts.clients.failures import AWS_FAILURES, translate
from scripts.door.changes import Begun, Changed, Intent, Kept, LetIn, Unchanged, UnderWayError, begin, find, newest
from scripts.door.keeping import DONE, PERMISSIONS, Keeping, Told
from scripts.errors import ReleaseError, UndeterminedError
from scripts.facts.door import Door, Mark, enabling
from scripts.facts.pipeline import read_actions, read_executions, read_rules
from scripts.interruption import uninterrupted
from sop.names import Stage

if TYPE_CHECKING:
    from scripts.ledger.ledger import Ledger

NOBODY = "nobody is let in"
ENTERING = 15  # looks whether who is let in has entered
BETWEEN = 2.0  # seconds between two of them
READING = (
    "codepipeline:ListPipelineExecutions",
    "codepipeline:ListActionExecutions",
    "codepipeline:ListRuleExecutions",
)
UNRECORDED = "the ledger could not be written"


@dataclass(frozen=True)
class Letting:
    """One stack's door in the keeper's hand. `pause` waits so many seconds."""

    keeping: Keeping
    pause: Callable[[float], object]

    def let_in(self, execution_id: str, why: str, still: Callable[[], bool]) -> Told:
        """Open for that execution, wait until it has entered, close.

        Args:
            execution_id: who is meant.
            why: why it may go in.
            still: whether that is so at the last moment, too.

        Raises:
            ReleaseError: it is not known what came of it, or the door could not be closed.
        """

        def against(door: Door) -> str:
            if door.before != (execution_id,):
                return f"{execution_id} does not wait there alone any more."
            return "" if still() else "What was judged is older than a minute."

        return self._opened(execution_id, why, against, lambda: self._until_entered(execution_id))

    def renew(self) -> Told:
        """A new lock in the place of the old one: how long one holds that is set over another is not documented."""

        def against(door: Door) -> str:
            return "Somebody is on the way." if door.before or self.anybody_on_the_way() else ""

        return self._opened("", "the lock is renewed", against, lambda: None)

    def shut(self) -> None:
        """Close the door if it is open: with the ledger, or else without it.

        Raises:
            ReleaseError: it is not closed, or the ledger does not know of it.
        """
        if not self.keeping.look().is_open:
            return
        try:
            self.keeping.change(self._begin(Kept, NOBODY))
        except UnderWayError:
            raise
        except ReleaseError as problem:
            if self.keeping.look().is_open:
                raise self._shut_unrecorded(problem) from problem
            raise

    def opening_before(self, last: Begun | None) -> Begun | None:
        """The keeper's newest opening, if nothing but the keeper's own closing has come after it."""
        if last and isinstance(last.intent, Kept) and last.number > 1:
            last = find(self._ledger, last.number - 1)
        done = last and not isinstance(last.outcome, Unchanged)
        return last if last and done and isinstance(last.intent, LetIn) else None

    def trespasser(self, opening: Begun) -> str:
        """Who has the stage, came in by that opening, and was not meant; empty: nobody.

        Raises:
            UndeterminedError: AWS does not tell.
        """
        door = self.keeping.look()
        if not isinstance(opening.intent, LetIn) or door.occupant in ("", opening.intent.execution):
            return ""
        closing = find(self._ledger, opening.number + 1)
        outcome = closing.outcome if closing else None
        until = outcome.changed_at if isinstance(outcome, Changed) else self._ledger.clock()
        entered = self._entered(door.occupant)
        return door.occupant if entered is None or opening.intent.at <= entered <= until else ""

    def anybody_on_the_way(self) -> bool:
        """Whether an execution is at work, which may come to the door at any moment."""
        aws, outputs = self.keeping.aws, self.keeping.outputs
        try:
            found = read_executions(aws.codepipeline, outputs.pipeline_name, self._ledger.clock())
        except AWS_FAILURES as problem:
            raise translate(problem, READING) from problem
        return any(one.ended is None for one in found)

    @property
    def _ledger(self) -> Ledger:
        return self.keeping.ledger

    def _begin(self, kind: type[Intent], reason: str, **more: str) -> Begun:
        last = newest(self._ledger)
        return begin(self._ledger, last.number + 1 if last else 1, kind, reason, **more)

    def _opened(
        self, execution_id: str, why: str, against: Callable[[Door], str], meanwhile: Callable[[], None]
    ) -> Told:
        begun = self._begin(LetIn, why, execution=execution_id)
        try:
            told = self.keeping.change(begun, against)
            if told.code == DONE:
                meanwhile()
        except (Exception, KeyboardInterrupt):
            self._shut_whatever_comes()
            raise
        self._shut_whatever_comes()
        return told

    def _shut_whatever_comes(self) -> None:
        with uninterrupted():
            self.shut()

    def _until_entered(self, execution_id: str) -> None:
        for _ in range(ENTERING):
            if execution_id not in self.keeping.look().before:
                return
            self.pause(BETWEEN)

    def _entered(self, execution_id: str) -> datetime | None:
        """When it came into the stage; None: AWS does not tell."""
        client, pipeline = self.keeping.aws.codepipeline, self.keeping.outputs.pipeline_name
        try:
            runs = (*read_rules(client, pipeline, execution_id), *read_actions(client, pipeline, execution_id))
        except AWS_FAILURES as problem:
            raise translate(problem, READING) from problem
        return min((run.started for run in runs if run.stage == Stage.DEPLOY), default=None)

    def _shut_unrecorded(self, problem: ReleaseError) -> ReleaseError:
        """A door that is open is worse than a lock that nobody has recorded: from then on it is as a person's."""
        outputs = self.keeping.outputs
        try:
            self.keeping.aws.codepipeline.disable_stage_transition(
                pipelineName=outputs.pipeline_name,
                stageName=Stage.DEPLOY,
                transitionType="Inbound",
                reason=str(Mark(0, self._ledger.by, UNRECORDED, keeper=True)),
            )
        except AWS_FAILURES as failure:
            return translate(failure, PERMISSIONS)
        return UndeterminedError(
            f"{problem.message} The door was closed all the same, and no run of the keeper opens it now.",
            f"When the ledger can be written again: {enabling(outputs, Stage.DEPLOY)}",
        )
