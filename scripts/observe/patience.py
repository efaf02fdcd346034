"""Waiting that a signal ends, and that does not mind a machine which slept in between."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from scripts.links import place_of
from scripts.observe.checks import CHECKS, Observation
from scripts.results import Place, Report, inconclusive
from scripts.verify import answer

if TYPE_CHECKING:
    from scripts.clients.aws import Aws
    from scripts.observe.watch import Settings
    from sop.outputs import StackOutputs

NAP = 20.0  # seconds; while a machine sleeps its timers stand still, its clock does not


def wait_until(moment: datetime, clock: Callable[[], datetime]) -> None:
    """Return when `clock`, one of the day, has reached `moment`."""
    while (left := (moment - clock()).total_seconds()) > 0:
        time.sleep(min(left, NAP))


def interrupted(settings: Settings, outputs: StackOutputs | None, aws: Aws | None, now: datetime) -> Report:
    """The report of an observation that was ended before there was anything to judge.

    Args:
        settings: what was asked for.
        outputs: of the stack, if they were known already.
        aws: the clients, if there were any.
        now: the time of day.
    """
    observation = Observation(
        instead=inconclusive("The observation was interrupted.", fix=f"Carry on with `{settings.again}`.")
    )
    return Report(
        command="observe",
        stack=outputs.stack if outputs else None,
        execution_id=settings.execution_id,
        revision=None,
        started_at=now,
        finished_at=now,
        api_calls=aws.api_calls if aws else 0,
        checks=tuple(answer(check, observation) for check in CHECKS),
        place=place_of(outputs, settings.execution_id) if outputs else Place(),
    )
