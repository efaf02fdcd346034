"""actionlint, which reads the workflows in .github: built once from its Go module and kept in the user's cache."""

from __future__ import annotations

import os
from collections.abc import Mapping

from toolchain.go import HERE, build, built_once, cache_folder, provide_go

VERSION = "1.7.12"  # toolchain/actionlint/go.mod pins the same
TOOL = "github.com/rhysd/actionlint/cmd/actionlint"
COMMAND = HERE.parent / ".venv" / "bin" / "actionlint"


def provide_actionlint(environ: Mapping[str, str] = os.environ) -> None:
    """`.venv/bin/actionlint`.

    Raises:
        SetupError: no Go to build it with, or no modules.
    """
    folder = cache_folder(environ) / f"actionlint-v{VERSION}"
    if not folder.exists():
        with built_once(folder) as unfinished:
            if unfinished:
                build(provide_go(environ), HERE / "actionlint", TOOL, unfinished)
    built = folder / "actionlint"
    if not COMMAND.is_symlink() or COMMAND.readlink() != built:
        COMMAND.unlink(missing_ok=True)
        COMMAND.symlink_to(built)
