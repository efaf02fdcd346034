"""How releases have gone, from a pipeline's executions: what each was, and the figures over all of them. Pure.

What a figure is made of stands beside it wherever it is shown (`DEFINITIONS`); where there is nothing to make it of,
there is none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from statistics import median

A_WEEK = timedelta(weeks=1)

DEFINITIONS: Mapping[str, str] = {
    "deployments": "Executions whose Deploy succeeded and brought another commit than the one deployed before. "
    "Superseded, cancelled and rollback executions are none, nor is what was deployed once more or taken back.",
    "frequency": "Deployments by the weeks of the period; SOP 6.3: weekly or bi-weekly.",
    "interval": "Median time from one deployment's end to the next one's; the longest counts the time since the last.",
    "lead_time_merge": "Median time from the newest commit that a deployment brought, its merge, to its Deploy's end.",
    "lead_time_commit": "Median over all commits that were brought, merges left out, from when each was written to the "
    "end of the Deploy that brought it.",
    "change_failure_rate": "Of the deployments, and the executions that failed in Deploy, the share that failed there, "
    "was taken back, or was found bad when it was verified or observed.",
    "time_to_restore": "Median time from the end of such a Deploy to the end of the next that succeeded, whatever it "
    "deployed. What has not been restored yet is counted apart.",
}


class Kind(StrEnum):
    """What an execution was."""

    DEPLOYED = "deployed"
    ONCE_MORE = "deployed once more"
    FAILED = "failed in Deploy"
    ROLLBACK = "rollback"
    TAKE_BACK = "take-back"
    SUPERSEDED = "superseded"
    CANCELLED = "cancelled"
    NOT_DEPLOYED = "ended before Deploy"
    RUNNING = "not ended"

    @property
    def runs(self) -> bool:
        """Whether it is what production had afterwards."""
        return self in (Kind.DEPLOYED, Kind.ONCE_MORE, Kind.ROLLBACK, Kind.TAKE_BACK)


@dataclass(frozen=True)
class Execution:
    """One execution of the pipeline.

    Attributes:
        deploy: how its Deploy ended, in CodePipeline's words; empty where it was not entered.
        began, ended: of its Deploy; where it was not entered of the execution. `ended` is None while it runs.
        content: the name of its commit's tree, None where it is not known.
        found_bad: whether its verification or observation failed, or people were told that it had.
    """

    id: str
    status: str
    revision: str | None
    is_rollback: bool
    deploy: str
    began: datetime
    ended: datetime | None
    content: str | None = None
    found_bad: bool = False


@dataclass(frozen=True)
class Judged:
    """An execution, what it was, and what became of it.

    `bad` is whether it counts as a failed change, and why; `restored` is when production was well again, None where it
    is not yet.
    """

    execution: Execution
    kind: Kind
    bad: str = ""
    restored: datetime | None = None

    @property
    def ended(self) -> datetime:
        return self.execution.ended or self.execution.began

    @property
    def is_change(self) -> bool:
        """Whether something new was tried in production."""
        return self.kind in (Kind.DEPLOYED, Kind.FAILED)


@dataclass(frozen=True)
class Brought:
    """When a deployment's merge was made, and its commits were written; what is not known is empty."""

    merged: datetime | None = None
    written: tuple[datetime, ...] = ()


@dataclass(frozen=True)
class Figures:
    """The figures; None where there is nothing to make one of. Times are lengths, `rate` is a share of 1.

    `observed` is the period that they are over, which may be shorter than the one asked for.
    """

    observed: timedelta
    deployments: int
    per_week: float | None
    interval: timedelta | None
    longest: timedelta | None
    lead_merge: timedelta | None
    lead_commit: timedelta | None
    tried: int
    failed: int
    restore: timedelta | None
    unrestored: int

    @property
    def rate(self) -> float | None:
        return self.failed / self.tried if self.tried else None


def judged(executions: Sequence[Execution]) -> list[Judged]:
    """What each was, oldest first by when its Deploy, or else it, ended.

    Args:
        executions: in any order; what was deployed before the first of them is not known.
    """
    order = sorted(executions, key=lambda one: (one.ended or one.began, one.began))
    found: list[Judged] = []
    ran: list[Execution] = []  # what production had, oldest first
    for one in order:
        kind = _kind(one, ran)
        bad = "failed in Deploy" if kind is Kind.FAILED else ""
        if kind is Kind.DEPLOYED and one.found_bad:
            bad = "found bad afterwards"
        found.append(Judged(one, kind, bad))
        if kind.runs:
            ran.append(one)
    return _with_restored(_with_taken_back(found))


def figures(found: Sequence[Judged], brought: Mapping[str, Brought], since: datetime, now: datetime) -> Figures:
    """The figures over those that ended since then.

    Args:
        found: all that are judged, also earlier ones.
        brought: what each deployment brought, by execution.
        since: where the period begins, or where the pipeline's memory does.
        now: its end.
    """
    inside = [one for one in found if one.ended >= since]
    deployments = [one for one in inside if one.kind is Kind.DEPLOYED]
    tried = [one for one in inside if one.is_change]
    bad = [one for one in tried if one.bad]
    intervals = [later.ended - earlier.ended for earlier, later in pairwise(deployments)]
    open_ended = [now - deployments[-1].ended] if deployments else []
    known = [(one, brought.get(one.execution.id, Brought())) for one in deployments]
    merged = [one.ended - what.merged for one, what in known if what.merged]
    written = [one.ended - moment for one, what in known for moment in what.written]
    restored = [one.restored - one.ended for one in bad if one.restored]
    observed = max(now - since, timedelta())
    return Figures(
        observed=observed,
        deployments=len(deployments),
        per_week=len(deployments) / (observed / A_WEEK) if observed >= A_WEEK else None,
        interval=_median(intervals),
        longest=max(intervals + open_ended) if intervals else None,
        lead_merge=_median(merged),
        lead_commit=_median(written),
        tried=len(tried),
        failed=len(bad),
        restore=_median(restored),
        unrestored=sum(one.restored is None for one in bad),
    )


def cadence(found: Figures) -> str:
    """How the interval stands to SOP 6.3."""
    if found.interval is None:
        return "no cadence yet: it takes two deployments"
    if found.per_week is None:
        return "no cadence yet: it takes a week"
    if found.interval <= A_WEEK:
        return "weekly or more often, as SOP 6.3 aims at"
    if found.interval <= 2 * A_WEEK:
        return "bi-weekly or more often, as SOP 6.3 aims at"
    return "less often than bi-weekly, which SOP 6.3 aims at"


def _kind(one: Execution, ran: Sequence[Execution]) -> Kind:
    if one.ended is None or one.status in ("InProgress", "Stopping"):
        return Kind.RUNNING
    if one.status == "Superseded":
        return Kind.SUPERSEDED
    if one.deploy == "Succeeded":
        return _deployed(one, ran)
    if one.deploy and not one.is_rollback:
        return Kind.FAILED
    return Kind.CANCELLED if one.status == "Cancelled" else Kind.NOT_DEPLOYED


def _deployed(one: Execution, ran: Sequence[Execution]) -> Kind:
    if one.is_rollback:
        return Kind.ROLLBACK
    if ran and ran[-1].revision is not None and ran[-1].revision == one.revision:
        return Kind.ONCE_MORE
    if ran and one.content and one.content != ran[-1].content and one.content in {each.content for each in ran[:-1]}:
        return Kind.TAKE_BACK
    return Kind.DEPLOYED


def _with_taken_back(found: Sequence[Judged]) -> list[Judged]:
    """A deployment from which production went back is a failed change; to which it went back is what runs again."""
    told = list(found)
    runs: int | None = None  # the deployment that production has
    for number, one in enumerate(told):
        if one.kind is Kind.DEPLOYED:
            runs = number
        elif one.kind in (Kind.ROLLBACK, Kind.TAKE_BACK):
            if runs is not None and not _same(told[runs].execution, one.execution):
                told[runs] = replace(told[runs], bad=told[runs].bad or "taken back")
            earlier = (at for at in range(number - 1, -1, -1) if told[at].kind is Kind.DEPLOYED)
            runs = next((at for at in earlier if _same(told[at].execution, one.execution)), None)
    return told


def _same(one: Execution, other: Execution) -> bool:
    """Whether they deployed the same, as far as that is known."""
    if one.content and other.content:
        return one.content == other.content
    return one.revision is not None and one.revision == other.revision


def _with_restored(found: Sequence[Judged]) -> list[Judged]:
    return [
        replace(one, restored=next((later.ended for later in found[number + 1 :] if later.kind.runs), None))
        if one.bad
        else one
        for number, one in enumerate(found)
    ]


def _median(spans: Sequence[timedelta]) -> timedelta | None:
    return timedelta(seconds=median(one.total_seconds() for one in spans)) if spans else None
