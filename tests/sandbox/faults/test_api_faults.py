"""Faults of AWS's API itself, as its clients meet them."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

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
