"""The channels of a stack, each opened when something is to go through it."""

from __future__ import annotations

from collections.abc import Callable

from scripts.channels import secrets
from scripts.channels.channel import Channel
from scripts.channels.secrets import Secrets
from scripts.clients.aws import Aws
from sop.channels import Channel as Kind
from sop.outputs import StackOutputs


def channels_of(outputs: StackOutputs, clients: Aws) -> Callable[[Kind], Channel]:
    """Opens a channel of the stack. Its caller gets a ReleaseError where the tokens are missing, or cannot be read."""
    kept = Secrets(clients, outputs.stack, outputs.announcements.secret_arn if outputs.announcements else None)
    opened: dict[Kind, Channel] = {}

    def open_one(kind: Kind) -> Channel:
        if kind not in opened:
            opened[kind] = _open(kind, clients, kept)
        return opened[kind]

    return open_one


def _open(kind: Kind, clients: Aws, kept: Secrets) -> Channel:
    """Each is imported where it is used: slack-sdk takes a while."""
    match kind:
        case Kind.MAIL:
            from scripts.channels.mail import Mail

            return Mail(clients)
        case Kind.SLACK:
            from scripts.channels.slack import Slack

            return Slack(kept.read(secrets.SLACK))
        case Kind.STATUS_PAGE:
            from scripts.channels.status_page import StatusPage

            return StatusPage(kept.read(secrets.STATUS_PAGE))
