"""What leaves this program: the outputs that the release command reads, in the contract's own form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import pulumi

from components.account import Account
from components.configuration.settings import Settings
from components.connection import Connection
from components.delivery import Delivery
from components.monitoring.watch import Monitoring
from components.notifications import Notifications
from components.pull_request_check import PullRequestCheck
from components.workload import Workload
from sop.names import STATUS_CHECK, Stage
from sop.outputs import CONTRACT, EXPECTED_STACK_OUTPUTS, StackOutputs, to_wire


@dataclass(frozen=True, kw_only=True)
class Built:
    """What only the engine knows, once the resources are there."""

    pipeline_name: pulumi.Output[str]
    build_project_name: pulumi.Output[str]
    deploy_project_name: pulumi.Output[str]
    pull_request_project_name: pulumi.Output[str] | None
    artifact_bucket_name: pulumi.Output[str]
    topic_arn: pulumi.Output[str]
    topic_policy_digest: pulumi.Output[str]
    chat_topic_arn: pulumi.Output[str] | None
    chat_topic_policy_digest: pulumi.Output[str] | None
    topic_key_arn: pulumi.Output[str]
    topic_key_policy_digest: pulumi.Output[str]
    dashboard_name: pulumi.Output[str]
    dashboard_digest: pulumi.Output[str]
    alarms: pulumi.Output[dict[str, dict[str, Any]]]
    composite_alarm_name: pulumi.Output[str]

    @classmethod
    def of(
        cls, delivery: Delivery, check: PullRequestCheck | None, alerts: Notifications, monitoring: Monitoring
    ) -> Built:
        """What these four built."""
        return cls(
            pipeline_name=delivery.pipeline_name,
            build_project_name=delivery.build_project_name,
            deploy_project_name=delivery.deploy_project_name,
            pull_request_project_name=check.project_name if check else None,
            artifact_bucket_name=delivery.artifact_bucket_name,
            topic_arn=alerts.topic_arn,
            topic_policy_digest=alerts.policy_digest,
            chat_topic_arn=alerts.chat_topic_arn,
            chat_topic_policy_digest=alerts.chat_policy_digest,
            topic_key_arn=alerts.key_arn,
            topic_key_policy_digest=alerts.key_policy_digest,
            dashboard_name=monitoring.dashboard_name,
            dashboard_digest=monitoring.dashboard_digest,
            alarms=monitoring.alarms,
            composite_alarm_name=monitoring.composite_alarm_name,
        )


def export(
    settings: Settings, account: Account, connection: Connection, workload: Workload | None, built: Built
) -> None:
    """Export the stack's outputs: the keys of StackOutputs, no more and no less."""
    names = settings.names
    window = settings.release_window
    outputs = StackOutputs(
        contract=CONTRACT,
        stack=pulumi.get_stack(),
        environment=str(settings.environment),
        service=names.service,
        region=account.region,
        account_id=account.account_id,
        repository=settings.repository,
        branch=settings.branch,
        connection_arn=connection.arn,
        connection_status=connection.status,
        required_approvals=settings.branch_rules.approvals if settings.branch_rules else None,
        pull_request_webhook=built.pull_request_project_name is not None,
        pipeline_name=_resolved(built.pipeline_name),
        pipeline_stages=[str(stage) for stage in Stage],
        build_project_name=_resolved(built.build_project_name),
        deploy_project_name=_resolved(built.deploy_project_name),
        pull_request_project_name=cast("str | None", built.pull_request_project_name),
        artifact_bucket_name=_resolved(built.artifact_bucket_name),
        cloudformation_stack_name=names.cloudformation_stack,
        expected_stack_outputs=list(EXPECTED_STACK_OUTPUTS),
        topic_arn=_resolved(built.topic_arn),
        topic_policy_digest=_resolved(built.topic_policy_digest),
        chat_topic_arn=cast("str | None", built.chat_topic_arn),
        chat_topic_policy_digest=cast("str | None", built.chat_topic_policy_digest),
        topic_key_arn=_resolved(built.topic_key_arn),
        topic_key_policy_digest=_resolved(built.topic_key_policy_digest),
        alert_emails=list(settings.alert_emails),
        dashboard_name=_resolved(built.dashboard_name),
        dashboard_digest=_resolved(built.dashboard_digest),
        alarms=cast("dict[str, dict[str, Any]]", built.alarms),
        composite_alarm_name=_resolved(built.composite_alarm_name),
        application_log_group_name=workload.log_group_name if workload else names.application_log_group,
        application_error_pattern=settings.application_error_pattern,
        metric_namespace=names.metric_namespace,
        access_log_group_name=names.access_log_group,
        access_logs_delivered=settings.access_log_delivery,
        endpoint_url=settings.endpoint_url,
        status_check=STATUS_CHECK,
        runbooks=settings.runbooks,
        thresholds=settings.thresholds,
        release_window=window.to_output() if window else None,
        workload=workload.to_output() if workload else None,
    )
    for key, value in to_wire(outputs).items():
        pulumi.export(key, value)


def _resolved(output: pulumi.Output[str]) -> str:
    """An output where the contract says text: the engine resolves it before anyone reads it."""
    return cast("str", output)
