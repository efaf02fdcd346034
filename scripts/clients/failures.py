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
EXPIRED = {"ExpiredToken", "ExpiredTokenException"}
REFUSED = {
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidToken",
    "MissingAuthenticationToken",
    "UnrecognizedClientException",
}
# Refused for what was made of the secret key and the time.
UNSIGNED = {
    "AuthFailure",
    "IncompleteSignature",
    "InvalidSignatureException",
    "RequestExpired",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
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
SET_CLOCK = "Set this machine's clock (`sudo timedatectl set-ntp true`, on a Mac `sudo sntp -sS time.apple.com`)."
CORRECT_KEY = (
    "Give the secret key that belongs to the access key (AWS_SECRET_ACCESS_KEY, or `aws configure`). If it does: "
    f"{SET_CLOCK}"
)
# How AWS says that the time of a signature is not its own.
OTHER_TIME = re.compile(r"expired|not yet current|RequestTimeTooSkewed|difference between the request time")

# IAM's words for who denies; see "Troubleshoot access denied error messages" in its user guide.
DENIED_BY = re.compile(
    r"(?:explicit deny in an? |because no )"
    r"((?:service control|resource control|session|identity-based|resource-based|VPC endpoint) policy"
    r"|permissions boundary)(?:: (arn:[\w:/.+=@-]*[\w/]))?",
)
OF_THE_ORGANISATION = (
    "The role's own policy cannot mend this: who administers the AWS organisation must allow {action} to the account."
)
MEND_DENIAL = {
    "service control policy": OF_THE_ORGANISATION,
    "resource control policy": OF_THE_ORGANISATION,
    "permissions boundary": "Allow {action} in the role's permissions boundary, too; its own policy cannot mend this.",
    "session policy": "Allow {action} in the session policy with which the credentials were made (`--policy` of "
    "`aws sts assume-role`); the role's own policy cannot mend this.",
    "VPC endpoint policy": "Allow {action} in the policy of the VPC endpoint; the role's own policy cannot mend this.",
    "resource-based policy": "Allow {action} in the policy of the resource itself.",
}
NO_ALLOW_MENDS = "Take the deny of {action} out of the role's policies: no allow outweighs it."
ALLOW = "Allow {action} to the role; `release iam-policy` prints all that it needs, `--for` each command."

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
        return CredentialsError(f"No usable AWS credentials. {_sentence(failure)}", fix)
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
        return _denial(action, error_message(failure))
    if code in EXPIRED:
        return CredentialsError(f"The AWS credentials have expired ({code}).", LOG_IN)
    if code in REFUSED:
        return CredentialsError(f"AWS does not accept the credentials ({code}): {message}", LOG_IN)
    if code in UNSIGNED:
        clock = OTHER_TIME.search(f"{code} {message}") or code == "RequestExpired"
        why = "this machine's clock is wrong" if clock else "the secret key or this machine's clock is wrong"
        said = f"AWS does not accept the signature ({code}), {why}: {message}".rstrip(": ")
        return CredentialsError(said, SET_CLOCK if clock else CORRECT_KEY)
    if code in THROTTLED or "throttl" in code.lower():
        attempts = failure.response.get("ResponseMetadata", {}).get("RetryAttempts", 0) + 1
        return ThrottledError(
            f"AWS throttled {operation} ({code}), {attempts} times in a row.",
            "Wait a minute and run the same command again; AWS_MAX_ATTEMPTS raises the number of attempts.",
        )
    said = f"{operation} failed with {code or 'an unknown error'}: {message}".rstrip(": ")
    return AwsAnswerError(said, AGAIN)


def _denial(action: str, message: str) -> AccessDeniedError:
    """What is denied, by which kind of policy where AWS says so, and whose that is to mend."""
    by = DENIED_BY.search(message)
    if by is None:
        return AccessDeniedError(f"Access denied: {action} is not allowed.", ALLOW.format(action=action))
    policy = by[1]
    allowed_nowhere = policy == "identity-based policy" and by[0].startswith("because")
    fix = ALLOW if allowed_nowhere else MEND_DENIAL.get(policy, NO_ALLOW_MENDS)
    # AWS's own words: "an explicit deny in a session policy", "no session policy"
    words = by[0].removeprefix("because ") if by[0].startswith("because ") else f"an {by[0]}"
    how = f"{words} allows it" if by[0].startswith("because ") else words
    said = f"Access denied: {action} is not allowed: {how}."
    return AccessDeniedError(said, fix.format(action=action))


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
