"""`python -m scripts.workflows`: parses, and ends with an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from scripts.errors import ReleaseError
from scripts.plan_diff import since
from scripts.plans import markdown
from scripts.plans.plan import Plan
from scripts.workflows import pulumi
from scripts.workflows.conversation import Conversation
from scripts.workflows.runner import Runner

USAGE = "usage: python -m scripts.workflows preview STACK... | golden REVISION | drift STACK"
DRIFT = "drift"  # the label


def preview(runner: Runner, stacks: Sequence[str]) -> int:
    """Comment on the pull request what it does to the stacks; 1 if one of the previews failed.

    The comment is written before Pulumi starts, so that what an earlier commit did never stands there as this one's.
    """
    conversation = Conversation(runner)
    if runner.pull is not None:
        conversation.comment(runner.pull, markdown.MARK, _text(runner, f"Pulumi is asked what {_of(runner)} does."))
    plans = [pulumi.previewed(stack).plan for stack in stacks]
    whole = f"[The run]({runner.url}) has the whole in its summary."
    told = _text(runner, markdown.comment(plans, whole=whole))
    runner.summarize("\n".join(markdown.section(plan) for plan in plans))
    sys.stdout.write(f"{told}\n")
    if runner.pull is not None:
        conversation.comment(runner.pull, markdown.MARK, told)
    return 1 if any(plan.problems for plan in plans) else 0


def golden(runner: Runner, revision: str) -> int:
    """Write what the golden plans say into the run's summary: needs no credentials, and asks nobody anything."""
    plans: list[Plan] = since(revision, Path.cwd())
    told = markdown.comment(plans)
    runner.summarize("\n".join(markdown.section(plan) for plan in plans))
    sys.stdout.write(f"{told}\n")
    return 0


def drift(runner: Runner, stack: str) -> int:
    """Keep one issue on what was changed by hand: open while something is, closed when nothing is.

    Where Pulumi could not tell, the issue stays as it is, and the job fails.
    """
    conversation = Conversation(runner)
    ended = pulumi.drifted(stack)
    told = _text(runner, markdown.comment([ended.plan]))
    runner.summarize(told)
    sys.stdout.write(f"{told}\n")
    title = f"{stack} is not as its program has it"
    if ended.plan.problems:
        return 1
    if ended.code == pulumi.CHANGES:
        mend = f"`pulumi up --refresh --stack {stack}` puts it back; or change the program, and merge.\n\n"
        sys.stdout.write(f"{conversation.report(DRIFT, title, mend + told)}\n")
    elif conversation.settle(DRIFT, title, f"It is again: {runner.url}"):
        sys.stdout.write("The issue is closed.\n")
    return 0


def main(arguments: Sequence[str]) -> int:
    try:
        match arguments:
            case ["preview", first, *others]:
                return preview(Runner.of(os.environ), [first, *others])
            case ["golden", revision]:
                return golden(Runner.of(os.environ), revision)
            case ["drift", stack]:
                return drift(Runner.of(os.environ), stack)
            case _:
                sys.stderr.write(f"{USAGE}\n")
                return 2
    except ReleaseError as problem:
        sys.stderr.write(f"{problem.message}\n{problem.fix}\n")
        return problem.exit_code


def _of(runner: Runner) -> str:
    return f"`{runner.sha[:12]}`" if runner.sha else "this change"


def _text(runner: Runner, text: str) -> str:
    text = text.removeprefix(markdown.MARK).strip()
    return f"{markdown.MARK}\n{text}\n\nOf {_of(runner)}, by [this run]({runner.url}).\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
