"""What can end a command early. Each kind has its exit code; a person sees the message and the fix, no traceback."""

from __future__ import annotations

from collections.abc import Iterable

# From good to bad: a FAIL is told even if its report is lost, a lost report even of a PASS.
EXIT_CODES = (0, 5, 4, 2, 1, 3)


def worst(exit_codes: Iterable[int]) -> int:
    """The exit code that tells the worst of them."""
    return max(exit_codes, key=EXIT_CODES.index, default=0)


class ReleaseError(Exception):
    """Ends the command with `exit_code`.

    Args:
        message: what is wrong, in one sentence.
        fix: what the person does about it, preferably a command; empty when the message says it all.

    Attributes:
        reported: whether the report of the run says it.
    """

    exit_code: int = 1
    reported: bool = False

    def __init__(self, message: str, fix: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix


class ConfigurationError(ReleaseError):
    """Wrong usage, or configuration that cannot be used."""

    exit_code = 2


class InterruptionError(ReleaseError):
    """Somebody interrupted the run; where it is `reported`, its report says how far it came."""

    def __init__(self, exit_code: int, message: str = "The run was interrupted.", *, reported: bool = False) -> None:
        super().__init__(message)
        self.exit_code, self.reported = exit_code, reported


class DeliveryError(ReleaseError):
    """Some of a report could not be written or printed; all the rest was. The exit code is the worse of both."""

    reported = True

    def __init__(self, message: str, verdict: int) -> None:
        super().__init__(message)
        self.exit_code = worst((verdict, DeliveryError.exit_code))


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
