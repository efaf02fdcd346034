"""The alerts topic: who publishes, who reads, and with which key."""

from __future__ import annotations

import json
from typing import Any

from tests.components.recorder import Plan, configuration, run_program

PUBLISHERS = {"cloudwatch.amazonaws.com", "codestar-notifications.amazonaws.com"}
EVENTS = "events.amazonaws.com"
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


def test_an_sns_target_takes_no_role(prod: Plan) -> None:
    for target in prod.of_type("EventTarget"):
        assert "roleArn" not in target.inputs
        assert target.inputs["arn"] == prod.outputs["topicArn"]


def test_events_are_delivered_only_once_the_topic_lets_them_in(prod: Plan) -> None:
    policy = prod.only("TopicPolicy").urn
    assert all(policy in target.depends_on for target in prod.of_type("EventTarget"))
