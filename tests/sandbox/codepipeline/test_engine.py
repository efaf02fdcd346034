"""How executions move through stages, with nothing but the engine."""

from __future__ import annotations

import pytest

from sandbox.aws.codepipeline.model import Transition
from sandbox.aws.codepipeline.runs import Mode, Status
from sandbox.aws.service import AwsError
from tests.sandbox.codepipeline.harness import Bench, build_action, condition


def test_an_execution_takes_its_stages_in_order() -> None:
    bench = Bench()
    execution = bench.start()
    for action in ("Checkout", "Lint", "Rollout"):
        assert bench.running() == [action]
        bench.finish(execution, action)
    assert execution.status is Status.SUCCEEDED
    assert bench.events(execution) == [
        "pipeline STARTED",
        "Source STARTED", "Checkout STARTED", "Checkout SUCCEEDED", "Source SUCCEEDED",
        "Build STARTED", "Lint STARTED", "Lint SUCCEEDED", "Build SUCCEEDED",
        "Deploy STARTED", "Rollout STARTED", "Rollout SUCCEEDED", "Deploy SUCCEEDED",
        "pipeline SUCCEEDED",
    ]  # fmt: skip


def test_a_failed_action_ends_stage_and_execution() -> None:
    bench = Bench()
    execution = bench.start()
    bench.advance_to(execution, "Build")
    bench.finish(execution, "Lint", succeeded=False)
    assert execution.status is Status.FAILED
    assert [run.status for run in execution.runs] == [Status.SUCCEEDED, Status.FAILED]
    assert bench.running() == []


def test_actions_of_one_run_order_run_together_and_before_the_next() -> None:
    actions = [build_action("One", "a"), build_action("Two", "b"), build_action("Last", "c", runOrder=2)]
    bench = Bench(build={"actions": actions})
    execution = bench.start()
    bench.finish(execution, "Checkout")
    assert bench.running() == ["One", "Two"]
    bench.finish(execution, "Two")
    assert bench.running() == ["One"]
    bench.finish(execution, "One")
    assert bench.running() == ["Last"]


def test_a_failed_action_waits_for_its_neighbours_before_the_stage_ends() -> None:
    bench = Bench(build={"actions": [build_action("One", "a"), build_action("Two", "b")]})
    execution = bench.start()
    bench.finish(execution, "Checkout")
    bench.finish(execution, "One", succeeded=False)
    assert execution.status is Status.IN_PROGRESS
    bench.finish(execution, "Two")
    assert execution.status is Status.FAILED


def test_the_newest_of_those_that_wait_before_a_busy_stage_supersedes_the_others() -> None:
    bench = Bench()
    first, second, third = bench.start(), bench.start(), bench.start()
    assert second.status is Status.SUPERSEDED  # all three at once before Source
    bench.advance_to(first, "Deploy")
    bench.advance_to(third, "Deploy")
    assert third.waits_for("Deploy")
    fourth = bench.start()
    bench.advance_to(fourth, "Deploy")
    assert (third.status, fourth.status) == (Status.SUPERSEDED, Status.IN_PROGRESS)
    bench.finish(first, "Rollout")
    assert first.status is Status.SUCCEEDED
    assert fourth.is_in("Deploy")


def test_queued_executions_enter_in_order_and_none_is_superseded() -> None:
    bench = Bench(executionMode=Mode.QUEUED)
    executions = [bench.start() for _ in range(3)]
    assert [execution.is_in("Source") for execution in executions] == [True, False, False]
    bench.finish(executions[0], "Checkout")
    assert [execution.is_in("Source") for execution in executions] == [False, True, False]
    assert {execution.status for execution in executions} == {Status.IN_PROGRESS}


def test_parallel_executions_share_a_stage() -> None:
    bench = Bench(executionMode=Mode.PARALLEL)
    first, second = bench.start(), bench.start()
    assert first.is_in("Source")
    assert second.is_in("Source")


def test_a_disabled_transition_holds_an_execution_until_it_is_enabled() -> None:
    bench = Bench()
    bench.engine.set_transition(bench.pipeline, "Build", Transition(enabled=False, reason="freeze"))
    execution = bench.start()
    bench.finish(execution, "Checkout")
    assert execution.waits_for("Build")
    bench.engine.set_transition(bench.pipeline, "Build", Transition(enabled=True))
    assert bench.running() == ["Lint"]


def test_a_newer_one_supersedes_the_one_that_waits_before_a_disabled_transition() -> None:
    bench = Bench()
    bench.engine.set_transition(bench.pipeline, "Deploy", Transition(enabled=False, reason="freeze"))
    first = bench.start()
    bench.advance_to(first, "Deploy")
    second = bench.start()
    bench.advance_to(second, "Deploy")
    assert (first.status, second.waits_for("Deploy")) == (Status.SUPERSEDED, True)


@pytest.mark.parametrize("disabled_again", [False, True])
def test_a_transition_disabled_for_more_than_30_days_loses_what_waits_but_not_what_comes_then(
    *, disabled_again: bool
) -> None:
    bench = Bench()
    closed = Transition(enabled=False, reason="freeze")
    bench.engine.set_transition(bench.pipeline, "Build", closed)
    lost = bench.start()
    bench.advance_to(lost, "Build")
    bench.clock.advance(days=29)
    if disabled_again:
        bench.engine.set_transition(bench.pipeline, "Build", closed)
    bench.clock.advance(days=2)
    bench.engine.set_transition(bench.pipeline, "Build", Transition())
    assert (lost.waits_for("Build"), bench.running()) == (True, [])
    newer = bench.start()
    bench.advance_to(newer, "Build")
    assert newer.is_in("Build")
    assert lost.status is Status.SUPERSEDED


def test_a_transition_disabled_for_30_days_loses_nothing_nor_one_that_was_enabled_between() -> None:
    bench = Bench()
    closed = Transition(enabled=False, reason="freeze")
    bench.engine.set_transition(bench.pipeline, "Build", closed)
    bench.clock.advance(days=29)
    bench.engine.set_transition(bench.pipeline, "Build", Transition())
    bench.engine.set_transition(bench.pipeline, "Build", closed)
    execution = bench.start()
    bench.advance_to(execution, "Build")
    bench.clock.advance(days=29)
    bench.engine.set_transition(bench.pipeline, "Build", Transition())
    assert execution.is_in("Build")


def test_what_a_disabled_transition_has_lost_can_be_stopped() -> None:
    bench = Bench()
    bench.engine.set_transition(bench.pipeline, "Build", Transition(enabled=False, reason="freeze"))
    execution = bench.start()
    bench.advance_to(execution, "Build")
    bench.clock.advance(days=31)
    bench.engine.set_transition(bench.pipeline, "Build", Transition())
    bench.engine.stop(execution, "waited too long", abandon=False)
    assert execution.status is Status.STOPPED


def test_stop_and_wait_lets_the_running_action_end() -> None:
    bench = Bench()
    execution = bench.start()
    bench.advance_to(execution, "Build")
    bench.engine.stop(execution, "wrong change", abandon=False)
    assert execution.status is Status.STOPPING
    bench.finish(execution, "Lint")
    assert (execution.status, execution.runs[-1].status) == (Status.STOPPED, Status.STOPPED)
    assert bench.running() == []


def test_stop_and_abandon_ends_at_once_and_ignores_the_action_afterwards() -> None:
    bench = Bench()
    execution = bench.start()
    bench.advance_to(execution, "Build")
    bench.engine.stop(execution, "wrong change", abandon=True)
    assert execution.status is Status.STOPPED
    bench.finish(execution, "Lint")
    assert execution.runs[-1].actions[0].status is Status.ABANDONED
    with pytest.raises(AwsError) as refused:
        bench.engine.stop(execution, "", abandon=True)
    assert refused.value.code == "PipelineExecutionNotStoppableException"


def test_a_second_stop_is_a_duplicate_unless_it_abandons() -> None:
    bench = Bench()
    execution = bench.start()
    bench.engine.stop(execution, "", abandon=False)
    with pytest.raises(AwsError) as refused:
        bench.engine.stop(execution, "", abandon=False)
    assert refused.value.code == "DuplicatedStopRequestException"
    bench.engine.stop(execution, "", abandon=True)
    assert execution.status is Status.STOPPED


@pytest.mark.parametrize(("all_actions", "again"), [(False, ["Two"]), (True, ["One", "Two"])])
def test_retry_runs_the_failed_actions_or_all(all_actions: bool, again: list[str]) -> None:
    bench = Bench(build={"actions": [build_action("One", "a"), build_action("Two", "b")]})
    execution = bench.start()
    bench.finish(execution, "Checkout")
    bench.finish(execution, "One")
    bench.finish(execution, "Two", succeeded=False)
    bench.engine.retry(execution, execution.runs[-1], all_actions=all_actions)
    assert (execution.status, bench.running()) == (Status.IN_PROGRESS, again)
    for action in again:
        bench.finish(execution, action)
    assert bench.running() == ["Rollout"]


def test_automatic_retry_runs_a_failed_stage_once_more_and_only_once() -> None:
    bench = Bench(build={"onFailure": {"result": "RETRY"}})
    execution = bench.start()
    bench.finish(execution, "Checkout")
    bench.finish(execution, "Lint", succeeded=False)
    assert (execution.status, bench.running()) == (Status.IN_PROGRESS, ["Lint"])
    bench.finish(execution, "Lint", succeeded=False)
    assert execution.status is Status.FAILED


def test_automatic_rollback_deploys_what_last_succeeded() -> None:
    bench = Bench(deploy={"onFailure": {"result": "ROLLBACK"}})
    good = bench.start()
    for action in ("Checkout", "Lint", "Rollout"):
        bench.finish(good, action)
    bad = bench.start()
    bench.advance_to(bad, "Deploy")
    bench.finish(bad, "Rollout", succeeded=False)
    rollback = bench.pipeline.executions[-1]
    assert (bad.status, rollback.type, rollback.rollback_target) == (Status.FAILED, "ROLLBACK", good.id)
    assert rollback.runs[-1].actions[0].inputs == [good.artifacts["source"]]
    bench.finish(rollback, "Rollout")
    assert rollback.status is Status.SUCCEEDED
    assert [run.name for run in rollback.runs] == ["Deploy"]


def test_there_is_no_rollback_to_an_execution_of_another_pipeline_version() -> None:
    bench = Bench(deploy={"onFailure": {"result": "ROLLBACK"}})
    good = bench.start()
    for action in ("Checkout", "Lint", "Rollout"):
        bench.finish(good, action)
    bench.pipeline.declaration["version"] = 2
    bad = bench.start()
    bench.advance_to(bad, "Deploy")
    bench.finish(bad, "Rollout", succeeded=False)
    assert bench.pipeline.executions[-1] is bad
    assert "No earlier execution" in bad.summary


def test_a_changed_definition_cancels_what_is_on_its_way() -> None:
    bench = Bench(deploy={"beforeEntry": condition("FAIL")})
    execution = bench.start()
    bench.advance_to(execution, "Deploy")
    bench.engine.cancel_all(bench.pipeline)
    assert (execution.status, execution.runs[-1].status) == (Status.CANCELLED, Status.CANCELLED)
    assert bench.events(execution)[-2:] == ["Deploy CANCELED", "pipeline CANCELED"]


def test_a_namespace_keeps_what_an_action_exported() -> None:
    bench = Bench(build={"actions": [build_action("Lint", "lint", namespace="lint")]})
    execution = bench.start()
    bench.finish(execution, "Checkout")
    bench.finish(execution, "Lint")
    assert execution.namespaces == {"lint": {}}


def test_what_is_told_is_told_after_the_lock_is_free() -> None:
    bench = Bench()
    held: list[bool] = []
    bench.engine._tell = lambda _: held.append(bench.engine._depth > 0)
    bench.start()
    assert held
    assert not any(held)
