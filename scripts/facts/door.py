"""A stage's door: its inbound transition, which lets nothing in while somebody has disabled it.

AWS keeps who changed it last and when, and of a disabled one the reason: 300 characters of few kinds. So `release door`
and the keeper tell their own locks by how the reason begins; every other lock is a person's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from scripts.errors import PromisedResourceMissingError, UndeterminedError
from scripts.text import printable, utc
from sop.names import Stage

if TYPE_CHECKING:
    from mypy_boto3_codepipeline.type_defs import StageStateTypeDef

    from sop.outputs import StackOutputs

NO_KEEPER = "No keeper is configured: nobody opens or closes it by itself; `release door --stack {stack} --apply` does."
UNKEPT = "While it is open only the window's rule holds what comes"
LONGEST = 300  # characters of a reason
_LONGEST_NAME = 64  # of a user, of a role's session
_MARK = re.compile(r"release (?P<what>door|keeper) (?P<number>\d{6}) by (?P<who>[^ ]+) - (?P<why>.*)", re.DOTALL)
_NOT_ALLOWED = re.compile(r"[^a-zA-Z0-9!@ ().*?-]+")
_AT_WORK = ("InProgress", "Stopping")
# A transition that is disabled for longer loses what waits before it:
# https://docs.aws.amazon.com/codepipeline/latest/userguide/transitions.html
KEEPS = timedelta(days=30)


@dataclass(frozen=True)
class Mark:
    """What `release door` writes into its own lock: the number of its change in the ledger, who, and why.

    `keeper`: the keeper's, which nobody in particular has asked for.
    """

    number: int
    who: str
    why: str
    keeper: bool = False

    def __str__(self) -> str:
        """The reason as AWS takes it: what it does not take is a hyphen, and the end is left out."""
        who = _NOT_ALLOWED.sub("-", re.split("[/:]", self.who)[-1].replace(" ", "-"))[:_LONGEST_NAME] or "-"
        why = _NOT_ALLOWED.sub("-", self.why)
        what = "keeper" if self.keeper else "door"
        return f"release {what} {self.number:06} by {who} - {why}"[:LONGEST]

    @classmethod
    def of(cls, reason: str) -> Mark | None:
        """What a reason says; None where it is a person's own."""
        found = _MARK.fullmatch(reason)
        if found is None:
            return None
        return cls(int(found["number"]), found["who"], found["why"], keeper=found["what"] == "keeper")


@dataclass(frozen=True)
class Door:
    """A stage's inbound transition, and who is at it.

    `by` and `at` tell its last change, as far as AWS does; `before` are the executions that wait in front of it,
    `inside` the one behind it that an entry rule still keeps from the stage, `occupant` the one that has the stage, at
    work or so kept. `rollbacks` are those of them that go back to what ran.
    """

    stage: str
    is_open: bool
    reason: str = ""
    by: str = ""
    at: datetime | None = None
    before: tuple[str, ...] = ()
    inside: str = ""
    occupant: str = ""
    rollbacks: frozenset[str] = frozenset()

    @property
    def mark(self) -> Mark | None:
        return None if self.is_open else Mark.of(self.reason)

    def whose(self) -> str:
        """Of a closed one: who has closed it, since when, and why; in one phrase."""
        since = f" since {utc(self.at)}" if self.at else ""
        if (mark := self.mark) and mark.keeper:
            return f"closed by the keeper{since} ({printable(mark.why)})"
        if mark:
            return f"closed by `release door`{since} for {mark.who} ({printable(mark.why)})"
        return f"closed by hand{since} by {printable(self.by) or 'somebody'} ({printable(self.reason) or 'no reason'})"

    def opened_by(self, outputs: StackOutputs) -> str:
        """What opens a closed one."""
        if self.mark and self.mark.keeper and self.mark.number:  # else the ledger knows nothing of it
            return f"the keeper opens it for whom the gate lets in: `release door --stack {outputs.stack} --apply`"
        if self.mark and self.mark.number and self.stage == Stage.DEPLOY:
            return f'`release door --stack {outputs.stack} --open "why"` opens it'
        return f"only who has closed it should open it, with `{enabling(outputs, self.stage)}`"

    def has_lost(self, now: datetime) -> bool:
        """Whether what waits may have waited too long to go on by itself."""
        return not self.is_open and self.at is not None and now - self.at > KEEPS


def as_data(door: Door) -> dict[str, Any]:
    """What `--format json` of the commands says of it."""
    return {
        "open": door.is_open,
        "whose": None if door.is_open else door.whose(),
        "before": list(door.before),
        "inside": door.inside or None,
    }


def kept_by(door: Door, outputs: StackOutputs) -> str:
    """Who keeps a door by themselves: the runner's project, or nobody; and what holds what comes to an open one."""
    project = outputs.keeper
    who = f"{project} keeps it by itself." if project else NO_KEEPER.format(stack=outputs.stack)
    return f"{who} {UNKEPT}{', until its next run closes it' if project else ''}." if door.is_open else who


def read_door(states: Iterable[StageStateTypeDef], stage: str) -> Door:
    """The door of a stage.

    Raises:
        PromisedResourceMissingError: the pipeline has no such stage.
        UndeterminedError: AWS does not say whether it is open.
    """
    state = next((one for one in states if one.get("stageName") == stage), None)
    if state is None:
        raise PromisedResourceMissingError(f"The pipeline has no stage {stage}; the stack's outputs name it.")
    transition = state.get("inboundTransitionState", {})
    is_open = transition.get("enabled")
    if is_open is None:
        raise UndeterminedError(f"AWS does not say whether the transition into {stage} is enabled.")
    return _door(state, is_open=is_open)


def closed_doors(states: Iterable[StageStateTypeDef]) -> dict[str, Door]:
    """Those that are closed, by stage."""
    return {
        state.get("stageName", ""): _door(state, is_open=False)
        for state in states
        if state.get("inboundTransitionState", {}).get("enabled") is False
    }


def enabling(outputs: StackOutputs, stage: str) -> str:
    """The AWS CLI's line that opens a stage's door, whoever has closed it."""
    return (
        f"aws codepipeline enable-stage-transition --pipeline-name {outputs.pipeline_name} --stage-name {stage} "
        f"--transition-type Inbound --region {outputs.region}"
    )


def _door(state: StageStateTypeDef, *, is_open: bool) -> Door:
    transition = state.get("inboundTransitionState", {})
    latest, condition = state.get("latestExecution"), state.get("beforeEntryConditionState", {})
    waiting = state.get("inboundExecutions") or [one for one in (state.get("inboundExecution"),) if one]
    occupying = [latest] if latest and latest.get("status") in _AT_WORK else []
    occupant = next((one.get("pipelineExecutionId", "") for one in occupying), "")
    entering = latest is not None and condition.get("latestExecution", {}).get("status") == "InProgress"
    return Door(
        stage=state.get("stageName", ""),
        is_open=is_open,
        reason=transition.get("disabledReason", ""),
        by=transition.get("lastChangedBy", ""),
        at=transition.get("lastChangedAt"),
        before=tuple(one.get("pipelineExecutionId", "") for one in waiting),
        inside=latest.get("pipelineExecutionId", "") if latest and entering else "",
        occupant=occupant,
        rollbacks=frozenset(
            one.get("pipelineExecutionId", "") for one in (*waiting, *occupying) if one.get("type") == "ROLLBACK"
        ),
    )
