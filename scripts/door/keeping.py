"""Opens and closes a stage's door, and leaves alone what a person has set by hand.

CodePipeline has no call that depends on what stands there: a lock that a person sets in the moment between the last
look and the call is overwritten or lifted, and nothing tells. The look comes right before the call, and again after.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from scripts.clients.failures import AWS_FAILURES, translate
from scripts.door.changes import (
    BUDGET,
    Begun,
    Changed,
    Closing,
    Opening,
    Unchanged,
    begin,
    end,
    find,
    newest,
    under_way,
)
from scripts.errors import PromisedResourceMissingError, UndeterminedError
from scripts.facts.door import Door, Mark, enabling, read_door
from scripts.facts.pipeline import read_stage_states
from scripts.ledger import store
from scripts.ledger.ledger import Ledger
from scripts.text import printable, utc
from sop.names import Stage

if TYPE_CHECKING:
    from scripts.clients.aws import Aws
    from sop.outputs import StackOutputs

PERMISSIONS = (
    "codepipeline:GetPipelineState",
    "codepipeline:DisableStageTransition",
    "codepipeline:EnableStageTransition",
    *store.PERMISSIONS,
)
DONE, REFUSED = 0, 3


@dataclass(frozen=True)
class Told:
    """What came of it, for a person, and the exit code."""

    text: str
    code: int


def _nothing(_: Door) -> str:
    """Nothing speaks against it."""
    return ""


@dataclass(frozen=True)
class Keeping:
    """The Deploy stage's door of one stack, and the ledger of its changes."""

    outputs: StackOutputs
    aws: Aws
    ledger: Ledger

    def look(self) -> Door:
        """The door as it is now. Raises ReleaseError where that cannot be told."""
        client, pipeline = self.aws.codepipeline, self.outputs.pipeline_name
        try:
            return read_door(read_stage_states(client, pipeline), Stage.DEPLOY)
        except client.exceptions.PipelineNotFoundException:
            raise PromisedResourceMissingError(f"The pipeline {pipeline} does not exist.") from None
        except AWS_FAILURES as problem:
            raise translate(problem, PERMISSIONS) from problem

    def close(self, reason: str) -> Told:
        """Close it, unless it is closed; the keeper's lock gives way to a person's."""
        number = self._next()
        door = self.look()
        if not door.is_open and not self.is_keepers(door):
            return self._closed_already(door, reason) if self.is_ours(door) else self._by_hand(door)
        return self.change(begin(self.ledger, number, Closing, reason))

    def open(self, reason: str) -> Told:
        """Open it, if it was `release door` that closed it."""
        number = self._next()
        door = self.look()
        if door.is_open:
            return Told(f"{self._name} is open: there is nothing to lift.", DONE)
        if not self.is_ours(door):
            return self._by_hand(door)
        return self.change(begin(self.ledger, number, Opening, reason))

    def is_ours(self, door: Door) -> bool:
        """Whether a closed door's reason is one that this ledger has the closing of: a reason can be copied."""
        return self._closing_of(door) is not None

    def is_keepers(self, door: Door) -> bool:
        """Whether it is closed by the keeper, and by this ledger's own."""
        closing = self._closing_of(door)
        return closing is not None and closing.by_keeper

    def _closing_of(self, door: Door) -> Begun | None:
        mark = door.mark
        begun = find(self.ledger, mark.number) if mark else None
        ours = begun and isinstance(begun.intent, Closing) and str(begun.mark) == door.reason
        return begun if ours else None

    def left(self) -> Begun | None:
        """The newest change, if nobody has noted what came of it."""
        last = newest(self.ledger)
        return last if last and last.outcome is None else None

    @property
    def _name(self) -> str:
        return f"The door of {self.outputs.stack}"

    def settled(self) -> Begun | None:
        """The newest change, whose outcome is known then; None where there was none.

        Raises:
            UnderWayError: somebody carries it out just now.
        """
        last = newest(self.ledger)
        if last is not None and last.outcome is None:
            self._settle(last, self.look())
            return find(self.ledger, last.number)
        return last

    def _next(self) -> int:
        last = self.settled()
        return last.number + 1 if last else 1

    def _settle(self, begun: Begun, door: Door) -> None:
        if _is_done(begun, door):
            end(self.ledger, begun, self.ledger.made(Changed, changed_at=door.at or self.ledger.clock()))
        elif abs(self.ledger.clock() - begun.intent.at) <= BUDGET:
            raise under_way(begun)
        else:
            end(self.ledger, begun, self.ledger.made(Unchanged, why="The run ended before it was done."))

    def change(self, begun: Begun, against: Callable[[Door], str] = _nothing) -> Told:
        """Carry out what was begun, after a last look, and look what came of it.

        Args:
            begun: whose intent this run has written.
            against: what the last look shows against it; nothing, and it is done.
        """
        door = self.look()
        if not door.is_open and not (self.is_keepers(door) if begun.by_keeper else self.is_ours(door)):
            end(self.ledger, begun, self.ledger.made(Unchanged, why=f"It was {door.whose()}."))
            return self._by_hand(door)
        if why := against(door):
            end(self.ledger, begun, self.ledger.made(Unchanged, why=why))
            return Told(f"{self._name} was left as it is. {why}", REFUSED)
        if abs(self.ledger.clock() - begun.intent.at) > BUDGET / 2:  # the machine slept: another may have begun
            end(self.ledger, begun, self.ledger.made(Unchanged, why="It took too long."))
            raise UndeterminedError(f"It took too long: {self._name.lower()} was left as it is.", "Run it again.")
        try:
            self._call(begun)
        except AWS_FAILURES as problem:
            after = self.look()
            if not _is_done(begun, after):
                told = translate(problem, PERMISSIONS)
                if isinstance(problem, ClientError):  # else AWS may do it yet, and who looks next will see
                    end(self.ledger, begun, self.ledger.made(Unchanged, why=told.message))
                raise told from problem
        else:
            after = self.look()
        done = _is_done(begun, after)
        at = after.at if done and after.at else self.ledger.clock()
        end(self.ledger, begun, self.ledger.made(Changed, changed_at=at))
        return self._done(begun, after) if done else self._undone(after)

    def _done(self, begun: Begun, door: Door) -> Told:
        since = utc(door.at or begun.intent.at)
        why = printable(begun.intent.reason)
        if isinstance(begun.intent, Closing):
            closed = f"{self._name} is closed since {since}: {why}. {self._again}"
            return Told(f"{closed}{self._behind(door)}", DONE)
        waiting = f" {door.before[-1]} may enter." if door.before else ""
        before = find(self.ledger, begun.number - 1) if begun.number > 1 else None
        again = " The keeper's next run closes it again." if before and before.by_keeper else ""
        return Told(f"{self._name} is open since {since}: {why}.{waiting}{again}", DONE)

    @property
    def _again(self) -> str:
        return f'`release door --stack {self.outputs.stack} --open "why"` opens it again.'

    def _behind(self, door: Door) -> str:
        """What to say of the one that passed it before: whether AWS holds that, too, is not documented."""
        if not door.inside:
            return ""
        return (
            f"\nExecution {door.inside} has passed it, and goes in when {door.stage}'s entry rule lets it. To keep it "
            f"out, stop it, and start it again when the door is open "
            f"(`release start --stack {self.outputs.stack} --reason rerun-failed --execution-id {door.inside}`):\n"
            f"  aws codepipeline stop-pipeline-execution --pipeline-name {self.outputs.pipeline_name} "
            f"--pipeline-execution-id {door.inside} --region {self.outputs.region}"
        )

    def _undone(self, door: Door) -> Told:
        now = "opened again meanwhile" if door.is_open else f"{door.whose()} meanwhile"
        return Told(f"It was done, and {self._name.lower()} was {now}: look who is at it with you.", REFUSED)

    def _closed_already(self, door: Door, reason: str) -> Told:
        mark = door.mark
        if mark and str(Mark(mark.number, self.ledger.by, reason)) == door.reason:
            return Told(f"{self._name} is closed already, {door.whose()}.", DONE)
        return Told(
            f"{self._name} is closed already, {door.whose()}. Your reason was not recorded: tell who has closed it, "
            "or it is opened before you are ready.",
            REFUSED,
        )

    def _by_hand(self, door: Door) -> Told:
        marked = " Its reason is one of `release door`, but this ledger knows nothing of it." if door.mark else ""
        return Told(
            f"{self._name} is {door.whose()}.{marked} What a person has closed is left to a person: ask, and then\n"
            f"  {enabling(self.outputs, door.stage)}",
            REFUSED,
        )

    def _call(self, begun: Begun) -> None:
        where: Any = {"pipelineName": self.outputs.pipeline_name, "stageName": Stage.DEPLOY}
        where["transitionType"] = "Inbound"
        if isinstance(begun.intent, Closing):
            self.aws.codepipeline.disable_stage_transition(**where, reason=str(begun.mark))
        else:
            self.aws.codepipeline.enable_stage_transition(**where)


def _is_done(begun: Begun, door: Door) -> bool:
    if isinstance(begun.intent, Opening):
        return door.is_open
    return door.reason == str(begun.mark) and not door.is_open
