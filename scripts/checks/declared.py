"""Whether an execution ran what the program declared: its repository and branch, its build projects.

Who changes the pipeline by hand releases something else, and every stage is green all the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from scripts.checks.alarm_definitions import deployed_again
from scripts.checks.context import Context
from scripts.facts.builds import read_buildspecs
from scripts.facts.pipeline import ActionRun
from scripts.results import Outcome, Status, failed, inconclusive, verdict
from scripts.text import listing
from sop.names import BUILDSPECS, Stage

REPOSITORY, BRANCH, PROJECT, VARIABLES = "FullRepositoryId", "BranchName", "ProjectName", "EnvironmentVariables"
VARIABLE = re.compile(r'"name"\s*:\s*"([^"]*)"')
SHOWN = 80  # characters of a buildspec


def with_declared_actions(context: Context, outcome: Outcome) -> Outcome:
    """A good execution is a release only if its actions were those that the program declared.

    Others may have been added; each of the declared ones must be there.
    """
    found = [*_source(context), *_projects(context), *_variables(context)]
    if all(status is not Status.FAIL for status, _ in found):
        found += _builds(context)
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


def _declared(context: Context) -> Iterator[tuple[Stage, ActionRun]]:
    """The actions that ran the declared projects."""
    outputs = context.outputs
    for stage, project in ((Stage.BUILD, outputs.build_project_name), (Stage.DEPLOY, outputs.deploy_project_name)):
        for run in context.stage(stage).actions:
            if run.configuration.get(PROJECT) == project:
                yield stage, run


def _variables(context: Context) -> Iterator[tuple[Status, str]]:
    """The program gives an action none: those of its project are enough."""
    for stage, run in _declared(context):
        if given := run.configuration.get(VARIABLES):
            names = listing(VARIABLE.findall(given)) or "some"
            yield Status.INCONCLUSIVE, f"{stage} was given environment variables that were not deployed: {names}."


def _builds(context: Context) -> Iterator[tuple[Status, str]]:
    """A build that ran something else than the repository's buildspec has checked, or deployed, nothing of it."""
    declared = list(_declared(context))
    told = read_buildspecs(context.aws.codebuild, [run.external_id for _, run in declared if run.external_id])
    for stage, run in declared:
        ran = told.get(run.external_id)
        if ran is None:
            yield (
                Status.INCONCLUSIVE,
                f"What {stage} ran, CodeBuild does not tell of build {run.external_id or 'unknown'}.",
            )
        elif ran != BUILDSPECS[stage]:
            shown = " ".join(ran.split())
            shown = shown if len(shown) <= SHOWN else f"{shown[:SHOWN]}…"
            yield Status.FAIL, f"{stage} did not run the repository's {BUILDSPECS[stage]}, but {shown}"


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
