"""The shared sandbox's site as both commands see it, while all is well and while something is broken."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from sandbox.lifecycle import control
from sandbox.paths import Paths
from scripts import checks
from sop.names import Environment
from tests.e2e.conftest import SandboxUnderTest
from tests.e2e.release_command import Answer, ReleaseCommand, outputs_file, release_command
from tests.e2e.stacks import PROD

LAST_GOOD = "pipelineExecutionSummaries[?status=='Succeeded'] | [0].pipelineExecutionId"


class CannotBreakError(Exception):
    """The sandbox refuses a fault, and says why."""


@dataclass(frozen=True)
class Site:
    """dev as the rehearsal left it is well; of prod the release before the one that failed was."""

    home: Path
    command: ReleaseCommand
    released: str  # the execution of prod's good release

    def told_in(self, formats: Collection[str]) -> Site:
        """The same, with each report written in these formats, too."""
        return replace(self, command=replace(self.command, formats=formats))

    def verify(self) -> Answer:
        """dev, newest execution."""
        return self.command("verify", Environment.DEV)

    def verify_only(self, wanted: Collection[str]) -> Answer:
        """dev, and of all checks but some: for what is known to be well but for them."""
        some = [check for check in checks.verify_checks() if check.id in wanted]
        with pytest.MonkeyPatch.context() as monkeypatch:
            monkeypatch.setattr(checks, "verify_checks", lambda: some)
            return self.verify()

    def promote(self) -> Answer:
        """dev, newest execution: may it go to prod after an hour?"""
        outputs = json.loads(outputs_file(self.command.folder, Environment.DEV).read_text(encoding="utf-8"))
        outputs["thresholds"]["devObservationHours"] = 1
        file = outputs_file(self.command.folder, "dev-for-an-hour")
        file.write_text(json.dumps(outputs), encoding="utf-8")
        return self.command.run("verify", "--stack", Environment.DEV, "--for-promotion", "--outputs", str(file))

    def observe(self, environment: Environment) -> Answer:
        """Over the metrics recorded in the hour after dev's newest execution, or after prod's good one."""
        pinned = ["--execution-id", self.released] if environment is Environment.PROD else []
        return self.command("observe", environment, *pinned)

    @contextmanager
    def broken(self, fault: str, *environments: Environment) -> Iterator[None]:
        """Something is broken in these environments, and mended afterwards.

        Raises:
            CannotBreakError: beside what is broken already; nothing has changed then.
        """
        try:
            for environment in environments:
                self._tell("fault", name=fault, environment=environment)
            yield
        finally:
            self._tell("heal", name=fault)

    def _tell(self, command: str, **arguments: str) -> None:
        said = list(control(Paths(self.home), command, arguments))
        if said[-1] == ("exit", "2"):
            raise CannotBreakError(said)
        assert said[-1] == ("exit", "0"), said


@contextmanager
def site_of(sandbox: SandboxUnderTest, folder: Path) -> Iterator[Site]:
    """The sandbox as the rehearsal left it."""

    def write_outputs(stack: str) -> None:
        outputs = sandbox.pulumi("stack", "output", "--json", "--stack", stack)
        assert outputs.code == 0, outputs.errors
        outputs_file(folder, stack).write_text(outputs.output, encoding="utf-8")

    with ThreadPoolExecutor() as beside:
        written = beside.map(write_outputs, Environment)
        released = sandbox.aws(
            "codepipeline", "list-pipeline-executions", "--pipeline-name", PROD.names.pipeline, "--query", LAST_GOOD
        )
        list(written)
    with release_command(sandbox.home, folder) as command:
        yield Site(sandbox.home, command, released)
