"""Bucket policies with conditions, which moto reads as if the conditions were not there.

A statement that denies whatever comes without TLS would shut every bucket. Requests to the sandbox stand for
requests over TLS, so a statement under a condition counts neither way.
"""

from __future__ import annotations

import json
from typing import Any

from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.s3.models import FakeBucket


def respect_conditions() -> None:
    """Change moto's buckets, for this process."""
    FakeBucket.get_permission = _permission


def _permission(self: FakeBucket, action: str, resource: str) -> Any:
    if self.policy is None:
        return PermissionResult.NEUTRAL
    policy = json.loads(self.policy)
    statements = policy["Statement"] if isinstance(policy["Statement"], list) else [policy["Statement"]]
    unconditional = [statement for statement in statements if "Condition" not in statement]
    if not unconditional:
        return PermissionResult.NEUTRAL
    return IAMPolicy(json.dumps({**policy, "Statement": unconditional})).is_action_permitted(action, resource)
