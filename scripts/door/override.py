"""Grants an exception from the window and the freezes (SOP 6.2) to one execution, by the operations manager's comment.

The comment is noted as used before the exception is written, and what is told on the pull request before it is told: a
run that is ended anywhere is carried on by the same command.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from scripts.clients.github_errors import GitHubError, GitHubRefusedError
from scripts.door.changes import BUDGET
from scripts.door.exceptions import Exempted, exception_of, key_of
from scripts.door.judging import Asked
from scripts.door.keeping import DONE, REFUSED, Told
from scripts.errors import UndeterminedError
from scripts.gate import reading
from scripts.gate.comments import Judged, Wanted, What, judged
from scripts.ledger import messages, store
from scripts.ledger.comments import use, used
from scripts.ledger.ledger import Ledger
from scripts.ledger.messages import BeingSent, Delivered, Failed, Message, Sent, Uncertain
from scripts.text import listing, printable, utc

if TYPE_CHECKING:
    from scripts.clients.github import GitHub
    from scripts.gate.pull_request import PullRequest
    from sop.outputs import StackOutputs

PERMISSIONS = ("codepipeline:ListPipelineExecutions", *store.PERMISSIONS)
NEEDS = "the scope repo, or of a fine-grained token the permission Issues or Pull requests: write"


@dataclass(frozen=True)
class Overriding:
    """One stack, its repository, and its ledger."""

    outputs: StackOutputs
    github: GitHub
    ledger: Ledger

    def grant(self, asked: Asked, reason: str, lasts: timedelta, *, dry_run: bool) -> Told:
        """Write the exception, and tell of it; or what it takes.

        Args:
            asked: who is to go in.
            reason: why, for those who read it.
            lasts: for how long, from now on.
            dry_run: whether to say only what would be done.

        Raises:
            UndeterminedError: GitHub or the ledger does not tell, or what came of it is not known.
        """
        if refused := self._refusal(asked):
            return Told(refused, REFUSED)
        exempted = exception_of(self.ledger, asked.execution.id)
        if exempted is None:
            pull = reading.read_pull_request(self.github, asked.number or 0)
            comments = self._comments(asked, pull)
            counted = next((one for one in comments if one.counts), None)
            if counted is None:
                return Told(self._missing(asked, pull, comments), REFUSED)
            if dry_run:
                return Told(f"{counted.told()}: {asked.told()} would have its exception.", DONE)
            exempted = self._write(asked, counted, reason, lasts)
        if not exempted.holds(self.ledger.clock()):
            return Told(self._over(exempted), REFUSED)
        told = self._exempt(exempted)
        if dry_run:
            return Told(told, DONE)
        self._tell(asked, exempted)
        return Told(
            f"{told}\nIt is told on #{asked.number}. The keeper carries it out at its next run; to have it now:\n"
            f"  release door --stack {self.outputs.stack} --apply",
            DONE,
        )

    def _refusal(self, asked: Asked) -> str:
        execution = asked.execution
        if execution.status != "InProgress":
            return f"Execution {execution.id} is {execution.status}: there is nothing to let in."
        if execution.is_rollback:
            opening = f'`release door --stack {self.outputs.stack} --open "why"`'
            return f"Execution {execution.id} is a rollback, which {opening} lets in (SOP 7.2)."
        if execution.revision is None:
            return f"Execution {execution.id} has read no commit yet: look again when it is built."
        if asked.number is None:
            return f"{asked.told()}: no pull request's merge made it, so there is nobody to approve it and no gate."
        return ""

    def _comments(self, asked: Asked, pull: PullRequest) -> tuple[Judged, ...]:
        managers = reading.read_managers(self.github, self.outputs.operations_manager)
        spent = used(self.ledger, apart_from=key_of(asked.execution.id))
        wanted = Wanted(What.OVERRIDE, (asked.execution.id,), managers, pull.author, spent)
        return judged(reading.read_comments(self.github, pull.number), wanted)

    def _missing(self, asked: Asked, pull: PullRequest, comments: tuple[Judged, ...]) -> str:
        managers = reading.read_managers(self.github, self.outputs.operations_manager)
        wanted = Wanted(What.OVERRIDE, (asked.execution.id,), managers, pull.author)
        lines = [
            f"{asked.told()}: nobody who may has approved an exception.",
            *(f"  {one.told()}." for one in comments),
        ]
        who = listing(sorted(managers)) or self.outputs.operations_manager
        return "\n".join([*lines, f"  {who} comments on {pull.url} with this line:", f"{wanted.line}"])

    def _write(self, asked: Asked, counted: Judged, reason: str, lasts: timedelta) -> Exempted:
        key, comment = key_of(asked.execution.id), counted.comment
        if not use(self.ledger, comment.id, key):
            raise UndeterminedError("The comment was used for something else meanwhile.", "Ask for another one.")
        entry = self.ledger.made(
            Exempted,
            execution=asked.execution.id,
            reason=reason,
            until=self.ledger.clock() + lasts,
            comment=comment.url,
            approved_by=comment.by.login,
        )
        if self.ledger.add(key, entry):
            return entry
        written = exception_of(self.ledger, asked.execution.id)
        if written is None:
            raise UndeterminedError(f"The ledger's {key} is gone again.", "Run the same command again.")
        return written

    def _exempt(self, exempted: Exempted) -> str:
        return (
            f"Execution {exempted.execution} may go in until {utc(exempted.ends)}, outside the window and in a freeze: "
            f"{printable(exempted.reason)}. {printable(exempted.approved_by)} has approved it: {exempted.comment}"
        )

    def _over(self, exempted: Exempted) -> str:
        again = f"release start --stack {self.outputs.stack} --reason rerun-failed --execution-id {exempted.execution}"
        return (
            f"The exception of execution {exempted.execution} ended at {utc(exempted.ends)}, and an execution has one. "
            f"Stop it, and start it again; the new one can have its own:\n"
            f"  aws codepipeline stop-pipeline-execution --pipeline-name {self.outputs.pipeline_name} "
            f"--pipeline-execution-id {exempted.execution} --region {self.outputs.region}\n  {again}"
        )

    def _tell(self, asked: Asked, exempted: Exempted) -> None:
        """Comment on the pull request, once."""
        message = Message(asked.release, "override", exempted.execution, "github")
        claimed = messages.claim(self.ledger, message, _comment(exempted).encode(), BUDGET)
        if isinstance(claimed, Uncertain):
            body = claimed.intent.content.decode()
            for one in reading.read_comments(self.github, asked.number or 0):
                if one.body.strip() == body.strip():
                    messages.answered(self.ledger, message, claimed.attempt, self.ledger.made(Sent, id=str(one.id)))
                    return
            claimed = messages.claim(self.ledger, message, body.encode(), BUDGET, again=True)
        match claimed:
            case (int(attempt), bytes(body)):
                self._post(asked, message, attempt, body.decode())
            case Delivered():
                return
            case BeingSent():
                raise UndeterminedError(f"{claimed.intent.by} tells of it just now.", "Look again in two minutes.")
            case _:
                raise UndeterminedError("Whether it was told is not known.", "Run the same command again.")

    def _post(self, asked: Asked, message: Message, attempt: int, body: str) -> None:
        try:
            answer = self.github.change("POST", f"issues/{asked.number}/comments", {"body": body}, NEEDS)
        except GitHubRefusedError as problem:
            messages.answered(self.ledger, message, attempt, self.ledger.made(Failed, why=problem.message))
            raise self._untold(problem) from problem
        except GitHubError as problem:
            raise self._untold(problem) from problem
        messages.answered(self.ledger, message, attempt, self.ledger.made(Sent, id=str(answer["id"])))

    def _untold(self, problem: GitHubError) -> UndeterminedError:
        return UndeterminedError(
            f"The exception is granted, and was not told on the pull request: {problem.message}",
            f"Run the same command again. {problem.fix}",
        )


def _comment(exempted: Exempted) -> str:
    reason = printable(exempted.reason).replace("`", "'")
    return (
        f"An exception from the release window and the freezes (SOP 6.2) for execution `{exempted.execution}`, until "
        f"{utc(exempted.ends)}: `{reason}`\n\nApproved by {exempted.approved_by}: {exempted.comment}. "
        f"Granted by `{exempted.by}`."
    )
