"""The data sources, in the real provider's words where the program reads them."""

from __future__ import annotations

import json
from typing import Any, NoReturn

import pytest

from sandbox.aws.service import AwsError
from sandbox.plugins.aws.api import Api
from sandbox.world import World
from tests.clock import PATIENCE
from tests.sandbox.plugins.cases.parts import CONNECTION
from tests.sandbox.plugins.conftest import Call
from tests.sandbox.plugins.engine import Engine, EngineError
from tests.sandbox.sample import ACCOUNT_ID

LOOK_EVERY = 0.05  # seconds
GET_STACK = "aws:cloudformation/getStack:getStack"
GET_LOG_GROUPS = "aws:cloudwatch/getLogGroups:getLogGroups"
GET_CONNECTION = "aws:codestarconnections/getConnection:getConnection"


def test_caller_identity(aws: Engine) -> None:
    identity = aws.invoke("aws:index/getCallerIdentity:getCallerIdentity", {})
    assert identity["accountId"] == ACCOUNT_ID
    assert ACCOUNT_ID in identity["arn"]


def wait_until(behind: Call, reached: str, stack: str) -> None:
    waiter = behind("cloudformation", "get_waiter", waiter_name=reached)
    waiter.wait(StackName=stack, WaiterConfig={"Delay": LOOK_EVERY, "MaxAttempts": round(PATIENCE / LOOK_EVERY)})


def test_a_missing_stack_is_the_real_provider_s_error(aws: Engine) -> None:
    with pytest.raises(EngineError, match=r"\* no matching CloudFormation Stack found\n"):
        aws.invoke(GET_STACK, {"name": "nowhere"})


def test_a_deleted_stack_is_no_matching_stack_even_by_its_id(aws: Engine, behind: Call) -> None:
    template = json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}})
    identifier = behind("cloudformation", "create_stack", StackName="gone", TemplateBody=template)["StackId"]
    wait_until(behind, "stack_create_complete", "gone")
    behind("cloudformation", "delete_stack", StackName="gone")
    wait_until(behind, "stack_delete_complete", identifier)
    with pytest.raises(EngineError, match="no matching CloudFormation Stack found"):
        aws.invoke(GET_STACK, {"name": identifier})


def test_a_stack_whose_template_cannot_be_read_is_the_real_provider_s_error(
    aws: Engine, behind: Call, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """getStack always calls GetTemplate, and a stack in REVIEW_IN_PROGRESS may have none."""
    refused = AwsError("ValidationError", "Template is not ready")
    monkeypatch.setattr(world.service("cloudformation"), "get_template", lambda _request: _raise(refused))
    behind("cloudformation", "create_change_set", StackName="planned", ChangeSetName="first", ChangeSetType="CREATE",
           TemplateBody=json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}))  # fmt: skip
    with pytest.raises(EngineError, match=r"reading CloudFormation Stack \(planned\) template: .*not ready"):
        aws.invoke(GET_STACK, {"name": "planned"})


def _raise(error: Exception) -> NoReturn:
    raise error


def test_the_outputs_of_a_stack(aws: Engine, behind: Call) -> None:
    template = {
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "of-a-stack"}}},
        "Outputs": {"TopicArn": {"Value": {"Ref": "Topic"}}},
    }
    behind("cloudformation", "create_stack", StackName="read", TemplateBody=json.dumps(template))
    wait_until(behind, "stack_create_complete", "read")
    stack = aws.invoke(GET_STACK, {"name": "read"})
    assert stack["outputs"]["TopicArn"].endswith(":of-a-stack")


def test_a_connection_by_its_arn(aws: Engine) -> None:
    assert aws.invoke(GET_CONNECTION, {"arn": CONNECTION})["connectionStatus"] == "AVAILABLE"


def test_a_connection_s_data_source_calls_get_connection_and_list_tags_for_resource_of_codestar_connections(
    aws: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[tuple[str, str]] = []
    ask = Api.call

    def listen(self: Api, service: str, operation: str, params: Any = None) -> Any:
        calls.append((service, operation))
        return ask(self, service, operation, params)

    monkeypatch.setattr(Api, "call", listen)
    assert aws.invoke(GET_CONNECTION, {"arn": CONNECTION})["tags"] == {}
    service = "codestar-connections"
    assert calls == [(service, "GetConnection"), (service, "ListTagsForResource")]


def test_a_connection_by_its_name(aws: Engine) -> None:
    name = aws.invoke(GET_CONNECTION, {"arn": CONNECTION})["name"]
    assert aws.invoke(GET_CONNECTION, {"name": name})["arn"] == CONNECTION


def test_a_connection_that_is_not_there(aws: Engine) -> None:
    with pytest.raises(EngineError, match=r"CodeStar Connections Connection \(nowhere\): not found"):
        aws.invoke(GET_CONNECTION, {"name": "nowhere"})


def test_log_groups_by_the_beginning_of_their_names(aws: Engine, behind: Call) -> None:
    for name in ("/listed/one", "/listed/two", "/other"):
        behind("logs", "create_log_group", logGroupName=name)
    found = aws.invoke(GET_LOG_GROUPS, {"logGroupNamePrefix": "/listed"})
    assert found["logGroupNames"] == ["/listed/one", "/listed/two"]
    assert [arn.rsplit(":", 1)[-1] for arn in found["arns"]] == ["/listed/one", "/listed/two"]
