"""How CloudFormation says no: to a request at once, or to a resource while a stack is at work."""

from __future__ import annotations

from sandbox.aws.service import AwsError


class ValidationError(AwsError):
    """A request that is refused before anything is touched; the message is worded as AWS words it."""

    def __init__(self, message: str) -> None:
        super().__init__("ValidationError", message)

    def __str__(self) -> str:
        return self.message


class ResourceError(Exception):
    """A resource that could not be created, updated or deleted; the text is the event's reason."""


class StackError(Exception):
    """What fails a whole stack, not one of its resources: an export in use, say."""
