"""The ARNs of what a stack is made of, known before anything of it exists."""

from __future__ import annotations

from dataclasses import dataclass

from components.account import Account
from components.chat import configuration_name
from components.configuration.settings import Settings
from sop.names import ALARM_SUBJECTS, COMMAND


@dataclass(frozen=True)
class StackResources:
    """One stack's resources. Where AWS makes part of an ARN, `*` stands for that part."""

    settings: Settings

    @property
    def account(self) -> Account:
        partition = self.settings.connection_arn.split(":")[1]
        return Account(account_id=self.settings.account_id, region=self.settings.region, partition=partition)

    def pipeline(self) -> list[str]:
        return [self.account.arn("codepipeline", self.settings.names.pipeline)]

    def projects(self) -> list[str]:
        """All that are called after the pipeline: named one by one they would not fit in a policy."""
        return [self.account.arn("codebuild", f"project/{self.settings.names.pipeline}-*")]

    def roles(self) -> list[str]:
        """All that begin with the pipeline's name and end with the region: named one by one they fill the policy."""
        return self._roles("*")

    def keys(self) -> list[str]:
        """A key has no name of its own: its tags say whose it is."""
        return [self.account.arn("kms", "key/*")]

    def aliases(self) -> list[str]:
        names = self.settings.names
        aliases = (names.artifact_bucket, *([names.records_bucket] if self.settings.keep_records else []), names.topic)
        return [self.account.arn("kms", f"alias/{alias}") for alias in aliases]

    def buckets(self) -> list[str]:
        return [self._bucket(self._artifacts), *([self._bucket(self._records)] if self.settings.keep_records else [])]

    def objects(self) -> list[str]:
        """Those that go with their bucket: production's records do not."""
        settings = self.settings
        records = [self._records] if settings.keep_records and not settings.protects else []
        return [f"{self._bucket(name)}/*" for name in (self._artifacts, *records)]

    def topics(self) -> list[str]:
        names = self.settings.names
        return [
            self.account.arn("sns", topic)
            for topic in (names.topic, *([names.chat_topic] if self.settings.chat else []))
        ]

    def channel_secret(self) -> list[str]:
        """Secrets Manager ends a secret's ARN in six characters of its own; of one to come nobody knows them."""
        return [self.account.arn("secretsmanager", f"secret:{self.settings.names.channel_secret}*")]

    def alarms_by_prefix(self) -> list[str]:
        """With the SOP's service's prefix begin every other service's names, too: to read, since it is short."""
        return [self.account.arn("cloudwatch", f"alarm:{self.settings.names.alarm_prefix}*")]

    def alarms(self) -> list[str]:
        names = self.settings.names
        alarms = (names.composite_alarm, *map(names.alarm, ALARM_SUBJECTS))
        return [self.account.arn("cloudwatch", f"alarm:{alarm}") for alarm in alarms]

    def dashboard(self) -> list[str]:
        return [self.account.global_arn("cloudwatch", f"dashboard/{self.settings.names.dashboard}")]

    def rules(self) -> list[str]:
        """As of projects."""
        return [self.account.arn("events", f"rule/{self.settings.names.event_rule('*')}")]

    def schedule_group(self) -> list[str]:
        return [self.account.arn("scheduler", f"schedule-group/{self.settings.names.schedule_group}")]

    def schedules(self) -> list[str]:
        return [self.account.arn("scheduler", f"schedule/{self.settings.names.schedule_group}/*")]

    def command(self) -> list[str]:
        """What the runner is given to read."""
        return [f"{self._bucket(self._records)}/{COMMAND}*"]

    def log_groups(self) -> list[str]:
        """Those of builds and of access logs. A group's tags are asked for by its name alone, the rest by `NAME:*`."""
        names = self.settings.names
        groups = (f"/aws/codebuild/{names.pipeline}-*", names.access_log_group, f"{names.access_log_group}:*")
        return [self.account.arn("logs", f"log-group:{group}") for group in groups]

    def filtered_log_group(self) -> list[str]:
        """The application's log group, whose error lines are counted; the web infrastructure's stack makes it."""
        return [self.account.arn("logs", f"log-group:{self.settings.names.application_log_group}:*")]

    def deliveries(self) -> list[str]:
        name = self.settings.names.access_log_delivery
        ends = [self.account.arn("logs", f"delivery-{end}:{name}") for end in ("source", "destination")]
        return [*ends, self.account.arn("logs", "delivery:*")]

    def stack(self) -> list[str]:
        return [self.account.arn("cloudformation", f"stack/{self.settings.names.cloudformation_stack}/*")]

    def connection(self) -> list[str]:
        return [self.settings.connection_arn]

    def chat(self) -> list[str]:
        name = configuration_name(self.settings.names, self.account)
        return [self.account.global_arn("chatbot", f"chat-configuration/slack-channel/{name}")]

    def anything(self) -> list[str]:
        """What AWS offers no narrower scope for."""
        return ["*"]

    @property
    def _artifacts(self) -> str:
        return self.settings.names.bucket_in(self.settings.account_id)

    @property
    def _records(self) -> str:
        return self.settings.names.records_in(self.settings.account_id)

    def _bucket(self, name: str) -> str:
        return f"arn:{self.account.partition}:s3:::{name}"

    def _roles(self, *parts: str) -> list[str]:
        return [self.account.global_arn("iam", f"role/{self.settings.names.role(part)}") for part in parts]
