"""What a caller must acknowledge before a template may touch IAM."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.aws.cloudformation.template import Template
from sandbox.aws.service import AwsError

_NAMED = "CAPABILITY_NAMED_IAM"
_PLAIN = "CAPABILITY_IAM"
_NAME_PROPERTIES = {
    "AWS::IAM::Group": "GroupName",
    "AWS::IAM::InstanceProfile": "InstanceProfileName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::User": "UserName",
}
_UNNAMED_TYPES = {"AWS::IAM::AccessKey", "AWS::IAM::Policy", "AWS::IAM::UserToGroupAddition"}


def required(template: Template) -> tuple[list[str], list[str]]:
    """The capabilities that the template's own resources need, and the IAM types that need them."""
    types = sorted(
        {r.type for r in template.resources.values() if r.type in _NAME_PROPERTIES or r.type in _UNNAMED_TYPES}
    )
    named = any(
        _NAME_PROPERTIES.get(resource.type, "") in resource.properties for resource in template.resources.values()
    )
    return ([_NAMED if named else _PLAIN] if types else []), types


def check(template: Template, given: Sequence[str]) -> None:
    """Refuse a template that needs more than was acknowledged.

    Raises:
        AwsError: InsufficientCapabilitiesException.
    """
    needed, _ = required(template)
    if needed and not (_NAMED in given or (needed == [_PLAIN] and _PLAIN in given)):
        raise AwsError("InsufficientCapabilitiesException", f"Requires capabilities : [{needed[0]}]")
