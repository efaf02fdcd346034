"""What botocore raises, as what a person can do about it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from botocore import exceptions as aws
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from scripts.errors import (
    AccessDeniedError,
    AwsAnswerError,
    ConfigurationError,
    CredentialsError,
    ReleaseError,
    ThrottledError,
    UnreachableError,
)

AwsFailure = BotoCoreError | ClientError | ResponseParserError
AWS_FAILURES = (BotoCoreError, ClientError, ResponseParserError)

DENIED = {
    "AccessDenied",
    "AccessDeniedException",
    "AuthorizationError",
    "AuthorizationErrorException",
    "UnauthorizedOperation",
}
EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired"}
REFUSED = {
    "AuthFailure",
    "IncompleteSignature",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidToken",
    "MissingAuthenticationToken",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
}
THROTTLED = {"RequestLimitExceeded", "SlowDown", "TooManyRequestsException", "RequestThrottled"}

NO_CREDENTIALS = (aws.NoCredentialsError, aws.PartialCredentialsError, aws.CredentialRetrievalError)
SIGNED_OUT = (aws.SSOError, aws.TokenRetrievalError, aws.LoginError)
NO_ANSWER = (aws.ConnectionError, aws.HTTPClientError)
CONFIGURATION = (
    aws.ProfileNotFound,
    aws.ConfigNotFound,
    aws.ConfigParseError,
    aws.InvalidConfigError,
    aws.InvalidRegionError,
    aws.NoRegionError,
    aws.InvalidRetryConfigurationError,
    aws.InvalidRetryModeError,
    aws.InvalidMaxRetryAttemptsError,
)

LOG_IN = "Log in again (`aws sso login`, or renew AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN)."
RENEW = f"{LOG_IN} Or correct what the profile has its credentials from (~/.aws/config)."
CHOOSE = "Set AWS_PROFILE or --profile, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."

LONGEST = 600  # characters of what AWS said

AGAIN = "Run the same command again in a minute; if it stays so, see https://health.aws.amazon.com."


def translate(failure: AwsFailure, permissions: Iterable[str] = ()) -> ReleaseError:
    """The failure in this project's own terms.

    Args:
        failure: what botocore raised.
        permissions: the IAM actions that the caller declares; they give a denied operation its full name when AWS
            does not.
    """
    if isinstance(failure, ClientError):
        return _answer(failure, permissions)
    if isinstance(failure, NO_CREDENTIALS):
        fix = RENEW if isinstance(failure, aws.CredentialRetrievalError) else CHOOSE
        return CredentialsError(f"No usable AWS credentials: {_sentence(failure)}", fix)
    if isinstance(failure, SIGNED_OUT):
        return CredentialsError(f"The AWS sign-in has ended: {_sentence(failure)}", LOG_IN)
    if isinstance(failure, CONFIGURATION):
        fix = "Correct --profile, --region, the AWS_* variables or ~/.aws/config."
        return ConfigurationError(f"The AWS configuration cannot be used: {_sentence(failure)}", fix)
    if isinstance(failure, NO_ANSWER):
        fix = "Check the network, the proxy (HTTPS_PROXY) and AWS_ENDPOINT_URL, then run the same command again."
        return UnreachableError(f"AWS cannot be reached: {_sentence(failure)}", fix)
    return AwsAnswerError(f"AWS could not be asked: {_sentence(failure)}", AGAIN)


def error_code(failure: ClientError) -> str:
    """AWS's code of the error, `ThrottlingException` say."""
    return str(failure.response.get("Error", {}).get("Code", ""))


def error_message(failure: ClientError) -> str:
    """AWS's own words."""
    return str(failure.response.get("Error", {}).get("Message", ""))


def _answer(failure: ClientError, permissions: Iterable[str]) -> ReleaseError:
    code = error_code(failure)
    message = _clipped(error_message(failure))
    operation = failure.operation_name
    if code in DENIED:
        action = _denied_action(failure, permissions)
        return AccessDeniedError(
            f"Access denied: {action} is not allowed.",
            f"Allow {action} to the role that verifies; `release iam-policy` prints all that it needs.",
        )
    if code in EXPIRED:
        return CredentialsError(f"The AWS credentials have expired ({code}).", LOG_IN)
    if code in REFUSED:
        fix = f"{LOG_IN} Check this machine's clock, too."
        return CredentialsError(f"AWS does not accept the credentials ({code}): {message}", fix)
    if code in THROTTLED or "throttl" in code.lower():
        attempts = failure.response.get("ResponseMetadata", {}).get("RetryAttempts", 0) + 1
        return ThrottledError(
            f"AWS throttled {operation} ({code}), {attempts} times in a row.",
            "Wait a minute and run the same command again; AWS_MAX_ATTEMPTS raises the number of attempts.",
        )
    said = f"{operation} failed with {code or 'an unknown error'}: {message}".rstrip(": ")
    return AwsAnswerError(said, AGAIN)


def _denied_action(failure: ClientError, permissions: Iterable[str]) -> str:
    named = re.search(r"perform:? ([a-z0-9-]+:[A-Za-z0-9*]+)", error_message(failure))
    if named:
        return named[1]
    declared = (action for action in permissions if action.endswith(f":{failure.operation_name}"))
    return next(declared, failure.operation_name)


def _clipped(text: str) -> str:
    """What cannot be read may be a whole page."""
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."


def _sentence(failure: Exception) -> str:
    text = _clipped(" ".join(str(failure).split()))
    return text if text.endswith(".") else f"{text}."
