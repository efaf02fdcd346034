"""Validates templates before they are merged (SOP 3.1)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from scripts.checks.templates import Workspace, template_lint, template_validation
from scripts.deadlines import DEADLINE
from scripts.errors import ConfigurationError
from scripts.interruption import InterruptedRunError
from scripts.results import Place, Report
from scripts.verify import Clock, answer, side_by_side

if TYPE_CHECKING:
    from scripts.clients.aws import Aws

CHECKS = (template_lint, template_validation)


def validate(
    paths: Sequence[Path], *, aws: Aws, clock: Clock, say: Callable[[str], None], deadline: timedelta = DEADLINE
) -> Report:
    """Look at the templates in a folder, or at those files alone, with cfn-lint and CloudFormation at once.

    Args:
        paths: one folder, or files; none: the current folder.
        aws: clients of whichever account.
        clock: the time of day.
        say: takes a line about what takes long.
        deadline: how long each of both may take.

    Raises:
        ConfigurationError: there is no such folder or file, or more than one folder.
        InterruptedRunError: KeyboardInterrupt; its report has the answers that there are.
    """
    folder, files = _asked_for(paths)
    began = monotonic()  # until AWS has answered, the time is this machine's
    workspace = Workspace(folder, aws, files)
    results, interrupted = side_by_side(
        CHECKS, lambda check: answer(check, workspace), aws=aws, deadline=deadline, say=say
    )
    finished_at = clock()
    report = Report(
        command="validate",
        stack=None,
        execution_id=None,
        revision=None,
        started_at=finished_at - timedelta(seconds=monotonic() - began),
        finished_at=finished_at,
        api_calls=aws.api_calls,
        checks=results,
        place=Place(region=aws.region),
    )
    if interrupted:
        raise InterruptedRunError(report)
    return report


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
