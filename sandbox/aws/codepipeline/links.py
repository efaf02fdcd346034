"""Links into the AWS console, written as CodePipeline writes them: nothing in them is percent-encoded."""

from __future__ import annotations

from collections.abc import Mapping


def project_url(region: str, project: str) -> str:
    """A CodeBuild project."""
    return f"https://console.aws.amazon.com/codebuild/home?region={region}#/projects/{project}/view"


def source_url(region: str, configuration: Mapping[str, str], kind: str, name: str) -> str:
    """A BRANCH or a COMMIT of a source action's repository, by way of its connection."""
    return (
        f"https://{region}.console.aws.amazon.com/codesuite/settings/connections/redirect"
        f"?connectionArn={configuration['ConnectionArn']}&referenceType={kind}"
        f"&FullRepositoryId={configuration['FullRepositoryId']}&{kind.capitalize()}={name}"
    )
