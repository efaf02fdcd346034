"""Who agrees (SOP 3.4): team members, and the operations manager."""

from __future__ import annotations

from collections.abc import Sequence

from scripts.checks.framework import check
from scripts.gate.approvals import Opinion, is_among
from scripts.gate.checks.flow import hotfix_comments
from scripts.gate.context import GateContext, Kind
from scripts.results import Outcome, failed, passed, skipped
from scripts.text import count, listing
from sop.names import Environment

WHO = "the operations manager"


@check(
    id="approvals",
    sop="3.4",
    title="Approval by team members",
    why="GitHub counts an approval of a commit that nobody looked at again, and a bypass needs none at all.",
    expected="Approvals of people with write access, each of the head's own diff, neither the author's nor a bot's: "
    "two for prod, one for dev and for a hotfix; and nobody asks for changes",
    fix="Have it reviewed by people with write access who are not its author.",
    permissions=(),
    runbook="docs/runbooks/deployment.md",
)
def approvals(context: GateContext) -> Outcome:
    if context.kind is Kind.TAKE_BACK:
        return skipped("A take-back needs the operations manager's review alone.")
    found, needed = context.opinions, context.needed_approvals
    managers = context.managers if _manager_is_asked(context) else frozenset[str]()
    apart = [one for one in found if one.counts and _apart(context, one, managers)]
    counted = [one for one in found if one.counts and one not in apart]
    against = [one for one in found if one.refuses]
    evidence = {
        "needed": needed,
        "counted": [one.by.login for one in counted],
        "manager_counts": context.outputs.manager_counts,
        "opinions": [dict(one.evidence()) for one in found],
    }
    wanted = count(needed, "approval")
    expected = f"{wanted} by people with write access, of the head's own diff; nobody asks for changes"
    enough = f"{count(len(counted), 'approval')}, {needed} needed" if len(counted) > needed else ""
    lines = [f"{enough or f'{len(counted)} of {wanted}'}{_by(counted)}.", *(f"{one.told()}." for one in found)]
    lines += [f"{one.by}'s is {WHO}'s, and not counted among these." for one in apart]
    if against:
        lines.insert(0, f"{listing([str(one.by) for one in against])} asks for changes.")
        fix = f"Settle it with {listing([str(one.by) for one in against])}, who then approves: {context.pull.url}"
        return failed("\n".join(lines), expected=expected, fix=fix, evidence=evidence)
    if len(counted) < needed:
        missing = count(needed - len(counted), "more review")
        fix = f"Ask for {missing} of people with write access, not {context.pull.author}: {context.pull.url}/files"
        return failed("\n".join(lines), expected=expected, fix=fix, evidence=evidence)
    return passed("\n".join(lines), expected=expected, evidence=evidence)


def _manager_is_asked(context: GateContext) -> bool:
    return context.outputs.environment != Environment.DEV and not context.outputs.manager_counts


def _apart(context: GateContext, one: Opinion, managers: frozenset[str]) -> bool:
    """Whether it is the operations manager's approval, which stands beside the others; a hotfix has a single one."""
    return context.kind is not Kind.HOTFIX and is_among(one.by, managers)


def _by(found: Sequence[Opinion]) -> str:
    return f": {listing([str(one.by) for one in found])}" if found else ""


@check(
    id="operations-approval",
    sop="3.4",
    title="Approval by the operations manager",
    why="Who answers for production has to know what goes there.",
    expected="The operations manager approves the head's own diff, or the hotfix",
    fix="Ask the operations manager for a review.",
    permissions=(),
    runbook="docs/runbooks/deployment.md",
)
def operations_approval(context: GateContext) -> Outcome:
    managers = context.managers
    named = listing(sorted(managers))
    theirs = context.of_managers
    comments = hotfix_comments(context) if context.kind is Kind.HOTFIX else ()
    evidence = {
        "managers": sorted(managers),
        "manager_counts": context.outputs.manager_counts,
        "opinions": [dict(one.evidence()) for one in theirs],
        "hotfix": [one.evidence() for one in comments],
    }
    lines = [f"{one.told()}." for one in theirs] + [f"{one.told()}." for one in comments]
    if len(managers) == 1:
        lines.append(f"Nobody stands in for {named}.")
    if not managers:
        fix = f"Add somebody to {context.outputs.operations_manager} on GitHub."
        return failed(f"{context.outputs.operations_manager} has no members.", fix=fix, evidence=evidence)
    if any(one.counts for one in theirs) or any(one.counts for one in comments):
        by = [str(one.by) for one in theirs if one.counts] or [str(one.comment.by) for one in comments if one.counts]
        also = " It counts as one of the team members' too." if context.outputs.manager_counts else ""
        return passed("\n".join([f"{listing(by)} approves.{also}", *lines]), evidence=evidence)
    others = sorted(one for one in managers if one.lower() != context.pull.author.login.lower())
    if not others:
        fix = f"Have somebody else open the pull request, or add somebody to {context.outputs.operations_manager}."
        return failed("\n".join([f"{named} is its author, and nobody else may.", *lines]), fix=fix, evidence=evidence)
    fix = f"Ask {listing(others)} for a review: {context.pull.url}/files"
    return failed("\n".join([f"{named} has not approved it.", *lines]), fix=fix, evidence=evidence)
