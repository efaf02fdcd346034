"""Pulumi's previews as plans."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, replace

from scripts.plans import preview
from scripts.plans.plan import Plan

CHANGES = 7  # Pulumi's exit code for changes where none were expected, since 3.226
POLICIES = "policies"


@dataclass(frozen=True)
class Ended:
    """A command of Pulumi's that has ended."""

    code: int
    plan: Plan


def previewed(stack: str) -> Ended:
    """What `pulumi up` would do, by the rules of policies/."""
    ended = _pulumi("preview", "--stack", stack, "--policy-pack", POLICIES)
    return ended if ended.code == 0 else _failed(ended)


def drifted(stack: str) -> Ended:
    """What somebody changed by hand since the last `pulumi up`; its code is 0, or CHANGES, or there is no plan."""
    ended = _pulumi("refresh", "--preview-only", "--expect-no-changes", "--stack", stack)
    return ended if ended.code in (0, CHANGES) else _failed(ended)


def _pulumi(*arguments: str) -> Ended:
    command = ["pulumi", *arguments, "--json", "--non-interactive"]
    stack = arguments[arguments.index("--stack") + 1]
    try:
        run = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return Ended(1, Plan(stack, problems=("pulumi is not on PATH.",)))
    said = preview.COLOUR.sub("", run.stderr).strip()
    plan = preview.read(run.stdout if run.stdout.strip() else said, stack)
    if run.returncode and said:
        plan = replace(plan, problems=tuple(dict.fromkeys((*plan.problems, said))))
    return Ended(run.returncode, plan)


def _failed(ended: Ended) -> Ended:
    """A plan that could not be made says so, whatever was printed."""
    problems = ended.plan.problems or (f"Pulumi ended with exit code {ended.code}, and did not say why.",)
    return Ended(ended.code, replace(ended.plan, problems=problems))
