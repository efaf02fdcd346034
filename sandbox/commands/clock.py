"""`sandbox clock`: the time that the release window sees, and what that lets through."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING

from sandbox.aws.codepipeline.rules import window_of
from sandbox.commands.following import Follower, codepipeline_of, held_up_by_condition
from sandbox.control import CommandError

if TYPE_CHECKING:
    from sandbox.control import Lines
    from sandbox.world import World

REAL = "real"
_SHOWN = "%a %d %b %Y %H:%M %Z"


def clock(world: World, time: str) -> Lines:
    """Set it, then follow the executions that the window lets in; exit code as of `sandbox push`."""
    engine = codepipeline_of(world).engine
    zone = _window_zone(world) or UTC
    world.clock.set_window(None if time == REAL else _parse(time, zone))
    with engine.changed:
        waiting = held_up_by_condition(list(engine.pipelines.values()))
    followers = [Follower(world, execution) for execution in waiting]
    for follower in followers:
        follower.skip_what_is_past()
    engine.reconsider()
    yield window_time(world)
    code = 0
    for execution, follower in zip(waiting, followers, strict=True):
        yield f"{execution.pipeline}: execution {execution.id}"
        code = (yield from follower.lines(advise=False)) or code
    return code


def window_time(world: World) -> str:
    """What the release window sees, in its zone; without one, in the zone that the time was set in."""
    clock = world.clock
    seen = clock.window_now()
    own = "" if clock.window_is_set else " (the sandbox's own time)" if clock.behind else " (the real time)"
    return f"The release window sees {seen.astimezone(_window_zone(world) or seen.tzinfo).strftime(_SHOWN)}{own}"


def _parse(time: str, zone: tzinfo) -> datetime:
    try:
        parsed = datetime.fromisoformat(time)
    except ValueError as error:
        raise CommandError(f"{time!r} is no time: write 2026-12-01T10:30, or `real` for the real one") from error
    return parsed if parsed.tzinfo is not None else parsed.replace(tzinfo=zone)


def _window_zone(world: World) -> tzinfo | None:
    """The zone of the first release window that a pipeline has."""
    engine = codepipeline_of(world).engine
    with engine.changed:
        for pipeline in engine.pipelines.values():
            for stage in pipeline.stages:
                for condition in stage.get("beforeEntry", {}).get("conditions", []):
                    for rule in condition["rules"]:
                        if rule["ruleTypeId"]["provider"] == "DeploymentWindow":
                            return window_of(rule["configuration"]).zone
    return None
