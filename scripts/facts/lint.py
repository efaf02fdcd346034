"""What cfn-lint finds in templates, and which of them it was that it looked at."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from glob import escape
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from scripts.errors import UndeterminedError

LINT_TIMEOUT = 300  # seconds
# cfn-lint's exit code is a sum of 2 (errors), 4 (warnings) and 8 (informational); anything else is trouble of its own.
FINDINGS = 2 | 4 | 8


@dataclass(frozen=True)
class Finding:
    """One of cfn-lint's; `level` is Error, Warning or Informational."""

    template: str
    line: int
    column: int
    rule: str
    level: str
    message: str

    @property
    def informational(self) -> bool:
        return self.level == "Informational"

    def __str__(self) -> str:
        return f"{self.template}:{self.line}:{self.column}: {self.rule} {self.message}"


def lint(folder: Path, templates: Sequence[str]) -> list[Finding]:
    """What cfn-lint finds, as it is configured in that folder, and nowhere else.

    Raises:
        UndeterminedError: it is not installed, or did not get to its findings.
    """
    try:
        done = _run(folder, "--format", "json", *map(escape, templates))
        found: list[dict[str, Any]] = json.loads(done.stdout or "null")
        if done.returncode & ~FINDINGS or not isinstance(found, list):
            raise UndeterminedError(f"cfn-lint ended with {done.returncode}: {_last_line(done.stderr)}")
        return [_finding(one) for one in found]
    except (ValueError, KeyError, TypeError) as problem:
        raise UndeterminedError(
            f"cfn-lint's findings cannot be read: {type(problem).__name__}: {problem}."
        ) from problem
    except subprocess.TimeoutExpired:
        raise UndeterminedError(f"cfn-lint did not end within {LINT_TIMEOUT} s.") from None
    except OSError as problem:
        raise UndeterminedError(f"cfn-lint cannot be run: {problem}.") from problem


def looked_at(folder: Path, templates: Sequence[str]) -> list[str]:
    """Those of the templates that cfn-lint looks at, as it is configured in that folder.

    Raises:
        UndeterminedError: it does not say.
    """
    try:
        done = _run(folder, "--list-templates", *map(escape, templates))
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise UndeterminedError(f"cfn-lint cannot be run: {problem}.") from problem
    if done.returncode:
        raise UndeterminedError(f"cfn-lint ended with {done.returncode}: {_last_line(done.stdout + done.stderr)}")
    return [one for one in templates if one in done.stdout.splitlines()]


def lint_version() -> str:
    """cfn-lint's version, if it is this command's own; empty if it is another's."""
    try:
        return version("cfn-lint") if Path(_program()).parent == Path(sys.executable).parent else ""
    except PackageNotFoundError:
        return ""


def _run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Without a person's own configuration, which no pipeline has, and without standard input, which it would lint."""
    with tempfile.TemporaryDirectory() as nobodys:
        return subprocess.run(
            [_program(), *arguments],
            cwd=folder,
            env={**os.environ, "HOME": nobodys, "USERPROFILE": nobodys},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=LINT_TIMEOUT,
            check=False,
        )


def _program() -> str:
    """cfn-lint of this command's own environment, or else of PATH."""
    own = Path(sys.executable).parent
    program = shutil.which("cfn-lint", path=own) or shutil.which("cfn-lint")
    if program is None:
        raise UndeterminedError("cfn-lint is not installed.", "pip install cfn-lint")
    return program


def _finding(found: dict[str, Any]) -> Finding:
    start: dict[str, int] = found["Location"]["Start"]
    return Finding(
        template=found["Filename"],
        line=start["LineNumber"],
        column=start["ColumnNumber"],
        rule=found["Rule"]["Id"],
        level=found["Level"],
        message=" ".join(found["Message"].split()),
    )


def _last_line(text: str) -> str:
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "it gave no reason")
