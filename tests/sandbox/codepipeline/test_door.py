"""`release door` at a pipeline that runs: it keeps executions out, by a reason that CodePipeline takes."""

from __future__ import annotations

from datetime import datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from sandbox.aws.codepipeline.runs import Phase, Status
from scripts.door.keeping import Keeping
from sop.outputs import StackOutputs
from tests.sandbox.codepipeline.account import MONDAY, Account, leap_to
from tests.scripts.ledger.memory import Memory, Time, ledger_of
from tests.scripts.prod_stack import OUTPUTS


@pytest.fixture
def keeping(account: Account) -> Keeping:
    now: datetime = account.world.clock.now()
    aws: Any = SimpleNamespace(codepipeline=account.pipelines)
    outputs = StackOutputs.parse(OUTPUTS | {"pipelineName": "web"})
    return Keeping(outputs, cast("Any", aws), ledger_of("ada", Memory(), Time(now)))


def test_a_closed_door_keeps_a_push_before_deploy_and_opening_it_lets_it_in(account: Account, keeping: Keeping) -> None:
    account.pipeline()
    account.finished()
    assert keeping.close("checkout: down, see #42 \N{EN DASH} Störung").code == 0
    account.push("notes.txt", "hello")
    account.until(lambda: account.execution().waits_for("Deploy"))
    assert keeping.look().before == (account.execution().id,)
    assert keeping.open("it is back").code == 0
    assert account.finished().status is Status.SUCCEEDED


def test_whom_the_windows_rule_keeps_has_passed_the_door_and_that_is_told(account: Account, keeping: Keeping) -> None:
    leap_to(account.world.clock, MONDAY)
    account.pipeline(window=True)
    account.until(lambda: account.execution().is_in("Deploy"))
    run = account.execution().current
    assert run is not None
    assert run.phase is Phase.ENTERING
    told = keeping.close("r")
    assert told.code == 0
    assert f"stop-pipeline-execution --pipeline-name web --pipeline-execution-id {account.execution().id}" in told.text
    door = keeping.look()
    assert (door.before, door.inside) == ((), account.execution().id)


def test_a_lock_set_in_the_console_stays(account: Account, keeping: Keeping) -> None:
    account.pipeline()
    account.finished()
    account.pipelines.disable_stage_transition(
        pipelineName="web", stageName="Deploy", transitionType="Inbound", reason="do not touch"
    )
    assert keeping.open("r").code == 3
    assert keeping.close("r").code == 3
    assert keeping.look().reason == "do not touch"
