"""`release verify` where every answer of AWS takes 150 ms longer: how much of its waiting is side by side.

Bound by the longest chain of calls of which each needs the answer of the one before.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.calls import Call, has_sequence, longest_sequence, read
from benchmarks.site import Site, verify
from benchmarks.table import Table, in_seconds
from benchmarks.timing import TURNS
from sandbox.faults.api import SLOW_SECONDS

# By reading the code: who asks, which execution, when it deployed, what has happened in the stack since.
CHAIN = ("GetCallerIdentity", "ListPipelineExecutions", "ListActionExecutions", "DescribeStackEvents")


@dataclass(frozen=True)
class Run:
    """One run; `startup` is what it took before its first call and after its last, in seconds as `total`."""

    total: float
    startup: float
    calls: list[Call]


def measure(site: Site, folder: Path) -> Table:
    command = verify(site.outputs_file)
    recorded_run(site, folder, command)
    site.run("sandbox fault slow-api")
    try:
        runs = [recorded_run(site, folder, command) for _ in range(TURNS)]
    finally:
        site.run("sandbox heal slow-api")
    run = sorted(runs, key=lambda one: one.total)[len(runs) // 2]
    if not has_sequence(run.calls, CHAIN):
        raise SystemExit(f"The calls {', '.join(CHAIN)} are no longer made in this order: correct CHAIN.")
    bound = len(CHAIN) * SLOW_SECONDS + run.startup
    seen = longest_sequence(run.calls)
    return Table(
        f"With {SLOW_SECONDS * 1000:.0f} ms added to every API answer",
        ("measured", "calls", "time"),
        [
            ("`release verify --stack prod --outputs FILE`", str(len(run.calls)), in_seconds(run.total)),
            ("start-up: before its first call and after its last", "", in_seconds(run.startup)),
            ("longest chain of dependent calls, and start-up", str(len(CHAIN)), in_seconds(bound)),
            ("ratio", "", f"{run.total / bound:.2f}"),
            (
                "most calls made one after another, and start-up",
                str(len(seen)),
                in_seconds(len(seen) * SLOW_SECONDS + run.startup),
            ),
        ],
        f"The chain: {', '.join(CHAIN)}.",
    )


def recorded_run(site: Site, folder: Path, command: str) -> Run:
    """Run the command line, a `release` one, with its calls written down."""
    file = folder / "calls"
    arguments = command.removeprefix("release ")
    started = time.monotonic()
    site.run(f"python -m benchmarks.recorder {file} {arguments}")
    total = time.monotonic() - started
    calls = read(file)
    first, last = min(call.started for call in calls), max(call.ended for call in calls)
    return Run(total, total - (last - first), calls)
