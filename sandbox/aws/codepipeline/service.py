"""CodePipeline: pipelines that really run, in front of moto's, which only keeps definitions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.aws.codepipeline.actions import AccountActions
from sandbox.aws.codepipeline.engine import Engine
from sandbox.aws.codepipeline.executions import ExecutionOperations
from sandbox.aws.codepipeline.model import Trigger
from sandbox.aws.codepipeline.rules import AccountRules
from sandbox.aws.codepipeline.runs import ActionRun, Outcome
from sandbox.aws.codepipeline.telling import Telling
from sandbox.aws.codepipeline.triggers import watching_source
from sandbox.aws.ports import CONNECTIONS
from sandbox.github import github_of

if TYPE_CHECKING:
    from sandbox.core.account import Account
    from sandbox.github.host import Push

_RECONSIDER_SECONDS = 1.0


class CodePipeline(ExecutionOperations):
    """The service. A push to a branch starts the pipelines whose source watches it."""

    name = "codepipeline"

    def __init__(self, account: Account) -> None:
        super().__init__(account)
        self.engine = Engine(
            now=account.clock.now,
            actions=AccountActions(account, self._finish),
            rules=AccountRules(account),
            tell=Telling(account),
        )
        github_of(account).on_push(self._pushed)
        account.clock.each_minute(self.engine.reconsider)
        account.background.start("codepipeline rules", self._reconsider)

    def _finish(self, action: ActionRun, outcome: Outcome) -> None:
        self.engine.finish(action, outcome)

    def _reconsider(self) -> None:
        while not self.account.background.stopping.wait(_RECONSIDER_SECONDS):
            self.engine.reconsider()

    def _pushed(self, push: Push) -> None:
        for pipeline in list(self.engine.pipelines.values()):
            action = watching_source(pipeline.declaration, push)
            if action is None:
                continue
            arn = action["configuration"]["ConnectionArn"]
            if self.account.reach(CONNECTIONS).is_available(arn):
                self.engine.start(pipeline, Trigger("WebhookV2", arn), source_revisions={action["name"]: push.after})
