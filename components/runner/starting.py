"""What starts the runner: schedules by the clock, rules on events, and the roles with which they do."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.account import Account
from components.configuration.settings import Settings
from components.policies import Statement
from components.propagation import after_propagation
from components.roles import ServiceRole, ServiceRoleArgs
from components.runner.triggers import daily, started_with, times, triggers


@dataclass(frozen=True, kw_only=True)
class StartingArgs:
    """The runner's project, of one environment."""

    account: Account
    settings: Settings
    project_arn: pulumi.Output[str]


class Starting(pulumi.ComponentResource):
    """Starts the runner when it is time, and when something happens.

    Creates a schedule group, and a role for what is in it: the keeper's schedules, where there is a release window, and
    the daily sweep; an event rule each for what happens, and their role.
    """

    def __init__(self, name: str, args: StartingArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("release:index:Starting", name, None, opts)

        self._args = args
        self._schedules(name, self._role(name, "schedules", "scheduler"))
        self._rules(name, self._role(name, "events", "events"))
        self.register_outputs({})

    def _role(self, name: str, part: str, service: str) -> ServiceRole:
        names = self._args.settings.names
        args = ServiceRoleArgs(
            account=self._args.account,
            role_name=names.role(part),
            service=service,
            description=f"Starts {names.runner_project}",
            statements=[
                Statement(sid="StartRunner", actions=["codebuild:StartBuild"], resources=[self._args.project_arn])
            ],
        )
        return ServiceRole(f"{name}-{part}", args, pulumi.ResourceOptions(parent=self))

    def _schedules(self, name: str, role: ServiceRole) -> None:
        settings = self._args.settings
        group = aws.scheduler.ScheduleGroup(
            f"{name}-group", name=settings.names.schedule_group, opts=pulumi.ResourceOptions(parent=self)
        )
        window = settings.release_window
        for each in (*(times(window, settings.calendar) if window else ()), daily(window)):
            aws.scheduler.Schedule(
                f"{name}-{each.name}-schedule",
                name=each.name,
                group_name=group.name,
                description=each.description,
                schedule_expression=each.expression,
                schedule_expression_timezone=window.time_zone if window else "UTC",
                flexible_time_window=aws.scheduler.ScheduleFlexibleTimeWindowArgs(mode="OFF"),
                state="ENABLED",
                target=aws.scheduler.ScheduleTargetArgs(
                    arn=self._args.project_arn,
                    role_arn=role.arn,
                    input=started_with(each.arguments),
                    # The next look is a quarter of an hour away: one that comes late by hours decides nothing
                    retry_policy=aws.scheduler.ScheduleTargetRetryPolicyArgs(
                        maximum_event_age_in_seconds=600, maximum_retry_attempts=5
                    ),
                ),
                opts=pulumi.ResourceOptions(parent=self, depends_on=[role.policy]),
            )

    def _rules(self, name: str, role: ServiceRole) -> None:
        names = self._args.settings.names
        # An event that comes at once finds a role without its policy, and is lost
        wait = after_propagation(name, self._args.settings.iam_propagation_seconds)
        for trigger in triggers(names):
            rule = aws.cloudwatch.EventRule(
                f"{name}-{trigger.subject}-rule",
                name=names.event_rule(trigger.subject),
                description=trigger.description,
                event_pattern=json.dumps(trigger.pattern),
                # Unset, a rule that somebody disabled by hand would stay so
                state="ENABLED",
                opts=pulumi.ResourceOptions(parent=self),
            )
            aws.cloudwatch.EventTarget(
                f"{name}-{trigger.subject}-target",
                rule=rule.name,
                target_id="runner",
                arn=self._args.project_arn,
                role_arn=role.arn,
                input_transformer=trigger.input(),
                opts=pulumi.ResourceOptions(
                    parent=self, depends_on=[role.policy], hooks=pulumi.ResourceHookBinding(before_create=[wait])
                ),
            )
