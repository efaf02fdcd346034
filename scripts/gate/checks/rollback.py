"""Whether what runs now could be gone back to by hand, once something else is deployed (SOP 7.2). A remark, no more."""

from __future__ import annotations

from scripts.checks.framework import check
from scripts.checks.pinned import EXECUTION_PERMISSIONS
from scripts.clients.failures import AWS_FAILURES, translate
from scripts.errors import ReleaseError
from scripts.facts.artifacts import is_there, read_inputs
from scripts.facts.pipeline import read_succeeded
from scripts.gate.context import GateContext
from scripts.results import Outcome, passed, skipped
from scripts.text import listing
from sop.names import Stage

PERMISSIONS = (*EXECUTION_PERMISSIONS, "s3:ListBucketVersions")
OTHERWISE = "Going back is by a pull request then, which deploys what was before."


@check(
    id="rollback-target",
    sop="7.2",
    title="Way back",
    why="Who finds out when it is needed that the pipeline does not go back has no time for another way.",
    expected="The pipeline could roll Deploy back to what runs now: of its present structure, artifacts still there",
    fix=OTHERWISE,
    permissions=PERMISSIONS,
    runbook="docs/runbooks/rollback.md",
)
def rollback_target(context: GateContext) -> Outcome:
    try:
        return _judged(context)
    except ReleaseError as problem:
        return _remark(f"Whether it could be rolled back by hand afterwards is not known: {problem.message}")
    except AWS_FAILURES as problem:
        told = translate(problem, PERMISSIONS).message
        return _remark(f"Whether it could be rolled back by hand afterwards is not known: {told}")


def _judged(context: GateContext) -> Outcome:
    outputs, deployed = context.outputs, context.deployed
    if deployed.execution_id is None:
        return skipped(f"{outputs.stack} has deployed nothing yet: there is nothing to go back to.")
    if deployed.revision is None:
        return _remark(f"No rollback by hand is certain afterwards: which commit runs is not known. {deployed.doubt}")
    runs, client = deployed.revision[:12], context.aws.codepipeline
    found = read_succeeded(client, outputs.pipeline_name, Stage.DEPLOY, outputs.repository)
    target = next((one for one in found if one.revision == deployed.revision and not one.is_rollback), None)
    if target is None:
        return _remark(
            f"No rollback by hand to {runs}, which runs: the pipeline's definition has changed since that was deployed."
        )
    artifacts = read_inputs(client, outputs.pipeline_name, target.id, Stage.DEPLOY)
    gone = [str(one) for one in artifacts if not is_there(context.aws.s3, one)]
    evidence = {"target": target.id, "revision": target.revision, "artifacts": [str(one) for one in artifacts]}
    if gone or not artifacts:
        lacking = f"{listing(gone)} is gone" if gone else "CodePipeline names no artifact of it"
        return _remark(f"No rollback by hand to {runs}, which runs: {lacking}.", evidence)
    return passed(f"Afterwards Deploy could be rolled back to {target.id}, {runs}.", evidence=evidence)


def _remark(observed: str, evidence: dict[str, object] | None = None) -> Outcome:
    return skipped(f"{observed} {OTHERWISE}", evidence=evidence or {})
