"""CloudWatch as the AWS CLI and older clients ask it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.world import World
from tests.sandbox.cloudwatch.shapes import ALARM

AWS = Path(sys.executable).with_name("aws")


def test_the_aws_cli_reads_the_same(world: World, client: Any) -> None:
    client.put_metric_alarm(**ALARM)
    environment = {
        **os.environ,
        "AWS_ENDPOINT_URL": world.endpoint,
        "AWS_ACCESS_KEY_ID": "sandbox",
        "AWS_SECRET_ACCESS_KEY": "sandbox",
        "AWS_DEFAULT_REGION": world.region,
    }
    command = ["cloudwatch", "describe-alarms", "--alarm-name-prefix", "prod-", "--query", "MetricAlarms[*].AlarmName"]
    done = subprocess.run([AWS, *command], env=environment, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == ["prod-a"]


@pytest.mark.parametrize(
    ("headers", "body", "expected"),
    [
        (
            {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"},
            "Action=DescribeAlarms&Version=2010-08-01&AlarmNamePrefix=prod-",
            "<AlarmName>prod-a</AlarmName>",
        ),
        (
            {
                "Content-Type": "application/x-amz-json-1.0",
                "X-Amz-Target": "GraniteServiceVersion20100801.DescribeAlarms",
            },
            '{"AlarmNamePrefix": "prod-"}',
            '"AlarmName": "prod-a"',
        ),
    ],
)
def test_older_clients_ask_in_older_protocols(
    world: World, client: Any, headers: dict[str, str], body: str, expected: str
) -> None:
    client.put_metric_alarm(**ALARM)
    scope = f"20251125/{world.region}/monitoring/aws4_request"
    signed = {"Authorization": f"AWS4-HMAC-SHA256 Credential=sandbox/{scope}, SignedHeaders=host, Signature=0"}
    answer = httpx.post(world.endpoint, headers=headers | signed, content=body, trust_env=False)
    assert answer.status_code == 200
    assert expected in answer.text
