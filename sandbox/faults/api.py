"""Faults of AWS's API itself. They concern every environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.aws.service import AwsError
from sandbox.faults.fault import Fault

if TYPE_CHECKING:
    from sandbox.core.account import Account

SLOW_SECONDS = 0.15
DENIED = "cloudwatch"
_QUERY_PROTOCOL = ("cloudformation", "cloudwatch", "elb", "elbv2", "autoscaling", "iam", "sns", "sts", "ses")


def _throttle(_: Account, service: str, operation: str) -> None:
    """Every call but the one for the caller's identity is throttled."""
    if service == "sts":
        return
    if service == "ec2":
        raise AwsError("RequestLimitExceeded", "Request limit exceeded.", 503)
    code = "Throttling" if service in _QUERY_PROTOCOL else "ThrottlingException"
    raise AwsError(code, f"Rate exceeded for operation {operation}")


def _deny(account: Account, service: str, operation: str) -> None:
    """The caller has no permission for CloudWatch."""
    if service == DENIED:
        identity = f"arn:aws:iam::{account.account_id}:user/sandbox"
        raise AwsError(
            "AccessDenied",
            f"User: {identity} is not authorized to perform: {service}:{operation} because no identity-based policy "
            f"allows the {service}:{operation} action",
            403,
        )


def _expire(_: Account, service: str, __: str) -> None:
    message = "The security token included in the request is expired"
    if service == "ec2":
        raise AwsError("RequestExpired", message)
    raise AwsError("ExpiredToken" if service in _QUERY_PROTOCOL else "ExpiredTokenException", message, 403)


def _delay(account: Account, _: str, __: str) -> None:
    account.background.stopping.wait(SLOW_SECONDS)


# What is answered otherwise stands where it is answered: connection-refused in sandbox/aws/dispatch.py,
# partial-metric-data and empty-pages in their services.
FAULTS = (
    Fault("throttling", "AWS throttles every call", "every check", intercept=_throttle),
    Fault("access-denied", "the caller may not use CloudWatch", "alarms", intercept=_deny),
    Fault("expired-credentials", "the caller's credentials have expired", "every check", intercept=_expire),
    Fault("connection-refused", "every connection to AWS is closed without an answer", "every check"),
    Fault("slow-api", "AWS takes 150 ms longer for every call", "every check", intercept=_delay),
    Fault("partial-metric-data", "GetMetricData answers with half the data", "dashboard-data"),
    Fault("empty-pages", "FilterLogEvents begins with an empty page", "application-logs"),
)
