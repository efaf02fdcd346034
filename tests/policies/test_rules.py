"""What no plan may do: both stacks keep every rule, and each rule sees what breaks it and what is gone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextvars import copy_context
from dataclasses import replace
from functools import cache
from typing import Any

import pulumi
import pytest
from pulumi.runtime.config import set_all_config

from policies.__main__ import left_to_another
from policies.plan import UNKNOWN, Plan, Resource
from policies.rules import RULES, Rule
from tests.components.recorder import Registration, configuration, deployed, run_program, sample_plan

BY_NAME = {rule.name: rule for rule in RULES}


@cache
def plan(stack: str, is_deployed: bool = True) -> Plan:
    return judged(stack, sample_plan(stack, is_deployed=is_deployed).registrations)


def judged(stack: str, registrations: Iterable[Registration]) -> Plan:
    """What the program asked for, as the rules see it."""
    resources = [
        Resource.of(one.type, one.name, one.inputs, protected=bool(one.options.get("protect"))) for one in registrations
    ]
    return Plan(stack, resources)


@pytest.fixture(scope="module")
def prod() -> Plan:
    return plan("prod")


def changed(given: Plan, name: str, inputs: Mapping[str, Any]) -> Plan:
    """The plan in which one resource has other inputs; None takes one away."""

    def change(one: Resource) -> Resource:
        members = {key: value for key, value in {**one.inputs, **inputs}.items() if value is not None}
        return replace(one, inputs=members) if one.name == name else one

    assert [one for one in given.resources if one.name == name]
    return replace(given, resources=[change(one) for one in given.resources])


def without(given: Plan, type_: str) -> Plan:
    return replace(given, resources=[one for one in given.resources if not one.type.endswith(f":{type_}")])


def policy(**statement: Any) -> str:
    return json.dumps({"Statement": [{"Effect": "Allow", **statement}]})


@pytest.fixture(scope="module")
def everything() -> Plan:
    """Production with all that can be switched on."""
    slack = {"release:slackWorkspaceId": "T0SAMPLE1", "release:slackChannelId": "C0SAMPLE1"}
    plan = run_program("prod", deployed("prod"), configuration("prod") | slack, sorted(slack))
    return judged("prod", plan.registrations)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_what_can_be_switched_on_keeps_every_rule_too(rule: Rule, everything: Plan) -> None:
    assert list(rule.violations(everything)) == []


@pytest.mark.parametrize(
    ("protection", "broken"),
    [
        ('{"manage": false}', set()),
        ('{"manage": "false"}', set()),
        ('{"manage": true}', {"branch-protected", "kept-in-prod"}),
        ("", {"branch-protected", "kept-in-prod"}),
    ],
)
def test_a_plan_may_lack_branch_protection_only_where_its_configuration_leaves_that_to_another_stack(
    protection: str, broken: set[str]
) -> None:
    def left() -> frozenset[str]:
        set_all_config({"release:branchProtection": protection})
        return left_to_another(pulumi.Config("release"))

    unprotected = replace(without(plan("prod"), "BranchProtection"), left=copy_context().run(left))
    assert {rule.name for rule in RULES if any(rule.violations(unprotected))} == broken


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
@pytest.mark.parametrize("stack", ["dev", "prod"])
@pytest.mark.parametrize("is_deployed", [False, True])
def test_both_stacks_keep_every_rule_before_and_after_their_first_deployment(
    stack: str, is_deployed: bool, rule: Rule
) -> None:
    assert list(rule.violations(plan(stack, is_deployed))) == []


BAD: list[tuple[str, str, dict[str, Any], str]] = [
    ("encrypted-at-rest", "delivery-artifacts-encryption", {"rules": []}, "not encrypted with a KMS key"),
    ("encrypted-at-rest", "alerts-topic", {"kmsMasterKeyId": None}, "topic is not encrypted"),
    ("encrypted-at-rest", "alerts-topic", {"kmsMasterKeyId": "alias/aws/sns"}, "alarms cannot publish"),
    ("encrypted-at-rest", "delivery-release-pipeline", {"artifactStores": [{}]}, "artifacts are not encrypted"),
    ("encrypted-at-rest", "alerts-key", {"enableKeyRotation": False}, "not rotated"),
    ("tls-only", "delivery-artifacts-policy", {"policy": policy(Principal="*")}, "without TLS"),
    ("not-public", "delivery-artifacts-public-access", {"blockPublicAcls": False}, "all public access"),
    ("not-public", "alerts-topic-policy", {"policy": policy(Principal="*")}, "lets everybody in"),
    ("not-public", "alerts-topic-policy", {"policy": policy(Principal={"AWS": "*"})}, "lets everybody in"),
    ("no-star", "delivery-build-service-policy", {"policy": policy(Action="s3:*", Resource="a")}, "allows s3:*."),
    ("no-star", "delivery-build-service-policy", {"policy": policy(NotAction=["a"], Resource="a")}, "all actions but"),
    (
        "no-star",
        "delivery-build-service-policy",
        {"policy": policy(Action=["s3:PutObject", "s3:GetObject"], Resource=["*"])},
        "allows s3:PutObject on every resource",
    ),
    ("tagged", "aws", {"defaultTags": {"tags": {"Environment": "prod"}}}, "without the tags Service, Project"),
    ("retained", "access-logs-logs", {"retentionInDays": None}, "for ever"),
    ("alarms-tell", "monitoring-alarms-cpu", {"alarmActions": []}, "tells nobody"),
    ("alarms-tell", "monitoring-alarms-cpu", {"actionsEnabled": False}, "tells nobody"),
    ("alarms-tell", "monitoring-alarms-release-health", {"alarmDescription": "All of them."}, "which runbook"),
    ("three-stages", "delivery-release-pipeline", {"stages": [{"name": "Source"}]}, "stages are Source."),
    ("three-stages", "delivery-release-pipeline", {"pipelineType": "V1"}, "not of type V2"),
    ("branch-protected", "branch-protection", {"requiredStatusChecks": []}, "without CFN-Lint"),
    ("branch-protected", "branch-protection", {"requiredPullRequestReviews": []}, "fewer approvals"),
    ("branch-protected", "branch-protection", {"allowsForcePushes": True}, "can be rewritten"),
    ("named", "alerts-topic", {"name": "alerts"}, "'alerts' does not name the environment prod"),
    ("named", "alerts-topic", {"name": "dev-prod-alerts"}, "does not name the environment prod"),
]


@pytest.mark.parametrize(("name", "resource", "inputs", "message"), BAD)
def test_what_breaks_a_rule_is_named_with_its_resource_and_what_mends_it(
    prod: Plan, name: str, resource: str, inputs: dict[str, Any], message: str
) -> None:
    rule = BY_NAME[name]
    (found,) = (one for one in rule.violations(changed(prod, resource, inputs)) if message in one.message)
    assert rule.remediation in found.message
    assert found.resource is not None


def test_every_rule_has_a_bad_case() -> None:
    assert {name for name, *_ in BAD} | {"kept-in-prod"} == set(BY_NAME)


def test_what_production_cannot_lose_is_protected(prod: Plan) -> None:
    careless = replace(prod, resources=[replace(one, protected=False) for one in prod.resources])
    found = {one.resource.name for one in BY_NAME["kept-in-prod"].violations(careless) if one.resource}
    buckets = {"delivery-artifacts-key", "delivery-artifacts-bucket", "records-key", "records-bucket"}
    assert found == {"alerts-key", *buckets, "branch-protection"}
    assert not list(BY_NAME["kept-in-prod"].violations(replace(careless, environment="dev")))


@pytest.mark.parametrize(("rule", "subject"), [(rule, subject) for rule in RULES for subject in rule.subjects])
def test_a_plan_that_has_lost_what_a_rule_is_about_breaks_it(prod: Plan, rule: Rule, subject: str) -> None:
    messages = [one.message for one in rule.violations(without(prod, subject))]
    assert any(f"has no {subject}" in message for message in messages)


@pytest.mark.parametrize(
    ("type_", "name"),
    [
        ("BucketServerSideEncryptionConfiguration", "encrypted-at-rest"),
        ("BucketPolicy", "tls-only"),
        ("BucketPublicAccessBlock", "not-public"),
        ("BucketLifecycleConfiguration", "retained"),
    ],
)
def test_a_bucket_whose_settings_are_gone_breaks_the_rule(prod: Plan, type_: str, name: str) -> None:
    found = [one.resource.name for one in BY_NAME[name].violations(without(prod, type_)) if one.resource]
    assert found == ["delivery-artifacts-bucket", "records-bucket"]


def test_a_value_that_only_the_update_will_tell_is_neither_missing_nor_a_crash(prod: Plan) -> None:
    def unknown(one: Resource) -> Resource:
        return one if one.type.startswith("pulumi:") else replace(one, inputs=dict.fromkeys(one.inputs, UNKNOWN))

    first = replace(prod, resources=[unknown(one) for one in prod.resources])
    assert not list(BY_NAME["no-star"].violations(first))
    for rule in RULES:
        assert all(one.resource for one in rule.violations(first))
