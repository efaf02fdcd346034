"""Validates templates before they are merged (SOP 3.1)."""

from __future__ import annotations

from collections.abc import Sequence
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


def validate(paths: Sequence[Path], *, aws: Aws, clock: Clock) -> Report:
    """Look at the templates in a folder, or at those files alone, with cfn-lint and CloudFormation at once.

    Args:
        paths: one folder, or files; none: the current folder.
        aws: clients of whichever account.
        clock: the time of day.

    Raises:
        ConfigurationError: there is no such folder or file, or more than one folder.
    """
    folder, files = _asked_for(paths)
    started_at = clock()
    workspace = Workspace(folder, aws, files)
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


def _asked_for(paths: Sequence[Path]) -> tuple[Path, list[str]]:
    fix = "Name the folder that holds main.yaml and templates/, or files in it."
    if missing := [path for path in paths if not path.exists()]:
        raise ConfigurationError(f"{missing[0]} does not exist.", fix)
    files = [path for path in paths if not path.is_dir()]
    if not files and len(paths) < 2:  # noqa: PLR2004
        return (paths[0] if paths else Path()), []
    if len(files) < len(paths):
        raise ConfigurationError("Either one folder or files can be validated, not both.", fix)
    return Path(), [path.as_posix() for path in files]
