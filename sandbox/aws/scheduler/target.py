"""What a schedule invokes, and with which role."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.aws.access import ACCESS, AccessDenied
from sandbox.aws.invoking import parameters_of, project_of, start_build
from sandbox.aws.service import AwsError, Params, UnsupportedError

if TYPE_CHECKING:
    from sandbox.core.account import Account

PRINCIPAL = "scheduler.amazonaws.com"
_SESSION = "EventBridgeScheduler"
_UNIVERSAL = "arn:aws:scheduler:::aws-sdk:codebuild:startBuild"
_SERVED = {"Arn", "RoleArn", "Input", "RetryPolicy"}


def check_target(account: Account, target: Params, group_arn: str) -> None:
    """Refuse a target as AWS does, then what only AWS invokes.

    Raises:
        AwsError: ValidationException; SandboxUnsupported for another target than a CodeBuild project.
    """
    arn = target["Arn"]
    if not project_of(arn) and arn != _UNIVERSAL:
        raise UnsupportedError(f"The sandbox's schedules start CodeBuild projects only, not {arn}; AWS does more.")
    if extra := sorted(set(target) - _SERVED):
        raise UnsupportedError(f"The sandbox does not act on {', '.join(extra)} of a schedule's target; AWS does.")
    try:
        _parameters(target)
        # A role's trust may name the schedule's group as the source, not the schedule
        account.reach(ACCESS).assume(PRINCIPAL, target["RoleArn"], _SESSION, source_arn=group_arn)
    except ValueError as error:
        raise AwsError("ValidationException", f"Provided Input is not valid JSON for target {arn}.") from error
    except AccessDenied as error:
        message = "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."
        raise AwsError("ValidationException", message) from error


def invoke(account: Account, target: Params, group_arn: str) -> str | None:
    """Invoke the target with its role; the error, if there was one."""
    parameters = _parameters(target)
    return start_build(account, PRINCIPAL, target["RoleArn"], parameters, session=_SESSION, source_arn=group_arn)


def _parameters(target: Params) -> dict[str, Any]:
    """StartBuild's. A universal target's begin with a capital letter, as Scheduler's guide has them."""
    given = parameters_of(target.get("Input", ""))
    if target["Arn"] == _UNIVERSAL:
        return {name[0].lower() + name[1:]: value for name, value in given.items()}
    return {"projectName": project_of(target["Arn"]), **given}
