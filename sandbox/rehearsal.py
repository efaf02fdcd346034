"""`make rehearse`: the whole procedure's infrastructure, a release and a rollback, on the sandbox.

Each step is a command that a person could type; it is printed before it runs, with a word on what one sees,
and the rehearsal ends with exit code 0 only if every step went as told. KEEP=1 leaves the sandbox up.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from time import monotonic
from zoneinfo import ZoneInfo

from sandbox.commands.exit_codes import PIPELINE_FAILED
from sandbox.lifecycle import NotRunningError, running
from sandbox.paths import PROJECT, Paths

BIN = Path(sys.executable).parent
VERIFY_FAIL = 3  # `release verify`: FAIL


@dataclass(frozen=True)
class Step:
    """One command: what one sees, and how it must end."""

    command: str
    see: str
    exit_code: int = 0
    says: str = ""  # words that must stand in its output


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
    Step("sandbox up --iam-propagation 1s", "AWS, GitHub, Slack and mail start on 127.0.0.1."),
    Step(f"sandbox clock {SUNDAY_EVENING.isoformat()}", "There it is Sunday evening; the release window is closed."),
    Step(
        pulumi_up("dev"),
        "The dev pipeline comes up and runs once; what needs its first deployment is left out. (--iam-policy: `pulumi` "
        "may do what it needs, and nothing else.)",
    ),
    Step(pulumi_up("prod"), "The same for prod, in the same account and region; its first execution waits."),
    Step("sandbox confirm", "The operations team confirms its e-mail subscriptions.", says="operations@helios.id"),
    Step("sandbox push --branch dev", "A merge to dev starts web-pipeline-dev by itself: lint, then deployment."),
    Step(pulumi_up("dev"), "Now the workload is known: its alarms, dashboard graphs and access logs are added."),
    Step(f"sandbox pass {A_DAY}", "A day passes: metrics, logs and alarms of each minute.", says="time: Mon "),
    Step(
        "sandbox exec -- release verify --stack dev --for-promotion",
        "Dev has been observed for a day: ready for prod. (`release` goes by AWS's clock.)",
        says="PASS",
    ),
    Step("sandbox push --branch main", "A merge to main passes lint, and waits: it is Monday evening.", says="window"),
    Step(
        f"sandbox clock {TUESDAY_MORNING.isoformat()}",
        "Tuesday morning: the window opens and the release goes on.",
        says="Deploy   Succeeded",
    ),
    Step(
        pulumi_preview("prod"), "Now prod's workload is known, too: a preview, which may only read.", says="to create"
    ),
    Step(pulumi_up("prod"), "Its alarms, dashboard graphs and access logs are added."),
    Step(f"sandbox pass {AN_HOUR}", "An hour passes."),
    Step("sandbox exec -- release verify --stack dev", "Every check of dev answers PASS.", says="PASS"),
    Step(
        f"sandbox exec -- release verify --stack prod --output html={REPORTS[0]}",
        "Every check of prod answers PASS; the report is for a browser.",
        says="PASS",
    ),
    Step(
        f"sandbox exec -- release observe --stack prod --journal {OBSERVATIONS} --output html={REPORTS[1]}",
        "The hour after the release, read back at once: response time, CPU and error rate kept their limits.",
        says="PASS",
    ),
    Step(
        "sandbox push --branch main --change failing-resource",
        "A change that CloudFormation cannot carry out: it fails and rolls back by itself.",
        exit_code=PIPELINE_FAILED,
    ),
    Step(
        "sandbox exec -- release verify --stack prod",
        "The verdict is FAIL, with the resource that failed and the reason.",
        exit_code=VERIFY_FAIL,
        says="FAIL",
    ),
)


def shown(text: str, code: str) -> str:
    """`text` in an ANSI style where a person looks on."""
    return f"\033[{code}m{text}\033[0m" if sys.stdout.isatty() and "NO_COLOR" not in os.environ else text


def say(text: str = "") -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def carry_out(number: int, step: Step) -> str | None:
    """Run one step with its output passed on; the reason if it did not go as told."""
    say(shown(f"\n[{number}/{len(STEPS)}] {step.see}", "2"))
    say(shown(f"$ {step.command}", "1"))
    program, *arguments = shlex.split(step.command)
    output: list[str] = []
    with subprocess.Popen(
        [str(BIN / program), *arguments], cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        for line in process.stdout or ():
            output.append(line)
            sys.stdout.write(f"  {line}")
            sys.stdout.flush()
    if process.returncode != step.exit_code:
        return f"exit code {process.returncode}, expected {step.exit_code}"
    if step.says not in "".join(output):
        return f"its output does not say {step.says!r}"
    return None


def summary(done: list[tuple[Step, float]], failure: str | None) -> None:
    say(shown("\nSummary", "1"))
    for step, seconds in done:
        say(f"  {seconds:5.1f} s  {step.see}")
    if failure is None:
        say(shown(f"All {len(STEPS)} steps went as told, in {sum(seconds for _, seconds in done):.0f} s.", "32"))
        say(f"Reports: {', '.join(str(PROJECT / report) for report in REPORTS)}")
    else:
        say(shown(f"Step {len(done)} did not go as told: {failure}.", "31"))


def rehearse() -> bool:
    """Carry out the steps up to the first that does not go as told; whether all did."""
    done: list[tuple[Step, float]] = []
    failure: str | None = None
    for number, step in enumerate(STEPS, 1):
        started = monotonic()
        failure = carry_out(number, step)
        done.append((step, monotonic() - started))
        if failure is not None:
            break
    summary(done, failure)
    return failure is None


def leave(keep: bool) -> None:
    if not keep:
        subprocess.run([str(BIN / "sandbox"), "down"], check=False)
        return
    say(shown("\nThe sandbox is still up. To look around:", "1"))
    for command in (
        "sandbox exec -- pulumi stack output --stack prod",
        "sandbox exec -- aws codepipeline get-pipeline-state --name web-pipeline-prod",
        "sandbox exec -- aws cloudformation describe-stack-events --stack-name web-infrastructure-prod",
        "sandbox exec -- release verify --stack prod",
        "sandbox outbox",
        "sandbox faults",
        "sandbox down",
    ):
        say(f"  .venv/bin/{command}")


def main() -> int:
    try:
        sandbox = running(Paths.of_environment())
    except NotRunningError:
        pass
    else:
        say(f"A sandbox is up at {sandbox.endpoint}; a rehearsal starts from nothing: `.venv/bin/sandbox down` first.")
        return 2
    keep = os.environ.get("KEEP") == "1"
    try:
        return 0 if rehearse() else 1
    finally:
        leave(keep)


if __name__ == "__main__":
    sys.exit(main())
