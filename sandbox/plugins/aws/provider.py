"""The stand-in for the AWS plugin: real provider configuration, real AWS calls, a known set of types."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import partial
from importlib.metadata import version

from sandbox.plugins.aws.account import Account
from sandbox.plugins.aws.api import Models
from sandbox.plugins.aws.functions import FUNCTIONS
from sandbox.plugins.aws.types import TYPES
from sandbox.plugins.endpoint import sandbox_only
from sandbox.plugins.resource import Failure, Function, ProviderError, Resource
from sandbox.plugins.values import UNKNOWN, Values

# Settings of the real provider that mean something here, or that may be left unheeded.
_HEEDED = frozenset({"region", "defaultTags", "allowedAccountIds", "forbiddenAccountIds"})
_UNHEEDED = frozenset(
    {"version", "maxRetries", "retryMode", "s3UsePathStyle", "skipCredentialsValidation", "skipMetadataApiCheck",
     "skipRegionValidation", "skipRequestingAccountId"}
)  # fmt: skip


class AwsProvider:
    """One configured instance; credentials and endpoint come from the environment."""

    name = "aws"

    def __init__(self) -> None:
        self.version = version("pulumi_aws")
        self.account = Account(Models())
        self.resources: Mapping[str, Resource] = {kind.token: kind(self.account) for kind in TYPES}
        self.functions: Mapping[str, Function] = {
            token: partial(function, self.account) for token, function in FUNCTIONS.items()
        }

    def check_config(self, config: Values) -> list[Failure]:
        known = _HEEDED | _UNHEEDED
        failures = [
            Failure(name, f"{name}: is not emulated by the sandbox; known are {', '.join(sorted(known))}")
            for name in sorted(config.keys() - known)
        ]
        if not (config.get("region") or _region_of_environment()):
            failures.append(Failure("region", "region: is required, here or as AWS_REGION"))
        return failures

    def configure(self, config: Values) -> None:
        """Take the configuration, and make sure that AWS is there.

        Raises:
            ProviderError: no answer, credentials refused, or an account that is not allowed.
        """
        sandbox_only(os.environ.get("AWS_ENDPOINT_URL"), "AWS_ENDPOINT_URL")
        self.account.region = config.get("region") or _region_of_environment() or ""
        tags = config.get("defaultTags", {}).get("tags", {})
        if self.account.region is UNKNOWN or tags is UNKNOWN:
            raise ProviderError("the region and the default tags of the provider must be known in advance")
        self.account.default_tags = tags
        identity = self.account.api().call("sts", "GetCallerIdentity")
        self.account.account_id = identity["Account"]
        self.account.partition = identity["Arn"].split(":")[1]
        allowed, forbidden = config.get("allowedAccountIds"), config.get("forbiddenAccountIds", [])
        if (allowed and identity["Account"] not in allowed) or identity["Account"] in forbidden:
            raise ProviderError(f"AWS account ID not allowed: {identity['Account']}")


def _region_of_environment() -> str | None:
    return os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
