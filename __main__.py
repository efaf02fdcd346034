"""One environment of the release process: reads its settings, builds it, exports what the command needs."""

import pulumi

from components.access_logs import deliver_access_logs
from components.account import read_account
from components.announcements import announced
from components.branch_protection import ProtectedBranch, ProtectedBranchArgs, rules_of_branch
from components.chat import require_free_channel, show_in_slack
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
from components.pull_request_check import check_pull_requests
from components.records import kept_records
from components.runner.files import command_files
from components.runner.runner import keep_running, runner_output
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
command = command_files(settings)

delivery = Delivery("delivery", DeliveryArgs(account=account, settings=settings), on_aws)
checked = check_pull_requests(settings, account, connection, on_aws)
if branch_rules := rules_of_branch(settings, guard.kept(BRANCH_PROTECTION)):
    branch_args = ProtectedBranchArgs(
        repository_name=settings.repository_name,
        branch=settings.branch,
        rules=branch_rules,
        protect=settings.protects,
    )
    ProtectedBranch("branch", branch_args, on_github)
alerts = Notifications(
    "alerts", NotificationsArgs(account=account, settings=settings, runner=command is not None), on_aws
)
show_in_slack(settings, account, alerts.chat_topic_arn, on_aws)
monitoring = Monitoring(
    "monitoring",
    MonitoringArgs(account=account, settings=settings, workload=workload, topic_arns=alerts.topic_arns),
    on_aws,
)
deliver_access_logs(settings, account, workload, on_aws)

outputs = export(
    configured(settings),
    found(settings, account, connection, workload),
    delivery.contract,
    kept_records(settings, account, on_aws),
    announced(settings, on_aws),
    runner_output(settings, command),
    checked,
    alerts.contract,
    monitoring.contract,
)
keep_running(settings, account, command, outputs, on_aws)
guard.finish()
