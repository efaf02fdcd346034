"""Who may do what in the sandbox's account: IAM's rules (`sandbox.iam`) over the policies that are there."""

from sandbox.aws.access.access import Access, AccessDenied
from sandbox.aws.access.sessions import Session
from sandbox.core.account import Port

ACCESS: Port[Access] = Port("access")

__all__ = ["ACCESS", "Access", "AccessDenied", "Session"]
