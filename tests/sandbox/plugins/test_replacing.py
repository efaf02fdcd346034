"""What replaces a resource, and whether the old one goes first: by the bridge's rule, in three families."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.plugins.values import Values
from tests.sandbox.plugins.cases import CASES
from tests.sandbox.plugins.cases.parts import (
    ALARM,
    ATTACHMENT,
    BUCKET,
    DESTINATION,
    GROUP,
    LOG_GROUP,
    PROJECT,
    ROLE,
    ROLE_POLICY,
    RULE,
    SOURCE,
    TOPIC,
    trust,
)
from tests.sandbox.plugins.conftest import Call
from tests.sandbox.plugins.engine import Engine, State
from tests.sandbox.sample import REGION

PIPELINE = "aws:codepipeline/pipeline:Pipeline"
WEBHOOK = "aws:codebuild/webhook:Webhook"
ALIAS = "aws:kms/alias:Alias"
KEY = "aws:kms/key:Key"
COMPOSITE = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
DASHBOARD = "aws:cloudwatch/dashboard:Dashboard"
TARGET = "aws:cloudwatch/eventTarget:EventTarget"
METRIC_FILTER = "aws:cloudwatch/logMetricFilter:LogMetricFilter"
LOG_POLICY = "aws:cloudwatch/logResourcePolicy:LogResourcePolicy"
DELIVERY = "aws:cloudwatch/logDelivery:LogDelivery"
TOPIC_POLICY = "aws:sns/topicPolicy:TopicPolicy"
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
SECRET = "aws:secretsmanager/secret:Secret"
SECRET_VERSION = "aws:secretsmanager/secretVersion:SecretVersion"
CHANNEL = "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration"
OBJECT = "aws:s3/bucketObjectv2:BucketObjectv2"
SCHEDULE = "aws:scheduler/schedule:Schedule"
BUCKET_PARTS = [token for token in CASES if token.startswith("aws:s3/bucket") and token not in (BUCKET, OBJECT)]

# Every property whose change replaces, besides `region`, which every resource with a region has.
REPLACES = {
    PIPELINE: {"name"},
    PROJECT: {"name"},
    WEBHOOK: {"projectName"},
    ROLE: {"name", "path"},
    ROLE_POLICY: {"name", "role"},
    ATTACHMENT: {"role", "policyArn"},
    KEY: {"customerMasterKeySpec", "keyUsage", "multiRegion"},
    ALIAS: {"name"},
    BUCKET: {"bucket", "objectLockEnabled"},
    **{part: {"bucket", "expectedBucketOwner"} for part in BUCKET_PARTS},
    TOPIC: {"name", "fifoTopic"},
    TOPIC_POLICY: {"arn"},
    SUBSCRIPTION: {"topic", "protocol", "endpoint"},
    ALARM: {"name"},
    COMPOSITE: {"alarmName", "actionsEnabled"},
    DASHBOARD: {"dashboardName"},
    RULE: {"name", "eventBusName"},
    TARGET: {"rule", "targetId", "eventBusName"},
    LOG_GROUP: {"name", "logGroupClass"},
    METRIC_FILTER: {"name", "logGroupName"},
    LOG_POLICY: {"policyName"},
    SOURCE: {"name", "logType", "resourceArn"},
    DESTINATION: {"name", "outputFormat"},
    DELIVERY: {"deliveryDestinationArn", "deliverySourceName"},
    CHANNEL: {"configurationName"},
    SECRET: {"name"},
    SECRET_VERSION: {"secretId", "secretString"},
    OBJECT: {"bucket", "key"},
    GROUP: {"name"},
    SCHEDULE: {"name", "groupName"},
}
WITHOUT_REGION = {ROLE, ROLE_POLICY, ATTACHMENT}
# SDKv2 with a property that the bridge names by itself where the program leaves it out.
NAMED = {PIPELINE, PROJECT, ROLE, ROLE_POLICY, ALIAS, BUCKET, TOPIC, ALARM, RULE, TARGET, LOG_GROUP, METRIC_FILTER,
         SECRET, GROUP, SCHEDULE}  # fmt: skip


@pytest.mark.parametrize("token", sorted(CASES))
def test_what_replaces_is_what_the_provider_s_schema_forces_new(aws: Engine, token: str) -> None:
    regional = set() if token in WITHOUT_REGION else {"region"}
    assert set(aws.provider.resources[token].replaces) == REPLACES[token] | regional


@pytest.mark.parametrize("token", sorted(CASES))
@pytest.mark.parametrize("changes", ["its name", "another of its properties"])
def test_a_type_with_an_autoname_that_the_program_sets_goes_first_and_no_other_does(
    aws: Engine, token: str, changes: str
) -> None:
    """Also when the name itself changes."""
    inputs = dict.fromkeys(aws.provider.resources[token].replaces, "before") | {"region": REGION}
    changed = aws.provider.resources[token].autoname if changes == "its name" else "region"
    if token in WITHOUT_REGION and changed == "region":
        changed = "path" if token == ROLE else "role"
    changed = changed or next(iter(REPLACES[token]))
    plan = difference(aws, token, inputs, inputs | {changed: "after"})
    assert plan.replaces == [changed]
    assert plan.deleteBeforeReplace == (token in NAMED)


@pytest.mark.parametrize("token", sorted(NAMED))
def test_a_name_that_the_bridge_made_up_is_replaced_by_another_one_first(aws: Engine, token: str) -> None:
    autoname = aws.provider.resources[token].autoname
    assert autoname is not None
    inputs = dict.fromkeys(aws.provider.resources[token].replaces, "before") | {autoname: "logical-0123456"}
    changed = "role" if token == ROLE_POLICY else "path" if token == ROLE else "region"
    plan = difference(aws, token, inputs, inputs | {changed: "after"}, {autoname})
    assert plan.replaces == [changed]
    assert not plan.deleteBeforeReplace


def difference(aws: Engine, token: str, old: Values, new: Values, defaults: set[str] | None = None) -> Any:
    return aws.diff(State(f"urn:pulumi:test::plugins::{token}::it", "it", old, old), new, defaults or set())


def test_what_the_bridge_made_up_is_remembered_through_a_refresh(aws: Engine) -> None:
    group = aws.create(LOG_GROUP, {}, name="logs")
    assert group.defaults == {"name", "region"}
    refreshed = aws.refresh(group)
    assert refreshed is not None
    assert refreshed.defaults == group.defaults
    plan = aws.plan(refreshed, {"logGroupClass": "INFREQUENT_ACCESS"})
    assert (plan.replaces, plan.delete_first) == (["logGroupClass"], False)
    aws.delete(refreshed)


def test_renaming_an_alarm_under_a_composite_by_the_provider_s_own_order_fails(aws: Engine) -> None:
    """Delete-first is the provider's order, and CloudWatch refuses it."""
    case = CASES[COMPOSITE]
    program, _, (alarm,) = case.programs(aws)
    composite = aws.create(COMPOSITE, program)
    assert aws.plan(alarm, {**alarm.inputs, "name": "renamed"}).delete_first
    with pytest.raises(Exception, match="Cannot delete life-part as there are composite alarm"):
        aws.delete(alarm)
    aws.delete(composite)
    aws.delete(alarm)


def test_a_composite_whose_actions_were_switched_by_hand_is_replaced_under_its_own_name(
    aws: Engine, behind: Call
) -> None:
    """Made first it only overwrites, and the deletion of the old one that follows takes it away."""
    program, _, (alarm,) = CASES[COMPOSITE].programs(aws)
    composite = aws.create(COMPOSITE, program)
    behind("cloudwatch", "disable_alarm_actions", AlarmNames=[composite.identifier])
    disturbed = aws.refresh(composite)
    assert disturbed is not None
    plan = aws.plan(disturbed, program)
    assert (plan.replaces, plan.delete_first) == (["actionsEnabled"], False)
    made = aws.create(COMPOSITE, program)
    aws.delete(disturbed)
    assert aws.refresh(made) is None
    aws.delete(alarm)


def test_a_log_delivery_source_for_another_load_balancer_conflicts_with_the_one_that_has_its_name(
    aws: Engine, behind: Call
) -> None:
    program = CASES[SOURCE].inputs
    source = aws.create(SOURCE, program)
    other = {**program, "resourceArn": program["resourceArn"].replace("/web/", "/other/")}
    plan = aws.plan(source, other)
    assert (plan.replaces, plan.delete_first) == (["resourceArn"], False)
    words = "ConflictException: Update to existing Delivery Source with new ResourceId is not allowed"
    with pytest.raises(Exception, match=words):
        aws.create(SOURCE, other)
    aws.delete(source)
    aws.delete(aws.create(SOURCE, other))


def test_role_paths_and_names_go_first_through_the_engine_s_own_calls(aws: Engine) -> None:
    program = {"name": "moved", "assumeRolePolicy": trust("codebuild")}
    role = aws.create(ROLE, program)
    plan = aws.plan(role, {**program, "path": "/release/"})
    assert (plan.replaces, plan.delete_first) == (["path"], True)
    aws.delete(role)
