"""CodePipeline: pipelines that really run, in front of moto's, which only keeps definitions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.aws.codepipeline.actions import WorldActions
from sandbox.aws.codepipeline.bucket_policies import respect_conditions
from sandbox.aws.codepipeline.engine import Engine
from sandbox.aws.codepipeline.executions import ExecutionOperations
from sandbox.aws.codepipeline.model import Trigger
from sandbox.aws.codepipeline.rules import WorldRules
from sandbox.aws.codepipeline.runs import ActionRun, Outcome
from sandbox.aws.codepipeline.telling import Telling
from sandbox.aws.codepipeline.triggers import watching_source
from sandbox.github import github_of

if TYPE_CHECKING:
    from sandbox.github.host import Push
    from sandbox.world import World

_RECONSIDER_SECONDS = 1.0


class CodePipeline(ExecutionOperations):
    """The service. A push to a branch starts the pipelines whose source watches it."""

    name = "codepipeline"

    def __init__(self, world: World) -> None:
        super().__init__(world)
        respect_conditions()
        self.engine = Engine(
            now=world.clock.now,
            actions=WorldActions(world, self._finish),
            rules=WorldRules(world),
            tell=Telling(world),
        )
        github_of(world).on_push(self._pushed)
        world.background.start("codepipeline rules", self._reconsider)

    def _finish(self, action: ActionRun, outcome: Outcome) -> None:
        self.engine.finish(action, outcome)

    def _reconsider(self) -> None:
        while not self.world.background.stopping.wait(_RECONSIDER_SECONDS):
            self.engine.reconsider()

    def _pushed(self, push: Push) -> None:
        for pipeline in list(self.engine.pipelines.values()):
            action = watching_source(pipeline.declaration, push)
            if action is None:
                continue
            arn = action["configuration"]["ConnectionArn"]
            if self.world.service("codeconnections").is_available(arn):
                self.engine.start(pipeline, Trigger("WebhookV2", arn), source_revisions={action["name"]: push.after})
