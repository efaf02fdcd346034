"""What the steps of a release go by: facts of GitHub, AWS and the ledger at one moment. Nothing else is remembered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scripts.facts.pipeline import Execution
from scripts.gate.go import FRESH, Go
from scripts.gate.pull_request import PullRequest
from scripts.releases.verdicts import Verdict
from scripts.watching.ends import FAILED, Ending


@dataclass(frozen=True)
class Notice:
    """What was announced of this content: for when; `owed` are the required messages that did not arrive yet."""

    at: datetime
    owed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Facts:
    """A release at a moment.

    Attributes:
        now: AWS's time.
        release: its id.
        pull: the pull request; None: what runs came without one.
        notice_needed: whether it is to be announced before (SOP 5.1).
        notice: its newest announcement that still holds; None: there is none.
        go: the newest GO in the ledger.
        attempts: the executions that were to carry it out, oldest first.
        carrier: the release that the last of them is told and recorded as: its own, or a later one that carries it,
            too; empty before there is one.
        going_on: whether something of that execution is still at work, be it CloudFormation alone.
        ending: how that execution ended, and all that it had begun; None before.
        untold: what of the execution's course is still to be told; empty where nobody is to be told.
        owed: the messages that are not known to have arrived.
        back_merge: where its back-merge is asked for, or `nothing to merge back`; empty: it is not asked for yet.
        not_brought_back: why this run could not ask for it; empty where it did not try, or could.
        overtaken: the execution that was let into Deploy after it: what runs is no longer this one's to judge.
        verified: the kept verdict of verification.
        completed: whether it was told that it is complete and verified, or nobody is to be told.
        observed: the kept verdict of the observation.
        observable_at: when the hour of observation is over and measured.
        recorded: where its record is; empty: nowhere yet.
        runner: the project in the cloud that does what follows the merge; None: whoever runs this does.
        stack: the stack that it is released to.
    """

    now: datetime
    release: str
    pull: PullRequest | None
    notice_needed: bool = False
    notice: Notice | None = None
    go: Go | None = None
    attempts: tuple[Execution, ...] = ()
    carrier: str = ""
    going_on: bool = False
    ending: Ending | None = None
    untold: tuple[str, ...] = ()
    owed: tuple[str, ...] = ()
    back_merge: str = ""
    not_brought_back: str = ""
    overtaken: str = ""
    verified: Verdict | None = None
    completed: bool = False
    observed: Verdict | None = None
    observable_at: datetime | None = None
    recorded: str = ""
    runner: str | None = None
    stack: str = ""

    @property
    def execution(self) -> Execution | None:
        """The one that it stands with."""
        return self.attempts[-1] if self.attempts else None

    @property
    def succeeded(self) -> bool:
        if self.ending is not None and self.ending.code == FAILED:
            return False
        return self.execution is not None and self.execution.status == "Succeeded"

    @property
    def is_go(self) -> bool:
        """Whether the GO is about what would be merged, and no older than a minute."""
        go, pull = self.go, self.pull
        if go is None or pull is None or (go.head, go.content) != (pull.head_sha, pull.content):
            return False
        return abs(self.now - go.judged_at) <= FRESH

    @property
    def merged(self) -> bool:
        """Whether it is in the branch, by a merge or pushed."""
        return self.pull is None or self.pull.merged
