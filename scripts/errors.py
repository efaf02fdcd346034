"""What can end a command early. Each kind has its exit code; a person sees the message and the fix, no traceback."""

from __future__ import annotations

from typing import ClassVar


class ReleaseError(Exception):
    """Ends the command with `exit_code`.

    Args:
        message: what is wrong, in one sentence.
        fix: what the person does about it, preferably a command; empty when the message says it all.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, fix: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix


class ConfigurationError(ReleaseError):
    """Wrong usage, or configuration that cannot be used."""

    exit_code = 2


class UndeterminedError(ReleaseError):
    """The question could not be put to AWS at all."""

    exit_code = 4


class CredentialsError(UndeterminedError):
    """No credentials, expired ones, or ones that AWS does not accept."""


class UnreachableError(UndeterminedError):
    """No answer: no network, connection refused, time-out, TLS."""


class AccessDeniedError(UndeterminedError):
    """AWS knows who asks, and refuses."""


class ThrottledError(UndeterminedError):
    """AWS asked to slow down, and still did after the retries."""


class AwsAnswerError(UndeterminedError):
    """AWS answered with an error of another kind, or with something that cannot be read."""


class PromisedResourceMissingError(ReleaseError):
    """AWS does not have something that the stack's outputs name. In a check this is FAIL, not ERROR."""

    exit_code = 3
