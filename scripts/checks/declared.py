"""Whether an execution ran what the program declared: its repository and branch, its build projects.

Who changes the pipeline by hand releases something else, and every stage is green all the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from scripts.checks.alarm_definitions import deployed_again
from scripts.checks.context import Context
from scripts.results import Outcome, Status, failed, inconclusive, verdict
from scripts.text import listing
from sop.names import Stage

REPOSITORY, BRANCH, PROJECT = "FullRepositoryId", "BranchName", "ProjectName"


def with_declared_actions(context: Context, outcome: Outcome) -> Outcome:
    """A good execution is a release only if its actions were those that the program declared.

    Others may have been added; each of the declared ones must be there.
    """
    found = [*_source(context), *_projects(context)]
    if not found:
        return outcome
    worst = verdict(status for status, _ in found)
    outputs = context.outputs
    again = f"aws codepipeline start-pipeline-execution --name {outputs.pipeline_name} --region {outputs.region}"
    fix = f"{deployed_again(outputs)} Then release again: {again}"
    judged = failed if worst is Status.FAIL else inconclusive
    lines = [text for _, text in sorted(found, key=lambda one: one[0] is not worst)]
    return replace(judged("\n".join((*lines, outcome.observed)), fix=fix), evidence=outcome.evidence)


def _source(context: Context) -> Iterator[tuple[Status, str]]:
    wanted = context.outputs.repository, context.outputs.branch
    told = [run.configuration for run in context.stage(Stage.SOURCE).actions]
    taken = [(one[REPOSITORY], one.get(BRANCH, "")) for one in told if REPOSITORY in one]
    if wanted in taken:
        return
    if not taken:
        yield Status.INCONCLUSIVE, f"Of which repository and branch this execution is, {Stage.SOURCE} does not say."
        return
    others = listing([f"branch {branch} of {repository}" for repository, branch in taken])
    yield Status.FAIL, f"{Stage.SOURCE} took {others}, not branch {wanted[1]} of {wanted[0]}."


def _projects(context: Context) -> Iterator[tuple[Status, str]]:
    outputs = context.outputs
    for stage, wanted in ((Stage.BUILD, outputs.build_project_name), (Stage.DEPLOY, outputs.deploy_project_name)):
        ran = [run.configuration[PROJECT] for run in context.stage(stage).actions if PROJECT in run.configuration]
        if wanted in ran:
            continue
        if ran:
            yield Status.FAIL, f"{stage} ran {listing(ran)}, not {wanted}."
        else:
            yield Status.INCONCLUSIVE, f"Which build project {stage} ran is not told; it should be {wanted}."
