"""SOP 4.4: every configured address has confirmed, and what is published reaches it."""

from __future__ import annotations

import json

import pytest

from scripts.results import Status
from tests.scripts.fake_aws import Params, Refusal
from tests.scripts.prod_stack import TOPIC, TOPIC_KEY, TOPIC_KEY_POLICY, TOPIC_POLICY
from tests.scripts.release import Release

CHECK = "subscriptions"
CONFIRMED = f"{TOPIC}:0c1d"
ADDRESS = "operations@helios.id"


def test_confirmed_passes(release: Release) -> None:
    assert release.check(CHECK).observed == f"Confirmed: {ADDRESS}."


def test_pending_fails_with_the_mail_to_look_for(release: Release) -> None:
    release.subscriptions((ADDRESS, "PendingConfirmation"))
    result = release.check(CHECK)
    assert result.status is Status.FAIL
    assert result.observed == f"Not confirmed: {ADDRESS}."
    assert "AWS Notification - Subscription Confirmation" in result.fix


def test_no_subscription_fails_with_pulumi_up(release: Release) -> None:
    release.subscriptions()
    result = release.check(CHECK)
    assert result.status is Status.FAIL
    assert result.observed == f"Not subscribed: {ADDRESS}."
    assert "pulumi up --refresh --stack prod" in result.fix


def test_each_of_several_addresses_must_have_confirmed(release: Release) -> None:
    release.outputs["alertEmails"] = [ADDRESS, "second@helios.id", "third@helios.id"]
    release.subscriptions((ADDRESS, CONFIRMED), ("second@helios.id", "PendingConfirmation"))
    assert release.check(CHECK).observed == "Not subscribed: third@helios.id.\nNot confirmed: second@helios.id."


def test_deleted_is_not_confirmed(release: Release) -> None:
    release.subscriptions((ADDRESS, "Deleted"))
    assert release.check(CHECK).status is Status.FAIL


def test_another_protocol_is_no_mail(release: Release) -> None:
    release.subscriptions((ADDRESS, CONFIRMED), protocol="sms")
    assert release.check(CHECK).status is Status.FAIL


def test_somebody_elses_subscription_does_not_count(release: Release) -> None:
    release.subscriptions(("someone@example.com", CONFIRMED))
    assert release.check(CHECK).status is Status.FAIL


def test_addresses_differ_not_by_case(release: Release) -> None:
    release.subscriptions(("Operations@Helios.id", CONFIRMED))
    assert release.check(CHECK).status is Status.PASS


def test_confirmed_once_and_pending_again_passes(release: Release) -> None:
    release.subscriptions((ADDRESS, "PendingConfirmation"), (ADDRESS, CONFIRMED))
    assert release.check(CHECK).status is Status.PASS


def test_nobody_configured_fails_without_asking(release: Release) -> None:
    release.outputs["alertEmails"] = []
    assert release.check(CHECK).status is Status.FAIL


def test_subscriptions_on_every_page_count(release: Release) -> None:
    mine = {"Endpoint": ADDRESS, "SubscriptionArn": CONFIRMED, "Protocol": "email"}
    release.aws.pages("ListSubscriptionsByTopic", {"Subscriptions": []}, {"Subscriptions": [mine]})
    assert release.check(CHECK).status is Status.PASS


def test_a_missing_topic_fails(release: Release) -> None:
    release.aws.answer("ListSubscriptionsByTopic", Refusal("NotFound", "Topic does not exist"))
    result = release.check(CHECK)
    assert result.status is Status.FAIL
    assert result.observed == f"The topic {TOPIC} does not exist."


DENY: Params = {"Sid": "Quiet", "Effect": "Deny", "Principal": "*", "Action": "sns:Publish", "Resource": TOPIC}
REFRESH = "`pulumi up --refresh --stack prod`"


def with_statement(policy: Params, statement: Params) -> Params:
    return {**policy, "Statement": [*policy["Statement"], statement]}


class TestHeard:
    @pytest.mark.parametrize("policy", [{"severity": ["high"]}, {"AlarmName": [{"exists": False}]}])
    def test_a_filter_fails_with_what_it_says(self, release: Release, policy: Params) -> None:
        release.subscription(FilterPolicy=json.dumps(policy), FilterPolicyScope="MessageBody")
        result = release.check(CHECK)
        assert result.status is Status.FAIL
        assert f"The subscription of {ADDRESS} has a filter policy" in result.observed
        assert json.dumps(policy) in result.observed
        assert REFRESH in result.fix

    @pytest.mark.parametrize("policy", ["", "{}", " {} "])
    def test_an_empty_filter_lets_everything_through(self, release: Release, policy: str) -> None:
        release.subscription(FilterPolicy=policy)
        assert release.check(CHECK).status is Status.PASS

    def test_only_what_was_configured_is_asked_for_filters(self, release: Release) -> None:
        release.subscriptions((ADDRESS, CONFIRMED), ("someone@example.com", f"{TOPIC}:0c1e"))
        release.check(CHECK)
        assert release.aws.called("GetSubscriptionAttributes") == [{"SubscriptionArn": CONFIRMED}]

    @pytest.mark.parametrize(
        ("policy", "said"),
        [
            (with_statement(TOPIC_POLICY, DENY), "; it denies something by statement Quiet."),
            ({**TOPIC_POLICY, "Statement": []}, "The policy of topic prod-alerts was changed after it was deployed."),
            (with_statement(TOPIC_POLICY, DENY | {"Effect": "Allow"}), "was changed after it was deployed."),
        ],
    )
    def test_another_topic_policy_fails(self, release: Release, policy: Params, said: str) -> None:
        release.topic(policy)
        result = release.check(CHECK)
        assert result.status is Status.FAIL
        assert said in result.observed
        assert REFRESH in result.fix

    def test_another_key_policy_fails(self, release: Release) -> None:
        release.key(with_statement(TOPIC_KEY_POLICY, DENY | {"Action": "kms:*"}))
        result = release.check(CHECK)
        assert result.status is Status.FAIL
        assert "The policy of the topic's key was changed after it was deployed" in result.observed

    @pytest.mark.parametrize("key", ["", "alias/aws/sns", f"{TOPIC_KEY[:-1]}9"])
    def test_another_key_fails(self, release: Release, key: str) -> None:
        release.topic(key=key)
        result = release.check(CHECK)
        assert result.status is Status.FAIL
        assert f"not with {TOPIC_KEY}" in result.observed

    @pytest.mark.parametrize(
        ("state", "command"),
        [
            ("Disabled", f"aws kms enable-key --key-id {TOPIC_KEY}"),
            ("PendingDeletion", f"aws kms cancel-key-deletion --key-id {TOPIC_KEY}"),
            ("Unavailable", f"aws kms describe-key --key-id {TOPIC_KEY}"),
        ],
    )
    def test_a_key_that_does_not_encrypt_fails_with_the_command_that_revives_it(
        self, release: Release, state: str, command: str
    ) -> None:
        release.key(state=state)
        result = release.check(CHECK)
        assert result.status is Status.FAIL
        assert command in result.fix

    def test_a_key_that_is_gone_fails(self, release: Release) -> None:
        release.aws.answer("DescribeKey", Refusal("NotFoundException", "Key does not exist"))
        assert release.check(CHECK).status is Status.FAIL

    @pytest.mark.parametrize(
        "operation", ["GetTopicAttributes", "GetSubscriptionAttributes", "DescribeKey", "GetKeyPolicy"]
    )
    def test_what_cannot_be_read_is_an_error_unless_it_is_bad_already(self, release: Release, operation: str) -> None:
        release.aws.answer(operation, Refusal("AccessDenied"))
        assert release.check(CHECK).status is Status.ERROR
        release.outputs["alertEmails"] = [ADDRESS, "second@helios.id"]
        result = release.check(CHECK)
        assert (result.status, result.observed) == (Status.FAIL, "Not subscribed: second@helios.id.")

    def test_a_policy_that_is_none_is_an_error(self, release: Release) -> None:
        release.aws.answer("GetTopicAttributes", {"Attributes": {"Policy": "<html>", "KmsMasterKeyId": TOPIC_KEY}})
        assert release.check(CHECK).status is Status.ERROR

    def test_every_reason_is_told_with_its_fix(self, release: Release) -> None:
        release.topic({**TOPIC_POLICY, "Statement": []})
        release.key(state="Disabled")
        result = release.check(CHECK)
        assert len(result.observed.splitlines()) == 2
        assert REFRESH in result.fix
        assert "aws kms enable-key" in result.fix


class TestOthers:
    def test_an_address_that_nobody_configured_is_named(self, release: Release) -> None:
        release.subscriptions((ADDRESS, CONFIRMED), ("someone@example.com", f"{TOPIC}:0c1e"))
        result = release.check(CHECK)
        assert result.status is Status.PASS
        assert "Subscribed, too, though not configured: someone@example.com (email)." in result.observed

    def test_one_that_has_not_confirmed_is_named(self, release: Release) -> None:
        release.subscriptions((ADDRESS, CONFIRMED), ("someone@example.com", "PendingConfirmation"))
        result = release.check(CHECK)
        assert result.status is Status.PASS
        assert "Not configured, and not confirmed: someone@example.com (email)." in result.observed

    def test_the_channel_in_slack_is_no_stranger(self, release: Release) -> None:
        mine = {"Endpoint": ADDRESS, "SubscriptionArn": CONFIRMED, "Protocol": "email"}
        slack = {
            "Endpoint": "https://global.sns-api.chatbot.amazonaws.com",
            "SubscriptionArn": f"{TOPIC}:0c1f",
            "Protocol": "https",
        }
        release.aws.answer("ListSubscriptionsByTopic", {"Subscriptions": [mine, slack]})
        assert release.check(CHECK).observed == f"Confirmed: {ADDRESS}."


CHAT = f"{TOPIC}-chat"
SLACK = {"Endpoint": "https://global.sns-api.chatbot.amazonaws.com", "Protocol": "https", "TopicArn": CHAT}
MAIL = {"Endpoint": ADDRESS, "SubscriptionArn": CONFIRMED, "Protocol": "email", "TopicArn": TOPIC}


class TestChat:
    @pytest.fixture(autouse=True)
    def chat(self, release: Release) -> None:
        release.outputs |= {"chatTopicArn": CHAT, "chatTopicPolicyDigest": release.outputs["topicPolicyDigest"]}
        self.readers(release, {**SLACK, "SubscriptionArn": f"{CHAT}:0c1f"})

    def readers(self, release: Release, *chat: Params) -> None:
        release.aws.answer(
            "ListSubscriptionsByTopic",
            lambda request: {"Subscriptions": [MAIL] if request["TopicArn"] == TOPIC else list(chat)},
        )

    def test_a_chat_that_amazon_q_reads_passes(self, release: Release) -> None:
        assert release.check(CHECK).observed == f"Confirmed: {ADDRESS}."

    @pytest.mark.parametrize(
        "readers", [[], [{**SLACK, "SubscriptionArn": "PendingConfirmation"}], [MAIL]], ids=["none", "pending", "mail"]
    )
    def test_a_chat_that_amazon_q_does_not_read_fails(self, release: Release, readers: list[Params]) -> None:
        self.readers(release, *readers)
        result = release.check(CHECK)
        assert result.status is Status.FAIL
        assert result.observed == "Amazon Q does not read topic prod-alerts-chat: Slack hears of nothing."
        assert CHAT in result.fix

    def test_a_chat_topic_that_is_gone_fails(self, release: Release) -> None:
        release.aws.answer(
            "ListSubscriptionsByTopic",
            lambda request: {"Subscriptions": [MAIL]} if request["TopicArn"] == TOPIC else Refusal("NotFound"),
        )
        result = release.check(CHECK)
        assert (result.status, result.observed) == (Status.FAIL, f"The topic {CHAT} does not exist.")

    def test_a_chat_topics_policy_is_held_to_what_was_deployed(self, release: Release) -> None:
        release.outputs["chatTopicPolicyDigest"] = "another"
        result = release.check(CHECK)
        assert result.status is Status.FAIL
        assert result.observed.startswith("The policy of topic prod-alerts-chat was changed after it was deployed")
