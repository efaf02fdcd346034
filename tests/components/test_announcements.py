"""What announcements are sent with is in Secrets Manager, and in no output, message or plan."""

from __future__ import annotations

import json

from tests.components.recorder import SECRET, Plan, configuration, deployed, run_program


def test_the_secret_is_named_by_environment_and_service(everything: Plan) -> None:
    assert everything.only("Secret").inputs["name"] == "prod-release-channels"
    shop = {"release:service": "shop", "release:slackToken": "xoxb-0-1", "release:announcements": CHANNEL}
    plan = run_program("prod", config=configuration("prod") | shop, secrets=["release:slackToken"])
    assert plan.only("Secret").inputs["name"] == "prod-shop-release-channels"


def test_the_outputs_say_where_it_is_and_not_what_is_in_it(everything: Plan) -> None:
    assert everything.outputs["announcements"]["secretArn"].endswith("prod-release-channels")
    assert everything.only("SecretVersion").inputs["secretString"] == SECRET
    said = str((everything.registrations, everything.outputs, everything.messages))
    assert not any(token in said for token in ("xoxb-0-SAMPLE1", "0-SAMPLE1-KEY"))


def test_its_name_is_free_again_once_it_is_deleted(everything: Plan) -> None:
    assert everything.only("Secret").inputs["recoveryWindowInDays"] == 0


def test_without_a_token_there_is_none(prod: Plan, dev: Plan) -> None:
    for plan in (prod, dev):
        assert plan.of_type("Secret") == plan.of_type("SecretVersion") == []
    assert prod.outputs["announcements"].get("secretArn") is None
    without = run_program("prod", deployed("prod"), configuration("prod") | {"release:announcements": CHANNEL})
    assert without.of_type("Secret") == []


CHANNEL = json.dumps({"slackChannel": "C0SAMPLE1"})
