"""moto answers each request in a thread of its own, and reads what another thread is changing.

Every call of moto's looks through all roles (to note when one was last used), so a role that is created meanwhile would
end any of them with "dictionary changed size during iteration". What S3 puts on a condition is looked at first and put
afterwards, so of two who create one key both would have made it.
"""

from __future__ import annotations

import threading
from functools import wraps
from typing import Any

from moto.iam.models import IAMBackend, Role
from moto.s3.responses import S3Response

_one_at_a_time = threading.Lock()
_put_object = S3Response.put_object


def let_moto_read_while_roles_change() -> None:
    """Let moto look through a copy of the account's roles, which is made in one step. Any number of times."""
    IAMBackend.get_roles = _roles


def let_moto_put_one_at_a_time() -> None:
    """Let moto look and put in one step, as S3 does. Any number of times."""
    S3Response.put_object = _put_alone


def _roles(self: IAMBackend) -> list[Role]:
    return list(self.roles.values())


@wraps(_put_object)
def _put_alone(self: S3Response) -> Any:
    with _one_at_a_time:
        return _put_object(self)
