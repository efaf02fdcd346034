"""SOP 4.4: is the dashboard there, and is it the one deployed."""

from __future__ import annotations

from scripts.checks.context import Context
from scripts.checks.framework import check
from scripts.errors import AwsAnswerError, PromisedResourceMissingError
from scripts.results import Outcome, failed, passed
from sop.digest import json_digest


@check(
    id="dashboard",
    sop="4.4",
    title="CloudWatch dashboard",
    why="Whoever looks at a dashboard that somebody changed by hand looks at other limits than the alarms do.",
    expected="The dashboard exists, and is the one that was deployed",
    fix="Run `pulumi up --refresh`, which puts the deployed one back.",
    permissions=("cloudwatch:GetDashboard",),
    runbook="docs/runbooks/deployment.md",
)
def dashboard(context: Context) -> Outcome:
    outputs = context.outputs
    name = outputs.dashboard_name
    fix = f"Run `pulumi up --refresh --stack {outputs.stack}`, which puts the deployed one back."
    try:
        body = context.dashboard_body
    except PromisedResourceMissingError as problem:
        return failed(problem.message, fix=fix)
    try:
        found = json_digest(body)
    except ValueError as problem:
        raise AwsAnswerError(f"The body of dashboard {name} cannot be read: {problem}.") from problem
    evidence = {"dashboard": name, "sha256": found, "deployed_sha256": outputs.dashboard_digest}
    if found != outputs.dashboard_digest:
        return failed(f"{name} was changed after it was deployed.", fix=fix, evidence=evidence)
    return passed(f"{name} is the one deployed.", evidence=evidence)
