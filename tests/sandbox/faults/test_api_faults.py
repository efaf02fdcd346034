"""Faults of AWS's API itself, as its clients meet them."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError

from sandbox.addresses import INSIDE
from sandbox.environment import build_environment
from tests.sandbox.workload.deployed import Deployed

API = [
    ("throttling", "cloudwatch", "describe_alarms", "Throttling"),
    ("throttling", "logs", "describe_log_groups", "ThrottlingException"),
    ("throttling", "ec2", "describe_instances", "RequestLimitExceeded"),
    ("access-denied", "cloudwatch", "describe_alarms", "AccessDenied"),
    ("expired-credentials", "elbv2", "describe_target_groups", "ExpiredToken"),
    ("expired-credentials", "logs", "describe_log_groups", "ExpiredTokenException"),
    ("expired-credentials", "ec2", "describe_instances", "RequestExpired"),
]


def test_faults_of_the_api(site: Deployed, subtests: pytest.Subtests) -> None:
    for name, service, operation, code in API:
        with subtests.test(f"{name} {service}"):
            call = getattr(site.world.client(service), operation)
            site.world.faults.activate(name)
            with pytest.raises(ClientError) as failure:
                call()
            assert failure.value.response["Error"]["Code"] == code  # pyright: ignore[reportTypedDictNotRequiredAccess]
            site.world.faults.heal()
            call()


def test_who_one_is_can_be_asked_while_throttled(site: Deployed) -> None:
    site.world.faults.activate("throttling")
    assert site.world.client("sts").get_caller_identity()["Account"] == "123456789012"


def test_a_denied_call_names_the_permission(site: Deployed) -> None:
    site.world.faults.activate("access-denied")
    with pytest.raises(ClientError, match="not authorized to perform: cloudwatch:ListDashboards"):
        site.world.client("cloudwatch").list_dashboards()


def test_a_slow_api_waits_before_every_call(site: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr(site.world.background.stopping, "wait", waits.append)
    site.world.faults.activate("slow-api")
    site.world.client("elbv2").describe_target_groups()
    assert waits == [0.15]


@pytest.fixture
def caller(site: Deployed) -> Any:
    """CloudWatch as somebody outside calls it, without retries."""
    return boto3.client(
        "cloudwatch",
        endpoint_url=site.world.endpoint,
        region_name=site.world.region,
        aws_access_key_id="caller",
        aws_secret_access_key="caller",
        config=Config(retries={"total_max_attempts": 1}, proxies={}),
    )


def test_a_refused_connection_is_no_answer_at_all_and_comes_back_when_healed(site: Deployed, caller: Any) -> None:
    assert caller.describe_alarms()["MetricAlarms"]
    site.world.faults.activate("connection-refused")
    with pytest.raises(ConnectionClosedError):
        caller.describe_alarms()
    site.world.faults.heal()
    assert caller.describe_alarms()["MetricAlarms"]


def test_aws_itself_and_its_builds_are_on_their_own_network(site: Deployed) -> None:
    site.world.faults.activate("connection-refused")
    assert site.world.client("cloudwatch").describe_alarms()["MetricAlarms"]
    assert site.world.client("elbv2", past_us=True).describe_target_groups()["TargetGroups"]
    assert build_environment(site.world)["AWS_SDK_UA_APP_ID"] == INSIDE
