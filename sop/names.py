"""Names that the SOP fixes, by environment (SOP 1.1, 2.1, 2.2, 4.4)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

REGION = "ap-southeast-2"
STATUS_CHECK = "CFN-Lint"
ALERT_EMAIL = "operations@helios.id"
SLACK_CHANNEL = "infrastructure-prod"


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
    """Every name of one environment. No two environments share one, so both fit in one account and region."""

    environment: Environment

    @property
    def branch(self) -> str:
        return {Environment.DEV: "dev", Environment.PROD: "main"}[self.environment]

    @property
    def pipeline(self) -> str:
        return f"web-pipeline-{self.environment}"

    @property
    def cloudformation_stack(self) -> str:
        return f"web-infrastructure-{self.environment}"

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
        return f"{self.environment}-alerts"

    @property
    def dashboard(self) -> str:
        return f"{self.environment}-infrastructure-dashboard"

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

    def _shared_in_one_account(self, sop_name: str) -> str:
        """The SOP gives one name for both environments: production keeps it."""
        return sop_name if self.environment is Environment.PROD else f"{sop_name}-{self.environment}"
