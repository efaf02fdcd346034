"""The protocol: previews, names, tags, replacement, secrets, half-made resources, what is not known."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi.runtime.proto import provider_pb2 as pb
from pulumi.runtime.proto import status_pb2

from sandbox.plugins.aws.provider import AwsProvider
from sandbox.plugins.resource import ProviderError
from sandbox.plugins.values import UNKNOWN
from sandbox.world import World
from tests.sandbox.plugins.cases.monitoring import ONE_METRIC
from tests.sandbox.plugins.cases.parts import ALARM, KEY, LOG_GROUP, ROLE, TOPIC, policy, trust
from tests.sandbox.plugins.conftest import DEFAULT_TAGS, Call
from tests.sandbox.plugins.engine import Engine, EngineError, RejectedError
from tests.sandbox.sample import REGION

SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"


def test_a_preview_knows_inputs_and_region_but_no_computed_output(aws: Engine) -> None:
    shown = aws.preview(TOPIC, {"name": "previewed"})
    assert shown["name"] == "previewed"
    assert shown["region"] == REGION
    assert shown["arn"] is UNKNOWN


def test_a_preview_changes_nothing(aws: Engine, behind: Call) -> None:
    aws.preview(TOPIC, {"name": "previewed"})
    assert not any(topic["TopicArn"].endswith(":previewed") for topic in behind("sns", "list_topics")["Topics"])


def test_a_name_left_out_is_made_once_and_kept(aws: Engine) -> None:
    made = aws.check(LOG_GROUP, {}, name="logs")
    assert made["name"].startswith("logs-")
    assert aws.check(LOG_GROUP, {}, name="logs", old=made)["name"] == made["name"]
    assert aws.check(LOG_GROUP, {}, name="logs", old={"name": "/before"})["name"] == "/before"


def test_default_tags_reach_aws_and_are_no_drift(aws: Engine, behind: Call) -> None:
    topic = aws.create(TOPIC, {"name": "tagged", "tags": {"Kind": "alerts", "Project": "mine"}})
    written = behind("sns", "list_tags_for_resource", ResourceArn=topic.identifier)["Tags"]
    assert {tag["Key"]: tag["Value"] for tag in written} == {**DEFAULT_TAGS, "Kind": "alerts", "Project": "mine"}
    refreshed = aws.refresh(topic)
    assert refreshed is not None
    assert refreshed.inputs["tags"] == {"Kind": "alerts", "Project": "mine"}


def test_another_default_tag_is_an_update(aws: Engine, world: World) -> None:
    topic = aws.create(TOPIC, {"name": "retagged"})
    other = Engine(AwsProvider(), {"region": REGION, "defaultTags": {"tags": {"Project": "other"}}})
    assert other.plan(topic, {"name": "retagged"}).changed == ["tagsAll.ManagedBy", "tagsAll.Project"]


def test_a_server_s_own_values_are_no_drift(aws: Engine) -> None:
    role = aws.create(ROLE, {"name": "bare", "assumeRolePolicy": trust("codebuild")})
    refreshed = aws.refresh(role)
    assert refreshed is not None
    assert refreshed.inputs.keys() == {"name", "assumeRolePolicy", "tagsAll"}


def test_a_policy_spelt_otherwise_is_no_change(aws: Engine) -> None:
    program = {"policy": policy("kms:*")}
    key = aws.create(KEY, program)
    spelt = {"policy": policy("kms:*").replace(", ", ",  ").replace('"Version"', ' "Version"')}
    assert aws.plan(key, spelt).changed == []


def test_the_order_of_actions_is_no_change(aws: Engine) -> None:
    topics = [aws.create(TOPIC, {"name": name}).identifier for name in ("first", "second")]
    alarm = aws.create(ALARM, {"name": "ordered", **ONE_METRIC, "alarmActions": topics})
    assert aws.plan(alarm, {"name": "ordered", **ONE_METRIC, "alarmActions": topics[::-1]}).changed == []


def test_what_was_set_and_is_left_out_goes(aws: Engine) -> None:
    full = {"name": "emptied", "alarmDescription": "CPU", "actionsEnabled": False, **ONE_METRIC}
    alarm = aws.create(ALARM, full)
    updated = aws.update(alarm, {"name": "emptied", **ONE_METRIC})
    refreshed = aws.refresh(updated)
    assert refreshed is not None
    assert not refreshed.inputs.keys() & {"alarmDescription", "actionsEnabled"}


def test_secrets_stay_secret_in_the_state(aws: Engine) -> None:
    topic = aws.create(TOPIC, {"name": "secretive"})
    program = {"topic": topic.identifier, "protocol": "email", "endpoint": "operations@helios.id"}
    state = aws.create(SUBSCRIPTION, program, secret=["endpoint"])
    assert state.secret == {"endpoint"}
    refreshed = aws.refresh(state)
    assert refreshed is not None
    assert refreshed.secret == {"endpoint"}


def test_secret_outputs_stay_secret(aws: Engine) -> None:
    """The engine marks `additionalSecretOutputs` when a resource is made, and not again at a refresh."""
    topic = aws.create(TOPIC, {"name": "secret-output"})
    topic.secret.add("arn")
    refreshed = aws.refresh(topic)
    assert refreshed is not None
    assert refreshed.secret == {"arn"}


def test_no_secret_in_a_message(aws: Engine) -> None:
    with pytest.raises(RejectedError) as refused:
        aws.check(LOG_GROUP, {"name": "hush hush"}, secret=["name"])
    assert "hush" not in str(refused.value)
    assert "[secret]" in str(refused.value)


def test_no_secret_in_an_error_of_the_service(aws: Engine) -> None:
    with pytest.raises(EngineError) as failed:
        aws.create(SUBSCRIPTION, {"topic": "arn:hush", "protocol": "email", "endpoint": "a@b.c"}, secret=["topic"])
    assert "hush" not in str(failed.value)


def test_a_half_made_resource_is_kept_in_the_state(aws: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    group: Any = aws.provider.resources[LOG_GROUP]
    monkeypatch.setattr(group, "settle", _refuse)
    with pytest.raises(EngineError, match="no retention today") as failed:
        aws.create(LOG_GROUP, {"name": "/half", "retentionInDays": 30})
    ((_, status),) = failed.value.metadata
    detail = pb.ErrorResourceInitFailed()
    status_pb2.Status.FromString(status).details[0].Unpack(detail)
    assert detail.id == "/half"


def _refuse(*_: Any) -> None:
    raise ProviderError("no retention today")


def test_an_unknown_type_is_named(aws: Engine) -> None:
    with pytest.raises(EngineError, match="does not know the resource type aws:ec2/vpc:Vpc"):
        aws.check("aws:ec2/vpc:Vpc", {})


def test_an_unknown_function_is_named(aws: Engine) -> None:
    with pytest.raises(EngineError, match="does not know the function aws:ec2/getAmi:getAmi"):
        aws.invoke("aws:ec2/getAmi:getAmi", {})


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"region": REGION, "allowedAccountIds": ["000000000000"]}, "AWS account ID not allowed: 123456789012"),
        ({"region": UNKNOWN}, "must be known in advance"),
    ],
)
def test_a_provider_that_cannot_be_used(world: World, config: dict[str, Any], message: str) -> None:
    with pytest.raises(EngineError, match=message):
        Engine(AwsProvider(), config)


def test_provider_settings_that_mean_nothing_here_are_refused() -> None:
    (failure,) = AwsProvider().check_config({"region": REGION, "assumeRoles": []})
    assert failure.property == "assumeRoles"


def test_nested_provider_settings_arrive_as_json(world: World) -> None:
    engine = Engine(AwsProvider(), {"region": REGION, "defaultTags": '{"tags": {"Project": "json"}}'})
    assert engine.check(TOPIC, {"name": "t"})["tagsAll"] == {"Project": "json"}


def test_a_stopped_sandbox_is_one_clear_error(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    with pytest.raises(EngineError, match=r"http://127.0.0.1:1 does not answer; is the sandbox up"):
        Engine(AwsProvider(), {"region": REGION})


@pytest.mark.parametrize("endpoint", [None, "https://sts.ap-southeast-2.amazonaws.com"])
def test_real_accounts_are_out_of_reach(monkeypatch: pytest.MonkeyPatch, endpoint: str | None) -> None:
    if endpoint is None:
        monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    else:
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    with pytest.raises(EngineError, match="talks to a sandbox on this machine only"):
        Engine(AwsProvider(), {"region": REGION})
