"""What is rehearsed: the procedure's commands, with the stacks, names and times that the stack files configure.

The whole of it has a standard release, from its announcement to its record. The short one leaves that out: both stacks
come up and are deployed, and a change rolls back.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime

from sandbox.commands.exit_codes import PIPELINE_FAILED
from sandbox.configured import Configured, Stack
from sandbox.paths import PROJECT, Paths
from sandbox.spans import shown
from sandbox.steps import Step
from sandbox.timetable import A_DEPLOYMENT, AN_HOUR, LATE_METRICS, VERIFIABLE, Timetable
from sop.names import Environment

VERIFY_FAIL = NO_GO = 3  # `release verify`: FAIL, `release run`: NO-GO
NOT_YET = 5  # `release run`
PACK = "--policy-pack policies"
OBSERVATIONS = os.path.relpath(Paths.of_environment().observations, PROJECT)
REPORTS = ("report.html", "record.html")


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


def steps(configured: Configured, times: Timetable) -> tuple[Step, ...]:
    """The whole procedure at those times."""
    dev, prod = configured.of(Environment.DEV), configured.of(Environment.PROD)
    return (
        *_begin(times.begins),
        *_come_up(dev, prod),
        Step(f"sandbox push --branch {dev.branch}", f"A merge to {dev.branch} is linted and deployed"),
        Step(pulumi_up(dev.name), "pulumi up: what watches dev's servers"),
        Step(f"sandbox push --branch {dev.branch} --pull-request {prod.branch}", "Its pull request for prod, linted"),
        Step("sandbox approve 1", "Two engineers and the manager approve it"),
        Step(
            _run(prod, f"--at {times.releases.isoformat()}"),
            "release run: announced; gate NO-GO, and why",
            exit_code=NO_GO if times.waits else NOT_YET,
            says="NO-GO",
        ),
        *_first_deployment(dev, prod, times),
        *_second(prod),
        *_at_last(prod, times),
    )


def released(configured: Configured, opening: datetime) -> tuple[Step, ...]:
    """Both environments come up at a time at which the window is open, and were released an hour ago."""
    dev, prod = configured.of(Environment.DEV), configured.of(Environment.PROD)
    return (
        *_begin(opening),
        *_come_up(dev, prod),
        Step(f"sandbox pass {shown(A_DEPLOYMENT)}", "prod's first is deployed by itself", says="Deploy   Succeeded"),
        Step(f"sandbox push --branch {dev.branch}", f"A merge to {dev.branch} is linted and deployed"),
        Step(pulumi_up(dev.name), "pulumi up: what watches dev's servers"),
        Step(pulumi_up(prod.name), "pulumi up: what watches prod's servers"),
        Step(f"sandbox pass {shown(AN_HOUR)}", "An hour to observe", says="time: "),
    )


def short_steps(configured: Configured, opening: datetime, fails: datetime | None) -> tuple[Step, ...]:
    """Without a standard release: what comes up is deployed and well, and a change rolls back."""
    prod = configured.of(Environment.PROD)
    return (
        *released(configured, opening),
        Step(_release(prod, "verify"), "release verify: prod", says="PASS"),
        *((Step(_clock(fails), f"{fails:%A, %H:%M}: the window is open again", says="time: "),) if fails else ()),
        *_roll_back(prod),
    )


def _begin(at: datetime) -> Iterator[Step]:
    yield Step("sandbox up --iam-propagation 1s", "AWS, GitHub, Slack and mail start")
    yield Step(_clock(at), f"It is {at:%A, %H:%M} there")


def _come_up(dev: Stack, prod: Stack) -> Iterator[Step]:
    # --iam-policy: `pulumi` may do what it needs, and nothing else
    yield Step(pulumi_up(dev.name), "pulumi up: dev's pipeline and alarms")
    yield Step(pulumi_up(prod.name), "pulumi up: the same for prod")
    yield Step("sandbox confirm", "Operations confirm their subscriptions", says=prod.alert_emails[0])


def _first_deployment(dev: Stack, prod: Stack, times: Timetable) -> Iterator[Step]:
    yield Step(
        _clock(times.deploys),
        f"{times.deploys:%A}: the window opens, prod's first" if times.waits else f"{times.deploys:%A}",
        says="Deploy   Succeeded" if times.waits else "time: ",
    )
    yield Step(_release(dev, "verify"), "release verify: dev", says="PASS")
    yield Step(_release(dev, "verify", "--for-promotion"), "release verify: may dev go to prod?", says="PASS")
    yield Step(pulumi_preview(prod.name), "pulumi preview, by who may only read", says="to create")
    yield Step(pulumi_up(prod.name), "pulumi up: what watches prod's servers")
    yield Step(_release(prod, "door", "--apply"), "release door: from now on the keeper's", says="closed")
    yield Step(_clock(times.releases), f"{times.releases:%A, %H:%M}, as announced", says="time: ")


def _second(prod: Stack) -> Iterator[Step]:
    """The standard release, from its gate to its record."""
    yield Step(_release(prod, "gate", "--pr 1"), "release gate: the same, GO", says="GO")
    yield Step(_run(prod), "release run: merged, built, before the door", exit_code=NOT_YET, says="Build complete")
    yield Step(_release(prod, "door", "--apply"), "release door: the keeper lets it in", says="let in")
    yield Step(_run(prod), "release run: deployed, told, back to dev", exit_code=NOT_YET, says="Deploy complete")
    yield Step(f"sandbox pass {shown(VERIFIABLE)}", "Every alarm could have fired by now", says="time: ")
    yield Step(_run(prod), "release run: verified, told", exit_code=NOT_YET, says="verify      done: PASS")
    yield Step(f"sandbox pass {shown(AN_HOUR + LATE_METRICS - VERIFIABLE)}", "The rest of the hour", says="time: ")
    yield Step(_run(prod), "release run: observed, recorded", says="is complete")
    yield Step(_release(prod, "verify", f"--output html={REPORTS[0]}"), "release verify: a report", says="PASS")
    yield Step(_release(prod, "record", f"--pr 1 --html {REPORTS[1]}"), "release record: a page to send")


def _at_last(prod: Stack, times: Timetable) -> Iterator[Step]:
    yield Step(_clock(times.fails), f"{times.fails:%A, %H:%M}", says="time: ")
    yield Step(_release(prod, "door", '--open "to see a rollback"'), "release door: somebody opens it", says="is open")
    yield from _roll_back(prod)


def _roll_back(prod: Stack) -> Iterator[Step]:
    yield Step(
        f"sandbox push --branch {prod.branch} --change failing-resource",
        "A change that fails, and rolls back",
        exit_code=PIPELINE_FAILED,
    )
    yield Step(_release(prod, "verify"), "release verify: now prod must FAIL", exit_code=VERIFY_FAIL, says="FAIL")


def _run(prod: Stack, *more: str) -> str:
    return _release(prod, "run", "--pr 1", f"--journal {OBSERVATIONS}", *more)


def _release(stack: Stack, command: str, *more: str) -> str:
    return " ".join(("sandbox exec -- release", command, f"--stack {stack.name}", *more))


def _clock(at: datetime) -> str:
    return f"sandbox clock {at.isoformat()}"


def afterwards(prod: Stack) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """What can be looked at then, under headings."""
    names = prod.names
    return (
        (
            "Watch a good release turn green:",
            (f"sandbox push --branch {prod.branch}", f"sandbox exec -- release verify --stack {prod.name} --wait"),
        ),
        ("Meanwhile, in another terminal, let the time pass that some checks want:", ("sandbox pass 40m",)),
        (
            "Look around:",
            (
                f"sandbox exec -- pulumi stack output --stack {prod.name}",
                f"sandbox exec -- aws codepipeline get-pipeline-state --name {names.pipeline}",
                f"sandbox exec -- aws cloudformation describe-stack-events --stack-name {names.cloudformation_stack}",
                "sandbox outbox",
                "sandbox faults",
                "sandbox down",
            ),
        ),
    )
