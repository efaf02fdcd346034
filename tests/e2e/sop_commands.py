r"""The SOP's literal commands, each with the check that looks at the same thing, and what it is for both to agree.

What differs from the SOP's text: `aws logs tail --follow` never ends, and this AWS CLI has no `tail`; in its place
stands the call that `tail` makes. The hour of 4.6 is the one that `release observe` looks at, not the last one; "5
minutes ago" is by AWS's clock, as the check's time is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from scripts.text import utc
from sop.digest import json_digest
from tests.e2e.release_command import Said

Rows = list[list[str]]
Columns = list[tuple[str, str]]
# From what a command printed (as data where it is JSON) and what a check said; an AssertionError where they disagree.
Agree = Callable[[Any, Said], None]
COMPOSITE = "release-health"


@dataclass(frozen=True)
class Typed:
    """A command; `<placeholders>` are to be filled in, the names among them."""

    check: str
    command: str
    agree: Agree

    def filled_in(self, values: Mapping[str, str]) -> str:
        return re.sub(r"<([a-z-]+)>", lambda found: values[found[1]], self.command)


def stages(state: Any, said: Said) -> None:
    found = {stage["stageName"]: stage["latestExecution"]["status"] for stage in state["stageStates"]}
    assert found == said.evidence["stages"]
    assert (set(found.values()) == {"Succeeded"}) == (said.status == "PASS")


def stack_status(answer: list[str], said: Said) -> None:
    status, updated = answer
    assert (status, _second(updated)) == (said.evidence["status"], said.evidence["changed"])
    assert (status in ("UPDATE_COMPLETE", "CREATE_COMPLETE")) == (said.status == "PASS")


def stack_events(answer: Any, said: Said) -> None:
    """The newest twenty, of the root stack; the check looks into nested ones, too."""
    failed = {
        event["LogicalResourceId"]
        for event in answer["StackEvents"]
        if "FAILED" in event["ResourceStatus"] and _second(event["Timestamp"]) >= said.evidence["since"]
    }
    assert failed <= {event["resource"] for event in said.evidence.get("failed", [])}
    assert bool(failed) == (said.status == "FAIL")


def stack_outputs(outputs: Any, said: Said) -> None:
    assert {each["OutputKey"]: each["OutputValue"] for each in outputs} == said.evidence["outputs"]


def target_health(rows: Columns, said: Said) -> None:
    assert dict(rows) == {target.partition(":")[0]: state for target, state in said.evidence["targets"].items()}
    assert ({state for _, state in rows} == {"healthy"}) == (said.status == "PASS")


def instance_status(rows: Rows, said: Said) -> None:
    seen = [[name, each["instance"], each["system"]] for name, each in said.evidence["instances"].items()]
    assert sorted(rows) == sorted(seen)
    assert all(row[1:] == ["ok", "ok"] for row in rows) == (said.status == "PASS")


def endpoint(headers: str, said: Said) -> None:
    status = int(headers.split()[1])
    assert status == said.evidence["hops"][-1]["status"]
    assert (status == 200) == (said.status == "PASS")


def dashboard(answer: Any, said: Said) -> None:
    if isinstance(answer, str):
        assert "ResourceNotFound" in answer
        assert (said.status, said.observed.split()[-3:]) == ("FAIL", ["does", "not", "exist."])
    else:
        assert json_digest(answer["DashboardBody"]) == said.evidence["sha256"]


def alarms(rows: Rows, said: Said) -> None:
    """Without --alarm-types the CLI leaves composite alarms out."""
    states = {name: state for name, state in said.evidence["states"].items() if not name.endswith(COMPOSITE)}
    assert {name: state for name, state, _ in rows} == states
    if not all(state == "OK" for state in states.values()):
        assert said.status != "PASS"


def subscriptions(rows: Columns, said: Said) -> None:
    assert dict(rows) == said.evidence["subscriptions"]
    assert all(arn.startswith("arn:") for _, arn in rows) == (said.status == "PASS")


def application_logs(answer: Any, said: Said) -> None:
    """CloudWatch Logs' regular expressions are a part of Python's."""
    pattern = said.evidence["pattern"]
    expression = pattern.strip("%")
    assert (pattern, bool(answer["events"])) == (f"%{expression}%", True)
    bad = any(re.search(expression, event["message"], re.ASCII) for event in answer["events"])
    assert said.status == ("FAIL" if bad else "PASS")


def access_logs(answer: Any, said: Said) -> None:
    assert bool(answer["events"]) == (said.status == "PASS")


def response_time(answer: Any, said: Said) -> None:
    averages = {_second(point["Timestamp"]): point["Average"] for point in answer["Datapoints"]}
    windows = {window["start"]: window["value"] for window in said.evidence["windows"]}
    assert averages == pytest.approx(windows)


def cpu(answer: Any, said: Said) -> None:
    """One instance; the check looks at the group's, of which the average cannot be above the highest."""
    averages = [point["Average"] for point in answer["Datapoints"]]
    windows = [window["value"] for window in said.evidence["windows"]]
    assert len(averages) == len(windows)
    assert sum(averages) / len(averages) == pytest.approx(sum(windows) / len(windows), rel=0.1)


def error_rate(answer: Any, said: Said) -> None:
    counted = {_second(point["Timestamp"]): point["Sum"] for point in answer["Datapoints"]}
    windows = {
        window["start"]: window["value"] / 100 * window["samples"]
        for window in said.evidence["windows"]
        if window["value"]
    }
    assert counted == pytest.approx(windows)


def dev_stack_status(status: str, said: Said) -> None:
    assert said.evidence["status"] == status


def dev_alarms(not_ok: Rows, said: Said) -> None:
    assert (not not_ok) is all(state == "OK" for state in said.evidence["states"].values())


COMMANDS = (
    Typed("pipeline-stages", "aws codepipeline get-pipeline-state --name <pipeline>", stages),
    Typed(
        "stack-status",
        "aws cloudformation describe-stacks --stack-name <stack> --query 'Stacks[0].[StackStatus,LastUpdatedTime]'",
        stack_status,
    ),
    Typed(
        "stack-events",
        "aws cloudformation describe-stack-events --stack-name <stack> --max-items 20",
        stack_events,
    ),
    Typed(
        "stack-outputs",
        "aws cloudformation describe-stacks --stack-name <stack> --query 'Stacks[0].Outputs'",
        stack_outputs,
    ),
    Typed(
        "target-health",
        "aws elbv2 describe-target-health --target-group-arn <target-group-arn> "
        "--query 'TargetHealthDescriptions[*].[Target.Id,TargetHealth.State]'",
        target_health,
    ),
    Typed(
        "instance-status",
        "aws ec2 describe-instance-status --instance-ids <instance-id> "
        "--query 'InstanceStatuses[*].[InstanceId,InstanceStatus.Status,SystemStatus.Status]'",
        instance_status,
    ),
    Typed("endpoint", "curl -I http://<alb-dns-name>", endpoint),
    Typed("dashboard", "aws cloudwatch get-dashboard --dashboard-name <dashboard>", dashboard),
    Typed(
        "alarms",
        "aws cloudwatch describe-alarms --alarm-name-prefix <alarms> "
        "--query 'MetricAlarms[*].[AlarmName,StateValue,StateReason]'",
        alarms,
    ),
    Typed(
        "subscriptions",
        "aws sns list-subscriptions-by-topic --topic-arn <sns-topic-arn> "
        "--query 'Subscriptions[*].[Endpoint,SubscriptionArn]'",
        subscriptions,
    ),
    Typed(
        "application-logs",
        "aws logs filter-log-events --log-group-name <application-log-group> --start-time <five-minutes-ago>000",
        application_logs,
    ),
    Typed(
        "access-logs",
        "aws logs filter-log-events --log-group-name <access-log-group> --start-time <five-minutes-ago>000",
        access_logs,
    ),
)

_STATISTICS = "--start-time <begin> --end-time <end> --period 300"
OBSERVED = (
    Typed(
        "response-time",
        "aws cloudwatch get-metric-statistics --namespace AWS/ApplicationELB --metric-name TargetResponseTime "
        f"--dimensions Name=LoadBalancer,Value=<alb-name> {_STATISTICS} --statistics Average",
        response_time,
    ),
    Typed(
        "cpu",
        "aws cloudwatch get-metric-statistics --namespace AWS/EC2 --metric-name CPUUtilization "
        f"--dimensions Name=InstanceId,Value=<one-instance-id> {_STATISTICS} --statistics Average",
        cpu,
    ),
    Typed(
        "error-rate",
        "aws cloudwatch get-metric-statistics --namespace AWS/ApplicationELB --metric-name HTTPCode_Target_5XX_Count "
        f"--dimensions Name=LoadBalancer,Value=<alb-name> {_STATISTICS} --statistics Sum",
        error_rate,
    ),
)

PROMOTION = (
    Typed(
        "dev-stack-status",
        "aws cloudformation describe-stacks --stack-name <stack> --query 'Stacks[0].StackStatus'",
        dev_stack_status,
    ),
    Typed(
        "dev-alarms",
        "aws cloudwatch describe-alarms --alarm-name-prefix <alarms> "
        "--query 'MetricAlarms[?StateValue!=`OK`].[AlarmName,StateValue]'",
        dev_alarms,
    ),
)


def _second(time: str | float) -> str:
    """AWS's time, which the CLI prints as it came, in the form that the checks' evidence has."""
    moment = datetime.fromisoformat(time) if isinstance(time, str) else datetime.fromtimestamp(time, UTC)
    return utc(moment)
