"""Names that the SOP fixes, by environment (SOP 1.1, 2.1, 2.2, 4.4), and those of services beside the SOP's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

REGION = "ap-southeast-2"
STATUS_CHECK = "CFN-Lint"
ALERT_EMAIL = "operations@helios.id"
SLACK_CHANNEL = "infrastructure-prod"
INCIDENT_LABEL = "incident"  # of an issue on GitHub, while it is active
OPERATIONS_MANAGER = "operations-manager"  # the team's name on GitHub
SERVICE = "web"  # the one whose names the SOP gives
PROJECT = "release-process"  # what the tag Project of all that this program makes says

APPLICATION_ERRORS = "ApplicationErrors"  # the metric of the application's error lines
EVENT_SUBJECTS = ("execution", "rollback")  # what EventBridge tells the alerts topic of
RUNNER_SUBJECTS = (
    "built",
    "alarm",
    "deployed",
    "deploying",
    "ended",
    "runner",
)  # what EventBridge starts the runner on, and its failure
COMMAND = "runner/"  # the folder of the records bucket that the runner's command is in
OUTPUTS_FILE = f"{COMMAND}outputs.json"  # and the stack's outputs
RUNS = "runs/"  # that of what its runs have kept
LEDGER = "ledger/"  # the folder of the records bucket that is the ledger; nothing else is in it
RUNNER_VARIABLE = "RELEASE_RUNNER"  # in the runner's environment its project's name: so it knows that it is the one
NOTES = "releases/"  # that of release notes, where they are kept there
CHAT_TOPIC = "-chat"  # what the name of a topic that only Amazon Q reads ends in
ALARM_SUBJECTS = (
    *("pipeline-failed", "pipeline-duration", "undelivered-alerts"),
    *("response-time", "error-rate", "unhealthy-hosts", "cpu", "application-errors"),  # of the workload
)
# What the configuration may rename; everything else follows from these and the environment.
RENAMEABLE = ("pipeline", "cloudformation_stack", "topic", "dashboard", "artifact_bucket")


class Environment(StrEnum):
    """Where a release is deployed (SOP 1.1)."""

    DEV = "dev"
    PROD = "prod"


def environment_of(stack: str) -> Environment:
    """The environment of a Pulumi stack: `dev` and `prod` are theirs, `api-prod` is what follows its last hyphen.

    Raises:
        ValueError: it is neither, or nothing stands before the hyphen.
    """
    label, hyphen, environment = stack.rpartition("-")
    if hyphen and not label:
        raise ValueError(f"{stack!r} is no stack of an environment")
    return Environment(environment)


class Stage(StrEnum):
    """The pipeline's stages, in order (SOP 2.1)."""

    SOURCE = "Source"
    BUILD = "Build"
    DEPLOY = "Deploy"


# What the projects of these stages run, out of the repository (SOP 2.1).
BUILDSPECS: Mapping[Stage, str] = {Stage.BUILD: "buildspec-test.yml", Stage.DEPLOY: "buildspec.yml"}


@dataclass(frozen=True)
class Names:
    """Every name of one environment of one service in one region.

    No two environments, services or regions share a name where AWS would have them share the thing, so all fit in
    one account. The service `web` has the SOP's names. `overrides` replaces names listed in RENAMEABLE.
    """

    environment: Environment
    overrides: Mapping[str, str] = field(default_factory=dict[str, str], hash=False)
    service: str = SERVICE
    region: str = REGION

    @property
    def branch(self) -> str:
        return {Environment.DEV: "dev", Environment.PROD: "main"}[self.environment]

    @property
    def pipeline(self) -> str:
        return self._chosen("pipeline", self._of_service("pipeline", f"web-pipeline-{self.environment}"))

    @property
    def cloudformation_stack(self) -> str:
        sop_name = f"web-infrastructure-{self.environment}"
        return self._chosen("cloudformation_stack", self._of_service("infrastructure", sop_name))

    @property
    def artifact_bucket(self) -> str:
        """The bucket's name without account and region, which make it unique on all of AWS."""
        return self._chosen("artifact_bucket", self._of_service("artifacts", f"{self.pipeline}-artifacts"))

    @property
    def records_bucket(self) -> str:
        """The bucket's name without account and region, as the artifact bucket's."""
        return self._of_service("records", f"web-records-{self.environment}")

    @property
    def channel_secret(self) -> str:
        """The secret with what announcements are sent with."""
        return f"{self._prefix}-release-channels"

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
    def runner_project(self) -> str:
        return f"{self.pipeline}-runner"

    @property
    def schedule_group(self) -> str:
        return self.runner_project

    @property
    def topic(self) -> str:
        return self._chosen("topic", f"{self._prefix}-alerts")

    @property
    def chat_topic(self) -> str:
        """The topic that only Amazon Q reads."""
        return f"{self.topic}{CHAT_TOPIC}"

    @property
    def dashboard(self) -> str:
        """Dashboards are an account's in all its regions: only the SOP's own region has the bare name."""
        elsewhere = "" if self.region == REGION else f"-{self.region}"
        return self._chosen("dashboard", f"{self._prefix}-infrastructure-dashboard{elsewhere}")

    @property
    def alarm_prefix(self) -> str:
        return f"{self._prefix}-"

    @property
    def composite_alarm(self) -> str:
        return f"{self._prefix}-release-health"

    @property
    def application_log_group(self) -> str:
        return self._log_group("/aws/ec2", "web-server")

    @property
    def access_log_group(self) -> str:
        return self._log_group("/aws/elasticloadbalancing", "app")

    @property
    def access_log_delivery(self) -> str:
        return f"{self._prefix}-alb-access-logs"

    @property
    def metric_namespace(self) -> str:
        """Where CloudWatch keeps the metrics made from this environment's logs."""
        return f"WebInfrastructure/{self._prefix}"

    def bucket_in(self, account_id: str) -> str:
        """The artifact bucket's full name."""
        return f"{self.artifact_bucket}-{account_id}-{self.region}"

    def records_in(self, account_id: str) -> str:
        """The records bucket's full name."""
        return f"{self.records_bucket}-{account_id}-{self.region}"

    def role(self, part: str) -> str:
        """The IAM role of one part: `pipeline`, `build`, `deploy`, `pull-request`, `cloudformation`, `chat`,
        `runner`, `schedules`, `events`.

        IAM is one for all regions.
        """
        return f"{self.pipeline}-{part}-{self.region}"

    def alarm(self, subject: str) -> str:
        """The alarm on `subject`, such as `cpu`."""
        return f"{self.alarm_prefix}{subject}"

    def event_rule(self, subject: str) -> str:
        """The EventBridge rule on `subject`, such as `execution`."""
        return f"{self.pipeline}-{subject}"

    def _chosen(self, name: str, default: str) -> str:
        return self.overrides.get(name, default)

    @property
    def _prefix(self) -> str:
        """What the names begin with that the SOP begins with the environment."""
        return str(self.environment) if self.service == SERVICE else f"{self.environment}-{self.service}"

    def _of_service(self, what: str, sop_name: str) -> str:
        return sop_name if self.service == SERVICE else f"{self._prefix}-{what}"

    def _log_group(self, folder: str, sop_name: str) -> str:
        """The SOP gives one name for both environments: its production keeps it."""
        if self.service != SERVICE:
            return f"{folder}/{self._prefix}-{sop_name}"
        return (
            f"{folder}/{sop_name}"
            if self.environment is Environment.PROD
            else f"{folder}/{sop_name}-{self.environment}"
        )
