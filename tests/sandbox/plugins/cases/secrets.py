"""The lives of secrets."""

from __future__ import annotations

from tests.sandbox.plugins.cases.case import Case

SECRET = "aws:secretsmanager/secret:Secret"

CASES: dict[str, Case] = {
    SECRET: Case(
        inputs={
            "name": "life-secret",
            "description": "Tokens",
            "recoveryWindowInDays": 0,
            "tags": {"Kind": "tokens"},
        },
        update={"description": "What announcements are posted with", "tags": {"Kind": "other"}},
        drift=lambda behind, arn: behind("secretsmanager", "untag_resource", SecretId=arn, TagKeys=["Kind"]),
        seen="tags.Kind",
    ),
    "aws:secretsmanager/secretVersion:SecretVersion": Case(
        needs={"secret": (SECRET, {"name": "life-secret-version", "recoveryWindowInDays": 0})},
        inputs={"secretId": "{secret}", "secretString": '{"slackToken": "first"}'},
        update={},  # whatever changes replaces it
        # the second takes the last label from it
        drift=lambda behind, identifier: [
            behind("secretsmanager", "put_secret_value", SecretId=identifier.partition("|")[0], SecretString=by_hand)
            for by_hand in ("once", "twice")
        ],
        seen="(gone)",
        leaves=True,
    ),
}
