# ruff: noqa: RUF012 -- the base class declares these tables
"""Secrets of Secrets Manager, and their values."""

from __future__ import annotations

from sandbox.plugins.aws.api import Api, ApiError, Params
from sandbox.plugins.aws.mapping import COMPUTED
from sandbox.plugins.aws.resource import AwsResource
from sandbox.plugins.aws.tags import plain
from sandbox.plugins.values import Values

_USUAL_WINDOW = 30  # days
_CURRENT = "AWSCURRENT"


class Secret(AwsResource):
    token = "aws:secretsmanager/secret:Secret"
    service = "secretsmanager"
    request = "CreateSecret"
    unset = {"kmsKeyId": COMPUTED, "policy": COMPUTED}
    own = frozenset({"recoveryWindowInDays", "forceOverwriteReplicaSecret"})
    not_emulated = frozenset({"namePrefix", "policy", "replicas"})
    computed = {"arn": "ARN"}
    replaces = frozenset({"name", "region"})
    autoname = "name"

    def insert(self, api: Api, document: Params, inputs: Values) -> tuple[str, Params]:
        answer = api.call("secretsmanager", "CreateSecret", document | self.request_tags(inputs))
        return answer["ARN"], answer

    def find(self, api: Api, identifier: str, inputs: Values) -> Params | None:
        found = api.call("secretsmanager", "DescribeSecret", {"SecretId": identifier})
        if found.get("DeletedDate"):
            return None
        api.call("secretsmanager", "GetResourcePolicy", {"SecretId": identifier})
        return found | {"tags": found.get("Tags")}

    def change(self, api: Api, identifier: str, document: Params, old: Values, new: Values) -> None:
        """The provider leaves alone what is not said to be otherwise, the tags too."""
        changed = {name: document[name] for name in ("Description", "KmsKeyId") if name in document}
        if any(old.get(name) != new.get(name) for name in ("description", "kmsKeyId")):
            api.call("secretsmanager", "UpdateSecret", {"SecretId": identifier, **changed})
        before, wanted = plain(old.get("tagsAll")), plain(new.get("tagsAll"))
        if gone := sorted(before.keys() - wanted.keys()):
            api.call("secretsmanager", "UntagResource", {"SecretId": identifier, "TagKeys": gone})
        if put := [{"Key": key, "Value": value} for key, value in wanted.items() if before.get(key) != value]:
            api.call("secretsmanager", "TagResource", {"SecretId": identifier, "Tags": put})

    def remove(self, api: Api, identifier: str, inputs: Values) -> None:
        days = inputs.get("recoveryWindowInDays", _USUAL_WINDOW)
        how = {"RecoveryWindowInDays": days} if days else {"ForceDeleteWithoutRecovery": True}
        api.call("secretsmanager", "DeleteSecret", {"SecretId": identifier, **how})


class SecretVersion(AwsResource):
    token = "aws:secretsmanager/secretVersion:SecretVersion"
    service = "secretsmanager"
    request = "PutSecretValue"
    unset = {"versionStages": COMPUTED}
    own = frozenset({"secretStringWoVersion"})
    not_emulated = frozenset({"secretBinary", "secretStringWo", "versionStages"})
    unordered = frozenset({"versionStages"})
    sensitive = frozenset({"secretString"})
    computed = {"arn": "ARN", "versionId": "VersionId", "hasSecretStringWo": "`false`"}
    replaces = frozenset({"secretId", "secretString", "region"})
    taggable = False

    def insert(self, api: Api, document: Params, inputs: Values) -> tuple[str, Params]:
        answer = api.call("secretsmanager", "PutSecretValue", document)
        return f"{answer['ARN']}|{answer['VersionId']}", answer

    def find(self, api: Api, identifier: str, inputs: Values) -> Params | None:
        """One without a label is as good as deleted; another value under the label is another version's."""
        secret, _, version = identifier.partition("|")
        try:
            found = api.call("secretsmanager", "GetSecretValue", {"SecretId": secret, "VersionId": version})
        except ApiError as error:
            if "marked for deletion" in error.message or "marked deleted" in error.message:
                return None
            raise
        return found | {"SecretId": inputs.get("secretId", secret)} if found.get("VersionStages") else None

    def change(self, api: Api, identifier: str, document: Params, old: Values, new: Values) -> None:
        """Every change is another version."""

    def remove(self, api: Api, identifier: str, inputs: Values) -> None:
        """The current label cannot be taken away, and what has none goes by itself."""


TYPES = (Secret, SecretVersion)
