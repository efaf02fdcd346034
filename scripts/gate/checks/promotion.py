"""Whether dev has run what would be released, long enough and well (SOP 3.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial

from scripts.checks import promotion_checks
from scripts.checks.context import Context
from scripts.checks.framework import check
from scripts.checks.pinned import EXECUTION_PERMISSIONS
from scripts.deadlines import start
from scripts.gate.context import GateContext
from scripts.gate.dev import LOOKED_BACK, Dev
from scripts.gate.stays import Stay, stay_of, stays
from scripts.results import Outcome, Result, Status, error, failed, inconclusive, passed, skipped, verdict
from scripts.text import utc
from scripts.verify import run_check

# What looks at what dev is now, and so says nothing of a content that is gone from there.
OF_NOW = ("dev-stack-status", "target-health", "endpoint")


@check(
    id="promotion",
    sop="3.3",
    title="The same content in dev",
    why="What was merged in between, or resolved by hand, has been observed by nobody, whatever the branch is called.",
    expected="dev ran the very tree that the merge makes, unbroken for the configured hours; promotion's checks pass",
    fix="Merge it into dev, and let it run there; or release from a branch at the commit that dev has run.",
    permissions=EXECUTION_PERMISSIONS,
    runbook="docs/runbooks/deployment.md",
)
def promotion(context: GateContext) -> Outcome:
    if context.is_urgent:
        return skipped(f"A {context.kind.value} is not in dev before.")
    content, dev = context.pull.content, context.dev
    if dev is None:
        problem = context.no_dev
        told, fix = (problem.message, problem.fix) if problem else ("Nobody has said which stack is dev's.", "")
        return error(f"dev cannot be looked at: {told}", fix=fix or "Say --dev-stack dev, or --dev-outputs FILE.")
    if not content:
        told, fix = context.pull.without_content
        return inconclusive(told, fix=fix)
    needed = timedelta(hours=dev.outputs.thresholds.dev_observation_hours)
    found = stays(context.deployed_in_dev)
    stay = stay_of(content, found, needed, context.now)
    if stay is None:
        newest = found[-1] if found else None
        runs = f"it runs {(newest.newest.revision or 'an unknown revision')[:12]}" if newest else "it runs nothing"
        evidence = {"content": content, "in_dev": [one.content for one in found]}
        told = f"dev has not run tree {content[:12]} in the last {LOOKED_BACK.days} days; {runs}."
        return replace(failed(told, evidence=evidence), lead=needed)
    return _judged(context, dev, stay)


def _judged(context: GateContext, dev: Dev, stay: Stay) -> Outcome:
    observed = Context(
        outputs=dev.outputs,
        aws=dev.aws,
        now=context.now,
        execution_id=stay.newest.execution_id,
        soaked_since=stay.since,
    )
    asked = [one for one in promotion_checks() if stay.until is None or one.id not in OF_NOW]
    results = [future.result() for future in [start(partial(run_check, one, observed)) for one in asked]]
    worst = verdict(one.status for one in results)
    until = f" until {utc(stay.until)}, when another began to be deployed" if stay.until else ""
    revision = (stay.newest.revision or "unknown")[:12]
    first = f"dev ran tree {(stay.content or '')[:12]} since {utc(stay.since)}{until}, last as {revision}."
    lines = [first, *(f"{one.id} {one.status}: {one.headline}" for one in results if one.status is not Status.SKIPPED)]
    if len(stay.deployments) > 1:
        lines.append(f"It was deployed {len(stay.deployments)} times in that time, each time the same.")
    evidence = {
        "content": stay.content,
        "since": utc(stay.since),
        "until": utc(stay.until) if stay.until else None,
        "executions": [one.execution_id for one in stay.deployments],
        "checks": {one.id: one.status.value for one in results},
    }
    return _outcome(worst, "\n".join(lines), results, evidence)


def _outcome(worst: Status, observed: str, results: Sequence[Result], evidence: dict[str, object]) -> Outcome:
    if worst is Status.PASS:
        return passed(observed, evidence=evidence)
    wrong = [one for one in results if one.status is worst]
    moments = [one.again_at for one in results if one.status not in (Status.PASS, Status.SKIPPED)]
    again = max((one for one in moments if one), default=None) if all(moments) else None
    fix = wrong[0].fix if wrong else "Let it run in dev."
    return Outcome(worst, observed, fix=fix, evidence=evidence, again_at=again)
