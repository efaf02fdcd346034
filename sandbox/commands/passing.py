"""`sandbox pass`: hours in seconds, for a sandbox whose time is behind the real one; and `sandbox status`."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from sandbox.commands.clock import window_time
from sandbox.commands.following import Follower, codepipeline_of, is_at_work
from sandbox.control import CommandError
from sandbox.spans import SpanError, parse, shown

if TYPE_CHECKING:
    from sandbox.aws.codebuild.service import CodeBuild
    from sandbox.aws.codepipeline.model import Execution
    from sandbox.control import Lines
    from sandbox.world import World

MINUTE = timedelta(minutes=1)  # CloudWatch evaluates alarms once in it
_LOOK_SECONDS = 0.5
_SHOWN = "%Y-%m-%d %H:%M UTC"
_one_at_a_time = threading.Lock()


def let_pass(world: World, span: str | None = None) -> Lines:
    """Let time pass minute by minute, as it would by itself: workloads, alarms, waiting pipelines.

    What is at work when it begins, or what a minute sets going (a release window that opens), is waited for
    before time goes on: it takes as long as its commands, not hours.
    """
    left = wanted = _wanted(world, span)
    if not _one_at_a_time.acquire(blocking=False):
        raise CommandError("time passes already; wait for that `sandbox pass` to end")
    try:
        yield from _let_work_end(world)
        while left and not world.background.stopping.is_set():
            step = min(MINUTE, left)
            world.clock.leap(step)
            left -= step
            world.service("cloudwatch").look()
            codepipeline_of(world).engine.reconsider()
            yield from _let_work_end(world)
    finally:
        _one_at_a_time.release()
    yield f"Passed: {shown(wanted)}."
    yield from status(world)
    return None


def status(world: World) -> Lines:
    """The sandbox's time, where it is not the real one."""
    clock = world.clock
    if clock.behind:
        yield f"time: {clock.now().strftime(_SHOWN)}, {shown(clock.behind)} behind the real time (`sandbox pass`)"
    if clock.window_is_set:
        yield window_time(world)
    return None


def _wanted(world: World, span: str | None) -> timedelta:
    """Raises CommandError."""
    left = world.clock.behind
    if not left:
        raise CommandError("the sandbox has the real time; one begun with `sandbox up --behind 25h` lets time pass")
    try:
        wanted = left if span is None else parse(span)
    except SpanError as error:
        raise CommandError(str(error)) from error
    if wanted > left:
        raise CommandError(f"only {shown(left)} can pass until it is the real time; `sandbox pass` lets all of it pass")
    return wanted


def _let_work_end(world: World) -> Iterator[str]:
    followed: set[str] = set()
    while at_work := [each for each in _at_work(world) if each.id not in followed]:
        for execution in at_work:
            followed.add(execution.id)
            yield f"{execution.pipeline}: execution {execution.id}"
            yield from Follower(world, execution).until_it_rests()
    codebuild: CodeBuild = world.service("codebuild")
    for build in codebuild.builds.newest_first():
        while not build.done.wait(_LOOK_SECONDS) and not world.background.stopping.is_set():
            pass


def _at_work(world: World) -> list[Execution]:
    engine = codepipeline_of(world).engine
    with engine.changed:
        return [each for pipeline in engine.pipelines.values() for each in pipeline.executions if is_at_work(each)]
