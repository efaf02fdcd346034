"""What the stack's outputs say that is known before anything is made."""

from __future__ import annotations

import pulumi

from components.account import Account
from components.configuration.settings import Settings
from components.connection import Connection
from components.contract import Contract
from components.workload import Workload, expected_outputs
from sop.names import STATUS_CHECK
from sop.outputs import CONTRACT


def configured(settings: Settings) -> Contract:
    """What follows from the configuration."""
    names, window, rules = settings.names, settings.release_window, settings.branch_rules
    return {
        "contract": CONTRACT,
        "stack": pulumi.get_stack(),
        "environment": str(settings.environment),
        "service": names.service,
        "repository": settings.repository,
        "branch": settings.branch,
        "required_approvals": rules.approvals if rules else None,
        "operations_manager": settings.operations_manager,
        "manager_counts": settings.manager_counts,
        "cloudformation_stack_name": names.cloudformation_stack,
        "expected_stack_outputs": list(expected_outputs(settings)),
        "alert_emails": list(settings.alert_emails),
        "application_error_pattern": settings.application_error_pattern,
        "access_log_group_name": names.access_log_group,
        "access_logs_delivered": settings.access_log_delivery,
        "endpoint_url": settings.endpoint_url,
        "status_check": STATUS_CHECK,
        "runbooks": settings.runbooks,
        "thresholds": settings.thresholds,
        "release_window": window.to_output() if window else None,
        "calendar": settings.calendar,
    }


def found(settings: Settings, account: Account, connection: Connection, workload: Workload | None) -> Contract:
    """What AWS has said."""
    return {
        "region": account.region,
        "account_id": account.account_id,
        "connection_arn": connection.arn,
        "connection_status": connection.status,
        "application_log_group_name": workload.log_group_name if workload else settings.names.application_log_group,
        "workload": workload.to_output() if workload else None,
    }
