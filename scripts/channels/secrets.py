"""What Slack and the status page are written with: from the environment, else from the stack's secret."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scripts.clients.aws import Aws
from scripts.clients.failures import AWS_FAILURES, translate
from scripts.errors import ConfigurationError, ReleaseError, UndeterminedError
from scripts.shared import shared

PERMISSIONS = ("secretsmanager:GetSecretValue",)


@dataclass(frozen=True)
class Token:
    """One of them: its variable, its name in the secret, and the key that configures it."""

    variable: str
    member: str
    key: str


SLACK = Token("SLACK_BOT_TOKEN", "slackToken", "release:slackToken")
STATUS_PAGE = Token("STATUSPAGE_API_KEY", "statusPageKey", "release:statusPageKey")


class Secrets:
    """Those of one stack. `arn` is its secret's, None where it has none."""

    def __init__(self, clients: Aws, stack: str, arn: str | None) -> None:
        self._clients = clients
        self._stack = stack
        self._arn = arn

    def read(self, token: Token) -> str:
        """Its value.

        Raises:
            ConfigurationError: nobody has configured it.
            UndeterminedError: the secret cannot be read.
        """
        found = os.environ.get(token.variable) or (self._kept.get(token.member) if self._arn else None)
        if isinstance(found, str) and found.strip():
            return found.strip()
        raise ConfigurationError(
            f"There is no {token.variable}, and the stack {self._stack} keeps none.",
            f"Set {token.variable}, or `pulumi config set --secret {token.key} TOKEN --stack {self._stack}` and "
            f"`pulumi up --stack {self._stack}`.",
        )

    @shared
    def _kept(self) -> Mapping[str, Any]:
        try:
            answer = self._clients.secretsmanager.get_secret_value(SecretId=str(self._arn))
        except AWS_FAILURES as problem:
            raise translate(problem, PERMISSIONS) from problem
        try:
            kept = json.loads(answer["SecretString"])
        except (KeyError, ValueError) as problem:
            raise self._unreadable() from problem
        if not isinstance(kept, dict):
            raise self._unreadable()
        return kept

    def _unreadable(self) -> ReleaseError:
        return UndeterminedError(
            f"The secret {self._arn} is no JSON object: somebody has written it by hand.",
            f"`pulumi up --stack {self._stack} --target-replace '**channels-value'`, or put the earlier version back.",
        )
