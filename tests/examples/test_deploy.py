"""What deploy.py makes of what deployments meet, over an AWS whose answers are written down."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.examples.test_web_infrastructure import REPOSITORY

STACK = "web-infrastructure-prod"
STACK_ID = f"arn:aws:cloudformation:ap-southeast-2:123456789012:stack/{STACK}/1"
COMMIT = "c" * 40
TOKEN = f"release-{COMMIT}-7"
THROTTLED = "Rate exceeded"
GONE = f"Stack with id {STACK} does not exist"


def event(number: int, status: str, reason: str = "", *, resource: str = "", token: str = TOKEN) -> dict[str, Any]:
    """An event of the stack itself, or of one of its resources."""
    return {
        "EventId": str(number),
        "Timestamp": datetime(2026, 12, 1, 0, 0, number, tzinfo=UTC),
        "StackId": STACK_ID,
        "LogicalResourceId": resource or STACK,
        "PhysicalResourceId": f"{resource}-1" if resource else STACK_ID,
        "ResourceType": "AWS::SNS::Topic" if resource else "AWS::CloudFormation::Stack",
        "ResourceStatus": status,
        "ResourceStatusReason": reason,
        "ClientRequestToken": token,
    }


class Aws:
    """Each operation answers what is next in its list, the last one for ever; an Exception is raised."""

    def __init__(self, answers: Mapping[str, list[Any]]) -> None:
        self._answers = {name: list(each) for name, each in answers.items()}
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        def answer(**parameters: Any) -> Any:
            self.calls.append((operation, parameters))
            answers = self._answers.get(operation, [None])
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
            if isinstance(answer, Exception):
                raise answer
            return answer

        return answer

    def given(self, operation: str) -> dict[str, Any]:
        """The parameters of the one call of this operation."""
        (parameters,) = [parameters for called, parameters in self.calls if called == operation]
        return parameters

    def called(self, operation: str) -> bool:
        return operation in [called for called, _ in self.calls]


class Deployment:
    """The program, with answers for what it asks; a deployment that goes well unless told otherwise."""

    def __init__(self, program: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        self.program = program
        self._monkeypatch = monkeypatch
        self.packaged = "Resources: {}\n"

    def run(self, statuses: list[Any], events: list[dict[str, Any]], **answers: list[Any]) -> tuple[int, Aws]:
        def status(each: Any) -> Any:
            return {"Stacks": [{"StackStatus": each}]} if isinstance(each, str) else each

        aws = Aws(
            {
                "describe_stacks": [status(each) for each in statuses],
                "describe_change_set": [{"Status": "CREATE_COMPLETE"}],
                "describe_stack_events": [{"StackEvents": events[::-1]}],
                "get_bucket_location": [{"LocationConstraint": "ap-southeast-2"}],
                **answers,
            }
        )
        self._monkeypatch.setattr(self.program, "client", lambda service: aws)
        self._monkeypatch.setattr(self.program.subprocess, "run", self._package)
        return self.program.main(), aws

    def error(self, message: str) -> Exception:
        return ClientError({"Error": {"Code": "Any", "Message": message}}, "DescribeStacks")

    def _package(self, command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        Path(command[command.index("--output-template-file") + 1]).write_text(self.packaged)
        return subprocess.CompletedProcess(command, 0, "", "")


@pytest.fixture
def deployment(monkeypatch: pytest.MonkeyPatch) -> Deployment:
    given = {"ENVIRONMENT": "prod", "STACK_NAME": STACK, "ARTIFACT_BUCKET": "artifacts", "POLL_SECONDS": "0"}
    given |= {"CLOUDFORMATION_ROLE_ARN": "arn:aws:iam::123456789012:role/cloudformation"}
    given |= {"CODEBUILD_RESOLVED_SOURCE_VERSION": COMMIT, "CODEBUILD_BUILD_NUMBER": "7"}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    spec = importlib.util.spec_from_file_location("deploy", REPOSITORY / "deploy.py")
    assert spec is not None
    assert spec.loader is not None
    program = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "deploy", program)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # the folder is the sample repository, and stays as it is
    spec.loader.exec_module(program)
    return Deployment(program, monkeypatch)


GOOD = [event(1, "UPDATE_IN_PROGRESS"), event(2, "UPDATE_COMPLETE")]


def test_every_event_of_the_operation_can_be_told_by_the_commit_and_the_attempt(deployment: Deployment) -> None:
    code, aws = deployment.run(["UPDATE_COMPLETE"], GOOD)
    assert code == 0
    assert aws.given("execute_change_set")["ClientRequestToken"] == TOKEN
    created = aws.given("create_change_set")
    assert created.pop("ChangeSetName") == TOKEN
    assert COMMIT not in str(created)


def test_a_throttled_poll_is_no_failed_deployment(deployment: Deployment, capsys: pytest.CaptureFixture[str]) -> None:
    throttled = deployment.error(THROTTLED)
    code, _ = deployment.run(
        [throttled, "UPDATE_COMPLETE", throttled, throttled, "UPDATE_COMPLETE"],
        GOOD,
        describe_stack_events=[throttled, {"StackEvents": GOOD}],
        describe_change_set=[throttled, {"Status": "CREATE_PENDING"}, {"Status": "CREATE_COMPLETE"}],
    )
    assert code == 0
    assert "trying again" in capsys.readouterr().out


def test_polls_that_never_succeed_end_with_a_word_about_what_is_not_known(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(deployment.program, "PATIENCE_SECONDS", -1)
    code, _ = deployment.run(["UPDATE_COMPLETE", deployment.error(THROTTLED)], GOOD)
    assert code == 1
    assert "has no known end" in capsys.readouterr().err


def test_the_status_of_the_operation_before_is_not_taken_for_this_ones(deployment: Deployment) -> None:
    before = [event(1, "UPDATE_COMPLETE", token="release-before-1")]
    now = [*before, event(2, "UPDATE_IN_PROGRESS"), event(3, "UPDATE_ROLLBACK_COMPLETE")]
    code, _ = deployment.run(
        ["UPDATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"],
        [],
        describe_stack_events=[{"StackEvents": before}, {"StackEvents": now[::-1]}],
    )
    assert code == 1


def test_the_result_is_the_stacks_final_status_whatever_failed_on_the_way(deployment: Deployment) -> None:
    events = [event(1, "UPDATE_IN_PROGRESS"), event(2, "DELETE_FAILED", "in use", resource="Old"), *GOOD[1:]]
    assert deployment.run(["UPDATE_COMPLETE"], events)[0] == 0


@pytest.mark.parametrize(
    "reason",
    [
        "Export web-infrastructure-prod-VpcId cannot be deleted as it is in use by other",
        "Output 'Url' cannot be resolved",
        "User Initiated",
    ],
)
def test_a_rollback_that_no_resource_caused_is_told_with_the_stacks_own_reason(
    deployment: Deployment, capsys: pytest.CaptureFixture[str], reason: str
) -> None:
    events = [
        event(1, "UPDATE_IN_PROGRESS", "User Initiated"),
        event(2, "UPDATE_ROLLBACK_IN_PROGRESS", reason),
        event(3, "UPDATE_ROLLBACK_COMPLETE"),
    ]
    code, _ = deployment.run(["UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"], events)
    assert code == 1
    told = capsys.readouterr().out.split("What failed:")[1]
    assert f"UPDATE_ROLLBACK_IN_PROGRESS {STACK} (AWS::CloudFormation::Stack): {reason}" in told


def test_a_failed_resource_is_told_before_what_was_cancelled_for_it(
    deployment: Deployment, capsys: pytest.CaptureFixture[str]
) -> None:
    events = [
        event(1, "UPDATE_IN_PROGRESS"),
        event(2, "UPDATE_FAILED", "Invalid\nparameter", resource="Topic"),
        event(3, "UPDATE_FAILED", "Resource update cancelled", resource="Other"),
        event(4, "UPDATE_ROLLBACK_COMPLETE", "The following resource(s) failed to update: [Topic]"),
    ]
    deployment.run(["UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"], events)
    told = capsys.readouterr().out.split("What failed:")[1]
    assert told.split("\n") == ["", "  UPDATE_FAILED Topic (AWS::SNS::Topic): Invalid parameter", ""]


def test_what_failed_is_told_before_the_nested_stack_that_failed_by_it(
    deployment: Deployment, capsys: pytest.CaptureFixture[str]
) -> None:
    nested = event(2, "UPDATE_FAILED", "was not successfully updated", resource="Servers")
    events = [
        event(1, "UPDATE_IN_PROGRESS"),
        nested | {"ResourceType": "AWS::CloudFormation::Stack"},
        event(3, "UPDATE_FAILED", "Invalid parameter", resource="Topic"),
        event(4, "UPDATE_ROLLBACK_COMPLETE"),
    ]
    deployment.run(["UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"], events)
    told = capsys.readouterr().out.split("What failed:")[1]
    assert told.index("Topic (AWS::SNS::Topic)") < told.index("Servers (AWS::CloudFormation::Stack)")


@pytest.mark.parametrize(
    ("status", "command"),
    [("UPDATE_ROLLBACK_FAILED", "continue-update-rollback"), ("DELETE_FAILED", "delete-stack")],
)
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_status_that_needs_a_person_ends_with_what_to_do(
    deployment: Deployment, capsys: pytest.CaptureFixture[str], status: str, command: str, when: str
) -> None:
    code, aws = deployment.run([status] if when == "before" else ["UPDATE_COMPLETE", status], GOOD)
    assert code == 1
    assert f"aws cloudformation {command} --stack-name {STACK}" in capsys.readouterr().err
    assert aws.called("create_change_set") is (when == "after")


def test_a_stack_that_stays_in_review_ends_with_what_to_do(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _ = deployment.run(
        ["REVIEW_IN_PROGRESS"],
        [],
        describe_change_set=[{"Status": "FAILED", "StatusReason": "Template error: no such parameter"}],
    )
    assert code == 1
    told = capsys.readouterr().err
    assert "Template error: no such parameter" in told
    assert f"{STACK} is REVIEW_IN_PROGRESS" in told
    assert "list-change-sets" in told


def test_a_first_deployment_that_failed_is_deleted_and_made_anew(deployment: Deployment) -> None:
    code, aws = deployment.run(
        ["ROLLBACK_COMPLETE", "DELETE_IN_PROGRESS", deployment.error(GONE), "CREATE_COMPLETE"],
        [event(1, "CREATE_IN_PROGRESS"), event(2, "CREATE_COMPLETE")],
    )
    assert code == 0
    assert aws.given("create_change_set")["ChangeSetType"] == "CREATE"


def test_nothing_to_change_is_success_and_its_change_set_stays_alone(deployment: Deployment) -> None:
    reason = "The submitted information didn't contain changes."
    names = [("release-older-6", reason), (TOKEN, reason), ("release-failed-5", "Access denied"), ("other", reason)]
    code, aws = deployment.run(
        ["UPDATE_COMPLETE"],
        [],
        describe_change_set=[{"Status": "FAILED", "StatusReason": reason}],
        list_change_sets=[{"Summaries": [{"ChangeSetName": name, "StatusReason": why} for name, why in names]}],
    )
    assert code == 0
    assert aws.given("delete_change_set")["ChangeSetName"] == "release-older-6"
    assert not aws.called("execute_change_set")


@pytest.mark.parametrize(("size", "by_s3"), [(51_200, False), (51_201, True)])
def test_a_template_above_51_200_bytes_goes_by_way_of_the_artifact_bucket(
    deployment: Deployment, size: int, by_s3: bool
) -> None:
    deployment.packaged = "#" * size
    code, aws = deployment.run(["UPDATE_COMPLETE"], GOOD)
    assert code == 0
    created = aws.given("create_change_set")
    assert ("TemplateURL" in created, "TemplateBody" in created) == (by_s3, not by_s3)
    if by_s3:
        key = aws.given("put_object")["Key"]
        assert key.startswith("templates/prod/")  # where the role may write
        assert created["TemplateURL"] == f"https://artifacts.s3.ap-southeast-2.amazonaws.com/{key}"


def test_a_stack_with_more_events_than_a_page_is_read_to_the_operations_beginning(
    deployment: Deployment, capsys: pytest.CaptureFixture[str]
) -> None:
    newest = [event(3, "UPDATE_COMPLETE", resource="Last"), event(4, "UPDATE_COMPLETE")]
    older = [event(1, "UPDATE_IN_PROGRESS"), event(2, "UPDATE_COMPLETE", resource="First")]
    pages = [{"StackEvents": newest[::-1], "NextToken": "older"}, {"StackEvents": older[::-1]}]
    assert deployment.run(["UPDATE_COMPLETE"], [], describe_stack_events=pages)[0] == 0
    assert "UPDATE_COMPLETE First" in capsys.readouterr().out


def test_what_aws_refuses_is_told_in_its_words(deployment: Deployment, capsys: pytest.CaptureFixture[str]) -> None:
    refused = deployment.error("not authorized to perform: cloudformation:ExecuteChangeSet")
    assert deployment.run(["UPDATE_COMPLETE"], [], execute_change_set=[refused])[0] == 1
    assert "deploy: An error occurred" in (told := capsys.readouterr().err)
    assert "not authorized to perform: cloudformation:ExecuteChangeSet" in told


def test_what_is_not_set_is_named(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("ARTIFACT_BUCKET")
    assert deployment.program.main() == 1
    assert "ARTIFACT_BUCKET: not set" in capsys.readouterr().err
