"""What a status is read from: the stack, its clients, its repository and its ledger."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scripts.runs import Asked
    from scripts.status.reading import Place


def place(asked: Asked, folder: Path | None, number: int | None) -> Place:
    """Ready to be asked; without a ledger what stands there is not known, and the rest is told all the same.

    Raises:
        ReleaseError: who asks cannot be told, or the outputs cannot be read.
    """
    from scripts.clients.aws import SERVICES, connect
    from scripts.clients.clock import AwsClock
    from scripts.clients.github import GitHub
    from scripts.clients.models import read_ahead
    from scripts.ledger.opening import ledger_or_why
    from scripts.outputs import read_outputs
    from scripts.runs import introduce
    from scripts.status.reading import Place

    read_ahead(SERVICES[:3])
    known = read_outputs(asked.stack, asked.outputs)
    clock = AwsClock()
    aws = connect(asked.profile, asked.region, known.region)
    aws.tell(clock)
    identity = introduce(aws, clock, known, asked.deadline)
    ledger, problem = ledger_or_why(known, folder, aws, identity.arn, clock.now)
    no_ledger = problem.message if problem else ""
    return Place(known, aws, GitHub.of_environment(known.repository), ledger, no_ledger, clock.now, number)
