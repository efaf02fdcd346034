"""Reads how releases have gone: executions from the pipeline, contents and merges from GitHub, ends from the ledger."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from scripts.clients.failures import AWS_FAILURES, translate
from scripts.errors import UndeterminedError
from scripts.facts import pipeline
from scripts.ledger import store
from scripts.recording import kept
from scripts.recording.comparing import read_commits, read_pulls
from scripts.recording.figures import Brought, Execution, Figures, Judged, Kind, figures, judged
from scripts.releases import identity
from scripts.releases.verdicts import OBSERVE, VERIFY, verdict_of
from scripts.results import Status
from sop.names import Stage

if TYPE_CHECKING:
    from scripts.clients.aws import Aws
    from scripts.clients.github import GitHub
    from scripts.ledger.ledger import Ledger
    from sop.outputs import StackOutputs

T = TypeVar("T")

PERMISSIONS = ("codepipeline:ListActionExecutions", "codepipeline:ListPipelineExecutions", *store.READING)
REMEMBERED = timedelta(days=365)  # CodePipeline keeps twelve months
_FAILED = re.compile(r"releases/[^/]+/failed/(?P<execution>[^/]+)/")
_SEEN = re.compile(
    r"releases/(?P<release>[^/]+)/(?:reports/(?P<reported>[^/]+)/observe-[^/]+|(?:verify|observe)/(?P<judged>[^/]+))\.json"
)


@dataclass(frozen=True)
class History:
    """How releases have gone.

    Attributes:
        since: the beginning that was asked for; `until` is AWS's time now.
        observed_since: where what is known begins, no earlier than `since`.
        executions: those that ended in between, oldest first.
        releases: the id of the release that each of them was of, by execution, as far as that is known.
        unknown: what could not be told.
        remarks: what is not in the figures, and why.
    """

    outputs: StackOutputs
    since: datetime
    until: datetime
    observed_since: datetime
    executions: tuple[Judged, ...]
    releases: Mapping[str, str]
    figures: Figures
    unknown: tuple[str, ...]
    remarks: tuple[str, ...]


@dataclass
class Reading:
    """One stack, and whom to ask. `ledger` is None where the stack has none."""

    outputs: StackOutputs
    aws: Aws
    github: GitHub
    ledger: Ledger | None
    now: datetime
    unknown: list[str] = field(default_factory=list[str])

    def history(self, since: datetime) -> History:
        """How releases have gone since then.

        Raises:
            UndeterminedError: the pipeline cannot be read.
        """
        try:
            found = self._executions(since)
        except AWS_FAILURES as problem:
            raise translate(problem, PERMISSIONS) from problem
        told = judged(found)
        inside = tuple(one for one in told if one.ended >= since)
        first = min((one.execution.began for one in told), default=self.now)
        observed_since = max(since, first)
        brought = self._asked("Lead times are", lambda: self._brought(told, inside), {})
        return History(
            outputs=self.outputs,
            since=since,
            until=self.now,
            observed_since=observed_since,
            executions=inside,
            releases=self._asked("Whose release each was is", lambda: self._releases(inside), {}),
            figures=figures(told, brought, observed_since, self.now),
            unknown=tuple(self.unknown),
            remarks=tuple(self._remarks(since, first)),
        )

    def _executions(self, since: datetime) -> list[Execution]:
        client, name = self.aws.codepipeline, self.outputs.pipeline_name
        entered = pipeline.read_entries(client, name, Stage.DEPLOY, since)
        began = min([since, *(stage.started for stage in entered.values() if stage.started)])
        listed = pipeline.read_executions(client, name, began)
        revisions = {one.revision for one in listed if one.revision}
        contents = self._asked("Whether something was taken back is", lambda: self.github.trees(revisions), {})
        bad = self._found_bad(entered)
        return [
            _execution(one, entered.get(one.id), contents.get(one.revision or ""), found_bad=one.id in bad)
            for one in listed
            if one.ended is None or one.ended >= began
        ]

    def _found_bad(self, executions: Collection[str]) -> frozenset[str]:
        """Executions of which people were told that they failed, or whose verification or observation did."""
        ledger = self.ledger
        if ledger is None:
            return frozenset()
        return self._asked("What was found bad afterwards is", lambda: _bad(ledger, executions), frozenset[str]())

    def _brought(self, told: Sequence[Judged], inside: Sequence[Judged]) -> dict[str, Brought]:
        """When what each deployment brought was merged and written."""
        found: dict[str, Brought] = {}
        before: str | None = None
        for one in told:
            revision = one.execution.revision
            if one.kind is Kind.DEPLOYED and one in inside and before and revision:
                commits = read_commits(self.github, before, revision)
                newest = next((each for each in commits if each.sha == revision), None)
                written = tuple(each.authored for each in commits if not each.is_merge)
                found[one.execution.id] = Brought(newest.committed if newest else None, written)
            if one.kind.runs:
                before = revision
        return found

    def _releases(self, inside: Sequence[Judged]) -> dict[str, str]:
        revisions = {one.execution.revision for one in inside if one.execution.revision}
        pulls = read_pulls(self.github, sorted(revisions))
        made = {one.made: one.number for one in pulls if one.base == self.outputs.branch}
        return {
            one.execution.id: identity.of_pull(made[one.execution.revision or ""])
            for one in inside
            if one.execution.revision in made and not one.execution.is_rollback
        }

    def _remarks(self, since: datetime, first: datetime) -> list[str]:
        remarks: list[str] = []
        if self.now - since > REMEMBERED:
            remarks.append("CodePipeline keeps twelve months: what was before is in no figure.")
        elif first > since:
            remarks.append("The period is shorter than asked for: nothing that ran before is known.")
        if self.ledger is None:
            remarks.append("The stack has no ledger: what was found bad afterwards is in no figure.")
        return remarks

    def _asked(self, what: str, read: Callable[[], T], otherwise: T) -> T:
        try:
            return read()
        except UndeterminedError as problem:
            self.unknown.append(f"{what} not known: {problem.message}")
            return otherwise


def _execution(
    one: pipeline.Execution, stage: pipeline.StageRun | None, content: str | None, *, found_bad: bool
) -> Execution:
    entered = stage is not None and bool(stage.actions)
    return Execution(
        id=one.id,
        status=one.status,
        revision=one.revision,
        is_rollback=one.is_rollback,
        deploy=stage.status if stage and entered else "",
        began=(stage.started if stage and entered else None) or one.started,
        ended=(stage.ended if stage and entered else one.ended) if one.ended else None,
        content=content,
        found_bad=found_bad,
    )


def _bad(ledger: Ledger, executions: Collection[str]) -> frozenset[str]:
    keys = ledger.store.list("releases/")
    told = {match["execution"] for key in keys if (match := _FAILED.match(key))}
    matches = [match for key in keys if (match := _SEEN.fullmatch(key))]
    seen = {(match["release"], match["reported"] or match["judged"]) for match in matches}
    failed = {
        execution for release, execution in seen if execution in executions and _failed(ledger, release, execution)
    }
    return frozenset(told | failed)


def _failed(ledger: Ledger, release: str, execution: str) -> bool:
    """Whether the verdict that it went by, or its observation, is FAIL; a record's own look at it decides nothing."""
    verdicts = (verdict_of(ledger, release, command, execution) for command in (VERIFY, OBSERVE))
    if any(one.verdict == Status.FAIL for one in verdicts if one):
        return True
    reports = kept.kept_reports(ledger, release, execution)
    return any(one.command == OBSERVE and one.verdict is Status.FAIL for one in reports)
