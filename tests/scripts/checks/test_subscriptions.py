"""SOP 4.4: every configured address has confirmed."""

from __future__ import annotations

from scripts.results import Status
from tests.scripts.fake_aws import Refusal
from tests.scripts.prod_stack import TOPIC
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
    assert "pulumi up --stack prod" in result.fix


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
