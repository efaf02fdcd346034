"""Before the checks: one cheap read of each AWS API that they need, all side by side.

What is denied, throttled, refused, unreachable or silent is said once, here. Where a check needs the same read, it is a
fact that they share: looking first then costs no further call, and no check waits for more than it would have waited
for.

An API that cannot be reached, or that does not accept the credentials, is not asked again: each check that needs it
answers ERROR at once with that cause. A denied or throttled call says nothing about other calls, so those are made.
The checks always run: one that does without what is missing has its own answer, and a FAIL stays a FAIL.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from scripts.bugs import report_bug
from scripts.checks.context import Context
from scripts.checks.framework import Check
from scripts.checks.workload import unneeded
from scripts.clients.failures import AWS_FAILURES, translate
from scripts.deadlines import DEADLINE, start, unanswered, wait_for
from scripts.errors import (
    AccessDeniedError,
    ConfigurationError,
    CredentialsError,
    ReleaseError,
    ThrottledError,
    UndeterminedError,
    UnreachableError,
)
from scripts.facts.logs import LogSearch, read_lines
from scripts.shared import give_up
from scripts.text import listing

# A whole API's trouble, not one call's.
OF_THE_API = (UnreachableError, CredentialsError)
TOLD = (AccessDeniedError, ThrottledError, *OF_THE_API)


@dataclass(frozen=True)
class Probe:
    """A cheap read: the service as botocore calls it, the IAM action, and the call."""

    service: str
    action: str
    read: Callable[[Context], object]


@dataclass(frozen=True)
class Trouble:
    """Why a probe got no answer."""

    probe: Probe
    problem: UndeterminedError


def _instances(context: Context) -> object:
    # nothing is asked of EC2 and the logs before the workload is known
    return context.outputs.workload and context.aws.ec2.describe_instance_status(MaxResults=5)


def _log_group(context: Context) -> object:
    return context.outputs.workload and context.application_log_group


def _log_lines(context: Context) -> object:
    if context.outputs.workload is None:
        return None
    last_minute = context.now - timedelta(minutes=1)
    search = LogSearch(context.outputs.application_log_group_name, last_minute, context.now)
    return read_lines(context.aws.logs, search, at_most=1)


def _alarms(context: Context) -> object:
    return context.aws.cloudwatch.describe_alarms(AlarmNamePrefix=f"{context.outputs.environment}-", MaxRecords=1)


# Of each API the first one is read that the checks need; codebuild, codeconnections and kms are asked beside others.
PROBES = (
    Probe("codepipeline", "codepipeline:ListPipelineExecutions", lambda context: context.execution),
    Probe("cloudformation", "cloudformation:DescribeStacks", lambda context: context.stack),
    Probe("elbv2", "elasticloadbalancing:DescribeTargetHealth", lambda context: context.targets),
    Probe("autoscaling", "autoscaling:DescribeAutoScalingGroups", lambda context: context.group),
    Probe("ec2", "ec2:DescribeInstanceStatus", _instances),
    Probe("cloudwatch", "cloudwatch:GetDashboard", lambda context: context.dashboard_body),
    Probe("cloudwatch", "cloudwatch:DescribeAlarms", _alarms),
    Probe("sns", "sns:ListSubscriptionsByTopic", lambda context: context.subscriptions),
    Probe("logs", "logs:DescribeLogGroups", _log_group),
    Probe("logs", "logs:FilterLogEvents", _log_lines),
)


def look(
    checks: Iterable[Check[Context]],
    context: Context,
    say: Callable[[str], None],
    allowed: timedelta = DEADLINE / 3,
) -> None:
    """Ask each API that the checks need once, and say what keeps it from answering.

    Args:
        checks: those that are about to run.
        context: what they look through.
        say: takes one line about what was found.
        allowed: how long an API may take to answer; after that it counts as one that cannot be reached.

    Raises:
        ConfigurationError: what the person asked for cannot be looked at.
    """
    probes = {probe.action: probe for probe in probes_of(checks, unneeded(context.outputs))}
    asked = {action: start(partial(_ask, probe, context)) for action, probe in probes.items()}
    wait_for(asked, allowed, say)
    answered = {action: future.result() for action, future in asked.items() if future.done()}
    troubles = [trouble for trouble in answered.values() if trouble is not None]
    if silent := sorted(asked.keys() - answered.keys()):
        cause = unanswered(f"AWS has not answered {listing(silent)}", allowed)
        troubles += [Trouble(probes[action], cause) for action in silent]
        give_up(context, cause)
    for trouble in troubles:
        if isinstance(trouble.problem, OF_THE_API):
            context.aws.refuse(trouble.probe.service, trouble.problem)
    for line in _lines(troubles):
        say(line)


def probes_of(checks: Iterable[Check[Context]], without: Set[str] = frozenset()) -> list[Probe]:
    """One probe of each API that the checks say they need, but for the actions `without` which they do."""
    needed = {action for check in checks for action in check.permissions} - without
    chosen: dict[str, Probe] = {}
    for probe in PROBES:
        if probe.action in needed:
            chosen.setdefault(probe.service, probe)
    return list(chosen.values())


def _ask(probe: Probe, context: Context) -> Trouble | None:
    """What is wrong with the API, if anything; what is wrong with the release is for the checks to say."""
    try:
        probe.read(context)
    except AWS_FAILURES as failure:
        problem = translate(failure, (probe.action,))
        return Trouble(probe, problem) if isinstance(problem, TOLD) else None
    except ConfigurationError:
        raise
    except ReleaseError:
        return None
    except Exception as problem:  # the checks run all the same
        report_bug(problem, "preflight")
    return None


def _lines(troubles: Sequence[Trouble]) -> Iterator[str]:
    throttled = [one.probe.action for one in troubles if isinstance(one.problem, ThrottledError)]
    yield from dict.fromkeys(one.problem.message for one in troubles if not isinstance(one.problem, ThrottledError))
    if throttled:
        yield f"AWS throttles {listing(throttled)}."
