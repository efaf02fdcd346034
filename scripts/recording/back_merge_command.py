"""`release back-merge`: parses and prints."""

from __future__ import annotations

from typing import Annotated

import typer

from scripts import doings, options
from scripts.errors import ConfigurationError


def back_merge(
    *,
    pr: Annotated[int, typer.Option("--pr", min=1, metavar="NUMBER", help="The pull request.", show_default=False)],
    into: Annotated[
        str | None, typer.Option(metavar="BRANCH", help="The branch that changes come from. Default: dev.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")] = False,
    stack: options.StackOption = None,
    outputs: options.OutputsOption = None,
    printed: options.ShapeOption = options.Shape.TABLE,
) -> None:
    """SOP 1.3: what went to production, back into dev.

    Opens the pull request from back-merge/pr-NUMBER into dev, once; people merge it, by a merge commit. Exit code: 0
    open, or dev has it; 3 people have closed it, or merged it otherwise; 4 it could not be determined, or the token may
    not; 2 wrong usage or configuration.
    """
    from scripts.clients.github import GitHub
    from scripts.gate.reading import read_pull_request
    from scripts.outputs import read_outputs
    from scripts.recording import back_merge as making
    from scripts.releases.identity import of_pull
    from sop.names import Environment, Names

    known = read_outputs(stack, outputs)
    github = GitHub.of_environment(known.repository)
    pull = read_pull_request(github, pr)
    if pull.merged_at is None or pull.base != known.branch:
        raise ConfigurationError(f"--pr {pr}: {pull.url} was not merged into {known.branch}: dev lacks nothing of it.")
    dev = into or Names(Environment.DEV).branch
    done = making.back_merge(github, of_pull(pr), pull.merge_sha, dev, dry_run=dry_run)
    lines = [f"{pull.merge_sha[:12]} of #{pr} into {dev}: {done.stands}.", *filter(None, [done.url, done.remark])]
    doings.tell(
        printed,
        "back-merge",
        known.stack,
        "\n  ".join(lines),
        pull_request=pr,
        revision=pull.merge_sha,
        into=dev,
        stands=done.stands.name.lower(),
        branch=done.branch,
        url=done.url or None,
        remark=done.remark or None,
    )
