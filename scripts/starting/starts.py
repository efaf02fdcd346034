"""Starts an execution once, whoever asks for it how often, and wherever a run is killed.

Who, why and when stand in the ledger before the call, what CodePipeline answered after. A repeated call has the same
client request token; for how long CodePipeline remembers one is not documented, so the ledger is asked first, and an
execution that an unanswered call may have made is looked for before another call.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from scripts.checks.cloudformation import stack_status
from scripts.checks.deployed import deployed_revision
from scripts.clients.failures import AWS_FAILURES, translate
from scripts.clients.github import GitHub
from scripts.errors import UndeterminedError
from scripts.facts.pipeline import Execution, Executions, Pin, find_execution
from scripts.ledger import messages, store
from scripts.ledger.ledger import Ledger
from scripts.ledger.messages import BeingSent, Delivered, Failed, Intent, Message, Sent, Uncertain
from scripts.starting.reasons import ENDED_WITHOUT, Reason, RefusedError, Wish, deployed_again, missed, rerun
from sop.names import Stage

if TYPE_CHECKING:
    from scripts.clients.aws import Aws
    from sop.outputs import StackOutputs

PERMISSIONS = (
    *("codepipeline:StartPipelineExecution", "codepipeline:ListPipelineExecutions"),
    *stack_status.permissions,
    *store.PERMISSIONS,
)
BUDGET = timedelta(minutes=2)  # within which a call is answered, or its run has ended
_BEHIND = timedelta(minutes=1)  # that the time of an intent may be before AWS's own
BY_CALL = "StartPipelineExecution"  # an execution's trigger
_PLACE = "releases/start/"
_CHANNEL = "codepipeline"


@dataclass(frozen=True)
class Started:
    """The execution of a wish; not `anew`: it had been started already."""

    execution_id: str
    wish: Wish
    anew: bool


@dataclass(frozen=True)
class Starting:
    """One stack's pipeline, its repository, and the ledger of what was started."""

    outputs: StackOutputs
    aws: Aws
    ledger: Ledger
    github: GitHub

    def start(self, reason: Reason, execution_id: str | None) -> Started:
        """Start what the reason allows.

        Raises:
            RefusedError: it allows nothing.
            UndeterminedError: it cannot be told, or what came of an earlier call is not known.
        """
        if execution_id and reason is not Reason.RERUN_FAILED:
            raise RefusedError(f"--reason {reason} starts what runs, whatever execution is named.", "Name none.")
        try:
            names = self.outputs.pipeline_name, self.outputs.repository
            found = find_execution(self.aws.codepipeline, *names, Pin(execution_id))
            if found.read and found.read[0].status in ("InProgress", "Stopping"):
                return self._at_work(reason, found.read[0])
            return self.carry_out(self._wish(reason, found, pinned=execution_id is not None), found.read)
        except AWS_FAILURES as problem:
            raise translate(problem, PERMISSIONS) from problem

    def _wish(self, reason: Reason, found: Executions, *, pinned: bool) -> Wish:
        now = self.ledger.clock()
        deployed = deployed_revision(self.outputs, self.aws, now)
        if reason is not Reason.RERUN_FAILED:
            return deployed_again(reason, deployed, found.read)
        head = self.github.head(self.outputs.branch)
        read_none = found.chosen and found.chosen.status in ENDED_WITHOUT and not found.chosen.revisions
        if not pinned and not read_none and not any(head.sha in one.revisions for one in found.read):
            return missed(head, now, deployed, self.github)
        if found.chosen is None:
            raise RefusedError(f"{self.outputs.pipeline_name} has never run.", "Merge: a push starts it.")
        return rerun(found.chosen, deployed, self.github, head.sha, found.read)

    def _at_work(self, reason: Reason, newest: Execution) -> Started:
        """What is asked for may be what is at work."""
        for message, wish in self._begun(reason):
            stands = self._stands(message)
            if isinstance(stands, (Uncertain, BeingSent)) and _may_be(newest, stands.intent, wish):
                self._note(message, stands.attempt, newest.id)
                return Started(newest.id, wish, anew=False)
            if isinstance(stands, Delivered) and stands.sent.id == newest.id:
                return Started(newest.id, wish, anew=False)
        where = f"--pipeline-name {self.outputs.pipeline_name} --pipeline-execution-id {newest.id}"
        raise RefusedError(
            f"{newest.id} is {newest.status}: what is started beside it would take its place.",
            "Wait for its end (`release verify --wait`), or stop it: `aws codepipeline stop-pipeline-execution "
            f"{where} --region {self.outputs.region}`.",
        )

    def _begun(self, reason: Reason) -> Iterator[tuple[Message, Wish]]:
        """All starts for that reason in the ledger."""
        place = f"{_PLACE}{reason}/"
        for token in sorted({key.removeprefix(place).partition("/")[0] for key in self.ledger.store.list(place)}):
            message = Message("start", reason, token, _CHANNEL)
            content = json.loads(messages.attempts(self.ledger, message)[0].intent.content)
            yield message, Wish(reason, content["commit"], content["after"])

    def has_begun(self, wish: Wish) -> bool:
        """Whether somebody has begun to start it."""
        return bool(messages.attempts(self.ledger, _message(wish)))

    def carry_out(self, wish: Wish, read: Sequence[Execution]) -> Started:
        """Start it, unless it was started; `read` are the executions that an unanswered call may have made."""
        message = _message(wish)
        content = json.dumps({"commit": wish.commit, "after": wish.after}).encode()
        claimed = messages.claim(self.ledger, message, content, BUDGET)
        if isinstance(claimed, Uncertain):
            for one in read:
                if _may_be(one, claimed.intent, wish):
                    self._note(message, claimed.attempt, one.id)
                    return Started(one.id, wish, anew=False)
            claimed = messages.claim(self.ledger, message, content, BUDGET, again=True)
        match claimed:
            case (int(attempt), bytes(first)):
                # What the first attempt asked for: a branch's head may have moved on since
                again = Wish(wish.reason, json.loads(first)["commit"], wish.after)
                return Started(self._call(message, attempt, again), again, anew=True)
            case Delivered():
                return Started(claimed.sent.id, wish, anew=False)
            case BeingSent():
                raise UndeterminedError(f"{claimed.intent.by} is starting it just now.", "Look again in two minutes.")
            case _:
                raise UndeterminedError("What came of an earlier start is not known.", "Run the same command again.")

    def _call(self, message: Message, attempt: int, wish: Wish) -> str:
        try:
            answer = self.aws.codepipeline.start_pipeline_execution(
                name=self.outputs.pipeline_name,
                clientRequestToken=wish.token,
                sourceRevisions=[
                    {"actionName": Stage.SOURCE, "revisionType": "COMMIT_ID", "revisionValue": wish.commit}
                ],
            )
        except AWS_FAILURES as problem:
            told = translate(problem, PERMISSIONS)
            if isinstance(problem, ClientError):  # else it may have started all the same, and the next run looks
                failed = self.ledger.made(Failed, why=told.message)
                messages.answered(self.ledger, message, attempt, failed)
            raise told from problem
        self._note(message, attempt, answer["pipelineExecutionId"])
        return answer["pipelineExecutionId"]

    def _stands(self, message: Message) -> messages.State:
        return messages.state(messages.attempts(self.ledger, message), self.ledger.clock(), BUDGET)

    def _note(self, message: Message, attempt: int, execution_id: str) -> None:
        messages.answered(self.ledger, message, attempt, self.ledger.made(Sent, id=execution_id))


def _message(wish: Wish) -> Message:
    return Message("start", wish.reason, wish.token, _CHANNEL)


def _may_be(execution: Execution, intent: Intent, wish: Wish) -> bool:
    """Whether that intent may have started it: an execution that has read no commit yet may be of any."""
    by_call = execution.trigger == BY_CALL and execution.started >= intent.at - _BEHIND
    return by_call and (not execution.revisions or wish.commit in execution.revisions)
