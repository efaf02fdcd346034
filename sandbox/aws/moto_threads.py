"""moto answers each request in a thread of its own, and reads what another thread is changing.

Every call of moto's looks through all roles (to note when one was last used), so a role that is created meanwhile would
end any of them with "dictionary changed size during iteration".
"""

from __future__ import annotations

from moto.iam.models import IAMBackend, Role


def let_moto_read_while_roles_change() -> None:
    """Let moto look through a copy of the account's roles, which is made in one step. Any number of times."""
    IAMBackend.get_roles = _roles


def _roles(self: IAMBackend) -> list[Role]:
    return list(self.roles.values())
