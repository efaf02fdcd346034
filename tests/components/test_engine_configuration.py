"""The configuration on its way through Pulumi's own runtime: secrets, and an end without a traceback."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pulumi
import pytest
import yaml

from sop.thresholds import Thresholds
from sop.wire import camel_case
from tests.components.recorder import ROOT, SAMPLE, SECRET, Plan, configuration, deployed, run_program
from tests.components.test_settings import mistakes, read, the_mistake

WORKSPACE, CHANNEL = "T0SAMPLE1", "C0SAMPLE1"
SLACK = {"slackWorkspaceId": WORKSPACE, "slackChannelId": CHANNEL}
ENCRYPTED = frozenset({"release:slackWorkspaceId", "release:slackChannelId"})


def with_slack(*channels: Mapping[str, Any], **more: str) -> Plan:
    config = configuration("prod") | {f"release:{key}": value for key, value in (SLACK | more).items()}
    return run_program("prod", replace(deployed("prod"), channels=channels), config, sorted(ENCRYPTED))


def configured(name: str, channel: str = CHANNEL) -> dict[str, Any]:
    """A Slack channel's configuration as Amazon Q tells it."""
    tags = [{"TagKey": "Environment", "TagValue": "dev"}]
    return {"SlackTeamId": WORKSPACE, "SlackChannelId": channel, "ConfigurationName": name, "Tags": tags}


def test_bad_configuration_ends_the_run_with_one_message_and_nothing_registered() -> None:
    config = configuration("prod") | {"release:repository": "x", "release:colour": "red"}
    with pytest.raises(pulumi.RunError, match="2 mistakes; nothing was touched"):
        run_program("prod", config=config)


def test_bad_configuration_is_found_before_aws_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr("pulumi_aws.get_caller_identity", lambda **_: asked.append("identity"))
    with pytest.raises(pulumi.RunError):
        run_program("prod", config=configuration("prod") | {"release:repository": "x"})
    assert asked == []


@pytest.mark.parametrize("key", sorted(SLACK))
def test_a_slack_id_in_plain_text_is_refused_without_being_shown(key: str) -> None:
    found = mistakes(SLACK, secrets=ENCRYPTED - {f"release:{key}"})
    mistake = next(mistake for mistake in found if mistake.value == "[plain text]")
    assert mistake.key == f"release:{key}"
    assert mistake.mend.startswith(f"pulumi config set --secret release:{key} ")
    assert not any(value in str(found) for value in SLACK.values())


def test_a_malformed_secret_is_not_shown() -> None:
    mistake = the_mistake(SLACK | {"slackChannelId": "#alerts"}, secrets=ENCRYPTED)
    assert mistake.value == "[secret]"


@pytest.mark.parametrize("key", sorted(SLACK))
def test_one_slack_id_needs_the_other(key: str) -> None:
    (other,) = set(SLACK) - {key}
    mistake = the_mistake({key: SLACK[key]}, secrets=ENCRYPTED)
    assert (mistake.key, mistake.value) == (f"release:{other}", "missing")
    assert "--secret" in mistake.mend


def test_slack_ids_do_not_show_in_the_settings() -> None:
    assert not any(value in repr(read(SLACK, secrets=ENCRYPTED)) for value in SLACK.values())


def test_slack_ids_are_secret_in_the_plan_and_absent_from_outputs_and_messages() -> None:
    plan = with_slack()
    channel = plan.only("SlackChannelConfiguration").inputs
    assert (channel["slackTeamId"], channel["slackChannelId"]) == (SECRET, SECRET)
    assert {"slackChannelName", "slackTeamName"} <= set(plan.only("SlackChannelConfiguration").secret_outputs)
    everything = str((plan.registrations, plan.outputs, plan.messages))
    assert not any(value in everything for value in SLACK.values())


def test_a_slack_channel_that_another_stack_has_is_refused_naming_it_and_how_its_topics_are_shared() -> None:
    with pytest.raises(pulumi.RunError) as refused:
        with_slack(configured("dev-alerts-infrastructure-prod-ap-southeast-2"))
    said = str(refused.value)
    assert "configured already, as dev-alerts-infrastructure-prod-ap-southeast-2, of the environment dev" in said
    topic = r"arn:aws:sns:ap-southeast-2:123456789012:\w+-alerts-chat"
    assert re.search(rf"slackTopics {topic} --stack STACK$", said, re.MULTILINE)
    assert "release:slackShared true" in said
    assert CHANNEL not in said
    assert WORKSPACE not in said


def test_a_channel_of_ones_own_and_another_channel_are_free() -> None:
    own = with_slack().only("SlackChannelConfiguration").inputs["configurationName"]
    with_slack(configured(own), configured("other", "C0OTHER"))


def test_another_stacks_topic_goes_to_the_channel_of_this_one() -> None:
    other = "arn:aws:sns:ap-southeast-2:123456789012:dev-alerts-chat"
    topics = with_slack(slackTopics=other).only("SlackChannelConfiguration").inputs["snsTopicArns"]
    assert topics[1:] == [other]


def test_topics_for_slack_need_a_channel() -> None:
    arn = "arn:aws:sns:ap-southeast-2:123456789012:dev-alerts-chat"
    assert the_mistake({"slackTopics": arn}).key == "release:slackTopics"


def test_a_topic_that_people_read_is_refused_for_slack_where_its_events_would_not_show() -> None:
    people = "arn:aws:sns:ap-southeast-2:123456789012:dev-alerts"
    mistake = the_mistake(SLACK | {"slackTopics": people}, secrets=ENCRYPTED)
    assert "which end in -chat" in mistake.allowed
    assert "chatTopicArn" in mistake.meaning


def test_what_slack_may_ask_for_is_read_only() -> None:
    channel = with_slack().only("SlackChannelConfiguration").inputs
    assert channel["guardrailPolicyArns"] == ["arn:aws:iam::aws:policy/CloudWatchReadOnlyAccess"]


def test_without_a_workspace_id_there_is_no_slack(prod: Plan) -> None:
    assert prod.of_type("SlackChannelConfiguration") == []


def test_an_unknown_key_is_told_every_one_that_there_is() -> None:
    declared = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    assert set(the_mistake({"zzz": "1"}).allowed.split(", ")) == set(declared)


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_each_threshold_lives_once_in_the_stacks_file(stack: str) -> None:
    config = yaml.safe_load((SAMPLE / f"Pulumi.{stack}.yaml").read_text())["config"]
    assert set(config["release:thresholds"]) == {camel_case(name) for name in Thresholds.__dataclass_fields__}
    assert json.loads(configuration(stack)["release:thresholds"]) == config["release:thresholds"]
