"""`sandbox outbox`: what was e-mailed and posted."""

from __future__ import annotations

import json
import re
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING

from sandbox.commands.status import SHOWN, window_zone
from sandbox.control import Lines

if TYPE_CHECKING:
    from sandbox.core.outbox import Message
    from sandbox.world import World

_FIRST_WORDS = 72  # characters


def outbox(world: World, *, as_json: bool = False) -> Lines:
    """A line a message, oldest first: when, to whom, subject, first words. Or all of them as one JSON array."""
    messages = world.outbox.messages()
    if as_json:
        yield json.dumps([message.as_json() for message in messages], indent=2, ensure_ascii=False)
        return None
    if not messages:
        yield "nothing was sent"
    widest, zone = max((len(message.to) for message in messages), default=0), window_zone(world) or UTC
    for message in messages:
        yield _line(message, widest, zone)
    return None


def _line(message: Message, width: int, zone: tzinfo) -> str:
    words = re.sub(r"\s+", " ", message.body).strip()
    if len(words) > _FIRST_WORDS:
        words = f"{words[: _FIRST_WORDS - 1]}…"
    subject = f"{message.subject} | " if message.subject else ""
    return f"{message.at.astimezone(zone):{SHOWN}}  {message.to:<{width}}  {subject}{words}"
