"""SOP 4.6: what `release observe` checks, declared as every other check is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from scripts.checks.cloudformation import EVENT_PERMISSIONS
from scripts.checks.framework import Check, check
from scripts.checks.workload import WORKLOAD_PERMISSIONS, no_group
from scripts.observe.figures import Indicator
from scripts.observe.judging import Progress, judge
from scripts.results import Outcome, Status


@dataclass(frozen=True)
class Observation:
    """What the checks look at: how far it has come.

    `instead` is the answer of every check that this gives no verdict to.
    """

    indicators: tuple[Indicator, ...] = ()
    progress: Progress | None = None
    instead: Outcome | None = None


PERMISSIONS = tuple(dict.fromkeys((*EVENT_PERMISSIONS, *WORKLOAD_PERMISSIONS, "cloudwatch:GetMetricData")))
RUNBOOK = "docs/runbooks/incident-response.md"
ROLL_BACK = "Look at the dashboard around these windows, and decide whether to roll back (docs/runbooks/rollback.md)."


def _judged(check_id: str) -> Callable[[Observation], Outcome]:
    def run(observation: Observation) -> Outcome:
        if observation.progress is None:
            return observation.instead or Outcome(Status.INCONCLUSIVE, "Nothing was observed.")
        indicator = next((one for one in observation.indicators if one.id == check_id), None)
        if indicator is None:
            return no_group("CPU")
        outcome = judge(indicator, observation.progress)
        if outcome.status is Status.INCONCLUSIVE and observation.instead is not None:
            return replace(observation.instead, evidence=outcome.evidence)
        return replace(outcome, expected=f"Below {indicator.threshold:g} {indicator.unit} in every window")

    return run


RESPONSE_TIME: Check[Observation] = check(
    id="response-time",
    sop="4.6",
    title="Response time",
    why="A deployment that works but answers slowly passes every check of its state.",
    expected="The targets' average response time is below the threshold in every window of the observation",
    fix=ROLL_BACK,
    permissions=PERMISSIONS,
    runbook=RUNBOOK,
)(_judged("response-time"))
CPU: Check[Observation] = check(
    id="cpu",
    sop="4.6",
    title="CPU of the web servers",
    why="Servers at their limit fail with the next rise of traffic.",
    expected="The web servers' average CPU is below the threshold in every window of the observation",
    fix=ROLL_BACK,
    permissions=PERMISSIONS,
    runbook=RUNBOOK,
)(_judged("cpu"))
ERROR_RATE: Check[Observation] = check(
    id="error-rate",
    sop="4.6",
    title="Error rate",
    why="Health checks ask for one page; the errors that users meet are on the others.",
    expected="The share of requests answered 5xx is below the threshold in every window of the observation",
    fix=ROLL_BACK,
    permissions=PERMISSIONS,
    runbook=RUNBOOK,
)(_judged("error-rate"))
CHECKS = (RESPONSE_TIME, CPU, ERROR_RATE)
