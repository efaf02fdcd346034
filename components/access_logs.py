"""The load balancer's access logs in CloudWatch Logs (SOP 4.5), once there is a load balancer."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.account import Account
from components.configuration.settings import Settings
from components.policies import Statement, document, from_account
from components.workload import Workload
from sop.names import Names

RETENTION_DAYS = 90


@dataclass(frozen=True, kw_only=True)
class AccessLogsArgs:
    """Whose requests are logged."""

    account: Account
    names: Names
    load_balancer_arn: pulumi.Input[str]


class AccessLogs(pulumi.ComponentResource):
    """Delivers ALB access logs to the SOP's log group.

    Creates the log group, the policy that lets AWS's log delivery write to it, and the delivery from the load
    balancer: source, destination, and the delivery between them. What was logged outlives all of them: the group stays
    when they go, and is taken over when they come again.
    """

    log_group_name: pulumi.Output[str]

    def __init__(self, name: str, args: AccessLogsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("release:index:AccessLogs", name, None, opts)

        log_group = aws.cloudwatch.LogGroup(
            f"{name}-logs",
            name=args.names.access_log_group,
            retention_in_days=RETENTION_DAYS,
            opts=pulumi.ResourceOptions(
                parent=self, retain_on_delete=True, import_=_existing(args.names.access_log_group, self)
            ),
        )
        streams = pulumi.Output.concat(log_group.arn, ":*")
        writing = Statement(
            sid="LogDelivery",
            principals={"Service": "delivery.logs.amazonaws.com"},
            actions=["logs:CreateLogStream", "logs:PutLogEvents"],
            resources=[streams],
            conditions=from_account(args.account),
        )
        policy = aws.cloudwatch.LogResourcePolicy(
            f"{name}-policy",
            policy_name=args.names.access_log_delivery,
            policy_document=document([writing]),
            opts=pulumi.ResourceOptions(parent=self),
        )
        source = aws.cloudwatch.LogDeliverySource(
            f"{name}-source",
            name=args.names.access_log_delivery,
            log_type="ALB_ACCESS_LOGS",
            resource_arn=args.load_balancer_arn,
            # Its name is taken as long as the one for the former load balancer is there
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )
        destination = aws.cloudwatch.LogDeliveryDestination(
            f"{name}-destination",
            name=args.names.access_log_delivery,
            delivery_destination_configuration=aws.cloudwatch.LogDeliveryDestinationDeliveryDestinationConfigurationArgs(
                destination_resource_arn=log_group.arn
            ),
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )
        aws.cloudwatch.LogDelivery(
            f"{name}-delivery",
            delivery_source_name=source.name,
            delivery_destination_arn=destination.arn,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
        )
        self.log_group_name = log_group.name
        self.register_outputs({"log_group_name": self.log_group_name})


def _existing(log_group: str, parent: pulumi.Resource) -> str | None:
    """The id of the log group, where it is there already; CreateLogGroup would refuse."""
    found = aws.cloudwatch.get_log_groups(log_group_name_prefix=log_group, opts=pulumi.InvokeOptions(parent=parent))
    return log_group if log_group in found.log_group_names else None


def deliver_access_logs(
    settings: Settings, account: Account, workload: Workload | None, opts: pulumi.ResourceOptions
) -> None:
    """Have the load balancer's access logs delivered, once it is deployed, unless they are configured away."""
    if workload and settings.access_log_delivery:
        load_balancer_arn = workload.load_balancer_arn(account)
        args = AccessLogsArgs(account=account, names=settings.names, load_balancer_arn=load_balancer_arn)
        AccessLogs("access-logs", args, opts)
