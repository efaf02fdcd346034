"""`sandbox outbox`: what was e-mailed and posted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sandbox.control import Lines

if TYPE_CHECKING:
    from sandbox.world import World


def outbox(world: World) -> Lines:
    """Every message as one JSON array, oldest first."""
    yield json.dumps([message.as_json() for message in world.outbox.messages()], indent=2, ensure_ascii=False)
    return None
