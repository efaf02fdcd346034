"""What the provider does where something is there already, is gone, or is not yet ready."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.plugins.aws.account import Account
from sandbox.plugins.aws.api import Api, ApiError
from sandbox.plugins.aws.provider import AwsProvider
from sandbox.plugins.aws.retries import RETRIES
from sandbox.plugins.values import Values
from sandbox.world import World
from tests.sandbox.plugins.cases import CASES
from tests.sandbox.plugins.cases.monitoring import ONE_METRIC
from tests.sandbox.plugins.cases.parts import (
    ALARM,
    ATTACHMENT,
    BUCKET,
    DESTINATION,
    GROUP,
    KEY,
    LOG_GROUP,
    PROJECT,
    ROLE,
    ROLE_POLICY,
    RULE,
    RULE_PATTERN,
    SOURCE,
    TOPIC,
    policy,
    trust,
)
from tests.sandbox.plugins.conftest import Call
from tests.sandbox.plugins.engine import Engine, EngineError, RejectedError
from tests.sandbox.plugins.test_replacing import (
    ALIAS,
    BUCKET_PARTS,
    CHANNEL,
    COMPOSITE,
    DASHBOARD,
    DELIVERY,
    LOG_POLICY,
    METRIC_FILTER,
    OBJECT,
    PIPELINE,
    SCHEDULE,
    SECRET,
    SECRET_VERSION,
    SUBSCRIPTION,
    TARGET,
    TOPIC_POLICY,
    WEBHOOK,
)

FAILS = {
    PIPELINE: "PipelineNameInUseException",
    PROJECT: "ResourceAlreadyExistsException",
    WEBHOOK: "ResourceAlreadyExistsException",
    ROLE: "EntityAlreadyExists",
    ALIAS: "AlreadyExistsException",
    BUCKET: "BucketAlreadyOwnedByYou",
    TOPIC: r"SNS Topic \(life-topic\) already exists",
    LOG_GROUP: "ResourceAlreadyExistsException",
    CHANNEL: "ConflictException",
    SECRET: "ResourceExistsException",
    GROUP: "ConflictException",
    SCHEDULE: "ConflictException",
}
# Their tags, which the provider's default tags always are, make it a conflict.
CONFLICTS = {
    SOURCE: "ConflictException: Tags can only be provided when a resource is being created, not updated",
    DESTINATION: "ConflictException: Tags can only be provided when a resource is being created, not updated",
    DELIVERY: "ConflictException",
}
OVERWRITES = {ROLE_POLICY, ATTACHMENT, *BUCKET_PARTS, TOPIC_POLICY, ALARM, COMPOSITE, DASHBOARD, RULE, TARGET,
              METRIC_FILTER, LOG_POLICY, OBJECT}  # fmt: skip
# No name of their own: another key, another version, and the subscription that is there.
OTHERS = {KEY, SUBSCRIPTION, SECRET_VERSION}


def test_what_creation_does_on_something_that_exists_is_known_of_every_type() -> None:
    assert FAILS.keys() | CONFLICTS.keys() | OVERWRITES | OTHERS == CASES.keys()


@pytest.mark.parametrize("token", sorted(CASES))
def test_creation_on_something_that_exists_fails_conflicts_or_overwrites(aws: Engine, token: str) -> None:
    program, _, needs = CASES[token].programs(aws)
    made = [aws.create(token, program)]
    refused = (FAILS | CONFLICTS).get(token)
    if refused:
        with pytest.raises(EngineError, match=refused):
            aws.create(token, program)
    else:
        made.append(aws.create(token, program))
        assert (made[0].identifier == made[1].identifier) == (token not in (KEY, SECRET_VERSION))
    for state in [*made[-1:], *(made[:1] if token in (KEY, SECRET_VERSION) else []), *reversed(needs)]:
        aws.delete(state)


def test_a_topic_s_attributes_are_set_one_by_one_after_create_topic(
    aws: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = listened(monkeypatch)
    topic = aws.create(TOPIC, {"name": "attributed", "displayName": "Alerts", "signatureVersion": 2})
    created = next(params for operation, params in calls if operation == "CreateTopic")
    assert created.keys() == {"Name", "Tags"}
    made = [params["AttributeName"] for operation, params in calls if operation == "SetTopicAttributes"]
    assert sorted(made) == ["DisplayName", "SignatureVersion"]
    aws.delete(topic)


def test_a_topic_s_bad_policy_is_tried_for_two_minutes_in_silence(
    aws: Engine, monkeypatch: pytest.MonkeyPatch, pauses: list[float]
) -> None:
    topic = aws.create(TOPIC, {"name": "patient"})
    refuse(monkeypatch, "SetTopicAttributes", "InvalidParameter", "Invalid parameter: Policy Error: null")
    with pytest.raises(EngineError, match="InvalidParameter"):
        aws.create(TOPIC_POLICY, {"arn": topic.identifier, "policy": policy("s3:*", topic.identifier)})
    assert sum(pauses) >= 120
    aws.delete(topic)


@pytest.mark.parametrize(("service", "operation"), sorted(RETRIES))
def test_a_refusal_that_the_provider_takes_for_eventual_consistency_is_tried_again_until_its_time_is_up(
    aws: Engine, monkeypatch: pytest.MonkeyPatch, pauses: list[float], service: str, operation: str
) -> None:
    for retry in RETRIES[service, operation]:
        pauses.clear()
        refuse(monkeypatch, operation, retry.code, f"… {retry.words} …")
        with pytest.raises(ApiError):
            account_of(aws).api().call(service, operation)
        assert retry.seconds <= sum(pauses) < retry.seconds + 11


@pytest.mark.parametrize(
    "refusal",
    [
        ("codebuild", "CreateProject", "OAuthProviderException", "Failed to get access token from arn:…"),
        ("codebuild", "CreateWebhook", "OAuthProviderException", "CodeBuild is not authorized to perform"),
        ("codepipeline", "UpdatePipeline", "InvalidStructureException", "is not authorized to perform"),
        ("codepipeline", "CreatePipeline", "InvalidStructureException", "Pipeline needs a source"),
        ("iam", "PutRolePolicy", "MalformedPolicyDocument", "Invalid principal in policy"),
        ("iam", "CreateRole", "MalformedPolicyDocument", "Syntax errors in policy"),
    ],
)
def test_any_other_refusal_fails_at_once(
    aws: Engine, monkeypatch: pytest.MonkeyPatch, pauses: list[float], refusal: tuple[str, str, str, str]
) -> None:
    service, operation, code, message = refusal
    refuse(monkeypatch, operation, code, message)
    with pytest.raises(ApiError, match=code):
        account_of(aws).api().call(service, operation)
    assert pauses == []


def test_what_becomes_consistent_in_time_is_made(
    aws: Engine, monkeypatch: pytest.MonkeyPatch, pauses: list[float]
) -> None:
    answers: list[Any] = [ApiError("CreateAlias", "NotFoundException", "Key is not found"), {"there": True}]
    monkeypatch.setattr(Api, "_once", lambda *_: _give(answers.pop(0)))
    assert account_of(aws).api().call("kms", "CreateAlias") == {"there": True}
    assert pauses == [0.5]


@pytest.mark.parametrize("code", ["403", "404", "NoSuchBucket"])
def test_a_bucket_that_is_not_found_or_not_allowed_is_gone(
    aws: Engine, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    bucket = aws.create(BUCKET, {"bucket": f"unseen-{code.lower()}"})
    with monkeypatch.context() as patched:
        refuse(patched, "HeadBucket", code, "Forbidden")
        assert aws.refresh(bucket) is None
    aws.delete(bucket)


def test_a_key_that_is_pending_deletion_is_gone_and_deleting_it_again_succeeds(
    aws: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = aws.create(KEY, {})
    aws.delete(key)
    assert aws.refresh(key) is None
    refuse(monkeypatch, "ScheduleKeyDeletion", "KMSInvalidStateException", f"{key.identifier} is pending deletion.")
    aws.delete(key)


def test_a_bucket_is_emptied_as_its_state_says_and_not_as_the_program_does_now(aws: Engine, behind: Call) -> None:
    bucket = aws.create(BUCKET, {"bucket": "with-history"})
    behind("s3", "put_object", Bucket="with-history", Key="a", Body=b"a")
    with pytest.raises(EngineError, match="BucketNotEmpty"):
        aws.delete(bucket)
    bucket.inputs["forceDestroy"] = True
    aws.delete(bucket)


def test_every_error_in_deleting_a_project_is_one(aws: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    program, _, needs = CASES[PROJECT].programs(aws)
    project = aws.create(PROJECT, program)
    with monkeypatch.context() as patched:
        refuse(patched, "DeleteProject", "ResourceNotFoundException", "gone")
        with pytest.raises(EngineError, match="ResourceNotFoundException"):
            aws.delete(project)
    aws.delete(project)
    assert aws.refresh(project) is None
    for need in reversed(needs):
        aws.delete(need)


def test_a_subscription_waits_for_nobody_is_no_difference_while_pending_and_gone_once_it_expired(
    aws: Engine, world: World
) -> None:
    topic = aws.create(TOPIC, {"name": "expiring"})
    program = {"topic": topic.identifier, "protocol": "email", "endpoint": "operations@helios.id"}
    subscription = aws.create(SUBSCRIPTION, program)
    assert subscription.outputs["pendingConfirmation"] is True
    assert aws.plan(subscription, program).changed == []
    world.client("sns", past_us=True).unsubscribe(SubscriptionArn=subscription.identifier)
    assert aws.refresh(subscription) is None
    aws.delete(topic)


def test_an_alias_of_aws_s_own_name_is_refused(aws: Engine) -> None:
    with pytest.raises(RejectedError, match="AWS's own"):
        aws.check(ALIAS, {"name": "alias/aws/mine", "targetKeyId": "k"})


@pytest.mark.parametrize("rotation", [{}, {"enableKeyRotation": False}])
def test_a_rotation_period_wants_rotation_on(aws: Engine, rotation: Values) -> None:
    with pytest.raises(RejectedError, match="needs enableKeyRotation"):
        aws.check(KEY, {"rotationPeriodInDays": 90, **rotation})


@pytest.mark.parametrize("moment", ["create", "update", "delete"])
def test_a_failed_pair_of_targets_is_an_error_on_deletion_too(
    aws: Engine, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    program, changed, needs = CASES[TARGET].programs(aws)
    target = aws.create(TARGET, program)
    ask = Api._once
    failed = {"FailedEntries": [{"TargetId": "alerts", "ErrorCode": "ConcurrentModification", "ErrorMessage": "busy"}]}

    def half(self: Api, service: str, operation: str, params: Any) -> Any:
        return failed if operation in ("PutTargets", "RemoveTargets") else ask(self, service, operation, params)

    with monkeypatch.context() as patched:
        patched.setattr(Api, "_once", half)
        with pytest.raises(EngineError, match="ConcurrentModification: busy"):
            {"create": lambda: aws.create(TARGET, program), "update": lambda: aws.update(target, changed),
             "delete": lambda: aws.delete(target)}[moment]()  # fmt: skip
    for state in (target, *reversed(needs)):
        aws.delete(state)


def test_a_rule_disabled_by_hand_stays_so_where_the_program_sets_no_state(aws: Engine, behind: Call) -> None:
    program = {"name": "by-hand", "eventPattern": RULE_PATTERN}
    rule = aws.create(RULE, program)
    behind("events", "disable_rule", Name="by-hand")
    disturbed = aws.refresh(rule)
    assert disturbed is not None
    assert aws.plan(disturbed, program).changed == []
    assert aws.plan(disturbed, {**program, "state": "ENABLED"}).changed == ["state"]
    aws.delete(disturbed)


def test_a_project_s_description_that_is_removed_stays(aws: Engine, behind: Call) -> None:
    program, _, needs = CASES[PROJECT].programs(aws)
    without = {name: value for name, value in program.items() if name != "description"}
    project = aws.create(PROJECT, {**program, "description": "Builds"})
    assert aws.plan(project, without).changed == []
    aws.update(project, {**without, "buildTimeout": 30})
    (live,) = behind("codebuild", "batch_get_projects", names=[project.identifier])["projects"]
    assert live["description"] == "Builds"
    for state in (project, *reversed(needs)):
        aws.delete(state)


def test_the_order_of_metric_queries_is_no_difference_because_they_are_a_set(aws: Engine, behind: Call) -> None:
    one = {name: ONE_METRIC[name] for name in ("metricName", "namespace", "period")}
    queries = [
        {"id": "a", "metric": {**one, "stat": "Sum"}, "returnData": False},
        {"id": "b", "expression": "a * 2", "returnData": True},
    ]
    program = {"name": "sets", "comparisonOperator": "GreaterThanThreshold", "evaluationPeriods": 1, "threshold": 1,
               "metricQueries": queries}  # fmt: skip
    alarm = aws.create(ALARM, program)
    assert aws.plan(alarm, {**program, "metricQueries": queries[::-1]}).changed == []
    aws.delete(alarm)


def test_a_rule_s_timeout_in_minutes_is_never_sent_and_differs_in_every_preview(aws: Engine, behind: Call) -> None:
    program, _, needs = CASES[PIPELINE].programs(aws)
    (rule,) = program["stages"][1]["beforeEntry"]["condition"]["rules"]
    rule["timeoutInMinutes"] = 11520
    pipeline = aws.create(PIPELINE, program)
    for state in (pipeline, aws.refresh(pipeline)):
        assert state is not None
        changed = aws.plan(state, program).changed
        assert changed == ["stages[1].beforeEntry.condition.rules[0].timeoutInMinutes"]
    stages = behind("codepipeline", "get_pipeline", name=program["name"])["pipeline"]["stages"]
    assert "timeoutInMinutes" not in stages[1]["beforeEntry"]["conditions"][0]["rules"][0]
    for state in (pipeline, *reversed(needs)):
        aws.delete(state)


def test_a_pipeline_s_triggers_are_sent_and_never_read_back(aws: Engine, behind: Call) -> None:
    program, _, needs = CASES[PIPELINE].programs(aws)
    push = {"sourceActionName": "GitHub", "pushes": [{"branches": {"includes": ["dev"]}}]}
    program["triggers"] = [{"providerType": "CodeStarSourceConnection", "gitConfiguration": push}]
    pipeline = aws.create(PIPELINE, program)
    live = behind("codepipeline", "get_pipeline", name=program["name"])["pipeline"]
    assert live["triggers"][0]["gitConfiguration"]["push"] == [{"branches": {"includes": ["dev"]}}]
    behind("codepipeline", "update_pipeline", pipeline={**live, "triggers": []})
    disturbed = aws.refresh(pipeline)
    assert disturbed is not None
    assert aws.plan(disturbed, program).changed == []
    for state in (pipeline, *reversed(needs)):
        aws.delete(state)


def test_a_webhook_s_secret_is_secret_by_itself_and_its_payload_url_is_not(aws: Engine) -> None:
    program, _, needs = CASES[WEBHOOK].programs(aws)
    webhook = aws.create(WEBHOOK, program)
    assert webhook.secret == {"secret"}
    for state in (webhook, *reversed(needs)):
        aws.delete(state)


def test_region_is_an_input_of_every_regional_resource_so_another_one_replaces_them_all(aws: Engine) -> None:
    for token, kind in aws.provider.resources.items():
        regional = token not in (ROLE, ROLE_POLICY, ATTACHMENT)
        assert ("region" in kind.replaces) == regional
    assert aws.check(TOPIC, {"name": "there"})["region"] == account_of(aws).region
    assert "region" not in aws.check(ROLE, {"name": "everywhere", "assumeRolePolicy": trust("codebuild")})


def account_of(aws: Engine) -> Account:
    assert isinstance(aws.provider, AwsProvider)
    return aws.provider.account


def listened(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    """Every call of the plugin from now on: operation and parameters."""
    calls: list[tuple[str, Any]] = []
    ask = Api._once

    def listen(self: Api, service: str, operation: str, params: Any) -> Any:
        calls.append((operation, params))
        return ask(self, service, operation, params)

    monkeypatch.setattr(Api, "_once", listen)
    return calls


def refuse(monkeypatch: pytest.MonkeyPatch, operation: str, code: str, message: str) -> None:
    """Have AWS refuse one operation, and nothing else."""
    ask = Api._once

    def answer(self: Api, service: str, asked: str, params: Any) -> Any:
        if asked == operation:
            raise ApiError(operation, code, message)
        return ask(self, service, asked, params)

    monkeypatch.setattr(Api, "_once", answer)


def _give(answer: Any) -> Any:
    if isinstance(answer, Exception):
        raise answer
    return answer
