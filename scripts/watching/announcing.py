"""Tells everybody what a watch sees. The ledger has each message once, however many watch and announce."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from scripts import streams
from scripts.announcing.announce import Desk
from scripts.announcing.facts import Progress, occasion_of
from scripts.announcing.following import Following
from scripts.announcing.reading import Executions
from scripts.channels.opening import channels_of
from scripts.clients.failures import AWS_FAILURES, translate
from scripts.errors import ConfigurationError, ReleaseError

if TYPE_CHECKING:
    from scripts.clients.aws import Aws
    from scripts.clients.github import GitHub
    from scripts.ledger.ledger import Ledger
    from sop.outputs import StackOutputs


@dataclass
class Announcing:
    """One stack's executions, announced as they are seen.

    `aws` gives the clients that are valid now; `owed` are the occasions of which somebody was not told.
    """

    outputs: StackOutputs
    github: GitHub
    ledger: Ledger
    aws: Callable[[], Aws]
    owed: set[str] = field(default_factory=set[str])
    _following: dict[str, Following] = field(default_factory=dict[str, Following])

    def __post_init__(self) -> None:
        if self.outputs.announcements is None:
            raise ConfigurationError(
                f"Nobody hears of the releases of {self.outputs.stack}: it has no announcements.",
                f"Set release:announcements in its file, and run `pulumi up --stack {self.outputs.stack}`.",
            )

    def seen(self, execution_id: str) -> None:
        """Announce what is to be announced of it by now; what does not work is said, and the watch goes on."""
        aws = self.aws()
        try:
            executions = Executions(self.outputs, aws, self.github, self.ledger)
            release, snapshot, found = executions.read(execution_id)
        except AWS_FAILURES as problem:
            self._lost(execution_id, translate(problem).message)
            return
        except ReleaseError as problem:
            self._lost(execution_id, problem.message)
            return
        if execution_id not in self._following:
            desk = Desk(self.outputs, self.ledger, channels_of(self.outputs, aws))
            self._following[execution_id] = Following(desk, release, streams.say)
        # how far it came is of no use to anybody once it has ended
        ended = snapshot.execution.ended is not None
        wanted = [what for what in found if not (ended and isinstance(what, Progress))]
        told = {one.occasion.key: one for one in self._following[execution_id].tell(wanted)}
        for what in wanted:
            key = occasion_of(release.id, what).key
            if key in told:
                (self.owed.discard if told[key].good else self.owed.add)(key)
        self.owed.discard(execution_id)

    def _lost(self, execution_id: str, why: str) -> None:
        self.owed.add(execution_id)
        streams.say(f"{execution_id} was not announced: {why} `release announce --pending` tells what is owed.")
