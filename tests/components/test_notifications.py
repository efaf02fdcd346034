"""The alerts topic: who publishes, who reads, and with which key."""

from __future__ import annotations

import json
from typing import Any

from components.account import Account
from components.alert_events import alert_events
from sandbox.aws.events.transformer import check_transformer, transformed
from sop.names import Environment, Names
from tests.components.recorder import Plan, Registration, configuration, run_program

PUBLISHERS = {"cloudwatch.amazonaws.com", "codestar-notifications.amazonaws.com"}
EVENTS = "events.amazonaws.com"
EXECUTION = "0c0de000-0000-4000-8000-000000000003"
THIS_ACCOUNT = {"StringEquals": {"aws:SourceAccount": "123456789012"}}


def statements(document: str) -> dict[str, Any]:
    return {statement["Sid"]: statement for statement in json.loads(document)["Statement"]}


def test_the_topic_has_a_customer_key_because_aliased_sns_does_not_work_for_alarms(prod: Plan) -> None:
    key = prod.only("Key", "alerts")
    assert prod.only("Topic").inputs["kmsMasterKeyId"].endswith(key.name)
    assert key.inputs["enableKeyRotation"] is True


def test_publishers_of_this_account_may_use_the_key(prod: Plan) -> None:
    statement = statements(prod.only("Key", "alerts").inputs["policy"])["PublishersEncrypt"]
    assert set(statement["Principal"]["Service"]) == PUBLISHERS
    assert statement["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]
    assert statement["Condition"] == THIS_ACCOUNT


def test_eventbridge_which_tells_no_account_may_use_the_key_for_this_topic(prod: Plan) -> None:
    statement = statements(prod.only("Key", "alerts").inputs["policy"])["EventsEncrypt"]
    assert statement["Principal"] == {"Service": EVENTS}
    topic = "arn:aws:sns:ap-southeast-2:123456789012:prod-alerts"
    assert statement["Condition"] == {"StringEquals": {"kms:EncryptionContext:aws:sns:topicArn": [topic]}}


def test_only_cloudwatch_eventbridge_and_notifications_publish(prod: Plan) -> None:
    found = statements(prod.only("TopicPolicy").inputs["policy"])
    publishing = {sid for sid, statement in found.items() if "sns:Publish" in statement["Action"]}
    assert publishing == {"Publish", "PublishEvents"}
    assert set(found["Publish"]["Principal"]["Service"]) == PUBLISHERS
    assert found["Publish"]["Condition"] == THIS_ACCOUNT
    assert found["PublishEvents"]["Principal"] == {"Service": EVENTS}
    assert "Condition" not in found["PublishEvents"]


def test_the_topic_policy_replaces_the_whole_default_and_keeps_the_accounts_hold(prod: Plan) -> None:
    statement = statements(prod.only("TopicPolicy").inputs["policy"])["AccountAdministers"]
    assert statement["Principal"] == {"AWS": "arn:aws:iam::123456789012:root"}
    assert "sns:SetTopicAttributes" in statement["Action"]


def test_operations_subscribes_by_email(prod: Plan) -> None:
    inputs = prod.only("TopicSubscription").inputs
    assert (inputs["protocol"], inputs["endpoint"]) == ("email", "operations@helios.id")
    assert prod.outputs["alertEmails"] == ["operations@helios.id"]


def test_each_configured_address_is_subscribed() -> None:
    emails = {"release:alertEmails": "a@helios.id,b@helios.id"}
    plan = run_program("dev", config=configuration("dev") | emails)
    endpoints = [subscription.inputs["endpoint"] for subscription in plan.of_type("TopicSubscription")]
    assert sorted(endpoints) == ["a@helios.id", "b@helios.id"] == plan.outputs["alertEmails"]


def test_a_failed_execution_of_this_pipeline_is_an_event_for_the_topic(prod: Plan) -> None:
    pattern = json.loads(prod.only("EventRule", "execution").inputs["eventPattern"])
    assert pattern == {
        "source": ["aws.codepipeline"],
        "detail-type": ["CodePipeline Pipeline Execution State Change"],
        "detail": {"pipeline": ["web-pipeline-prod"], "state": ["FAILED", "STOPPED"]},
    }


def test_a_rollback_of_this_stack_and_no_other_is_an_event_for_the_topic(prod: Plan) -> None:
    detail = json.loads(prod.only("EventRule", "rollback").inputs["eventPattern"])["detail"]
    # With the slash, web-infrastructure-prod is not the beginning of another stack's name
    (prefix,) = detail["stack-id"]
    assert prefix["prefix"].endswith(":stack/web-infrastructure-prod/")
    assert all("ROLLBACK" in status for status in detail["status-details"]["status"])


def test_a_rule_that_somebody_disabled_by_hand_is_enabled_again(prod: Plan) -> None:
    assert {rule.inputs["state"] for rule in prod.of_type("EventRule")} == {"ENABLED"}


def to_topics(plan: Plan, type_: str) -> list[Registration]:
    """The rules that tell, or their targets; the others start the runner."""
    return [one for one in plan.of_type(type_) if not one.name.startswith("runner-starting")]


def test_an_sns_target_takes_no_role_and_the_runners_do(everything: Plan) -> None:
    targets = everything.of_type("EventTarget")
    assert all(
        ("roleArn" in target.inputs) is (target not in to_topics(everything, "EventTarget")) for target in targets
    )


def test_events_are_delivered_only_once_the_topic_lets_them_in(everything: Plan) -> None:
    policies = {policy.inputs["arn"]: policy.urn for policy in everything.of_type("TopicPolicy")}
    targets = to_topics(everything, "EventTarget")
    assert {target.inputs["arn"] for target in targets} == policies.keys()
    assert all(policies[target.inputs["arn"]] in target.depends_on for target in targets)


def mail(plan: Plan, subject: str, event: dict[str, Any]) -> list[str]:
    """The lines that a person reads of an event, filled as EventBridge does."""
    (target,) = (one for one in plan.of_type("EventTarget") if one.name == f"alerts-{subject}-target")
    assert target.inputs["arn"] == plan.outputs["topicArn"]
    transformer = target.inputs["inputTransformer"]
    told = {"InputPathsMap": transformer["inputPaths"], "InputTemplate": transformer["inputTemplate"]}
    check_transformer(told, "alerts")
    return [json.loads(line) for line in transformed(told, event, {}).splitlines()]


def test_the_mail_of_a_failed_execution_says_what_and_where_and_leads_to_it_and_to_what_to_do(prod: Plan) -> None:
    event = {"time": "2026-11-24T03:10:00Z", "detail": {"state": "FAILED", "execution-id": EXECUTION}}
    said, stage, runbook, command = mail(prod, "execution", event)
    assert said == (
        f"web-pipeline-prod: execution {EXECUTION} is FAILED since 2026-11-24T03:10:00Z "
        "(ap-southeast-2, account 123456789012)."
    )
    assert stage.endswith(f"/pipelines/web-pipeline-prod/executions/{EXECUTION}/timeline?region=ap-southeast-2")
    assert runbook == f"What to do: {prod.outputs['runbooks']}/rollback.md"
    assert command.endswith("release verify --stack prod")


def test_the_mail_of_a_rollback_says_which_stack_and_leads_to_its_events(prod: Plan) -> None:
    stack = "arn:aws:cloudformation:ap-southeast-2:123456789012:stack/web-infrastructure-prod/0c1d"
    status = {"status": "UPDATE_ROLLBACK_IN_PROGRESS", "status-reason": 'it said "no"'}
    event = {"time": "2026-11-24T03:10:00Z", "detail": {"stack-id": stack, "status-details": status}}
    said, resource, *_ = mail(prod, "rollback", event)
    assert said.startswith(
        "web-infrastructure-prod: its last change failed, the stack is UPDATE_ROLLBACK_IN_PROGRESS since 2026-11-24"
    )
    assert resource.endswith(f"/cloudformation/home?region=ap-southeast-2#/stacks/events?stackId={stack}")


def test_where_the_console_has_no_public_address_a_mail_has_no_link_to_it() -> None:
    isolated = Account(account_id="123456789012", region="us-iso-east-1", partition="aws-iso")
    for event in alert_events(isolated, Names(Environment.PROD), "https://example.com/runbooks", "prod"):
        assert not any("console" in line for line in event.lines)


class TestChat:
    def test_without_a_chat_there_is_one_topic(self, prod: Plan) -> None:
        assert [topic.inputs["name"] for topic in prod.of_type("Topic")] == ["prod-alerts"]
        assert prod.outputs.get("chatTopicArn") is prod.outputs.get("chatTopicPolicyDigest") is None

    def test_amazon_q_reads_a_topic_of_its_own_and_nobody_else_does(self, everything: Plan) -> None:
        topics = everything.only("SlackChannelConfiguration").inputs["snsTopicArns"]
        assert topics == [everything.outputs["chatTopicArn"]]
        assert {one.inputs["topic"] for one in everything.of_type("TopicSubscription")} == {
            everything.outputs["topicArn"]
        }

    def test_amazon_q_gets_the_event_itself_because_it_shows_nothing_else(self, everything: Plan) -> None:
        chat = [
            one for one in everything.of_type("EventTarget") if one.inputs["arn"] == everything.outputs["chatTopicArn"]
        ]
        assert len(chat) == len(to_topics(everything, "EventRule"))
        assert not any({"input", "inputPath", "inputTransformer"} & one.inputs.keys() for one in chat)

    def test_alarms_tell_people_and_the_chat(self, everything: Plan) -> None:
        both = [everything.outputs["topicArn"], everything.outputs["chatTopicArn"]]
        alarms = [*everything.of_type("MetricAlarm"), *everything.of_type("CompositeAlarm")]
        assert all(alarm.inputs["alarmActions"] == alarm.inputs["okActions"] == both for alarm in alarms)
        assert all(one["AlarmActions"] == sorted(both) for one in everything.outputs["alarms"].values())

    def test_both_topics_have_the_one_key_which_lets_events_to_both(self, everything: Plan) -> None:
        keys = {topic.inputs["kmsMasterKeyId"] for topic in everything.of_type("Topic")}
        assert len(keys) == 1
        statement = statements(everything.only("Key", "alerts").inputs["policy"])["EventsEncrypt"]
        (topics,) = statement["Condition"]["StringEquals"].values()
        assert [topic.rpartition(":")[2] for topic in topics] == ["prod-alerts", "prod-alerts-chat"]

    def test_a_channel_of_another_stack_finds_the_topic_here(self) -> None:
        plan = run_program("dev", config=configuration("dev") | {"release:slackShared": "true"})
        assert {topic.inputs["name"] for topic in plan.of_type("Topic")} == {"dev-alerts", "dev-alerts-chat"}
        assert not plan.of_type("SlackChannelConfiguration")
