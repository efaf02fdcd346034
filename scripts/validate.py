"""Validates templates before they are merged (SOP 3.1)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.checks.templates import Workspace, template_lint, template_validation
from scripts.errors import ConfigurationError
from scripts.results import Report
from scripts.verify import Clock, answer

if TYPE_CHECKING:
    from scripts.clients.aws import Aws

CHECKS = (template_lint, template_validation)


def validate(folder: Path, *, aws: Aws, clock: Clock) -> Report:
    """Look at the templates in `folder`, with cfn-lint and CloudFormation at once.

    Raises:
        ConfigurationError: there is no such folder.
    """
    if not folder.is_dir():
        what = "is no folder" if folder.exists() else "does not exist"
        raise ConfigurationError(f"{folder} {what}.", "Name the folder that holds main.yaml and templates/.")
    started_at = clock()
    workspace = Workspace(folder, aws)
    with ThreadPoolExecutor(len(CHECKS)) as pool:
        results = tuple(pool.map(lambda check: answer(check, workspace), CHECKS))
    return Report(
        command="validate",
        stack=None,
        execution_id=None,
        revision=None,
        started_at=started_at,
        finished_at=clock(),
        api_calls=aws.api_calls,
        checks=results,
    )
