"""What may be started, and for which reason: a commit, and the occasion that makes a repeated command the same one."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from scripts.checks.deployed import Deployed
from scripts.clients.github import Commit, GitHub
from scripts.errors import ReleaseError, UndeterminedError
from scripts.facts.pipeline import Execution
from scripts.text import utc

STARTED_NOTHING = timedelta(minutes=10)  # after which a merge that started no execution may be started
ENDED_WITHOUT = ("Failed", "Stopped", "Cancelled")


class Reason(StrEnum):
    """The SOP's (2.3); a new change goes by a merge."""

    RERUN_FAILED = "rerun-failed"
    PIPELINE_TEST = "pipeline-test"
    EMERGENCY = "emergency"


class RefusedError(ReleaseError):
    """This is nothing to be started; the fix says what to do instead."""

    exit_code = 3


@dataclass(frozen=True)
class Wish:
    """A commit to start, and why: `after` is the execution that it follows, or the merge that started none.

    `reason` is one of the SOP's, or the keeper's own.
    """

    reason: str
    commit: str
    after: str

    @property
    def token(self) -> str:
        """The client request token, by which CodePipeline knows a repeated call."""
        return hashlib.sha256(f"{self.after} {self.reason}".encode()).hexdigest()


def rerun(failed: Execution, deployed: Deployed, github: GitHub, head: str, read: Sequence[Execution]) -> Wish:
    """The failed execution's commit once more.

    Args:
        failed: which execution.
        deployed: what runs.
        github: knows which commit comes after which.
        head: the branch's newest commit, for an execution that has read none.
        read: it and those that are newer, newest first.

    Raises:
        RefusedError: it did not fail, something newer takes its place, or it would take back what runs.
        UndeterminedError: GitHub or AWS does not say.
    """
    if failed.is_rollback:
        raise RefusedError(f"{failed.id} is a rollback, no release.", "Merge the correction.")
    if failed.status == "Superseded":
        raise RefusedError(
            f"{failed.id} was superseded: the execution that took its place carries its commit, too.",
            "Look at that one: `release verify`.",
        )
    if failed.status not in ENDED_WITHOUT:
        raise RefusedError(
            f"{failed.id} is {failed.status}: only {', '.join(ENDED_WITHOUT)} is run again.",
            "`--reason pipeline-test` starts what runs; a new change goes by a merge.",
        )
    commit = failed.revision or ("" if failed.revisions else head)
    if not commit:
        raise UndeterminedError(f"AWS does not say which of its commits {failed.id} is of.")
    newer = next((one for one in read if one.id == deployed.execution_id and one.started > failed.started), None)
    if newer:
        raise RefusedError(
            f"{newer.id} has deployed since {failed.id} failed: running that again would take the newer one back.",
            "A rollback is another thing (SOP 7.2, docs/runbooks/rollback.md); a correction goes by a merge.",
        )
    _refuse_ancestor(commit, deployed, github)
    return Wish(Reason.RERUN_FAILED, commit, failed.id)


def missed(head: Commit, now: datetime, deployed: Deployed, github: GitHub) -> Wish:
    """The branch's newest commit, of which there is no execution.

    Raises:
        RefusedError: it may still start by itself, or it would take back what runs.
    """
    if now - head.at < STARTED_NOTHING:
        raise RefusedError(
            f"{head.sha[:12]} is of {utc(head.at)} and has started nothing yet.",
            f"Wait until ten minutes are over: it may start by itself; `release verify --revision {head.sha}` looks.",
        )
    _refuse_ancestor(head.sha, deployed, github)
    return Wish(Reason.RERUN_FAILED, head.sha, head.sha)


def deployed_again(reason: Reason, deployed: Deployed, read: Sequence[Execution]) -> Wish:
    """What runs, through the pipeline once more, after the newest of what was read.

    Raises:
        RefusedError: nothing was ever deployed.
        UndeterminedError: what runs is not certain.
    """
    if deployed.execution_id is None or not read:
        raise RefusedError(f"{deployed.doubt} There is nothing to start again.", "Merge: a push starts the pipeline.")
    if deployed.revision is None or deployed.doubt:
        raise UndeterminedError(
            f"What runs is not certain: {deployed.doubt or 'AWS names no commit.'}",
            "Find out who changed the stack (`release verify`), and merge what is to run.",
        )
    return Wish(reason, deployed.revision, read[0].id)


def _refuse_ancestor(commit: str, deployed: Deployed, github: GitHub) -> None:
    if deployed.execution_id is None:
        return
    if deployed.revision is None:
        raise UndeterminedError(f"What {deployed.execution_id} deployed is not known: AWS names no commit.")
    if commit != deployed.revision and github.compare(deployed.revision, commit).ahead == 0:
        raise RefusedError(
            f"{deployed.revision[:12]}, which runs, comes after {commit[:12]}: that would be taken back.",
            "A rollback is another thing (SOP 7.2, docs/runbooks/rollback.md); a correction goes by a merge.",
        )
