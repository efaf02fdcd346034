"""Names that AWS would refuse only at apply are refused before, the ones made from them included."""

from __future__ import annotations

import json

import pytest

from components import aws_names
from sop.names import RENAMEABLE, Environment, Names
from sop.wire import camel_case
from tests.components.test_settings import mistakes, read, the_mistake


@pytest.mark.parametrize(
    ("name", "value", "refused"),
    [
        ("pipeline", "prod-" + "x" * 96, "pipeline: 1 to 100"),
        ("pipeline", "prod-" + "x" * 60, "IAM role: 1 to 64"),
        ("pipeline", "prod-" + "x" * 50, "EventBridge rule: 1 to 64"),
        ("pipeline", "prod.web", "CodeBuild project"),
        ("pipeline", "prod web", "pipeline: 1 to 100"),
        ("topic", "prod.alerts", "SNS topic"),
        ("topic", "prod-" + "x" * 252, "SNS topic: 1 to 256"),
        ("dashboard", "prod.dashboard", "CloudWatch dashboard"),
        ("dashboard", "prod-" + "x" * 251, "CloudWatch dashboard: 1 to 255"),
        ("cloudformationStack", "1-prod", "CloudFormation stack"),
        ("cloudformationStack", "prod-" + "x" * 36, "CloudFormation stack: 1 to 40"),
        ("artifactBucket", "prod-" + "x" * 46, "S3 bucket: 3 to 63"),
        ("artifactBucket", "Prod-prod", "S3 bucket"),
    ],
)
def test_a_name_beyond_aws_length_or_alphabet(name: str, value: str, refused: str) -> None:
    found = [m for m in mistakes({f"names.{name}": value}) if m.key == f"release:names.{name}"]
    (mistake,) = found
    assert refused in mistake.allowed
    assert mistake.value == json.dumps(value)
    assert mistake.mend.startswith(f"pulumi config set --path release:names.{name} ")


def test_a_bucket_name_made_from_the_pipelines_name_is_mended_by_its_own_key() -> None:
    mistake = the_mistake({"names.pipeline": "Web-prod"})
    assert mistake.key == "release:names.artifactBucket"
    assert "Web-prod-artifacts" in mistake.allowed


@pytest.mark.parametrize("name", [camel_case(name) for name in RENAMEABLE])
def test_a_name_without_its_environment_could_be_the_other_ones_too(name: str) -> None:
    mistake = the_mistake({f"names.{name}": "web"})
    assert "the word dev or prod" in mistake.allowed
    assert the_mistake({f"names.{name}": "production"}).key == f"release:names.{name}"


def test_a_chosen_name_goes_into_the_names_made_from_it() -> None:
    names = read({"names.pipeline": "site-prod"}).names
    assert names.build_project == "site-prod-build"
    assert names.role("deploy") == "site-prod-deploy-ap-southeast-2"
    assert names.artifact_bucket == "site-prod-artifacts"


def test_another_services_names_carry_it_and_the_region_where_an_account_has_one_for_all() -> None:
    names = read({"service": "shop", "aws:region": "us-east-1"}).names
    assert names.topic == "prod-shop-alerts"
    assert names.dashboard == "prod-shop-infrastructure-dashboard-us-east-1"
    assert names.role("deploy") == "prod-shop-pipeline-deploy-us-east-1"


@pytest.mark.parametrize("service", ["Shop", "1shop", "shop-", "sh--op", "shop_api"])
def test_a_service_of_another_alphabet_is_refused(service: str) -> None:
    assert the_mistake({"service": service}).key == "release:service"


def test_a_service_too_long_for_the_names_made_from_it_is_the_mistake_not_the_names() -> None:
    found = mistakes({"service": "s" * 30})
    assert {mistake.key for mistake in found} == {"release:service"}
    assert "IAM role: 1 to 64" in found[0].allowed


@pytest.mark.parametrize("environment", list(Environment))
def test_aws_accepts_all_names_of_the_sop(environment: Environment) -> None:
    assert list(aws_names.unusable(Names(environment))) == []
