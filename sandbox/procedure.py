"""What is rehearsed: the procedure's commands, with the stacks, names and times that the stack files configure."""

from __future__ import annotations

import os
from collections.abc import Iterator

from sandbox.commands.exit_codes import PIPELINE_FAILED
from sandbox.configured import Configured, Stack
from sandbox.paths import PROJECT, Paths
from sandbox.spans import shown
from sandbox.steps import Step
from sandbox.timetable import AN_HOUR, Timetable
from sop.names import Environment

VERIFY_FAIL = 3  # `release verify`: FAIL
PACK = "--policy-pack policies"
OBSERVATIONS = os.path.relpath(Paths.of_environment().observations, PROJECT)
REPORTS = ("report.html", "report-observation.html")


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
        Step("sandbox up --iam-propagation 1s", "AWS, GitHub, Slack and mail start"),
        Step(f"sandbox clock {times.begins.isoformat()}", f"It is {times.begins:%A, %H:%M} there"),
        # --iam-policy: `pulumi` may do what it needs, and nothing else
        Step(pulumi_up(dev.name), "pulumi up: dev's pipeline and alarms"),
        Step(pulumi_up(prod.name), "pulumi up: the same for prod"),
        Step("sandbox confirm", "Operations confirm their subscriptions", says=prod.alert_emails[0]),
        Step(f"sandbox push --branch {dev.branch}", f"A merge to {dev.branch} is linted and deployed"),
        Step(pulumi_up(dev.name), "pulumi up: what watches dev's servers"),
        Step(
            f"sandbox pass {shown(times.observes)}",
            f"{dev.limits.dev_observation_hours:g} hours pass in dev",
            says="time: ",
        ),
        Step(f"sandbox exec -- release verify --stack {dev.name}", "release verify: dev", says="PASS"),
        Step(
            f"sandbox exec -- release verify --stack {dev.name} --for-promotion",
            "release verify: may dev go to prod?",
            says="PASS",
        ),
        *_release(prod, times),
        Step(pulumi_preview(prod.name), "pulumi preview, by who may only read", says="to create"),
        Step(pulumi_up(prod.name), "pulumi up: what watches prod's servers"),
        Step(f"sandbox pass {shown(AN_HOUR)}", "An hour passes"),
        Step(
            f"sandbox exec -- release verify --stack {prod.name} --output html={REPORTS[0]}",
            "release verify: prod, with a report",
            says="PASS",
        ),
        Step(
            f"sandbox exec -- release observe --stack {prod.name} --journal {OBSERVATIONS} --output html={REPORTS[1]}",
            "release observe: the hour after it",
            says="PASS",
        ),
        *_until_it_opens_again(times),
        Step(
            f"sandbox push --branch {prod.branch} --change failing-resource",
            "A change that fails, and rolls back",
            exit_code=PIPELINE_FAILED,
        ),
        Step(
            f"sandbox exec -- release verify --stack {prod.name}",
            "release verify: now prod must FAIL",
            exit_code=VERIFY_FAIL,
            says="FAIL",
        ),
    )


def _release(prod: Stack, times: Timetable) -> Iterator[Step]:
    push, deployed = f"sandbox push --branch {prod.branch}", "Deploy   Succeeded"
    if times.waits:
        yield Step(push, f"A merge to {prod.branch} waits for the window", says="window")
        clock = f"sandbox clock {times.releases.isoformat()}"
        yield Step(clock, f"{times.releases:%A}: the window opens, deployed", says=deployed)
    else:
        yield Step(push, f"A merge to {prod.branch} is linted and deployed", says=deployed)


def _until_it_opens_again(times: Timetable) -> Iterator[Step]:
    if times.opens_again is not None:
        clock = f"sandbox clock {times.opens_again.isoformat()}"
        yield Step(clock, f"{times.opens_again:%A}: the window opens again")


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
