"""What AWS would refuse at apply is refused in Check, with the property's name: so a preview shows it."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from sandbox.plugins.values import UNKNOWN, Values
from tests.sandbox.plugins.cases import CASES
from tests.sandbox.plugins.cases.delivery import BUILD, PIPELINE, PULL_REQUEST_BUILD
from tests.sandbox.plugins.cases.monitoring import ONE_METRIC
from tests.sandbox.plugins.cases.parts import ALARM, BUCKET, KEY, LOG_GROUP, PROJECT, ROLE, RULE, TOPIC, trust
from tests.sandbox.plugins.engine import Engine, RejectedError

PIPELINE_TYPE = "aws:codepipeline/pipeline:Pipeline"
WEBHOOK = "aws:codebuild/webhook:Webhook"
DASHBOARD = "aws:cloudwatch/dashboard:Dashboard"

ALARM_INPUTS: Values = {"name": "checked", **ONE_METRIC}
ACTION = "stages[1].actions[0]"
CONDITION = "stages[1].beforeEntry.condition"
WINDOW = PIPELINE["stages"][1]["beforeEntry"]["condition"]["rules"]
RETURNED = {"id": "a", "expression": "1", "returnData": True}


def changed(inputs: Values, path: str, value: Any) -> Values:
    """A copy of `inputs` with the value at `path` (dots and indexes); None takes it away."""
    inputs = copy.deepcopy(inputs)
    *way, last = path.replace("[", ".").replace("]", "").split(".")
    place: Any = inputs
    for step in way:
        place = place[int(step)] if step.isdigit() else place[step]
    if value is None:
        del place[last]
    else:
        place[int(last) if last.isdigit() else last] = value
    return inputs


def dashboard(**widget: Any) -> Values:
    shown = {"type": "text", "x": 0, "width": 6, "properties": {}} | widget
    return {"dashboardName": "d", "dashboardBody": json.dumps({"widgets": [shown]})}


MODEL = {
    "unknown property": (ALARM, changed(ALARM_INPUTS, "treshold", 1), "treshold", "did you mean threshold"),
    "unknown nested property": (
        PIPELINE_TYPE,
        changed(PIPELINE, "triggers", [{"providerType": "CodeStarSourceConnection", "gitConfigurations": []}]),
        "triggers[0].gitConfigurations",
        "no such property",
    ),
    "plural where the API has one": (
        PIPELINE_TYPE,
        changed(PIPELINE, f"{CONDITION}.rule", {}),
        f"{CONDITION}.rule",
        "did you mean rules",
    ),
    "required": (PROJECT, changed(BUILD, "serviceRole", None), "serviceRole", "is required"),
    "required in a block": (PROJECT, changed(BUILD, "environment.image", None), "environment.image", "is required"),
    "required in a renamed place": (
        PIPELINE_TYPE,
        changed(PIPELINE, f"{ACTION}.provider", None),
        f"{ACTION}.provider",
        "is required",
    ),
    "vocabulary": (PROJECT, changed(BUILD, "source.type", "GITHUP"), "source.type", "is not one of BITBUCKET"),
    "pattern": (PIPELINE_TYPE, changed(PIPELINE, "name", "a b"), "name", "does not match"),
    "pattern of an artifact": (
        PIPELINE_TYPE,
        changed(PIPELINE, f"{ACTION}.inputArtifacts[0]", "a.b"),
        f"{ACTION}.inputArtifacts[0]",
        "does not match",
    ),
    "length": (ROLE, {"name": "r" * 65, "assumeRolePolicy": trust("x")}, "name", "at most 64 characters"),
    "range": (PROJECT, changed(BUILD, "buildTimeout", 4), "buildTimeout", "at least 5 is allowed, found 4"),
    "whole number": (ALARM, changed(ALARM_INPUTS, "period", 60.5), "period", "a whole number is expected"),
    "number": (ALARM, changed(ALARM_INPUTS, "threshold", "high"), "threshold", "a number is expected"),
    "string": (ALARM, changed(ALARM_INPUTS, "namespace", 5), "namespace", "a string is expected"),
    "boolean": (ALARM, changed(ALARM_INPUTS, "actionsEnabled", "yes"), "actionsEnabled", "true or false"),
    "list": (ALARM, changed(ALARM_INPUTS, "alarmActions", "arn"), "alarmActions", "a list is expected"),
    "too many": (ALARM, changed(ALARM_INPUTS, "alarmActions", ["a"] * 6), "alarmActions", "at most 5 elements"),
    "block": (PROJECT, changed(BUILD, "source", "GITHUB"), "source", "an object is expected"),
    "two where one is allowed": (
        PIPELINE_TYPE,
        changed(PIPELINE, "artifactStores", PIPELINE["artifactStores"] * 2),
        "artifactStores",
        "exactly one element is allowed, found 2",
    ),
    "JSON": (RULE, {"name": "r", "eventPattern": "{"}, "eventPattern", "is no JSON document"),
    "tag": (TOPIC, {"name": "t", "tags": {"aws:own": "x"}}, 'tags["aws:own"]', "AWS's own"),
    "tag too long": (TOPIC, {"name": "t", "tags": {"Kind": "x" * 257}}, "tags.Kind", "at most 256"),
    "tags of an untagged type": (DASHBOARD, {**dashboard(), "tags": {"a": "b"}}, "tags", "has no tags"),
    "not emulated": (BUCKET, {"bucket": "b-1", "acl": "private"}, "acl", "is not emulated by the sandbox"),
    "a setting": (KEY, {"rotationPeriodInDays": 1}, "rotationPeriodInDays", "at least 90"),
}

RULES = {
    "alarm without operator": (
        ALARM,
        changed(ALARM_INPUTS, "comparisonOperator", None),
        "comparisonOperator",
        "is required",
    ),
    "missing data": (ALARM, changed(ALARM_INPUTS, "treatMissingData", "bad"), "treatMissingData", "notBreaching"),
    "metric and queries": (ALARM, {**ALARM_INPUTS, "metricQueries": [RETURNED]}, "metricName", "metricQueries"),
    "nothing returned": (
        ALARM,
        {
            "name": "a",
            "comparisonOperator": "GreaterThanThreshold",
            "evaluationPeriods": 1,
            "threshold": 1,
            "metricQueries": [{"id": "a", "expression": "1"}],
        },
        "metricQueries",
        "exactly one query must have returnData, found 0",
    ),
    "V1 with conditions": (PIPELINE_TYPE, changed(PIPELINE, "pipelineType", None), "pipelineType", "beforeEntry needs"),
    "empty condition": (PIPELINE_TYPE, changed(PIPELINE, "stages[1].onFailure", {}), "stages[1].onFailure", "empty"),
    "result of another place": (
        PIPELINE_TYPE,
        changed(PIPELINE, f"{CONDITION}.result", "ROLLBACK"),
        f"{CONDITION}.result",
        "is not one of FAIL, SKIP",
    ),
    "skipping a window": (
        PIPELINE_TYPE,
        changed(PIPELINE, f"{CONDITION}.result", "SKIP"),
        f"{CONDITION}.result",
        "LambdaInvoke",
    ),
    "unknown rule": (
        PIPELINE_TYPE,
        changed(PIPELINE, f"{CONDITION}.rules[0].ruleTypeId.provider", "Window"),
        f"{CONDITION}.rules[0].ruleTypeId.provider",
        "DeploymentWindow",
    ),
    "retry with a condition": (
        PIPELINE_TYPE,
        changed(
            PIPELINE,
            "stages[1].onFailure",
            {"result": "RETRY", "condition": {"result": "ROLLBACK", "rules": WINDOW}},
        ),
        "stages[1].onFailure.result",
        "cannot be combined",
    ),
    "long configuration": (
        PIPELINE_TYPE,
        changed(PIPELINE, f"{ACTION}.configuration.EnvironmentVariables", "x" * 1001),
        f"{ACTION}.configuration.EnvironmentVariables",
        "at most 1000 characters",
    ),
    "much configuration": (
        PIPELINE_TYPE,
        changed(PIPELINE, f"{ACTION}.configuration", {f"k{i}": "v" for i in range(51)}),
        f"{ACTION}.configuration",
        "at most 50 keys",
    ),
    "CodeBuild as Deploy": (
        PIPELINE_TYPE,
        changed(PIPELINE, f"{ACTION}.category", "Deploy"),
        f"{ACTION}.category",
        "CodeBuild is for Build or Test",
    ),
    "one stage": (PIPELINE_TYPE, changed(PIPELINE, "stages", PIPELINE["stages"][:1]), "stages", "at least 2 stages"),
    "half a pipeline project": (
        PROJECT,
        changed(BUILD, "artifacts.type", "NO_ARTIFACTS"),
        "artifacts.type",
        "both CODEPIPELINE",
    ),
    "status of a pipeline build": (
        PROJECT,
        changed(BUILD, "source.reportBuildStatus", True),
        "source.reportBuildStatus",
        "report no status",
    ),
    "no repository": (PROJECT, changed(PULL_REQUEST_BUILD, "source.location", None), "source.location", "is required"),
    "webhook without event": (
        WEBHOOK,
        {"projectName": "life", "filterGroups": [{"filters": [{"type": "BASE_REF", "pattern": "x"}]}]},
        "filterGroups[0]",
        "EVENT",
    ),
    "branch filter and groups": (
        WEBHOOK,
        {**CASES[WEBHOOK].inputs, "branchFilter": "dev"},
        "branchFilter",
        "conflicts",
    ),
    "widget beyond the grid": (DASHBOARD, dashboard(x=20, width=6), "dashboardBody", "24 columns"),
    "widget of no type": (DASHBOARD, dashboard(type="chart"), "dashboardBody", "is no type of widget"),
    "dashboard's name": (DASHBOARD, {**dashboard(), "dashboardName": "a b"}, "dashboardName", "letters, digits"),
    "retention": (LOG_GROUP, {"name": "/x", "retentionInDays": 31}, "retentionInDays", "is not one of"),
    "deletion window": (KEY, {"deletionWindowInDays": 3}, "deletionWindowInDays", "7 to 30 days"),
    "alias": ("aws:kms/alias:Alias", {"name": "x", "targetKeyId": "k"}, "name", "must begin with alias/"),
    "protocol": (
        "aws:sns/topicSubscription:TopicSubscription",
        {"topic": "arn", "protocol": "mail", "endpoint": "x"},
        "protocol",
        "is not one of",
    ),
    "rule without pattern": (RULE, {"name": "r"}, "eventPattern", "is needed"),
    "role for a topic": (
        "aws:cloudwatch/eventTarget:EventTarget",
        {"rule": "r", "targetId": "t", "arn": "arn:aws:sns:x:1:t", "roleArn": "arn"},
        "roleArn",
        "takes no role",
    ),
    "lifecycle without action": (
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        {"bucket": "b", "rules": [{"id": "x", "status": "Enabled"}]},
        "rules[0]",
        "at least one action",
    ),
}


@pytest.mark.parametrize("name", [*MODEL, *RULES])
def test_refused(aws: Engine, name: str) -> None:
    token, inputs, property_path, words = (MODEL | RULES)[name]
    with pytest.raises(RejectedError) as refused:
        aws.check(token, inputs)
    assert words in refused.value.failures[property_path]


def test_several_mistakes_are_told_at_once(aws: Engine) -> None:
    with pytest.raises(RejectedError) as refused:
        aws.check(ALARM, {**ALARM_INPUTS, "period": 0, "statistic": "Mean", "colour": "red"})
    assert refused.value.failures.keys() == {"period", "statistic", "colour"}


@pytest.mark.parametrize("token", sorted(CASES))
def test_unknown_values_are_accepted(aws: Engine, token: str) -> None:
    """In a preview anything may still be unknown."""
    inputs = CASES[token].planned()
    aws.check(token, inputs)
    for name in inputs:
        aws.check(token, {**inputs, name: UNKNOWN})


@pytest.mark.parametrize(
    "path",
    ["roleArn", "stages[1].actions", "stages[1].actions[0].provider", "stages[1].actions[0].configuration", CONDITION],
)
def test_unknown_parts_of_a_pipeline_are_accepted(aws: Engine, path: str) -> None:
    aws.check(PIPELINE_TYPE, changed(PIPELINE, path, UNKNOWN))
