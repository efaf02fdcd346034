"""Lets an execution past the window's own rule (CodePipeline's OverrideStageCondition), as its exception says."""

from __future__ import annotations

from dataclasses import dataclass

from botocore.exceptions import ClientError

from scripts.clients.failures import AWS_FAILURES, error_code, translate
from scripts.door.changes import BUDGET
from scripts.door.keeping import Keeping
from scripts.errors import UndeterminedError
from scripts.ledger import messages
from scripts.ledger.messages import BeingSent, Delivered, Failed, Message, Sent, Uncertain
from sop.names import Stage

PERMISSIONS = ("codepipeline:OverrideStageCondition",)
# The rule has let it in meanwhile, or it is not there any more.
_NOTHING_TO_PASS = ("ConditionNotOverridableException", "NotLatestPipelineExecutionException")


@dataclass(frozen=True)
class Passing:
    """One stack's pipeline, and the ledger of who was let past its rule."""

    keeping: Keeping

    def past_the_rule(self, execution_id: str, release: str) -> str:
        """Override the entry rule for an execution that waits inside it; what came of it, in a sentence.

        Raises:
            UndeterminedError: it is not known; the next run looks.
        """
        ledger = self.keeping.ledger
        message = Message(release, "override", execution_id, "codepipeline")
        claimed = messages.claim(ledger, message, execution_id.encode(), BUDGET)
        if isinstance(claimed, (Uncertain, Delivered)) and self.keeping.look().inside != execution_id:
            return f"Execution {execution_id} has passed the window's rule."
        if isinstance(claimed, Uncertain):
            claimed = messages.claim(ledger, message, execution_id.encode(), BUDGET, again=True)
        match claimed:
            case (int(attempt), _):
                self._override(message, attempt, execution_id)
            case BeingSent():
                raise UndeterminedError(f"{claimed.intent.by} lets it past the rule just now.", "Look again shortly.")
            case Delivered():
                raise UndeterminedError(
                    f"The window's rule was overridden for {execution_id}, which waits inside it all the same.",
                    f"Look: `release verify --stack {self.keeping.outputs.stack} --execution-id {execution_id}`.",
                )
            case _:
                raise UndeterminedError("What came of an earlier override is not known.", "Run the same command again.")
        return f"Execution {execution_id} passes the window's rule, by its exception."

    def _override(self, message: Message, attempt: int, execution_id: str) -> None:
        ledger = self.keeping.ledger
        try:
            self.keeping.aws.codepipeline.override_stage_condition(
                pipelineName=self.keeping.outputs.pipeline_name,
                stageName=Stage.DEPLOY,
                pipelineExecutionId=execution_id,
                conditionType="BEFORE_ENTRY",
            )
        except AWS_FAILURES as problem:
            if isinstance(problem, ClientError):
                told = translate(problem, PERMISSIONS)
                messages.answered(ledger, message, attempt, ledger.made(Failed, why=told.message))
                if error_code(problem) in _NOTHING_TO_PASS and self.keeping.look().inside != execution_id:
                    return
            raise translate(problem, PERMISSIONS) from problem
        messages.answered(ledger, message, attempt, ledger.made(Sent, id=execution_id))
