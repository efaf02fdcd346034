"""Whether the branch has moved on without the pipeline."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from scripts.checks.context import Context
from scripts.checks.pinned import SOON, start
from scripts.clients.github import Commit
from scripts.clients.github_errors import GitHubError
from scripts.facts.pipeline import Execution
from scripts.results import Outcome, failed, inconclusive
from scripts.text import count, utc


def with_branch_head(
    context: Context, execution: Execution, outcome: Outcome, head: Callable[[], Commit | None]
) -> Outcome:
    """A good execution is the newest release only if the branch's newest commit started it, and none if of no branch's.

    A merge that started nothing (a broken connection, change detection switched off, the first minute) leaves no trace
    in AWS. Where GitHub cannot be asked that is said; where an execution is asked for by name, a newer commit is said.
    """
    branch = context.outputs.branch
    try:
        newest = head()
    except GitHubError as problem:
        return _remarked(outcome, f"Whether branch {branch} has moved on since is not known: {problem.message}")
    if newest is None or newest.sha in execution.revisions:
        return outcome
    if (strange := _not_of(context, execution, newest)) is not None:
        return replace(strange, observed=f"{strange.observed}\n{outcome.observed}", evidence=outcome.evidence)
    told = f"Branch {branch} is at {newest.sha[:12]}, committed at {utc(newest.at)}"
    known = next((one for one in context.executions.read if newest.sha in one.revisions), None)
    told += f", which execution {known.id} is of" if known else ", which has started no execution"
    if context.pin.execution_id or context.pin.revision:
        return _remarked(outcome, f"{told}.")
    if known is not None:
        fix = (
            f"Release the branch as it is: {start(context)} . Is an older commit meant to run, verify it with "
            f"--execution-id {execution.id}."
        )
        return _behind(outcome, execution, newest, told, fix)
    young = context.now < newest.at + 2 * SOON
    fix = (
        "Run the same command again in a minute."
        if young
        else f"See why the push started nothing (DetectChanges of the Source action), and start it: {start(context)} . "
        f"What runs can be verified all the same with --execution-id {execution.id}."
    )
    judged = _behind(outcome, execution, newest, told, fix)
    return replace(judged, again_at=context.now + timedelta(seconds=15) if young else None)


def _not_of(context: Context, execution: Execution, newest: Commit) -> Outcome | None:
    """FAIL where the branch does not have the commit: whoever starts the pipeline can name any commit as its source."""
    if context.github is None or execution.revision is None:
        return None
    try:
        ahead = context.github.compare(execution.revision, newest.sha).behind
    except GitHubError:
        return None  # then the branch's head is told all the same
    if not ahead:
        return None
    branch = context.outputs.branch
    text = f"Revision {execution.revision[:12]} is not in branch {branch}, which lacks {count(ahead, 'commit')} of it."
    fix = f"Find out who started the execution with it, and why; release the branch as it is: {start(context)}"
    return failed(text, fix=fix)


def _behind(outcome: Outcome, execution: Execution, newest: Commit, told: str, fix: str) -> Outcome:
    return inconclusive(
        f"{outcome.observed}\n{told}: this one is of {(execution.revision or 'no known revision')[:12]}.",
        fix=fix,
        evidence={**outcome.evidence, "branch_head": newest.sha},
    )


def _remarked(outcome: Outcome, remark: str) -> Outcome:
    return replace(outcome, observed=f"{outcome.observed}\n{remark}")
