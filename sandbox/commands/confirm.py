"""`sandbox confirm`: follow the link in the mail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.control import CommandError, Lines

if TYPE_CHECKING:
    from sandbox.world import World


def confirm(world: World, endpoint: str | None = None) -> Lines:
    """Confirm the pending subscriptions of an address, or all."""
    sns = world.service("sns")
    pending = [each for each in sns.pending() if endpoint in (None, each.endpoint)]
    if not pending and endpoint is not None:
        known = sorted({each.endpoint for each in sns.subscriptions()})
        raise CommandError(f"nothing is pending for {endpoint}; subscribed: {', '.join(known) or 'nobody'}")
    for each in pending:
        sns.confirm(each.arn)
        yield f"{each.endpoint} confirmed {each.topic.name}"
    if not pending:
        yield "no subscription is pending"
    return None
