"""moto knows Amazon's thousand and more managed policies, and reads them anew for every account and partition."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.iam.models import IAMBackend, ManagedPolicy
from moto.settings import load_iam_aws_managed_policies

_read_policies: Callable[[IAMBackend], list[ManagedPolicy]] = IAMBackend._init_aws_policies
_read: dict[tuple[str, str], list[ManagedPolicy]] = {}


def let_moto_read_policies_once() -> None:
    """Have each account and partition begin with copies of what was read once."""
    IAMBackend._init_aws_policies = _policies


def _policies(self: IAMBackend) -> list[ManagedPolicy]:
    if not load_iam_aws_managed_policies():
        return []
    whose = self.account_id, self.region_name
    known = _read.get(whose) or _read.setdefault(whose, _read_policies(self))
    return [_own(policy) for policy in known]


def _own(policy: ManagedPolicy) -> ManagedPolicy:
    """What an account can change of it is that account's: who has it, its versions and its tags."""
    own: Any = _copied(policy)
    own.versions = [_copied(version) for version in policy.versions]
    own.tags = dict(policy.tags)
    return own


def _copied(one: object) -> object:
    """What copy.copy makes of it, without asking each how it wants to be copied."""
    own = object.__new__(type(one))
    vars(own).update(vars(one))
    return own
