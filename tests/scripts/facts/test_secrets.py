"""What AWS says of a failure may quote a secret; mails, Slack, the record and `watch` pass it on, so none is read."""

from __future__ import annotations

from scripts.facts.builds import read_builds
from scripts.facts.pipeline import read_actions
from scripts.facts.stack import read_events
from tests.scripts.fake_aws import FakeAws
from tests.scripts.release import BEGIN, at

SAID = "Error while executing command: curl -u bob:hunter2 https://host.example. Reason: exit status 22"
READ = SAID.replace("hunter2", "[redacted]")


def test_a_failed_action_says_it_without() -> None:
    aws = FakeAws()
    result = {"executionResult": {"errorDetails": {"message": SAID}}}
    aws.answer(
        "ListActionExecutions",
        {"actionExecutionDetails": [{"pipelineExecutionId": "x", "startTime": BEGIN, "output": result}]},
    )
    assert [one.error for one in read_actions(aws.aws.codepipeline, "web-pipeline-prod", "x")] == [READ]


def test_a_failed_build_says_it_without() -> None:
    aws = FakeAws()
    phase = {"phaseType": "BUILD", "phaseStatus": "FAILED", "contexts": [{"message": SAID}]}
    aws.answer("BatchGetBuilds", {"builds": [{"id": "x", "phases": [phase]}]})
    assert read_builds(aws.aws.codebuild, ["x"])["x"].failed.endswith(READ)


def test_a_failed_resource_says_it_without() -> None:
    aws = FakeAws()
    event = {"StackName": "s", "StackId": "s", "EventId": "e", "Timestamp": at(1), "ResourceStatusReason": SAID}
    aws.answer("ListStackResources", {"StackResourceSummaries": []})
    aws.answer("DescribeStackEvents", {"StackEvents": [event]})
    assert [one.reason for one in read_events(aws.aws.cloudformation, "s", BEGIN)] == [READ]
