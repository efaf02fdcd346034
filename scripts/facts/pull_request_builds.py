"""What the pull-request check itself says of a commit: its builds in CodeBuild, which nobody can set by hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

from scripts.errors import PromisedResourceMissingError

if TYPE_CHECKING:
    from mypy_boto3_codebuild.client import CodeBuildClient

SUCCEEDED, IN_PROGRESS = "SUCCEEDED", "IN_PROGRESS"
MOST_PAGES = 3  # of a hundred builds each


@dataclass(frozen=True)
class Build:
    """One run of the check."""

    id: str
    status: str
    commit: str
    started: datetime | None

    @property
    def runs(self) -> bool:
        return self.status == IN_PROGRESS


def newest_build_of(client: CodeBuildClient, project: str, commit: str) -> Build | None:
    """The project's newest build of that commit; None if none of its newest three hundred is.

    Raises:
        PromisedResourceMissingError: there is no such project.
    """
    pages = client.get_paginator("list_builds_for_project").paginate(projectName=project, sortOrder="DESCENDING")
    try:
        for page in islice(pages, MOST_PAGES):
            ids = page.get("ids", [])
            found = [
                Build(one.get("id", ""), one.get("buildStatus", ""), commit, one.get("startTime"))
                for one in (client.batch_get_builds(ids=ids).get("builds", []) if ids else [])
                if one.get("resolvedSourceVersion") == commit and one.get("projectName") == project
            ]
            if found:
                # newest first across pages; within a page the time decides
                return max(found, key=lambda one: one.started.timestamp() if one.started else 0.0)
    except client.exceptions.ResourceNotFoundException:
        raise PromisedResourceMissingError(f"The project {project} does not exist.") from None
    return None
