"""Who looks at prod's gate looks at dev, too: which stack that is, and its clients."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.deadlines import within
from scripts.errors import ReleaseError
from sop.names import Environment

if TYPE_CHECKING:
    from scripts.clients.clock import AwsClock
    from scripts.gate.dev import Dev
    from scripts.runs import Asked
    from sop.outputs import StackOutputs


@dataclass(frozen=True)
class DevAsked:
    """Which stack is dev's, where its outputs are, and with which profile; None: beside the stack's own."""

    stack: str | None = None
    outputs: Path | None = None
    profile: str | None = None


def open_dev(
    wanted: DevAsked, asked: Asked, known: StackOutputs, clock: AwsClock
) -> tuple[Dev | None, ReleaseError | None]:
    """dev, or why it cannot be looked at, which is for the check to say that needs it; neither where none is needed."""
    from scripts.clients.aws import connect
    from scripts.gate.dev import Dev
    from scripts.outputs import read_outputs
    from scripts.verify import refuse_other_account

    named = wanted.stack or (None if wanted.outputs or asked.outputs else _beside(known.stack))
    if known.environment != Environment.PROD or (named is None and wanted.outputs is None):
        return None, None
    try:
        outputs = read_outputs(named, wanted.outputs)
        aws = connect(wanted.profile or asked.profile, None, outputs.region)
        aws.tell(clock)
        identity = within(asked.deadline / 3, aws.identity, "AWS has not answered sts:GetCallerIdentity for dev")
        refuse_other_account(outputs, identity)
    except ReleaseError as problem:
        return None, problem
    return Dev(outputs, aws), None


def _beside(stack: str) -> str:
    """The dev stack of the same label: `dev` of `prod`, `api-dev` of `api-prod`."""
    return f"{stack.removesuffix(Environment.PROD)}{Environment.DEV}"
