"""Reads one stack's configuration into its settings, and checks it: here, nowhere else.

What each key is stands in keys.py; here is what they make together.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping, Set
from dataclasses import replace

import pulumi
from pulumi.runtime import config as engine

from components import aws_names
from components.configuration import keys, runner_keys
from components.configuration.announcements import announcements_of, channel_secrets
from components.configuration.calendar import calendar_of
from components.configuration.configuration import Configuration
from components.configuration.mistake import ConfigurationError, Mistake
from components.configuration.settings import BranchRules, Settings, Slack
from sop.names import OPERATIONS_MANAGER, REGION, RENAMEABLE, SERVICE, Environment, Names, environment_of
from sop.thresholds import Thresholds
from sop.windows import ReleaseWindow


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
    environment = _environment(stack)
    given = Configuration(stack, environment, values, secrets)
    connection_arn = given.get(keys.CONNECTION_ARN)
    region = given.get(keys.REGION, example=connection_arn.split(":")[3] if connection_arn else "")
    repository = given.get(keys.REPOSITORY)
    branch = _branch(given, environment)
    settings = Settings(
        environment=environment,
        names=_names(given, environment, region),
        region=region,
        repository=repository,
        branch=branch,
        connection_arn=connection_arn,
        alert_emails=(alert_emails := given.get(keys.ALERT_EMAILS)),
        slack=(slack := _slack(given)),
        chat=given.get(keys.SLACK_SHARED) or slack is not None,
        runbooks=given.get(keys.RUNBOOKS) or f"https://github.com/{repository}/blob/{branch}/docs/runbooks",
        branch_rules=_branch_rules(given),
        operations_manager=given.get(keys.OPERATIONS_MANAGER) or f"{_owner(repository)}/{OPERATIONS_MANAGER}",
        manager_counts=given.get(keys.MANAGER_COUNTS),
        release_window=(window := _release_window(given, environment)),
        calendar=calendar_of(given, window) if window else None,
        announcements=announcements_of(given, environment, alert_emails),
        channel_secrets=channel_secrets(given),
        thresholds=_thresholds(given),
        pull_request_check=given.get(keys.WEBHOOK),
        access_log_delivery=given.get(keys.DELIVER),
        application_error_pattern=given.get(keys.APPLICATION_ERROR_PATTERN),
        endpoint_url=given.get(keys.ENDPOINT_URL),
        workload_policies=given.get(keys.WORKLOAD_POLICIES),
        iam_propagation_seconds=given.get(keys.IAM_PROPAGATION_SECONDS),
        interrupt_executions=given.get(keys.INTERRUPT_EXECUTIONS),
        watched=given.get(keys.WORKLOAD),
        keep_records=given.get(keys.RECORDS),
        runner=given.get(runner_keys.RUNNER),
    )
    given.finish()
    return settings


def _environment(stack: str) -> Environment:
    try:
        return environment_of(stack)
    except ValueError:
        raise ConfigurationError(stack, [_misnamed(stack)]) from None


def _misnamed(stack: str) -> Mistake:
    words = stack.split("-")
    meant = next((each for each in Environment if each in words), None)
    label = "-".join(word for word in words if word and word != meant)
    renamed = f"{label}-{meant}" if meant and label else meant or f"LABEL-{Environment.DEV}"
    every = ", ".join([*Environment, *(f"LABEL-{each}" for each in Environment)])
    return Mistake(
        key="the stack's name",
        value=json.dumps(stack),
        allowed=f"one of {every}: what stands after the last hyphen is the environment",
        mend=f"pulumi stack select {Environment.DEV}, or give this one such a name: "
        f"{shlex.join(['pulumi', 'stack', 'rename', renamed, '--stack', stack])}",
    )


def _branch(given: Configuration, environment: Environment) -> str:
    usual = Names(environment).branch
    branch = given.get(keys.BRANCH) or usual
    for other in Environment:
        if other is not environment and branch == Names(other).branch:
            given.mistake(keys.BRANCH, f"any branch but {branch}, which is {other}'s (SOP {keys.BRANCH.sop})", usual)
    return branch


def _names(given: Configuration, environment: Environment, region: str | None) -> Names:
    service = given.get(keys.SERVICE_NAME) or SERVICE
    usual = Names(environment, service=service, region=region or REGION)
    overrides: dict[str, str] = {}
    for name, key in keys.NAMES.items():
        chosen = given.get(key)
        if chosen is not None and environment not in re.split(r"[^A-Za-z0-9]", chosen):
            given.mistake(key, example=getattr(usual, name))
        elif chosen is not None:
            overrides[name] = chosen
    names = replace(usual, overrides=overrides)
    for source in RENAMEABLE:
        refused = [
            f"{name!r} ({len(name)} characters) is no {rule}"
            for made_from, name, rule in aws_names.unusable(names)
            if made_from == source
        ]
        if refused and (source in overrides or service == SERVICE):
            accepted = f"a name that AWS accepts, but {'; '.join(refused)}"
            given.mistake(keys.NAMES[source], accepted, getattr(usual, source))
        elif refused:
            given.mistake(keys.SERVICE_NAME, f"a service whose names AWS accepts, but {'; '.join(refused)}")
    return names


def _slack(given: Configuration) -> Slack | None:
    wanted = given.is_set(keys.SLACK_WORKSPACE) or given.is_set(keys.SLACK_CHANNEL)
    workspace = given.get(keys.SLACK_WORKSPACE, required=wanted)
    channel = given.get(keys.SLACK_CHANNEL, required=wanted)
    topics = given.get(keys.SLACK_TOPICS)
    if not wanted and topics:
        given.not_here(keys.SLACK_TOPICS, "set where slackWorkspaceId and slackChannelId are")
    return Slack(workspace_id=workspace, channel_id=channel, topics=topics) if workspace and channel else None


def _branch_rules(given: Configuration) -> BranchRules | None:
    left_to_another = given.get(keys.MANAGE_PROTECTION) is False
    required = False if left_to_another else None
    rules = BranchRules(
        approvals=given.get(keys.APPROVALS, required=required),
        up_to_date=given.get(keys.UP_TO_DATE, required=required),
        code_owner_reviews=given.get(keys.CODE_OWNER_REVIEWS, required=required),
        bypass_actors=given.get(keys.BYPASS_ACTORS),
    )
    return None if left_to_another else rules


def _owner(repository: str | None) -> str:
    return (repository or "").partition("/")[0]


def _release_window(given: Configuration, environment: Environment) -> ReleaseWindow | None:
    if environment not in keys.RELEASE_WINDOW.environments:
        return None
    window = ReleaseWindow(
        days=given.get(keys.WINDOW_DAYS),
        opens=given.get(keys.WINDOW_OPENS),
        closes=given.get(keys.WINDOW_CLOSES),
        time_zone=given.get(keys.WINDOW_TIME_ZONE),
    )
    if None not in (window.opens, window.closes) and window.closes <= window.opens:
        given.mistake(keys.WINDOW_CLOSES, example=f"{window.opens + 1:02}:00")
    return window


def _thresholds(given: Configuration) -> Thresholds:
    thresholds = Thresholds(**{name: given.get(key) for name, key in keys.THRESHOLDS.items()})
    expected, alert = thresholds.pipeline_expected_minutes, thresholds.pipeline_alert_minutes
    if None not in (expected, alert) and alert < expected:
        key = keys.THRESHOLDS["pipeline_alert_minutes"]
        given.mistake(key, f"at least {keys.THRESHOLDS['pipeline_expected_minutes'].member}", f"{expected:g}")
    return thresholds
