"""`sandbox push`: a commit to the sample repository as a merge would make it, and what it starts.

Exit codes: 0 when every pipeline it started succeeded or waits for its release window, PIPELINE_FAILED when one
ended otherwise, CHECK_FAILED when a pull request's check is not green, 2 for a branch or change that is not known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from sandbox.commands.exit_codes import CHECK_FAILED
from sandbox.commands.following import Follower, build_tail, codepipeline_of
from sandbox.control import CommandError
from sandbox.github import github_of
from sandbox.github.people import AUTHOR
from sandbox.github.pulls import PullRequest, latest_by_context

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.aws.codebuild.build import Build
    from sandbox.aws.codebuild.service import CodeBuild
    from sandbox.aws.codepipeline.model import Execution
    from sandbox.control import Lines
    from sandbox.github import GitHub
    from sandbox.world import World

DEFAULT_CHANGE = "harmless"
_SHOWN_CHARACTERS = 7
_LOOK_SECONDS = 0.5
_BRANCH = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]*")


def push(world: World, branch: str, change: str | None = None, pull_request: str | None = None) -> Lines:
    """Commit a named change to `branch`; with `pull_request`, open one from `branch` to that branch.

    A pull request from a branch that a pipeline deploys has what is there, and no commit more.
    """
    github = github_of(world)
    if pull_request is not None:
        return (yield from _propose(world, github, branch, pull_request, change))
    if branch not in github.repository.branches():
        known = ", ".join(github.repository.branches())
        raise CommandError(f"the sample repository has no branch {branch}, only {known}; --pull-request makes one")
    return (yield from _merge(world, github, branch, change or DEFAULT_CHANGE))


def _merge(world: World, github: GitHub, branch: str, change: str) -> Lines:
    repository = github.repository
    before = repository.resolve(f"refs/heads/{branch}")
    commit = repository.commit(_changed(github, before, change))
    title = f"Merge branch 'feature/{change}' into {branch}\n\n{commit.message}"
    merged = repository.merge(before, commit.sha, title)
    github.push(branch, merged, AUTHOR)
    yield f"{branch}: {merged[:_SHOWN_CHARACTERS]} {commit.subject}"
    started = list(_started_by(world, merged))
    if not started:
        yield f"No pipeline watches {branch}: `pulumi up` makes the one that does."
    code = 0
    for execution in started:
        yield f"{execution.pipeline}: execution {execution.id} started by the push"
        code = (yield from Follower(world, execution).lines()) or code
    return code


def _propose(world: World, github: GitHub, branch: str, base: str, change: str | None) -> Lines:
    branches = github.repository.branches()
    if base not in branches:
        raise CommandError(f"the sample repository has no branch {base}, only {', '.join(branches)}")
    deployed = branch in world.configured.branches
    if not _BRANCH.fullmatch(branch) or branch == base or (deployed and change):
        raise CommandError(f"{branch} is no branch to commit to and merge from; feature/NAME or hotfix/NAME is")
    sha = branches[branch] if deployed else _changed(github, branches.get(branch, branches[base]), change)
    if github.repository.is_ancestor(sha, branches[base]):
        raise CommandError(f"{base} has all that {branch} has; `sandbox push --branch {branch}` commits to it")
    open_already = github.open_pulls(branch, base)
    if not deployed:
        github.push(branch, sha, AUTHOR)
    subject = github.repository.commit(_written(github, sha)).subject
    yield f"{branch}: {sha[:_SHOWN_CHARACTERS]} {subject}"
    if open_already:
        (pull,) = open_already
        yield f"pull request #{pull.number} to {base}: updated"
    else:
        pull = github.open_pull(title=subject, head=branch, base=base, author=AUTHOR)
        yield f"pull request #{pull.number} to {base}: opened"
    return (yield from _follow_checks(world, github, pull))


def _written(github: GitHub, sha: str) -> str:
    """The commit that somebody wrote, where this one is its merge."""
    parents = github.repository.commit(sha).parents
    return parents[1] if len(parents) > 1 else sha


def _follow_checks(world: World, github: GitHub, pull: PullRequest) -> Lines:
    builds = _checks_of(world, pull)
    protection = github.protections.get(pull.base)
    required = protection.checks.contexts if protection is not None and protection.checks is not None else []
    if not builds:
        yield "No check runs on it: no CodeBuild webhook takes pull requests to this branch."
    for build in builds:
        yield f"{build.project['name']}: build {build.number} started by the pull request"
        while not build.done.wait(_LOOK_SECONDS) and not world.background.stopping.is_set():
            pass
        if build.status != "SUCCEEDED":
            yield from build_tail(world, build.id)
    statuses = latest_by_context(github.statuses(pull.head_sha))
    for context, status in statuses.items():
        yield f"{context}: {status.state} ({status.description})"
    missing = [context for context in required if context not in statuses]
    for context in missing:
        yield f"{context}: required, and not reported"
    green = not missing and all(status.state == "success" for status in statuses.values())
    return 0 if green else CHECK_FAILED


def _checks_of(world: World, pull: PullRequest) -> list[Build]:
    """The builds of this pull request's newest head."""
    codebuild: CodeBuild = world.service("codebuild")
    newest: dict[str, Build] = {}
    for build in codebuild.builds.newest_first():
        if build.source_version == f"pr/{pull.number}" and build.started >= pull.updated:
            newest.setdefault(build.project["name"], build)
    return list(newest.values())


def _changed(github: GitHub, parent: str, change: str | None) -> str:
    """A commit that carries the named change out."""
    from sandbox import changes

    named, sequence = change or DEFAULT_CHANGE, github.repository.commit_count()

    def apply(checkout: Path) -> str:
        return changes.apply(named, checkout, sequence)

    try:
        return github.repository.commit_change(parent, apply)
    except changes.UnknownChangeError as error:
        raise CommandError(str(error)) from error


def _started_by(world: World, sha: str) -> Iterator[Execution]:
    engine = codepipeline_of(world).engine
    with engine.changed:
        for pipeline in engine.pipelines.values():
            for execution in pipeline.executions:
                if sha in execution.source_revisions.values():
                    yield execution
