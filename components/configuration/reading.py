"""Reads one stack's configuration into its settings, and checks it: here, nowhere else.

Keys, units and defaults are described in Pulumi.yaml.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import fields
from typing import Any

import pulumi
from pulumi.runtime import config as engine

from components import aws_names
from components.configuration import rules
from components.configuration.configuration import Configuration
from components.configuration.mistake import ConfigurationError
from components.configuration.rule import Rule
from components.configuration.section import Section
from components.configuration.settings import BranchRules, Settings, Slack
from sop.error_pattern import DEFAULT_ERROR_PATTERN
from sop.names import REGION, RENAMEABLE, SERVICE, Environment, Names, environment_of
from sop.outputs import camel_case
from sop.thresholds import Thresholds
from sop.windows import ReleaseWindow

DEFAULT_PROPAGATION_SECONDS = 30
_LONGEST_PROPAGATION = 600  # seconds
_MOST_APPROVALS = 6  # GitHub's own bound
_THRESHOLD_RULES: Mapping[str, Rule[Any]] = {
    "pipeline_expected_minutes": rules.positive("minutes"),
    "pipeline_alert_minutes": rules.positive("minutes"),
    "response_time_seconds": rules.positive("seconds"),
    "cpu_percent": rules.positive("percent", 100),
    "error_rate_percent": rules.positive("percent", 100),
    "error_rate_minimum_requests": rules.positive_whole("requests"),
    "unhealthy_hosts": rules.positive_whole("hosts"),
    "application_errors": rules.positive_whole("lines"),
    "dev_observation_hours": rules.positive("hours"),
}


def load_settings() -> Settings:
    """The configuration of the stack that the engine runs.

    Raises:
        pulumi.RunError: all that is wrong with it, in one message.
    """
    values = {**engine.get_config_env(), **engine.CONFIG.get()}
    secrets = {key for key in values if engine.is_config_secret(key)}
    try:
        return read_settings(pulumi.get_stack(), values, secrets)
    except ConfigurationError as error:
        raise pulumi.RunError(str(error)) from None


def read_settings(stack: str, values: Mapping[str, str], secrets: Set[str] = frozenset()) -> Settings:
    """The settings in `values`, given by full key (`release:branch`) as the engine does: text, groups as JSON.

    Raises:
        ConfigurationError: every mistake at once.
    """
    configuration = Configuration(stack, values, secrets)
    try:
        environment = environment_of(stack)
    except ValueError:
        configuration.wrong_stack(tuple(Environment))
    release = configuration.namespaces["release"]
    region = configuration.namespaces["aws"].required("region", rules.REGION_RULE)
    names = _names(release, environment, region)
    settings = Settings(
        environment=environment,
        names=names,
        region=region,
        repository=(repository := release.required("repository", rules.REPOSITORY)),
        branch=(branch := release.optional("branch", rules.branch(names.branch), names.branch)),
        connection_arn=release.required("connectionArn", rules.CONNECTION_ARN),
        alert_emails=release.required("alertEmails", rules.EMAILS),
        slack=(slack := _slack(release)),
        chat=release.optional("slackShared", rules.flag("true"), False) or slack is not None,
        runbooks=release.optional(
            "runbooks", rules.RUNBOOKS, f"https://github.com/{repository}/blob/{branch}/docs/runbooks"
        ),
        branch_rules=_branch_rules(release.group("branchProtection"), environment),
        release_window=_release_window(release, environment),
        thresholds=_thresholds(release.group("thresholds")),
        pull_request_check=release.group("pullRequestCheck").required("webhook", rules.flag("true")),
        access_log_delivery=release.group("accessLogs").required("deliver", rules.flag("true")),
        application_error_pattern=release.optional(
            "applicationErrorPattern", rules.FILTER_PATTERN, DEFAULT_ERROR_PATTERN
        ),
        endpoint_url=release.optional("endpointUrl", rules.ENDPOINT_URL, None),
        workload_policies=release.optional("workloadPolicies", rules.POLICY_ARNS, ()),
        iam_propagation_seconds=release.optional(
            "iamPropagationSeconds", rules.positive("seconds", _LONGEST_PROPAGATION), DEFAULT_PROPAGATION_SECONDS
        ),
        interrupt_executions=release.optional("interruptExecutions", rules.flag("true"), False),
        watch_workload=release.optional("workload", rules.NO_WORKLOAD, None) is None,
    )
    configuration.finish()
    return settings


def _names(release: Section, environment: Environment, region: str | None) -> Names:
    group = release.group("names")
    service = release.optional("service", rules.SERVICE_RULE, SERVICE) or SERVICE
    overrides = {
        name: given
        for name in RENAMEABLE
        if (given := group.optional(camel_case(name), rules.name_of(environment), None)) is not None
    }
    names = Names(environment, overrides, service, region or REGION)
    usual = Names(environment, region=names.region)
    for source in RENAMEABLE:
        refused = [
            f"{name!r} ({len(name)} characters) is no {rule}"
            for made_from, name, rule in aws_names.unusable(names)
            if made_from == source
        ]
        if refused and (source in overrides or service == SERVICE):
            accepted = f"a name that AWS accepts, but {'; '.join(refused)}"
            group.mistake(camel_case(source), accepted, getattr(usual, source))
        elif refused:
            release.mistake("service", f"a service whose names AWS accepts, but {'; '.join(refused)}", "shop")
    return names


def _slack(release: Section) -> Slack | None:
    ids = {"slackWorkspaceId": rules.SLACK_WORKSPACE, "slackChannelId": rules.SLACK_CHANNEL}
    given = [name for name in ids if release.is_set(name)]
    workspace, channel = (release.secret(name, rule) for name, rule in ids.items())
    for name, rule in ids.items():
        if given and name not in given:
            release.missing_secret(name, rule)
    topics = release.optional("slackTopics", rules.CHAT_TOPIC_ARNS, ())
    if not given and topics:
        release.not_here("slackTopics", "set where slackWorkspaceId and slackChannelId are")
    return Slack(workspace_id=workspace, channel_id=channel, topics=topics) if workspace and channel else None


def _branch_rules(group: Section, environment: Environment) -> BranchRules:
    usual = {Environment.DEV: ("1", "false"), Environment.PROD: ("2", "true")}
    approvals, strict = usual[environment]
    return BranchRules(
        approvals=group.required("approvals", rules.whole(0, _MOST_APPROVALS, example=approvals)),
        up_to_date=group.required("upToDate", rules.flag(strict)),
        code_owner_reviews=group.required("codeOwnerReviews", rules.flag(strict)),
        bypass_actors=group.optional("bypassActors", rules.ACTORS, ()),
    )


def _release_window(release: Section, environment: Environment) -> ReleaseWindow | None:
    if environment is not Environment.PROD:
        release.not_here("releaseWindow", "nothing: only prod's Deploy stage waits for a window (SOP 6.1)")
        return None
    group = release.group("releaseWindow")
    days = group.required("days", rules.DAYS)
    opens = group.required("opens", rules.OPENS)
    closes = group.required("closes", rules.CLOSES)
    time_zone = group.required("timeZone", rules.TIME_ZONE)
    if opens is not None and closes is not None and closes <= opens:
        group.mistake("closes", rules.CLOSES.allowed, f"{opens + 1:02}:00")
    return ReleaseWindow(days=days, opens=opens, closes=closes, time_zone=time_zone)


def _thresholds(group: Section) -> Thresholds:
    limits = {
        limit.name: group.required(camel_case(limit.name), _THRESHOLD_RULES[limit.name]) for limit in fields(Thresholds)
    }
    expected, alert = limits["pipeline_expected_minutes"], limits["pipeline_alert_minutes"]
    if expected is not None and alert is not None and alert < expected:
        group.mistake("pipelineAlertMinutes", "at least pipelineExpectedMinutes", f"{expected:g}")
    return Thresholds(**limits)
