"""What each fault of the sandbox truthfully changes in the answers of `release verify` and `release observe`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sandbox.faults.pipeline import slower_by
from sop.names import Environment
from tests.e2e.stacks import DEV

PASS, FAIL, UNDETERMINED = 0, 3, 4  # exit codes
NAMES = {
    "alarms": DEV.names.alarm_prefix,
    "stack": DEV.names.cloudformation_stack,
    "topic": DEV.names.topic,
    "email": DEV.alert_emails[0],
    "tens": str(int(slower_by(DEV.thresholds).total_seconds() // 600)),
}


@dataclass(frozen=True)
class Row:
    """One fault: the exit codes of both commands, and every check that answers otherwise than when all is well.

    `changes` has a check's status and words that it says. dev is verified. Observed is prod: a site's fault looks as
    if it had begun an hour ago, and that is when prod's last good release was; only a fault that tells the newest
    execution differently is observed where there is a good one, in dev. `perhaps` are changes that depend on more than
    the fault: one of them, or none. `promotion` has what `release verify --for-promotion` has against dev after a soak
    of an hour, where that is looked at. Names in braces are dev's own.
    """

    verify: int = PASS
    observe: int = PASS
    changes: Mapping[str, str] = field(default_factory=dict[str, str])
    observed: Environment = Environment.PROD
    promotion: Mapping[str, str] = field(default_factory=dict[str, str])
    perhaps: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])


VERIFY: tuple[str, ...] = (
    "pipeline-stages", "pipeline-duration", "stack-status", "stack-events", "stack-outputs", "target-health",
    "instance-status", "endpoint", "dashboard", "dashboard-data", "alarms", "subscriptions", "application-logs",
    "access-logs",
)  # fmt: skip
OBSERVE: tuple[str, ...] = ("response-time", "cpu", "error-rate")

# One cause, said by every check
UNREACHABLE: Mapping[str, str] = dict.fromkeys(
    (*VERIFY, *OBSERVE), "ERROR AWS cannot be reached: Connection was closed"
)
EXPIRED: Mapping[str, str] = dict.fromkeys((*VERIFY, *OBSERVE), "ERROR The AWS credentials have expired")
THROTTLED: Mapping[str, str] = dict.fromkeys((*VERIFY, *OBSERVE), "ERROR AWS throttled")
NOT_DEPLOYED = "INCONCLUSIVE there is no new deployment to observe"
BROKEN = "FAIL 3 windows in a row not below the limit"
SILENT = "INCONCLUSIVE but no other line either"
TOO_LITTLE = "INCONCLUSIVE Too little data"
HOLE = "INCONCLUSIVE 1 hole in the traffic"

# Through these people are told, and none of them is a release's
OF_MESSAGES = (
    "slack-down",
    "slack-answer-lost",
    "slack-rate-limited",
    "slack-archived",
    "mail-refused",
    "status-page-down",
)
# AWS is only slower, or needs to be asked again; or what failed was not the release, or is a visitor's name: that is as
# good as it was.
HARMLESS = ("slow-api", "empty-pages", "failed-release-before", "retried-deploy", "error-user-agent", *OF_MESSAGES)

ROWS: dict[str, Row] = {
    # The newest execution and its stack. A failed pipeline and a slow one have alarms of their own.
    "failed-stage": Row(
        FAIL,
        UNDETERMINED,
        {
            "pipeline-stages": "FAIL Deploy failed: action Deploy Failed",
            "pipeline-duration": "SKIPPED ended Failed",
            "alarms": "FAIL because this execution failed",
            **dict.fromkeys(OBSERVE, NOT_DEPLOYED),
        },
        Environment.DEV,
    ),
    "slow-pipeline": Row(
        FAIL,
        changes={
            "pipeline-duration": "FAIL {tens}",  # minutes: 20 with the sample's limit, and what it really took
            "alarms": "FAIL because this execution built and deployed for {tens}",
        },
        observed=Environment.DEV,
    ),
    "superseded-execution": Row(
        FAIL,
        UNDETERMINED,
        {
            "pipeline-stages": "FAIL Stopped",
            "pipeline-duration": "SKIPPED ended Stopped",
            **dict.fromkeys(OBSERVE, NOT_DEPLOYED),
        },
        Environment.DEV,
    ),
    "stopped-execution": Row(
        FAIL,
        UNDETERMINED,
        {
            "pipeline-stages": "FAIL Stopped: someone stopped it",
            "pipeline-duration": "SKIPPED ended Stopped",
            **dict.fromkeys(OBSERVE, NOT_DEPLOYED),
        },
        Environment.DEV,
    ),
    "stack-rolled-back": Row(
        FAIL,
        UNDETERMINED,
        {
            "pipeline-stages": "FAIL Deploy failed: action Deploy Failed",
            "pipeline-duration": "SKIPPED ended Failed",
            "stack-status": "FAIL UPDATE_ROLLBACK_COMPLETE",
            "stack-events": "FAIL 1 resource failed: AutoScalingGroup",
            "alarms": "FAIL because this execution failed",
            **dict.fromkeys(OBSERVE, NOT_DEPLOYED),
        },
        Environment.DEV,
    ),
    # Another execution, or an attempt before, rang the alarm. A push that failed is the newest execution.
    "failed-release-before": Row(
        changes={"alarms": "PASS fired because of another execution"}, observed=Environment.DEV
    ),
    "lint-failure-since": Row(
        FAIL,
        UNDETERMINED,
        {
            "pipeline-stages": "FAIL Build failed: action Lint Failed",
            "pipeline-duration": "SKIPPED ended Failed",
            "stack-status": "SKIPPED Nothing was deployed",
            "stack-events": "SKIPPED Nothing was deployed",
            "stack-outputs": "SKIPPED Nothing was deployed",
            "alarms": "FAIL because this execution failed",
            **dict.fromkeys(("application-logs", "access-logs", *OBSERVE), "SKIPPED Nothing was deployed"),
        },
        Environment.DEV,
    ),
    "retried-deploy": Row(
        changes={
            "pipeline-stages": "PASS Deploy Succeeded (attempt 2)",
            "pipeline-duration": "PASS min",
            "alarms": "PASS because of an attempt before in this execution: Deploy failed at",
        },
        observed=Environment.DEV,
    ),
    "stack-output-missing": Row(FAIL, changes={"stack-outputs": "FAIL VpcId is missing"}, observed=Environment.DEV),
    # Whose the stack is, and the branch
    "nested-stack-changed": Row(
        FAIL,
        FAIL,
        {
            "stack-status": "FAIL (a nested stack, by itself) was changed at",
            **dict.fromkeys(OBSERVE, "FAIL (a nested stack, by itself) was changed at"),
        },
        Environment.DEV,
    ),
    "stack-changed": Row(
        UNDETERMINED,
        UNDETERMINED,
        {
            "stack-status": "INCONCLUSIVE No resource changed in place: {stack} was changed at",
            "stack-outputs": "INCONCLUSIVE The stack was changed again",
            **dict.fromkeys(OBSERVE, "INCONCLUSIVE No resource changed in place"),
        },
        Environment.DEV,
    ),
    "another-commit": Row(
        FAIL, changes={"stack-status": "FAIL of revision 5eaf00d00000, not of"}, observed=Environment.DEV
    ),
    "no-commit-named": Row(
        UNDETERMINED,
        changes={"stack-status": "INCONCLUSIVE of which commit its events do not say"},
        observed=Environment.DEV,
    ),
    "nothing-deployed": Row(
        UNDETERMINED,
        changes={
            "stack-status": "INCONCLUSIVE change VERSION; it may not be released",
            "stack-events": "PASS This deployment changed no resource",
        },
        observed=Environment.DEV,
    ),
    "push-missed": Row(
        UNDETERMINED, changes={"pipeline-stages": "INCONCLUSIVE has started no execution"}, observed=Environment.DEV
    ),
    # The site. Where a metric goes wrong, so does its alarm and with it the composite one.
    "slow-responses": Row(
        FAIL,
        FAIL,
        {
            "alarms": "FAIL {alarms}response-time is in ALARM",
            "response-time": BROKEN,
        },
    ),
    "high-error-rate": Row(
        FAIL,
        FAIL,
        {"alarms": "FAIL {alarms}error-rate is in ALARM", "error-rate": BROKEN},
    ),
    "brief-errors": Row(
        PASS,
        FAIL,
        {"error-rate": "FAIL not below the limit"},
        promotion={"dev-soak": "FAIL not below the limit"},
    ),
    "brief-outage": Row(
        UNDETERMINED,
        UNDETERMINED,
        {
            "dashboard-data": "INCONCLUSIVE RequestCount: gap (or no request)",
            "response-time": HOLE,
            "error-rate": HOLE,
        },
        promotion={"dev-soak": "INCONCLUSIVE hardly any requests in"},
    ),
    "high-cpu": Row(
        FAIL,
        FAIL,
        {"alarms": "FAIL {alarms}cpu is in ALARM", "cpu": BROKEN},
    ),
    "no-traffic": Row(
        UNDETERMINED,
        UNDETERMINED,
        {
            "dashboard-data": "INCONCLUSIVE RequestCount: gap (or no request)",
            "response-time": TOO_LITTLE,
            "error-rate": TOO_LITTLE,
        },
        # nobody but for `release verify` itself, if that was there some minutes ago
        perhaps={"alarms": ["INCONCLUSIVE {alarms}response-time is INSUFFICIENT_DATA"]},
    ),
    "errors-in-logs": Row(
        FAIL,
        changes={
            "alarms": "FAIL {alarms}application-errors is in ALARM",
            "application-logs": "FAIL Permission denied",
        },
        promotion={
            "dev-alarms": "FAIL {alarms}application-errors",
            "dev-soak": "FAIL Application errors: ",
        },
    ),
    "logs-silent": Row(UNDETERMINED, changes={"application-logs": SILENT}),
    # dev's only instance; of several, that one
    "instance-silent": Row(UNDETERMINED, changes={"application-logs": SILENT}),
    "error-user-agent": Row(),
    "access-logs-silent": Row(UNDETERMINED, changes={"access-logs": "INCONCLUSIVE is logged since"}),
    "target-unhealthy": Row(
        FAIL,
        changes={
            "target-health": "FAIL Health checks failed",
            "alarms": "FAIL {alarms}unhealthy-hosts is in ALARM",
        },
    ),
    "no-targets": Row(
        FAIL,
        FAIL,
        {
            "application-logs": SILENT,  # nobody checks the health of what is no target
            "target-health": "FAIL No target is registered",
            "endpoint": "FAIL HTTP 503",
            "dashboard-data": "FAIL UnHealthyHostCount: gap",
            "alarms": "FAIL {alarms}unhealthy-hosts is in ALARM",
            "response-time": TOO_LITTLE,
            "error-rate": BROKEN,
        },
    ),
    "instance-impaired": Row(FAIL, changes={"instance-status": "FAIL instance check impaired"}),
    # dev's only instance, so nobody answers, logs or reports; one of prod's two
    "instance-stopped": Row(
        FAIL,
        changes={
            "application-logs": SILENT,
            "target-health": "FAIL Target is in the stopped state",
            "instance-status": "FAIL is stopped",
            "endpoint": "FAIL HTTP 503",
            "dashboard-data": "FAIL CPUUtilization: gap",
            "alarms": "FAIL {alarms}unhealthy-hosts is in ALARM",
        },
        perhaps={"cpu": ["PASS Average CPU"]},  # other figures, if not by chance the same
    ),
    "endpoint-down": Row(FAIL, changes={"endpoint": "FAIL Broken answer"}),
    "endpoint-500": Row(FAIL, changes={"endpoint": "FAIL HTTP 500"}),
    "endpoint-slow": Row(FAIL, changes={"endpoint": "FAIL Too slow"}),
    "endpoint-elsewhere": Row(UNDETERMINED, changes={"endpoint": "INCONCLUSIVE Another host than"}),
    "endpoint-redirect-loop": Row(FAIL, changes={"endpoint": "FAIL Redirect loop"}),
    # Somebody's hand on the group and its targets
    "process-suspended": Row(FAIL, changes={"instance-status": "FAIL has suspended ReplaceUnhealthy"}),
    "launch-template-changed": Row(FAIL, changes={"instance-status": "FAIL made at"}),
    "group-resized": Row(
        UNDETERMINED, changes={"instance-status": "INCONCLUSIVE explicitly set group desired capacity"}
    ),
    "target-foreign": Row(FAIL, changes={"target-health": "FAIL no instance of web-dev"}),
    # What watches it
    "alarm-firing": Row(FAIL, changes={"alarms": "FAIL {alarms}application-errors is in ALARM"}),
    "alarm-fired-and-recovered": Row(
        FAIL, changes={"alarms": "FAIL {alarms}application-errors fired after the deployment"}
    ),
    "alarm-insufficient-data": Row(
        UNDETERMINED, changes={"alarms": "INCONCLUSIVE {alarms}application-errors is INSUFFICIENT_DATA"}
    ),
    "alarm-missing": Row(FAIL, changes={"alarms": "FAIL Missing: {alarms}application-errors"}),
    "alarm-threshold-raised": Row(
        FAIL,
        changes={"alarms": "FAIL {alarms}application-errors was changed after it was deployed: Threshold is 1000000"},
    ),
    "alarm-actions-removed": Row(
        FAIL,
        changes={"alarms": "FAIL {alarms}application-errors was changed after it was deployed: AlarmActions is none"},
    ),
    "alarm-actions-disabled": Row(
        FAIL,
        changes={"alarms": "FAIL {alarms}release-health was changed after it was deployed: ActionsEnabled is false"},
    ),
    "composite-alarm-never": Row(
        FAIL, changes={"alarms": "FAIL {alarms}release-health was changed after it was deployed: AlarmRule is FALSE"}
    ),
    "alarm-of-others": Row(
        UNDETERMINED, changes={"alarms": "INCONCLUSIVE {alarms}by-hand, which this stack did not make, is in ALARM"}
    ),
    "dashboard-missing": Row(
        FAIL, changes={"dashboard": "FAIL does not exist", "dashboard-data": "SKIPPED does not exist"}
    ),
    "dashboard-changed": Row(
        FAIL,
        changes={"dashboard": "FAIL was changed after it was deployed", "dashboard-data": "INCONCLUSIVE No widget"},
    ),
    "subscription-pending": Row(FAIL, changes={"subscriptions": "FAIL Not confirmed: {email}"}),
    "subscription-none": Row(FAIL, changes={"subscriptions": "FAIL Not subscribed: {email}"}),
    "subscription-filtered": Row(
        FAIL, changes={"subscriptions": "FAIL The subscription of {email} has a filter policy"}
    ),
    "topic-policy-denies": Row(
        FAIL, changes={"subscriptions": "FAIL The policy of topic {topic} was changed after it was deployed"}
    ),
    "widget-without-data": Row(FAIL, changes={"dashboard-data": "FAIL StatusCheckFailed: no data"}),
    "metric-gap": Row(FAIL, UNDETERMINED, {"dashboard-data": "FAIL CPUUtilization: gap", "cpu": TOO_LITTLE}),
    # AWS itself
    "throttling": Row(UNDETERMINED, UNDETERMINED, THROTTLED),
    "access-denied": Row(
        UNDETERMINED,
        UNDETERMINED,
        {
            "dashboard": "ERROR cloudwatch:GetDashboard is not allowed",
            "dashboard-data": "ERROR cloudwatch:GetDashboard is not allowed",
            "alarms": "ERROR cloudwatch:DescribeAlarms is not allowed",
            **dict.fromkeys(OBSERVE, "ERROR cloudwatch:GetMetricData is not allowed"),
        },
    ),
    "expired-credentials": Row(UNDETERMINED, UNDETERMINED, EXPIRED),
    "connection-refused": Row(UNDETERMINED, UNDETERMINED, UNREACHABLE),
    "slow-api": Row(),
    "empty-pages": Row(),
    "partial-metric-data": Row(
        UNDETERMINED,
        UNDETERMINED,
        {
            "dashboard-data": "INCONCLUSIVE PartialData",
            **dict.fromkeys(OBSERVE, "ERROR GetMetricData gave incomplete data"),
        },
    ),
    **dict.fromkeys(OF_MESSAGES, Row()),
}
