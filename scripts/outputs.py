"""Reads the stack's outputs: the only thing that passes from the program to the command."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from scripts import early
from scripts.errors import ConfigurationError
from sop.names import Environment
from sop.outputs import CONTRACT, OutputsError, StackOutputs
from sop.wire import HIDDEN, wire_names

STANDARD_INPUT = Path("-")
PULUMI_TIMEOUT = 60  # seconds
PROBLEMS_SHOWN = 4
STACK_RESOURCE = "pulumi:pulumi:Stack"
ARN = re.compile(r"arn:[^:]+:[^:]+:[^:]*:[^:]*:.+")
INSTALL_PULUMI = (
    "In a clone of this project type `. .venv/bin/activate`, else install Pulumi "
    "(https://www.pulumi.com/docs/install/); or give the outputs with --outputs FILE."
)


def read_outputs(stack: str | None, file: Path | None) -> StackOutputs:
    """The outputs of `stack` (None: the selected one), from Pulumi or from a file that holds its JSON.

    Args:
        stack: as `pulumi --stack` takes it.
        file: what `pulumi stack output --json` printed; `-` is standard input.

    Raises:
        ConfigurationError: they cannot be read, or are not those of this project, this version or this stack.
    """
    if file is None:
        origin = f"stack {stack}" if stack else "the selected stack"
        raw = _ask_pulumi(stack)
    else:
        origin = "standard input" if file == STANDARD_INPUT else str(file)
        raw = _load(_read_file(file), origin, stack)
    outputs = _parse(raw, origin, stack)
    asked = stack.rpartition("/")[2] if stack else outputs.stack
    if asked != outputs.stack:
        raise ConfigurationError(
            f"--stack is {stack}, but {origin} holds the outputs of {outputs.stack}.",
            f"Say --stack {outputs.stack}, or give the outputs of {asked}.",
        )
    return outputs


def _ask_pulumi(stack: str | None) -> Any:
    """The outputs as they stand in the stack's state, or else as `pulumi stack output` tells them.

    That derives the key of the state's secrets first: who reads has to have it, and waits twice as long. Who may not
    export the state may still read its outputs.
    """
    state = _run_pulumi(early.export(stack))
    if state.returncode == 0 and (outputs := _of_state(state.stdout)) is not None:
        return outputs
    told = _run_pulumi(["pulumi", "stack", "output", "--json", *early.export(stack)[3:]])
    if told.returncode != 0:
        raise _pulumi_error(told.stderr, stack)
    return _load(told.stdout, f"stack {stack}" if stack else "the selected stack", stack)


def _run_pulumi(command: list[str]) -> subprocess.CompletedProcess[str]:
    try:
        if begun := early.finished(command, PULUMI_TIMEOUT):
            return begun
        return subprocess.run(command, capture_output=True, text=True, timeout=PULUMI_TIMEOUT, check=False)
    except FileNotFoundError:
        raise ConfigurationError("pulumi is not on PATH.", INSTALL_PULUMI) from None
    except PermissionError as problem:
        raise ConfigurationError(f"pulumi cannot be run: {problem}.", INSTALL_PULUMI) from None
    except subprocess.TimeoutExpired:
        raise ConfigurationError(
            f"pulumi did not answer within {PULUMI_TIMEOUT} s.", "Check its backend with `pulumi whoami -v`."
        ) from None


def _pulumi_error(stderr: str, stack: str | None) -> ConfigurationError:
    lines = [line.strip().removeprefix("error: ") for line in stderr.splitlines() if line.strip()]
    said = next((line for line in lines if line), "it gave no reason")
    if "no stack named" in said:
        return ConfigurationError(
            f"There is no Pulumi stack {stack or ''}".rstrip() + ".",
            "`pulumi stack ls` shows the stacks; `pulumi up --stack dev` or `--stack prod` makes one.",
        )
    if "no stack selected" in said:
        return ConfigurationError(
            "No Pulumi stack is selected.", "Say --stack dev or --stack prod, or `pulumi stack select`."
        )
    if "no Pulumi.yaml" in said or "organization/project/stack" in said:
        return ConfigurationError(
            "There is no Pulumi project here.", "Change to the project's folder, or give --outputs FILE."
        )
    return ConfigurationError(
        f"pulumi cannot read the stack's outputs: {said}",
        "`pulumi login s3://BUCKET`, or PULUMI_BACKEND_URL, says where the state is.",
    )


def _read_file(file: Path) -> str:
    try:
        return sys.stdin.read() if file == STANDARD_INPUT else file.read_text(encoding="utf-8")
    except FileNotFoundError:
        fix = f"pulumi stack output --json --stack prod > {file}"
        raise ConfigurationError(f"--outputs {file}: there is no such file.", fix) from None
    except OSError as problem:
        raise ConfigurationError(f"--outputs {file}: {problem.strerror}.", "") from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"--outputs {file} is not a text file.", "") from None


def _of_state(text: str) -> Any:
    """The outputs in a stack's state: those of its own resource, none before it has been deployed.

    None where the state has another form than this knows.
    """
    try:
        resources: list[dict[str, Any]] = json.loads(text)["deployment"].get("resources", [])
        return next((one.get("outputs", {}) for one in resources if one["type"] == STACK_RESOURCE), {})
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _load(text: str, origin: str, stack: str | None) -> Any:
    fix = f"It must hold what `pulumi stack output --json --stack {stack or 'prod'}` prints."
    try:
        return json.loads(text)
    except ValueError as problem:
        raise ConfigurationError(f"The outputs in {origin} are not JSON: {problem}.", fix) from None
    except RecursionError:
        raise ConfigurationError(f"The outputs in {origin} are nested too deeply.", fix) from None


def _parse(raw: Any, origin: str, stack: str | None) -> StackOutputs:
    named = raw.get("stack") or raw.get("environment") if isinstance(raw, Mapping) else None
    stack = stack or (named if isinstance(named, str) else None)
    again = f"Run `pulumi up --stack {stack or 'prod'}` with this version of the project."
    if raw == {}:
        raise ConfigurationError(f"The outputs of {origin} are empty: it has not been deployed.", again)
    if not isinstance(raw, Mapping) or not wire_names(StackOutputs) & raw.keys():
        raise ConfigurationError(
            f"The outputs of {origin} are not those of a release stack: another project's, it seems.",
            "Run the command in this project's folder, or give its outputs with --outputs FILE.",
        )
    try:
        return _as_written(StackOutputs.parse(cast("Mapping[str, Any]", raw)))
    except OutputsError as problem:
        shown = problem.problems[:PROBLEMS_SHOWN]
        more = len(problem.problems) - PROBLEMS_SHOWN
        rest = f"; and {more} more" if more > 0 else ""
        secret = any(one.endswith(HIDDEN) for one in shown)
        raise ConfigurationError(
            f"The outputs of {origin} are not of contract {CONTRACT}: {'; '.join(shown)}{rest}.",
            _with_secrets(stack) if secret else again,
        ) from None


def _as_written(outputs: StackOutputs) -> StackOutputs:
    """Raises OutputsError where something is in them that the program never writes: somebody has edited it."""
    if wrong := list(_edited(outputs)):
        raise OutputsError(wrong)
    return outputs


def _edited(outputs: StackOutputs) -> Iterator[str]:
    if outputs.environment not in list(Environment):
        yield f"environment: expected {' or '.join(Environment)}, found {outputs.environment!r}"
    for key, arn in (("connectionArn", outputs.connection_arn), ("topicArn", outputs.topic_arn)):
        if not ARN.fullmatch(arn):
            yield f"{key}: expected an ARN, found {arn!r}"


def _with_secrets(stack: str | None) -> str:
    printing = f"pulumi stack output --json --show-secrets --stack {stack or 'prod'}"
    return f"Give what `{printing}` prints, with --outputs FILE (`-`: standard input)."
