"""The source action CodeStarSourceConnection: a commit becomes a zip in the artifact bucket."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sandbox.aws.access import ACCESS
from sandbox.aws.codepipeline.artifacts import UPLOAD_ACL, ArtifactStore
from sandbox.aws.codepipeline.links import source_url
from sandbox.aws.codepipeline.model import Execution, Pipeline
from sandbox.aws.codepipeline.role import take_role
from sandbox.aws.codepipeline.runs import ActionRun, Outcome, Revision
from sandbox.aws.ports import CONNECTIONS
from sandbox.aws.service import AwsError
from sandbox.github import github_of
from sandbox.repository import UnknownRevisionError

if TYPE_CHECKING:
    from sandbox.core.account import Account
    from sandbox.repository import Commit

_SUMMARY_CHARACTERS = 2048


class SourceAction:
    """Reads the branch's head, or the revision that the execution was started with."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def __call__(self, pipeline: Pipeline, execution: Execution, action: ActionRun) -> Outcome:
        configuration = action.configuration
        arn, branch = configuration["ConnectionArn"], configuration["BranchName"]
        access = self._account.reach(ACCESS)
        role = take_role(self._account, pipeline, execution)
        access.require_connection(
            role,
            ["UseConnection"],
            arn,
            "AccessDeniedException",
            FullRepositoryId=configuration["FullRepositoryId"],
            BranchName=branch,
        )
        self._account.reach(CONNECTIONS).require_available(arn)
        github = github_of(self._account)
        if configuration["FullRepositoryId"] != github.full_name:
            raise AwsError(
                "ConnectionError",
                f"[GitHub] No repository {configuration['FullRepositoryId']} found, or the connection "
                "may not read it (the name is case-sensitive)",
            )
        wanted = execution.source_revisions.get(action.name, f"refs/heads/{branch}")
        try:
            commit = github.repository.commit(wanted)
        except UnknownRevisionError as error:
            raise AwsError("ConnectionError", f"[GitHub] No Branch [{branch}] found: {error}") from error
        store = ArtifactStore(self._account, pipeline.declaration)
        revision = self._revision(commit, configuration)
        (output,) = action.declaration["outputArtifacts"]
        with access.acting(role):
            artifact = store.put(output["name"], github.repository.archive(commit.sha), revision, acl=UPLOAD_ACL)
        action.external_id, action.external_url = commit.sha, revision.url
        return Outcome(True, revision.summary, outputs=(artifact,), variables=_variables(commit, configuration))

    def _revision(self, commit: Commit, configuration: dict[str, str]) -> Revision:
        summary = json.dumps(
            {"ProviderType": "GitHub", "CommitMessage": commit.message[: _SUMMARY_CHARACTERS // 2]},
            separators=(",", ":"),
        )
        return Revision(
            id=commit.sha,
            summary=summary,
            url=source_url(self._account.region, configuration, "COMMIT", commit.sha),
            created=self._account.clock.now(),
        )


def _variables(commit: Commit, configuration: dict[str, str]) -> dict[str, str]:
    return {
        "AuthorDate": commit.authored.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "AuthorDisplayName": commit.author,
        "AuthorEmail": commit.email,
        "AuthorId": commit.author,
        "BranchName": configuration["BranchName"],
        "CommitId": commit.sha,
        "CommitMessage": commit.message,
        "ConnectionArn": configuration["ConnectionArn"],
        "FullRepositoryName": configuration["FullRepositoryId"],
    }
