"""The contract between the program and the command: what `pulumi stack output --json` holds.

`components/` exports exactly these keys (camelCase on the wire), `scripts/` reads nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from reprlib import repr as shown
from typing import Annotated, Any, cast

from sop.names import Environment, Names
from sop.thresholds import Thresholds
from sop.wire import decode, is_secret

CONTRACT = 1

# Outputs that the CloudFormation stack of the web infrastructure must have (SOP 4.2); the group's where there is one.
GROUP_OUTPUT = "AutoScalingGroupName"
EXPECTED_STACK_OUTPUTS = (
    "VpcId",
    "LoadBalancerDnsName",
    "LoadBalancerFullName",
    "TargetGroupArn",
    "TargetGroupFullName",
    GROUP_OUTPUT,
    "ApplicationLogGroupName",
)


class OutputsError(ValueError):
    """The outputs are not those of this contract; `problems` has one line a key."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class ReleaseWindowOutput:
    """When the Deploy stage opens (SOP 6.1)."""

    days: Annotated[list[str], "Weekdays, MON to SUN"]
    opens: Annotated[str, "The first hour that is inside, such as 10:00"]
    closes: Annotated[str, "The first hour that is outside again, 24:00 at most"]
    time_zone: Annotated[str, "Whose days and hours these are, as Region/City"]
    cron: Annotated[str, "The same as the expression of CodePipeline's DeploymentWindow rule"]


@dataclass(frozen=True)
class CalendarOutput:
    """What closes the window (SOP 6.2), as it is configured: nothing here changes with the date."""

    holidays: Annotated[list[str], "Whose public holidays are closed: a country and its part, AU-QLD"]
    half_days: Annotated[bool, "Whether days of which a part is a holiday there are closed, too"]
    working_days: Annotated[list[str], "Holidays there that are none here, as YYYY-MM-DD"]
    quarter_end_days: Annotated[int, "So many last days of a quarter are closed"]
    freezes: Annotated[dict[str, str], "A day or FROM to TO by name, on the clock of the release window's zone"]


@dataclass(frozen=True)
class MailOutput:
    """Whom announcements are mailed to, and from whom."""

    sender: Annotated[str, "The address that they come from, verified in SES"]
    audiences: Annotated[
        dict[str, list[str]],
        "Addresses by audience: operations, development, management, stakeholders, customers; absent without any",
    ]


@dataclass(frozen=True)
class SlackOutput:
    """Where announcements are posted in Slack."""

    channel: Annotated[str, "The channel's id"]


@dataclass(frozen=True)
class StatusPageOutput:
    """The status page that user-facing changes are announced on (SOP 5.4)."""

    page: Annotated[str, "The page's id"]
    components: Annotated[list[str], "Ids of its components that a release concerns"]


@dataclass(frozen=True)
class ContactOutput:
    """A person whom announcements name."""

    name: Annotated[str, "As people know them"]
    email: Annotated[str, "An address"]
    phone: Annotated[str, "A telephone number, as it is dialled"]


@dataclass(frozen=True)
class AnnouncementsOutput:
    """Who hears of a release, and through which channel (SOP 5)."""

    required: Annotated[list[str], "Channels without which a release is not announced: mail, slack, status-page"]
    mail: Annotated[MailOutput | None, "Mail; none where it is sent to nobody"]
    slack: Annotated[SlackOutput | None, "Slack; none where nothing is posted there"]
    status_page: Annotated[StatusPageOutput | None, "The status page; none where there is none"]
    release_manager: Annotated[ContactOutput | None, "Whom to ask about a release"]
    on_call: Annotated[ContactOutput | None, "The engineer on call"]
    incident_commander: Annotated[ContactOutput | None, "Who leads when a release has failed"]
    secret_arn: Annotated[
        str | None,
        "The Secrets Manager secret with slackToken and statusPageKey; none where neither is configured",
    ]


@dataclass(frozen=True)
class RunnerOutput:
    """What runs the release command on AWS: where there is one, it is the one sender and keeper."""

    project_name: Annotated[str, "The CodeBuild project that runs it"]


@dataclass(frozen=True)
class WorkloadOutput:
    """What the first deployment created, as CloudWatch names it."""

    load_balancer_dns_name: Annotated[str, "Where it answers"]
    load_balancer_full_name: Annotated[str, "The metrics' dimension LoadBalancer, the end of its ARN"]
    target_group_arn: Annotated[str, "The target group"]
    target_group_full_name: Annotated[str, "The metrics' dimension TargetGroup, the end of its ARN"]
    auto_scaling_group_name: Annotated[str | None, "The group that the servers are in; none where it is not expected"]


@dataclass(frozen=True)
class StackOutputs:
    """All of one Pulumi stack's outputs, each with its meaning."""

    contract: Annotated[int, "The version of this contract"]
    stack: Annotated[str, "The Pulumi stack's name: dev, prod or LABEL-dev, LABEL-prod"]
    environment: Annotated[str, "dev or prod"]
    service: Annotated[str, "The service that is released"]
    region: Annotated[str, "Where everything is"]
    account_id: Annotated[str, "The AWS account that everything is in"]
    repository: Annotated[str, "The GitHub repository that is released, as owner/name"]
    branch: Annotated[str, "The branch that is deployed"]
    connection_arn: Annotated[str, "The CodeConnections connection to GitHub"]
    connection_status: Annotated[str, "Its status when Pulumi last ran; only through an AVAILABLE one commits come"]
    required_approvals: Annotated[int | None, "Reviews before a merge; none where another stack protects the branch"]
    operations_manager: Annotated[str, "Who is the operations manager, as organization/team or /user"]
    manager_counts: Annotated[bool, "Whether that one's approval is one of the team members', too"]
    pull_request_webhook: Annotated[bool, "Whether pull requests start the status check"]
    pipeline_name: Annotated[str, "The pipeline"]
    pipeline_stages: Annotated[list[str], "Its stages, in order"]
    build_project_name: Annotated[str, "The CodeBuild project of the Build stage"]
    deploy_project_name: Annotated[str, "The CodeBuild project of the Deploy stage"]
    pull_request_project_name: Annotated[str | None, "That of pull requests; none where they are not checked"]
    artifact_bucket_name: Annotated[str, "The bucket of the pipeline's artifacts"]
    records_bucket: Annotated[str | None, "The bucket that the ledger is in; none where the stack has no records"]
    records_key_arn: Annotated[str | None, "The KMS key of that bucket"]
    runner: Annotated[RunnerOutput | None, "What runs this command on AWS; none where only people do"]
    cloudformation_stack_name: Annotated[str, "The web infrastructure's stack"]
    expected_stack_outputs: Annotated[list[str], "Outputs that it must have"]
    topic_arn: Annotated[str, "The topic of the alerts that people read"]
    topic_policy_digest: Annotated[str, "Digest of its access policy, as it was asked for"]
    chat_topic_arn: Annotated[str | None, "The topic that only Amazon Q reads; none where alerts go to no chat"]
    chat_topic_policy_digest: Annotated[str | None, "Digest of its access policy, as it was asked for"]
    topic_key_arn: Annotated[str, "The KMS key of the topics"]
    topic_key_policy_digest: Annotated[str, "Digest of its key policy, as it was asked for"]
    alert_emails: Annotated[list[str], "Whom alerts are mailed to"]
    dashboard_name: Annotated[str, "The dashboard"]
    dashboard_digest: Annotated[str, "Digest of its body, as it was asked for"]
    alarms: Annotated[
        dict[str, dict[str, Any]], "The definition of each alarm by its name, the composite too (sop.alarms.canonical)"
    ]
    composite_alarm_name: Annotated[str, "The alarm over all the others"]
    application_log_group_name: Annotated[str, "The application's log group"]
    application_error_pattern: Annotated[str, "The filter pattern of its error lines"]
    metric_namespace: Annotated[str, "Where the lines of that pattern are counted"]
    access_log_group_name: Annotated[str, "The load balancer's access logs"]
    access_logs_delivered: Annotated[bool, "Whether they are delivered there"]
    endpoint_url: Annotated[str | None, "The page that must answer; none for the load balancer's own, over http"]
    status_check: Annotated[str, "The status that a pull request must have"]
    runbooks: Annotated[str, "The runbooks' folder on the web"]
    thresholds: Annotated[Thresholds, "The limits that a release is held to"]
    release_window: Annotated[ReleaseWindowOutput | None, "When the Deploy stage opens; none where it always is"]
    calendar: Annotated[CalendarOutput | None, "What closes the window; none where it always is open"]
    announcements: Annotated[AnnouncementsOutput | None, "Who hears of a release; none where nobody does"]
    workload: Annotated[WorkloadOutput | None, "What the first deployment created; none before it"]

    @property
    def has_group(self) -> bool:
        """Whether an Auto Scaling group's instances serve. That none does was configured, not found."""
        return GROUP_OUTPUT in self.expected_stack_outputs

    @property
    def keeper(self) -> str | None:
        """The project that keeps the door by itself; None where nobody does."""
        return self.runner.project_name if self.runner else None

    @property
    def topics(self) -> dict[str, str]:
        """The digest of the policy by each alerts topic's ARN: that which people read, and that for Amazon Q."""
        chat = {self.chat_topic_arn: self.chat_topic_policy_digest or ""} if self.chat_topic_arn else {}
        return {self.topic_arn: self.topic_policy_digest, **chat}

    @property
    def alarm_prefix(self) -> str:
        """What every alarm of the stack begins with; those of other services may, too."""
        return Names(Environment(self.environment), service=self.service).alarm_prefix

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> StackOutputs:
        """Read the JSON of `pulumi stack output --json`.

        Raises:
            OutputsError: every key that is missing or has another type, at once.
        """
        problems: list[str] = []
        contract = raw.get("contract")
        if contract not in (None, CONTRACT) and not is_secret(contract):
            raise OutputsError([f"contract: {shown(contract)}, this command reads {CONTRACT}"])
        parsed = cast("StackOutputs", decode(cls, raw, "", problems))
        if not problems and parsed.workload and parsed.has_group != bool(parsed.workload.auto_scaling_group_name):
            wanted = "a string" if parsed.has_group else "nothing, as expectedStackOutputs has no group"
            problems.append(f"workload.autoScalingGroupName: expected {wanted}")
        if problems:
            raise OutputsError(problems)
        return parsed
