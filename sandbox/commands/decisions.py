"""`sandbox decisions`: what roles and services asked of IAM, and which statement decided."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sandbox.aws.access import ACCESS
from sandbox.aws.access.access import Recorded
from sandbox.control import Lines

if TYPE_CHECKING:
    from sandbox.world import World


def decisions(world: World) -> Lines:
    """Every decision as one JSON array, in the order in which they were first taken."""
    yield json.dumps([_shown(each) for each in world.reach(ACCESS).recorded()], indent=2)
    return None


def _shown(recorded: Recorded) -> dict[str, Any]:
    decision = recorded.decision
    principal = decision.request.principal
    return {
        "principal": principal.role or principal.name,
        "action": decision.request.action,
        "resource": decision.request.resource,
        "allowed": decision.allowed,
        "grants": [asdict(grant) for grant in decision.grants],
        "reason": decision.reason,
        "times": recorded.times,
    }
