"""The rounds of one observation: read what has settled, keep it, say it, wait for more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.checks.context import Context
from scripts.clients.failures import AWS_FAILURES, translate
from scripts.errors import (
    AccessDeniedError,
    ConfigurationError,
    CredentialsError,
    ReleaseError,
    UndeterminedError,
    UnreachableError,
)
from scripts.facts.pipeline import Execution
from scripts.observe import metrics
from scripts.observe.checks import PERMISSIONS, Observation
from scripts.observe.deployments import Deployment, Interference, interference, next_deployment
from scripts.observe.figures import NONE, Indicator, Reading, indicators, is_complete
from scripts.observe.journal import Journal
from scripts.observe.judging import Progress, clearly_broken, judge
from scripts.observe.windows import METRIC_DELAY, Plan, Window, has_minutes
from scripts.results import Status, error
from scripts.text import count, span, utc
from sop.outputs import StackOutputs, WorkloadOutput

if TYPE_CHECKING:
    from scripts.clients.aws import Aws

RETRY_EVERY = timedelta(minutes=1)
# When all has settled: what fails then may fail for good, and what is not there may never come.
LAST_RETRIES = 5
ANOTHER_JOURNAL = "Observe again with another --journal."
LATEST = METRIC_DELAY + LAST_RETRIES * RETRY_EVERY


@dataclass(frozen=True)
class Settings:
    """What the person asked for; `again` is the command as it was typed."""

    duration: timedelta
    interval: timedelta
    consecutive: int
    journal: Path
    again: str
    execution_id: str | None = None
    revision: str | None = None


@dataclass(frozen=True)
class World:
    """What an observation acts through. `connect` makes clients with the credentials that are valid then."""

    connect: Callable[[], Aws]
    clock: Callable[[], datetime]
    wait_until: Callable[[datetime], None]
    say: Callable[[str], None]


class Clients:
    """AWS clients that are made anew when they have failed, and with them their credentials and connections."""

    def __init__(self, connect: Callable[[], Aws]) -> None:
        self._connect = connect
        self._earlier_calls = 0
        self.current = connect()

    @property
    def api_calls(self) -> int:
        return self._earlier_calls + self.current.api_calls

    def renew(self) -> None:
        fresh = self._connect()
        if fresh is not self.current:
            self._earlier_calls += self.current.api_calls
            self.current = fresh


@dataclass
class Watch:
    """One deployment, from its end on.

    `trouble` is why the last look could not read; of `doubtful` windows the journal has more than CloudWatch.
    """

    settings: Settings
    outputs: StackOutputs
    workload: WorkloadOutput
    world: World
    clients: Clients
    execution: Execution
    deployed: datetime
    planned: Plan
    journal: Journal
    indicators: tuple[Indicator, ...] = field(init=False)
    later: Deployment | None = field(init=False, default=None)
    interference: Interference | None = field(init=False, default=None)
    trouble: UndeterminedError | None = field(init=False, default=None)
    doubtful: tuple[Window, ...] = field(init=False, default=())
    _last_retries: int = field(init=False, default=0)
    _said: dict[Window, str] = field(init=False, default_factory=dict[Window, str])
    _waits_said: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        self.indicators = indicators(self.outputs.thresholds, self.planned.interval, servers=self.outputs.has_group)

    def to_the_end(self) -> Observation:
        """Observe until all is read, a limit is clearly broken, or somebody or something ends it."""
        try:
            self._introduce()
            self._look()
            while (again := self._next_look()) is not None:
                self._say_waiting(again)
                self.world.wait_until(again)
                self._look()
        except KeyboardInterrupt:
            return self._observation("The observation was interrupted.")
        return self._observed()

    def _next_look(self) -> datetime | None:
        """When there is more to see, or what failed may be tried again; None: never."""
        if self._is_over():
            return None
        now = self.world.clock()
        own = replace(self.planned, windows=tuple(filter(self._is_own, self.planned.windows)))
        settling = own.next_settling(now)
        retry = now + RETRY_EVERY
        if self.trouble is None:
            return retry if settling is None and self._may_be_late(own, now) else settling
        if settling is not None:
            return min(settling, retry)
        self._last_retries += 1
        return retry if self._last_retries <= LAST_RETRIES else None

    def _may_be_late(self, own: Plan, now: datetime) -> bool:
        """Whether something is missing that may come later than usual."""
        if own.windows != self.planned.windows or now >= own.windows[-1].end + LATEST:
            return False
        return any(judge(one, self._progress()).status is Status.INCONCLUSIVE for one in self.indicators)

    def _is_over(self) -> bool:
        progress = self._progress()
        broken = any(clearly_broken(one, progress) for one in self.indicators)
        return broken or isinstance(self.trouble, AccessDeniedError)

    def _look(self) -> None:
        """Read and keep what has settled, unless it is known already."""
        try:
            aws = self.clients.current
            self.later = next_deployment(aws.codepipeline, self.outputs.pipeline_name, self.deployed, self.execution.id)
            # after AWS has answered: by this machine's clock, if that was set meanwhile, it may be any time
            now = self.world.clock()
            pinned = Context(outputs=self.outputs, aws=aws, now=now, execution_id=self.execution.id)
            self.interference = interference(pinned)
            settled = self.planned.settled(now)
            last = self.planned.next_settling(now) is None
            readings = metrics.read(aws.cloudwatch, self.workload, self._wanted(settled, now, last))
        except AWS_FAILURES as problem:
            self._failed(translate(problem, PERMISSIONS))
            return
        except UndeterminedError as problem:
            self._failed(problem)
            return
        self.trouble = None
        if last:
            self.doubtful = self.journal.more_than(readings)
        try:
            self.journal.keep(readings)
        except ConfigurationError as problem:
            self.world.say(f"{problem.message} What is observed is kept in memory until it can.")
        for window in settled:
            self._say_figures(window)

    def _wanted(self, settled: Sequence[Window], now: datetime, last: bool) -> list[Window]:
        """At last all are read once more, for what came later than usual; but what CloudWatch has forgotten."""
        if last:
            return [window for window in settled if self._is_own(window) and has_minutes(window, now)]
        return [window for window in settled if self._is_own(window) and not self._is_known(window)]

    def _failed(self, problem: Exception) -> None:
        if not isinstance(problem, UndeterminedError):
            raise problem
        self.trouble = problem
        self.world.say(f"{utc(self.world.clock())}  not read: {problem.message}")
        try:
            self.clients.renew()
        except ReleaseError as obstacle:  # a configuration that is being rewritten, say: the old ones will do
            self.world.say(f"{utc(self.world.clock())}  {obstacle.message}")

    def _is_own(self, window: Window) -> bool:
        ends = (one.started for one in (self.later, self.interference) if one is not None)
        return all(window.end <= end for end in ends)

    def _is_known(self, window: Window) -> bool:
        return is_complete(self.journal.readings.get(window, {}), self.indicators)

    def _progress(self, unfinished: str = "", fix: str = "") -> Progress:
        known = {window: reading for window, reading in self.journal.readings.items() if self._is_own(window)}
        return Progress(
            windows=self.planned.windows,
            readings=known,
            consecutive=self.settings.consecutive,
            unfinished=unfinished,
            fix=fix,
            deployed=self.deployed,
            next_deployed=self.later.started if self.later else None,
        )

    def _observation(self, unfinished: str, fix: str = "") -> Observation:
        return Observation(self.indicators, self._progress(unfinished, fix or f"Carry on with `{self._again()}`."))

    def _observed(self) -> Observation:
        """How it stands at the end of the rounds."""
        if self.trouble is not None:
            fix = f"{self.trouble.fix} Then carry on with `{self._again()}`.".strip()
            if isinstance(self.trouble, CredentialsError | UnreachableError):
                return self._observation(self.trouble.message, fix)
            progress = self._progress(self.trouble.message, fix)
            return Observation(self.indicators, progress, error(self.trouble.message, fix=fix))
        changed, whole = self.interference, self.planned.windows[-1].end
        if changed is not None and changed.started < min(whole, self.later.started if self.later else whole):
            return replace(self._observation(changed.outcome.observed), instead=changed.outcome)
        if self.later is not None and not self._is_own(self.planned.windows[-1]):
            when = f"{self.later.execution_id} began to deploy at {utc(self.later.started)}"
            fix = f"Observe the later one: --execution-id {self.later.execution_id}."
            return self._observation(f"Execution {when}: what follows is not this deployment's.", fix)
        if self.planned.next_settling(self.world.clock()) is not None:
            return self._observation("The observation ended early.")
        return Observation(self.indicators, replace(self._progress(), doubt=self._doubt(), fix=ANOTHER_JOURNAL))

    def _doubt(self) -> str:
        if not self.doubtful:
            return ""
        between = f"between {utc(self.doubtful[0].start)} and {utc(self.doubtful[-1].end)}"
        return (
            f"The journal in {self.settings.journal} has more of {count(len(self.doubtful), 'window')} {between} than "
            "CloudWatch has: it is not what was observed."
        )

    def _again(self) -> str:
        pinned = "" if self.settings.execution_id else f" --execution-id {self.execution.id}"
        return f"{self.settings.again}{pinned}"

    def _introduce(self) -> None:
        windows = self.planned.windows
        for note in self.planned.notes:
            self.world.say(note)
        limits = ", ".join(f"{one.id} {one.limit}" for one in self.indicators)
        self.world.say(
            f"Execution {self.execution.id}, deployed {utc(self.deployed)}: {count(len(windows), 'window')} from "
            f"{utc(windows[0].start)} to {utc(windows[-1].end)}; {limits}"
        )

    def _say_waiting(self, settling: datetime) -> None:
        """Once: why there is silence, and for how long."""
        if self.trouble or self._waits_said:
            return
        self._waits_said = True
        self.world.say(
            f"The next figures come at {utc(settling)}, then every {span(self.planned.interval)}; metrics arrive "
            f"{span(METRIC_DELAY)} late. Ctrl-C ends it, and the same command carries on."
        )

    def _say_figures(self, window: Window) -> None:
        """Once, and again when something of it turns out to be over its limit."""
        reading = self.journal.readings.get(window)
        if reading is None:
            return
        over = ", ".join(one.id for one in self.indicators if one.broken(reading.get(one.id, NONE)))
        if self._said.get(window) == over:
            return
        self._said[window] = over
        figures = "  ".join(self._figure(one, reading) for one in self.indicators)
        number = self.planned.windows.index(window) + 1
        self.world.say(f"{utc(window.end)}  {number}/{len(self.planned.windows)}  {figures}")

    def _figure(self, one: Indicator, reading: Reading) -> str:
        sample = reading.get(one.id, NONE)
        return f"{one.id} {one.shown(sample)} ({'OVER THE LIMIT: ' if one.broken(sample) else ''}{one.limit})"
