# ruff: noqa: RUF012 -- the base class declares these tables
"""KMS keys and their aliases."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.plugins.aws.api import Api, ApiError, Params
from sandbox.plugins.aws.declared import Call, Declared
from sandbox.plugins.aws.mapping import COMPUTED
from sandbox.plugins.aws.resource import AwsResource, Setting
from sandbox.plugins.aws.tags import TagOperations
from sandbox.plugins.resource import Failure
from sandbox.plugins.values import UNKNOWN, Values

_GONE = ("PendingDeletion", "PendingReplicaDeletion")
_DELETION_DAYS = range(7, 31)


class Key(AwsResource):
    token = "aws:kms/key:Key"
    service = "kms"
    request = "CreateKey"
    renames = {"customerMasterKeySpec": "KeySpec"}
    unset = {
        "keyUsage": "ENCRYPT_DECRYPT",
        "customerMasterKeySpec": "SYMMETRIC_DEFAULT",
        "policy": COMPUTED,
        "origin": COMPUTED,
    }
    settings = {
        "enableKeyRotation": Setting(default=False),
        "rotationPeriodInDays": Setting(member=("EnableKeyRotation", "RotationPeriodInDays")),
        "isEnabled": Setting(default=True),
    }
    own = frozenset({"deletionWindowInDays", "bypassPolicyLockoutSafetyCheck"})
    not_emulated = frozenset({"customKeyStoreId", "xksKeyId"})
    documents = frozenset({"policy"})
    computed = {"arn": "Arn", "keyId": "KeyId"}
    replaces = frozenset({"customerMasterKeySpec", "keyUsage", "multiRegion", "region"})
    kept = frozenset({"description", "multiRegion", "policy", "rotationPeriodInDays"})
    tagging = TagOperations(read="ListResourceTags")
    tagged_by = "id"

    def rules(self, inputs: Values) -> Iterator[Failure]:
        days = inputs.get("deletionWindowInDays", UNKNOWN)
        if days is not UNKNOWN and days not in _DELETION_DAYS:
            yield Failure("deletionWindowInDays", f"deletionWindowInDays: 7 to 30 days are allowed, found {days}")
        if "rotationPeriodInDays" in inputs and inputs.get("enableKeyRotation", False) is False:
            yield Failure("rotationPeriodInDays", "rotationPeriodInDays: needs enableKeyRotation")

    def insert(self, api: Api, document: Params, inputs: Values) -> tuple[str, Params]:
        answer = api.call("kms", "CreateKey", document | self.request_tags(inputs))
        return answer["KeyMetadata"]["KeyId"], answer

    def find(self, api: Api, identifier: str, inputs: Values) -> Params | None:
        key = {"KeyId": identifier}
        metadata = api.call("kms", "DescribeKey", key)["KeyMetadata"]
        if metadata["KeyState"] in _GONE:
            return None
        rotation = api.call("kms", "GetKeyRotationStatus", key)
        settings = {
            "enableKeyRotation": rotation["KeyRotationEnabled"],
            "rotationPeriodInDays": rotation.get("RotationPeriodInDays"),
            "isEnabled": metadata["Enabled"],
        }
        policy = api.call("kms", "GetKeyPolicy", {**key, "PolicyName": "default"})["Policy"]
        return metadata | {"Policy": policy, "settings": settings}

    def settle(self, api: Api, identifier: str, old: Values, new: Values) -> None:
        key = {"KeyId": identifier}
        # A disabled key takes no other change.
        if new.get("isEnabled", True) and not old.get("isEnabled", True):
            api.call("kms", "EnableKey", key)
        if new.get("enableKeyRotation"):
            days = new.get("rotationPeriodInDays")
            api.call("kms", "EnableKeyRotation", {**key, **({"RotationPeriodInDays": days} if days else {})})
        elif old.get("enableKeyRotation"):
            api.call("kms", "DisableKeyRotation", key)
        if not new.get("isEnabled", True):
            api.call("kms", "DisableKey", key)

    def change(self, api: Api, identifier: str, document: Params, old: Values, new: Values) -> None:
        if "description" in new:
            description = {"KeyId": identifier, "Description": new["description"]}
            api.call("kms", "UpdateKeyDescription", description)
        if "policy" in new:
            policy = {"KeyId": identifier, "PolicyName": "default", "Policy": new["policy"]}
            api.call("kms", "PutKeyPolicy", policy)

    def remove(self, api: Api, identifier: str, inputs: Values) -> None:
        window = {"PendingWindowInDays": inputs.get("deletionWindowInDays", _DELETION_DAYS[-1])}
        try:
            api.call("kms", "ScheduleKeyDeletion", {"KeyId": identifier, **window})
        except ApiError as error:
            if error.code != "KMSInvalidStateException" or "is pending deletion" not in error.message:
                raise


class Alias(Declared):
    token = "aws:kms/alias:Alias"
    service = "kms"
    request = "CreateAlias"
    renames = {"name": "AliasName"}
    not_emulated = frozenset({"namePrefix"})
    updates = "UpdateAlias"
    reads = Call("ListAliases", result="Aliases[?AliasName=='{id}'] | [0]")
    deletes = Call("DeleteAlias", {"AliasName": "{id}"})
    computed = {"arn": "AliasArn", "targetKeyArn": "target_arn"}
    replaces = frozenset({"name", "region"})
    autoname = "name"

    def find(self, api: Api, identifier: str, inputs: Values) -> Params | None:
        found = super().find(api, identifier, inputs)
        if found is None or "TargetKeyId" not in found:
            return None
        target = found["TargetKeyId"]
        arn = self.account.arn("kms", f"key/{target}", api.region)
        # The program may name the key by its id or by its ARN; the service tells the id.
        named = arn if inputs.get("targetKeyId") == arn else target
        return found | {"TargetKeyId": named, "target_arn": arn}

    def rules(self, inputs: Values) -> Iterator[Failure]:
        name = inputs.get("name")
        if isinstance(name, str) and not name.startswith("alias/"):
            yield Failure("name", f"name: {name!r} must begin with alias/")
        if isinstance(name, str) and name.startswith("alias/aws/"):
            yield Failure("name", f"name: {name!r} cannot begin with alias/aws/, which is AWS's own")


TYPES = (Key, Alias)
