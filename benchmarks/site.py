"""A sandbox in which a release has been deployed to prod, as one that `release verify` passes."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from botocore.session import Session

from sandbox.configured import read
from sandbox.environment import exec_environment
from sandbox.lifecycle import running
from sandbox.paths import HOME_VARIABLE, PROJECT, Paths
from sandbox.procedure import pulumi_up
from sandbox.timetable import soon_open
from sop.names import Environment

BIN = Path(sys.executable).parent
PROD = read(PROJECT).of(Environment.PROD)
RELEASED = (
    f"sandbox clock {soon_open(PROD.calendar, datetime.now(UTC)).isoformat()}",
    pulumi_up("prod"),
    "sandbox confirm",
    f"sandbox push --branch {PROD.branch}",
    pulumi_up("prod"),
    "sandbox pass 1h10m",  # then all can be verified
)


@dataclass(frozen=True)
class Site:
    """The sandbox, as commands reach it; `outputs_file` holds the stack's outputs."""

    environ: dict[str, str]
    outputs_file: Path
    clients: Session
    _made: dict[str, Any] = field(default_factory=dict[str, Any])

    @property
    def outputs(self) -> dict[str, Any]:
        return json.loads(self.outputs_file.read_text())

    def client(self, service: str) -> Any:
        if service not in self._made:
            self._made[service] = self.clients.create_client(
                service, endpoint_url=self.environ["AWS_ENDPOINT_URL"], region_name=self.environ["AWS_REGION"]
            )
        return self._made[service]

    def now(self) -> datetime:
        """By the `Date` of AWS's answers."""
        answer = self.client("sts").get_caller_identity()
        return parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"])

    def instances(self) -> list[str]:
        """Of the site's Auto Scaling group."""
        name = self.outputs["workload"]["autoScalingGroupName"]
        (group,) = self.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[name])[
            "AutoScalingGroups"
        ]
        return [one["InstanceId"] for one in group["Instances"]]

    def run(self, command: str) -> str:
        """What a shell's command line prints. Raises SystemExit with its words unless it succeeds.

        A large site is made by hand, which verification says of it (3, 4): it has looked at everything all the same.
        """
        return run(command, self.environ)


@contextmanager
def sandbox(home: Path) -> Iterator[dict[str, str]]:
    """A sandbox in the folder `home`, as the environment of a command that is to reach it."""
    outside = {**os.environ, HOME_VARIABLE: str(home), "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    outside.pop("PYTHONDONTWRITEBYTECODE", None)  # warm means compiled
    try:
        run("sandbox up", outside)
        yield exec_environment(Paths(home), running(Paths(home)), outside)
    finally:
        run("sandbox down", outside)


@contextmanager
def released(home: Path) -> Iterator[Site]:
    """A sandbox in the folder `home`, with a release in prod."""
    with sandbox(home) as environ:
        for command in RELEASED:
            run(command, environ)
        outputs_file = home / "outputs.json"
        outputs_file.write_text(run("pulumi stack output --json --stack prod", environ))
        session = Session()
        session.set_credentials(environ["AWS_ACCESS_KEY_ID"], environ["AWS_SECRET_ACCESS_KEY"])
        yield Site(environ, outputs_file, session)


def verify(outputs: Path | None = None) -> str:
    """The command line that is measured."""
    return "release verify --stack prod" + (f" --outputs {shlex.quote(str(outputs))}" if outputs else "")


def run(command: str, environ: dict[str, str]) -> str:
    """What a shell's command line prints. Raises SystemExit with its words unless it succeeds.

    A large site is made by hand, which verification says of it (3, 4): it has looked at everything all the same.
    """
    ended = subprocess.run(
        ["bash", "-c", command], cwd=PROJECT, env=environ, capture_output=True, text=True, check=False
    )
    verdicts = (0, 3, 4) if "verify" in command else (0,)
    if ended.returncode not in verdicts:
        raise SystemExit(f"`{command}` ended with {ended.returncode}:\n{ended.stdout}{ended.stderr}")
    return ended.stdout
