"""Results with something to plot, as `release observe` makes them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from scripts.observe.figures import NONE, Indicator, Sample, evidence_of
from scripts.observe.windows import plan
from scripts.reports.plots import Plot, plots_of
from scripts.results import Result, Status
from tests.scripts.release import at
from tests.scripts.reports.sample import result

DEPLOYED, NEXT = at(7), at(47)
RATE = Indicator("error-rate", "Share of 5xx", "requests", "%", threshold=5, minimum=20, scale=100)
GOOD, BAD, FEW, MISSING = Sample(1, 100), Sample(9, 100), Sample(2, 10), NONE


def evidence(samples: Sequence[Sample], step: timedelta = timedelta(minutes=5), **more: Any) -> dict[str, Any]:
    """What is known of the windows after the deployment, one a sample; `more` replaces some of it."""
    windows = plan(DEPLOYED, len(samples) * step, step).windows
    found = evidence_of(RATE, dict(zip(windows, samples, strict=True)), DEPLOYED)
    return {**found, **more}


def measured(samples: Sequence[Sample], status: Status = Status.PASS, **more: Any) -> Result:
    """A check of the error rate that saw these windows."""
    return result("error-rate", status, **evidence(samples, **more))


def plot(samples: Sequence[Sample], **more: Any) -> Plot:
    """The one plot of such a check."""
    (found,) = plots_of(measured(samples, **more))
    return found
