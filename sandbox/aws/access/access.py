"""The account's decisions: taken, written down, and told in AWS's words."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.model import OperationModel
from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket

from sandbox.aws.access.encryption import uses_of_keys
from sandbox.aws.access.policies import AccountPolicies
from sandbox.aws.access.propagation import CHANGES, Propagation
from sandbox.aws.access.sessions import Session, Sessions
from sandbox.aws.access.surroundings import AccountSurroundings
from sandbox.aws.service import AwsError, Params
from sandbox.core.clients import acting_as
from sandbox.iam.calls import Ask, asks_of_operation, prefix_of
from sandbox.iam.context import Circumstances, request
from sandbox.iam.decision import decide
from sandbox.iam.request import Decision, Principal, UnknownToSandboxError, Value

if TYPE_CHECKING:
    from sandbox.core.account import Account

_FORBIDDEN = 403
_OF_A_SESSION = "ASIA"


class AccessDenied(AwsError):  # noqa: N818 - AWS's own name for it
    """IAM's no. `decision` is what it says no to."""

    def __init__(self, decision: Decision, code: str, status: int = 400, before: str = "") -> None:
        super().__init__(code, f"{before}{decision.message}", status)
        self.decision = decision


@dataclass(frozen=True)
class Recorded:
    """A decision, however often it was taken."""

    decision: Decision
    times: int


class Access:
    """Decides what roles and services may do; people with the account's own credentials may do everything."""

    def __init__(self, account: Account) -> None:
        FakeBucket.get_permission = _leave_to_us
        self._account = account
        self._policies = AccountPolicies(account)
        self._sessions = Sessions(account.account_id, account.region)
        self._recorded: dict[tuple[object, ...], Recorded] = {}
        self._lock = threading.Lock()
        self._root = f"arn:aws:iam::{account.account_id}:root"  # the account's own people
        self.where = AccountSurroundings(account)

    # -- who ------------------------------------------------------------------------------------------

    @property
    def caller(self) -> Session | None:
        """Whose API call is being answered; None for the account's own people."""
        return self._sessions.caller

    def called_by(self, access_key: str) -> AbstractContextManager[None]:
        """What is answered inside was called with this access key.

        Raises:
            AwsError: InvalidClientTokenId, it looks like a session's and belongs to none.
        """
        session = self._sessions.find(access_key)
        if session is None and access_key.startswith(_OF_A_SESSION):
            raise AwsError("InvalidClientTokenId", "The security token included in the request is invalid.", _FORBIDDEN)
        return self._sessions.called_by(session)

    def acting(self, session: Session | None) -> AbstractContextManager[None]:
        """API calls that are made inside, by the account's clients, go out with the session's credentials."""
        return acting_as(session.access_key if session else "")

    def assume(self, service: str, role_arn: str, session: str, *, source_arn: str = "") -> Session:
        """A service takes a role. `source_arn` is the resource for which it says that it does.

        Raises:
            AccessDenied: there is no such role, or it doesn't trust the service.
        """
        keys = self.source(source_arn) if source_arn else {}
        self.require(Principal.of_service(service), [Ask("sts:AssumeRole", role_arn)], keys=keys)
        return self._sessions.start(role_arn, session)

    def take(self, role_arn: str, session: str) -> Session:
        """The account's own people take a role that trusts them.

        Raises:
            AccessDenied: there is no such role, or it doesn't trust them.
        """
        self.require(Principal(self._root, self._account.account_id), [Ask("sts:AssumeRole", role_arn)])
        return self._sessions.start(role_arn, session)

    def source(self, arn: str) -> dict[str, Value]:
        """The condition keys with which a service says for which of the account's resources it acts."""
        return {"aws:SourceArn": arn, "aws:SourceAccount": self._account.account_id}

    # -- may ------------------------------------------------------------------------------------------

    def require(
        self,
        who: Session | Principal,
        asks: Iterable[Ask],
        *,
        keys: Mapping[str, Value] | None = None,
        code: str = "AccessDeniedException",
    ) -> None:
        """Raises AccessDenied at the first ask that is denied, or AwsError where the sandbox cannot tell."""
        principal = who.principal if isinstance(who, Session) else who
        for ask in asks:
            decision = self.decide(principal, ask, keys or {})
            if not decision.allowed:
                raise AccessDenied(decision, code)

    def decide(self, principal: Principal, ask: Ask, keys: Mapping[str, Value]) -> Decision:
        """IAM's answer, written down.

        Raises:
            AwsError: SandboxUnknownPolicy, where a policy says what the sandbox doesn't know.
        """
        role = self._policies.role(principal.role) if principal.role else None
        how = Circumstances(
            self._account.clock.now(),
            self._account.region,
            self._account.account_id,
            tags={tag["Key"]: tag["Value"] for tag in role.tags} if role else {},
            role_id=role.id if role else "",
            keys=keys,
        )
        try:
            decision = decide(
                request(principal, ask, how), self._policies.bearing_on(principal, ask.action, ask.resource)
            )
        except UnknownToSandboxError as error:
            raise unknown(f"{ask.action} on {ask.resource} for {principal.name}", error) from error
        self._record(decision)
        return decision

    def check(self, operation: OperationModel, params: Params, region: str) -> None:
        """Raises AccessDenied, as the called service words it, unless the caller may make this call.

        `region` is the one that the call is signed for: us-east-1 for services that have none.
        """
        principal = self.caller.principal if self.caller else Principal(self._root, self._account.account_id)
        for ask in self.asks(operation, params):
            decision = self.decide(principal, ask, {"aws:RequestedRegion": region})
            if not decision.allowed:
                raise denial(operation, decision)

    def asks(self, operation: OperationModel, params: Params) -> Sequence[Ask]:
        """What a call asks for, the use of KMS keys that S3 makes on behalf of its caller included."""
        service = prefix_of(operation.service_model)
        try:
            return [
                *asks_of_operation(service, operation, params, self.where),
                *uses_of_keys(service, operation.name, params, self.where),
            ]
        except UnknownToSandboxError as error:
            raise unknown(f"{service}:{operation.name}", error) from error

    @property
    def propagation(self) -> Propagation:
        """How long a change of IAM's takes; `sandbox up --iam-propagation` says it."""
        return self._policies.propagation

    def notice(self, service: str, operation: str, request: Params) -> None:
        """Keep what IAM's policies say before a call that is about to change them."""
        if service == "iam" and operation in CHANGES:
            self._policies.change(operation, request)

    def require_connection(self, who: Session, actions: Sequence[str], arn: str, code: str, **keys: str) -> None:
        """Actions on a connection, under both of the service's prefixes; `keys` are its keys without the prefix."""
        for prefix in ("codeconnections", "codestar-connections"):
            own = {f"{prefix}:{name}": value for name, value in keys.items()}
            self.require(who, [Ask(f"{prefix}:{action}", arn, own) for action in actions], code=code)

    # -- written down ---------------------------------------------------------------------------------

    def recorded(self) -> Sequence[Recorded]:
        """Every decision since the sandbox began, those that differ in nothing as one."""
        with self._lock:
            return list(self._recorded.values())

    def _record(self, decision: Decision) -> None:
        principal = decision.request.principal
        if principal.name == self._root:
            return
        who = principal.role or principal.name
        key = (who, decision.request.action, decision.request.resource, decision.allowed, tuple(decision.grants))
        with self._lock:
            times = self._recorded[key].times if key in self._recorded else 0
            self._recorded[key] = Recorded(decision, times + 1)


def _leave_to_us(self: FakeBucket, action: str, resource: str) -> PermissionResult:
    """What moto has a bucket's policy say in this process: it reads conditions as if they were not there."""
    del self, action, resource
    return PermissionResult.NEUTRAL


def unknown(what: str, error: UnknownToSandboxError) -> AwsError:
    return AwsError(
        "SandboxUnknownPolicy",
        f"The sandbox cannot decide {what}: it does not know {error}; AWS does. See sandbox/README.md.",
        status=501,
    )


def denial(operation: OperationModel, decision: Decision) -> AccessDenied:
    """The error that the called service answers with."""
    service = operation.service_model
    if service.service_name == "sns":
        return AccessDenied(decision, "AuthorizationError", _FORBIDDEN)
    if service.protocol == "ec2":
        return AccessDenied(
            decision, "UnauthorizedOperation", _FORBIDDEN, "You are not authorized to perform this operation. "
        )
    if service.protocol in ("query", "rest-xml"):
        return AccessDenied(decision, "AccessDenied", _FORBIDDEN)
    return AccessDenied(decision, "AccessDeniedException", _FORBIDDEN if service.protocol == "rest-json" else 400)
