"""What a stage was given of an execution's artifacts, and whether it still is in the bucket."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_codepipeline.client import CodePipelineClient
    from mypy_boto3_s3.client import S3Client


@dataclass(frozen=True)
class Artifact:
    """One object of the artifact store."""

    name: str
    bucket: str
    key: str

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}"


def read_inputs(client: CodePipelineClient, pipeline: str, execution_id: str, stage: str) -> tuple[Artifact, ...]:
    """The artifacts that the stage's actions were given, each once."""
    pages = client.get_paginator("list_action_executions").paginate(
        pipelineName=pipeline, filter={"pipelineExecutionId": execution_id}
    )
    found: dict[Artifact, None] = {}
    for detail in (one for page in pages for one in page.get("actionExecutionDetails", [])):
        if detail.get("pipelineExecutionId") != execution_id or detail.get("stageName") != stage:
            continue
        for given in detail.get("input", {}).get("inputArtifacts", []):
            place = given.get("s3location", {})
            found[Artifact(given.get("name", ""), place.get("bucket", ""), place.get("key", ""))] = None
    return tuple(found)


def is_there(client: S3Client, artifact: Artifact) -> bool:
    """Whether the object is there, as the bucket's list has it: nobody who asks needs to read an artifact."""
    pages = client.get_paginator("list_object_versions").paginate(Bucket=artifact.bucket, Prefix=artifact.key)
    versions = (one for page in pages for one in page.get("Versions", []))
    return any(one.get("Key") == artifact.key and one.get("IsLatest") for one in versions)
