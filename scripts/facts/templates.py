"""The templates of a folder."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from scripts.errors import UndeterminedError

# SOP 3.1.
PATTERNS = ("templates/*.yaml", "main.yaml", "pipeline-*.yaml")
# What cfn-lint and CloudFormation would take for templates, too.
SIMILAR = ("templates/**/*", "main.*", "pipeline-*")
SUFFIXES = {".yaml", ".yml", ".json", ".template"}


def find_templates(folder: Path) -> tuple[str, ...]:
    """The paths, relative to `folder`, that the SOP's patterns match there; links that lead nowhere are among them.

    Raises:
        UndeterminedError: a folder of theirs cannot be read.
    """
    for one in (folder, folder / "templates"):
        try:
            if one.is_dir():
                os.scandir(one).close()
        except OSError as problem:
            raise UndeterminedError(f"{one} cannot be read: {problem.strerror}.") from problem
    return _matching(folder, PATTERNS)


def passed_over(folder: Path) -> tuple[str, ...]:
    """What looks like a template there and is none by the SOP's patterns: `templates/network.yml`, say."""
    similar = (one for one in _matching(folder, SIMILAR) if Path(one).suffix in SUFFIXES)
    return tuple(sorted(set(similar) - set(_matching(folder, PATTERNS))))


def _matching(folder: Path, patterns: Iterable[str]) -> tuple[str, ...]:
    found = (path for pattern in patterns for path in sorted(folder.glob(pattern)))
    return tuple(path.relative_to(folder).as_posix() for path in found if path.is_file() or path.is_symlink())
