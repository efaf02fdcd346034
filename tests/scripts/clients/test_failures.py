"""What botocore raises, as one sentence with a fix and the right exit code."""

from __future__ import annotations

import pytest
from botocore import exceptions as aws
from botocore.exceptions import ClientError

from scripts.clients.failures import AwsFailure, translate
from scripts.errors import (
    AccessDeniedError,
    AwsAnswerError,
    ConfigurationError,
    CredentialsError,
    ReleaseError,
    ThrottledError,
    UnreachableError,
)

URL = "https://sts.ap-southeast-2.amazonaws.com"


def answer(code: str, message: str = "") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "DescribeStacks")


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (aws.NoCredentialsError(), CredentialsError),
        (aws.PartialCredentialsError(provider="env", cred_var="AWS_SECRET_ACCESS_KEY"), CredentialsError),
        (aws.CredentialRetrievalError(provider="process", error_msg="exit 1"), CredentialsError),
        (aws.SSOTokenLoadError(error_msg="no token"), CredentialsError),
        (aws.UnauthorizedSSOTokenError(), CredentialsError),
        (aws.TokenRetrievalError(provider="sso", error_msg="expired"), CredentialsError),
        (answer("ExpiredToken"), CredentialsError),
        (answer("ExpiredTokenException"), CredentialsError),
        (answer("InvalidClientTokenId"), CredentialsError),
        (answer("SignatureDoesNotMatch"), CredentialsError),
        (aws.EndpointConnectionError(endpoint_url=URL), UnreachableError),
        (aws.ConnectTimeoutError(endpoint_url=URL), UnreachableError),
        (aws.ReadTimeoutError(endpoint_url=URL), UnreachableError),
        (aws.ConnectionClosedError(endpoint_url=URL), UnreachableError),
        (aws.ProxyConnectionError(proxy_url="http://proxy"), UnreachableError),
        (aws.SSLError(endpoint_url=URL, error=OSError("certificate verify failed")), UnreachableError),
        (aws.ProfileNotFound(profile="typo"), ConfigurationError),
        (aws.ConfigParseError(path="config"), ConfigurationError),
        (aws.InvalidRegionError(region_name="the moon"), ConfigurationError),
        (answer("AccessDenied"), AccessDeniedError),
        (answer("UnauthorizedOperation"), AccessDeniedError),
        (answer("ThrottlingException"), ThrottledError),
        (answer("SlowDown"), ThrottledError),
        (answer("InternalFailure", "oops"), AwsAnswerError),
        (aws.IncompleteReadError(actual_bytes=1, expected_bytes=2), AwsAnswerError),
    ],
)
def test_kinds(failure: AwsFailure, kind: type[ReleaseError]) -> None:
    problem = translate(failure)
    assert type(problem) is kind
    assert problem.exit_code == (2 if kind is ConfigurationError else 4)
    assert "\n" not in problem.message
    assert problem.fix or kind is AwsAnswerError


def test_awss_own_name_of_the_denied_action_comes_first() -> None:
    said = "User: arn:aws:iam::123456789012:user/x is not authorized to perform: iam:PassRole on resource: y"
    assert "iam:PassRole" in translate(answer("AccessDenied", said), ["cloudformation:DescribeStacks"]).message


def test_the_declared_action_names_what_aws_does_not() -> None:
    problem = translate(answer("AccessDenied"), ["sns:Other", "cloudformation:DescribeStacks"])
    assert problem.message == "Access denied: cloudformation:DescribeStacks is not allowed."


def test_an_undeclared_action_keeps_its_operations_name() -> None:
    assert "DescribeStacks" in translate(answer("AccessDenied")).message
