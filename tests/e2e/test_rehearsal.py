"""The rehearsal, and what the sandbox shows after it: a release that went well, and one that rolled back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sandbox.paths import Paths
from tests.e2e.conftest import SandboxUnderTest
from tests.e2e.stacks import DEV, PROD

STACK = PROD.names.cloudformation_stack
pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("sandbox")]


def test_the_rehearsal_goes_as_told(sandbox: SandboxUnderTest) -> None:
    assert sandbox.rehearsal.code == 0, sandbox.rehearsal.output + sandbox.rehearsal.errors


def test_a_second_sandbox_up_changes_nothing(sandbox: SandboxUnderTest) -> None:
    before = Paths(sandbox.home).server.read_text()
    again = sandbox("up")
    assert (again.code, Paths(sandbox.home).server.read_text()) == (0, before)
    assert PROD.names.pipeline in sandbox.aws("codepipeline", "list-pipelines", "--query", "pipelines[].name")


def test_the_failed_change_rolled_back_with_an_event_for_the_resource(sandbox: SandboxUnderTest) -> None:
    (stack,) = sandbox.aws("cloudformation", "describe-stacks", "--stack-name", STACK)["Stacks"]
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    events = sandbox.aws(
        "cloudformation", "describe-stack-events", "--stack-name", STACK,
        "--query", "StackEvents[?contains(ResourceStatus, 'FAILED')]",
    )  # fmt: skip
    assert events
    assert all(event["ResourceStatusReason"] for event in events)


def test_verify_says_fail_and_names_what_failed(sandbox: SandboxUnderTest) -> None:
    verified = sandbox.run("release", "verify", "--stack", "prod", "--format", "json")
    assert verified.code == 3, verified.errors
    checks = {check["id"]: check for check in verified.data["checks"]}
    assert verified.data["verdict"] == "FAIL"
    assert checks["stack-status"]["status"] == "FAIL"
    assert "UPDATE_ROLLBACK_COMPLETE" in checks["stack-status"]["observed"]
    assert checks["stack-events"]["status"] == "FAIL"
    assert checks["target-health"]["status"] == "PASS"


def test_dev_is_untouched_by_what_failed_in_prod(sandbox: SandboxUnderTest) -> None:
    verified = sandbox.run("release", "verify", "--stack", "dev", "--format", "json")
    assert (verified.code, verified.data["verdict"]) == (0, "PASS"), verified.output


def test_the_alarm_mail_of_the_failed_pipeline_reached_operations(sandbox: SandboxUnderTest) -> None:
    mails = [message for message in sandbox("outbox", "--json").data if message["channel"] == "email"]
    told = {mail["to"] for mail in mails if PROD.names.pipeline in mail["body"]}
    assert told == set(PROD.alert_emails)


def test_the_deployed_site_answers_under_its_load_balancer_name(sandbox: SandboxUnderTest) -> None:
    outputs = sandbox.pulumi("stack", "output", "--json", "--stack", "prod").data
    answer = sandbox.run("curl", "-sSI", f"http://{outputs['workload']['loadBalancerDnsName']}")
    assert answer.output.splitlines()[0].split()[1] == "200", answer


def test_a_lint_error_stops_the_pipeline_before_deploy(sandbox: SandboxUnderTest) -> None:
    pushed = sandbox("push", "--branch", DEV.branch, "--change", "broken-template")
    assert pushed.code != 0
    state = sandbox.aws("codepipeline", "get-pipeline-state", "--name", DEV.names.pipeline)
    stages = {stage["stageName"]: stage["latestExecution"] for stage in state["stageStates"]}
    assert stages["Build"]["status"] == "Failed"
    assert stages["Deploy"]["pipelineExecutionId"] != stages["Build"]["pipelineExecutionId"]


def test_a_waiting_release_goes_on_by_the_stage_condition_override(sandbox: SandboxUnderTest) -> None:
    hours = (sandbox.now() + timedelta(hours=number) for number in range(24 * 7))
    shut = next((hour for hour in hours if PROD.release_window and not PROD.release_window.is_open(hour)), None)
    if shut is None:
        pytest.skip("the configured window is never shut")
    evening = sandbox("clock", shut.isoformat())
    assert evening.code == 0, evening.output + evening.errors
    pushed = sandbox("push", "--branch", PROD.branch, "--change", "harmless")
    assert pushed.code == 0, pushed.output + pushed.errors
    assert "override-stage-condition" in pushed.output
    executions = sandbox.aws("codepipeline", "list-pipeline-executions", "--pipeline-name", PROD.names.pipeline)
    waiting = executions["pipelineExecutionSummaries"][0]["pipelineExecutionId"]
    sandbox.aws(
        "codepipeline", "override-stage-condition", "--pipeline-name", PROD.names.pipeline, "--stage-name", "Deploy",
        "--pipeline-execution-id", waiting, "--condition-type", "BEFORE_ENTRY",
    )  # fmt: skip


def test_a_pull_request_gets_its_lint_status(sandbox: SandboxUnderTest) -> None:
    if not DEV.pull_request_check:
        pytest.skip("pull requests are configured not to be checked")
    pushed = sandbox("push", "--branch", "feature/tidy", "--change", "harmless", "--pull-request", DEV.branch)
    assert pushed.code == 0, pushed.output + pushed.errors
    assert "CFN-Lint" in pushed.output


def test_the_keeper_closes_prods_door_and_what_comes_waits_before_it(sandbox: SandboxUnderTest) -> None:
    kept = sandbox.run("release", "door", "--stack", "prod", "--apply")
    assert "is closed by the keeper since" in kept.output, kept.errors
    pushed = sandbox("push", "--branch", PROD.branch, "--change", "harmless")
    assert "its inbound transition is disabled (release keeper " in pushed.output, pushed.output + pushed.errors
    again = sandbox.run("release", "door", "--stack", "prod", "--apply")
    assert "stays out: " in again.output, again.errors
