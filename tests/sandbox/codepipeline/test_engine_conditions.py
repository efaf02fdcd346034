"""Stage conditions in the engine: waiting, overridden, failed, skipped, abandoned."""

from __future__ import annotations

import pytest

from sandbox.aws.codepipeline.runs import ConditionType, Status, Verdict
from sandbox.aws.service import AwsError
from tests.sandbox.codepipeline.harness import Bench, condition

OPEN = Verdict(True, "open")
SHUT = Verdict(False, "alarm")


def test_an_entry_condition_holds_the_execution_until_its_rule_succeeds() -> None:
    bench = Bench(deploy={"beforeEntry": condition("FAIL")})
    execution = bench.start()
    bench.advance_to(execution, "Deploy")
    bench.engine.reconsider()
    assert bench.running() == []
    assert execution.runs[-1].conditions[ConditionType.BEFORE_ENTRY].status is Status.IN_PROGRESS
    bench.rules.verdicts["Gate"] = OPEN
    bench.engine.reconsider()
    assert bench.running() == ["Rollout"]


def test_an_entry_condition_that_is_never_met_fails_after_its_timeout() -> None:
    bench = Bench(deploy={"beforeEntry": condition("FAIL")})
    execution = bench.start()
    bench.advance_to(execution, "Deploy")
    bench.clock.advance(minutes=59)
    bench.engine.reconsider()
    assert execution.status is Status.IN_PROGRESS
    bench.clock.advance(minutes=1)
    bench.engine.reconsider()
    assert execution.status is Status.FAILED
    assert "Timed out after 60 minutes" in execution.summary


def test_skip_passes_the_stage_without_running_it() -> None:
    bench = Bench(build={"beforeEntry": condition("SKIP", "VariableCheck")})
    bench.rules.verdicts["Gate"] = SHUT
    execution = bench.start()
    bench.finish(execution, "Checkout")
    assert [run.status for run in execution.runs[:2]] == [Status.SUCCEEDED, Status.SKIPPED]
    assert bench.running() == ["Rollout"]


def test_a_newer_execution_supersedes_the_one_that_waits_for_the_window() -> None:
    bench = Bench(deploy={"beforeEntry": condition("FAIL")})
    first = bench.start()
    bench.advance_to(first, "Deploy")
    second = bench.start()
    bench.advance_to(second, "Deploy")
    assert (first.status, first.runs[-1].status) == (Status.SUPERSEDED, Status.CANCELLED)
    bench.rules.verdicts["Gate"] = OPEN
    bench.engine.reconsider()
    assert [(execution.id, action.name) for execution, action in bench.actions.running] == [(second.id, "Rollout")]


def test_override_lets_the_waiting_execution_in() -> None:
    bench = Bench(deploy={"beforeEntry": condition("FAIL")})
    execution = bench.start()
    bench.advance_to(execution, "Deploy")
    bench.engine.override(execution, execution.runs[-1], ConditionType.BEFORE_ENTRY)
    assert bench.running() == ["Rollout"]
    held = execution.runs[-1].conditions[ConditionType.BEFORE_ENTRY]
    assert (held.status, held.rules[0].status) == (Status.OVERRIDDEN, Status.ABANDONED)


def test_override_revives_an_execution_that_its_entry_condition_failed() -> None:
    bench = Bench(deploy={"beforeEntry": condition("FAIL")})
    bench.rules.verdicts["Gate"] = SHUT
    execution = bench.start()
    bench.advance_to(execution, "Deploy")
    assert execution.status is Status.FAILED
    bench.engine.override(execution, execution.runs[-1], ConditionType.BEFORE_ENTRY)
    assert (execution.status, bench.running()) == (Status.IN_PROGRESS, ["Rollout"])


def test_override_without_a_condition_is_refused() -> None:
    bench = Bench()
    execution = bench.start()
    with pytest.raises(AwsError, match="no BEFORE_ENTRY condition") as refused:
        bench.engine.override(execution, execution.runs[-1], ConditionType.BEFORE_ENTRY)
    assert refused.value.code == "ConditionNotOverridableException"


def test_stopping_an_execution_that_waits_for_the_window_ends_it() -> None:
    bench = Bench(deploy={"beforeEntry": condition("FAIL")})
    execution = bench.start()
    bench.advance_to(execution, "Deploy")
    bench.engine.stop(execution, "not today", abandon=False)
    assert (execution.status, execution.summary) == (Status.STOPPED, "not today")


def test_retry_after_a_failed_entry_condition_evaluates_it_again() -> None:
    bench = Bench(deploy={"beforeEntry": condition("FAIL")})
    bench.rules.verdicts["Gate"] = SHUT
    execution = bench.start()
    bench.advance_to(execution, "Deploy")
    bench.rules.verdicts.clear()
    bench.engine.retry(execution, execution.runs[-1], all_actions=False)
    assert (execution.status, bench.running()) == (Status.IN_PROGRESS, [])


def test_a_failed_success_condition_fails_the_stage_after_its_actions_succeeded() -> None:
    bench = Bench(build={"onSuccess": condition("FAIL", "CloudWatchAlarm", AlarmName="a")})
    execution = bench.start()
    bench.finish(execution, "Checkout")
    bench.finish(execution, "Lint")
    assert execution.status is Status.IN_PROGRESS
    bench.rules.verdicts["Gate"] = SHUT
    bench.engine.reconsider()
    assert (execution.status, execution.runs[-1].status) == (Status.FAILED, Status.FAILED)
