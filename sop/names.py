"""Names that the SOP fixes, by environment (SOP 1.1, 2.1, 2.2, 4.4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

REGION = "ap-southeast-2"
STATUS_CHECK = "CFN-Lint"
ALERT_EMAIL = "operations@helios.id"
SLACK_CHANNEL = "infrastructure-prod"

# What the configuration may rename; everything else follows from these and the environment.
RENAMEABLE = ("pipeline", "cloudformation_stack", "topic", "dashboard", "artifact_bucket")


class Environment(StrEnum):
    """Where a release is deployed (SOP 1.1)."""

    DEV = "dev"
    PROD = "prod"


class Stage(StrEnum):
    """The pipeline's stages, in order (SOP 2.1)."""

    SOURCE = "Source"
    BUILD = "Build"
    DEPLOY = "Deploy"


@dataclass(frozen=True)
class Names:
    """Every name of one environment. No two environments share one, so both fit in one account and region.

    `overrides` replaces names listed in RENAMEABLE.
    """

    environment: Environment
    overrides: Mapping[str, str] = field(default_factory=dict[str, str], hash=False)

    @property
    def branch(self) -> str:
        return {Environment.DEV: "dev", Environment.PROD: "main"}[self.environment]

    @property
    def pipeline(self) -> str:
        return self._chosen("pipeline", f"web-pipeline-{self.environment}")

    @property
    def cloudformation_stack(self) -> str:
        return self._chosen("cloudformation_stack", f"web-infrastructure-{self.environment}")

    @property
    def artifact_bucket(self) -> str:
        """The bucket's name without the account, which makes it unique on all of AWS."""
        return self._chosen("artifact_bucket", f"{self.pipeline}-artifacts")

    @property
    def build_project(self) -> str:
        return f"{self.pipeline}-build"

    @property
    def deploy_project(self) -> str:
        return f"{self.pipeline}-deploy"

    @property
    def pull_request_project(self) -> str:
        return f"{self.pipeline}-pull-request"

    @property
    def topic(self) -> str:
        return self._chosen("topic", f"{self.environment}-alerts")

    @property
    def dashboard(self) -> str:
        return self._chosen("dashboard", f"{self.environment}-infrastructure-dashboard")

    @property
    def alarm_prefix(self) -> str:
        return f"{self.environment}-"

    @property
    def composite_alarm(self) -> str:
        return f"{self.environment}-release-health"

    @property
    def application_log_group(self) -> str:
        return self._shared_in_one_account("/aws/ec2/web-server")

    @property
    def access_log_group(self) -> str:
        return self._shared_in_one_account("/aws/elasticloadbalancing/app")

    @property
    def access_log_delivery(self) -> str:
        return f"{self.environment}-alb-access-logs"

    @property
    def metric_namespace(self) -> str:
        """Where CloudWatch keeps the metrics made from this environment's logs."""
        return f"WebInfrastructure/{self.environment}"

    def bucket_in(self, account_id: str) -> str:
        """The artifact bucket's full name."""
        return f"{self.artifact_bucket}-{account_id}"

    def role(self, part: str) -> str:
        """The IAM role of one part: `pipeline`, `build`, `deploy`, `pull-request`, `cloudformation`, `chat`."""
        return f"{self.pipeline}-{part}-role"

    def alarm(self, subject: str) -> str:
        """The alarm on `subject`, such as `cpu`."""
        return f"{self.alarm_prefix}{subject}"

    def event_rule(self, subject: str) -> str:
        """The EventBridge rule on `subject`, such as `execution`."""
        return f"{self.pipeline}-{subject}"

    def _chosen(self, name: str, default: str) -> str:
        return self.overrides.get(name, default)

    def _shared_in_one_account(self, sop_name: str) -> str:
        """The SOP gives one name for both environments: production keeps it."""
        return sop_name if self.environment is Environment.PROD else f"{sop_name}-{self.environment}"
