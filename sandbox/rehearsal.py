"""`make rehearse`: the whole procedure's infrastructure, a release and a rollback, on the sandbox.

Each step is a command that a person could type. One sees a line a step with its result; all that the commands say is in
`rehearsal.log`, or on the screen with VERBOSE=1. The exit code is 0 only if every step went as told. KEEP=1 leaves the
sandbox up, with a good release to watch.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import datetime, time, timedelta
from time import monotonic
from zoneinfo import ZoneInfo

from rich.console import Console

from sandbox.commands.exit_codes import PIPELINE_FAILED
from sandbox.lifecycle import NotRunningError, running
from sandbox.paths import PROJECT, Paths
from sandbox.steps import BIN, Show, Step

LOG = PROJECT / "rehearsal.log"
INTERRUPTED = 130
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
VERIFY_FAIL = 3  # `release verify`: FAIL


PACK = "--policy-pack policies"


def policy_of(purpose: str, stack: str) -> str:
    """The file that says what who runs `pulumi preview` or `pulumi up` on the stack may do."""
    return f"docs/reference/iam/{purpose}-{stack}.json"


def pulumi_up(stack: str) -> str:
    quiet = "--skip-preview --non-interactive --suppress-outputs --suppress-progress"
    return f"sandbox exec --iam-policy {policy_of('up', stack)} -- pulumi up --stack {stack} {PACK} --yes {quiet}"


def pulumi_preview(stack: str) -> str:
    return (
        f"sandbox exec --iam-policy {policy_of('preview', stack)} -- pulumi preview --stack {stack} {PACK} "
        "--refresh --non-interactive --suppress-outputs"
    )


def coming(day: str, at: str) -> datetime:
    """The next day of that name, at a time of the release window's zone."""
    now = datetime.now(ZONE) + TO_GET_THERE
    wanted = datetime.combine(now, time.fromisoformat(at), ZONE)
    while wanted < now or f"{wanted:%A}" != day:
        wanted += timedelta(days=1)
    return wanted


ZONE = ZoneInfo("Australia/Brisbane")
TO_GET_THERE = timedelta(minutes=15)
SUNDAY_EVENING = coming("Sunday", "18:00")  # the release window is closed
TUESDAY_MORNING = SUNDAY_EVENING + timedelta(days=1, hours=16, minutes=30)  # it is open
# A day in dev, an hour in prod; metrics arrive some minutes late
A_DAY, AN_HOUR = "24h10m", "1h10m"
OBSERVATIONS = os.path.relpath(Paths.of_environment().observations, PROJECT)
REPORTS = ("report.html", "report-observation.html")

STEPS = (
    Step("sandbox up --iam-propagation 1s", "AWS, GitHub, Slack and mail start"),
    Step(f"sandbox clock {SUNDAY_EVENING.isoformat()}", "It is Sunday evening there"),
    # --iam-policy: `pulumi` may do what it needs, and nothing else
    Step(pulumi_up("dev"), "pulumi up: dev's pipeline and alarms"),
    Step(pulumi_up("prod"), "pulumi up: the same for prod, beside it"),
    Step("sandbox confirm", "Operations confirm their subscriptions", says="operations@helios.id"),
    Step("sandbox push --branch dev", "A merge to dev is linted and deployed"),
    Step(pulumi_up("dev"), "pulumi up: what watches dev's servers"),
    Step(f"sandbox pass {A_DAY}", "A day passes in dev", says="time: Mon "),
    Step(
        "sandbox exec -- release verify --stack dev --for-promotion", "release verify: may dev go to prod?", says="PASS"
    ),
    Step("sandbox push --branch main", "A merge to main waits: it is evening", says="window"),
    Step(
        f"sandbox clock {TUESDAY_MORNING.isoformat()}",
        "Tuesday: the window opens, it deploys",
        says="Deploy   Succeeded",
    ),
    Step(pulumi_preview("prod"), "pulumi preview, by who may only read", says="to create"),
    Step(pulumi_up("prod"), "pulumi up: what watches prod's servers"),
    Step(f"sandbox pass {AN_HOUR}", "An hour passes"),
    Step("sandbox exec -- release verify --stack dev", "release verify: dev", says="PASS"),
    Step(
        f"sandbox exec -- release verify --stack prod --output html={REPORTS[0]}",
        "release verify: prod, with a report",
        says="PASS",
    ),
    Step(
        f"sandbox exec -- release observe --stack prod --journal {OBSERVATIONS} --output html={REPORTS[1]}",
        "release observe: the hour after it",
        says="PASS",
    ),
    Step(
        "sandbox push --branch main --change failing-resource",
        "A change that fails, and rolls back",
        exit_code=PIPELINE_FAILED,
    ),
    Step(
        "sandbox exec -- release verify --stack prod",
        "release verify: now prod must FAIL",
        exit_code=VERIFY_FAIL,
        says="FAIL",
    ),
)
AFTERWARDS = (
    (
        "Watch a good release turn green:",
        ("sandbox push --branch main", "sandbox exec -- release verify --stack prod --wait"),
    ),
    ("Meanwhile, in another terminal, let the time pass that some checks want:", ("sandbox pass 40m",)),
    (
        "Look around:",
        (
            "sandbox exec -- pulumi stack output --stack prod",
            "sandbox exec -- aws codepipeline get-pipeline-state --name web-pipeline-prod",
            "sandbox exec -- aws cloudformation describe-stack-events --stack-name web-infrastructure-prod",
            "sandbox outbox",
            "sandbox faults",
            "sandbox down",
        ),
    ),
)


def leave(console: Console, *, keep: bool) -> None:
    """End what was started, whatever the terminal sends meanwhile; or tell what can be looked at."""
    if keep:
        console.print("\nThe sandbox is still up, and its release window open. In the activated environment")
        for heading, commands in AFTERWARDS:
            console.print(f"\n{heading}", style="bold")
            for command in commands:
                console.print(f"  {command}", soft_wrap=True)
        return
    for each in ENDING:
        signal.signal(each, signal.SIG_IGN)
    ended = subprocess.run([str(BIN / "sandbox"), "down"], capture_output=True, text=True, check=False)
    if ended.returncode != 0:
        console.print(ended.stdout + ended.stderr, soft_wrap=True)


def rehearse(console: Console, *, verbose: bool) -> int:
    """Carry out the steps and say how it went; the exit code."""
    console.print(f"A release on the sandbox, from nothing. All that is said goes to {LOG.relative_to(PROJECT)}.\n")
    began = monotonic()
    with LOG.open("w", encoding="utf-8") as log:
        good = Show(console, log, verbose=verbose).carry_out(STEPS)
    console.print()
    if good:
        console.print(f"All {len(STEPS)} steps went as told, in {monotonic() - began:.0f} s.", style="bold green")
        console.print(f"Reports:   {', '.join(REPORTS)}")
    console.print(f"All of it: {LOG.relative_to(PROJECT)}")
    return 0 if good else 1


def main() -> int:
    console = Console(highlight=False, markup=False, emoji=False)
    try:
        sandbox = running(Paths.of_environment())
    except NotRunningError:
        pass
    else:
        console.print(f"A sandbox is up at {sandbox.endpoint}; a rehearsal starts from nothing: `sandbox down` first.")
        return 2
    for each in ENDING:
        signal.signal(each, signal.default_int_handler)
    keep = False
    try:
        code = rehearse(console, verbose=os.environ.get("VERBOSE") == "1")
        keep = os.environ.get("KEEP") == "1"
    except KeyboardInterrupt:
        console.print(f"\nInterrupted; what was started is being ended. All of it: {LOG.relative_to(PROJECT)}")
        code = INTERRUPTED
    finally:
        leave(console, keep=keep)
    return code


if __name__ == "__main__":
    sys.exit(main())
