"""What was looked at before the merge (SOP 3.2, 3.4): the templates by cfn-lint, the rest by people."""

from __future__ import annotations

from scripts.checks.framework import check
from scripts.checks.pinned import SOON
from scripts.facts.pull_request_builds import SUCCEEDED, Build, newest_build_of
from scripts.gate.context import GateContext, Kind
from scripts.gate.description import labelled, normal, section, tasks
from scripts.gate.pull_request import Reported
from scripts.results import Outcome, failed, inconclusive, passed, skipped
from scripts.text import listing, utc
from sop.review import CHECKLIST, ROLLBACK_LABELS, ROLLBACK_PLAN

TAKEN_BACK = "A take-back goes to what has run before; the operations manager reviews it."
SUCCESS, PENDING = "SUCCESS", ("PENDING", "EXPECTED")


@check(
    id="lint-status",
    sop="3.4",
    title="Automated check of the head",
    why="Who can write to the repository can set any status on any commit; what CodeBuild built nobody can.",
    expected="The check's status on the head is success, and the pull-request check's own newest build of that very "
    "commit succeeded",
    fix="Read the build's log, and correct the cause on the branch.",
    permissions=("codebuild:ListBuildsForProject", "codebuild:BatchGetBuilds"),
    runbook="docs/runbooks/deployment.md",
)
def lint_status(context: GateContext) -> Outcome:
    outputs, head = context.outputs, context.pull.head_sha
    project = outputs.pull_request_project_name
    if project is None:
        return inconclusive(
            "No pull request is checked: the stack has no project for it.",
            fix=f"Set release:pullRequestCheck.webhook, and run `pulumi up --stack {outputs.stack}`.",
        )
    named = [one for one in context.reported if one.context == outputs.status_check]
    build = newest_build_of(context.aws.codebuild, project, head)
    evidence = {
        "context": outputs.status_check,
        "commit": head,
        "state": named[0].state if named else None,
        "reported_by": named[0].by.login if named else None,
        "build": build.id if build else None,
        "build_status": build.status if build else None,
    }
    return _judged(context, project, named, build, evidence)


def _judged(
    context: GateContext, project: str, named: list[Reported], build: Build | None, evidence: dict[str, str | None]
) -> Outcome:
    name, head = context.outputs.status_check, context.pull.head_sha[:12]
    again = (
        f"Have it built: `aws codebuild start-build --project-name {project} --source-version "
        f"pr/{context.pull.number} --region {context.outputs.region}`"
    )
    if not named:
        return failed(f"Nobody has reported {name} on {head}.", fix=again, evidence=evidence)
    (status,) = named[:1]
    told = f"{name} is {status.state.lower()} on {head}, reported by {status.by}"
    if status.state in PENDING or (build is not None and build.runs):
        fix = "Run the same command again when it has ended."
        return inconclusive(f"{told}.", fix=fix, evidence=evidence, again_at=context.now + SOON)
    if status.state != SUCCESS:
        return failed(f"{told}.", fix=f"Read {status.url or 'its log'}, and correct the cause.", evidence=evidence)
    if build is None:
        return failed(f"{told}, but {project} has not built that commit.", fix=again, evidence=evidence)
    if build.status != SUCCEEDED:
        return failed(f"{told}, but {project}'s build {build.id} of it {build.status}.", fix=again, evidence=evidence)
    built = f" at {utc(build.started)}" if build.started else ""
    return passed(f"{told}; build {build.id} of it succeeded{built}.", evidence=evidence)


@check(
    id="review-checklist",
    sop="3.2",
    title="Review checklist",
    why="What nobody has ticked nobody has looked at.",
    expected="Every item of the review checklist is a ticked item of a task list in the description; a take-back "
    "needs none",
    fix="Look at what is not ticked, and tick it in the pull request's description; "
    "`.github/pull_request_template.md` has the list.",
    permissions=(),
    runbook="docs/runbooks/deployment.md",
)
def review_checklist(context: GateContext) -> Outcome:
    if context.kind is Kind.TAKE_BACK:
        return skipped(TAKEN_BACK)
    found = tasks(context.pull.body)
    states = {item: [one.done for one in found if normal(one.text) == normal(item)] for item in CHECKLIST}
    missing = [item for item, ticks in states.items() if not ticks]
    undone = [item for item, ticks in states.items() if ticks and not all(ticks)]
    evidence = {"ticked": [one.text for one in found if one.done], "open": [one.text for one in found if not one.done]}
    wanted = {normal(item) for item in CHECKLIST}
    beside = [f"Besides, not ticked: {one.text}" for one in found if not one.done and normal(one.text) not in wanted]
    if missing or undone:
        ticked = len(CHECKLIST) - len(missing) - len(undone)
        lines = [f"{ticked} of {len(CHECKLIST)} items are ticked."]
        lines += [f"Not ticked: {item}" for item in undone] + [f"Not in the description: {item}" for item in missing]
        return failed("\n".join([*lines, *beside]), fix=f"{_FIX} {context.pull.url}", evidence=evidence)
    return passed("\n".join([f"All {len(CHECKLIST)} items are ticked.", *beside]), evidence=evidence)


_FIX = (
    "Look at what is not ticked, and tick it in the description; "
    "`.github/pull_request_template.md` has the list as it must read:"
)


@check(
    id="rollback-plan",
    sop="3.2",
    title="Rollback plan",
    why="At the moment when it is needed nobody has the time to think of one.",
    expected=f"The description has a section `{ROLLBACK_PLAN}` that says how, and how long it takes",
    fix="Write the plan into the pull request's description; `.github/pull_request_template.md` has the section.",
    permissions=(),
    runbook="docs/runbooks/rollback.md",
)
def rollback_plan(context: GateContext) -> Outcome:
    if context.kind is Kind.TAKE_BACK:
        return skipped(TAKEN_BACK)
    text = section(context.pull.body, ROLLBACK_PLAN)
    if text is None:
        return failed(f"The description has no section {ROLLBACK_PLAN}.")
    said = labelled(text, ROLLBACK_LABELS)
    empty = [label for label, words in said.items() if not any(letter.isalnum() for letter in words)]
    how, time = said.values()
    evidence = {"how": how, "estimated_time": time}
    if empty:
        return failed(f"{ROLLBACK_PLAN} does not say: {listing(empty)}.", evidence=evidence)
    return passed(f"{how.rstrip('.')}. Estimated time: {time.rstrip('.')}.", evidence=evidence)
