"""`release plan-diff`: what a change of this repository does to the stacks, for whoever reviews it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scripts.errors import ConfigurationError

if TYPE_CHECKING:
    from scripts.plans.plan import Plan

STDIN = "-"
GOLDEN = "tests/golden"
STACKS = ("dev", "prod")
MOMENT = "deployed.yaml"
PREVIEW_FAILED = 4  # it could not be determined


def plan_diff(
    *,
    previews: Annotated[
        list[str] | None,
        typer.Option("--from", metavar="FILE", help="What `pulumi preview --json` printed; - is standard input."),
    ] = None,
    golden: Annotated[
        str | None,
        typer.Option("--golden", metavar="REVISION", help="The golden plans since that commit; needs no credentials."),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1_000, metavar="CHARACTERS", help="At most so many. Default: a comment on GitHub.")
    ] = None,
) -> None:
    """Tell reviewers what a change does to the stacks.

    As Markdown for a comment on the pull request: what is lost first. Exit code: 0, also where nothing changes; 4 where
    a preview failed, which the text then tells.
    """
    from scripts.plans import markdown

    if bool(previews) == bool(golden):
        raise ConfigurationError("Say either --from or --golden.", "pulumi preview --json | release plan-diff --from -")
    plans = since(golden, Path.cwd()) if golden else [_read(name) for name in previews or ()]
    sys.stdout.write(f"{markdown.comment(plans, limit=limit or markdown.LIMIT)}\n")
    raise typer.Exit(PREVIEW_FAILED if any(plan.problems for plan in plans) else 0)


def since(revision: str, folder: Path) -> list[Plan]:
    """What the golden plans in `folder` say that has changed since that commit, a plan for each stack.

    Raises:
        ConfigurationError: there is no such commit, or the folder is no checkout of this project.
    """
    from scripts.plans import golden

    _git(folder, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    plans: list[Plan] = []
    for stack in STACKS:
        path = f"{GOLDEN}/{stack}/{MOMENT}"
        now = folder / path
        listed = _git(folder, "ls-tree", "--name-only", revision, "--", path)
        before = _git(folder, "show", f"{revision}:./{path}") if listed else ""
        plans.append(golden.between(before, now.read_text(encoding="utf-8") if now.exists() else "", stack))
    return plans


def _git(folder: Path, *arguments: str) -> str:
    try:
        ended = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise ConfigurationError("git is missing: --golden reads the earlier plans with it.", "Install git.") from None
    if ended.returncode:
        said = ended.stderr.strip().splitlines()[-1:] or ["there is no such commit here"]
        raise ConfigurationError(
            f"git {arguments[0]}: {said[0]}.",
            "Run it in a checkout of this project, with its history (--golden HEAD~1).",
        )
    return ended.stdout


def _read(name: str) -> Plan:
    from scripts.plans import preview

    if name == STDIN:
        return preview.read(sys.stdin.read())
    path = Path(name)
    try:
        return preview.read(path.read_text(encoding="utf-8", errors="replace"), stack=path.stem)
    except OSError as problem:
        raise ConfigurationError(f"--from {name}: {problem.strerror}.") from problem
