"""What the gate's checks look at: one pull request, the stack that it would be deployed to, and facts they share."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from scripts.announcing.planned import Planned, planned_of
from scripts.calendar.ordered import calendar_knowing
from scripts.calendar.schedule import needed_by
from scripts.checks.deployed import Deployed, deployed_revision
from scripts.clients.github import Compared, GitHub
from scripts.clients.github_errors import GitHubNotFoundError
from scripts.errors import ReleaseError
from scripts.gate import reading
from scripts.gate.approvals import Opinion, Standing, is_among, opinions, own_diff
from scripts.gate.comments import Judged, Wanted, judged
from scripts.gate.dev import LOOKED_BACK, REMEMBERED, Dev, branch_of, read_deployments
from scripts.gate.pull_request import Comment, Incident, PullRequest, Reported, Review, Rival
from scripts.gate.stays import Deployment
from scripts.ledger.comments import used
from scripts.ledger.ledger import Ledger
from scripts.releases.identity import of_pull
from scripts.shared import shared
from sop.calendar.calendar import Calendar, Needed
from sop.names import INCIDENT_LABEL, Environment
from sop.outputs import StackOutputs
from sop.windows import BUSINESS_HOURS

if TYPE_CHECKING:
    from scripts.clients.aws import Aws

RELEASE_BRANCH, HOTFIX_BRANCH, BACK_MERGE_BRANCH, FEATURE_BRANCH = "release/", "hotfix/", "back-merge/", "feature/"


class Kind(StrEnum):
    """What a pull request would be, merged."""

    CHANGE = "change"  # to dev
    RELEASE = "release"
    HOTFIX = "hotfix"
    TAKE_BACK = "take-back"  # of what this stack has run before, from any branch
    UNKNOWN = "none of these"


class GateContext:
    """One question about one pull request. Each shared fact is fetched once, by whichever check asks first.

    Args:
        outputs: of the stack that the pull request would be deployed to.
        aws: clients of its account and region.
        github: its repository.
        number: the pull request's.
        now: AWS's time of day.
        at: when the release is to begin; now, or a time that is asked about.
        needed: how long it takes from then on; None: as long as from a merge.
        ledger: the stack's; `no_ledger` says why there is none.
        dev: the stack that changes come from; `no_dev` says why it cannot be looked at.
    """

    def __init__(
        self,
        *,
        outputs: StackOutputs,
        aws: Aws,
        github: GitHub,
        number: int,
        now: datetime,
        at: datetime,
        needed: Needed | None = None,
        ledger: Ledger | None = None,
        no_ledger: ReleaseError | None = None,
        dev: Dev | None = None,
        no_dev: ReleaseError | None = None,
    ) -> None:
        self.outputs = outputs
        self.aws = aws
        self.github = github
        self.number = number
        self.now = now
        self.at = at
        self.needed = needed_by(outputs) if needed is None else needed
        self.ledger = ledger
        self.no_ledger = no_ledger
        self.dev = dev
        self.no_dev = no_dev

    @shared
    def pull(self) -> PullRequest:
        """The pull request. Raises GitHubError, ConfigurationError."""
        return reading.read_pull_request(self.github, self.number)

    @shared
    def reviews(self) -> tuple[Review, ...]:
        """Every review, oldest first. Raises GitHubError."""
        return reading.read_reviews(self.github, self.number)

    @shared
    def comments(self) -> tuple[Comment, ...]:
        """Every comment, oldest first. Raises GitHubError."""
        return reading.read_comments(self.github, self.number)

    @shared
    def used(self) -> frozenset[int]:
        """The ids of comments that have approved something else already. Raises UndeterminedError, and `no_ledger`."""
        if self.no_ledger:
            raise self.no_ledger
        return used(self.ledger, apart_from=of_pull(self.number)) if self.ledger else frozenset()

    @shared
    def planned(self) -> tuple[Planned, ...]:
        """What was announced of it beforehand. Raises UndeterminedError, and `no_ledger`."""
        if self.no_ledger:
            raise self.no_ledger
        return tuple(planned_of(self.ledger, of_pull(self.number))) if self.ledger else ()

    @shared
    def reported(self) -> tuple[Reported, ...]:
        """What was reported on the head. Raises GitHubError."""
        return reading.read_reported(self.github, self.pull.head_sha)

    @shared
    def rivals(self) -> tuple[Rival, ...]:
        """The other open pull requests into the same branch. Raises GitHubError."""
        found = reading.read_open_pulls(self.github, self.outputs.branch)
        return tuple(one for one in found if one.number != self.number)

    @shared
    def open_into_dev(self) -> tuple[Rival, ...]:
        """The open pull requests into dev. Raises GitHubError."""
        return reading.read_open_pulls(self.github, self.dev_branch)

    @shared
    def deployed_in_dev(self) -> tuple[Deployment, ...]:
        """What dev's pipeline has deployed. Raises GitHubError, and what AWS raises."""
        if self.dev is None:
            return ()
        return read_deployments(self.dev.outputs, self.dev.aws, self.github, self.now - LOOKED_BACK)

    @shared
    def ran_before(self) -> frozenset[str]:
        """The contents that this stack has run, as far as its pipeline remembers. Raises as `deployed_in_dev`."""
        found = read_deployments(self.outputs, self.aws, self.github, self.now - REMEMBERED)
        return frozenset(one.content for one in found if one.content)

    @shared
    def deployed(self) -> Deployed:
        """What runs. Raises UndeterminedError, and what AWS raises."""
        return deployed_revision(self.outputs, self.aws, self.now)

    @shared
    def carried(self) -> Compared:
        """What the base has beyond what runs. Raises GitHubError."""
        return self.github.compare(self.deployed.revision or "", self.pull.base_sha)

    @shared
    def incidents(self) -> tuple[Incident, ...]:
        """The issues of active incidents. Raises GitHubError."""
        return reading.read_incidents(self.github, INCIDENT_LABEL)

    @shared
    def calendar(self) -> Calendar | None:
        """The stack's calendar with what somebody ordered; None where it is released at any time.

        Raises:
            ConfigurationError: the outputs hold none that can be used.
            UndeterminedError: the ledger cannot be read.
        """
        return calendar_knowing(self.outputs, self.ledger)

    @property
    def zone(self) -> ZoneInfo:
        """In which the release's times are told: the window's, or that of business hours."""
        window = self.outputs.release_window
        return ZoneInfo(window.time_zone) if window else BUSINESS_HOURS.zone

    @shared
    def next_open(self) -> datetime | None:
        """From that time on the first moment at which a release may begin; None: none is found.

        Raises:
            CalendarUnknownError: what holidays there are is not known.
        """
        return self.calendar.next_open(self.at, self.needed) if self.calendar else self.at

    @shared
    def managers(self) -> frozenset[str]:
        """The logins of those who are the operations manager. Raises GitHubError."""
        return reading.read_managers(self.github, self.outputs.operations_manager)

    @shared
    def opinions(self) -> tuple[Opinion, ...]:
        """Everyone's latest opinion, and how it was counted. Raises GitHubError."""
        return opinions(self.reviews, self.pull.author, self.standing)

    @property
    def of_managers(self) -> tuple[Opinion, ...]:
        """The operations manager's opinions. Raises GitHubError."""
        return tuple(one for one in self.opinions if is_among(one.by, self.managers))

    @shared
    def compared(self) -> Compared:
        """How the head lies to the base. Raises GitHubError."""
        return self.github.compare(self.pull.base_sha, self.pull.head_sha)

    @shared
    def unmerged_back(self) -> Compared:
        """What the base has and dev has not. Raises GitHubError."""
        return self.github.compare(self.dev_branch, self.pull.base_sha)

    @shared
    def head_diff(self) -> str | None:
        """The head's own diff, as it is compared. Raises GitHubError."""
        return self._own_diff(self.pull.head_sha)

    @property
    def kind(self) -> Kind:
        """By the branch; who may merge so is for `merge-flow` to say."""
        if self.outputs.environment == Environment.DEV:
            return Kind.CHANGE
        head = self.pull.head
        if head == self.dev_branch or head.startswith(RELEASE_BRANCH):
            return Kind.RELEASE
        if self.pull.content and self.pull.content in self.ran_before:
            return Kind.TAKE_BACK
        return Kind.HOTFIX if head.startswith(HOTFIX_BRANCH) else Kind.UNKNOWN

    @property
    def is_urgent(self) -> bool:
        """Whether it does not wait its turn."""
        return self.kind in (Kind.HOTFIX, Kind.TAKE_BACK)

    @property
    def dev_branch(self) -> str:
        return branch_of(self.dev)

    @property
    def needed_approvals(self) -> int:
        """Of team members: as GitHub is told to ask for, where this stack tells it; else the SOP's."""
        if self.kind is Kind.HOTFIX:
            return 1
        usual = 1 if self.outputs.environment == Environment.DEV else 2
        return usual if self.outputs.required_approvals is None else self.outputs.required_approvals

    def standing(self, commit: str) -> Standing:
        """What an approval of that commit is worth for the head. Raises GitHubError."""
        if commit == self.pull.head_sha:
            return Standing.HEAD
        if not commit:
            return Standing.UNKNOWN
        try:
            then = self._own_diff(commit)
        except GitHubNotFoundError:
            return Standing.UNKNOWN
        if then is None or self.head_diff is None:
            return Standing.UNKNOWN
        return Standing.SAME_DIFF if then == self.head_diff else Standing.OTHER_DIFF

    def judged(self, wanted: Wanted) -> tuple[Judged, ...]:
        """The comments that say `/approve` to it. Raises GitHubError."""
        return judged(self.comments, wanted)

    def _own_diff(self, commit: str) -> str | None:
        patch = self.github.diff(self.pull.base_sha, commit)
        return None if patch is None else own_diff(patch)
