"""IAM is eventually consistent: a role may do what its policies said some seconds ago."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sandbox.core.clock import Clock
from sandbox.iam.policy import Policy

CHANGES = (
    "AttachRolePolicy",
    "DeleteRolePolicy",
    "DetachRolePolicy",
    "PutRolePolicy",
)


@dataclass
class Propagation:
    """How long a change of a role's policies takes, in the sandbox's time, and what was in force before each."""

    clock: Clock
    span: timedelta = timedelta()
    _before: dict[str, list[tuple[datetime, Sequence[Policy]]]] = field(
        default_factory=dict[str, list[tuple[datetime, Sequence[Policy]]]]
    )

    def changes(self, role_id: str, policies: Sequence[Policy]) -> None:
        """The role's policies are about to change from these."""
        if self.span:
            self._before[role_id] = [*self._young(role_id), (self.clock.now(), policies)]

    def in_force(self, role_id: str, policies: Sequence[Policy]) -> Sequence[Policy]:
        """What the role may do by: these policies, or those that stood there a `span` ago."""
        young = self._young(role_id)
        return young[0][1] if young else policies

    def _young(self, role_id: str) -> list[tuple[datetime, Sequence[Policy]]]:
        since = self.clock.now() - self.span
        return [each for each in self._before.get(role_id, []) if each[0] > since]
