"""One answer an indicator to an observation after a deployment. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from scripts.observe.figures import FIVE_MINUTES, MINUTE, NONE, Indicator, Readings, Samples, evidence_of
from scripts.observe.limits import find
from scripts.observe.windows import Window
from scripts.results import Outcome, Status, failed, inconclusive, passed
from scripts.text import count

# Of all windows, and of all minutes, so many must have data before the whole counts as observed.
COVERAGE = 0.9
# With data in so many of any five minutes, a metric has a value every minute; else one in five may be all there is.
EVERY_MINUTE = 4
WHY_SILENT = (
    "See whether the site could be reached then: the load balancer's access log and the dashboard around these times. "
    "If it could not, decide whether to roll back (docs/runbooks/rollback.md)."
)


@dataclass(frozen=True)
class Progress:
    """How far an observation has come.

    `unfinished` says in a sentence why it is not at its end, `doubt` why it is not to be believed for a PASS, and `fix`
    what to do about that; they are empty where there is nothing to say.
    `deployed` and `next_deployed` are when this deployment ended and a later one began: marks for those who look.
    """

    windows: tuple[Window, ...]
    readings: Readings
    consecutive: int
    unfinished: str = ""
    doubt: str = ""
    fix: str = ""
    deployed: datetime | None = None
    next_deployed: datetime | None = None


def clearly_broken(indicator: Indicator, progress: Progress) -> bool:
    """So many windows in a row are over the limit that waiting for more would tell nothing new."""
    row = 0
    for sample in indicator.of_all(progress.readings, progress.windows).values():
        row = row + 1 if indicator.broken(sample) else 0
        if row >= progress.consecutive:
            return True
    return False


def judge(indicator: Indicator, progress: Progress) -> Outcome:
    """PASS only for a finished observation in which enough windows have data and all of those are below the limit."""
    samples = indicator.of_all(progress.readings, progress.windows)
    judged = sum(indicator.value(sample) is not None for sample in samples.values())
    observed = f"{judged} of {count(len(samples), 'window')} observed"
    lacking = _lacking(indicator, samples, judged)
    found = find(indicator, samples, lacking=lacking and f"Too little data: {lacking}")
    evidence = evidence_of(indicator, samples, progress.deployed, progress.next_deployed)
    if clearly_broken(indicator, progress):
        headline = f"{found.figure}; {progress.consecutive} windows in a row not below the limit; {observed}."
        return failed("\n".join([headline, *found.details]), evidence=evidence)
    if progress.unfinished:
        details = found.details if found.status is Status.FAIL else ()
        lines = [f"{progress.unfinished} {observed}; {found.figure}.", *details]
        return inconclusive("\n".join(lines), fix=progress.fix, evidence=evidence)
    if found.status is Status.FAIL:
        headline = f"{found.figure}; {found.reason}; {observed}."
        return failed("\n".join([headline, *found.details]), evidence=evidence)
    if progress.doubt:
        return inconclusive(f"{progress.doubt} {observed}; {found.figure}.", fix=progress.fix, evidence=evidence)
    if found.status is Status.INCONCLUSIVE:
        headline = f"{found.reason}; {found.figure}; {observed}."
        fix = _more(indicator) if lacking else WHY_SILENT
        return inconclusive("\n".join([headline, *found.details]), fix=fix, evidence=evidence)
    return passed("\n".join([f"{found.figure}; {observed}.", *found.details]), evidence=evidence)


def covered(indicator: Indicator, samples: Samples) -> tuple[int, int]:
    """In how many minutes there are data, and in how many there should be.

    A long window, or one minute with many requests, must not hide that most of the time is unknown.
    """
    overall = sum(samples.values(), NONE)
    lengths = [window.end - window.start for window in samples]
    if indicator.sparse and overall.densest < EVERY_MINUTE:
        five = FIVE_MINUTES // MINUTE
        return five * overall.fives, five * sum(ceil(length / FIVE_MINUTES) for length in lengths)
    return overall.minutes, sum(lengths, timedelta()) // MINUTE


def _lacking(indicator: Indicator, samples: Samples, judged: int) -> str:
    """What there is too little of; empty where there is enough."""
    known, wanted = covered(indicator, samples)
    if judged and judged >= COVERAGE * len(samples) and known >= COVERAGE * wanted:
        return ""
    return f"{known} of {wanted} minutes"


def _more(indicator: Indicator) -> str:
    return (
        f"A window needs {indicator.minimum} {indicator.samples}: choose a longer --interval or --duration, "
        "or see why the site is that quiet."
    )
