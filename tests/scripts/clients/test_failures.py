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
        (answer("InvalidSignatureException"), CredentialsError),
        (answer("RequestExpired"), CredentialsError),
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


WHO = "User: arn:aws:sts::123456789012:assumed-role/r/s is not authorized to perform: sns:Publish on resource: arn:x"


@pytest.mark.parametrize(
    ("words", "observed", "fix"),
    [
        (
            "with an explicit deny in a service control policy",
            "an explicit deny in a service control policy",
            "administers the AWS organisation",
        ),
        (
            "with an explicit deny in a service control policy: arn:aws:organizations::1:policy/o-1/service/p-1.",
            "an explicit deny in a service control policy: arn:aws:organizations::1:policy/o-1/service/p-1",
            "administers the AWS organisation",
        ),
        (
            "because no service control policy allows the sns:Publish action",
            "no service control policy allows it",
            "administers the AWS organisation",
        ),
        (
            "with an explicit deny in a resource control policy",
            "an explicit deny in a resource control policy",
            "administers the AWS organisation",
        ),
        (
            "because no permissions boundary allows the sns:Publish action",
            "no permissions boundary allows it",
            "in the role's permissions boundary",
        ),
        (
            "because no session policy allows the sns:Publish action",
            "no session policy allows it",
            "in the session policy",
        ),
        (
            "because no VPC endpoint policy allows the sns:Publish action",
            "no VPC endpoint policy allows it",
            "VPC endpoint",
        ),
        (
            "because no resource-based policy allows the sns:Publish action",
            "no resource-based policy allows it",
            "of the resource itself",
        ),
        (
            "with an explicit deny in an identity-based policy",
            "an explicit deny in an identity-based policy",
            "Take the deny of sns:Publish out",
        ),
    ],
)
def test_who_denies_is_said_and_the_roles_own_policy_is_not_said_to_mend_it(
    words: str, observed: str, fix: str
) -> None:
    problem = translate(answer("AccessDenied", f"{WHO} {words}"))
    assert problem.message == f"Access denied: sns:Publish is not allowed: {observed}."
    assert fix in problem.fix
    assert "release iam-policy" not in problem.fix


@pytest.mark.parametrize("words", ["", " because no identity-based policy allows the sns:Publish action"])
def test_what_the_roles_policy_lacks_is_for_that_policy(words: str) -> None:
    assert "`release iam-policy`" in translate(answer("AccessDenied", f"{WHO}{words}")).fix


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("InvalidSignatureException", "Signature expired: 20260310T012000Z is now earlier than 20260310T013000Z"),
        ("SignatureDoesNotMatch", "Signature not yet current: 20260310T014000Z is still later than 20260310T013000Z"),
        ("RequestTimeTooSkewed", "The difference between the request time and the current time is too large."),
        ("RequestExpired", "Request has expired."),
    ],
)
def test_a_signature_of_another_time_is_a_matter_of_the_clock_and_of_no_login(code: str, message: str) -> None:
    problem = translate(answer(code, message))
    assert "this machine's clock is wrong" in problem.message
    assert "timedatectl" in problem.fix
    assert "sso login" not in problem.fix


@pytest.mark.parametrize("code", ["InvalidSignatureException", "SignatureDoesNotMatch", "AuthFailure"])
def test_a_signature_that_does_not_match_is_a_key_or_a_clock(code: str) -> None:
    problem = translate(answer(code, "The request signature we calculated does not match the one you provided."))
    assert "the secret key or this machine's clock" in problem.message
    assert "AWS_SECRET_ACCESS_KEY" in problem.fix
