"""AWS: one boto3 session, one client a service, shared by all that run side by side."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, cast

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError
from botocore.session import Session

from scripts.clients.answers import Answers
from scripts.clients.credentials import CredentialsSession
from scripts.clients.failures import AWS_FAILURES, translate
from scripts.clients.models import use_models
from scripts.clients.timestamps import as_utc
from scripts.clients.underway import Underway
from scripts.errors import ConfigurationError, UndeterminedError

if TYPE_CHECKING:
    from botocore.hooks import BaseEventHooks
    from botocore.model import OperationModel
    from mypy_boto3_autoscaling import AutoScalingClient
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_codebuild import CodeBuildClient
    from mypy_boto3_codeconnections import CodeConnectionsClient
    from mypy_boto3_codepipeline import CodePipelineClient
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sts import STSClient

CONNECT_TIMEOUT = 3  # seconds
READ_TIMEOUT = 15  # seconds
ATTEMPTS = 4  # the first one included
CONNECTIONS = 32
ASKED_ONCE = ("sesv2",)  # what a second try would do a second time
_ONCE = Config(retries={"mode": "standard", "total_max_attempts": 1})
# Those of a verification, as it comes to them; the largest model by far is EC2's.
SERVICES = (
    "sts",
    "codepipeline",
    "cloudformation",
    "cloudwatch",
    "elbv2",
    "autoscaling",
    "codeconnections",
    "sns",
    "kms",
    "logs",
    "ec2",
)


@dataclass(frozen=True)
class Identity:
    """Who asks."""

    account_id: str
    arn: str


class Listener(Protocol):
    """Hears of calls."""

    def listen(self, events: BaseEventHooks) -> None: ...


class Aws:
    """The AWS clients of one run. Safe to use from several threads; `api_calls` counts calls, not retries.

    `underway` knows which of them have no answer yet.

    Args:
        session: what boto3's session stands on: its credentials, configuration and models.
        region: of all clients.
    """

    def __init__(self, session: Session, region: str) -> None:
        self.region = region
        self.api_calls = 0
        self._session = boto3.Session(botocore_session=session)
        self._config = Config(
            connect_timeout=CONNECT_TIMEOUT,
            read_timeout=READ_TIMEOUT,
            max_pool_connections=CONNECTIONS,
            retries=cast("Any", _retries(session)),
        )
        self._clients: dict[str, Any] = {}
        self._refused: dict[str, UndeterminedError] = {}
        self._lock = threading.Lock()
        session.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=as_utc)
        self._events = self._session.events
        Answers().listen(self._events)
        self._events.register_first("before-parameter-build", self._refuse)
        self._events.register_first("before-call", self._count)
        self.underway = Underway()
        self.underway.listen(self._events)

    @property
    def autoscaling(self) -> AutoScalingClient:
        return self._client("autoscaling")

    @property
    def cloudformation(self) -> CloudFormationClient:
        return self._client("cloudformation")

    @property
    def cloudwatch(self) -> CloudWatchClient:
        return self._client("cloudwatch")

    @property
    def codebuild(self) -> CodeBuildClient:
        return self._client("codebuild")

    @property
    def codeconnections(self) -> CodeConnectionsClient:
        return self._client("codeconnections")

    @property
    def codepipeline(self) -> CodePipelineClient:
        return self._client("codepipeline")

    @property
    def ec2(self) -> EC2Client:
        return self._client("ec2")

    @property
    def elbv2(self) -> ElasticLoadBalancingv2Client:
        return self._client("elbv2")

    @property
    def kms(self) -> KMSClient:
        return self._client("kms")

    @property
    def logs(self) -> CloudWatchLogsClient:
        return self._client("logs")

    @property
    def mail(self) -> SESV2Client:
        """SES, asked once: a message whose answer was lost may have been sent."""
        return self._client("sesv2")

    @property
    def s3(self) -> S3Client:
        return self._client("s3")

    @property
    def secretsmanager(self) -> SecretsManagerClient:
        return self._client("secretsmanager")

    @property
    def sns(self) -> SNSClient:
        return self._client("sns")

    @property
    def sts(self) -> STSClient:
        return self._client("sts")

    def identity(self) -> Identity:
        """Who the credentials belong to.

        Raises:
            UndeterminedError: no or refused credentials, no connection, or another answer of AWS.
            ConfigurationError: the AWS configuration cannot be used.
        """
        try:
            caller = self.sts.get_caller_identity()
        except AWS_FAILURES as problem:
            raise translate(problem) from problem
        return Identity(caller["Account"], caller["Arn"])

    def refuse(self, service: str, cause: UndeterminedError) -> None:
        """Answer every further call of that service with `cause`, at once and without asking AWS."""
        self._refused[service] = cause

    def ask_again(self) -> None:
        """Refuse nothing that was refused so far."""
        self._refused.clear()

    def make_ahead(self, services: Iterable[str] = SERVICES) -> None:
        """Make the clients of the services, while others are already asked; what goes wrong is for who asks by one."""
        with suppress(ConfigurationError, BotoCoreError):
            for service in services:
                self._client(service)

    def tell(self, listener: Listener) -> None:
        """Have the listener hear of every call of clients that are made from now on."""
        listener.listen(self._events)

    def _client(self, service: str) -> Any:
        # making a client from a session is not thread-safe, using one is
        with self._lock:
            if service not in self._clients:
                self._clients[service] = self._make(service)
            return self._clients[service]

    def _make(self, service: str) -> Any:
        try:
            make: Any = self._session.client  # its types name every service
            config = self._config.merge(_ONCE) if service in ASKED_ONCE else self._config
            return make(service, region_name=self.region, config=config)
        except ValueError as problem:  # botocore's answer to an endpoint or a number it cannot read
            fix = "Correct AWS_ENDPOINT_URL and the other AWS_* variables."
            raise ConfigurationError(f"The AWS configuration cannot be used: {problem}.", fix) from problem

    def _refuse(self, model: OperationModel, **_: Any) -> None:
        cause = self._refused.get(model.service_model.service_name)
        if cause is not None:
            raise type(cause)(cause.message, cause.fix)

    def _count(self, **_: Any) -> None:
        with self._lock:
            self.api_calls += 1


def connect(profile: str | None, region: str | None, default_region: str) -> Aws:
    """The clients for `profile` and `region`, or else for what the AWS environment and configuration say.

    `default_region` is used when nobody names one.

    Raises:
        ConfigurationError: no such profile, or a configuration file that cannot be read.
    """
    try:
        session = CredentialsSession(profile=profile)
        use_models(session)
        # botocore itself reads AWS_DEFAULT_REGION only; every other AWS tool reads AWS_REGION first
        configured = os.environ.get("AWS_REGION") or session.get_config_variable("region")
        return Aws(session, region or configured or default_region)
    except BotoCoreError as problem:
        raise translate(problem) from problem


def _retries(session: Session) -> dict[str, Any]:
    """Standard and bounded, except for what AWS_RETRY_MODE, AWS_MAX_ATTEMPTS or the profile ask for."""
    profile: dict[str, Any] = session.get_scoped_config()
    retries: dict[str, Any] = {}
    if not (os.environ.get("AWS_RETRY_MODE") or profile.get("retry_mode")):
        retries["mode"] = "standard"
    if not (os.environ.get("AWS_MAX_ATTEMPTS") or profile.get("max_attempts")):
        retries["total_max_attempts"] = ATTEMPTS
    return retries
