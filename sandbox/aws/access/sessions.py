"""Credentials of roles that were taken, and whose credentials the code at work acts with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from moto.sts.models import STSBackend, sts_backends

from sandbox.iam.request import Principal

_SECONDS = 3600


@dataclass(frozen=True)
class Session:
    """A role that somebody has taken."""

    principal: Principal
    access_key: str
    secret_key: str = field(repr=False)
    token: str = field(repr=False)

    def environment(self) -> dict[str, str]:
        """The credentials as an AWS client finds them."""
        return {
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_SESSION_TOKEN": self.token,
        }


class Sessions:
    """The account's sessions. Moto keeps them, so that sts:GetCallerIdentity knows them too."""

    def __init__(self, account_id: str, region: str) -> None:
        self._account_id = account_id
        self._region = region
        self._caller: ContextVar[Session | None] = ContextVar("caller", default=None)

    @property
    def _backend(self) -> STSBackend:
        return sts_backends[self._account_id]["aws"]

    @property
    def caller(self) -> Session | None:
        """The session of the API call that is being answered; None for the account's own people."""
        return self._caller.get()

    @contextmanager
    def called_by(self, session: Session | None) -> Iterator[None]:
        token = self._caller.set(session)
        try:
            yield
        finally:
            self._caller.reset(token)

    def start(self, role_arn: str, name: str) -> Session:
        taken = self._backend.assume_role(
            region_name=self._region,
            role_session_name=name,
            role_arn=role_arn,
            policy="",
            duration=_SECONDS,
            external_id="",
        )
        return self._of(taken)

    def find(self, access_key: str) -> Session | None:
        """The session that an access key belongs to; None for any other key."""
        taken = self._backend.get_assumed_role_from_access_key(access_key)
        return None if taken is None else self._of(taken)

    def _of(self, taken: Any) -> Session:
        principal = Principal.of_session(taken.role_arn, taken.session_name)
        return Session(principal, taken.access_key_id, taken.secret_access_key, taken.session_token)
