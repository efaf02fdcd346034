"""`sandbox pass`: hours in seconds, with all that happens in them."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Generator, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from sandbox.aws.codepipeline.runs import Status
from sandbox.commands.exit_codes import PIPELINE_FAILED
from sandbox.commands.following import Follower, codepipeline_of, is_at_work
from sandbox.commands.status import status
from sandbox.control import STILL_AT_IT, CommandError
from sandbox.core.clock import NOTHING
from sandbox.spans import SpanError, parse

if TYPE_CHECKING:
    from sandbox.aws.codebuild.build import Build
    from sandbox.aws.codebuild.service import CodeBuild
    from sandbox.aws.codepipeline.model import Execution
    from sandbox.control import Lines
    from sandbox.world import World

MINUTE = timedelta(minutes=1)  # CloudWatch evaluates alarms once in it
_LOOK_SECONDS = 0.5
_LOOKS = 40  # at one that may wait for time itself
_one_at_a_time = threading.Lock()


def let_pass(world: World, span: str) -> Lines:
    """Let time pass minute by minute, as it would by itself: workloads, alarms, waiting pipelines.

    What is at work when it begins, or what a minute sets going (a release window that opens), is waited for
    before time goes on: it takes as long as its commands, not hours.
    """
    try:
        wanted = parse(span)
    except SpanError as error:
        raise CommandError(str(error)) from error
    end = world.clock.now() + wanted
    return (yield from passed(world, lambda: end - world.clock.now()))


def passed(world: World, left: Callable[[], timedelta]) -> Lines:
    """Let pass what is left; told is what works and ends meanwhile, and what waits then.

    Exit code as of `sandbox push`.
    """
    if not _one_at_a_time.acquire(blocking=False):
        raise CommandError("time passes already; wait for that `sandbox pass` or `sandbox clock` to end")
    try:
        code = yield from _Passing(world).all_of(left)
    finally:
        _one_at_a_time.release()
    yield from status(world)
    return code


class _Passing:
    """Time on its way, and the executions that it takes along, each told from here on."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._followers: dict[str, Follower] = {}
        self._ended = {execution.id for execution in self._executions() if not execution.active}
        self._code = 0
        self._unhurried: set[str] = set()
        for execution in self._executions():
            if execution.active and not is_at_work(execution):
                self._follower(execution).skip_what_is_past()

    def all_of(self, left: Callable[[], timedelta]) -> Generator[str, None, int]:
        yield from self._let_work_end()
        while (span := left()) > NOTHING and not self._world.background.stopping.is_set():
            yield STILL_AT_IT
            self._world.clock.pass_minute(min(MINUTE, span))
            yield from self._let_work_end()
        for execution in self._executions():
            if waits := self._follower(execution).where_it_waits():
                yield f"{execution.pipeline}: execution {execution.id}"
                yield from waits
        return self._code

    def _let_work_end(self) -> Iterator[str]:
        followed: set[str] = set()
        while moved := [each for each in self._executions() if self._is_news(each) and each.id not in followed]:
            for execution in moved:
                followed.add(execution.id)
                yield f"{execution.pipeline}: execution {execution.id}"
                yield from self._follower(execution).until_it_rests()
                if not execution.active:
                    self._ended.add(execution.id)
                    self._code = self._code if execution.status is Status.SUCCEEDED else PIPELINE_FAILED
        codebuild: CodeBuild = self._world.service("codebuild")
        for build in codebuild.builds.newest_first():
            left = self._looks_at(build)
            while left and not build.done.wait(_LOOK_SECONDS) and not self._world.background.stopping.is_set():
                left -= 1

    def _looks_at(self, build: Build) -> float:
        """How often to look whether a build is over. One without a source may itself wait for time to pass."""
        if build.project["source"]["type"] != "NO_SOURCE":
            return math.inf
        looks = 0 if build.id in self._unhurried else _LOOKS
        self._unhurried.add(build.id)
        return looks

    def _is_news(self, execution: Execution) -> bool:
        return is_at_work(execution) or (not execution.active and execution.id not in self._ended)

    def _follower(self, execution: Execution) -> Follower:
        return self._followers.setdefault(execution.id, Follower(self._world, execution))

    def _executions(self) -> list[Execution]:
        engine = codepipeline_of(self._world).engine
        with engine.changed:
            return [each for pipeline in engine.pipelines.values() for each in pipeline.executions]
