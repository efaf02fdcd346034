"""EventBridge's rules and targets: what AWS was recorded to answer, and what the sandbox does not act on."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.aws.events import Events
from tests.sandbox.conftest import MakeWorld

PATTERN = '{"source": ["aws.codepipeline"]}'
TOPIC = "arn:aws:sns:ap-southeast-2:123456789012:alerts"
EVENT = (
    '{"id": "1", "account": "1", "source": "web", "time": "2026-01-01T00:00:00Z", "region": "r", "detail-type": "t"}'
)


@pytest.fixture
def client(make_world: MakeWorld) -> Any:
    return make_world(Events).client("events")


def refusal(call: Any, **request: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        call(**request)
    error: Any = refused.value.response
    return error["Error"]["Code"], error["Error"]["Message"]


def test_a_rule_with_a_pattern_that_aws_refuses_is_not_made(client: Any) -> None:
    code, message = refusal(client.put_rule, Name="rule", EventPattern='{"source": "aws.codepipeline"}')
    assert code == "InvalidEventPatternException"
    assert message == 'Event pattern is not valid. Reason: "source" must be an object or an array'
    assert client.list_rules()["Rules"] == []


def test_a_pattern_is_tried_on_an_event(client: Any) -> None:
    assert client.test_event_pattern(Event=EVENT, EventPattern='{"source": ["web"]}')["Result"] is True
    assert client.test_event_pattern(Event=EVENT, EventPattern=PATTERN)["Result"] is False
    assert refusal(client.test_event_pattern, Event=EVENT, EventPattern="[]")[0] == "InvalidEventPatternException"


@pytest.mark.parametrize("event", ["plain", '["plain"]', '{"source": "web"}'])
def test_an_event_without_its_envelope_is_not_valid(client: Any, event: str) -> None:
    expected = ("ValidationException", "Parameter Event is not valid.")
    assert refusal(client.test_event_pattern, Event=event, EventPattern=PATTERN) == expected


def test_a_rule_is_described_as_it_was_put(client: Any) -> None:
    arn = client.put_rule(Name="rule", EventPattern=PATTERN, Tags=[{"Key": "a", "Value": "b"}])["RuleArn"]
    assert arn == "arn:aws:events:ap-southeast-2:123456789012:rule/rule"
    rule = client.describe_rule(Name="rule")
    rule.pop("ResponseMetadata")
    listed = {"Name": "rule", "Arn": arn, "EventPattern": PATTERN, "State": "ENABLED", "EventBusName": "default"}
    assert rule == {**listed, "CreatedBy": "123456789012"}
    assert client.list_rules(NamePrefix="ru")["Rules"] == [listed]
    assert client.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "a", "Value": "b"}]


def test_a_rule_put_again_keeps_its_targets_and_nothing_else(client: Any) -> None:
    client.put_rule(Name="rule", EventPattern=PATTERN, Description="old", State="DISABLED")
    client.put_targets(Rule="rule", Targets=[{"Id": "a", "Arn": TOPIC}])
    client.put_rule(Name="rule", EventPattern=PATTERN)
    rule = client.describe_rule(Name="rule")
    assert (rule.get("Description"), rule["State"]) == (None, "ENABLED")
    assert client.list_targets_by_rule(Rule="rule")["Targets"] == [{"Id": "a", "Arn": TOPIC}]
    assert client.list_rule_names_by_target(TargetArn=TOPIC)["RuleNames"] == ["rule"]


def test_a_rule_without_pattern_and_schedule_is_refused(client: Any) -> None:
    expected = "Parameter(s) EventPattern or ScheduleExpression must be specified."
    assert refusal(client.put_rule, Name="rule") == ("ValidationException", expected)


@pytest.mark.parametrize(
    "schedule",
    [
        *("rate(10 seconds)", "rate(1 minutes)", "rate(10 minute)", "rate()", "rate(0 minutes)", "rate(10 MINUTES)"),
        *("rate( 10 minutes )", " rate(10 minutes)", "cron(INVALID)", "cron(0 dummy ? * MON-FRI *)"),
        *("cron(7 20 * * NOT *)", "cron(71 8 1 * ? *)", "cron(0 1 * * * *)", "every day"),
    ],
)
def test_a_schedule_that_aws_refuses_is_refused_in_its_words(client: Any, schedule: str) -> None:
    expected = ("ValidationException", "Parameter ScheduleExpression is not valid.")
    assert refusal(client.put_rule, Name="rule", ScheduleExpression=schedule) == expected


@pytest.mark.parametrize(
    "schedule",
    [
        *("rate(1 minute)", "rate(12 hours)", "cron(0 10 * * ? *)", "cron(0/15 8-17 ? * MON-FRI 2026)"),
        *("cron(0 9 L * ? *)", "cron(0 9 ? * 6#3 *)", "cron(0 9 15W * ? *)", "cron(5,35 14 * JAN,JUN ? *)"),
    ],
)
def test_a_schedule_that_aws_would_run_is_not_accepted_and_left_undone(client: Any, schedule: str) -> None:
    assert refusal(client.put_rule, Name="rule", ScheduleExpression=schedule)[0] == "SandboxUnsupported"
    assert client.list_rules()["Rules"] == []


@pytest.mark.parametrize(
    "target",
    [
        {"Arn": "arn:aws:sqs:ap-southeast-2:123456789012:queue"},
        {"Arn": "arn:aws:lambda:ap-southeast-2:123456789012:function:f"},
        {"Arn": "arn:aws:logs:ap-southeast-2:123456789012:log-group:/events"},
        {"Arn": TOPIC, "DeadLetterConfig": {"Arn": "arn:aws:sqs:ap-southeast-2:123456789012:queue"}},
    ],
)
def test_a_target_whose_events_would_be_dropped_is_refused(client: Any, target: dict[str, Any]) -> None:
    client.put_rule(Name="rule", EventPattern=PATTERN)
    code, _ = refusal(client.put_targets, Rule="rule", Targets=[{"Id": "a", **target}])
    assert code == "SandboxUnsupported"
    assert client.list_targets_by_rule(Rule="rule")["Targets"] == []


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ({"Arn": "topic"}, "Parameter topic is not valid. Reason: Provided Arn is not in correct format."),
        (
            {"Arn": TOPIC, "Input": '"a"', "InputPath": "$.detail"},
            "Only one of Input, InputPath, or InputTransformer must be provided for target a.",
        ),
        (
            {"Arn": TOPIC, "InputTransformer": {"InputPathsMap": {"b": "$.x"}, "InputTemplate": '"<b> <c>"'}},
            "InputTemplate for target a contains invalid placeholder c.",
        ),
        (
            {"Arn": TOPIC, "Id": "!@#"},
            "1 validation error detected: Value '!@#' at 'targets.1.member.id' failed to satisfy constraint: "
            r"Member must satisfy regular expression pattern: [\.\-_A-Za-z0-9]+",
        ),
    ],
)
def test_a_target_that_aws_refuses_is_refused_in_its_words(client: Any, target: dict[str, Any], message: str) -> None:
    client.put_rule(Name="rule", EventPattern=PATTERN)
    expected = ("ValidationException", message)
    assert refusal(client.put_targets, Rule="rule", Targets=[{"Id": "a", **target}]) == expected


def test_a_rule_has_five_targets_at_most(client: Any) -> None:
    client.put_rule(Name="rule", EventPattern=PATTERN)
    client.put_targets(Rule="rule", Targets=[{"Id": str(number), "Arn": TOPIC} for number in range(5)])
    code, _ = refusal(client.put_targets, Rule="rule", Targets=[{"Id": "6", "Arn": TOPIC}])
    assert code == "LimitExceededException"


def test_a_rule_with_targets_is_not_deleted_and_one_that_is_not_there_is(client: Any) -> None:
    client.put_rule(Name="rule", EventPattern=PATTERN)
    client.put_targets(Rule="rule", Targets=[{"Id": "a", "Arn": TOPIC}])
    expected = ("ValidationException", "Rule can't be deleted since it has targets.")
    assert refusal(client.delete_rule, Name="rule") == expected
    client.remove_targets(Rule="rule", Ids=["a"])
    client.delete_rule(Name="rule")
    client.delete_rule(Name="rule")


@pytest.mark.parametrize("operation", ["describe_rule", "enable_rule", "disable_rule"])
def test_a_rule_that_is_not_there_is_not_found(client: Any, operation: str) -> None:
    expected = ("ResourceNotFoundException", "Rule rule does not exist on EventBus default.")
    assert refusal(getattr(client, operation), Name="rule") == expected


def test_another_bus_than_the_default_one_does_not_exist(client: Any) -> None:
    expected = ("ResourceNotFoundException", "Event bus other does not exist.")
    assert refusal(client.put_rule, Name="rule", EventPattern=PATTERN, EventBusName="other") == expected
    assert refusal(client.describe_event_bus, Name="other") == expected
    assert refusal(client.create_event_bus, Name="other")[0] == "SandboxUnknownOperation"
    assert [bus["Name"] for bus in client.list_event_buses()["EventBuses"]] == ["default"]


def test_too_much_and_malformed_events_are_refused(client: Any) -> None:
    entry = {"Source": "web", "DetailType": "t", "Detail": "{}"}
    code, _ = refusal(client.put_events, Entries=[entry] * 11)
    assert code == "ValidationException"
    large = entry | {"Detail": f'{{"a": "{"p" * 256 * 1024}"}}'}
    assert refusal(client.put_events, Entries=[large]) == (
        "ValidationException",
        "Total size of the entries in the request is over the limit.",
    )
    answer = client.put_events(Entries=[entry | {"Detail": detail} for detail in ('"text"', "[]", "{")])
    assert [each["ErrorCode"] for each in answer["Entries"]] == ["MalformedDetail"] * 3
