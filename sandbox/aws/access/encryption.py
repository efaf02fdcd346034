"""The use of KMS keys that S3 makes with its caller's own permissions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from moto.s3.models import FakeBucket, FakeDeleteMarker, s3_backends

from sandbox.iam.calls import Ask
from sandbox.iam.request import Value

if TYPE_CHECKING:
    from sandbox.aws.access.surroundings import AccountSurroundings
    from sandbox.aws.service import Params

_WRITES = ("CopyObject", "CreateMultipartUpload", "PutObject")
# A part is encrypted with the upload's data key, which is decrypted for it
_READS = ("CompleteMultipartUpload", "GetObject", "UploadPart")
# What S3 says to KMS with every use, and what it doesn't: the rest of what a key's policy can ask about
_KNOWN = (
    "kms:encryptioncontext:",
    "kms:encryptioncontextkeys",
    "kms:encryptionalgorithm",
    "kms:viaservice",
    "kms:calleraccount",
    "kms:grantisforawsresource",
    "kms:requestalias",
    "kms:resourcealiases",
    "aws:resourcetag/",
)


def uses_of_keys(service: str, operation: str, params: Params, where: AccountSurroundings) -> Iterator[Ask]:
    """What an operation on an object asks of the key that encrypts it. AWS's own key aws/s3 needs no permission."""
    if service != "s3" or operation not in (*_WRITES, *_READS):
        return
    bucket = s3_backends[where.account_id]["aws"].buckets.get(params["Bucket"])
    if bucket is None:
        return
    key = _key_of_request(params, bucket) if operation in _WRITES else _key_of_object(params, bucket)
    arn = where.arn("kms", "key", key) if key else None
    if arn is None:
        return
    action = "kms:GenerateDataKey" if operation in _WRITES else "kms:Decrypt"
    yield use(
        action, arn, where, service="s3", context="aws:s3:arn", value=f"arn:aws:s3:::{params['Bucket']}/{params['Key']}"
    )


def use(action: str, key_arn: str, where: AccountSurroundings, *, service: str, context: str, value: str) -> Ask:
    """A service's use of a key with this encryption context, on behalf of whoever called it."""
    keys: dict[str, Value] = {
        "kms:ViaService": f"{service}.{where.region}.amazonaws.com",
        "kms:CallerAccount": where.account_id,
        f"kms:EncryptionContext:{context}": value,
        "kms:EncryptionContextKeys": (context,),
        "aws:ViaAWSService": "true",
    }
    tags = {f"aws:ResourceTag/{name}": value for name, value in (where.tags(key_arn) or {}).items()}
    return Ask(action, key_arn, keys | tags, _KNOWN)


def _key_of_request(params: Params, bucket: FakeBucket) -> str | None:
    if "ServerSideEncryption" in params:
        return params.get("SSEKMSKeyId") if params["ServerSideEncryption"].startswith("aws:kms") else None
    return _default_key(bucket)


def _default_key(bucket: FakeBucket) -> str | None:
    rules: Any = (bucket.encryption or {}).get("Rule", [])
    for rule in rules if isinstance(rules, list) else [rules]:
        default = rule.get("ApplyServerSideEncryptionByDefault", {})
        if str(default.get("SSEAlgorithm", "")).startswith("aws:kms"):
            return default.get("KMSMasterKeyID")
    return None


def _key_of_object(params: Params, bucket: FakeBucket) -> str | None:
    found = bucket.keys.get(params["Key"])
    if found is None:
        return _default_key(bucket)  # a part of an upload
    if isinstance(found, FakeDeleteMarker):
        return None
    return found.kms_key_id if str(found.encryption or "").startswith("aws:kms") else None
