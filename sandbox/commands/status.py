"""`sandbox status`: what time it is in the sandbox."""

from __future__ import annotations

from datetime import UTC, tzinfo
from typing import TYPE_CHECKING

from sandbox.aws.codepipeline.rules import window_of
from sandbox.commands.following import codepipeline_of
from sandbox.core.clock import NOTHING
from sandbox.spans import shown

if TYPE_CHECKING:
    from sandbox.control import Lines
    from sandbox.world import World

SHOWN = "%a %d %b %Y %H:%M %Z"


def status(world: World) -> Lines:
    """The sandbox's time, and how far it is from the real one."""
    ahead = world.clock.ahead
    apart = f"{shown(abs(ahead))} {'ahead of' if ahead > NOTHING else 'behind'} the real time" if ahead else "real"
    yield f"time: {now_shown(world)} ({apart})"
    return None


def now_shown(world: World) -> str:
    """In the release window's zone, once a pipeline has one."""
    return world.clock.now().astimezone(window_zone(world) or UTC).strftime(SHOWN)


def window_zone(world: World) -> tzinfo | None:
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
