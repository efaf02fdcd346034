"""Names: the SOP's, and none in two environments."""

from __future__ import annotations

import inspect

import pytest

from sop.names import RENAMEABLE, Environment, Names, Stage, environment_of

DEV, PROD = Names(Environment.DEV), Names(Environment.PROD)
SHOP = Names(Environment.PROD, service="shop")
VIRGINIA = Names(Environment.PROD, region="us-east-1")
# Names of things that a region has each for itself: the same service in two regions may share them
OF_A_REGION = {
    "pipeline", "cloudformation_stack", "artifact_bucket", "records_bucket",
    "build_project", "deploy_project", "pull_request_project",
    "topic", "chat_topic", "alarm_prefix", "composite_alarm", "application_log_group", "access_log_group",
    "access_log_delivery", "metric_namespace", "branch", "_prefix",
    "channel_secret", "runner_project", "schedule_group",
}  # fmt: skip


def test_the_sops_literal_names() -> None:
    assert (DEV.branch, PROD.branch) == ("dev", "main")
    assert (DEV.pipeline, PROD.pipeline) == ("web-pipeline-dev", "web-pipeline-prod")
    assert PROD.cloudformation_stack == "web-infrastructure-prod"
    assert PROD.dashboard == "prod-infrastructure-dashboard"
    assert PROD.application_log_group == "/aws/ec2/web-server"
    assert PROD.access_log_group == "/aws/elasticloadbalancing/app"
    assert [str(stage) for stage in Stage] == ["Source", "Build", "Deploy"]


def test_dev_and_prod_share_no_name() -> None:
    assert _all(DEV).isdisjoint(_all(PROD))


def test_two_services_share_no_name_but_the_branch() -> None:
    assert _all(PROD) & _all(SHOP) == {"main"}
    assert SHOP.pipeline == "prod-shop-pipeline"
    assert SHOP.cloudformation_stack == "prod-shop-infrastructure"
    assert SHOP.application_log_group == "/aws/ec2/prod-shop-web-server"
    assert SHOP.alarm("cpu") == "prod-shop-cpu"


def test_one_service_in_two_regions_shares_no_name_of_what_an_account_has_once() -> None:
    assert PROD.bucket_in("1") != VIRGINIA.bucket_in("1")
    assert PROD.records_in("1") != VIRGINIA.records_in("1")
    assert PROD.role("build") != VIRGINIA.role("build")
    assert {name for name in _properties() if getattr(PROD, name) == getattr(VIRGINIA, name)} == OF_A_REGION


@pytest.mark.parametrize("stack", ["prod", "api-prod", "web-use1-prod"])
def test_what_follows_a_stacks_last_hyphen_is_its_environment(stack: str) -> None:
    assert environment_of(stack) is Environment.PROD


@pytest.mark.parametrize("stack", ["", "production", "prod-api", "-prod", "api-", "api_prod", "PROD"])
def test_a_stack_of_no_environment_is_refused(stack: str) -> None:
    with pytest.raises(ValueError, match=r"is not a valid Environment|is no stack of an environment"):
        environment_of(stack)


def test_alarms_begin_with_the_prefix_that_the_sop_asks_for() -> None:
    assert PROD.alarm("cpu") == "prod-cpu"
    assert PROD.composite_alarm.startswith(PROD.alarm_prefix)


def test_what_may_be_renamed_is_renamed() -> None:
    for name in RENAMEABLE:
        assert getattr(Names(Environment.DEV, {name: "other-dev"}), name) == "other-dev"


def _all(names: Names) -> set[str]:
    made = {
        names.bucket_in("1"),
        names.records_in("1"),
        names.role("build"),
        names.alarm("cpu"),
        names.event_rule("execution"),
    }
    return made | {getattr(names, name) for name in _properties()} - {names._prefix}


def _properties() -> set[str]:
    return {name for name, _ in inspect.getmembers(Names, lambda m: isinstance(m, property))}
