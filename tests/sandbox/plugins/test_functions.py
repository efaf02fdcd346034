"""The data sources, in the real provider's words where the program reads them."""

from __future__ import annotations

import json

import pytest

from sandbox.addresses import ACCOUNT_ID
from tests.sandbox.plugins.cases.parts import CONNECTION
from tests.sandbox.plugins.conftest import Call
from tests.sandbox.plugins.engine import Engine, EngineError

GET_STACK = "aws:cloudformation/getStack:getStack"
GET_CONNECTION = "aws:codestarconnections/getConnection:getConnection"


def test_caller_identity(aws: Engine) -> None:
    identity = aws.invoke("aws:index/getCallerIdentity:getCallerIdentity", {})
    assert identity["accountId"] == ACCOUNT_ID
    assert ACCOUNT_ID in identity["arn"]


def test_a_missing_stack_is_the_real_provider_s_error(aws: Engine) -> None:
    with pytest.raises(EngineError, match=r"reading CloudFormation Stack \(nowhere\): couldn't find resource"):
        aws.invoke(GET_STACK, {"name": "nowhere"})


def test_the_outputs_of_a_stack(aws: Engine, behind: Call) -> None:
    template = {
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "of-a-stack"}}},
        "Outputs": {"TopicArn": {"Value": {"Ref": "Topic"}}},
    }
    behind("cloudformation", "create_stack", StackName="read", TemplateBody=json.dumps(template))
    behind("cloudformation", "get_waiter", waiter_name="stack_create_complete").wait(
        StackName="read", WaiterConfig={"Delay": 0.05}
    )
    stack = aws.invoke(GET_STACK, {"name": "read"})
    assert stack["outputs"]["TopicArn"].endswith(":of-a-stack")


def test_a_connection_by_its_arn(aws: Engine) -> None:
    assert aws.invoke(GET_CONNECTION, {"arn": CONNECTION})["connectionStatus"] == "AVAILABLE"


def test_a_connection_by_its_name(aws: Engine) -> None:
    name = aws.invoke(GET_CONNECTION, {"arn": CONNECTION})["name"]
    assert aws.invoke(GET_CONNECTION, {"name": name})["arn"] == CONNECTION


def test_a_connection_that_is_not_there(aws: Engine) -> None:
    with pytest.raises(EngineError, match="no connection is named 'nowhere'"):
        aws.invoke(GET_CONNECTION, {"name": "nowhere"})
