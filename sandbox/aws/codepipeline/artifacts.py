"""Artifacts: zips in the pipeline's bucket, encrypted with its key."""

from __future__ import annotations

import secrets
import string
from typing import TYPE_CHECKING, Any

from sandbox.aws.codepipeline.runs import Artifact, Declaration, Revision

if TYPE_CHECKING:
    from sandbox.core.account import Account

_ALPHABET = string.ascii_letters + string.digits
_PIPELINE_CHARACTERS = 20
_ARTIFACT_CHARACTERS = 10
UPLOAD_ACL = "bucket-owner-full-control"  # with which the source action uploads, whatever the bucket makes of it


class ArtifactStore:
    """One pipeline's artifact store. S3's own errors (botocore's ClientError) come through."""

    def __init__(self, account: Account, pipeline: Declaration) -> None:
        self._s3: Any = account.client("s3")
        self._pipeline = pipeline["name"]
        store: Declaration = pipeline.get("artifactStore") or pipeline["artifactStores"][account.region]
        self.bucket: str = store["location"]
        self.key_id: str | None = store.get("encryptionKey", {}).get("id")

    def put(self, name: str, content: bytes, revision: Revision | None = None, *, acl: str | None = None) -> Artifact:
        suffix = "".join(secrets.choice(_ALPHABET) for _ in range(7))
        key = f"{self._pipeline[:_PIPELINE_CHARACTERS]}/{name[:_ARTIFACT_CHARACTERS]}/{suffix}"
        encryption = {"ServerSideEncryption": "aws:kms"}
        if self.key_id:
            encryption["SSEKMSKeyId"] = self.key_id
        more = encryption | ({"ACL": acl} if acl else {})
        self._s3.put_object(Bucket=self.bucket, Key=key, Body=content, **more)
        return Artifact(name, self.bucket, key, revision)

    def get(self, artifact: Artifact) -> bytes:
        return self._s3.get_object(Bucket=artifact.bucket, Key=artifact.key)["Body"].read()
