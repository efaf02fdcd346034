"""`sandbox confirm`: follow the link in the mail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.control import CommandError, Lines

if TYPE_CHECKING:
    from sandbox.world import World


def confirm(world: World, endpoint: str | None = None) -> Lines:
    """Confirm what an address, or any, was asked for: subscriptions of SNS, identities of SES."""
    sns, ses = world.service("sns"), world.service("sesv2")
    pending = [each for each in sns.pending() if endpoint in (None, each.endpoint)]
    identities = [each for each in ses.pending() if endpoint in (None, each)]
    if not pending and not identities and endpoint is not None:
        known = sorted({each.endpoint for each in sns.subscriptions()})
        raise CommandError(f"nothing is pending for {endpoint}; subscribed: {', '.join(known) or 'nobody'}")
    for each in pending:
        sns.confirm(each.arn)
        yield f"{each.endpoint} confirmed {each.topic.name}"
    for name in identities:
        ses.confirm(name)
        yield f"{name} is verified in SES"
    if not pending and not identities:
        yield "no subscription is pending"
    return None
