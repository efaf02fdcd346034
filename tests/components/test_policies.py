"""Least privilege, over every policy of both plans."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.components.recorder import Plan

DOCUMENTS = ("policy", "policyDocument", "assumeRolePolicy")
# Nothing narrower exists for these: descriptions and metrics know no resources
WITHOUT_RESOURCES = {"AskWhoIsSuppressed", "Describe", "ShowAlarms", "WhatHasNoNarrowerScope"}


def statements(plan: Plan, type_: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    for registration in plan.registrations:
        if type_ and not registration.type.endswith(f":{type_}"):
            continue
        for key in DOCUMENTS:
            if key in registration.inputs:
                for statement in json.loads(registration.inputs[key])["Statement"]:
                    yield registration.name, statement


def of_role(plan: Plan, name: str) -> dict[str, dict[str, Any]]:
    policy = plan.only("RolePolicy", name).inputs["policy"]
    return {statement["Sid"]: statement for statement in json.loads(policy)["Statement"]}


def as_list(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def test_there_are_policies_to_walk(everything: Plan) -> None:
    assert len(everything.of_type("RolePolicy")) == 9
    assert sum(1 for _ in statements(everything)) > 30


def test_a_star_as_resource_only_where_aws_has_nothing_narrower(everything: Plan) -> None:
    for name, statement in statements(everything, "RolePolicy"):
        if "*" in as_list(statement["Resource"]):
            assert statement["Sid"] in WITHOUT_RESOURCES, name


def test_no_resource_is_in_another_account(everything: Plan) -> None:
    for _, statement in statements(everything, "RolePolicy"):
        for resource in as_list(statement["Resource"]):
            assert resource == "*" or resource.split(":")[4] in ("123456789012", ""), resource


def test_every_role_is_handed_over_to_one_named_service(everything: Plan) -> None:
    passing = [s for _, s in statements(everything) if "iam:PassRole" in as_list(s["Action"])]
    assert len(passing) == 3
    for statement in passing:
        assert list(statement["Condition"]) == ["StringEquals"]
        assert statement["Condition"]["StringEquals"]["iam:PassedToService"]


def test_cloudformation_works_with_a_role_of_its_own(everything: Plan) -> None:
    deploying = of_role(everything, "delivery-deploy-service")
    assert deploying["HandOverRole"]["Resource"] == [
        "arn:aws:iam::123456789012:role/web-pipeline-prod-cloudformation-ap-southeast-2"
    ]
    services = {action.split(":")[0] for s in deploying.values() for action in s["Action"]}
    assert services == {"cloudformation", "iam", "kms", "logs", "s3", "ssm"}


def test_cloudformation_hands_its_own_role_to_nested_stacks(everything: Plan) -> None:
    statement = of_role(everything, "delivery-deploy-cloudformation")["HandItselfToNestedStacks"]
    assert statement["Resource"] == ["arn:aws:iam::123456789012:role/web-pipeline-prod-cloudformation-ap-southeast-2"]
    assert statement["Condition"] == {"StringEquals": {"iam:PassedToService": "cloudformation.amazonaws.com"}}


def test_the_deploying_role_looks_the_image_up_in_a_parameter_of_no_account(everything: Plan) -> None:
    statement = of_role(everything, "delivery-deploy-service")["ImageParameter"]
    assert statement["Action"] == ["ssm:GetParameters"]
    assert all("::parameter/aws/service/" in resource for resource in statement["Resource"])


def test_the_deploy_project_touches_no_stack_but_its_own(everything: Plan) -> None:
    for statement in of_role(everything, "delivery-deploy-service").values():
        if any(action.startswith("cloudformation:") for action in statement["Action"]):
            assert all(":stack/web-infrastructure-prod" in arn for arn in statement["Resource"])


def test_the_pipelines_role_has_what_codepipeline_needs(everything: Plan) -> None:
    found = of_role(everything, "delivery-release-service")
    assert found["FindBucket"]["Action"] == [
        "s3:GetBucketAcl",
        "s3:GetBucketLocation",
        "s3:GetBucketVersioning",
    ]
    assert {"s3:GetObject", "s3:PutObject", "s3:PutObjectAcl"} <= set(found["PassArtifacts"]["Action"])
    assert {"codebuild:StartBuild", "codebuild:BatchGetBuilds"} == set(found["RunBuilds"]["Action"])
    assert {arn.rpartition("/")[2] for arn in found["RunBuilds"]["Resource"]} == {
        "web-pipeline-prod-build",
        "web-pipeline-prod-deploy",
    }
    assert {"kms:Decrypt", "kms:GenerateDataKey"} <= set(found["UseArtifactKey"]["Action"])


@pytest.mark.parametrize("prefix", ["codeconnections", "codestar-connections"])
def test_the_connection_is_used_under_both_of_the_services_names(everything: Plan, prefix: str) -> None:
    uuid = "5c0de000-0000-4000-8000-000000000001"
    arn = f"arn:aws:{prefix}:ap-southeast-2:123456789012:connection/{uuid}"
    for role in ("delivery-release-service", "pull-request-check-service"):
        statement = of_role(everything, role)["UseConnection"]
        assert f"{prefix}:UseConnection" in statement["Action"]
        assert arn in statement["Resource"]


def test_the_pull_request_check_may_take_the_connections_token(everything: Plan) -> None:
    actions = of_role(everything, "pull-request-check-service")["UseConnection"]["Action"]
    needed = {"GetConnection", "GetConnectionToken", "UseConnection"}
    assert {action.partition(":")[2] for action in actions} == needed


def test_cloudformation_does_not_touch_what_carries_another_environments_tag(everything: Plan) -> None:
    found = of_role(everything, "cloudformation")
    for sid in ("Network", "LoadBalancing", "AutoScaling", "RunServers"):
        assert found[sid]["Condition"] == {"StringEqualsIfExists": {"aws:ResourceTag/Environment": "prod"}}


def test_cloudformation_gives_servers_no_managed_policy_but_one(everything: Plan) -> None:
    condition = of_role(everything, "cloudformation")["ServerManagedPolicy"]["Condition"]
    assert condition == {"ArnEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"}}


@pytest.mark.parametrize("service", ["codebuild", "codepipeline", "chatbot"])
def test_a_service_takes_a_role_only_for_this_account(everything: Plan, service: str) -> None:
    trusting = [
        statement
        for _, statement in statements(everything, "Role")
        if statement["Principal"] == {"Service": f"{service}.amazonaws.com"}
    ]
    assert trusting
    for statement in trusting:
        assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}


def test_a_keys_policy_never_locks_its_account_out(everything: Plan) -> None:
    for key in everything.of_type("Key"):
        (own,) = [s for s in json.loads(key.inputs["policy"])["Statement"] if "AWS" in s["Principal"]]
        assert own["Principal"] == {"AWS": "arn:aws:iam::123456789012:root"}
        assert "kms:PutKeyPolicy" in own["Action"]


def test_a_policy_stays_within_iams_10240_characters(everything: Plan) -> None:
    for policy in everything.of_type("RolePolicy"):
        assert len(re.sub(r"\s", "", policy.inputs["policy"])) <= 10_240, policy.name
