"""A fix as it can be typed anywhere: each command in it names the stack and the region that it is about.

Who reads it may have selected another stack, and another region.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from sop.outputs import StackOutputs

_COMMAND = re.compile(r"`((?:release|pulumi|aws) [^`\n]+)`")
_RUNBOOK = re.compile(r"(?<![\w/])docs/runbooks/")
# Commands that are about no stack, and services that are about no region
_WITHOUT_STACK = {"validate", "plan-diff", "checks", "completion", "login", "whoami"}
_WITHOUT_REGION = {"sts", "sso", "configure", "iam", "login"}


def of_stack(fix: str, outputs: StackOutputs) -> str:
    """The fix of something in that stack, and where its runbook is."""
    return _RUNBOOK.sub(f"{outputs.runbooks}/", _typed(fix, outputs.stack, outputs.region))


def of_command(fix: str, arguments: Sequence[str]) -> str:
    """The fix of what a command said that was given these arguments: of the stack that they name, if any."""
    stacks = [after for before, after in pairwise(arguments) if before in ("--stack", "-s")]
    stacks += [one.removeprefix("--stack=") for one in arguments if one.startswith("--stack=")]
    return _typed(fix, stacks[-1], "") if stacks else fix


def _typed(fix: str, stack: str, region: str) -> str:
    def whole(found: re.Match[str]) -> str:
        command = found[1]
        program, what, *_ = command.split()
        option, value, without = ("--stack", stack, _WITHOUT_STACK)
        if program == "aws":
            option, value, without = ("--region", region, _WITHOUT_REGION)
        named = program == "aws" and " --" not in command  # no command to be typed: it has a name only
        has = not value or named or option in command.replace("=", " ").split() or what in without
        return found[0] if has else f"`{command} {option} {value}`"

    return _COMMAND.sub(whole, fix)
