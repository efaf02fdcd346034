"""Which way a change goes (SOP 1.3): from which branch, onto what, and what the one before has left undone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from scripts.checks.cloudformation import STATUS_PERMISSIONS
from scripts.checks.framework import check
from scripts.checks.pinned import EXECUTION_PERMISSIONS
from scripts.gate.comments import Judged, Wanted, What, line
from scripts.gate.context import BACK_MERGE_BRANCH, FEATURE_BRANCH, HOTFIX_BRANCH, RELEASE_BRANCH, GateContext, Kind
from scripts.gate.pull_request import PullRequest
from scripts.results import Outcome, failed, inconclusive, passed, skipped
from scripts.text import count, listing, utc
from sop.review import Criterion

SOON = timedelta(seconds=15)  # within which GitHub has tried a merge that it was asked about
COMMITS_SHOWN = 5
FLOW_FIX = "Open the pull request from dev, release/* or hotfix/* of the repository itself, or close the other one."


@check(
    id="merge-flow",
    sop="1.3",
    title="Way of the change",
    why="What reaches main from anywhere else was never in dev, and a fork's branch can be called dev, too.",
    expected="An open pull request into the stack's branch, with a head of its own in the repository itself. To main: "
    "from dev, release/* or, approved as an emergency, hotfix/*; from any branch if it takes back to what prod has "
    "run. To dev: from feature/* or a back-merge",
    fix=FLOW_FIX,
    permissions=(),
    runbook="docs/runbooks/deployment.md",
)
def merge_flow(context: GateContext) -> Outcome:
    pull, kind = context.pull, context.kind
    hotfix = hotfix_comments(context) if kind is Kind.HOTFIX else ()
    evidence = {
        "kind": kind.value,
        "number": pull.number,
        "url": pull.url,
        "author": pull.author.login,
        "head": pull.head,
        "head_sha": pull.head_sha,
        "base": pull.base,
        "base_sha": pull.base_sha,
        "content": pull.content,
        "merge_sha": pull.merge_sha or None,
        "hotfix": [one.evidence() for one in hotfix],
    }
    told = f"#{pull.number}, {pull.head} into {pull.base}, by {pull.author}: {kind.value} of {pull.head_sha[:12]}"
    if wrong := list(_wrong(context)):
        fix = pull.without_content[1] if pull.conflicts and len(wrong) == 1 else FLOW_FIX
        return failed("\n".join(wrong), fix=fix, evidence=evidence)
    if kind is Kind.HOTFIX and not any(one.counts for one in hotfix):
        observed = ["No comment of the operations manager says that this is an emergency.", *_told(hotfix)]
        return failed("\n".join(observed), fix=_hotfix_fix(context), evidence=evidence)
    if not pull.content:
        return inconclusive(
            f"{told}. What merging makes is not known: GitHub has not tried it yet.",
            fix="Run the same command again in a few seconds.",
            evidence=evidence,
            again_at=context.now + SOON,
        )
    merged = f", merged at {utc(pull.merged_at)}" if pull.merged_at else ""
    return passed("\n".join([f"{told}{merged}.", *_told(hotfix)]), evidence=evidence)


def _wrong(context: GateContext) -> Iterator[str]:
    """Each reason against it, in a sentence."""
    pull = context.pull
    if pull.state == "CLOSED":
        yield f"#{pull.number} is closed."
    if pull.draft:
        yield f"#{pull.number} is a draft."
    if pull.base != context.outputs.branch:
        yield f"It goes into {pull.base}; stack {context.outputs.stack} deploys {context.outputs.branch}."
    if not pull.head_repository:
        yield f"The repository that {pull.head} was in is gone."
    elif not pull.own_head:
        yield f"Its head is {pull.head} of {pull.head_repository}, not of {context.outputs.repository}."
    elif not _may_come_from(context):
        yield f"Nothing goes into {pull.base} from {pull.head}."
    if pull.conflicts:
        yield f"It conflicts with {pull.base}."
    for rival in context.rivals if not pull.merged else ():
        if rival.head_sha == pull.head_sha:
            yield f"#{rival.number} has the same head {rival.head_sha[:12]}: merging either merges both."


def _may_come_from(context: GateContext) -> bool:
    head = context.pull.head
    if context.kind is Kind.CHANGE:
        return head.startswith((FEATURE_BRANCH, BACK_MERGE_BRANCH, HOTFIX_BRANCH))
    if context.kind is Kind.TAKE_BACK:
        return True
    return head == context.dev_branch or head.startswith((RELEASE_BRANCH, HOTFIX_BRANCH))


def hotfix_comments(context: GateContext) -> tuple[Judged, ...]:
    """The comments that say that it is an emergency. Raises GitHubError."""
    wanted = Wanted(What.HOTFIX, tuple(Criterion), context.managers, context.pull.author, context.used)
    return context.judged(wanted)


def _told(comments: tuple[Judged, ...]) -> list[str]:
    return [f"{line(What.HOTFIX, one.object)}: {one.told()}." for one in comments]


def _hotfix_fix(context: GateContext) -> str:
    first, *others = Criterion
    who = listing(sorted(context.managers))
    return (
        f"Is it one, {who} comments on {context.pull.url} with this line: `{line(What.HOTFIX, first)}` (or "
        f"{listing(others)} in the place of {first}); else take it through dev."
    )


@check(
    id="up-to-date",
    sop="3.4",
    title="Head and base",
    why="What was reviewed and checked was not together with what main has got meanwhile.",
    expected="The head contains the newest commit of main",
    fix="Merge main into the head's branch, and have the checks run again.",
    permissions=(),
    runbook="docs/runbooks/deployment.md",
)
def up_to_date(context: GateContext) -> Outcome:
    pull = context.pull
    if pull.merged:
        return skipped(f"#{pull.number} is merged.")
    compared = context.compared
    evidence = {"base_sha": pull.base_sha, "head_sha": pull.head_sha, "behind": compared.behind}
    if compared.behind:
        lacking = count(compared.behind, "commit")
        return failed(f"{pull.head} lacks {lacking} of {pull.base}.", evidence=evidence)
    return passed(f"{pull.head} contains {pull.base} at {pull.base_sha[:12]}.", evidence=evidence)


@check(
    id="back-merge",
    sop="1.3",
    title="Back-merge of the release before",
    why="What went to main and is not in dev is taken back by the next release.",
    expected="dev contains all of main",
    fix="Merge the back-merge into dev, by a merge commit.",
    permissions=(),
    runbook="docs/runbooks/deployment.md",
)
def back_merge(context: GateContext) -> Outcome:
    pull, dev = context.pull, context.dev_branch
    if context.kind is not Kind.RELEASE:
        return skipped(f"A {context.kind.value} does not wait for it.")
    found = context.unmerged_back
    evidence = {"dev": dev, "base_sha": pull.base_sha, "lacking": [sha for sha, _ in found.commits]}
    if not found.ahead:
        return passed(f"{dev} contains {pull.base} at {pull.base_sha[:12]}.", evidence=evidence)
    lines = [f"{dev} lacks {count(found.ahead, 'commit')} of {pull.base}:"]
    lines += [f"{sha[:12]} {subject}" for sha, subject in found.commits[:COMMITS_SHOWN]]
    return failed("\n".join(lines), fix=_back_merge_fix(context, pull), evidence=evidence)


def _back_merge_fix(context: GateContext, pull: PullRequest) -> str:
    waiting = [one for one in context.open_into_dev if one.head.startswith(BACK_MERGE_BRANCH)]
    if not pull.merge_commits:
        forbidden = " The repository forbids merge commits: allow them, or the same commits come again and again."
    else:
        forbidden = ""
    if waiting:
        return f"Merge {listing([one.url for one in waiting])} into {context.dev_branch}, by a merge commit.{forbidden}"
    branch = f"{BACK_MERGE_BRANCH}{pull.base_sha[:12]}"
    return (
        f"Open a pull request into {context.dev_branch} from {pull.base}'s newest commit, and merge it by a merge "
        f"commit: `git push origin {pull.base_sha}:refs/heads/{branch}`.{forbidden}"
    )


@check(
    id="carried-along",
    sop="1.3",
    title="What else the merge brings",
    why="A merge deploys all of main: what waits there, failed there or was rolled back goes with it, unasked.",
    expected="What runs is main's newest commit; or the operations manager has acknowledged what goes along",
    fix="Release or take back what waits first, or have it acknowledged.",
    permissions=(*STATUS_PERMISSIONS, *EXECUTION_PERMISSIONS),
    runbook="docs/runbooks/deployment.md",
)
def carried_along(context: GateContext) -> Outcome:
    pull, deployed = context.pull, context.deployed
    if deployed.execution_id is None:
        return passed(f"{context.outputs.stack} has deployed nothing yet: all of {pull.base} is deployed with it.")
    if not deployed.confirmed or deployed.revision is None:
        fix = f"`release verify --stack {context.outputs.stack}` says what is wrong."
        return inconclusive(f"What runs is not certain. {deployed.doubt}", fix=fix)
    found, runs = context.carried, deployed.revision[:12]
    evidence: dict[str, object] = {"deployed": deployed.revision, "carried": [sha for sha, _ in found.commits]}
    if found.behind:
        lacking = count(found.behind, "commit")
        return failed(
            f"{pull.base} lacks {lacking} of what runs, {runs}: somebody has rewritten it.", evidence=evidence
        )
    if not found.ahead:
        return passed(f"What runs is {pull.base}'s {runs}: nothing goes along.", evidence=evidence)
    wanted = Wanted(What.CARRY, (pull.base_sha,), context.managers, pull.author, context.used)
    comments = context.judged(wanted)
    evidence["comments"] = [one.evidence() for one in comments]
    go, do = ("goes", "does") if found.ahead == 1 else ("go", "do")
    lines = [f"With it {go} {count(found.ahead, 'commit')} of {pull.base} that {do} not run yet:"]
    lines += [f"{sha[:12]} {subject}" for sha, subject in found.commits[:COMMITS_SHOWN]]
    lines += [f"{line(What.CARRY, one.object)}: {one.told()}." for one in comments]
    if any(one.counts for one in comments):
        return passed("\n".join(lines), evidence=evidence)
    who = listing(sorted(context.managers))
    fix = f"Is it meant to go, {who} comments on {pull.url} with this line: `{wanted.line}`; else release or revert it."
    return failed("\n".join(lines), fix=fix, evidence=evidence)
