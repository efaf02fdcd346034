"""IAM's decision within one account: explicit denials first, then who allows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sandbox.iam.policy import Policy, delegates, names
from sandbox.iam.request import Decision, Grant, PolicyKind, Request


@dataclass(frozen=True)
class Policies:
    """What bears on a request: the caller's policies, its boundary, and the resource's own policy."""

    identity: Sequence[Policy] = ()
    boundary: Policy | None = None
    resource: Policy | None = None


def decide(request: Request, policies: Policies) -> Decision:
    """Whether the caller may, and which statements say so.

    A resource's policy that names the caller is enough in its own account. A key and a role must let the caller
    in themselves, or leave it to the account. A service has no policies of its own: the resource must let it in.

    Raises:
        UnknownToSandboxError: the policies say something that is not known here.
    """
    denied = list(_denials(request, policies))
    if denied:
        kind = denied[0].kind
        article = "the" if kind is PolicyKind.TRUST else "a" if kind is not PolicyKind.IDENTITY else "an"
        return Decision(request, False, denied, f"with an explicit deny in {article} {kind}")
    direct, delegated = _resource_grants(request, policies.resource)
    if request.principal.is_service:
        return _answer(request, direct, PolicyKind.RESOURCE)
    identity = [grant for policy in policies.identity for grant in policy.applying(request, "Allow")]
    if _owner_decides(request) and not direct and not (delegated and identity):
        lacking = PolicyKind.IDENTITY if delegated else PolicyKind.RESOURCE
        return _answer(request, (), lacking)
    if policies.boundary is not None and not any(policies.boundary.applying(request, "Allow")):
        return _answer(request, (), PolicyKind.BOUNDARY if direct or identity else PolicyKind.IDENTITY)
    shared = delegated if _owner_decides(request) else []
    return _answer(request, [*direct, *shared, *identity], PolicyKind.IDENTITY)


def _answer(request: Request, grants: Sequence[Grant], lacking: PolicyKind) -> Decision:
    if grants:
        return Decision(request, True, grants)
    if lacking is PolicyKind.RESOURCE and request.action.lower().startswith("sts:assumerole"):
        lacking = PolicyKind.TRUST
    return Decision(request, False, (), f"because no {lacking} allows the {request.action} action")


def _denials(request: Request, policies: Policies) -> Iterator[Grant]:
    own = [*policies.identity, *([policies.boundary] if policies.boundary else [])]
    for policy in own:
        yield from policy.applying(request, "Deny")
    if policies.resource is not None:
        yield from policies.resource.applying(request, "Deny", lambda *who: names(*who) or delegates(*who))


def _resource_grants(request: Request, policy: Policy | None) -> tuple[list[Grant], list[Grant]]:
    """What names the caller itself, and what leaves it to the caller's account."""
    if policy is None:
        return [], []
    return list(policy.applying(request, "Allow", names)), list(policy.applying(request, "Allow", delegates))


def _owner_decides(request: Request) -> bool:
    """Whether the resource's policy must agree also where the caller's own policies allow: keys and roles."""
    action = request.action.lower()
    return action.startswith("sts:assumerole") or (action.startswith("kms:") and ":key/" in request.resource)
