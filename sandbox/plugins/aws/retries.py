"""Which refusals the real provider takes for eventual consistency, and how long it tries again in silence.

Read from terraform-provider-aws 6.58.0, operation by operation. What is not here fails at once: UpdatePipeline,
CreateWebhook, PutRolePolicy, and CreateProject where the connection refuses (OAuthProviderException).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_MINUTE = 60
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 10.0


@dataclass(frozen=True)
class Retry:
    """An error code and words of its message; for so many seconds the same call is made again."""

    code: str
    words: str = ""
    seconds: int = 2 * _MINUTE

    def covers(self, code: str, message: str) -> bool:
        return code == self.code and self.words in message

    def pauses(self) -> Iterator[float]:
        """Seconds between one attempt and the next, as long as there is to be one."""
        pause, waited = _FIRST_PAUSE, 0.0
        while waited < self.seconds:
            yield pause
            waited += pause
            pause = min(2 * pause, _LONGEST_PAUSE)


_NO_BUCKET = Retry("NoSuchBucket")
_PRINCIPAL = Retry("MalformedPolicyDocument", "Invalid principal in policy")
_ROLE_OF_SCHEDULES = Retry("ValidationException", "must allow AWS EventBridge Scheduler to assume the role")
_ROLE_OF_BUILDS = Retry("InvalidInputException", "ot authorized to perform")

RETRIES: Mapping[tuple[str, str], tuple[Retry, ...]] = {
    ("chatbot", "DeleteSlackChannelConfiguration"): (Retry("DependencyViolation", seconds=20 * _MINUTE),),
    ("codebuild", "CreateProject"): (_ROLE_OF_BUILDS,),
    ("codebuild", "UpdateProject"): (_ROLE_OF_BUILDS,),
    ("codepipeline", "CreatePipeline"): (Retry("InvalidStructureException", "not authorized"),),
    ("events", "DeleteRule"): (
        Retry("ValidationException", "Rule can't be deleted since it has targets", 5 * _MINUTE),
    ),
    ("events", "PutRule"): (Retry("ValidationException", "cannot be assumed by principal"),),
    ("iam", "CreateRole"): (_PRINCIPAL, Retry("ConcurrentModification")),
    ("iam", "DeleteRole"): (Retry("DeleteConflict"),),
    ("iam", "UpdateAssumeRolePolicy"): (_PRINCIPAL,),
    ("kms", "CreateAlias"): (Retry("NotFoundException", seconds=10 * _MINUTE),),
    ("kms", "CreateKey"): (Retry("MalformedPolicyDocumentException"),),
    ("logs", "DeleteLogGroup"): (Retry("OperationAbortedException", "try again", _MINUTE),),
    ("s3", "CreateBucket"): (Retry("OperationAborted"),),
    ("s3", "PutBucketEncryption"): (_NO_BUCKET, Retry("OperationAborted")),
    ("s3", "PutBucketLifecycleConfiguration"): (_NO_BUCKET,),
    ("s3", "PutBucketPolicy"): (_NO_BUCKET, Retry("MalformedPolicy")),
    ("s3", "PutBucketVersioning"): (_NO_BUCKET,),
    ("s3", "PutPublicAccessBlock"): (_NO_BUCKET,),
    ("scheduler", "CreateSchedule"): (_ROLE_OF_SCHEDULES,),
    ("scheduler", "UpdateSchedule"): (_ROLE_OF_SCHEDULES,),
    # Any invalid parameter, so a policy that names nobody there is refused after two minutes.
    ("sns", "SetTopicAttributes"): (Retry("InvalidParameter"),),
}
