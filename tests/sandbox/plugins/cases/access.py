"""The lives of keys and roles."""

from __future__ import annotations

from tests.sandbox.plugins.cases.case import Case
from tests.sandbox.plugins.cases.parts import ATTACHMENT, KEY, OTHERS_POLICY, ROLE, grant, policy, role, trust
from tests.sandbox.sample import ACCOUNT_ID

CASES: dict[str, Case] = {
    KEY: Case(
        inputs={
            "description": "Artifacts",
            "enableKeyRotation": True,
            "deletionWindowInDays": 7,
            "policy": policy("kms:*"),
            "tags": {"Kind": "artifacts"},
        },
        update={"description": "Alerts", "policy": policy("kms:Decrypt")},
        drift=lambda behind, key: behind("kms", "disable_key_rotation", KeyId=key),
        seen="enableKeyRotation",
    ),
    "aws:kms/alias:Alias": Case(
        needs={"key": (KEY, {}), "other": (KEY, {})},
        inputs={"name": "alias/life", "targetKeyId": "{key}"},
        update={"targetKeyId": "{other}"},
        drift=lambda behind, alias: behind(
            "kms", "update_alias", AliasName=alias, TargetKeyId=behind("kms", "create_key")["KeyMetadata"]["KeyId"]
        ),
        seen="targetKeyId",
    ),
    ROLE: Case(
        inputs={"name": "life-role", "assumeRolePolicy": trust("codebuild"), "description": "Builds"},
        update={"assumeRolePolicy": trust("codepipeline"), "description": "Releases"},
        drift=lambda behind, role: behind("iam", "update_role", RoleName=role, Description="changed"),
        seen="description",
    ),
    "aws:iam/rolePolicy:RolePolicy": Case(
        needs={"role": role("life-policy-role", "codebuild")},
        inputs={"role": "{role}", "name": "build", "policy": grant("s3:GetObject")},
        update={"policy": grant("s3:PutObject")},
        drift=lambda behind, identifier: behind(
            "iam",
            "put_role_policy",
            RoleName=identifier.split(":")[0],
            PolicyName="build",
            PolicyDocument=grant("s3:*"),
        ),
        seen="policy",
    ),
    ATTACHMENT: Case(
        needs={"role": role("life-attachment-role", "codebuild")},
        inputs={"role": "{role}", "policyArn": f"arn:aws:iam::{ACCOUNT_ID}:policy/{OTHERS_POLICY}"},
        update={},  # whatever changes replaces it
        drift=lambda behind, identifier: behind(
            "iam",
            "detach_role_policy",
            RoleName=identifier.partition("/")[0],
            PolicyArn=identifier.partition("/")[2],
        ),
        seen="(gone)",
    ),
}
