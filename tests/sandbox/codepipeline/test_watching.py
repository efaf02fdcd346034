"""`release watch` at a pipeline that runs: how each end is told that CodePipeline can give an execution."""

from __future__ import annotations

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from scripts.calendar.schedule import calendar_of
from scripts.clients.github import Compared
from scripts.watching.ends import End, Ending
from scripts.watching.following import Watch, World
from scripts.watching.happenings import Happening
from scripts.watching.reading import Reader
from sop.outputs import StackOutputs
from tests.sandbox.codepipeline.account import MONDAY, Account, leap_to
from tests.scripts.fake_aws import FakeAws, Refusal
from tests.scripts.prod_stack import OUTPUTS
from tests.scripts.release import FakeGitHub

PINNED = OUTPUTS | {"pipelineName": "web", "repository": "helios/web-infrastructure"}


class History(FakeGitHub):
    """The later commit has the earlier in it."""

    def compare(self, base: str, head: str) -> Compared:
        return Compared(1, 0, ())


class Watching:
    def __init__(self, account: Account) -> None:
        outputs = StackOutputs.parse(PINNED)
        stacks = FakeAws()
        stacks.answer("DescribeStacks", Refusal("ValidationError", "Stack with id web does not exist"))
        aws = SimpleNamespace(
            codepipeline=account.pipelines, codebuild=account.builds, cloudformation=stacks.aws.cloudformation
        )
        now = account.world.clock.now
        calendar = calendar_of(outputs)
        self._reader = Reader(outputs, cast("Any", aws), History(), now, lambda: calendar)
        self._now = now
        self.told: list[Happening] = []

    def follow(self, execution: str) -> tuple[Ending | None, str]:
        """As it is now, without waiting."""

        def at_the_end() -> datetime:
            looked[0] += 1
            return self._now() + timedelta(hours=looked[0])

        looked = [0]
        world = World(read=self._reader.read, clock=at_the_end, sleep=lambda _: None, tell=self.told.append)
        watched = Watch(world, timedelta(minutes=1)).follow(execution)
        return watched.ending, watched.state


@pytest.fixture
def watching(account: Account) -> Watching:
    return Watching(account)


def test_success(account: Account, watching: Watching) -> None:
    account.pipeline()
    ended, _ = watching.follow(account.finished().id)
    assert ended is not None
    assert ended.end is End.UNCHANGED
    names = [one.what for one in watching.told]
    assert names == ["source-began", "source", "build-began", "build", "deploy-began", "deploy", "end"]


def test_a_lint_failure_names_what_the_build_says(account: Account, watching: Watching) -> None:
    account.pipeline()
    account.finished()
    account.push("broken", "")
    account.until(lambda: len(account.codepipeline.engine.pipelines["web"].executions) == 2)
    ended, _ = watching.follow(account.finished().id)
    assert ended is not None
    assert (ended.end, ended.stage, ended.deployed) == (End.FAILED, "Build", False)
    assert "test ! -e broken" in ended.cause


def test_a_closed_door_then_superseded_and_followed_to_what_carries_both(account: Account, watching: Watching) -> None:
    account.pipeline()
    account.finished()
    account.pipelines.disable_stage_transition(
        pipelineName="web", stageName="Deploy", transitionType="Inbound", reason="do not touch"
    )
    account.push("notes.txt", "one")
    account.until(lambda: account.execution().waits_for("Deploy"))
    first = account.execution()
    ended, doing = watching.follow(first.id)
    assert ended is None
    assert "closed by hand" in doing
    assert "do not touch" in doing
    account.push("notes.txt", "two")
    account.until(lambda: account.execution() is not first and account.execution().waits_for("Deploy"))
    account.pipelines.enable_stage_transition(pipelineName="web", stageName="Deploy", transitionType="Inbound")
    second = account.finished()
    ended, _ = watching.follow(first.id)
    assert ended is not None
    assert ended.end is End.UNCHANGED
    superseded = next(one for one in watching.told if one.ending and one.ending.end is End.SUPERSEDED)
    assert (superseded.execution, superseded.ending and superseded.ending.successor) == (first.id, second.id)


def test_waiting_inside_the_rule_and_stopped_there(account: Account, watching: Watching) -> None:
    leap_to(account.world.clock, MONDAY)
    account.pipeline(window=True)
    account.until(lambda: account.execution().is_in("Deploy"))
    one = account.execution()
    account.world.clock.leap(timedelta(minutes=1))
    ended, doing = watching.follow(one.id)
    assert ended is None
    assert "waits for the release window, which opens Tue" in doing
    account.pipelines.stop_pipeline_execution(pipelineName="web", pipelineExecutionId=one.id, reason="not today")
    account.finished()
    ended, _ = watching.follow(one.id)
    assert ended is not None
    assert (ended.end, ended.code) == (End.STOPPED, 3)
    assert "before Deploy, with 'not today' as the reason" in ended.text


def test_cancelled_because_the_pipeline_was_changed(account: Account, watching: Watching) -> None:
    leap_to(account.world.clock, MONDAY)
    pipeline = account.pipeline(window=True)
    account.until(lambda: account.execution().is_in("Deploy"))
    pipeline["stages"][1]["name"] = "Lint"
    account.pipelines.update_pipeline(pipeline=pipeline)
    ended, _ = watching.follow(account.finished().id)
    assert ended is not None
    assert ended.end is End.CANCELLED
    assert "(version 1, and now 2)" in ended.text
