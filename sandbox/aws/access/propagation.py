"""IAM is eventually consistent: what counts is what its policies said some seconds ago.

https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sandbox.core.clock import Clock
from sandbox.iam.policy import Policy

OF_A_ROLE = ("AttachRolePolicy", "DeleteRolePolicy", "DetachRolePolicy", "PutRolePolicy")
OF_A_TRUST = ("UpdateAssumeRolePolicy",)
OF_A_POLICY = ("CreatePolicyVersion", "SetDefaultPolicyVersion")
CHANGES = (*OF_A_ROLE, *OF_A_TRUST, *OF_A_POLICY)


@dataclass
class Propagation:
    """How long a change of IAM's policies takes, in the sandbox's time, and what was in force before each.

    `whose` is a role's id, for its policies, its trust policy (`trust_of`), or a managed policy's ARN.
    """

    clock: Clock
    span: timedelta = timedelta()
    _before: dict[str, list[tuple[datetime, Sequence[Policy]]]] = field(
        default_factory=dict[str, list[tuple[datetime, Sequence[Policy]]]]
    )

    def changes(self, whose: str, policies: Sequence[Policy]) -> None:
        """These policies are about to change."""
        if self.span:
            self._before[whose] = [*self._young(whose), (self.clock.now(), policies)]

    def in_force(self, whose: str, policies: Sequence[Policy]) -> Sequence[Policy]:
        """What counts: these policies, or those that stood there a `span` ago."""
        young = self._young(whose)
        return young[0][1] if young else policies

    def _young(self, whose: str) -> list[tuple[datetime, Sequence[Policy]]]:
        since = self.clock.now() - self.span
        return [each for each in self._before.get(whose, []) if each[0] > since]


def trust_of(role_id: str) -> str:
    return f"{role_id}/trust"
