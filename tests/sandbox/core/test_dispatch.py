"""What the sandbox's one AWS address promises: AWS's answers, or a clear word that it does not know the call."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from sandbox.aws.service import AwsError, Params, Service
from tests.sandbox.conftest import MakeWorld


class Pipelines(Service):
    """A service of ours with one operation that answers and one that fails."""

    name = "codepipeline"

    def get_pipeline_state(self, request: Params) -> Params:
        return {"pipelineName": request["name"], "pipelineVersion": 3}

    def get_pipeline(self, request: Params) -> Params:
        raise AwsError("PipelineNotFoundException", f"Pipeline {request['name']} does not exist")

    def list_pipelines(self, request: Params) -> Params:
        raise RuntimeError("a bug of the sandbox")


class Topics(Service):
    """A service that adds to moto's."""

    name = "sns"
    moto_fallback = True

    def list_topics(self, request: Params) -> Params:
        answer = self.call_moto("ListTopics", request)
        return {"Topics": list(reversed(answer["Topics"]))}


def error_of(failure: pytest.ExceptionInfo[ClientError]) -> tuple[str, int]:
    response = failure.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]  # pyright: ignore[reportTypedDictNotRequiredAccess]


def test_an_operation_of_ours_answers_in_aws_shapes(make_world: MakeWorld) -> None:
    state = make_world(Pipelines).client("codepipeline").get_pipeline_state(name="web-pipeline-prod")
    assert (state["pipelineName"], state["pipelineVersion"]) == ("web-pipeline-prod", 3)


def test_an_error_of_ours_arrives_with_its_code_and_status(make_world: MakeWorld) -> None:
    with pytest.raises(ClientError, match="does not exist") as failure:
        make_world(Pipelines).client("codepipeline").get_pipeline(name="gone")
    assert error_of(failure) == ("PipelineNotFoundException", 400)


def test_an_operation_that_nobody_answers_is_an_error_not_a_success(make_world: MakeWorld) -> None:
    with pytest.raises(ClientError, match="does not know codepipeline:ListWebhooks") as failure:
        make_world(Pipelines).client("codepipeline").list_webhooks()
    assert error_of(failure) == ("SandboxUnknownOperation", 501)


def test_an_operation_that_moto_lacks_is_the_same_error(make_world: MakeWorld) -> None:
    with pytest.raises(ClientError, match="does not know cloudwatch:GetMetricStream"):
        make_world().client("cloudwatch").get_metric_stream(Name="stream")


def test_a_bug_of_the_sandbox_is_named_as_one(make_world: MakeWorld) -> None:
    with pytest.raises(ClientError, match="The sandbox failed at codepipeline:ListPipelines"):
        make_world(Pipelines).client("codepipeline").list_pipelines()


def test_a_request_that_the_model_rejects_does_not_reach_the_operation(make_world: MakeWorld) -> None:
    client = make_world(Pipelines).client("codepipeline")
    client.meta.events.register(
        "before-call.codepipeline.GetPipelineState", lambda params, **_: params.update(body=b"{}")
    )
    with pytest.raises(ClientError, match="Missing required parameter") as failure:
        client.get_pipeline_state(name="web-pipeline-prod")
    assert error_of(failure)[0] == "ValidationException"


def test_another_region_is_refused_rather_than_answered_from_this_one(make_world: MakeWorld) -> None:
    world = make_world(Pipelines)
    world.region = "eu-west-1"
    client = world.client("codepipeline")
    world.region = "ap-southeast-2"
    with pytest.raises(ClientError, match="has ap-southeast-2 only") as failure:
        client.get_pipeline_state(name="web-pipeline-prod")
    assert error_of(failure)[0] == "SandboxRegion"


def test_moto_answers_what_a_service_of_ours_leaves_to_it(make_world: MakeWorld) -> None:
    sns = make_world(Topics).client("sns")
    first, second = (sns.create_topic(Name=name)["TopicArn"] for name in ("first", "second"))
    assert [topic["TopicArn"] for topic in sns.list_topics()["Topics"]] == [second, first]
