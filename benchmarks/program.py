"""preview, up, no-change up and refresh of dev, against a program of as many resources and nothing else.

The bare program has no components, no settings and no policies: what is left of the ratio is what ours adds.
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.site import sandbox
from benchmarks.table import Table, in_seconds
from benchmarks.timing import seconds
from sandbox.paths import PROJECT

REPEATS = 3
BARE_PROJECT = """\
name: bare
runtime: {name: python, options: {toolchain: pip, virtualenv: .venv}}
"""
BARE_PROGRAM = """\
import pulumi
import pulumi_aws as aws

provider = aws.Provider("aws", region="ap-southeast-2")
for number in range(pulumi.Config().require_int("count")):
    aws.cloudwatch.LogGroup(
        f"group-{number}", name=f"/bare/{number}", opts=pulumi.ResourceOptions(provider=provider)
    )
"""


@dataclass(frozen=True)
class Project:
    """A Pulumi project on the sandbox."""

    folder: Path
    environ: dict[str, str]

    def pulumi(self, *arguments: str) -> str:
        """Run the CLI; its output. Raises CalledProcessError with the CLI's words printed."""
        command = ["pulumi", *arguments, "--stack", "dev", "--non-interactive"]
        program = shutil.which("pulumi", path=self.environ["PATH"])
        ended = subprocess.run(
            command, executable=program, cwd=self.folder, env=self.environ, capture_output=True, text=True, check=False
        )
        if ended.returncode:
            raise SystemExit(f"`{' '.join(command)}` failed in {self.folder}:\n{ended.stdout}{ended.stderr}")
        return ended.stdout

    def resources(self) -> int:
        """How many the stack has, of its own and not providers or components."""
        deployed = json.loads(self.pulumi("stack", "export"))["deployment"].get("resources", [])
        return sum(1 for resource in deployed if resource.get("custom") and "pulumi:providers" not in resource["type"])


def bare_project(folder: Path, environ: dict[str, str], count: int) -> Project:
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text(BARE_PROJECT)
    (folder / "__main__.py").write_text(BARE_PROGRAM)
    (folder / ".venv").symlink_to(PROJECT / ".venv")
    project = Project(folder, environ)
    project.pulumi("stack", "init")
    project.pulumi("config", "set", "count", str(count))
    return project


def round_of(project: Project) -> dict[str, float]:
    """One preview, up, no-change up and refresh, from nothing to nothing."""
    timed = {
        "preview": seconds(lambda: project.pulumi("preview")),
        "up": seconds(lambda: project.pulumi("up", "--yes")),
        "up, no change": seconds(lambda: project.pulumi("up", "--yes")),
        "preview, no change": seconds(lambda: project.pulumi("preview")),
        "refresh": seconds(lambda: project.pulumi("refresh", "--yes")),
    }
    project.pulumi("destroy", "--yes")
    return timed


def measure(temporary: Path) -> Table:
    """The median of each over a few rounds, the two programs taking turns."""
    with sandbox(temporary / "program") as environ:
        program = Project(PROJECT, environ)
        program.pulumi("up", "--yes")
        count = program.resources()
        program.pulumi("destroy", "--yes")
        bare = bare_project(temporary / "bare", environ, count)
        rounds = [(round_of(program), round_of(bare)) for _ in range(REPEATS)]
    rows: list[Sequence[str]] = []
    for name in rounds[0][0]:
        ours = statistics.median(one[name] for one, _ in rounds)
        theirs = statistics.median(one[name] for _, one in rounds)
        rows.append((name, in_seconds(ours), in_seconds(theirs), f"{ours / theirs:.2f}"))
    return Table(f"The program ({count} resources)", ("measured", "program", "bare program", "ratio"), rows)
