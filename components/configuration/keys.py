"""Every key of the configuration, described once.

`python -m components.reference` writes Pulumi.yaml's part and docs/reference/configuration.md from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.configuration import announcement_keys, rules, runner_keys
from components.configuration.key import EVERYWHERE, Group, Key
from components.configuration.rule import Rule, positive, positive_whole
from components.configuration.settings import Watched
from sop.error_pattern import DEFAULT_ERROR_PATTERN
from sop.names import RENAMEABLE, SERVICE, Environment, Names
from sop.thresholds import Limit, limits
from sop.wire import camel_case

DEFAULT_PROPAGATION_SECONDS = 30
_LONGEST_PROPAGATION = 600  # seconds
_IN_PROD = frozenset({Environment.PROD})
_UNLESS_LEFT = "manage is false"

REGION = Key(
    name="aws:region",
    meaning="The region of all that is made.",
    rule=rules.REGION,
    required=EVERYWHERE,
)
SERVICE_NAME = Key(
    name="release:service",
    meaning="The service that is released. Every other one's names carry it (prod-shop-pipeline), so that several live "
    "in one account.",
    rule=rules.SERVICE,
    default=SERVICE,
    otherwise=f"{SERVICE}, which has the SOP's names",
)
REPOSITORY = Key(
    name="release:repository",
    meaning="The repository that is released.",
    rule=rules.REPOSITORY,
    required=EVERYWHERE,
)
CONNECTION_ARN = Key(
    name="release:connectionArn",
    meaning="The connection to GitHub, its handshake completed in the console.",
    rule=rules.CONNECTION_ARN,
    required=EVERYWHERE,
)
BRANCH: Key[str | None] = Key(
    name="release:branch",
    meaning="The branch that this environment deploys; never the other environment's.",
    rule=rules.BRANCH,
    sop="1.1",
    otherwise=", ".join(f"{Names(each).branch} for {each}" for each in Environment),
    examples={each: Names(each).branch for each in Environment},
)
ALERT_EMAILS = Key(
    name="release:alertEmails",
    meaning="Whom alerts are mailed to. Each must confirm the subscription.",
    rule=rules.EMAILS,
    sop="4.4",
    required=EVERYWHERE,
)
SLACK_WORKSPACE: Key[str | None] = Key(
    name="release:slackWorkspaceId",
    meaning="The workspace that alerts go to, authorised in Amazon Q's console; set together with slackChannelId.",
    rule=rules.SLACK_WORKSPACE,
    secret=True,
    otherwise="no Slack",
)
SLACK_CHANNEL: Key[str | None] = Key(
    name="release:slackChannelId",
    meaning="The channel that alerts go to, set together with slackWorkspaceId.",
    rule=rules.SLACK_CHANNEL,
    secret=True,
    otherwise="no Slack",
)
SLACK_TOPICS: Key[tuple[str, ...]] = Key(
    name="release:slackTopics",
    meaning="Other stacks' chat topics (their output chatTopicArn) that go to this stack's channel, too: an account "
    "configures a channel once. Of what is written for people Amazon Q shows nothing.",
    rule=rules.CHAT_TOPIC_ARNS,
    default=(),
    otherwise="none",
)
SLACK_SHARED = Key(
    name="release:slackShared",
    meaning="Whether another stack's Slack channel shows this one's alerts: makes the topic that its slackTopics "
    "names. With a channel of its own a stack has that topic anyway.",
    rule=rules.FLAG,
    default=False,
)
RUNBOOKS: Key[str | None] = Key(
    name="release:runbooks",
    meaning="The folder with the runbooks on the web, which every alarm links to.",
    rule=rules.RUNBOOKS,
    otherwise="docs/runbooks of the released branch",
)
APPLICATION_ERROR_PATTERN = Key(
    name="release:applicationErrorPattern",
    meaning="What an error line of the application is.",
    rule=rules.FILTER_PATTERN,
    sop="4.5",
    default=DEFAULT_ERROR_PATTERN,
    otherwise='an expression of levels from ERROR up, structured ones too ("level":"error"), nginx\'s and '
    "Apache's, and crashes of common languages",
)
ENDPOINT_URL: Key[str | None] = Key(
    name="release:endpointUrl",
    meaning="The page that must answer HTTP 200 after a release, where visitors come in by another name than the load "
    "balancer's.",
    rule=rules.ENDPOINT_URL,
    sop="4.3",
    otherwise="the load balancer's own, over http",
)
WORKLOAD = Key(
    name="release:workload",
    meaning="What of the web infrastructure is watched from its first deployment on. instances: the load balancer, its "
    "targets and the Auto Scaling group that they are of. targets: no such group serves (containers, targets by "
    "address), and there is no CPU and no instance to look at. none: nothing any longer; its alarms, its part of the "
    "dashboard and its access logs go with the next update.",
    rule=rules.WATCHED,
    default=Watched.INSTANCES,
)
WORKLOAD_POLICIES: Key[tuple[str, ...]] = Key(
    name="release:workloadPolicies",
    meaning="What CloudFormation's role has besides its own policy: for a template with other resource types than the "
    "sample's.",
    rule=rules.POLICY_ARNS,
    default=(),
    otherwise="none",
)
RECORDS = Key(
    name="release:records",
    meaning="Whether there is a records bucket, in which the ledger is: who announced, froze or opened what, and when. "
    "Without it a ledger is on one machine (--ledger FOLDER), and protects that machine only.",
    rule=rules.FLAG,
    sop="5.5",
    default=True,
)
IAM_PROPAGATION_SECONDS = Key(
    name="release:iamPropagationSeconds",
    meaning="Time from a new IAM policy to the first use of its role, waited once when pipeline and pull-request check "
    "are created.",
    rule=positive("seconds", _LONGEST_PROPAGATION),
    default=DEFAULT_PROPAGATION_SECONDS,
)
INTERRUPT_EXECUTIONS = Key(
    name="release:interruptExecutions",
    meaning="Whether the pipeline's definition may be changed while an execution works or waits, which cancels it; "
    "whatever ran before can then not be rolled back to.",
    rule=rules.FLAG,
    default=False,
    otherwise="false, and a preview refuses it",
)

BRANCH_PROTECTION = Group(
    name="release:branchProtection",
    meaning="What GitHub asks for before a merge into the branch.",
    sop="1.2",
)
MANAGE_PROTECTION = Key(
    name="release:branchProtection.manage",
    meaning="Whether this stack protects the branch. Of several that deploy one branch of one repository one does; "
    "GitHub takes no second rule for it.",
    rule=rules.FLAG,
    default=True,
)
APPROVALS = Key(
    name="release:branchProtection.approvals",
    meaning="Reviews before a merge.",
    rule=rules.APPROVALS,
    required=EVERYWHERE,
    unless=_UNLESS_LEFT,
    examples={Environment.DEV: "1", Environment.PROD: "2"},
)
UP_TO_DATE = Key(
    name="release:branchProtection.upToDate",
    meaning="Whether what is merged must contain the branch's newest commit.",
    rule=rules.FLAG,
    required=EVERYWHERE,
    unless=_UNLESS_LEFT,
    examples={Environment.DEV: "false", Environment.PROD: "true"},
)
CODE_OWNER_REVIEWS = Key(
    name="release:branchProtection.codeOwnerReviews",
    meaning="Whether a code owner must be among the reviewers.",
    rule=rules.FLAG,
    sop="3.4",
    required=EVERYWHERE,
    unless=_UNLESS_LEFT,
    examples={Environment.DEV: "false", Environment.PROD: "true"},
)
BYPASS_ACTORS: Key[tuple[str, ...]] = Key(
    name="release:branchProtection.bypassActors",
    meaning="Who may merge an emergency without review.",
    rule=rules.ACTORS,
    sop="8",
    default=(),
    otherwise="nobody",
)

APPROVAL = Group(
    name="release:approval",
    meaning="Who agrees to a release, beside the reviews that GitHub asks for.",
    sop="3.4",
)
OPERATIONS_MANAGER: Key[str | None] = Key(
    name="release:approval.operationsManager",
    meaning="Who is the operations manager.",
    rule=rules.ACTOR,
    otherwise="the team operations-manager of the repository's owner",
)
MANAGER_COUNTS = Key(
    name="release:approval.managerCounts",
    meaning="Whether the manager's approval is one of the team members', too.",
    rule=rules.FLAG,
    default=False,
)

RELEASE_WINDOW = Group(
    name="release:releaseWindow",
    meaning="When prod's Deploy stage opens.",
    sop="6.1",
    environments=_IN_PROD,
)
WINDOW_DAYS = Key(
    name="release:releaseWindow.days",
    meaning="Days of every week on which it opens.",
    rule=rules.DAYS,
    required=_IN_PROD,
)
WINDOW_OPENS = Key(
    name="release:releaseWindow.opens",
    meaning="The hour from which it is open.",
    rule=rules.OPENS,
    required=_IN_PROD,
)
WINDOW_CLOSES = Key(
    name="release:releaseWindow.closes",
    meaning="The hour from which it is shut again.",
    rule=rules.CLOSES,
    required=_IN_PROD,
)
WINDOW_TIME_ZONE = Key(
    name="release:releaseWindow.timeZone",
    meaning="Whose days and hours these are.",
    rule=rules.TIME_ZONE,
    required=_IN_PROD,
)

CALENDAR = Group(
    name="release:calendar",
    meaning="When prod is not released although its window is open. Days and hours are those of the window's timeZone.",
    sop="6.2",
    environments=_IN_PROD,
)
HOLIDAYS = Key(
    name="release:calendar.holidays",
    meaning="Whose public holidays are closed; a country whose parts have holidays of their own needs the part.",
    rule=rules.HOLIDAYS,
    required=_IN_PROD,
)
HALF_DAYS = Key(
    name="release:calendar.halfDays",
    meaning="Whether days of which a part is a holiday there are closed as well, such as Christmas Eve.",
    rule=rules.FLAG,
    default=False,
)
WORKING_DAYS: Key[tuple[str, ...]] = Key(
    name="release:calendar.workingDays",
    meaning="Holidays there that are none here: a day of another town, say.",
    rule=rules.HOLIDAYS_WORKED,
    default=(),
    otherwise="none",
)
QUARTER_END_DAYS = Key(
    name="release:calendar.quarterEndDays",
    meaning="So many last days of every quarter are closed; 0: none.",
    rule=rules.QUARTER_END_DAYS,
    default=3,
)
FREEZES: Key[Mapping[str, str]] = Key(
    name="release:calendar.freezes",
    meaning="What is closed besides, by name: days of high traffic, holidays that the calendar lacks.",
    rule=rules.FREEZES,
    default={},
    otherwise="nothing",
    entry='["NAME"]',
)

THRESHOLD_GROUP = Group(
    name="release:thresholds",
    meaning="The limits of alarms, dashboard and verification.",
)


def _threshold(field: str, type_: type, limit: Limit) -> Key[Any]:
    rule: Rule[float] = positive_whole(limit.unit) if type_ is int else positive(limit.unit, limit.at_most)
    return Key(
        name=f"{THRESHOLD_GROUP.name}.{camel_case(field)}",
        meaning=f"{limit.meaning}.",
        rule=rule,
        sop=limit.sop,
        required=EVERYWHERE,
    )


THRESHOLDS: Mapping[str, Key[Any]] = {name: _threshold(name, *limit) for name, limit in limits().items()}

PULL_REQUEST_CHECK = Group(
    name="release:pullRequestCheck",
    meaning="The check that every pull request must pass.",
    sop="1.2",
)
WEBHOOK = Key(
    name="release:pullRequestCheck.webhook",
    meaning="Whether pull requests start the CFN-Lint check, whose project and webhook are created once the connection "
    "is AVAILABLE; false takes both away.",
    rule=rules.FLAG,
    required=EVERYWHERE,
)
ACCESS_LOGS = Group(
    name="release:accessLogs",
    meaning="The load balancer's access logs.",
    sop="4.5",
)
DELIVER = Key(
    name="release:accessLogs.deliver",
    meaning="Whether they are delivered to CloudWatch Logs.",
    rule=rules.FLAG,
    required=EVERYWHERE,
)
NAMES_GROUP = Group(
    name="release:names",
    meaning="Other names than the SOP's, the environment a word in each, so that dev and prod share none. What has a "
    "name besides is called after these.",
)
_NAMED = {
    "pipeline": "The pipeline.",
    "cloudformation_stack": "The CloudFormation stack of the web infrastructure.",
    "topic": "The alerts' topic.",
    "dashboard": "The dashboard.",
    "artifact_bucket": "The bucket of the pipeline's artifacts, without account and region, which are added.",
}
NAMES: Mapping[str, Key[str | None]] = {
    name: Key(
        name=f"{NAMES_GROUP.name}.{camel_case(name)}",
        meaning=_NAMED[name],
        rule=rules.NAME,
        otherwise="the SOP's",
    )
    for name in RENAMEABLE
}

GROUPS = (
    *(BRANCH_PROTECTION, APPROVAL, RELEASE_WINDOW, CALENDAR, announcement_keys.ANNOUNCEMENTS),
    *(THRESHOLD_GROUP, PULL_REQUEST_CHECK, ACCESS_LOGS, NAMES_GROUP),
)
KEYS: tuple[Key[Any], ...] = (
    *(REGION, SERVICE_NAME, REPOSITORY, CONNECTION_ARN, BRANCH, ALERT_EMAILS),
    *(SLACK_WORKSPACE, SLACK_CHANNEL, SLACK_TOPICS, SLACK_SHARED, RUNBOOKS),
    *(APPLICATION_ERROR_PATTERN, ENDPOINT_URL, WORKLOAD, WORKLOAD_POLICIES),
    *(RECORDS, *runner_keys.KEYS, IAM_PROPAGATION_SECONDS, INTERRUPT_EXECUTIONS),
    *(MANAGE_PROTECTION, APPROVALS, UP_TO_DATE, CODE_OWNER_REVIEWS, BYPASS_ACTORS),
    *(OPERATIONS_MANAGER, MANAGER_COUNTS),
    *(WINDOW_DAYS, WINDOW_OPENS, WINDOW_CLOSES, WINDOW_TIME_ZONE),
    *(HOLIDAYS, HALF_DAYS, WORKING_DAYS, QUARTER_END_DAYS, FREEZES),
    *announcement_keys.KEYS,
    *THRESHOLDS.values(),
    *(WEBHOOK, DELIVER),
    *NAMES.values(),
)
