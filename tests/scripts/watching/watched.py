"""An execution of prod as AWS tells it while it goes on, and what a watch makes of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from scripts.calendar.schedule import calendar_of
from scripts.clients.github import Compared, GitHub
from scripts.watching.ends import Ending, ending
from scripts.watching.happenings import Happening, happenings
from scripts.watching.reading import Reader
from scripts.watching.snapshot import Snapshot
from sop.outputs import StackOutputs
from tests.scripts.fake_aws import Params
from tests.scripts.prod_stack import EXECUTION, STACK_ID
from tests.scripts.release import FakeGitHub, Release, action, event, execution

FAILED_LOG = {"externalExecutionId": "lint:1", "externalExecutionUrl": "https://log"}
SOURCE, BUILD = action("Source", "Succeeded", 0, 1, category="Source"), action("Build", "Succeeded", 1, 3)


def deploying(since: float = 3, **result: Any) -> Params:
    """Deploy at work."""
    return action("Deploy", "InProgress", since, since, **result)


def root(status: str, minute: float, reason: str = "") -> Params:
    """An event about the stack itself."""
    return event("web-infrastructure-prod", status, minute=minute, physical_id=STACK_ID, reason=reason)


def states(*, door: Params | None = None, **latest: tuple[str, str]) -> Sequence[Params]:
    """The stages: `Deploy=(execution, status)` is in it."""
    found: list[Params] = []
    for name in ("Source", "Build", "Deploy"):
        one: Params = {"stageName": name, "inboundTransitionState": {"enabled": True}}
        if name in latest:
            who, status = latest[name]
            one["latestExecution"] = {"pipelineExecutionId": who, "status": status}
        if name == "Deploy" and door:
            one["inboundTransitionState"] = door
        found.append(one)
    return found


class Scene:
    """One execution that goes on, and the way to look at it."""

    def __init__(self, release: Release) -> None:
        self.release = release
        self.github: GitHub = FakeGitHub()
        release.aws.answer("BatchGetBuilds", {"builds": []})
        self.goes_on()

    def goes_on(self, *actions: Params, now: datetime | None = None) -> None:
        self.release.executions(execution("InProgress"))
        self.release.actions(*(actions or (SOURCE, BUILD, deploying())))
        self.release.now = now or self.release.now

    def ends(self, status: str, *actions: Params, minutes: float = 7, **more: Any) -> None:
        self.release.executions(execution(status, minutes=minutes, **more))
        self.release.actions(*actions)

    def rolls_back(self, *after: Params, cause: str = "Port is taken") -> None:
        """The stack's update fails in a listener of its own."""
        failed = event("Listener", "CREATE_FAILED", minute=4.5, kind="AWS::X::Listener", reason=cause)
        given_up = event("Rule", "CREATE_FAILED", minute=4.4, kind="AWS::X::Rule", reason="Resource creation cancelled")
        began = root("UPDATE_ROLLBACK_IN_PROGRESS", 4.7, "The following resource(s) failed to create: [Listener, Rule]")
        self.release.events(root("UPDATE_IN_PROGRESS", 4), failed, given_up, began, *after)

    @property
    def outputs(self) -> StackOutputs:
        return StackOutputs.parse(self.release.outputs)

    def read(self, execution_id: str = EXECUTION) -> Snapshot:
        release, outputs = self.release, self.outputs
        reader = Reader(outputs, release.aws.aws, self.github, lambda: release.now, lambda: calendar_of(outputs))
        return reader.read(execution_id)

    def told(self) -> list[Happening]:
        return happenings(self.read())

    def texts(self) -> list[str]:
        return [one.text for one in self.told()]

    def names(self) -> list[str]:
        return [one.what for one in self.told()]

    def ending(self) -> Ending:
        found = ending(self.read())
        assert found is not None
        assert self.told()[-1].ending == found
        return found


class Line(FakeGitHub):
    """Commits in order, each after the one before."""

    def __init__(self, *commits: str) -> None:
        super().__init__()
        self._order = commits

    def compare(self, base: str, head: str) -> Compared:
        self._refuse()
        ahead = self._order.index(head) - self._order.index(base)
        return Compared(max(ahead, 0), max(-ahead, 0), ())
