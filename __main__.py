"""One environment of the release process: reads its settings, builds it, exports what the command needs."""

import pulumi

from components.access_logs import AccessLogs, AccessLogsArgs
from components.account import read_account
from components.announcements import announced
from components.branch_protection import ProtectedBranch, ProtectedBranchArgs, rules_of_branch
from components.chat import SlackAlerts, SlackAlertsArgs, require_free_channel
from components.configuration.reading import load_settings
from components.connection import read_connection
from components.contract import export
from components.delivery import Delivery, DeliveryArgs
from components.error_pattern import require_usable_pattern
from components.existing.guard import Guard
from components.existing.lookups import BRANCH_PROTECTION
from components.monitoring.watch import Monitoring, MonitoringArgs
from components.notifications import Notifications, NotificationsArgs
from components.outputs import configured, found
from components.providers import aws_provider, github_provider
from components.pull_request_check import NOT_CHECKED, PullRequestCheck, PullRequestCheckArgs, pull_requests_are_checked
from components.records import kept_records
from components.workload import discover_workload

settings = load_settings()
names = settings.names
on_aws = pulumi.ResourceOptions(provider=aws_provider(settings))
on_github = pulumi.ResourceOptions(provider=github_provider(settings))
looking = pulumi.InvokeOptions(provider=on_aws.provider)

account = read_account(settings.region, looking)
guard = Guard(account, settings.repository_name, pulumi.InvokeOptions(provider=on_github.provider))
require_usable_pattern(settings)
require_free_channel(settings, account)
connection = read_connection(settings.connection_arn, looking)
workload = discover_workload(settings)

delivery = Delivery("delivery", DeliveryArgs(account=account, settings=settings), on_aws)
checked = NOT_CHECKED
if pull_requests_are_checked(settings, connection):
    check_args = PullRequestCheckArgs(account=account, settings=settings)
    checked = PullRequestCheck("pull-request-check", check_args, on_aws).contract
if branch_rules := rules_of_branch(settings, guard.kept(BRANCH_PROTECTION)):
    branch_args = ProtectedBranchArgs(
        repository_name=settings.repository_name,
        branch=settings.branch,
        rules=branch_rules,
        protect=settings.protects,
    )
    ProtectedBranch("branch", branch_args, on_github)
alerts = Notifications("alerts", NotificationsArgs(account=account, settings=settings), on_aws)
if settings.slack and alerts.chat_topic_arn:
    slack_args = SlackAlertsArgs(account=account, names=names, slack=settings.slack, topic_arn=alerts.chat_topic_arn)
    SlackAlerts("slack", slack_args, on_aws)
monitoring = Monitoring(
    "monitoring",
    MonitoringArgs(account=account, settings=settings, workload=workload, topic_arns=alerts.topic_arns),
    on_aws,
)
if workload and settings.access_log_delivery:
    logs_args = AccessLogsArgs(account=account, names=names, load_balancer_arn=workload.load_balancer_arn(account))
    AccessLogs("access-logs", logs_args, on_aws)

export(
    configured(settings),
    found(settings, account, connection, workload),
    delivery.contract,
    kept_records(settings, account, on_aws),
    announced(settings, on_aws),
    checked,
    alerts.contract,
    monitoring.contract,
)
guard.finish()
