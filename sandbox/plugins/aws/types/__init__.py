"""The resource types that the sandbox knows, one module a service."""

from __future__ import annotations

from sandbox.plugins.aws.resource import AwsResource
from sandbox.plugins.aws.types import (
    chatbot,
    cloudwatch,
    codebuild,
    codepipeline,
    events,
    iam,
    kms,
    logs,
    s3,
    s3_objects,
    scheduler,
    secretsmanager,
    sns,
)

MODULES = (
    *(chatbot, cloudwatch, codebuild, codepipeline, events, iam, kms, logs),
    *(s3, s3_objects, scheduler, secretsmanager, sns),
)

TYPES: tuple[type[AwsResource], ...] = tuple(kind for module in MODULES for kind in module.TYPES)
