"""Which pushes start which pipelines."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from sandbox.aws.codepipeline.actions import SOURCE_PROVIDERS
from sandbox.aws.codepipeline.runs import Declaration

if TYPE_CHECKING:
    from sandbox.github.host import Push


def watching_source(pipeline: Declaration, push: Push) -> Declaration | None:
    """The source action that this push starts the pipeline for, if any does."""
    for action in pipeline["stages"][0]["actions"]:
        if (
            action["actionTypeId"]["provider"] in SOURCE_PROVIDERS
            and action["configuration"]["FullRepositoryId"] == push.repository
            and _matches(pipeline, action, push)
        ):
            return action
    return None


def _matches(pipeline: Declaration, action: Declaration, push: Push) -> bool:
    """By the pipeline's triggers if it declares any, else by the source action's own branch."""
    declared = [
        trigger["gitConfiguration"]
        for trigger in pipeline.get("triggers", [])
        if trigger["gitConfiguration"]["sourceActionName"] == action["name"]
    ]
    if declared:
        return any(_passes(filters, push) for git in declared for filters in git.get("push", []))
    configuration = action["configuration"]
    return configuration.get("DetectChanges", "true") == "true" and configuration["BranchName"] == push.branch


def _passes(filters: Declaration, push: Push) -> bool:
    if "tags" in filters:
        return False
    return _included(filters.get("branches", {}), [push.branch]) and _included(filters.get("filePaths", {}), push.files)


def _included(patterns: Declaration, names: list[str]) -> bool:
    """Some name is among the includes (all are, where there are none) and none of the excludes."""
    return not patterns or any(
        any(fnmatchcase(name, pattern) for pattern in patterns.get("includes", ["*"]))
        and not any(fnmatchcase(name, pattern) for pattern in patterns.get("excludes", []))
        for name in names
    )
