"""What the checks of one run look at: the stack's outputs, one execution, and facts that several checks need."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from scripts.clients.github import Commit, GitHub
from scripts.facts import dashboard, instances, load_balancer, logs, operations, pipeline, stack, topic
from scripts.facts.instances import Group
from scripts.facts.logs import LogGroup
from scripts.facts.operations import History
from scripts.facts.pipeline import ActionRun, Execution, Executions, Pin, RuleRun, StageRun
from scripts.facts.stack import Drift, Stack, StackEvent
from scripts.shared import shared
from sop.names import Stage
from sop.outputs import StackOutputs

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.type_defs import StackResourceSummaryTypeDef
    from mypy_boto3_codepipeline.type_defs import StageStateTypeDef
    from mypy_boto3_elbv2.type_defs import TargetHealthDescriptionTypeDef
    from mypy_boto3_sns.type_defs import SubscriptionTypeDef

    from scripts.clients.aws import Aws


class Context:
    """One run. Each shared fact is fetched once, by whichever check asks first."""

    def __init__(
        self,
        *,
        outputs: StackOutputs,
        aws: Aws,
        now: datetime,
        execution_id: str | None = None,
        revision: str | None = None,
        github: GitHub | None = None,
        soaked_since: datetime | None = None,
    ) -> None:
        self.outputs = outputs
        self.aws = aws
        self.now = now
        self.pin = Pin(execution_id, revision)
        self.github = github
        self.soaked_since = soaked_since  # where the same content was deployed before, from then on it was observed

    @shared
    def executions(self) -> Executions:
        """The execution that everything is pinned to, and those that are newer."""
        names = self.outputs.pipeline_name, self.outputs.repository
        return pipeline.find_execution(self.aws.codepipeline, *names, self.pin)

    @property
    def execution(self) -> Execution | None:
        """The execution that everything is pinned to; None if the pipeline has never run, or not with that revision."""
        return self.executions.chosen

    @shared
    def actions(self) -> tuple[ActionRun, ...]:
        """Every attempt at every action of the execution, oldest first."""
        if self.execution is None:
            return ()
        return pipeline.read_actions(self.aws.codepipeline, self.outputs.pipeline_name, self.execution.id)

    @shared
    def rules(self) -> tuple[RuleRun, ...]:
        """Every attempt at every stage rule of the execution, oldest first."""
        if self.execution is None:
            return ()
        return pipeline.read_rules(self.aws.codepipeline, self.outputs.pipeline_name, self.execution.id)

    @shared
    def stage_states(self) -> tuple[StageStateTypeDef, ...]:
        """The pipeline's stages as they are now, whichever execution is in them."""
        return tuple(pipeline.read_stage_states(self.aws.codepipeline, self.outputs.pipeline_name))

    @shared
    def connection_status(self) -> str:
        """The status of the GitHub connection as it is now."""
        answer = self.aws.codeconnections.get_connection(ConnectionArn=self.outputs.connection_arn)
        return answer.get("Connection", {}).get("ConnectionStatus", "unknown")

    @shared
    def branch_head(self) -> Commit | None:
        """The branch's newest commit; None where GitHub is not to be asked. Raises GitHubError."""
        return self.github.head(self.outputs.branch) if self.github else None

    @shared
    def stack(self) -> Stack | None:
        """The CloudFormation stack as it is now; None if there is none."""
        return stack.read_stack(self.aws.cloudformation, self.outputs.cloudformation_stack_name)

    @shared
    def resources(self) -> frozenset[tuple[str, str]]:
        """Type and physical id of all that the stack and those nested in it have made."""
        return stack.read_resources(self.aws.cloudformation, self.outputs.cloudformation_stack_name)

    @shared
    def _stack_history(self) -> tuple[tuple[StackEvent, ...], tuple[Drift, ...]]:
        name, began = self.outputs.cloudformation_stack_name, self.deployed[0]
        events, drifted = stack.read_history(self.aws.cloudformation, name, began, self.own_resources)
        return tuple(events), tuple(drifted)

    @shared
    def own_resources(self) -> tuple[StackResourceSummaryTypeDef, ...]:
        """The stack's resources, without those of the stacks nested in it."""
        return stack.read_own_resources(self.aws.cloudformation, self.outputs.cloudformation_stack_name)

    @property
    def stack_events(self) -> tuple[StackEvent, ...]:
        """What happened to the stack and to those nested in it since Deploy began, and before as far as it is known."""
        return self._stack_history[0]

    @property
    def drifted(self) -> tuple[Drift, ...]:
        """What CloudFormation has found since the deployment ended to be otherwise than the stack's templates say."""
        return tuple(one for one in self._stack_history[1] if one.found is None or one.found >= self.deployed[1])

    @shared
    def history(self) -> History:
        """Who changed the stack while Deploy was at work, before and since."""
        root = self.stack.id if self.stack else ""
        return operations.history(self.stack_events, root, *self.deployed)

    @shared
    def dashboard_body(self) -> str:
        """The body of the dashboard as it is now; PromisedResourceMissingError if there is none."""
        return dashboard.read_body(self.aws.cloudwatch, self.outputs.dashboard_name)

    @shared
    def targets(self) -> tuple[TargetHealthDescriptionTypeDef, ...]:
        """Every target of the workload's target group; PromisedResourceMissingError if there is no such group."""
        workload = self.outputs.workload
        return load_balancer.read_targets(self.aws.elbv2, workload.target_group_arn) if workload else ()

    @shared
    def group(self) -> Group | None:
        """The workload's Auto Scaling group; None if it does not exist, or none is to."""
        workload = self.outputs.workload
        name = workload.auto_scaling_group_name if workload else None
        return instances.read_group(self.aws.autoscaling, name) if name else None

    @shared
    def application_log_group(self) -> LogGroup:
        """The application's log group; PromisedResourceMissingError if there is none."""
        return logs.read_log_group(self.aws.logs, self.outputs.application_log_group_name)

    @shared
    def subscriptions(self) -> tuple[SubscriptionTypeDef, ...]:
        """Every subscription to the alerts topic; PromisedResourceMissingError if there is no such topic."""
        return topic.read_subscriptions(self.aws.sns, self.outputs.topic_arn)

    def stage(self, name: str) -> StageRun:
        """A stage of the execution."""
        return pipeline.stage_run(name, self.actions)

    @property
    def deploy(self) -> StageRun:
        """The stage that changes the stack."""
        return self.stage(Stage.DEPLOY)

    @property
    def deployed(self) -> tuple[datetime, datetime]:
        """When the stage that changes the stack began and ended; only where it has ended."""
        started, ended = self.deploy.started, self.deploy.ended
        if started is None or ended is None:
            raise ValueError(f"{self.deploy.name} has not ended")
        return started, ended
