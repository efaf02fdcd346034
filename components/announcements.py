"""What announcements are sent with, where the command finds it (SOP 5)."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any, cast

import pulumi
import pulumi_aws as aws

from components.configuration.settings import ChannelSecrets, Settings
from components.contract import Contract

GITHUB_KEY = "githubToken"  # under which is what the runner asks GitHub with


@dataclass(frozen=True, kw_only=True)
class ChannelSecretArgs:
    """The secret's name, and what is in it."""

    secret_name: str
    secrets: ChannelSecrets


class ChannelSecret(pulumi.ComponentResource):
    """The tokens of announcements and of the runner, as one secret that only who may read it has.

    Creates a secret in Secrets Manager, encrypted with the account's own key of that service, and its value: a JSON
    object of `slackToken`, `statusPageKey` and `githubToken`, each only where it is configured. The configuration has
    them, too; so it is deleted at once, and its name is free again.
    """

    arn: pulumi.Output[str]

    def __init__(self, name: str, args: ChannelSecretArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("release:index:ChannelSecret", name, None, opts)

        secret = aws.secretsmanager.Secret(
            f"{name}-secret",
            name=args.secret_name,
            description="What release announcements are posted with",
            recovery_window_in_days=0,
            opts=pulumi.ResourceOptions(parent=self),
        )
        tokens = {
            "slackToken": args.secrets.slack_token,
            "statusPageKey": args.secrets.status_page_key,
            GITHUB_KEY: args.secrets.github_token,
        }
        aws.secretsmanager.SecretVersion(
            f"{name}-value",
            secret_id=secret.arn,
            secret_string=pulumi.Output.secret(json.dumps({key: token for key, token in tokens.items() if token})),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.arn = secret.arn
        self.register_outputs({"arn": self.arn})


def announced(settings: Settings, opts: pulumi.ResourceOptions) -> Contract:
    """Make the secret where a token is configured: what the outputs say of announcements."""
    told = settings.announcements
    if settings.channel_secrets:
        args = ChannelSecretArgs(secret_name=settings.names.channel_secret, secrets=settings.channel_secrets)
        arn: Any = ChannelSecret("announcements", args, opts).arn
        told = replace(told, secret_arn=cast("str", arn)) if told else None  # known once it is made
    return {"announcements": told}
