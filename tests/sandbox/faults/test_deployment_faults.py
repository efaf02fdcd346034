"""Faults that tell a deployment differently: every API agrees with every other, and healing gives back what was."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from sandbox.aws.codepipeline.runs import Status
from sandbox.faults import FaultError, UnhealedError, others, pipeline, record, stack
from sandbox.faults.past import moved_lines
from sop.names import Environment, Names
from tests.clock import left_until_then
from tests.sandbox.faults.agreement import MOMENT, in_order, within_each_other
from tests.sandbox.faults.released import Released

DEV, PROD = Environment.DEV, Environment.PROD
FAULTS = [fault.name for fault in (*pipeline.FAULTS, *others.FAULTS, *stack.FAULTS)]
ALERT = timedelta(minutes=15)

pytestmark = pytest.mark.xdist_group("deployment-faults")  # two releases to two environments, made once


@pytest.fixture
def there(shared: Released) -> Iterator[Released]:
    shared.pass_time(left_until_then(shared.world.clock.now()))
    yield shared
    shared.world.faults.heal()


def test_healing_gives_back_what_was_and_leaves_the_other_environment_alone(
    there: Released, subtests: pytest.Subtests
) -> None:
    for here, other in ((PROD, DEV), (DEV, PROD)):
        before, elsewhere = there.told(here), there.told(other)
        for name in FAULTS:
            with subtests.test(f"{name} in {here}"):
                there.world.faults.activate(name, here)
                assert there.told(here) != before
                assert there.told(other) == elsewhere
                assert in_order(there, here)
                assert within_each_other(there, here)
                there.world.faults.heal(name)
                assert there.told(here) == before


def test_a_part_that_cannot_be_told_anew_keeps_the_fault_until_it_can(
    there: Released, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = there.told(PROD)
    there.world.faults.activate("failed-stage")

    def fail(*_: object) -> None:
        raise KeyError("web")

    with monkeypatch.context() as broken:
        broken.setitem(record.PARTS, "stacks", fail)
        with pytest.raises(UnhealedError, match="stacks: KeyError"):
            there.world.faults.heal()
    assert [each.fault.name for each in there.world.faults.list()] == ["failed-stage"]
    assert there.executions(PROD)[0]["status"] == "Succeeded"
    there.world.faults.heal()
    assert there.world.faults.list() == []
    assert there.told(PROD) == before


def test_a_record_that_cannot_be_told_differently_is_told_as_it_was(
    there: Released, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = there.told(PROD)

    def fail(*_: object) -> None:
        raise KeyError("web")

    with monkeypatch.context() as broken:
        broken.setitem(record.PARTS, "stacks", fail)
        with pytest.raises(FaultError, match="stacks: KeyError"):
            there.world.faults.activate("superseded-execution")
    assert there.world.faults.list() == []
    assert there.told(PROD) == before


def test_a_failed_stage_is_told_by_the_pipeline_the_build_its_log_and_its_metrics(there: Released) -> None:
    there.world.faults.activate("failed-stage")
    execution = there.executions(PROD)[0]
    assert (execution["status"], execution["statusSummary"]) == ("Failed", "Failed in stage Deploy: Rollout")
    actions = there.actions(PROD, execution["pipelineExecutionId"])
    assert {stage: action["status"] for stage, action in actions.items()} == {
        "Source": "Succeeded",
        "Build": "Succeeded",
        "Deploy": "Failed",
    }
    result = actions["Deploy"]["output"]["executionResult"]
    build = there.builds(PROD, "deploy")[0]
    assert result["externalExecutionId"] == build["id"]
    assert result["externalExecutionUrl"].endswith(f"{build['id']}/view/new")
    failure = "Error while executing command: bash deploy.sh. Reason: exit status 1"
    phase = f"Phase: BUILD, Code: COMMAND_EXECUTION_ERROR, Message: {failure}"
    assert result["errorDetails"] == {
        "code": "JobFailed",
        "message": f"Build terminated with state: FAILED. {phase}",
    }
    state = there.state(PROD)["Deploy"]
    assert state["latestExecution"]["status"] == "Failed"
    assert state["actionStates"][0]["latestExecution"]["errorDetails"] == result["errorDetails"]
    assert build["buildStatus"] == "FAILED"
    failed = [phase for phase in build["phases"] if phase.get("phaseStatus") == "FAILED"]
    assert [(phase["phaseType"], phase["contexts"][0]["message"]) for phase in failed] == [("BUILD", failure)]
    assert "UPLOAD_ARTIFACTS" not in [phase["phaseType"] for phase in build["phases"]]
    lines = [line for _, line in there.log(build)]
    assert "deploy: cannot read the events of web-infrastructure-prod" in lines
    assert not [line for line in lines if line.endswith('"UPDATE_COMPLETE"') or "UPLOAD_ARTIFACTS" in line]
    assert [line for line in lines if line.endswith("Phase complete: BUILD State: FAILED")]
    assert sum(there.metrics(PROD)["web-pipeline-prod-deploy FailedBuilds"].values()) == 1
    assert sum(there.metrics(PROD)["web-pipeline-prod FailedPipelineExecutions"].values()) == 1
    assert there.stack(PROD)["StackStatus"] == "UPDATE_COMPLETE"


def test_the_alarm_of_a_failure_long_ago_fired_then_and_has_recovered(there: Released) -> None:
    there.world.faults.activate("failed-stage")
    ended = there.executions(PROD)[0]["lastUpdateTime"]
    for alarm in ("prod-pipeline-failed", "prod-release-health"):
        (fired, to_alarm), (recovered, to_ok) = there.fired(alarm)[-2:]
        assert (to_alarm, to_ok) == ("Alarm updated from OK to ALARM", "Alarm updated from ALARM to OK")
        assert ended < fired <= ended + timedelta(minutes=2)
        assert fired < recovered < there.world.clock.now() - timedelta(minutes=10)
    assert set(there.alarms().values()) == {"OK"}


def test_a_slow_pipeline_worked_too_long_in_one_build_and_its_alarm_says_so(there: Released) -> None:
    before = there.executions(PROD)[0]
    deployed = there.actions(PROD, before["pipelineExecutionId"])["Deploy"]
    rolled_out = there.builds(PROD, "deploy")[0]
    said = there.log(rolled_out)
    there.world.faults.activate("slow-pipeline")
    execution = there.executions(PROD)[0]
    assert (execution["pipelineExecutionId"], execution["status"]) == (before["pipelineExecutionId"], "Succeeded")
    assert execution["startTime"] == before["startTime"] - timedelta(minutes=20)
    assert execution["lastUpdateTime"] == before["lastUpdateTime"]
    actions = there.actions(PROD, execution["pipelineExecutionId"])
    took = {stage: action["lastUpdateTime"] - action["startTime"] for stage, action in actions.items()}
    assert took["Source"] < ALERT < took["Build"]
    assert actions["Deploy"] == deployed
    assert there.builds(PROD, "deploy")[0] == rolled_out
    assert there.log(rolled_out) == said
    build = there.builds(PROD, "build")[0]
    assert build["endTime"] - build["startTime"] > ALERT
    long = [phase for phase in build["phases"] if phase.get("durationInSeconds", 0) > ALERT.total_seconds()]
    assert [phase["phaseType"] for phase in long] == ["INSTALL"]
    stamps = [line for _, line in there.log(build) if line.startswith("[Container]")]
    installed = next(line for line in stamps if "Entering phase INSTALL" in line)
    entered = datetime.strptime(installed[len("[Container] ") :][:19], "%Y/%m/%d %H:%M:%S").replace(tzinfo=UTC)
    assert abs(entered - long[0]["startTime"]) < timedelta(minutes=1)
    assert max(there.metrics(PROD)["web-pipeline-prod-build Duration"].values()) > ALERT.total_seconds()
    assert max(there.metrics(PROD)["web-pipeline-prod PipelineDuration"].values()) > ALERT.total_seconds()
    assert there.alarms()["prod-pipeline-duration"] == "ALARM"
    assert there.fired("prod-pipeline-duration")[-1][0] < execution["lastUpdateTime"] + timedelta(minutes=2)


def test_a_stopped_execution_left_its_build_to_end_by_itself(there: Released) -> None:
    there.world.faults.activate("stopped-execution")
    execution = there.executions(PROD)[0]
    assert (execution["status"], execution["stopTrigger"]) == ("Stopped", {"reason": "The release was called off"})
    assert there.actions(PROD, execution["pipelineExecutionId"])["Deploy"]["status"] == "Abandoned"
    assert there.state(PROD)["Deploy"]["latestExecution"]["status"] == "Stopped"
    assert there.builds(PROD, "deploy")[0]["buildStatus"] == "SUCCEEDED"
    assert "web-pipeline-prod FailedPipelineExecutions" not in there.metrics(PROD)


def test_a_superseded_execution_waited_before_deploy_until_a_newer_one_took_its_place(there: Released) -> None:
    release = there.executions(PROD)[0]["pipelineExecutionId"]
    there.world.faults.activate("superseded-execution")
    newer, superseded, *_ = there.executions(PROD)
    assert (superseded["pipelineExecutionId"], superseded["status"]) == (release, "Superseded")
    assert (newer["status"], newer["trigger"]["triggerType"]) == ("Stopped", "StartPipelineExecution")
    assert newer["sourceRevisions"] == superseded["sourceRevisions"]
    assert set(there.actions(PROD, release)) == {"Source", "Build"}
    took_over = there.actions(PROD, newer["pipelineExecutionId"])
    assert set(took_over) == {"Source", "Build", "Deploy"}
    rules = there.ask(
        "codepipeline",
        "list_rule_executions",
        pipelineName="web-pipeline-prod",
        filter={"pipelineExecutionId": release},
    )["ruleExecutionDetails"]
    assert [(rule["stageName"], rule["status"]) for rule in rules] == [("Deploy", "Abandoned")]
    assert rules[0]["lastUpdateTime"] == superseded["lastUpdateTime"]
    assert abs(superseded["lastUpdateTime"] - took_over["Deploy"]["startTime"]) < MOMENT
    assert there.state(PROD)["Deploy"]["latestExecution"]["pipelineExecutionId"] == newer["pipelineExecutionId"]
    lint, earlier, *_ = there.builds(PROD, "build")
    assert took_over["Build"]["output"]["executionResult"]["externalExecutionId"] == lint["id"] != earlier["id"]


def test_where_no_condition_holds_it_up_a_superseded_execution_waited_for_a_transition(there: Released) -> None:
    before = there.state(DEV)["Deploy"]["inboundTransitionState"]
    there.world.faults.activate("superseded-execution", DEV)
    superseded = there.executions(DEV)[1]
    assert superseded["status"] == "Superseded"
    enabled = there.state(DEV)["Deploy"]["inboundTransitionState"]
    assert enabled["enabled"]
    assert enabled["lastChangedAt"] == superseded["lastUpdateTime"]
    there.world.faults.heal()
    assert there.state(DEV)["Deploy"]["inboundTransitionState"] == before == {"enabled": True}


def test_the_execution_before_failed_and_its_alarm_fired_before_the_fix_was_deployed(there: Released) -> None:
    release = there.executions(PROD)[0]
    there.world.faults.activate("failed-release-before")
    newest, failed, *_ = there.executions(PROD)
    assert newest == release
    assert (failed["status"], failed["statusSummary"]) == ("Failed", "Failed in stage Build: Lint")
    assert failed["lastUpdateTime"] < newest["startTime"]
    assert set(there.actions(PROD, failed["pipelineExecutionId"])) == {"Source", "Build"}
    (fired, _), (recovered, _) = there.fired("prod-pipeline-failed")[-2:]
    assert failed["lastUpdateTime"] < fired < recovered < there.world.clock.now()


def test_a_push_since_failed_in_build_and_deployed_nothing(there: Released) -> None:
    release = there.executions(PROD)[0]
    deployed = there.state(PROD)["Deploy"]["latestExecution"]
    there.world.faults.activate("lint-failure-since")
    newest, before, *_ = there.executions(PROD)
    assert before == release
    assert newest["status"] == "Failed"
    assert before["lastUpdateTime"] < newest["startTime"]
    assert there.state(PROD)["Deploy"]["latestExecution"] == deployed
    assert there.fired("prod-pipeline-failed")[-2][0] > newest["lastUpdateTime"]


def test_a_retried_deploy_failed_first_and_rang_the_alarm_before_the_release_was_deployed(there: Released) -> None:
    before = there.executions(PROD)[0]
    deployed = there.actions(PROD, before["pipelineExecutionId"])["Deploy"]
    there.world.faults.activate("retried-deploy")
    release = there.executions(PROD)[0]
    assert (release["status"], release["lastUpdateTime"]) == ("Succeeded", before["lastUpdateTime"])
    attempts = [
        each
        for each in there.ask(
            "codepipeline",
            "list_action_executions",
            pipelineName="web-pipeline-prod",
            filter={"pipelineExecutionId": release["pipelineExecutionId"]},
        )["actionExecutionDetails"]
        if each["stageName"] == "Deploy"
    ]
    again, first = sorted(attempts, key=lambda each: each["startTime"], reverse=True)
    assert again == deployed
    assert (first["status"], first["lastUpdateTime"] < again["startTime"]) == ("Failed", True)
    retries = there.state(PROD)["Deploy"]["retryStageMetadata"]
    assert retries == {"latestRetryTrigger": "ManualStageRetry", "manualStageRetryAttempt": 1}
    assert sum(there.metrics(PROD)["web-pipeline-prod FailedPipelineExecutions"].values()) == 1
    assert first["lastUpdateTime"] < there.fired("prod-pipeline-failed")[-2][0]


def test_a_rolled_back_stack_is_what_it_was_before_and_says_why_all_the_way_down(there: Released) -> None:
    there.world.faults.activate("stack-rolled-back")
    root = there.stack(PROD)
    assert root["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert {each["ParameterKey"]: each["ParameterValue"] for each in root["Parameters"]}["Version"] == "1.0.0"
    assert {each["OutputKey"]: each["OutputValue"] for each in root["Outputs"]}["Version"] == "1.0.0"
    below = next(each for each in there.stack_ids(PROD) if "-Below-" in each)
    updates = [
        f"{'*' if event['PhysicalResourceId'] == event['StackId'] else event['LogicalResourceId']} "
        + event["ResourceStatus"]
        for event in there.events(root["StackId"])
        if event["Timestamp"] >= root["LastUpdatedTime"]
    ]
    assert updates == [
        "* UPDATE_IN_PROGRESS",
        "Plain UPDATE_IN_PROGRESS",
        "Plain UPDATE_COMPLETE",
        "Below UPDATE_IN_PROGRESS",
        "Below UPDATE_FAILED",
        "* UPDATE_ROLLBACK_IN_PROGRESS",
        "Plain UPDATE_IN_PROGRESS",
        "Plain UPDATE_COMPLETE",
        "Below UPDATE_IN_PROGRESS",
        "Below UPDATE_COMPLETE",
        "* UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
        "* UPDATE_ROLLBACK_COMPLETE",
    ]
    nested = [event for event in there.events(below) if event["Timestamp"] >= root["LastUpdatedTime"]]
    assert [event["ResourceStatus"] for event in nested] == [
        "UPDATE_IN_PROGRESS",
        "UPDATE_IN_PROGRESS",
        "UPDATE_FAILED",
        "UPDATE_ROLLBACK_IN_PROGRESS",
        "UPDATE_IN_PROGRESS",
        "UPDATE_COMPLETE",
        "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
        "UPDATE_ROLLBACK_COMPLETE",
    ]
    assert nested[2]["ResourceStatusReason"] == stack.REASON
    executed = there.ask("cloudformation", "describe_change_set", ChangeSetName=root["ChangeSetId"])
    assert executed["ExecutionStatus"] == "EXECUTE_FAILED"
    assert there.ask("cloudformation", "describe_stacks", StackName=below)["Stacks"][0]["StackStatus"] == (
        "UPDATE_ROLLBACK_COMPLETE"
    )
    ids = [event["EventId"] for each in (root["StackId"], below) for event in there.events(each)]
    assert len(ids) == len(set(ids))


def test_deploy_reports_the_rollback_and_fails_with_it(there: Released) -> None:
    there.world.faults.activate("stack-rolled-back")
    assert there.executions(PROD)[0]["status"] == "Failed"
    build = there.builds(PROD, "deploy")[0]
    lines = [line for _, line in there.log(build)]
    assert "web-infrastructure-prod: UPDATE_ROLLBACK_COMPLETE. What failed:" in lines
    assert f"  UPDATE_FAILED Below/Level (AWS::SSM::Parameter): {stack.REASON}" in lines
    ended = there.stack(PROD)["LastUpdatedTime"], there.events(there.stack(PROD)["StackId"])[-1]["Timestamp"]
    assert build["startTime"] < ended[0] < ended[1] < build["endTime"]


def test_a_missing_output_is_neither_in_the_stack_nor_exported_nor_in_its_template(there: Released) -> None:
    there.world.faults.activate("stack-output-missing")
    assert [each["OutputKey"] for each in there.stack(PROD)["Outputs"]] == ["Version"]
    exported = [each["Name"] for each in there.ask("cloudformation", "list_exports")["Exports"]]
    assert exported == ["web-infrastructure-dev-VpcId"]
    template = there.ask("cloudformation", "get_template", StackName="web-infrastructure-prod")["TemplateBody"]
    assert "VpcId" not in template
    assert "  Version:\n    Value: !Ref Version" in template


def test_faults_of_one_deployment_are_told_together_and_healed_in_any_order(there: Released) -> None:
    faults, before = there.world.faults, there.told(PROD)
    for first, second in (("failed-stage", "slow-pipeline"), ("slow-pipeline", "failed-stage")):
        faults.activate("failed-stage")
        alone = there.told(PROD)
        faults.activate("slow-pipeline")
        assert there.executions(PROD)[0]["status"] == "Failed"
        assert there.builds(PROD, "build")[0]["endTime"] - there.builds(PROD, "build")[0]["startTime"] > ALERT
        faults.heal(first)
        assert (there.told(PROD) == alone) == (second == "failed-stage")
        faults.heal(second)
        assert there.told(PROD) == before


def test_one_execution_ends_in_one_way(there: Released) -> None:
    there.world.faults.activate("failed-stage")
    told = there.told(PROD)
    with pytest.raises(FaultError, match="is Failed, there is nothing to break; `sandbox heal`"):
        there.world.faults.activate("stopped-execution")
    assert there.told(PROD) == told


def test_what_cannot_be_broken_is_refused(there: Released) -> None:
    assert "created, replaced or deleted resources" in there.refused_after_creation
    engine = there.account.codepipeline.engine
    with engine.changed, pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine.pipelines[Names(PROD).pipeline].executions[-1], "status", Status.IN_PROGRESS)
        for name in FAULTS:
            with pytest.raises(FaultError, match="web-pipeline-prod is running, or waits"):
                there.world.faults.activate(name)
    assert there.world.faults.list() == []


def test_a_release_made_meanwhile_stays(there: Released) -> None:
    faults = there.world.faults
    before = there.executions(PROD)
    faults.activate("superseded-execution")
    faults.activate("stack-output-missing")
    there.push("1.2.0")
    with pytest.raises(FaultError, match="a newer execution has run since"):
        faults.activate("slow-pipeline")
    faults.heal()
    newest, *older = there.executions(PROD)
    assert (newest["status"], older) == ("Succeeded", before)
    outputs = {each["OutputKey"]: each["OutputValue"] for each in there.stack(PROD)["Outputs"]}
    assert outputs == {"VpcId": "vpc-1", "Version": "1.2.0"}
    assert in_order(there, PROD)


def test_a_phase_that_began_earlier_says_so_in_a_line_that_was_written_late() -> None:
    began = datetime(2026, 3, 10, 1, 0, 14, 841_000, tzinfo=UTC)
    written = int(began.timestamp() * 1000) + 300
    lines = [
        (written, "[Container] 2026/03/10 01:00:14 Entering phase INSTALL"),
        (written, "[Container] 2026/03/10 01:00:14 Running command true"),
        (written, "[Container] 2026/03/10 01:00:14 Entering phase PRE_BUILD"),
    ]
    first, *others = moved_lines(lines, timedelta(minutes=20), "Entering phase INSTALL")
    assert first == (written - 20 * 60 * 1000, "[Container] 2026/03/10 00:40:14 Entering phase INSTALL")
    assert others == lines[1:]
