"""Whose the stack is: who changed it beside the deployment, and which commit its newest operation names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from scripts.checks.context import Context
from scripts.checks.pinned import SOON, start, verify_newest
from scripts.clients.github_errors import GitHubError
from scripts.facts.operations import History, Operation
from scripts.facts.pipeline import Execution
from scripts.facts.stack import Stack
from scripts.results import Outcome, Status, failed, inconclusive, passed, verdict
from scripts.text import listing, utc
from sop.names import Environment

NAME_THE_COMMIT = (
    "Have the buildspec say which commit it deploys, in these lines (`aws cloudformation deploy` cannot): "
    "NAME=release-$CODEBUILD_RESOLVED_SOURCE_VERSION-$CODEBUILD_BUILD_NUMBER; aws cloudformation execute-change-set "
    '--stack-name "$STACK_NAME" --change-set-name "$CHANGE_SET_NAME" --client-request-token "$NAME"'
)
# CloudFormation's words for a change set without changes
NOTHING_TO_CHANGE = ("didn't contain changes", "No updates are to be performed")
SHOWN = 5
# Of other size than the template says, because they scale.
SIZED = ("AWS::AutoScaling::AutoScalingGroup", "AWS::ECS::Service")

# What a repository holds beside what is deployed
_DOCUMENTATION = re.compile(r"(^|/)(docs|\.github|tests?)/|\.(md|txt|rst)$|(^|/)(LICENSE|CODEOWNERS|\.git[a-z]+)$")
_TEMPLATE = re.compile(r"\.(ya?ml|json|template)$")
_BUILD = re.compile(r"(^|/)buildspec[^/]*\.ya?ml$")


@dataclass(frozen=True)
class Change:
    """Something that was done to the stack beside the deployment. `of`: the execution that did it, if one did."""

    operation: Operation
    status: Status
    text: str
    of: Execution | None = None


def changes(context: Context) -> list[Change]:
    """What has been done to the stack since the deployment ended, and before where it is still in force."""
    history: History = context.history
    found = [_later(context, one) for one in history.later]
    found += [_by_hand(one, "which this deployment did not touch") for one in history.aside]
    found += [_by_hand(one, "after this deployment's own operation") for one in _after_own(context, history)]
    return sorted(found, key=lambda one: one.operation.started)


def judge_changes(context: Context, found: Sequence[Change]) -> Outcome | None:
    """FAIL where somebody took away or exchanged something by hand, else INCONCLUSIVE; None if nobody changed it."""
    if not found:
        return None
    worst = verdict(one.status for one in found)
    told = sorted(found, key=lambda one: one.status is not worst)
    lines = [one.text for one in told]
    evidence = {
        "deployed": utc(context.deployed[1]),
        "changes": [
            {"stack": one.operation.stack, "at": utc(one.operation.started), "operation": one.operation.token}
            for one in found
        ],
    }
    deployments = [one.of for one in found if one.of]
    if deployments and len(deployments) == len(found):
        return inconclusive("\n".join(lines), fix=f"{verify_newest(context)}.", evidence=evidence)
    fix = (
        "Find out who did it (CloudTrail: `aws cloudtrail lookup-events --lookup-attributes "
        f"AttributeKey=ResourceName,AttributeValue={told[0].operation.stack} --region {context.outputs.region}`), and "
        f"release again what should run: {start(context)}"
    )
    judged = failed if worst is Status.FAIL else inconclusive
    return judged("\n".join(lines), fix=fix, evidence=evidence)


def _after_own(context: Context, history: History) -> list[Operation]:
    """What was done while Deploy was still at work, but after it had carried out its commit."""
    revision = context.execution.revision if context.execution else None
    own = [number for number, one in enumerate(history.during) if revision and one.commit == revision]
    return list(history.during[own[-1] + 1 :]) if own else []


def _later(context: Context, operation: Operation) -> Change:
    own = context.execution
    for one in context.executions.read:
        newer = own is None or (one.id != own.id and one.started > own.started)
        if newer and operation.of_root and operation.commit in one.revisions and one.started <= operation.started:
            back = ", and CloudFormation took it back" if "ROLLBACK" in operation.status else ""
            text = f"Execution {one.id} deployed revision {one.revisions[0][:12]} at {utc(operation.started)}{back}."
            return Change(operation, Status.INCONCLUSIVE, text, one)
    return _by_hand(operation, "after this deployment, by no execution of the pipeline")


def _by_hand(operation: Operation, how: str) -> Change:
    damage = operation.damage()
    alone = "" if operation.of_root else " (a nested stack, by itself)"
    by = f"client request token {operation.token}" if operation.token else "no client request token"
    if damage:
        what = listing(damage[:SHOWN]) if len(damage) <= SHOWN else f"{', '.join(damage[:SHOWN])} and more"
    else:
        names = list(dict.fromkeys(one.resource for one in operation.everything if not one.of_the_stack))
        what = f"{listing(names[:SHOWN]) or 'no resource'} changed in place"
    text = (
        f"{what[0].upper()}{what[1:]}: {operation.stack}{alone} was changed at {utc(operation.started)}, {how} ({by}), "
        f"and is {operation.status}."
    )
    return Change(operation, Status.FAIL if damage else Status.INCONCLUSIVE, text)


def judge_revision(context: Context, stack: Stack, evidence: dict[str, object]) -> Outcome:
    """Whether the stack's newest operation is of the commit that the execution is to release."""
    execution, history = context.execution, context.history
    revision = execution.revision if execution else None
    if revision is None:
        several = listing(execution.revisions if execution else ()) or "none"
        return inconclusive(
            f"Which commit the stack should be of is not known: the execution's source revisions are {several}.",
            evidence=evidence,
        )
    operation = history.deployed
    if operation is None:
        return _untouched(context, stack, revision, evidence)
    said = f"{stack.status} since the change of {utc(stack.changed)}"
    if not operation.complete:
        again = "Run the same command again in a minute."
        observed = f"{said}, but its events end with {operation.status}."
        return inconclusive(observed, fix=again, evidence=evidence, again_at=context.now + SOON)
    evidence = {**evidence, "operation": operation.token, "deployed_revision": operation.commit}
    if operation.commit == revision:
        others = [one for one in history.during[:-1] if one.commit != revision]
        remarks = [f"remark: {_by_hand(one, 'just before its own operation').text}" for one in others]
        return passed("\n".join((f"{said}, of revision {revision[:12]}.", *remarks)), evidence=evidence)
    if operation.commit is None:
        by = f"client request token {operation.token!r}" if operation.token else "no client request token"
        return inconclusive(
            f"{said}, but of which commit its events do not say: they have {by}.",
            fix=NAME_THE_COMMIT,
            evidence=evidence,
        )
    return failed(
        f"{said}, of revision {operation.commit[:12]}, not of {revision[:12]}, which this execution is to release.",
        fix="See in Deploy's log which commit it deployed, and why.",
        evidence=evidence,
    )


def with_drift(context: Context, outcome: Outcome) -> Outcome:
    """The outcome with what CloudFormation found otherwise than the templates say, where somebody had it look."""
    drifted = sorted(
        (one for one in context.drifted if one.deleted or one.type not in SIZED), key=lambda one: not one.deleted
    )
    if not drifted:
        return outcome
    named = [f"{one.resource} ({'deleted' if one.deleted else 'modified'})" for one in drifted[:SHOWN]]
    shown = f"{', '.join(named)} and more" if len(drifted) > SHOWN else listing(named)
    text = f"Otherwise than the templates say, found by drift detection since the deployment: {shown}."
    show = "aws cloudformation describe-stack-resource-drifts --stack-resource-drift-status-filters MODIFIED DELETED"
    fix = (
        f"See what differs with `{show} --stack-name {drifted[0].stack} --region {context.outputs.region}`, and "
        f"release again what should run: {start(context)}"
    )
    finding = (failed if drifted[0].deleted else inconclusive)(text, fix=fix)
    worst = finding if verdict((outcome.status, finding.status)) is not outcome.status else outcome
    return replace(worst, observed=f"{outcome.observed}\n{text}", evidence=outcome.evidence)


def _untouched(context: Context, stack: Stack, revision: str, evidence: dict[str, object]) -> Outcome:
    """Deploy succeeded and changed nothing: right where there was nothing to change."""
    before = context.history.before
    commit = before.commit if before else None
    told = f"Deploy changed nothing; the stack is {stack.status} since the change of {utc(stack.changed)}"
    evidence = {**evidence, "deployed_revision": commit}
    if commit == revision:
        return passed(f"{told}, of revision {revision[:12]}, which was deployed then.", evidence=evidence)
    if found := _change_set_without_changes(context, revision):
        return passed(f"{told}. CloudFormation found nothing to change in it (change set {found}).", evidence=evidence)
    if commit is None:
        return inconclusive(
            f"{told}. Of which commit that is its events do not say.", fix=NAME_THE_COMMIT, evidence=evidence
        )
    return _by_what_was_merged(context, f"{told}, of revision {commit[:12]}", commit, revision, evidence)


def _by_what_was_merged(
    context: Context, told: str, commit: str, revision: str, evidence: dict[str, object]
) -> Outcome:
    fix = "See in Deploy's log why it did nothing."
    try:
        files = context.github.changed_files(commit, revision) if context.github else None
    except GitHubError as problem:
        unknown = f"What the commits up to {revision[:12]} changed is not known: {problem.message}"
        return inconclusive(f"{told}. {unknown}", fix=fix, evidence=evidence)
    if files is None:
        return inconclusive(
            f"{told}. What the commits up to {revision[:12]} changed is not known.", fix=fix, evidence=evidence
        )
    deployed = list(_deployed(files, context.outputs.environment))
    merged = f"The commits up to {revision[:12]} change"
    shown = f"{', '.join(deployed[:SHOWN])}{' and more' if len(deployed) > SHOWN else ''}"
    if any(_TEMPLATE.search(one) and not _BUILD.search(one) for one in deployed):
        return failed(f"{told}. {merged} {shown}, which is not released.", fix=fix, evidence=evidence)
    if deployed:
        return inconclusive(f"{told}. {merged} {shown}; it may not be released.", fix=fix, evidence=evidence)
    return passed(f"{told}. {merged} nothing that is deployed.", evidence=evidence)


def _change_set_without_changes(context: Context, revision: str) -> str | None:
    """The change set by which CloudFormation compared this commit with the stack while Deploy was at work."""
    started, ended = context.deployed
    pages = context.aws.cloudformation.get_paginator("list_change_sets").paginate(
        StackName=context.outputs.cloudformation_stack_name
    )
    for one in (one for page in pages for one in page.get("Summaries", [])):
        name, at = one.get("ChangeSetName", ""), one.get("CreationTime")
        of_this = name.startswith(f"release-{revision}-") and at is not None and started <= at <= ended
        empty = any(words in one.get("StatusReason", "") for words in NOTHING_TO_CHANGE)
        if of_this and empty and one.get("Status") == "FAILED":
            return name
    return None


def _deployed(files: Sequence[str], environment: str) -> Iterator[str]:
    """Those that may bear on what runs in the environment."""
    others = {str(one) for one in Environment} - {environment}
    for file in files:
        of_another = PurePosixPath(file).parent.name == "parameters" and PurePosixPath(file).stem in others
        if not _DOCUMENTATION.search(file) and not of_another:
            yield file
