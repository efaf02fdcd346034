"""All that one stack is configured to be."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from sop.names import PROJECT, Environment, Names
from sop.outputs import AnnouncementsOutput, CalendarOutput
from sop.thresholds import Thresholds
from sop.windows import ReleaseWindow


@dataclass(frozen=True, kw_only=True)
class BranchRules:
    """What GitHub asks for before a merge (SOP 1.2)."""

    approvals: int
    up_to_date: bool
    code_owner_reviews: bool
    bypass_actors: tuple[str, ...]


class Watched(StrEnum):
    """What of the web infrastructure is watched: the values of release:workload."""

    INSTANCES = "instances"  # the load balancer, its targets, and the Auto Scaling group that they are of
    TARGETS = "targets"  # the load balancer and its targets: no group is behind them
    NONE = "none"


@dataclass(frozen=True, kw_only=True)
class Slack:
    """The channel that alerts go to; both ids are secrets. `topics` are the ARNs of other stacks' topics."""

    workspace_id: str = field(repr=False)
    channel_id: str = field(repr=False)
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ChannelSecrets:
    """What announcements are sent with, and what the runner asks GitHub with."""

    slack_token: str | None = field(repr=False)
    status_page_key: str | None = field(repr=False)
    github_token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All that one stack is configured to be; keys.py describes what each comes from."""

    environment: Environment
    names: Names
    region: str
    repository: str
    branch: str
    connection_arn: str
    alert_emails: tuple[str, ...]
    slack: Slack | None
    chat: bool  # whether Amazon Q reads the alerts, for this stack's channel or for another's
    runbooks: str
    branch_rules: BranchRules | None  # None: another stack protects the branch
    operations_manager: str  # ORGANIZATION/TEAM, or /USER
    manager_counts: bool
    release_window: ReleaseWindow | None
    calendar: CalendarOutput | None
    announcements: AnnouncementsOutput | None
    channel_secrets: ChannelSecrets | None
    thresholds: Thresholds
    pull_request_check: bool
    access_log_delivery: bool
    application_error_pattern: str
    endpoint_url: str | None
    iam_propagation_seconds: float
    interrupt_executions: bool
    workload_policies: tuple[str, ...]
    watched: Watched
    keep_records: bool
    runner: bool | None  # None: where there is what it needs

    @property
    def protects(self) -> bool:
        """Whether Pulumi keeps what cannot be made again (keys, history, branch protection) from deletion."""
        return self.environment is Environment.PROD

    @property
    def account_id(self) -> str:
        """The account that the connection belongs to."""
        return self.connection_arn.split(":")[4]

    @property
    def owner(self) -> str:
        """The repository's owner on GitHub."""
        return self.repository.partition("/")[0]

    @property
    def repository_name(self) -> str:
        """The repository's name without its owner."""
        return self.repository.partition("/")[2]

    @property
    def tags(self) -> dict[str, str]:
        """The tags of every AWS resource."""
        return {
            "Environment": str(self.environment),
            "Project": PROJECT,
            "Service": self.names.service,
            "ManagedBy": "Pulumi",
            "Repository": self.repository,
        }
